//! The one way out. What leaves Segno for a model is bytes in a [`Sealed`], and only [`seal`] makes one.
//!
//! What must stay true: a `Sealed` cannot be made, copied or changed elsewhere; its location was computed here from the
//! addresses that will be connected to. No I/O.

pub mod attach;
mod consent;
mod destination;
pub mod ledger;
pub mod location;
pub mod scan;
mod seal;
pub mod strip;

pub use consent::Standing;
pub use destination::Destination;
pub use seal::{Cleared, Gate, Outgoing, Pass, Passage, Pending, Refusal, Sealed, seal};
#[cfg(test)]
pub(crate) use seal::{local, test_pass};
