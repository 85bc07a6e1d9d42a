//! Bytes are sealed by `privacy::seal` alone: the fields of a `Sealed` cannot be filled in elsewhere.

use conductor::domain::Purpose;
use conductor::privacy::{Destination, Sealed};

fn sneak(bytes: bytes::Bytes, destination: Destination, purpose: Purpose) -> Sealed {
    Sealed { bytes, destination, purpose }
}

fn main() {}
