//! Conversations as they are stored and shown.

use super::{
    Attempt, ConversationId, Cost, Decision, Domain, Failure, Label, MessageId, ModelId, Prompt, Rating, Signature, Summary,
    Timing, Usage,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The user.
    User,
    /// A model or the guide.
    Assistant,
}

/// How far an answer came. A user's message is always `Complete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "status", content = "failure")]
pub enum Status {
    /// Still coming.
    Streaming,
    /// Whole.
    Complete,
    /// The user stopped it.
    Cancelled,
    /// It broke off after the first token.
    Partial(Failure),
    /// Nothing came.
    Failed(Failure),
    /// Segno ended (or was killed) while it came; what had come is there.
    Interrupted,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// Who speaks.
    pub role: Role,
    /// What the user sent; empty for an answer.
    pub prompt: Prompt,
    /// The answer; empty for a user's message. Whoever shows it as it stands need not copy it.
    pub text: Arc<str>,
    /// What the model thought.
    pub thinking: Arc<str>,
    /// Who answered; `None` for a user's message and where nobody did.
    pub signature: Option<Signature>,
    /// How far it came.
    pub status: Status,
    /// Tokens.
    pub usage: Usage,
    /// Times.
    pub timing: Timing,
    /// True where an answer stopped at a limit of length, not at its end.
    pub cut_by_length: bool,
    /// What it cost, where the prices are known.
    pub cost: Option<Cost>,
    /// Warnings to show under it.
    pub labels: Vec<Label>,
    /// Who was asked before, in vain; empty for a user's message.
    pub attempts: Vec<Attempt>,
    /// How the model was chosen, where one was and it is known. Of the messages of a [`Conversation`] only the newest that has one
    /// brings it along.
    pub decision: Option<Box<Decision>>,
    /// What the user said of it, where it is an answer and something was said.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// When it was written: milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
    /// What else stands in its place; empty where nothing does.
    #[serde(default, skip_serializing_if = "Versions::is_empty")]
    pub versions: Versions,
    /// It was read from a file: nobody here asked or was asked, and nothing is learnt from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
}

/// The messages that stand in one place of a conversation: questions that were asked after the same message, or the answers to one
/// question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// All of them, oldest first; empty where there is only one.
    pub ids: Vec<MessageId>,
    /// Which of them this is.
    pub at: usize,
}

impl Versions {
    /// Whether there is only one.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// A message and what else stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The message.
    pub id: MessageId,
    /// Its versions.
    pub versions: Versions,
}

/// Which conversations are to go for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doomed {
    /// This one.
    One(ConversationId),
    /// Those that were deleted at this time or before it: milliseconds since 1970-01-01 UTC.
    Deleted(i64),
    /// Those that were last written to before this time.
    OlderThan(i64),
    /// All.
    All,
}

impl Message {
    /// What the user sent.
    pub fn question(id: MessageId, prompt: Prompt, created_ms: i64) -> Self {
        Self {
            id,
            role: Role::User,
            prompt,
            text: Arc::default(),
            thinking: Arc::default(),
            signature: None,
            status: Status::Complete,
            usage: Usage::default(),
            timing: Timing::default(),
            cut_by_length: false,
            cost: None,
            labels: Vec::new(),
            attempts: Vec::new(),
            decision: None,
            rating: None,
            created_ms,
            versions: Versions::default(),
            imported: false,
        }
    }

    /// What a model is shown of it.
    pub fn content(&self) -> String {
        match self.role {
            Role::User => self.prompt.text(),
            Role::Assistant => self.text.to_string(),
        }
    }
}

/// The user's choice of a model for a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The model.
    pub model: ModelId,
    /// It alone: nobody stands in where it fails.
    pub locked: bool,
}

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationSummary {
    /// Its number.
    pub id: ConversationId,
    /// Made of its first words, on this machine.
    pub title: String,
    /// Messages in it, as far as they are shown.
    pub messages: u32,
    /// The model chosen with `/model` for it, where one was.
    pub model_override: Option<Override>,
    /// Who wrote the last answer that is shown, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<ModelId>,
    /// What the user said with `/domain` that its questions are about.
    #[serde(default)]
    pub domain: Option<Domain>,
    /// Begun: milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
    /// Last written to: milliseconds since 1970-01-01 UTC.
    pub updated_ms: i64,
    /// When it was deleted, where it was: until it is purged it can be restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_ms: Option<i64>,
}

/// A form that conversations are written out in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// For people: the path that is shown.
    Markdown,
    /// All of it, one conversation a line; it can be imported.
    Json,
    /// One page for a browser: the path that is shown.
    Html,
}

/// A place in a conversation where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The conversation.
    pub conversation: ConversationSummary,
    /// The message.
    pub message: MessageId,
    /// Who speaks.
    pub role: Role,
    /// The words around what was found, on one line.
    pub excerpt: String,
    /// What was found in it: bytes of the excerpt, in order, without overlaps.
    pub marks: Vec<std::ops::Range<usize>>,
    /// When the message was written: milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// True where it is a version that is not shown now.
    pub archived: bool,
}

/// A question that was asked before, as one finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPrompt {
    /// The question, whole.
    pub message: MessageId,
    /// Its words, typed and pasted; of long ones the beginning.
    pub words: String,
    /// Lines of all its words.
    pub lines: u32,
    /// The names of the files and images that went with it.
    pub attached: Vec<String>,
}

/// A conversation with the messages that are shown, oldest first: one path through its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What the list shows of it.
    pub summary: ConversationSummary,
    /// Its messages. Whoever opens a long one shares them with the session: a copy would be as large as the conversation.
    pub messages: Arc<Vec<Message>>,
    /// Its summaries that stand, of all paths, by their numbers; see [`Summary::in_force`].
    pub summaries: Vec<Summary>,
}
