//! What crosses about playbooks.

use crate::domain::{Delta, DeltaSeq, Failure, MessageId, Playbook, PlaybookKey, Rating, RequestId, UserChange};

/// About playbooks. Each is answered by [`PlaybookEvent::Changed`] with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaybookCommand {
    /// The user does something to one. One that is not there yet is made.
    Change {
        /// Names the request.
        id: RequestId,
        /// Which.
        key: PlaybookKey,
        /// What is done.
        change: UserChange,
    },
    /// Takes a change back.
    Undo {
        /// Names the request.
        id: RequestId,
        /// Of which playbook.
        key: PlaybookKey,
        /// Which change; the last that was not taken back where none is named.
        delta: Option<DeltaSeq>,
    },
    /// Takes bullets in that stand in a file: JSON of a whole playbook, or JSONL with one bullet a line.
    Import {
        /// Names the request.
        id: RequestId,
        /// Into which; the one that the file names where none is given.
        key: Option<PlaybookKey>,
        /// What stands in the file.
        text: String,
        /// The name of the file, for the history.
        source: String,
        /// Counts and stages come along: it is a copy of the user's own, and no stranger's.
        whole: bool,
    },
}

/// About playbooks.
#[derive(Debug, Clone, PartialEq)]
pub enum PlaybookEvent {
    /// One was changed, or why it was not.
    Changed {
        /// The request; `None` where Segno changed it by itself.
        id: Option<RequestId>,
        /// What was done and what the playbook is now; what was refused is in the delta.
        result: Result<Box<Changed>, Failure>,
    },
    /// An answer was rated, and waits to be learnt from.
    Rated {
        /// The answer.
        message: MessageId,
        /// What was said of it.
        rating: Rating,
    },
}

/// What became of a playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As it is now.
    pub playbook: Playbook,
    /// What was done.
    pub delta: Delta,
}
