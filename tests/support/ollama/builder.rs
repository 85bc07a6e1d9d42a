//! Sets up a fake server before it starts.

use super::sched::Frees;
use super::state::{Shared, State};
use super::{Behaviour, FakeOllama, Gate, ModelSpec, PullScript, Script};

/// What the server will offer. Begun by [`FakeOllama::builder`].
#[derive(Debug)]
pub struct Builder(State);

impl Builder {
    pub(super) fn new() -> Self {
        Self(State { version: "0.33.0".to_owned(), default_num_ctx: 4096, ..State::default() })
    }

    /// A local model that greets; or one described in full.
    #[must_use]
    pub fn model(mut self, model: impl Into<ModelSpec>) -> Self {
        self.0.add(model.into());
        self
    }

    /// A local model with a script, or just a behaviour.
    #[must_use]
    pub fn model_with(self, name: &str, script: impl Into<Script>) -> Self {
        self.model(ModelSpec::new(name).script(script))
    }

    /// A stub whose work is done at `host`, under any name.
    #[must_use]
    pub fn remote(self, name: &str, host: &str) -> Self {
        let real = super::spec::normal(name);
        let real = real.strip_suffix("-cloud").or_else(|| real.strip_suffix(":cloud")).unwrap_or(&real).to_owned();
        self.model(ModelSpec::new(name).remote(&real, host))
    }

    /// A model that can be pulled. Any other name fails, as the registry would have it.
    #[must_use]
    pub fn pullable(mut self, pull: PullScript) -> Self {
        self.0.pulls.insert(pull.model.name.clone(), pull);
        self
    }

    /// What a route does before anything else: [`Behaviour::Hang`], `Status`, `Redirect`, `Html502` or `Missing`.
    #[must_use]
    pub fn route_with(mut self, path: &str, behaviour: Behaviour) -> Self {
        self.0.routes.insert(path.to_owned(), behaviour);
        self
    }

    /// What `/api/version` says.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.0.version);
        self
    }

    /// The window of a request that names none.
    #[must_use]
    pub fn default_num_ctx(mut self, tokens: u64) -> Self {
        self.0.default_num_ctx = tokens;
        self
    }

    /// The owner switched the cloud off: stubs answer 403.
    #[must_use]
    pub fn cloud_disabled(mut self) -> Self {
        self.0.cloud_disabled = true;
        self
    }

    /// Bytes of GPU memory. With it the server schedules as a real one: what does not fit waits, spills or evicts, a model
    /// answers one request at a time, at most three are in memory. Without it everything fits.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.0.sched.limits.total = Some(bytes);
        self
    }

    /// How many requests a model answers at the same time (`OLLAMA_NUM_PARALLEL`). Each has a KV cache of its own.
    #[must_use]
    pub fn parallel(mut self, requests: usize) -> Self {
        self.0.sched.limits.parallel = Some(requests.max(1));
        self
    }

    /// How many models are in memory at the same time, at most (`OLLAMA_MAX_LOADED_MODELS`).
    #[must_use]
    pub fn max_loaded(mut self, models: usize) -> Self {
        self.0.sched.limits.max_loaded = Some(models);
        self
    }

    /// How many requests may wait behind the one that waits for memory or a load; the next one is a 503
    /// (`OLLAMA_MAX_QUEUE`, 512). Those that wait for their turn with a model in memory are not counted, as in the real server.
    #[must_use]
    pub fn max_queue(mut self, requests: usize) -> Self {
        self.0.sched.limits.max_queue = Some(requests);
        self
    }

    /// Percent of the free memory that a load beside other models may take before one of them is evicted; 80 where not said.
    #[must_use]
    pub fn fits_within(mut self, percent: u64) -> Self {
        self.0.sched.limits.share = Some(percent);
        self
    }

    /// The memory of an unloaded model is free only after `/api/ps` has shown it so many times more, as a driver takes its
    /// time. The server looks for itself where it evicts.
    #[must_use]
    pub fn frees_after_polls(mut self, polls: usize) -> Self {
        self.0.sched.limits.frees = Frees::Polls(polls);
        self
    }

    /// The memory of an unloaded model is free when the gate lets it, one model a step. `/api/ps` shows it until then, and a
    /// server that evicts waits for it.
    #[must_use]
    pub fn frees_when(mut self, gate: &Gate) -> Self {
        self.0.sched.limits.frees = Frees::When(gate.clone());
        self
    }

    /// A request for a model that was unloaded and whose memory is not free yet hangs that load and all after it, until the
    /// server is stopped: a race of the real one. `/api/tags` and `/api/ps` go on as if nothing were wrong.
    #[must_use]
    pub fn hangs_on_late_requests(mut self) -> Self {
        self.0.sched.limits.late_hangs = true;
        self
    }

    /// Starts on a free port of loopback.
    #[must_use]
    pub fn start(self) -> FakeOllama {
        self.start_on(0)
    }

    /// Starts on this port of loopback; 0 for a free one.
    #[must_use]
    pub fn start_on(self, port: u16) -> FakeOllama {
        let fake = self.held(port);
        fake.start_again();
        fake
    }

    /// Holds a port of loopback but does not listen: connections are refused until [`FakeOllama::start_again`].
    #[must_use]
    pub fn stopped(self) -> FakeOllama {
        self.held(0)
    }

    fn held(self, port: u16) -> FakeOllama {
        FakeOllama::held(Shared::new(self.0), port)
    }
}
