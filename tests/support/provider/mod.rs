//! Fakes of the two kinds of providers: one that speaks OpenAI's chat completions, and one that speaks Anthropic's messages.
//! Written from the public descriptions of the two interfaces, and from nothing of Segno's.
//!
//! ```text
//! let fake = FakeProvider::openai().key("sk-…").model_with("model-1", Script::says("Hello")).start();
//! // [[providers]] id = "fake", format = "openai", endpoint = fake.endpoint(), key_env = "FAKE_KEY"
//! …
//! let sent = &fake.requests_to("/v1/chat/completions")[0];
//! assert_eq!(sent.header("authorization"), Some("Bearer sk-…"));
//! assert_eq!(sent.body, previewed);        // exactly these bytes
//! fake.assert_untouched();                 // or: not even a connection
//! ```
//!
//! [`Script`] says what a model answers and [`Behaviour`] how it goes wrong; a [`Gate`] in place of a clock makes it slow.
//! [`Builder::when_touched`] runs something when the first byte of a request comes: what has to be on disk by then can be
//! looked for there.
//!
//! What must stay true: what is sent is what a real provider would send in the same case; a request that a real provider would
//! refuse (no key, unknown fields, an empty message) is refused with its words; every connection and byte is taken down.

mod anthropic;
mod builder;
mod openai;
mod play;
mod routes;
mod script;
mod shared;
mod stream;

pub use crate::http::{Connection, End, Gate, Recorded};
pub use builder::Builder;
pub use script::{Behaviour, Finish, Script};
pub use shared::Format;

use crate::http::Server;
use shared::Shared;

/// A running (or stopped) provider. Stops when dropped.
#[derive(Debug)]
pub struct FakeProvider(Server<Shared>);

impl FakeProvider {
    /// Begins the set-up of one that speaks chat completions.
    #[must_use]
    pub fn openai() -> Builder {
        Builder::new(Format::OpenAi)
    }

    /// Begins the set-up of one that speaks messages.
    #[must_use]
    pub fn anthropic() -> Builder {
        Builder::new(Format::Anthropic)
    }

    fn held(shared: Shared, port: u16) -> Self {
        Self(Server::held(shared, port))
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.0.port())
    }

    /// `http://127.0.0.1:PORT/v1`, as a configuration takes it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}/v1", self.host())
    }

    /// The path that questions go to: `/v1/chat/completions` or `/v1/messages`.
    #[must_use]
    pub fn chat_path(&self) -> &'static str {
        self.0.shared().format().chat_path()
    }

    /// Stops: every connection is closed, new ones are refused. The port stays held and what is known stays known.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Listens (again) on the same port. Does nothing while it runs.
    pub fn start_again(&self) {
        self.0.start_again();
    }

    /// Gives a model a new script (the model is added where it is not there); running answers go on as they began.
    pub fn set(&self, model: &str, script: impl Into<Script>) {
        self.0.shared().lock().set(model, script.into());
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

    /// The questions so far.
    #[must_use]
    pub fn chats(&self) -> Vec<Recorded> {
        self.requests_to(self.chat_path())
    }

    /// All connections so far, also those on which nothing came. What connected before this was called is among them.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.0.connections()
    }

    /// Fails if anything ever connected.
    ///
    /// # Panics
    /// Naming what came.
    pub fn assert_untouched(&self) {
        let came: Vec<_> = self.connections().iter().map(|c| String::from_utf8_lossy(&c.received).into_owned()).collect();
        assert!(came.is_empty(), "{} connections came, and none may: {came:?}", came.len());
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
}
