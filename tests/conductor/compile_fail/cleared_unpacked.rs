//! What was cleared to leave cannot be taken out past its row in the ledger.

use conductor::privacy::{Cleared, Sealed};

fn unpacked(cleared: Cleared) -> Sealed {
    cleared.sealed
}

fn main() {}
