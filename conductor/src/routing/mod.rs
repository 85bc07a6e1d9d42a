//! Who is asked: the class of a prompt, and the plan made of it. Pure functions over a snapshot.
//!
//! What must stay true: nothing here is `async`, and nothing here waits, sends or stores.

mod classify;
mod plan;
mod words;

pub use classify::{Classified, classify};
pub use plan::{Choice, Snapshot, plan, resolve, switched_off, unfit};
pub use words::Words;
