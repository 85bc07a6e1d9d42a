//! Those who answer: one trait, and what is behind it. A backend encodes, sends what is sealed, and decodes.
//!
//! What must stay true: a backend neither retries (but for a list whose kept connection was closed) nor falls back nor
//! prints; a prompt, which is all that a person or a model wrote, reaches it to be sent only as [`Sealed`]; what it sends
//! besides, to survey a server or to have a model fetched, holds names of models and nothing else, and another machine is sent
//! it only with a [`Pass`]; HTTP clients are made in `http` alone.

mod anthropic;
pub mod guide;
pub mod http;
pub mod keys;
pub mod ndjson;
pub mod ollama;
mod openai;
pub mod provider;
pub mod scripted;
pub mod simulated;
mod sse;
#[cfg(test)]
mod testing;
mod tools;
mod words;

pub use tools::ToolCall;

use crate::config::{PoolSettings, Timeouts};
use crate::domain::{BackendId, Image, Location, Model, ModelId, PoolState, Purpose, Residency, Role, Usage};
use crate::privacy::{Destination, Pass, Sealed};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Why a backend failed, named by what the caller does next. The text is for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No connection: the server is down, not the model.
    #[error("{0}")]
    Unreachable(String),
    /// The server has no such model.
    #[error("{0}")]
    NotFound(String),
    /// Too much to do; try later.
    #[error("{what}")]
    Busy {
        /// What the server said.
        what: String,
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// The prompt does not fit the window.
    #[error("{0}")]
    TooLong(String),
    /// The server said no, and will say no again.
    #[error("{0}")]
    Refused(String),
    /// Nothing came for too long.
    #[error("{0}")]
    Stalled(String),
    /// The model does not fit into the memory that there is.
    #[error("{0}")]
    OutOfMemory(String),
    /// It died, or what came could not be read.
    #[error("{0}")]
    Broken(String),
}

/// How servers are connected to.
#[derive(Debug, Clone, Copy)]
pub struct Wiring<'a> {
    /// How long to wait.
    pub timeouts: &'a Timeouts,
    /// How many connections, and for how long they are kept.
    pub pools: &'a PoolSettings,
    /// No connection is made but to loopback addresses.
    pub loopback_only: bool,
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: Role,
    /// The words.
    pub content: String,
    /// Pictures that go with them; empty for a model that sees none.
    pub images: Vec<Image>,
}

/// What a model is asked, before it is bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRequest {
    /// The model.
    pub model: ModelId,
    /// Said before everything else; empty for none.
    pub system: String,
    /// The conversation, oldest first; the last is the user's.
    pub messages: Vec<ChatMessage>,
    /// The context window, in tokens.
    pub num_ctx: u32,
    /// The most tokens of the answer.
    pub num_predict: u32,
    /// The JSON schema that the answer is held to, by those who can: Ollama. Others are told of it in words alone.
    pub format: Option<Value>,
}

/// Texts that a model makes vectors of, before they are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedRequest {
    /// The model.
    pub model: ModelId,
    /// One vector is made of each.
    pub texts: Vec<String>,
    /// The context window, in tokens; 0 for whatever the server gives it.
    pub num_ctx: u32,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    Stop,
    /// A limit of length was reached.
    Length,
}

/// What the last piece of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// Why it stopped.
    pub reason: StopReason,
    /// Tokens.
    pub usage: Usage,
    /// Time for loading the model, where the server says.
    pub load: Option<Duration>,
    /// Time for writing the answer, where the server says.
    pub eval: Option<Duration>,
}

/// A piece of an answer. All that one read of the network brought may be in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// More of the answer, of the thinking, or both; never both empty.
    Text {
        /// Of the answer.
        text: String,
        /// Of the thinking.
        thinking: String,
    },
    /// Calls of tools; never empty. Nothing runs them.
    Tools(Vec<ToolCall>),
    /// The end. A stream that ends without it was cut off, and yields an error instead.
    Done(Completion),
}

/// The pieces of an answer. Dropping it ends the request.
pub type ChunkStream = BoxStream<'static, Result<Chunk, BackendError>>;

/// What a backend was found to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its address, for a person.
    pub address: String,
    /// Its version; empty for a server that was not asked.
    pub version: String,
    /// Where the server is. One that is not on this machine lists nothing unless there was a pass to contact it.
    pub location: Location,
    /// Its models.
    pub models: Vec<Model>,
    /// Whether it said what is in its memory: where not, that a model is not said to be there means nothing.
    pub memory_known: bool,
}

/// A step of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullStep {
    /// In the server's words.
    pub status: String,
    /// Bytes there, of all parts begun.
    pub completed: u64,
    /// Bytes in all, of all parts begun.
    pub total: u64,
}

/// The steps of a pull; it ends without an error only when the model is there. Dropping it stops the pull.
pub type PullStream = BoxStream<'static, Result<PullStep, BackendError>>;

/// Somebody who answers.
pub trait Backend: Send + Sync + 'static {
    /// Its name.
    fn id(&self) -> BackendId;

    /// Its address, for a person.
    fn address(&self) -> String;

    /// Where it is contacted without a word of the user, and so the place that the pass has to be for: that of
    /// [`list`](Self::list); for a server of models, that of a [`survey`](Self::survey) with [`Purpose::ModelList`]. `None`
    /// where no pass is needed.
    fn contact(&self, purpose: Purpose) -> Option<Destination> {
        let _ = purpose;
        None
    }

    /// What it offers now. A server that is not on this machine is contacted only with a pass for it; without one its
    /// location is all that is said.
    fn survey(&self, pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>>;

    /// The exact bytes that would be sent. Pure.
    ///
    /// # Errors
    /// `Refused` where the request cannot be said in this backend's format.
    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError>;

    /// Where a request to `model` would go, by what the last survey said; a model that it did not list is `NotFound`.
    ///
    /// # Errors
    /// `NotFound`, or `Unreachable` before the first survey.
    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError>;

    /// When the survey began that [`destination`](Self::destination) answers from: what changed after that may not be in it.
    /// `None` before the first survey that listed models, and for a backend whose models do not change.
    fn listed_at(&self) -> Option<Instant> {
        None
    }

    /// What became of its connections until now; `None` for one that has none.
    fn pool(&self) -> Option<PoolState> {
        None
    }

    /// Sends, and streams what comes back. Nothing is sent before the stream is polled.
    fn stream(&self, sealed: Sealed) -> ChunkStream;

    /// Whether it is a server of models whose memory can be looked into, and which loads and unloads models when it is asked to.
    fn has_memory(&self) -> bool {
        false
    }

    /// What is in the memory of a server of models now, and how it is held there.
    fn resident(&self) -> BoxFuture<'static, Result<HashMap<ModelId, Residency>, BackendError>> {
        let refused = no_memory(&self.id());
        Box::pin(async move { Err(refused) })
    }

    /// Has a model loaded with the window that questions to it name, 0 for whatever the server gives it. Over when it is in memory;
    /// dropping it takes the wish back.
    /// Only for what the server runs itself: its name is all that is sent.
    fn load(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        let _ = (model, num_ctx);
        let refused = no_memory(&self.id());
        Box::pin(async move { Err(refused) })
    }

    /// Has a model leave the memory. The server says yes before the room is free: [`resident`](Self::resident) says when it is.
    fn unload(&self, model: &ModelId) -> BoxFuture<'static, Result<(), BackendError>> {
        let _ = model;
        let refused = no_memory(&self.id());
        Box::pin(async move { Err(refused) })
    }

    /// Has a model write one token, of no words of the user's: whether it answers. A list of models says nothing of that.
    fn probe(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        let _ = (model, num_ctx);
        let refused = no_memory(&self.id());
        Box::pin(async move { Err(refused) })
    }

    /// Has a model fetched.
    fn pull(&self, model: &ModelId, pass: Pass) -> PullStream;

    /// The names of all models that a provider has, as it writes them; tries the key, too.
    fn list(&self, pass: Pass) -> BoxFuture<'static, Result<Vec<String>, BackendError>> {
        let name = self.id();
        drop(pass);
        Box::pin(async move { Err(BackendError::Refused(format!("{name} has no list of models to ask for"))) })
    }

    /// The exact bytes that would be sent to have vectors made. Pure.
    ///
    /// # Errors
    /// `Refused` by those who make none.
    fn encode_embed(&self, request: &EmbedRequest) -> Result<Bytes, BackendError> {
        Err(no_embeddings(&self.id(), &request.model))
    }

    /// Where these bytes would go: as [`destination`](Self::destination), which is where questions go.
    ///
    /// # Errors
    /// As those of [`destination`](Self::destination), and `Refused` by those who make none.
    fn embed_destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        Err(no_embeddings(&self.id(), model))
    }

    /// Sends, and gives one vector for each text, in their order: all of one length, every number finite.
    fn embed(&self, sealed: Sealed) -> BoxFuture<'static, Result<Vec<Vec<f32>>, BackendError>> {
        let refused = no_embeddings(&self.id(), sealed.destination().model());
        Box::pin(async move { Err(refused) })
    }
}

fn no_memory(by: &BackendId) -> BackendError {
    BackendError::Refused(format!("{by} has no memory of models to speak of"))
}

fn no_embeddings(by: &BackendId, model: &ModelId) -> BackendError {
    BackendError::Refused(format!("{by} makes no embeddings, nor does {model}"))
}
