//! A fake Ollama: a real HTTP server on loopback that behaves as Ollama does on the wire, well or badly, as a script says.
//!
//! It runs on a thread of its own, so that tests with and without a runtime can use it. What must stay true: what it sends is
//! what a real server would send in the same case; it never waits by the clock unless it is paced by hand; every request is
//! taken down before it is answered; where [`Builder::memory`] is said, a model is in GPU memory, waits for it and loses it as it
//! would on a real one.

mod answer;
mod ask;
mod builder;
mod embed;
mod format;
mod lease;
mod load;
mod memory;
mod pull;
mod routes;
mod sched;
mod script;
mod spec;
mod state;
mod stream;

pub use crate::http::{Connection, End, Gate, Recorded};
pub use builder::Builder;
pub use load::LoadScript;
pub use memory::{Eviction, Memory, Phase, Resident};
pub use script::{Behaviour, PullScript, Script, pieces};
pub use spec::ModelSpec;

use crate::http::Server;
use state::Shared;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A running (or stopped) fake server. Stops when dropped.
#[derive(Debug)]
pub struct FakeOllama(Server<Shared>);

impl FakeOllama {
    /// Begins the set-up.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn held(shared: Shared, port: u16) -> Self {
        Self(Server::held(shared, port))
    }

    /// `127.0.0.1:PORT`, as `OLLAMA_HOST` takes it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// Stops: every connection is closed, new ones are refused, and nothing is in memory any more. The port stays held, and
    /// what is known and was counted stays known.
    pub fn stop(&self) {
        self.0.shared().lock().sched.stopping();
        self.0.stop();
        self.0.shared().change(|state| state.sched.stopped());
    }

    /// Listens (again) on the same port. Does nothing while it runs.
    pub fn start_again(&self) {
        self.0.start_again();
    }

    /// Puts a model in, in place of one of the same name.
    pub fn add(&self, model: impl Into<ModelSpec>) {
        self.0.shared().lock().add(model.into());
    }

    /// Takes a model away, out of memory too.
    pub fn remove(&self, name: &str) {
        let name = spec::normal(name);
        self.0.shared().change(|state| {
            state.models.retain(|model| model.name != name);
            state.sched.forget(&name);
        });
    }

    /// Gives a model a new script (the model is added where it is not there); running answers go on as they began.
    pub fn set(&self, name: &str, script: impl Into<Script>) {
        let mut state = self.0.shared().lock();
        let model = state.find(name).cloned().unwrap_or_else(|| ModelSpec::new(name));
        state.add(model.script(script));
    }

    /// What a route does before anything else; `None` for as usual.
    pub fn set_route(&self, path: &str, behaviour: Option<Behaviour>) {
        let mut state = self.0.shared().lock();
        match behaviour {
            Some(behaviour) => state.routes.insert(path.to_owned(), behaviour),
            None => state.routes.remove(path),
        };
    }

    /// Makes a model pullable.
    pub fn set_pull(&self, pull: PullScript) {
        self.0.shared().lock().pulls.insert(pull.model.name.clone(), pull);
    }

    /// All requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.0.requests()
    }

    /// The requests so far for one path.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.is(path)).collect()
    }

    /// All connections so far, also those on which nothing came.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.0.connections()
    }

    /// Waits until the requests are as wanted, and gives them. Blocks the thread: in an async test whose runtime has one
    /// thread, where the client lives on it, use [`Self::seen`].
    ///
    /// # Panics
    /// After four seconds, naming what came.
    pub fn wait_for(&self, wanted: impl FnMut(&[Recorded]) -> bool) -> Vec<Recorded> {
        self.0.wait_for(wanted)
    }

    /// As [`Self::wait_for`], for async tests. Right under a paused clock too: it sets no timer of the runtime.
    ///
    /// # Panics
    /// After four seconds, naming what came.
    pub async fn seen(&self, wanted: impl FnMut(&[Recorded]) -> bool + Send + 'static) -> Vec<Recorded> {
        self.0.seen(wanted).await
    }

    /// The models in the list.
    #[must_use]
    pub fn models(&self) -> Vec<String> {
        self.0.shared().lock().models.iter().map(|model| model.name.clone()).collect()
    }
}

/// This moment, as Ollama writes it.
fn now() -> String {
    stamp(SystemTime::now())
}

fn stamp(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).expect("a date of this century can be written")
}
