//! All that crosses between the conductor and a front end.
//!
//! What must stay true: `Command` and `Event` are a budget of about a dozen variants each, grouped by subject; a new
//! top-level variant needs a decision record. Only plain values of `domain` cross.

mod playbook;
mod query;

pub use playbook::{Changed, PlaybookCommand, PlaybookEvent};
pub use query::{Query, Reply};

use crate::domain::{
    Answer, Attempt, BackendId, Candidate, ConsentRequest, Conversation, ConversationId, ConversationSummary, Digest, Domain,
    Failure, GrantId, HealthRow, HostState, Machine, MemoryState, Model, ModelId, ModelProfile, Override, Plan, PoolState,
    PrivacyState, Prompt, Purpose, QuotaState, Rating, RequestId, Scope, ServerState, Status, Waits,
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
    /// What the user says of the last answer in the conversation that is open. Answered by [`PlaybookEvent::Rated`] or a notice.
    Rate(Rating),
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
    /// Gives the open one another title. Answered by `ConversationEvent::Changed` or a notice.
    Rename(String),
    /// Asks the last question of the open one anew, without the answer that came to it. Ends as [`Command::Ask`] does.
    Retry {
        /// Names the turn.
        id: RequestId,
        /// Asks this model; else whoever is chosen.
        model: Option<ModelId>,
    },
    /// Copies the open one, with its chosen model and without what is being answered, and opens the copy. Answered by `ConversationEvent::Opened` or a notice.
    Fork,
    /// Fixes the model of the open conversation, or gives the choice back to the router.
    SetModel(Option<ModelId>),
    /// Says what the questions of the open conversation are about, for the playbook that they get; `None` has each told by its words
    /// again. Who is asked does not depend on it. Answered by `ConversationEvent::DomainInForce`.
    SetDomain(Option<Domain>),
    /// Has nobody stand in for the fixed model where it fails, or allows it again. Refused where no model is fixed.
    LockModel(bool),
}

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
    },
    /// One was changed: its title, its chosen model.
    Changed(ConversationSummary),
    /// The model fixed for the open conversation is now this one; with `None` the router chooses. Answers
    /// [`ConversationCommand::SetModel`] and [`ConversationCommand::LockModel`], also where it was refused and nothing changed.
    ModelInForce(Option<Override>),
    /// This is what the questions of the open conversation are about now; with `None` the words of each tell. Answers
    /// [`ConversationCommand::SetDomain`].
    DomainInForce(Option<Domain>),
}

/// What is known of servers and models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsSnapshot {
    /// The server.
    pub server: ServerState,
    /// The other servers; empty where there is only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostState>,
    /// Their models, by name, one of each server that has it; only those that write text can be asked.
    pub models: Vec<Model>,
    /// What the router knows of each of them, in the same order.
    #[serde(default)]
    pub profiles: Vec<ModelProfile>,
    /// The computer.
    pub machine: Machine,
    /// The first model to pull on it; `None` where its memory is not known.
    pub first_model: Option<ModelId>,
    /// The memory that its models share; `None` where it is not managed.
    #[serde(default)]
    pub memory: Option<MemoryState>,
    /// How those do that were asked of late, servers first.
    #[serde(default)]
    pub health: Vec<HealthRow>,
    /// When this was so, in milliseconds since 1970.
    #[serde(default)]
    pub at_ms: i64,
    /// How much of its quotas of a day each provider has used; only those with quotas.
    #[serde(default)]
    pub quotas: Vec<(BackendId, Vec<QuotaState>)>,
    /// What became of the connections to the server and to each provider, whether contacted or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolState>,
}

impl ModelsSnapshot {
    /// What is known of the first server, or of the first that answered.
    pub fn best(&self) -> &ServerState {
        let mut states = self.states().map(|(_, state)| state);
        states.find(|state| matches!(state, ServerState::Up { .. })).unwrap_or(&self.server)
    }

    /// What is known of each server, the first first.
    pub fn states(&self) -> impl Iterator<Item = (BackendId, &ServerState)> {
        let others = self.hosts.iter().map(|host| (host.id.clone(), &host.state));
        std::iter::once((BackendId::ollama(), &self.server)).chain(others)
    }

    /// The memory that the models of a server share.
    pub fn memory_of(&self, host: &BackendId) -> Option<&MemoryState> {
        match self.hosts.iter().find(|other| other.id == *host) {
            Some(other) => other.memory.as_ref(),
            None => self.memory.as_ref().filter(|_| *host == BackendId::ollama()),
        }
    }

    /// The servers where there are several, so that a person is told which one is meant; nothing where there is one.
    pub fn several(&self) -> Vec<BackendId> {
        if self.hosts.is_empty() { Vec::new() } else { self.states().map(|(id, _)| id).collect() }
    }
}

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "pull")]
pub enum PullProgress {
    /// It goes on.
    Running {
        /// What the server is at, in its own words.
        status: String,
        /// Bytes there, of all parts begun.
        completed: u64,
        /// Bytes in all, of all parts begun; 0 where not known yet.
        total: u64,
    },
    /// The model is there.
    Done,
    /// The user stopped it; the server keeps what it has, and a later pull goes on from there.
    Cancelled,
    /// It failed.
    Failed(Failure),
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
