//! What the user said of an answer, and what is learnt from it.

use super::{BulletId, ConversationId, MessageId, PlaybookKey, Prompt, Signature};
use serde::{Deserialize, Serialize};

/// What the user said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "rating")]
pub enum Rating {
    /// It was good.
    Good,
    /// It was not.
    Bad {
        /// Why; empty where nothing was said.
        #[serde(default)]
        why: String,
    },
    /// It should have been this.
    Correct {
        /// The right answer.
        text: String,
    },
    /// The user asked the same anew: a weak sign that it was not good.
    Again,
    /// The user changed the question and sent it again: as weak.
    Edited,
}

impl Rating {
    /// Whether it is only a sign, and not said in words.
    pub fn is_weak(&self) -> bool {
        matches!(self, Self::Again | Self::Edited)
    }

    /// Whether the answer was right, as far as that was said.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }
}

/// What a prompt had of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The playbook.
    pub playbook: PlaybookKey,
    /// The bullets that were in the prompt, in their order.
    pub bullets: Vec<BulletId>,
    /// Those of them that were on trial.
    #[serde(default)]
    pub trial: Vec<BulletId>,
    /// Those of them that the answer named.
    #[serde(default)]
    pub cited: Vec<BulletId>,
}

/// An answer to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The answer.
    pub message: MessageId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// The question.
    pub question: Prompt,
    /// The words of the answer.
    pub answer: String,
    /// Who answered.
    pub signature: Signature,
    /// What the user said of it; `None` where the user has answers learnt from without a word.
    pub rating: Option<Rating>,
    /// What its prompt had of a playbook.
    pub shown: Option<Shown>,
    /// How often it was tried before, in vain.
    pub tries: u32,
}

/// How far learning is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCounts {
    /// Answers that wait to be learnt from.
    pub waiting: u32,
    /// Those that were.
    pub done: u32,
    /// Those from which nothing could be learnt.
    pub failed: u32,
}
