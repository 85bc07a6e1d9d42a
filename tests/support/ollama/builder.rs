//! Sets up a fake server before it starts.

use super::state::{Shared, State};
use super::{Behaviour, FakeOllama, ModelSpec, PullScript, Script};

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
