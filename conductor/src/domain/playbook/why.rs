//! Why a bullet stands where it stands, for a person.

use super::bullet::Bullet;
use super::delta::Delta;
use super::key::PlaybookKey;
use crate::domain::{MessageId, Rating, Signature};
use serde::{Deserialize, Serialize};

/// An answer that a bullet was learnt from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatOrigin {
    /// The answer.
    pub message: MessageId,
    /// What the user typed for it: the first [`ChatOrigin::WORDS`] characters, `…` behind them where there are more. What was pasted
    /// or attached is not in it.
    pub question: String,
    /// Who answered.
    pub by: Option<Signature>,
    /// When that was begun: milliseconds since 1970-01-01 UTC.
    pub asked_ms: i64,
    /// What the user said of it.
    pub rating: Option<Rating>,
    /// When that was said: milliseconds since 1970-01-01 UTC.
    pub rated_ms: Option<i64>,
}

impl ChatOrigin {
    /// So many characters of the question are told.
    pub const WORDS: usize = 200;
}

/// Why a bullet stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulletWhy {
    /// The playbook that it is in.
    pub key: PlaybookKey,
    /// The bullet.
    pub bullet: Bullet,
    /// What keeps it in its stage, or moves it next, in a sentence.
    pub stands: String,
    /// The answer that it came from, where it came from one that is still there.
    pub chat: Option<ChatOrigin>,
    /// What touched it, the newest first, at most [`BulletWhy::DELTAS`]: of each the steps that are about this bullet.
    pub deltas: Vec<Delta>,
}

impl BulletWhy {
    /// So many deltas are told of.
    pub const DELTAS: usize = 20;
}
