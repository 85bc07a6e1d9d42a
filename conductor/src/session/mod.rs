//! The session: an actor with a mailbox that owns the open conversation and the turn in flight.
//!
//! What must stay true: a turn reads what it was given and returns an `Outcome`; only the actor applies it. No lock
//! is shared. Every queue is bounded. Cancelling is dropping.

mod actor;
mod catalog;
mod context;
mod describe;
mod inspector;
mod pieces;
mod pulls;
mod turn;
mod watch;

pub use inspector::Inspector;

use crate::backend::Backend;
use crate::backend::guide::Guide;
use crate::backend::ollama::Ollama;
use crate::config::Config;
use crate::domain::{Failure, Machine};
use crate::gpu::probe;
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
    /// Who answers when there is no model: [`crate::backend::guide::Guide`].
    pub guide: Arc<dyn Backend>,
}

impl Setup {
    /// The real thing: the Ollama server of `config`, the guide, this computer. Contacts nobody yet.
    ///
    /// # Errors
    /// When `ollama.host` is no address.
    pub fn new(config: Arc<Config>, database: PathBuf) -> Result<Self, Failure> {
        let machine = probe::machine();
        let server = Ollama::new(&config.ollama, &config.timeouts).map_err(|error| describe::address(&error))?;
        Ok(Self { config, database, machine, server: Arc::new(server), guide: Arc::new(Guide::new(machine)) })
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
