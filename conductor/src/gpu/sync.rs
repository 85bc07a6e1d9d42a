//! What the semaphore is made of: a model checker puts its own in place of these.

pub(super) use std::sync::{Arc, Mutex, PoisonError};
pub(super) use tokio::time::Instant;
