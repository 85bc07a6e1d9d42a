//! What the user is asked before anything leaves the machine, and what was answered.

use super::{BackendId, ConversationId, Cost, Digest, Finding, Location, MessageId, ModelId, RequestId, SummaryId};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What something is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A question.
    Chat,
    /// A model is fetched: its name goes to a registry.
    Pull,
    /// A list of models is asked for. No words of the user go.
    ModelList,
    /// A key is tried out. No words of the user go.
    KeyCheck,
    /// Vectors are made of texts.
    Embed,
}

impl Purpose {
    /// Whether words of the user go along.
    pub fn has_words(self) -> bool {
        matches!(self, Self::Chat | Self::Embed)
    }

    /// The words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Chat => "question",
            Self::Pull => "pull",
            Self::ModelList => "model list",
            Self::KeyCheck => "key check",
            Self::Embed => "embedding",
        }
    }
}

/// What kinds of data are in a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contents {
    /// The question.
    pub prompt: bool,
    /// Earlier messages of the conversation.
    pub earlier: u32,
    /// Earlier messages that a summary stands for.
    #[serde(default)]
    pub summarised: u32,
    /// Bullets of a playbook.
    pub bullets: u32,
    /// Files, those of earlier messages included.
    pub files: u32,
    /// Images, those of earlier messages included.
    pub images: u32,
    /// Those of the earlier messages that the destination has not had before, in order: they were said to or by another model.
    #[serde(default)]
    pub unknown: Vec<MessageId>,
    /// The summary that stands for earlier messages.
    #[serde(default)]
    pub summary: Option<SummaryId>,
}

impl Contents {
    /// True where every kind of data of `other` is among these, and of what was said elsewhere no message and no summary that is not.
    /// Numbers do not matter: a conversation grows by what the destination itself is asked. Messages do, each of them: another version
    /// of what was said, a summary taken back and a shorter question each bring in some that are older than those that were seen.
    pub fn covers(&self, other: &Self) -> bool {
        let kinds = |c: &Self| [c.prompt, c.bullets > 0, c.files > 0, c.images > 0];
        let kinds = kinds(self).into_iter().zip(kinds(other)).all(|(here, there)| here || !there);
        let summary = other.summary.is_none() || other.summary == self.summary;
        kinds && summary && other.unknown.iter().all(|message| self.unknown.binary_search(message).is_ok())
    }
}

/// Exact bytes that may be sent, and how they are shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// Of the bytes.
    pub digest: Digest,
    /// What would be sent, byte for byte.
    pub bytes: Bytes,
    /// The same for the screen: secrets masked, images as their size and sum.
    pub shown: String,
}

impl fmt::Debug for Payload {
    /// Not the bytes: they may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes, {:?})", self.bytes.len(), self.digest)
    }
}

/// Why the user is asked (again).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Nothing was said about this destination in this conversation yet.
    First,
    /// The conversation may go there, but there is a new kind of data in it, or what was said to another model since.
    NewKind,
    /// The conversation may go there, but there is a secret in it that was not seen before.
    NewSecret,
}

/// Something that would leave the machine, and waits for a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRequest {
    /// The turn or pull that waits.
    pub id: RequestId,
    /// What it is for.
    pub purpose: Purpose,
    /// Why it is asked.
    pub occasion: Occasion,
    /// Whose backend.
    pub provider: BackendId,
    /// The model.
    pub model: ModelId,
    /// Where that is.
    pub location: Location,
    /// `POST https://api.openai.com/v1/chat/completions`
    pub target: String,
    /// What kinds of data.
    pub contents: Contents,
    /// Tokens, estimated.
    pub tokens: u32,
    /// The most it may cost, where prices are known.
    pub cost: Option<Cost>,
    /// Secrets that were found in `whole`.
    pub findings: Vec<Finding>,
    /// Everything as it is.
    pub whole: Payload,
    /// The same with the secrets taken out; `None` where none were found.
    pub redacted: Option<Payload>,
    /// After so many seconds without an answer it is a no.
    pub expires_in_s: u64,
}

impl ConsentRequest {
    /// The host that would be connected to, or that a server would pass it on to.
    pub fn host(&self) -> &str {
        match &self.location {
            Location::Local => "this machine",
            Location::Network(host) | Location::External(host) => host,
        }
    }
}

/// How far a yes (or a no) reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// These bytes, this once.
    Once,
    /// This conversation, to this destination: as long as host, model and kinds of data stay, and no new secret comes.
    Conversation,
    /// Never to this provider: it is not asked again. Kept until it is revoked.
    Never,
}

/// Names an answer that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub u64);

/// An answer that stands: as `/consent` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its name.
    pub id: GrantId,
    /// Whose backend.
    pub provider: BackendId,
    /// The model; `None` for [`Scope::Never`], which is about all of them.
    pub model: Option<ModelId>,
    /// Where.
    pub location: Location,
    /// How far it reaches.
    pub scope: Scope,
    /// The conversation; `None` where it was not stored yet, and for [`Scope::Never`].
    pub conversation: Option<ConversationId>,
    /// The kinds of data it covers.
    pub contents: Contents,
    /// Secrets are taken out before anything goes.
    pub redact: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub given_ms: i64,
}

/// What is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyState {
    /// Nothing but this machine.
    pub offline: bool,
    /// True where `--offline` says so, which cannot be taken back while Segno runs.
    pub offline_locked: bool,
    /// The answers that stand, oldest first.
    pub grants: Vec<Grant>,
}

#[cfg(test)]
mod tests {
    use super::{Contents, MessageId};
    use crate::domain::SummaryId;

    #[test]
    fn kinds_count_and_numbers_do_not() {
        let words = Contents { prompt: true, earlier: 2, ..Contents::default() };
        let more = Contents { earlier: 9, ..words.clone() };
        let image = Contents { images: 1, ..words.clone() };
        let with = |messages: &[i64]| Contents { unknown: messages.iter().copied().map(MessageId).collect(), ..more.clone() };
        let (private, later, other_version) = (with(&[5, 7]), with(&[5, 7, 9]), with(&[3, 7]));
        let summed_by = |id, messages| Contents { summarised: 4, summary: Some(SummaryId(id)), ..with(messages) };
        let (summed, anew) = (summed_by(1, &[7]), summed_by(2, &[7]));
        for (have, want, covered) in [
            (&words, &more, true),
            (&words, &image, false),
            (&image, &words, true),
            (&more, &words, true),
            (&words, &private, false),
            (&private, &words, true),
            (&private, &private, true),
            (&private, &later, false),
            (&later, &private, true),
            // Another version of an answer, which is older than what was seen.
            (&private, &other_version, false),
            (&words, &summed, false),
            (&summed, &words, true),
            (&summed, &summed, true),
            (&summed, &anew, false),
            // The summary is taken back: what it stood for goes word by word.
            (&summed, &private, false),
        ] {
            assert_eq!(have.covers(want), covered, "{have:?} {want:?}");
        }
    }
}
