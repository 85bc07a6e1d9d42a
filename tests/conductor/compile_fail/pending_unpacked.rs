//! What waits for a yes cannot be taken out without it.

use conductor::privacy::Pending;

fn sneak(pending: Pending) {
    drop(pending.outgoing);
}

fn main() {}
