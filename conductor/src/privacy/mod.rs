//! The one way out. What leaves Segno for a model is bytes in a [`Sealed`], and only [`seal`] makes one.
//!
//! What must stay true: a `Sealed` cannot be made, copied or changed elsewhere; its location was computed here from the
//! addresses that will be connected to. No I/O.

pub mod location;
mod seal;

pub use seal::{Destination, Refusal, Sealed, seal};
