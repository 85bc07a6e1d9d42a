//! Who is asked: what a prompt wants, how hard it is, and the plan made of it. Pure functions over a snapshot.
//!
//! What must stay true: nothing here is `async`, and nothing here waits, sends or stores.

mod classify;
mod profile;
mod select;
mod words;

pub use classify::{Asked, CLASSES, FeatureKind, Lexicon, Named, ORDER, classify, named_features};
pub use profile::{hypothetical, profile};
pub use select::{Choice, DefaultModelSelector, ModelSelector, Snapshot, resolve, switched_off, tier, unfit};
pub use words::Words;
