//! Who is asked: what a prompt wants, how hard it is, and the plan made of it. Pure functions over a snapshot.
//!
//! What must stay true: nothing here is `async`, and nothing here waits, sends or stores.

pub mod balance;
mod classify;
pub mod fallback;
mod health;
mod limit;
mod profile;
mod select;
mod words;

pub use balance::HostLoad;
pub use classify::{Asked, CLASSES, FeatureKind, Lexicon, Named, ORDER, classify, named_features};
pub use health::{Change, HealthBook, Outcome, Policy, Standing};
pub use limit::{Bound, Limits, Pass, Taken};
pub use profile::{hypothetical, profile};
pub use select::{
    Choice, DefaultModelSelector, Fitness, FitnessOf, ModelSelector, Snapshot, meant, resolve, switched_off, tier, unfit,
};
pub use words::Words;
