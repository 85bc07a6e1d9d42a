//! Leave to contact a place is given by `privacy::seal` alone.

use conductor::domain::{Location, Purpose};
use conductor::privacy::Pass;

fn sneak() -> Pass {
    Pass { purpose: Purpose::Pull, location: Location::Local }
}

fn main() {}
