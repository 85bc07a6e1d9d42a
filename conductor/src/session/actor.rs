//! The actor: one task that owns the session and takes one thing at a time.
//!
//! What must stay true: it alone changes the session; what takes long runs as a task beside it, and comes back as [`Done`].

mod conversations;

use super::catalog::{Catalog, Found, look};
use super::pulls::{self, Pull};
use super::turn::{Outcome, Turn};
use super::watch::Watch;
use super::{Mail, Setup, describe};
use crate::backend::Backend;
use crate::config::Config;
use crate::domain::{Failure, FailureKind, ModelId, Prompt, RequestId};
use crate::protocol::{Command, Event, ModelsCommand, Notice, PullProgress, Query, Reply};
use crate::routing::Choice;
use crate::store::{Opened, Store, StoreError};
use conversations::Open;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};

/// How long quitting waits for what still has to be stored.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a task beside the actor came back with.
enum Done {
    Opened(Result<Opened, StoreError>),
    Looked(Found),
    Turn(Box<Outcome>),
    Pull(RequestId),
}

/// A question that waits for a fresh list of models.
struct Waiting {
    id: RequestId,
    prompt: Prompt,
    model: Option<ModelId>,
}

/// The turn in flight; dropping it cancels it.
struct InFlight {
    id: RequestId,
    cancel: oneshot::Sender<()>,
}

pub(super) struct Actor {
    config: Arc<Config>,
    server: Arc<dyn Backend>,
    guide: Arc<dyn Backend>,
    store: Store,
    inbox: mpsc::Receiver<Mail>,
    events: mpsc::Sender<Event>,
    tasks: JoinSet<Done>,
    catalog: Catalog,
    watch: Watch,
    looking: bool,
    announce: bool,
    queries: Vec<oneshot::Sender<Reply>>,
    open: Open,
    waiting: Option<Waiting>,
    turn: Option<InFlight>,
    pulls: HashMap<RequestId, oneshot::Sender<()>>,
    storage_told: Option<String>,
}

impl Actor {
    pub(super) fn new(setup: Setup, inbox: mpsc::Receiver<Mail>, events: mpsc::Sender<Event>) -> Self {
        let Setup { config, database, machine, server, guide } = setup;
        Self {
            config,
            server,
            guide,
            store: Store::open(database),
            inbox,
            events,
            tasks: JoinSet::new(),
            catalog: Catalog::new(machine),
            watch: Watch::new(),
            looking: false,
            announce: true,
            queries: Vec::new(),
            open: Open::default(),
            waiting: None,
            turn: None,
            pulls: HashMap::new(),
            storage_told: None,
        }
    }

    pub(super) async fn run(mut self) {
        let store = self.store.clone();
        self.tasks.spawn(async move { Done::Opened(store.opened().await) });
        self.look();
        loop {
            tokio::select! {
                mail = self.inbox.recv() => match mail {
                    None | Some(Mail::Command(Command::Quit)) => break,
                    Some(Mail::Command(command)) => self.command(command).await,
                    Some(Mail::Query(query, reply)) => self.query(query, reply).await,
                },
                Some(done) = self.tasks.join_next() => self.done(done).await,
                () = self.watch.wait(), if !self.looking => self.look(),
            }
        }
        self.farewell().await;
    }

    /// Cancels what is in flight, and waits until it is stored.
    async fn farewell(mut self) {
        self.waiting = None;
        self.turn = None;
        self.pulls.clear();
        self.queries.clear();
        let stored = async {
            while let Some(done) = self.tasks.join_next().await {
                if let Ok(Done::Turn(outcome)) = done {
                    self.say(outcome.last).await;
                }
            }
        };
        if tokio::time::timeout(FAREWELL, stored).await.is_err() {
            tracing::warn!("ended before everything was stored");
        }
        self.store.close().await;
    }

    async fn command(&mut self, command: Command) {
        self.watch.activity();
        match command {
            Command::Ask { id, prompt, model } => self.ask(Waiting { id, prompt, model }).await,
            Command::Cancel { id } => self.cancel(id).await,
            Command::Conversation(command) => self.conversation(command).await,
            Command::Models(ModelsCommand::Refresh) => {
                self.watch.restart();
                self.announce = true;
                self.look();
            }
            Command::Models(ModelsCommand::Pull { id, model }) => self.pull(id, model).await,
            Command::Quit => {}
        }
    }

    async fn query(&mut self, query: Query, reply: oneshot::Sender<Reply>) {
        let answer = match query {
            Query::Models if !self.catalog.is_known() => {
                self.queries.push(reply);
                return self.look();
            }
            Query::Models => Reply::Models(self.catalog.snapshot()),
            Query::Conversations { limit } => match self.store.conversations(limit).await {
                Ok(list) => Reply::Conversations(list),
                Err(error) => Reply::Failed(error.failure()),
            },
        };
        // Who asked may have gone.
        let _ = reply.send(answer);
    }

    async fn done(&mut self, done: Result<Done, JoinError>) {
        match done {
            Ok(Done::Opened(opened)) => self.opened(opened).await,
            Ok(Done::Looked(found)) => self.looked(found).await,
            Ok(Done::Turn(outcome)) => self.turn_ended(*outcome).await,
            Ok(Done::Pull(id)) => {
                self.pulls.remove(&id);
                self.announce = true;
                self.look();
            }
            Err(error) => self.crashed(&error).await,
        }
    }

    async fn opened(&mut self, opened: Result<Opened, StoreError>) {
        match opened {
            Ok(Opened::Created | Opened::Existing) => {}
            Ok(Opened::Replaced { kept, why }) => {
                let what = format!("the database could not be read ({why}); a new one was begun");
                let notice = Notice::warning(what, format!("the old one is kept as {}", kept.display()));
                self.say(Event::Notice { id: None, notice }).await;
            }
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }

    /// Says a failure of the database, each only once.
    async fn storage_failed(&mut self, failure: Failure) {
        if self.storage_told.as_deref() != Some(failure.what.as_str()) {
            self.say(Event::Notice { id: None, notice: Notice::error(&failure) }).await;
            self.storage_told = Some(failure.what);
        }
    }

    fn look(&mut self) {
        self.watch.take_due();
        if !self.looking {
            self.looking = true;
            let server = self.server.clone();
            self.tasks.spawn(async move { Done::Looked(look(server).await) });
        }
    }

    async fn looked(&mut self, found: Found) {
        self.looking = false;
        let down = found.result.is_err();
        if !down {
            self.watch.found();
        }
        let watching = down && self.watch.missed();
        let asked_for = std::mem::take(&mut self.announce);
        if self.catalog.apply(found, watching) || asked_for {
            self.say(Event::Models(self.catalog.snapshot())).await;
        }
        for reply in self.queries.drain(..) {
            let _ = reply.send(Reply::Models(self.catalog.snapshot()));
        }
        if let Some(waiting) = self.waiting.take() {
            self.start(waiting);
        }
    }

    async fn ask(&mut self, question: Waiting) {
        let refused = match () {
            () if self.turn.is_some() || self.waiting.is_some() => Some(describe::one_at_a_time()),
            () if question.prompt.is_blank() => Some(describe::blank()),
            () => None,
        };
        if let Some(failure) = refused {
            return self.say(Event::Failed { id: question.id, failure, attempts: Vec::new() }).await;
        }
        if self.catalog.is_fresh() {
            return self.start(question);
        }
        self.waiting = Some(question);
        self.look();
    }

    fn start(&mut self, question: Waiting) {
        let (cancel, cancelled) = oneshot::channel();
        let model_override = self.open.model_override.clone();
        let turn = Turn {
            id: question.id,
            prompt: question.prompt,
            choice: question.model.or_else(|| model_override.clone()).map_or(Choice::Auto, Choice::Model),
            config: self.config.clone(),
            server: self.server.clone(),
            guide: self.guide.clone(),
            server_state: self.catalog.server.clone(),
            models: self.catalog.models.clone(),
            machine: self.catalog.machine,
            history: self.open.history.clone(),
            conversation: self.open.id(),
            model_override,
            store: self.store.clone(),
            events: self.events.clone(),
        };
        self.turn = Some(InFlight { id: question.id, cancel });
        self.tasks.spawn(async move { Done::Turn(Box::new(turn.run(cancelled).await)) });
    }

    async fn turn_ended(&mut self, outcome: Outcome) {
        self.turn = None;
        self.open.grow(outcome.conversation, outcome.messages);
        if let Some(failure) = outcome.storage {
            self.storage_failed(failure).await;
        }
        if outcome.suspect {
            self.catalog.expire();
            self.look();
        }
        self.say(outcome.last).await;
    }

    async fn cancel(&mut self, id: RequestId) {
        if let Some(waiting) = self.waiting.take_if(|w| w.id == id) {
            return self.say(Event::Failed { id: waiting.id, failure: describe::cancelled(), attempts: Vec::new() }).await;
        }
        // The turn stays in flight until it has stored what came: its outcome frees the place.
        if let Some(turn) = self.turn.take_if(|t| t.id == id) {
            let _ = turn.cancel.send(());
            let (cancel, _) = oneshot::channel();
            self.turn = Some(InFlight { id, cancel });
        }
        if let Some(cancel) = self.pulls.remove(&id) {
            let _ = cancel.send(());
        }
    }

    async fn pull(&mut self, id: RequestId, model: ModelId) {
        if let Some(failure) = pulls::impossible(&self.catalog.server) {
            return self.say(Event::Pull { id, model, progress: PullProgress::Failed(failure) }).await;
        }
        let (cancel, cancelled) = oneshot::channel();
        let pull = Pull { id, model, server: self.server.clone(), config: self.config.clone(), events: self.events.clone() };
        self.pulls.insert(id, cancel);
        self.tasks.spawn(async move { Done::Pull(pull.run(cancelled).await) });
    }

    /// A task panicked: a defect of Segno's. Nothing may wait for it for ever.
    async fn crashed(&mut self, error: &JoinError) {
        tracing::error!(%error, "a task crashed");
        self.looking = false;
        if let Some(turn) = self.turn.take() {
            let failure = Failure::new(
                FailureKind::Broken,
                "Segno made a mistake and could not go on with this answer",
                "ask again; the log has the details",
            );
            self.say(Event::Failed { id: turn.id, failure, attempts: Vec::new() }).await;
        }
    }

    /// A front end that is gone has nobody to tell.
    async fn say(&self, event: Event) {
        let _ = self.events.send(event).await;
    }
}
