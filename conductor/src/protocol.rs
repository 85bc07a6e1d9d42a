//! All that crosses between the conductor and a front end.
//!
//! What must stay true: `Command` and `Event` are a budget of about a dozen variants each, grouped by subject; a new
//! top-level variant needs a decision record. Only plain values of `domain` cross.

mod context;
mod models;
mod playbook;
mod query;

pub use context::CompactStep;
pub use models::{ModelsSnapshot, PullProgress};
pub use playbook::{Changed, PlaybookCommand, PlaybookEvent};
pub use query::{MOST_PROMPTS, PROMPT_BYTES, Query, Reply};

use crate::domain::{
    Answer, Attempt, BackendId, Candidate, ConsentRequest, ContextUse, Conversation, ConversationId, ConversationSummary, Digest,
    Domain, Doomed, Failure, GrantId, MessageId, ModelId, Override, Plan, PrivacyState, Prompt, Purpose, Rating, RequestId,
    Scope, Status, Version, Waits,
};
use serde::{Deserialize, Serialize};

/// What a front end asks for. Answered by [`Event`]s that carry the same [`RequestId`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A question in the conversation that is open. Ends in [`Event::Finished`] or [`Event::Failed`]; where
    /// [`Event::ConsentNeeded`] comes, once it was answered.
    Ask {
        /// Names the turn.
        id: RequestId,
        /// The question.
        prompt: Prompt,
        /// Asks this model for this one question, whatever the router or the conversation says.
        model: Option<ModelId>,
    },
    /// Stops a turn or a pull; what came of it is kept.
    Cancel {
        /// The turn or pull.
        id: RequestId,
    },
    /// About conversations.
    Conversation(ConversationCommand),
    /// About models.
    Models(ModelsCommand),
    /// About what may leave this machine.
    Consent(ConsentCommand),
    /// What the user says of an answer in the conversation that is open. Answered by [`PlaybookEvent::Rated`] or a notice.
    Rate {
        /// The answer, among those that are shown; `None` is the last one.
        at: Option<MessageId>,
        /// What is said of it.
        rating: Rating,
    },
    /// About playbooks.
    Playbook(PlaybookCommand),
    /// Ends the conductor: turns in flight are stored as cancelled, then the event channel closes.
    Quit,
}

/// About conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationCommand {
    /// A new one. Nothing is stored until something is asked. Answered by `ConversationEvent::New`. What is being answered in the
    /// one that was open goes on: its events name the turn, and a notice says when it has ended.
    New,
    /// Opens a stored one. Answered by `ConversationEvent::Opened` or a notice.
    Resume(ConversationId),
    /// Opens the one last written to.
    ResumeLast,
    /// Gives one another title. Answered by `ConversationEvent::Changed` or a notice.
    Rename {
        /// Which; the open one where none is named.
        id: Option<ConversationId>,
        /// The title.
        title: String,
    },
    /// Asks a question of the open one anew, without the answer that came to it, which stays as another version. Ends as
    /// [`Command::Ask`] does; where nothing came, the answer before is shown further on. Refused while an answer is coming.
    Retry {
        /// Names the turn.
        id: RequestId,
        /// Asks this model; else whoever is chosen.
        model: Option<ModelId>,
        /// The question, or its answer, among those that are shown; the last where none is named.
        at: Option<MessageId>,
    },
    /// Asks another question in the place of one that is shown in the open one: what was asked and answered from there on stays as
    /// another version. Ends as [`Command::Ask`] does. Refused while an answer is coming.
    Edit {
        /// Names the turn.
        id: RequestId,
        /// The question that is changed.
        at: MessageId,
        /// The question that is asked.
        prompt: Prompt,
        /// Asks this model; else whoever is chosen.
        model: Option<ModelId>,
    },
    /// Opens the conversation of a message, and shows the path through it, down to the newest end. Answered by
    /// `ConversationEvent::Opened` or a notice. Refused while an answer is coming there.
    Show {
        /// The message.
        at: MessageId,
    },
    /// Copies the open one, with its chosen model and without what is being answered, and opens the copy. Answered by `ConversationEvent::Opened` or a notice.
    Fork {
        /// Copies no further than this message, of whichever version; what is shown where none is named.
        at: Option<MessageId>,
    },
    /// Hides one; until it is purged, it can be restored. Answered by `ConversationEvent::Deleted`, before which
    /// `ConversationEvent::New` comes where it was open, or a notice. Refused while an answer is coming in it.
    Delete(ConversationId),
    /// Brings one back that was deleted. Answered by `ConversationEvent::Restored` or a notice.
    Restore(ConversationId),
    /// Takes some away for good; those stay in which an answer is coming. Answered by `ConversationEvent::Purged`.
    Purge {
        /// Names the request.
        id: RequestId,
        /// Which.
        which: Doomed,
    },
    /// Stores what [`Query::Export`] wrote as JSON: all of it, or nothing where something is wrong with it. Answered by
    /// `ConversationEvent::Imported`.
    Import {
        /// Names the request.
        id: RequestId,
        /// What stands in the file.
        text: String,
    },
    /// Keeps what is being written, also where Segno is killed; an empty text is forgotten. Not answered, but where it is longer than
    /// [`LONGEST_DRAFT`].
    Draft {
        /// Where; `None` for the conversation that is not begun yet.
        conversation: Option<ConversationId>,
        /// The text.
        text: String,
    },
    /// Has a model on this machine sum up what stands before the last two exchanges of the open one: the summary takes the place of
    /// those messages in prompts. Answered by `ConversationEvent::Compact`s; [`Command::Cancel`] stops it, and nothing has changed.
    Compact {
        /// Names the request.
        id: RequestId,
    },
    /// Takes the summary back that stands. Answered by a `ConversationEvent::Compact`.
    UndoCompact {
        /// Names the request.
        id: RequestId,
    },
    /// Fixes the model of the open conversation, or gives the choice back to the router.
    SetModel(Option<ModelId>),
    /// Says what the questions of the open conversation are about, for the playbook that they get; `None` has each told by its words
    /// again. Who is asked does not depend on it. Answered by `ConversationEvent::DomainInForce`.
    SetDomain(Option<Domain>),
    /// Has nobody stand in for the fixed model where it fails, or allows it again. Refused where no model is fixed.
    LockModel(bool),
}

/// Bytes of the longest [`ConversationCommand::Draft`].
pub const LONGEST_DRAFT: usize = 256 * 1024;

/// The most texts of one [`ModelsCommand::Embed`].
pub const TEXTS_AT_ONCE: usize = 512;

/// About models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelsCommand {
    /// Looks again which server and models there are, and begins anew to watch for a server that is down. Answered by
    /// [`Event::Models`].
    Refresh,
    /// Has the server fetch a model. Answered by [`Event::Pull`]s.
    Pull {
        /// Names the pull.
        id: RequestId,
        /// The model.
        model: ModelId,
    },
    /// Asks a provider for its models, which tries the key, too. Answered by [`Event::Listed`].
    List {
        /// Names the request.
        id: RequestId,
        /// Who is asked.
        provider: BackendId,
        /// [`Purpose::ModelList`] or [`Purpose::KeyCheck`].
        purpose: Purpose,
    },
    /// Has a model in memory before it is asked. Answered by a notice with this id.
    Load {
        /// Names the request.
        id: RequestId,
        /// The model.
        model: ModelId,
    },
    /// Has a model leave the memory. Answered by a notice with this id.
    Unload {
        /// Names the request.
        id: RequestId,
        /// The model.
        model: ModelId,
    },
    /// The user begins to write: whoever is likely asked next is loaded, where it fits beside those that are in memory.
    Prepare,
    /// The user saw which models fail: alerts are over.
    Seen,
    /// Has vectors made of texts. Answered by [`Event::Embedded`].
    Embed {
        /// Names the request.
        id: RequestId,
        /// Who makes them; without a name one on this machine is chosen.
        model: Option<ModelId>,
        /// At least one, at most [`TEXTS_AT_ONCE`].
        texts: Vec<String>,
    },
}

/// About what may leave this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentCommand {
    /// Yes: exactly the bytes with this digest go, and no others. Any other digest is a no.
    Grant {
        /// What waits.
        id: RequestId,
        /// Of [`ConsentRequest::whole`] or of [`ConsentRequest::redacted`].
        digest: Digest,
        /// [`Scope::Once`] or [`Scope::Conversation`].
        scope: Scope,
    },
    /// No.
    Deny {
        /// What waits.
        id: RequestId,
        /// Not to this provider ever, until it is revoked.
        never: bool,
    },
    /// Takes an answer back that stands. Answered by [`Event::Privacy`].
    Revoke(GrantId),
    /// Takes all of them back. Answered by [`Event::Privacy`].
    RevokeAll,
    /// Forbids everything but this machine, or allows it again. What is on its way to another is cut. Answered by
    /// [`Event::Privacy`].
    Offline(bool),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Who will be asked, and why.
    Planned {
        /// The turn.
        id: RequestId,
        /// The plan.
        plan: Plan,
    },
    /// A piece of the answer, as it comes. Raw model text: a front end cleans it before a terminal sees it.
    Delta {
        /// The turn.
        id: RequestId,
        /// More of the answer; may be empty.
        text: String,
        /// More of the thinking; may be empty.
        thinking: String,
    },
    /// A candidate cannot be asked yet, or was asked after it could not be.
    Waiting {
        /// The turn.
        id: RequestId,
        /// Who is to be asked.
        model: ModelId,
        /// What for.
        waits: Waits,
    },
    /// A candidate failed before its first token; the next is asked.
    Fallback {
        /// The turn.
        id: RequestId,
        /// Who failed.
        from: Candidate,
        /// Who is asked now.
        to: Candidate,
        /// Why.
        why: Failure,
    },
    /// The answer came: whole (`Complete`), or a part of it (`Partial`, `Cancelled`).
    Finished {
        /// The turn.
        id: RequestId,
        /// What came.
        answer: Box<Answer>,
        /// How far.
        status: Status,
    },
    /// Nothing came.
    Failed {
        /// The turn.
        id: RequestId,
        /// Why.
        failure: Failure,
        /// Who was asked before, in vain.
        attempts: Vec<Attempt>,
    },
    /// About conversations.
    Conversation(ConversationEvent),
    /// What is known of servers and models has changed, or a refresh was asked for.
    Models(ModelsSnapshot),
    /// A pull goes on.
    Pull {
        /// The pull.
        id: RequestId,
        /// The model.
        model: ModelId,
        /// How far.
        progress: PullProgress,
    },
    /// Something would leave the machine, and waits for [`ConsentCommand::Grant`] or [`ConsentCommand::Deny`]. Nothing was
    /// sent.
    ConsentNeeded(Box<ConsentRequest>),
    /// What may leave the machine has changed.
    Privacy(PrivacyState),
    /// About playbooks.
    Playbook(PlaybookEvent),
    /// A provider said which models it has, or why it did not.
    Listed {
        /// The request.
        id: RequestId,
        /// Who was asked.
        provider: BackendId,
        /// The names, as the provider writes them.
        result: Result<Vec<String>, Failure>,
    },
    /// Vectors were made, or why they were not.
    Embedded {
        /// The request.
        id: RequestId,
        /// Who made them; `None` where nobody was named and nobody could be chosen.
        model: Option<ModelId>,
        /// One vector a text, in their order, all of one length.
        result: Result<Vec<Vec<f32>>, Failure>,
    },
    /// Something the user should know.
    Notice {
        /// The turn it belongs to, where it does.
        id: Option<RequestId>,
        /// The words.
        notice: Notice,
    },
}

/// About conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationEvent {
    /// The open conversation is a new, empty one.
    New,
    /// This one is open now. Where a turn goes on in it that was asked before, its question is not among the messages, and its
    /// events go on.
    Opened(Box<Conversation>),
    /// The conversation that a turn was asked in is stored: a new one has its number and its title from here on.
    Begun {
        /// The turn.
        id: RequestId,
        /// The conversation.
        summary: ConversationSummary,
        /// The question, as it is stored; after [`ConversationCommand::Retry`] the one that was asked before.
        question: Version,
        /// The answer that is coming.
        answer: Version,
    },
    /// One was changed: its title, its chosen model.
    Changed(ConversationSummary),
    /// One was deleted, and can be restored.
    Deleted(ConversationSummary),
    /// One was restored.
    Restored(ConversationSummary),
    /// Some were taken away for good.
    Purged {
        /// The request.
        id: RequestId,
        /// How many.
        result: Result<u32, Failure>,
    },
    /// Some were imported.
    Imported {
        /// The request.
        id: RequestId,
        /// As they are stored.
        result: Result<Vec<ConversationSummary>, Failure>,
    },
    /// How full the window of the model is that is asked or, at rest, that answered last or is fixed.
    Context {
        /// The turn that is asked or has just answered; `None` for the conversation that is open.
        id: Option<RequestId>,
        /// How full.
        now: ContextUse,
    },
    /// How far a summary is.
    Compact {
        /// The request.
        id: RequestId,
        /// How far.
        step: CompactStep,
    },
    /// The model fixed for the open conversation is now this one; with `None` the router chooses. Answers
    /// [`ConversationCommand::SetModel`] and [`ConversationCommand::LockModel`], also where it was refused and nothing changed.
    ModelInForce(Option<Override>),
    /// This is what the questions of the open conversation are about now; with `None` the words of each tell. Answers
    /// [`ConversationCommand::SetDomain`].
    DomainInForce(Option<Domain>),
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Something is not as it was asked for.
    Warning,
    /// Something failed.
    Error,
}

/// Something the user should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub what: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Notice {
    /// Good to know.
    pub fn info(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { level: Level::Info, what: what.into(), hint: hint.into() }
    }

    /// Something is not as it was asked for.
    pub fn warning(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { level: Level::Warning, what: what.into(), hint: hint.into() }
    }

    /// Something failed.
    pub fn error(failure: &Failure) -> Self {
        Self { level: Level::Error, what: failure.what.clone(), hint: failure.hint.clone() }
    }
}
