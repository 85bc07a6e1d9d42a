//! Bytes are sealed by `privacy::seal` alone: the fields of a `Sealed` cannot be filled in elsewhere.

use conductor::privacy::{Destination, Sealed};

fn sneak(bytes: bytes::Bytes, destination: Destination) -> Sealed {
    Sealed { bytes, destination }
}

fn main() {}
