//! What was cleared to leave is given out for the number of its row in the ledger, and for nothing else.

use conductor::privacy::{Cleared, Sealed};

fn unnoted(cleared: Cleared) -> Sealed {
    cleared.noted()
}

fn main() {}
