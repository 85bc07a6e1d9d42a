//! What changed a playbook.

use super::bullet::{Bullet, BulletId, Counts, Stage};
use crate::domain::MessageId;
use serde::{Deserialize, Serialize};

/// The number of a delta, one after the other over all playbooks; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeltaSeq(pub i64);

/// The words of a bullet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// The heading that it stands under. One line.
    pub section: String,
    /// The advice. One line.
    pub content: String,
}

/// One change that was made, with all that is needed to make it again or to take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// A bullet came.
    Insert {
        /// All of it.
        bullet: Box<Bullet>,
    },
    /// A bullet went.
    Delete {
        /// All of it, as it was.
        bullet: Box<Bullet>,
    },
    /// The words of one changed.
    Edit {
        /// Which.
        id: BulletId,
        /// As they were.
        before: Text,
        /// As they are.
        after: Text,
    },
    /// It was counted for or against one.
    Count {
        /// Which.
        id: BulletId,
        /// What was added.
        more: Counts,
        /// What was taken back.
        less: Counts,
    },
    /// One came into another stage.
    Move {
        /// Which.
        id: BulletId,
        /// Where it was.
        from: Stage,
        /// Where it is.
        to: Stage,
    },
    /// One is kept whatever happens, or is not any more.
    Pin {
        /// Which.
        id: BulletId,
        /// Kept.
        pinned: bool,
    },
    /// The playbook is not used any more, or is again.
    Switch {
        /// Not used.
        off: bool,
    },
}

impl Step {
    /// The bullet that it is about; `None` where it is about the playbook.
    pub fn bullet(&self) -> Option<BulletId> {
        match self {
            Self::Insert { bullet } | Self::Delete { bullet } => Some(bullet.id),
            Self::Edit { id, .. } | Self::Count { id, .. } | Self::Move { id, .. } | Self::Pin { id, .. } => Some(*id),
            Self::Switch { .. } => None,
        }
    }
}

/// Why a playbook was changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "cause")]
pub enum Cause {
    /// The learner, from an answer and what the user said of it.
    Chat {
        /// The answer.
        message: MessageId,
    },
    /// A training.
    Sample {
        /// The training.
        run: i64,
        /// The sample.
        sample: String,
        /// Counted from 1.
        epoch: u32,
    },
    /// The user.
    User,
    /// A file that was read in.
    Import {
        /// Its name.
        source: String,
    },
    /// Two bullets that say the same became one.
    Dedup,
    /// What was observed moved bullets from stage to stage.
    Promotion,
    /// There was no room.
    Budget,
    /// Another delta was taken back.
    Undo {
        /// Which.
        of: DeltaSeq,
    },
}

impl Cause {
    /// The answer that it is about; `None` for whatever else.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Self::Chat { message } => Some(*message),
            _ => None,
        }
    }
}

/// Why an operation of a batch was not done.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum RejectReason {
    /// There is no such operation.
    #[error("there is no operation called {name}")]
    UnknownType {
        /// As it was written.
        name: String,
    },
    /// A part is missing or is none.
    #[error("{what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// There is no bullet with this number.
    #[error("there is no line {id}")]
    NoSuchBullet {
        /// As it was written.
        id: String,
    },
    /// The same is there already.
    #[error("line {id} says the same")]
    Duplicate {
        /// Which.
        id: BulletId,
    },
    /// It was counted for this sample already.
    #[error("it was counted already for this sample")]
    CountedAlready,
    /// The bullet was not in the prompt.
    #[error("it was not in the prompt")]
    NotShown,
    /// It holds the answer of the sample that it was learnt from.
    #[error("it holds the answer to the sample")]
    HoldsAnswer,
    /// It holds what must not be in a bullet: an address, a command, a secret, or words to a machine.
    #[error("it holds {what}")]
    Forbidden {
        /// What.
        what: String,
    },
    /// What was learnt from may count and not write.
    #[error("the question held more than what the user typed: it may count, and not write")]
    MayNotWrite,
    /// The user keeps this bullet.
    #[error("the user keeps it")]
    Pinned,
    /// The batch would take away or rewrite too much at once.
    #[error("the batch would take away or rewrite {removed} of {of} lines")]
    Shrinks {
        /// So many.
        removed: u32,
        /// Of so many.
        of: u32,
    },
    /// It is so already, or cannot be from where it stands.
    #[error("{what}")]
    NoChange {
        /// How it is.
        what: String,
    },
    /// There are too many operations in the batch.
    #[error("the batch has more than {most} operations")]
    TooMany {
        /// So many are looked at.
        most: u32,
    },
}

/// An operation that was not done.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reject {
    /// Which of the batch, counted from 0.
    pub at: u32,
    /// Why.
    #[serde(flatten)]
    pub reason: RejectReason,
}

/// A change of a playbook: all of its steps together, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Its number; 0 until it is stored.
    pub seq: DeltaSeq,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// Why.
    pub cause: Cause,
    /// What the curator said of it; may be empty.
    pub reasoning: String,
    /// What was done, in this order.
    pub steps: Vec<Step>,
    /// What was not done.
    pub rejects: Vec<Reject>,
}
