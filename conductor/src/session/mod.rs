//! The session: an actor with a mailbox that owns the open conversation and the turn in flight.
//!
//! What must stay true: a turn reads what it was given and returns an `Outcome`; only the actor applies it. No lock
//! is shared. Every queue is bounded. Cancelling is dropping.

mod actor;
mod backends;
mod books;
mod catalog;
mod context;
mod describe;
mod embeddings;
mod export;
mod hosts;
mod import;
mod inspector;
mod labels;
mod learner;
mod lists;
mod look;
mod memory;
mod meter;
mod opinion;
mod outlet;
mod pieces;
mod prompts;
mod pulls;
mod recovery;
mod router;
mod signs;
mod trainer;
mod turn;
mod watch;
mod why;

pub use inspector::Inspector;
pub use recovery::Recovery;
pub use router::Router;

use crate::ace::roles::Roles;
use crate::backend::guide::Guide;
use crate::backend::keys::Keys;
use crate::backend::ollama::Ollama;
use crate::backend::provider::Provider;
use crate::backend::{Backend, Wiring, simulated};
use crate::config::demo::Demo;
use crate::config::{BackendSettings, Config, OllamaSettings, ProviderSettings};
use crate::domain::{BackendId, Failure, Machine};
use crate::gpu::probe;
use crate::privacy::scan::Scanner;
use crate::protocol::{Command, Event, Query, Reply};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// What a conductor is made of.
pub struct Setup {
    /// The settings.
    pub config: Arc<Config>,
    /// The database; made if it is not there.
    pub database: PathBuf,
    /// The computer.
    pub machine: Machine,
    /// The server of local models: [`crate::backend::ollama::Ollama`], or a script.
    pub server: Arc<dyn Backend>,
    /// More servers of models: those of `[[backends]]`.
    pub others: Vec<Arc<dyn Backend>>,
    /// Who answers when there is no model: [`crate::backend::guide::Guide`].
    pub guide: Arc<dyn Backend>,
    /// The providers of the configuration.
    pub providers: Vec<Arc<dyn Backend>>,
    /// The search for secrets.
    pub scanner: Arc<Scanner>,
    /// What the roles are asked with that learn.
    pub roles: Roles,
    /// Nothing leaves this machine, whatever the user says later.
    pub offline: bool,
}

/// What may be reached, and what else is the user's own, beside what the settings say.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The user's keys for providers.
    pub keys: Keys,
    /// Nothing leaves this machine, whatever the user says later.
    pub offline: bool,
    /// No connection is made but to loopback addresses, whatever the configuration and the user say: for tests, and for
    /// those who want it so.
    pub loopback_only: bool,
    /// Prompts of the user's own for the roles that learn: files called `ROLE.VERSION.md`, with their texts.
    pub prompts: Vec<(PathBuf, String)>,
}

impl Setup {
    /// The real thing: the Ollama servers of `config`, the guide, this computer. Contacts nobody yet.
    ///
    /// # Errors
    /// When the host of a server or a provider's endpoint is no address, a rule for secrets cannot be used, or a prompt of the user's
    /// own cannot be filled.
    pub fn new(config: Arc<Config>, database: PathBuf, limits: Limits) -> Result<Self, Failure> {
        let Limits { keys, offline, loopback_only, prompts } = limits;
        let roles = prompts::roles(&config.ace, &prompts)?;
        let machine = probe::machine();
        let wiring = Wiring { timeouts: &config.timeouts, pools: &config.pools, loopback_only };
        let server = Ollama::new(BackendId::ollama(), &config.ollama, wiring).map_err(|error| describe::address(&error, None))?;
        let host = |row: &BackendSettings| {
            let settings = OllamaSettings { host: row.host.clone(), ..config.ollama.clone() };
            let made = Ollama::new(row.id.clone(), &settings, wiring);
            made.map(|host| Arc::new(host) as Arc<dyn Backend>).map_err(|error| describe::address(&error, Some(row)))
        };
        let others = config.backends.iter().map(host).collect::<Result<_, _>>()?;
        let provider = |row: &ProviderSettings| {
            let made = Provider::new(row, &config.models, &keys, wiring);
            made.map(|provider| Arc::new(provider) as Arc<dyn Backend>).map_err(|error| describe::endpoint(&error, row))
        };
        let providers = config.providers.iter().map(provider).collect::<Result<_, _>>()?;
        let scanner = Inspector::new(&config)?.scanner();
        let (server, guide) = (Arc::new(server), Arc::new(Guide::new(machine)));
        Ok(Self { config, database, machine, server, others, guide, providers, scanner, roles, offline })
    }
}

impl Setup {
    /// The models of a script, which Segno plays itself: nobody is contacted, and nothing leaves this process.
    ///
    /// # Errors
    /// When a rule for secrets cannot be used.
    pub fn simulated(config: Arc<Config>, database: PathBuf, demo: &Arc<Demo>) -> Result<Self, Failure> {
        let (server, providers) = simulated::servers(demo);
        let machine = probe::machine();
        Ok(Self {
            roles: prompts::roles(&config.ace, &[])?,
            scanner: Inspector::new(&config)?.scanner(),
            config,
            database,
            machine,
            server: Arc::new(server),
            others: Vec::new(),
            guide: Arc::new(Guide::new(machine)),
            providers: providers.into_iter().map(|provider| Arc::new(provider) as Arc<dyn Backend>).collect(),
            offline: false,
        })
    }
}

/// Events that wait for a front end. A front end that does not read stops the turn that makes them, and with it the
/// network.
const EVENTS: usize = 64;

/// Commands that wait for the actor.
const MAIL: usize = 64;

enum Mail {
    Command(Command),
    Query(Query, oneshot::Sender<Reply>),
}

/// The door to the core. Cheap to clone; the conductor ends when [`Command::Quit`] is sent or every door is dropped.
#[derive(Clone)]
pub struct Conductor {
    mail: mpsc::Sender<Mail>,
}

impl Conductor {
    /// Starts the actor on the current tokio runtime. Opens the database and looks for the server in the background; says
    /// what it found by events. The channel closes when all is stored and the conductor has ended.
    pub fn start(setup: Setup) -> (Self, mpsc::Receiver<Event>) {
        let (mail, inbox) = mpsc::channel(MAIL);
        let (events, receiver) = mpsc::channel(EVENTS);
        tokio::spawn(actor::Actor::new(setup, inbox, events).run());
        (Self { mail }, receiver)
    }

    /// Sends a command; waits while the mailbox is full. False when the conductor has ended.
    pub async fn send(&self, command: Command) -> bool {
        self.mail.send(Mail::Command(command)).await.is_ok()
    }

    /// Asks something that changes nothing. Events must be read meanwhile: a conductor that has no room for an event waits.
    pub async fn query(&self, query: Query) -> Reply {
        let (reply, answer) = oneshot::channel();
        let ended = || Reply::Failed(describe::ended());
        if self.mail.send(Mail::Query(query, reply)).await.is_err() {
            return ended();
        }
        answer.await.unwrap_or_else(|_| ended())
    }
}
