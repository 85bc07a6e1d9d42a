//! What crosses about summaries.

use crate::domain::{Candidate, Failure, Summary};

/// How far a summary is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompactStep {
    /// It begins.
    Begun {
        /// Who writes it.
        by: Candidate,
        /// Messages that it is to stand for, beyond those of a summary before it.
        messages: u32,
    },
    /// The messages do not fit the window at once: so many were read.
    Read {
        /// Messages.
        read: u32,
        /// Messages in all.
        of: u32,
    },
    /// A piece of it. Raw model text.
    Text(String),
    /// It is whole, stored, and in force.
    Done(Box<Summary>),
    /// This one is no longer in force.
    Undone(Box<Summary>),
    /// There is none, or it could not be taken back: nothing has changed.
    Failed(Failure),
}
