//! The actor: one task that owns the session and takes one thing at a time.
//!
//! What must stay true: it alone changes the session; what takes long (the server, the database, a turn, a pull) runs as a
//! task beside it and comes back as [`Done`], so that Cancel and Quit are always heard.

mod conversations;
mod fetching;
mod server;
mod tasks;
mod turns;

use super::catalog::Catalog;
use super::watch::Watch;
use super::{Mail, Setup};
use crate::backend::Backend;
use crate::config::Config;
use crate::domain::{Failure, ModelId, RequestId};
use crate::protocol::{Command, Event, ModelsCommand, Notice, Query, Reply};
use crate::store::{Opened, Store, StoreError};
use conversations::Open;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Done, Tasks};
use tokio::sync::{mpsc, oneshot};
use turns::{InFlight, Waiting};

/// How long quitting waits for what still has to be stored.
const FAREWELL: Duration = Duration::from_secs(3);

/// How many questions may wait for the server's list.
const QUERIES: usize = 64;

pub(super) struct Actor {
    config: Arc<Config>,
    server: Arc<dyn Backend>,
    guide: Arc<dyn Backend>,
    store: Store,
    inbox: mpsc::Receiver<Mail>,
    events: mpsc::Sender<Event>,
    tasks: Tasks,
    catalog: Catalog,
    watch: Watch,
    /// A look at the server is under way.
    looking: bool,
    /// What that look finds is out of date already: another follows.
    look_again: bool,
    /// The front end wants to hear what is found even if nothing changed.
    announce: bool,
    /// Events that wait until the list of models is fresh.
    after_look: Vec<Event>,
    queries: Vec<oneshot::Sender<Reply>>,
    open: Open,
    /// A stored conversation is being read.
    resuming: bool,
    /// A model that the user named, to be looked up in a fresh list.
    naming: Option<ModelId>,
    waiting: Option<Waiting>,
    /// A look was begun for the question that waits.
    looked_for_question: bool,
    turn: Option<InFlight>,
    pulls: HashMap<RequestId, fetching::InFlight>,
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
            tasks: Tasks::default(),
            catalog: Catalog::new(machine),
            watch: Watch::new(),
            looking: false,
            look_again: false,
            announce: true,
            after_look: Vec::new(),
            queries: Vec::new(),
            open: Open::default(),
            resuming: false,
            naming: None,
            waiting: None,
            looked_for_question: false,
            turn: None,
            pulls: HashMap::new(),
            storage_told: None,
        }
    }

    pub(super) async fn run(mut self) {
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Open, async move { Done::Opened(store.opened().await) });
        self.look();
        loop {
            tokio::select! {
                mail = self.inbox.recv() => match mail {
                    None | Some(Mail::Command(Command::Quit)) => break,
                    Some(Mail::Command(command)) => self.command(command).await,
                    Some(Mail::Query(query, reply)) => self.query(query, reply),
                },
                Some(done) = self.tasks.next() => self.done(done).await,
                () = self.watch.wait(), if !self.looking => self.look(),
            }
        }
        self.farewell().await;
    }

    /// Cancels what is in flight, and waits until it is stored and said.
    async fn farewell(mut self) {
        self.turn = None;
        self.pulls.clear();
        self.queries.clear();
        self.tasks.abort_all_but_turns();
        if let Some(waiting) = self.waiting.take() {
            self.say(turns::cancelled(waiting.id)).await;
        }
        let stored = async {
            while let Some(done) = self.tasks.next().await {
                if let Done::Turn(outcome) = done {
                    self.turn_ended(*outcome).await;
                    // It may have begun a look that nobody needs any more.
                    self.tasks.abort_all_but_turns();
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
            Command::Models(ModelsCommand::List { .. }) | Command::Consent(_) | Command::Quit => {}
        }
    }

    fn query(&mut self, query: Query, reply: oneshot::Sender<Reply>) {
        match query {
            Query::Models if !self.catalog.is_known() && self.queries.len() < QUERIES => {
                self.queries.push(reply);
                self.look();
            }
            // Who asked may have gone; that is nobody's loss.
            Query::Models => drop(reply.send(Reply::Models(self.catalog.snapshot()))),
            Query::Privacy | Query::Ledger { .. } | Query::LedgerRow(_) | Query::VerifyLedger => {}
            Query::Conversations { limit } => {
                let store = self.store.clone();
                self.tasks.spawn(tasks::Kind::Read, async move {
                    drop(reply.send(match store.conversations(limit).await {
                        Ok(list) => Reply::Conversations(list),
                        Err(error) => Reply::Failed(error.failure()),
                    }));
                    Done::Read
                });
            }
        }
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Opened(opened) => self.opened(opened).await,
            Done::Looked(found) => self.looked(*found).await,
            Done::Turn(outcome) => self.turn_ended(*outcome).await,
            Done::Pull(end) => self.pull_ended(end).await,
            Done::Resumed(found) => self.resumed(found).await,
            Done::ModelStored(stored) => self.model_stored(stored).await,
            Done::Read => {}
            Done::Crashed(kind) => self.crashed(kind).await,
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

    /// Says a failure of the database; the same one only once, until something could be stored again.
    async fn storage_failed(&mut self, failure: Failure) {
        if self.storage_told.as_deref() != Some(failure.what.as_str()) {
            let mut notice = Notice::error(&failure);
            notice.hint = format!("{} (until then answers come, but are not kept)", failure.hint);
            self.say(Event::Notice { id: None, notice }).await;
            self.storage_told = Some(failure.what);
        }
    }

    /// A front end that is gone has nobody to tell.
    async fn say(&self, event: Event) {
        let _ = self.events.send(event).await;
    }
}
