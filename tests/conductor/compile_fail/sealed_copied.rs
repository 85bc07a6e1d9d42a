//! What was sealed goes once: it cannot be copied.

use conductor::privacy::Sealed;

fn twice(sealed: Sealed) -> (Sealed, Sealed) {
    (sealed.clone(), sealed)
}

fn main() {}
