//! What crosses about playbooks.

use crate::domain::{
    Delta, DeltaSeq, Failure, Learning, MessageId, Playbook, PlaybookKey, Rating, RequestId, TrainPlan, TrainStep, Trained,
    UserChange,
};

/// About playbooks. Those with an id are answered by [`PlaybookEvent::Changed`] with it.
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
    /// Trains one on samples. What it is at is said by [`PlaybookEvent::Training`], its end by [`PlaybookEvent::Trained`].
    Train {
        /// Names the request; [`Command::Cancel`](super::Command::Cancel) stops it.
        id: RequestId,
        /// What is wanted.
        plan: TrainPlan,
        /// The samples, one JSON object a line.
        text: String,
    },
    /// Learning goes on or pauses, until the user says otherwise. Answered by [`PlaybookEvent::Learning`].
    Learn(bool),
    /// What waits is learnt from at once, and not only when nobody has done anything for a while. Answered by
    /// [`PlaybookEvent::Learning`], or a notice where learning pauses.
    LearnNow,
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
    /// What a training is at.
    Training {
        /// The request.
        id: RequestId,
        /// What.
        step: TrainStep,
    },
    /// A training ended, or was refused.
    Trained {
        /// The request.
        id: RequestId,
        /// What came of it.
        result: Result<Box<Trained>, Failure>,
    },
    /// Learning goes on, pauses, begins with an answer or is done with one.
    Learning(Learning),
}

/// What became of a playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As it is now.
    pub playbook: Playbook,
    /// What was done.
    pub delta: Delta,
}
