//! The loop: keys, the conductor's events, timers and signals in; frames, commands and questions out.
//!
//! What must stay true: the first frame is drawn before the conductor is started; keys are taken whatever the conductor
//! does; no command is lost; with nothing going on there is no timer and no frame.

mod driver;
pub(crate) mod errands;
mod keys;
pub(crate) mod signals;

use crate::app::App;
use crate::attach::Files;
use crate::terminal::{self, Guard};
use conductor::domain::Failure;
use conductor::protocol::{Command, Event, Query, Reply};
use driver::Driver;
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the conductor may take to store what is in flight when the user has quit: a little longer than it gives
/// itself.
pub(crate) const FAREWELL: Duration = Duration::from_secs(4);

/// The way to the conductor.
pub trait Link: 'static {
    /// Sends a command; waits where the conductor has much to do.
    fn send(&self, command: Command) -> impl Future<Output = ()>;
    /// Asks.
    fn query(&self, query: Query) -> impl Future<Output = Reply>;
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The user quit.
    Quit,
    /// The system asked for it, or the terminal is gone.
    Signal,
}

/// Runs the front end on the terminal until it ends. `start` is called after the first frame, and what it returns may
/// take its time: keys are taken meanwhile. Commands of `first` are sent before any other. `files` reads what is attached.
/// `keys` where the terminal is to tell all keys apart.
///
/// # Errors
/// Where there is no terminal, it cannot be written to, or the conductor does not start.
pub async fn run<L, S>(app: App, keys: bool, first: Vec<Command>, files: Files, start: impl FnOnce() -> S) -> anyhow::Result<End>
where
    L: Link,
    S: Future<Output = anyhow::Result<(L, mpsc::Receiver<Event>)>>,
{
    // Before the terminal is taken: whoever ends the program from then on gets it back.
    let signals = signals::Signals::listen()?;
    let guard = Guard::take(app.modes(keys))?;
    let mut driver = Driver::new(app, terminal::size()?, std::io::stdout(), first, files);
    driver.draw_if_due()?;
    let end = driver.drive(start, keys::Keys::open, signals, || guard.active()).await;
    // The user has the terminal back before the conductor has put everything away.
    drop(guard);
    driver.leave_words()?;
    driver.farewell(FAREWELL).await;
    end
}

/// What a question is answered with where too many are open.
fn too_many() -> Reply {
    use conductor::domain::FailureKind;
    Reply::Failed(Failure::new(FailureKind::Busy, "too many questions to the database are open", "try again in a moment"))
}
