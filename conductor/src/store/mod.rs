//! Conversations and the ledger on disk: the SQLite connection, its schema, and the only SQL of the workspace.
//!
//! What must stay true: one thread owns the connection, and the handles only send it jobs; what was accepted is in the file
//! when the call returns, so that a killed process loses nothing of it (and the ledger nothing to a power cut); two processes
//! may use one file at once; nothing here decides anything.

mod arms;
mod aside;
mod asked;
mod clock;
mod conversations;
mod dispatch;
mod drafts;
mod durable;
mod embeddings;
mod error;
mod history;
mod learning;
mod ledger;
mod lessons;
mod measures;
mod messages;
mod migrations;
mod open;
mod origins;
mod playbooks;
mod purge;
mod refusals;
mod rows;
mod runs;
mod search;
mod shelf;
mod summaries;
mod switches;
mod title;
mod training;
mod versions;
mod window;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use clock::now_ms;
pub use dispatch::{Day, Remembered};
pub use error::StoreError;
pub use lessons::RoleCall;
pub use measures::Measure;
pub use origins::Trace;
pub use playbooks::Change;
pub use purge::Purged;
pub use runs::{Measured, NewRun, RunOutput};
pub(crate) use title::LONGEST_GIVEN;
pub use versions::{Imported, NewTree, Node, Tree};

use crate::domain::{
    Attempt, BackendId, Conversation, ConversationId, ConversationSummary, Cost, Decision, Domain, HealthRow, Label,
    Measurements, MessageId, ModelId, Override, Prompt, Signature, Spent, Status, Target, Timing, Usage, Versions,
};
use error::Trouble;
use shelf::Shelf;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use worker::{Database, Job, State};

/// How long another process may hold the database before we give up: far longer than any write of ours takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a database was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There was none; it was made.
    Created,
    /// It was there.
    Existing,
    /// It was damaged: it was put aside, and a new one made. The ledger and the answers "never" that were in it are not in the
    /// new one.
    Replaced {
        /// Where the damaged one is now.
        kept: PathBuf,
        /// What was wrong with it.
        why: String,
    },
}

/// A question, as it is stored before anybody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTurn {
    /// Where it belongs; `None` makes a new conversation.
    pub conversation: Option<ConversationId>,
    /// The question.
    pub prompt: Prompt,
    /// The model chosen for a new conversation; one that is stored keeps its own ([`Store::set_model`]).
    pub model_override: Option<Override>,
    /// What a new conversation is about, where the user said it; one that is stored keeps its own ([`Store::set_domain`]).
    pub domain: Option<Domain>,
    /// Where in the conversation. In a new one [`After::Shown`] alone has a place: there are no messages yet.
    pub after: After,
    /// Milliseconds since 1970-01-01 UTC.
    pub now_ms: i64,
}

/// Where in its conversation a turn goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// After the last message that is shown.
    Shown,
    /// After this message.
    Message(MessageId),
    /// Its question stands in the place of this one, which stays as another version.
    Beside(MessageId),
    /// This question is answered once more; nothing is asked.
    Again(MessageId),
}

/// A turn that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its conversation, these messages included.
    pub conversation: ConversationSummary,
    /// The user's message.
    pub user: MessageId,
    /// What else stands in its place.
    pub user_versions: Versions,
    /// The answer, empty as yet.
    pub answer: MessageId,
    /// What else stands in its place.
    pub answer_versions: Versions,
}

/// The end of an answer. `text` and `thinking` are the whole, not the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// Who made it; `None` where nobody did.
    pub signature: Option<Signature>,
    /// The answer.
    pub text: String,
    /// What the model thought.
    pub thinking: String,
    /// Tokens.
    pub usage: Usage,
    /// Times.
    pub timing: Timing,
    /// How far it came; not [`Status::Streaming`].
    pub status: Status,
    /// True where it stopped at a limit of length.
    pub cut_by_length: bool,
    /// What it cost.
    pub cost: Option<Cost>,
    /// Warnings to show under it.
    pub labels: Vec<Label>,
    /// Who was asked before, in vain.
    pub attempts: Vec<Attempt>,
    /// How the model was chosen.
    pub decision: Option<Box<Decision>>,
}

/// A handle to the database; clones share it. A job whose caller stops waiting is done all the same, once it was sent.
///
/// The database is closed by [`Store::close`], or, without anybody to wait for it, when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    /// Where playbooks are kept that have a database a family; `None` where they are in this one.
    shelf: Option<Arc<Shelf>>,
}

impl Store {
    /// As [`Self::open`], with the playbooks in a database of their own for each family of models, in the folder `playbooks` beside it.
    /// One that stands in the database itself moves there with its first change.
    pub fn open_by_family(path: PathBuf) -> Self {
        let folder = path.with_file_name("playbooks");
        Self { shelf: Some(Arc::new(Shelf::new(folder))), ..Self::open(path) }
    }

    /// Opens the database at `path` in the background and returns at once; calls wait for it. If it cannot be opened, every
    /// call says why.
    pub fn open(path: PathBuf) -> Self {
        match worker::start(path, PATIENCE) {
            Ok((jobs, _)) => Self { jobs, shelf: None },
            Err(error) => {
                tracing::error!(%error, "no thread for the database");
                // A queue without a reader: every call finds it closed.
                Self { jobs: mpsc::channel(1).0, shelf: None }
            }
        }
    }

    /// Waits until the database is open, and says how.
    ///
    /// # Errors
    /// Why it is not; see [`StoreError`].
    pub async fn opened(&self) -> Result<Opened, StoreError> {
        self.run(|db| Ok(db.opened.clone())).await
    }

    /// Stores a question and an empty answer that is streaming, and makes the conversation where there is none: all or nothing.
    ///
    /// # Errors
    /// `NoSuchConversation`, `NoSuchMessage` where [`NewTurn::after`] names none of the conversation or one that it cannot follow, and
    /// what a database may do.
    pub async fn begin_turn(&self, turn: NewTurn) -> Result<Begun, StoreError> {
        self.run(move |db| messages::begin(db, &turn)).await
    }

    /// Says who makes an answer that is streaming. May be said again, when another takes over.
    ///
    /// # Errors
    /// `NotStreaming`, and what a database may do.
    pub async fn sign(&self, answer: MessageId, signature: &Signature) -> Result<(), StoreError> {
        let signature = signature.clone();
        self.run(move |db| messages::sign(&db.conn, answer, &signature)).await
    }

    /// Adds a piece to an answer that is streaming. Costs the same however long the answer is.
    ///
    /// # Errors
    /// `NotStreaming`, and what a database may do.
    pub async fn append(&self, answer: MessageId, text: String, thinking: String) -> Result<(), StoreError> {
        self.run(move |db| messages::append(&db.conn, answer, &text, &thinking)).await
    }

    /// Ends an answer that is streaming: its row is whole then and its pieces are gone, or nothing has changed.
    ///
    /// # Errors
    /// `NotStreaming`, `NotAnEnd`, and what a database may do.
    pub async fn finish(&self, answer: MessageId, end: Finish) -> Result<(), StoreError> {
        self.run(move |db| messages::finish(db, answer, &end)).await
    }

    /// Fixes the model of a conversation, or gives the choice back to the router.
    ///
    /// # Errors
    /// `NoSuchConversation`, and what a database may do.
    pub async fn set_model(&self, id: ConversationId, model: Option<Override>) -> Result<ConversationSummary, StoreError> {
        self.run(move |db| conversations::set_model(db, id, model.as_ref())).await
    }

    /// Keeps what the user says the questions of a conversation are about.
    ///
    /// # Errors
    /// `NoSuchConversation`, and what a database may do.
    pub async fn set_domain(&self, id: ConversationId, domain: Option<Domain>) -> Result<ConversationSummary, StoreError> {
        self.run(move |db| conversations::set_domain(db, id, domain.as_ref())).await
    }

    /// Gives a conversation another title, which is not empty.
    ///
    /// # Errors
    /// `NoSuchConversation`, and what a database may do.
    pub async fn rename(&self, id: ConversationId, title: String) -> Result<ConversationSummary, StoreError> {
        self.run(move |db| conversations::rename(db, id, &title)).await
    }

    /// Copies a conversation with the messages that are shown, or the path to `at`, its chosen model and its domain, and returns the copy.
    ///
    /// # Errors
    /// `NoSuchConversation`, `NoSuchMessage`, and what a database may do.
    pub async fn fork(&self, id: ConversationId, at: Option<MessageId>, now_ms: i64) -> Result<Conversation, StoreError> {
        self.run(move |db| conversations::fork(db, (id, at), now_ms)).await
    }

    /// Notes what was measured of a model.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn measure(&self, measure: Measure) -> Result<(), StoreError> {
        self.run(move |db| measures::add(&mut db.conn, &measure)).await
    }

    /// All that was measured of models.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn measurements(&self) -> Result<Measurements, StoreError> {
        self.run(|db| measures::all(&db.conn)).await
    }

    /// What earlier runs left for dispatch, and what was spent on `day`.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn remembered(&self, day: Day) -> Result<Remembered, StoreError> {
        self.run(move |db| dispatch::all(&db.conn, day)).await
    }

    /// Keeps what is known of these targets, and forgets those that are gone.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn keep_health(&self, rows: Vec<HealthRow>, gone: Vec<Target>) -> Result<(), StoreError> {
        self.run(move |db| dispatch::keep_health(&mut db.conn, &rows, &gone)).await
    }

    /// Adds to what a provider was sent on a day, and gives all of it.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn spend(&self, provider: BackendId, day: Day, spent: Spent) -> Result<Spent, StoreError> {
        self.run(move |db| dispatch::spend(&mut db.conn, &provider, day, spent)).await
    }

    /// Keeps how many bytes a model was seen to take with a window.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn keep_size(&self, model: ModelId, num_ctx: u32, bytes: u64) -> Result<(), StoreError> {
        self.run(move |db| dispatch::keep_size(&db.conn, &model, num_ctx, bytes)).await
    }

    /// A conversation with the messages that are shown, also one that was deleted. An answer without an end is `Streaming` if this store is writing it, else
    /// `Interrupted`, with what had come; reading changes nothing, since another process may be writing it.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.run(move |db| conversations::whole(db, id)).await
    }

    /// The conversation last written to.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn latest(&self) -> Result<Option<ConversationId>, StoreError> {
        self.run(|db| Ok(conversations::list(&db.conn, 1, false)?.first().map(|summary| summary.id))).await
    }

    /// At most `limit` conversations, last written to first; only those with a message.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn conversations(&self, limit: u32) -> Result<Vec<ConversationSummary>, StoreError> {
        self.run(move |db| conversations::list(&db.conn, limit, false)).await
    }

    /// Waits until all jobs are done, brings everything into the one file and closes it. Other handles get
    /// [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        for file in self.shelf.iter().flat_map(|shelf| shelf.take()) {
            file.close_one().await;
        }
        self.close_one().await;
    }

    async fn close_one(self) {
        let (closer, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(closer)).await.is_ok() {
            // An error means that the thread is gone, and so is closed, too.
            let _ = closed.await;
        }
    }

    /// Sends a job and waits for what it returns.
    async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database) -> Result<T, Trouble> + Send + 'static,
    {
        let (sender, reply) = oneshot::channel();
        let job = move |state: &mut State| {
            let result = match state {
                Ok(database) => work(database).map_err(|trouble| trouble.at(&database.path)),
                Err(error) => Err(error.clone()),
            };
            // The caller may have stopped waiting.
            let _ = sender.send(result);
        };
        self.jobs.send(Job::Work(Box::new(job))).await.map_err(|_| StoreError::Closed)?;
        reply.await.unwrap_or(Err(StoreError::Closed))
    }
}
