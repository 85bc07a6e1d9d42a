//! The actor: one task that owns the session and takes one thing at a time.
//!
//! What must stay true: it alone changes the session; what takes long (the server, the database, a turn, a pull) runs as a
//! task beside it and comes back as [`Done`], so that Cancel and Quit are always heard.

mod compact;
mod consent;
mod contact;
mod conversations;
mod embedding;
mod fetching;
mod health;
mod history;
mod learner;
mod loading;
mod open;
mod playbooks;
mod server;
mod settled;
mod tasks;
mod training;
mod turns;

use super::backends::Backends;
use super::books::Books;
use super::catalog::Catalog;
use super::describe;
use super::export;
use super::hosts::Shares;
use super::memory::{Memories, Sizes};
use super::meter::Meter;
use super::opinion::Examples;
use super::outlet::Outlet;
use super::watch::Watch;
use super::{Mail, Setup};
use crate::ace::roles::Roles;
use crate::config::{Config, Layout};
use crate::domain::{BackendId, Failure, HostState, Measurements, MemoryState, ModelId, Purpose, RequestId};
use crate::gpu::probe;
use crate::privacy::Standing;
use crate::protocol::{
    Command, ConsentCommand, Event, MOST_PROMPTS, ModelsCommand, ModelsSnapshot, Notice, PROMPT_BYTES, Query, Reply,
};
use crate::routing::{HealthBook, Lexicon};
use crate::store::{Day, Opened, Store, StoreError, now_ms};
use open::{Conversations, Place};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Done, Tasks};
use tokio::sync::{mpsc, oneshot, watch};
use turns::{Turns, Waiting};

/// How long quitting waits for what still has to be stored.
const FAREWELL: Duration = Duration::from_secs(3);

/// How many questions may wait for the server's list.
const QUERIES: usize = 64;

pub(super) struct Actor {
    config: Arc<Config>,
    backends: Backends,
    store: Store,
    /// What the user said of what may leave.
    standing: Standing,
    /// The same, for those who send.
    stands: watch::Sender<Arc<Standing>>,
    outlet: Outlet,
    /// What earlier runs forbade is in `standing`.
    refusals_known: bool,
    /// What was asked for before that; a person takes longer to give many commands.
    deferred: Vec<ConsentCommand>,
    /// What waits for a yes, the first in the row shown.
    asking: VecDeque<consent::Asking>,
    /// Leave to ask servers on other hosts for their models.
    contacts: contact::Contacts,
    /// The user asked to see the models, and so may be asked about servers that are elsewhere.
    contact_wanted: bool,
    inbox: mpsc::Receiver<Mail>,
    events: mpsc::Sender<Event>,
    tasks: Tasks,
    catalog: Catalog,
    watch: Watch,
    /// A look at the servers is under way.
    looking: bool,
    /// Servers that were down, and that a look before that one is still at.
    slow: HashSet<BackendId>,
    /// What that look finds is out of date already: another follows.
    look_again: bool,
    /// The front end wants to hear what is found even if nothing changed.
    announce: bool,
    /// Events that wait until the list of models is fresh.
    after_look: Vec<Event>,
    queries: Vec<oneshot::Sender<Reply>>,
    /// Who waits until all is done that was asked for so far.
    settling: Vec<oneshot::Sender<Reply>>,
    opened: Conversations,
    /// A stored conversation is being read.
    resuming: bool,
    /// What is being written.
    drafts: history::Drafts,
    /// A model that the user named, to be looked up in a fresh list.
    naming: Option<(Place, ModelId)>,
    /// Models to be loaded or unloaded, asked for before the first look at the server was over.
    moves: Vec<ModelsCommand>,
    /// Questions that are not begun yet.
    waiting: Vec<Waiting>,
    turns: Turns,
    /// Summaries that are being written.
    compacting: compact::Compactings,
    pulls: HashMap<RequestId, fetching::InFlight>,
    embeds: embedding::Embeds,
    /// What was measured of models.
    measured: Arc<Measurements>,
    measured_known: bool,
    /// Examples of each class, for a second opinion.
    examples: Option<Examples>,
    /// Who is in the memory of the servers on this machine.
    memory: Memories,
    /// Bytes that models were seen to take of it.
    sizes: Arc<Sizes>,
    /// Who does well.
    health: HealthBook,
    /// When probes may be sent.
    probes: health::Probes,
    /// How much may be asked.
    meter: Meter,
    /// What was learnt, and that it is known.
    books: Books,
    learnt_known: bool,
    learner: learner::State,
    training: training::Running,
    /// What the roles of learning are asked with.
    roles: Arc<Roles>,
    /// What earlier runs left of these is known.
    remembered: bool,
    storage_told: Option<String>,
}

impl Actor {
    pub(super) fn new(setup: Setup, inbox: mpsc::Receiver<Mail>, events: mpsc::Sender<Event>) -> Self {
        let Setup { config, database, machine, server, others, guide, providers, scanner, roles, offline } = setup;
        let (roles, standing) = (Arc::new(roles), Standing::new(offline));
        let (stands, seen) = watch::channel(Arc::new(standing.clone()));
        let by_family = config.ace.layout == Layout::Family;
        let store = if by_family { Store::open_by_family(database) } else { Store::open(database) };
        let backends = Backends { server, others: others.into(), guide, providers: providers.into(), shares: Shares::default() };
        let memory = Memories::new(&config, &backends, &machine);
        let catalog = Catalog::new(machine, config.privacy.allow_external, &backends);
        let outlet = Outlet { config: config.clone(), scanner, standing: seen, store: store.clone() };
        Self {
            backends,
            store,
            standing,
            stands,
            outlet,
            refusals_known: false,
            deferred: Vec::new(),
            asking: VecDeque::new(),
            contacts: contact::Contacts::default(),
            contact_wanted: false,
            inbox,
            events,
            tasks: Tasks::default(),
            catalog,
            watch: Watch::new(),
            looking: false,
            slow: HashSet::new(),
            look_again: false,
            announce: true,
            after_look: Vec::new(),
            queries: Vec::new(),
            settling: Vec::new(),
            opened: Conversations::new(),
            resuming: false,
            drafts: history::Drafts::default(),
            naming: None,
            moves: Vec::new(),
            waiting: Vec::new(),
            turns: Turns::new(),
            compacting: HashMap::new(),
            pulls: HashMap::new(),
            embeds: embedding::Embeds::default(),
            measured: Arc::default(),
            measured_known: false,
            examples: None,
            config: config.clone(),
            memory,
            sizes: Arc::new(Sizes::new(&config)),
            health: HealthBook::new(health::policy(&config.health)),
            probes: health::Probes::default(),
            meter: Meter::new(&config),
            books: Books::default(),
            learnt_known: false,
            learner: learner::State::new(config.ace.learn),
            training: None,
            roles,
            remembered: false,
            storage_told: None,
        }
    }

    pub(super) async fn run(mut self) {
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Open, async move { Done::Opened(store.opened().await) });
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Refusals, async move { Done::Refusals(store.refusals().await) });
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Measure, async move { Done::Measured(store.measurements().await) });
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Remember, async move { Done::Remembered(store.remembered(Day::of(now_ms())).await) });
        let store = self.store.clone();
        self.tasks.spawn(tasks::Kind::Learnt, async move { Done::Learnt(store.playbooks().await) });
        self.read_learning();
        // The weights of the router take some milliseconds to read: not in the way of the first question.
        self.tasks.spawn(tasks::Kind::Read, async move {
            let ready = tokio::task::spawn_blocking(|| _ = Lexicon::built_in()).await;
            tracing::debug!(ready = ready.is_ok(), "router");
            Done::Read
        });
        // A driver may take long to answer.
        self.tasks.spawn(tasks::Kind::Memory, async {
            Done::Graphics(tokio::task::spawn_blocking(probe::graphics).await.unwrap_or_default())
        });
        if self.standing.is_offline() {
            self.say(Event::Privacy(self.standing.state())).await;
        }
        self.look();
        loop {
            let (until, probe, lesson) = (self.asking_until(), self.probe_due(), self.lesson_due());
            tokio::select! {
                mail = self.inbox.recv() => match mail {
                    None | Some(Mail::Command(Command::Quit)) => break,
                    Some(Mail::Command(command)) => self.command(command).await,
                    Some(Mail::Query(query, reply)) => self.query(query, reply),
                },
                Some(done) = self.tasks.next() => self.done(done).await,
                () = self.watch.wait(), if !self.looking => self.look(),
                () = health::wait(probe) => self.probe(),
                () = health::wait(lesson) => self.begin_lesson().await,
                () = consent::too_late(until) => self.expired().await,
            }
            self.answer_settled();
        }
        self.farewell().await;
    }

    /// Cancels what is in flight, and waits until it is stored and said.
    async fn farewell(mut self) {
        self.give_up_all().await;
        self.stop_learning();
        self.training = None;
        self.turns.values_mut().for_each(turns::InFlight::cancel);
        self.compacting.clear();
        self.pulls.clear();
        self.queries.clear();
        self.tasks.abort_all_but_turns();
        for waiting in std::mem::take(&mut self.waiting) {
            self.say(turns::cancelled(waiting.id)).await;
        }
        let stored = async {
            while let Some(done) = self.tasks.next().await {
                match done {
                    Done::Turn(outcome) => self.turn_ended(*outcome).await,
                    Done::Asks(paused) => self.give_up(consent::Asks::Turn(paused), describe::cancelled()).await,
                    _ => continue,
                }
                // It may have begun a look that nobody needs any more.
                self.tasks.abort_all_but_turns();
            }
        };
        if tokio::time::timeout(FAREWELL, stored).await.is_err() {
            tracing::warn!("ended before everything was stored");
        }
        let drafts = tokio::time::timeout(FAREWELL, self.keep_last_drafts()).await;
        if drafts.is_err() {
            tracing::warn!("ended before the drafts were stored");
        }
        self.store.close().await;
    }

    async fn command(&mut self, command: Command) {
        self.watch.activity();
        self.make_way(&command);
        match command {
            Command::Ask { id, prompt, model } => self.ask(Waiting::new(id, prompt, model)).await,
            Command::Cancel { id } => self.cancel(id).await,
            Command::Conversation(command) => self.conversation(command).await,
            Command::Models(ModelsCommand::Refresh) => {
                self.watch.restart();
                self.announce = true;
                self.contacts.forgive();
                self.contact_wanted = true;
                self.look();
            }
            Command::Models(ModelsCommand::Pull { id, model }) => self.pull(id, model).await,
            Command::Models(ModelsCommand::List { id, provider, purpose }) => self.list(id, provider, purpose).await,
            Command::Models(ModelsCommand::Embed { id, model, texts }) => self.embed(id, model, texts).await,
            Command::Models(command @ (ModelsCommand::Load { .. } | ModelsCommand::Unload { .. })) => {
                self.move_model(command).await
            }
            Command::Models(ModelsCommand::Prepare) => self.prepare(),
            Command::Models(ModelsCommand::Seen) => self.seen().await,
            Command::Consent(command) => self.consent(command).await,
            Command::Rate { at, rating } => self.rate(at, rating).await,
            Command::Playbook(command) => self.playbook(command).await,
            Command::Quit => {}
        }
    }

    fn query(&mut self, query: Query, reply: oneshot::Sender<Reply>) {
        match query {
            Query::Models if !self.is_known() && self.queries.len() < QUERIES => {
                self.queries.push(reply);
                if !self.catalog.is_known() {
                    self.look();
                }
            }
            // Who asked may have gone; that is nobody's loss.
            Query::Models => drop(reply.send(Reply::Models(Box::new(self.snapshot())))),
            Query::Route { prompt, model } => drop(reply.send(self.route(prompt, model))),
            Query::Learning => self.tell_learning(reply),
            Query::Settled => self.tell_settled(reply),
            Query::Context => drop(reply.send(Reply::Context(self.context_report()))),
            Query::Privacy => drop(reply.send(Reply::Privacy(self.standing.state()))),
            query => {
                let (store, config) = (self.store.clone(), self.config.clone());
                self.tasks.spawn(tasks::Kind::Read, async move {
                    let read = read(&store, &config, query).await;
                    match read {
                        // What is known of them is as new before the asker hears of it.
                        Ok(answer @ (Reply::Playbook(_) | Reply::Playbooks(_))) => Done::ReadPlaybooks(Box::new(answer), reply),
                        read => {
                            drop(reply.send(read.unwrap_or_else(|error| Reply::Failed(error.failure()))));
                            Done::Read
                        }
                    }
                });
            }
        }
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Opened(opened) => self.opened(opened).await,
            Done::Looked(found) => self.looked(*found).await,
            Done::LookedLate(late) => self.looked_late(late).await,
            Done::Turn(outcome) => self.turn_ended(*outcome).await,
            Done::Begun(id, begun) => self.begun(id, *begun).await,
            Done::Compacted(id, result) => self.compacted(id, result).await,
            Done::TakenBack(id, result) => self.taken_back(id, result).await,
            Done::Back(place, found) => self.back(place, found),
            Done::Deleted(id, result) => self.deleted(id, result).await,
            Done::Restored(result) => self.restored(result).await,
            Done::Purged(end) => self.purged(end).await,
            Done::Gone(id) => self.gone(id).await,
            Done::DraftKept(result) => self.draft_kept(result).await,
            Done::Pull(end) => self.pull_ended(end).await,
            Done::Resumed(found) => self.resumed(found).await,
            Done::ModelStored(stored) => self.model_stored(stored).await,
            Done::Measured(found) => self.measured(found),
            Done::Examples(made) => self.examples = made.or(self.examples.take()),
            Done::Asks(paused) => self.asks(paused).await,
            Done::Refusals(found) => self.refusals(found).await,
            Done::Contact(host, result) => self.contacted(host, result).await,
            Done::Said(event) => self.say(event).await,
            Done::Remembered(found) => self.remembered(found).await,
            Done::Spent(provider, day, stored) => self.meter.spent(&provider, day, stored),
            Done::Probed(target, result) => self.probed(target, result).await,
            Done::Moved(event) => self.moved(event),
            Done::Graphics(bytes) => self.graphics(bytes),
            Done::Learnt(found) => self.learnt(found),
            Done::ReadPlaybooks(answer, reply) => self.read_playbooks(*answer, reply),
            Done::Changed(id, result) => self.changed(id, result).await,
            Done::Lessons(found) => self.lessons(found).await,
            Done::Switched(on, stored) => self.switched(on, stored).await,
            Done::Trained(id, result) => self.trained(id, result).await,
            Done::Lesson(end) => self.lesson_ended(end).await,
            Done::Rated(rated) => self.was_rated(rated).await,
            Done::Read => {}
            Done::Crashed(kind) => self.crashed(kind).await,
        }
    }

    async fn opened(&mut self, opened: Result<Opened, StoreError>) {
        match opened {
            Ok(Opened::Created) => {}
            Ok(Opened::Existing) => self.retain(),
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

    /// What is known of servers and models.
    fn snapshot(&self) -> ModelsSnapshot {
        let memory = self.memory_of(&self.backends.server.id());
        let at_ms = now_ms();
        let health = self.health.rows(at_ms);
        let quotas = self.backends.providers.iter().map(|provider| (provider.id(), self.meter.quotas(&provider.id())));
        let quotas = quotas.filter(|(_, states)| !states.is_empty()).collect();
        let known = self.catalog.snapshot(&self.config, &self.measured, &self.backends);
        // Memory on another machine is its own affair.
        let here = |id: &BackendId| self.backends.host(id).is_some_and(|host| host.contact(Purpose::ModelList).is_none());
        let memory_of = |id: &BackendId| here(id).then(|| self.memory_of(id)).flatten();
        let hosts = known.hosts.into_iter().map(|host| HostState { memory: memory_of(&host.id), ..host }).collect();
        ModelsSnapshot { memory, hosts, health, quotas, at_ms, ..known }
    }

    /// The memory of a server that answers.
    fn memory_of(&self, host: &BackendId) -> Option<MemoryState> {
        let up = self.catalog.is_host_up(host);
        self.memory.of_host(host).filter(|_| up).map(|memory| memory.snapshot())
    }

    /// What the graphics cards have is known, where they have something.
    fn graphics(&mut self, bytes: Option<u64>) {
        if bytes.is_some() {
            self.memory.resize(&self.config, &self.backends, bytes, &self.catalog.machine);
        }
    }

    /// Whether it is known which models there are, and what was measured of them. A server elsewhere that is being contacted will
    /// have more to say.
    fn is_known(&self) -> bool {
        self.catalog.is_known() && self.measured_known && self.remembered && !self.contacts.any_begun()
    }

    /// Answers those who wait for that.
    fn answer_queries(&mut self) {
        if self.is_known() {
            for reply in std::mem::take(&mut self.queries) {
                // Who asked may have gone.
                let _ = reply.send(Reply::Models(Box::new(self.snapshot())));
            }
        }
    }

    /// What cannot be read is as good as never measured.
    fn measured(&mut self, found: Result<Measurements, StoreError>) {
        match found {
            Ok(measured) => self.measured = Arc::new(measured),
            Err(error) => tracing::warn!(%error, "what was measured of models is not known"),
        }
        self.measured_known = true;
        self.answer_queries();
        self.go_on();
    }

    /// A front end that is gone has nobody to tell.
    async fn say(&mut self, event: Event) {
        let _ = self.events.send(event).await;
    }
}

/// What the database answers.
async fn read(store: &Store, config: &Config, query: Query) -> Result<Reply, StoreError> {
    Ok(match query {
        Query::Conversations { limit, deleted: false } => Reply::Conversations(store.conversations(limit).await?),
        Query::Conversations { limit, deleted: true } => Reply::Conversations(store.deleted(limit).await?),
        Query::Conversation(id) => Reply::Conversation(store.conversation(id).await?.map(Box::new)),
        Query::Message(id) => Reply::Message(Box::new(store.message(id).await?)),
        Query::Search { text, limit, before } => Reply::Found(store.search(text, limit, before).await?),
        Query::Doomed(which) => Reply::Conversations(store.doomed(which).await?),
        Query::Export { conversation, format } => export::answer(store, conversation, format).await?,
        Query::Draft(of) => Reply::Draft(store.draft(of).await?),
        Query::Prompts { limit } => Reply::Prompts(store.prompts(limit.min(MOST_PROMPTS) as usize, PROMPT_BYTES).await?),
        Query::Ledger { before, limit } => Reply::Ledger(store.ledger(before, limit).await?),
        Query::LedgerRow(seq) => Reply::Ledger(store.ledger_row(seq).await?),
        Query::VerifyLedger => Reply::Verdict(store.verify_ledger().await?),
        query @ (Query::Playbooks
        | Query::PlaybookNamed(_)
        | Query::Deltas { .. }
        | Query::BulletWhy { .. }
        | Query::BulletDeltas { .. }
        | Query::ChatOrigins(_)
        | Query::Facts(_)
        | Query::Exported { .. }) => playbooks::ask(store, config, query).await?,
        // Answered without the database.
        Query::Models | Query::Route { .. } | Query::Privacy | Query::Learning | Query::Context | Query::Settled => {
            Reply::Conversations(Vec::new())
        }
    })
}
