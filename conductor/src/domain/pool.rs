//! What became of the connections to a backend.

use super::BackendId;
use serde::{Deserialize, Serialize};

/// The pool of one backend: its bounds, what is under way now, and what was counted since the program began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolState {
    /// Whose it is.
    pub backend: BackendId,
    /// How many requests for answers, vectors and models to fetch may be in flight at once. Short ones, for lists and for what a
    /// model is, have slots of their own and are not among these.
    pub limit: u32,
    /// Requests that were given a slot.
    pub requests: u64,
    /// Requests in flight now, of all kinds: from their slot to the end of the answer. One whose connection is still being made
    /// is among them.
    pub in_use: u32,
    /// Connections that are kept for the next request. One that the server closed meanwhile is not noticed before that.
    pub idle: u32,
    /// Connections that are open, which is the sum of those in use and those that are idle.
    pub open: u32,
    /// Requests that wait for a slot now.
    pub waiting: u32,
    /// Requests that had to wait for a slot, those that gave up among them.
    pub waited: u64,
    /// Connections made.
    pub opened: u64,
    /// Requests answered over a connection that was there already.
    pub reused: u64,
    /// How often all kept connections were put aside for new ones: too old, too long without use, or closed by the server under a
    /// request.
    pub recycled: u64,
    /// Requests that ended because no connection came about, or because it broke. A server that answers with an error is none.
    pub failed: u64,
}

impl PoolState {
    /// Whether anything was sent, or was tried to be.
    pub fn was_used(&self) -> bool {
        self.requests > 0
    }
}
