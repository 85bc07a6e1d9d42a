//! Sets up a fake provider before it starts.

use super::shared::{Shared, State};
use super::{Behaviour, FakeProvider, Format, Script};

/// What the provider will offer. Begun by [`FakeProvider::openai`] or [`FakeProvider::anthropic`].
#[derive(Debug)]
pub struct Builder(Shared, State);

impl Builder {
    pub(super) fn new(format: Format) -> Self {
        Self(Shared::new(format), State::default())
    }

    /// The one key that is taken; without this any is, but there has to be one.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.1.key = Some(key.to_owned());
        self
    }

    /// Takes requests without a key, as a server of the user's own does.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.1.open = true;
        self
    }

    /// A model that greets.
    #[must_use]
    pub fn model(self, name: &str) -> Self {
        self.model_with(name, Script::default())
    }

    /// A model with a script, or just a behaviour.
    #[must_use]
    pub fn model_with(mut self, name: &str, script: impl Into<Script>) -> Self {
        self.1.set(name, script.into());
        self
    }

    /// What `GET /v1/models` does in place of its list.
    #[must_use]
    pub fn listing(mut self, behaviour: Behaviour) -> Self {
        self.1.listing = behaviour;
        self
    }

    /// Runs when the first byte of a request comes, before anything is answered. It runs on the thread of the fake: a panic in
    /// there ends the connection, not the test, so what is found is to be kept and looked at by the test.
    #[must_use]
    pub fn when_touched(mut self, look: impl Fn() + Send + Sync + 'static) -> Self {
        self.0.when_touched(look);
        self
    }

    /// Starts on a free port of loopback.
    #[must_use]
    pub fn start(self) -> FakeProvider {
        let fake = self.stopped();
        fake.start_again();
        fake
    }

    /// Holds a port of loopback but does not listen: connections are refused until [`FakeProvider::start_again`].
    #[must_use]
    pub fn stopped(self) -> FakeProvider {
        let Self(shared, state) = self;
        *shared.lock() = state;
        FakeProvider::held(shared, 0)
    }
}
