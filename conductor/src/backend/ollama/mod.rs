//! Ollama, through its own API.
//!
//! What must stay true: a server that is not on this machine is contacted once there was a pass for it, and not before; a
//! name is not even looked up without one, since that leaves the machine, too. What a model's name or row says of running
//! elsewhere is believed, and what was once caught running elsewhere stays so; nothing that has a body is sent twice behind the
//! caller's back. Making an [`Ollama`] does no I/O.

mod address;
mod chat;
mod embed;
mod known;
mod memory;
mod pull;
#[cfg(test)]
mod real;
mod status;
mod survey;
#[cfg(test)]
mod tests;
mod wire;

pub use survey::ModelCard;

use super::{Backend, BackendError, ChatRequest, ChunkStream, EmbedRequest, PullStream, Survey, Wiring, http};
use crate::config::OllamaSettings;
use crate::domain::{BackendId, Location, ModelId, PoolState, Purpose, Residency};
use crate::privacy::location::{self, Remote};
use crate::privacy::{Destination, Pass, Sealed};
use address::Address;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Limits, Pool, Reach, Response, Slot};
use known::{Known, Server};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait for the addresses of a name. A survey has to be over before its caller gives up on it.
const LOOKUP: Duration = Duration::from_millis(1500);

/// An Ollama server. Clones share what was found and the connections.
#[derive(Debug, Clone)]
pub struct Ollama {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// How it is called: `ollama`, or as its row of `[[backends]]` says.
    id: BackendId,
    address: Address,
    connect: Duration,
    num_ctx: u32,
    /// How long a model stays in memory, as it is written on the wire. The same in all requests: each sets it anew.
    keep_alive: String,
    loopback_only: bool,
    known: Mutex<Known>,
    /// Outlives what is known of one server.
    pool: Pool,
}

/// What is known of where the server is, and whether it may be contacted.
enum Found {
    /// It may.
    Server(Server),
    /// It is there, as far as can be said without asking anybody, and it may not be contacted.
    Elsewhere(Location),
}

impl Ollama {
    /// The server that the settings name, called `id`. With [`Wiring::loopback_only`] nothing but this machine is connected to,
    /// whatever passes there are.
    ///
    /// # Errors
    /// `Refused` where its host is no address.
    pub fn new(id: BackendId, settings: &OllamaSettings, wiring: Wiring<'_>) -> Result<Self, BackendError> {
        let Wiring { timeouts, pools, loopback_only } = wiring;
        let address = Address::parse(&settings.host)?;
        let (connect, num_ctx) = (timeouts.connect, settings.num_ctx);
        let keep_alive = format!("{}s", settings.keep_alive.as_secs().max(1));
        let (known, pool) = (Mutex::default(), Pool::new(id.clone(), Limits::of(pools)));
        Ok(Self { inner: Arc::new(Inner { id, address, connect, num_ctx, keep_alive, loopback_only, known, pool }) })
    }

    /// What the server tells of a model that, by the last survey, it runs itself. It is asked anew at each call; no prompt
    /// goes out, the name does. A survey asks by itself for what it needs, and this is for what a list does not show: a
    /// licence.
    ///
    /// # Errors
    /// As those of [`destination`](Backend::destination), and `Refused` for a model that runs elsewhere: Ollama passes the
    /// question on to there.
    pub fn show(&self, model: &ModelId) -> BoxFuture<'static, Result<ModelCard, BackendError>> {
        let (inner, model) = (Arc::clone(&self.inner), model.clone());
        Box::pin(async move { inner.show(&model).await })
    }
}

impl Backend for Ollama {
    fn id(&self) -> BackendId {
        self.inner.id.clone()
    }

    fn address(&self) -> String {
        self.inner.address.to_string()
    }

    fn survey(&self, pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.survey(pass).await })
    }

    fn contact(&self, purpose: Purpose) -> Option<Destination> {
        (purpose == Purpose::ModelList).then(|| self.inner.contact()).flatten()
    }

    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError> {
        chat::encode(request, &self.inner.keep_alive)
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.inner.destination(chat::PATH, model)
    }

    fn listed_at(&self) -> Option<Instant> {
        self.inner.known().listed_at()
    }

    fn pool(&self) -> Option<PoolState> {
        Some(self.inner.pool.state())
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        chat::stream(Arc::clone(&self.inner), sealed)
    }

    fn has_memory(&self) -> bool {
        true
    }

    fn resident(&self) -> BoxFuture<'static, Result<HashMap<ModelId, Residency>, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.in_memory().await })
    }

    fn load(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        let (inner, model) = (Arc::clone(&self.inner), model.clone());
        Box::pin(async move { inner.load(&model, num_ctx).await })
    }

    fn unload(&self, model: &ModelId) -> BoxFuture<'static, Result<(), BackendError>> {
        let (inner, model) = (Arc::clone(&self.inner), model.clone());
        Box::pin(async move { inner.unload(&model).await })
    }

    fn probe(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        let (inner, model) = (Arc::clone(&self.inner), model.clone());
        Box::pin(async move { inner.probe(&model, num_ctx).await })
    }

    fn pull(&self, model: &ModelId, _pass: Pass) -> PullStream {
        pull::pull(Arc::clone(&self.inner), model.clone())
    }

    fn encode_embed(&self, request: &EmbedRequest) -> Result<Bytes, BackendError> {
        embed::encode(request, &self.inner.keep_alive)
    }

    fn embed_destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.inner.destination(embed::PATH, model)
    }

    fn embed(&self, sealed: Sealed) -> BoxFuture<'static, Result<Vec<Vec<f32>>, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { embed::embed(&inner, sealed).await })
    }
}

impl Inner {
    /// The server, for a person.
    fn who(&self) -> String {
        format!("{} at {}", self.id, self.address)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a request for `model` goes. `path` begins without a slash.
    fn destination(&self, path: &str, model: &ModelId) -> Result<Destination, BackendError> {
        let known = self.known();
        let (Some(server), Some(listed)) = (known.server(), known.listed(model)) else {
            return Err(BackendError::Unreachable(format!("{} was not asked for its models yet", self.who())));
        };
        let Some(remote) = listed else {
            return Err(BackendError::NotFound(format!("{} has no model {model}", self.who())));
        };
        let (origin, host) = (self.address.origin(), self.address.host());
        let target = ("POST", origin.as_str(), &*format!("/{path}"));
        Ok(Destination::server(self.id.clone(), target, host, server.addresses.clone(), model.clone(), remote))
    }

    /// The server that what is sealed for `destination` goes to, if it is still what it was sealed for: `path` there, with
    /// the model where the last survey says that it is.
    fn sealed_for(&self, path: &str, destination: &Destination) -> Result<Server, BackendError> {
        let model = destination.model();
        if *destination.backend() != self.id || self.destination(path, model)? != *destination {
            let to = if destination.origin().is_empty() { destination.backend().as_str() } else { destination.origin() };
            return Err(BackendError::Refused(format!(
                "the request was meant for {model} at {to} ({}), which is not what {} is now",
                destination.location(),
                self.who()
            )));
        }
        let server = self.known().server().filter(|s| s.addresses == destination.addresses()).cloned();
        server.ok_or_else(|| BackendError::Refused(format!("{} is not where it was", self.who())))
    }

    /// Where a survey goes, where that is not this machine.
    fn contact(&self) -> Option<Destination> {
        if self.location().is_local() {
            return None;
        }
        let (origin, host) = (self.address.origin(), self.address.host());
        let (target, model) = (("GET", origin.as_str(), "/api/tags"), ModelId::new(""));
        Some(Destination::server(self.id.clone(), target, host, Vec::new(), model, &Remote::default()))
    }

    /// Where the server is, as far as can be said without asking anybody: where it was found, or what its address says.
    fn location(&self) -> Location {
        let found = self.known().server().map(|server| server.location.clone());
        found.unwrap_or_else(|| {
            let (host, port) = (self.address.host(), self.address.port());
            location::of_server(host, &http::known(host, port).unwrap_or_default())
        })
    }

    /// The server, for those who have no pass: one on this machine, or one that there was a pass for before.
    async fn server(&self) -> Result<Server, BackendError> {
        if let Some(server) = self.known().server().cloned() {
            return Ok(server);
        }
        match self.find(None).await? {
            Found::Server(server) => Ok(server),
            Found::Elsewhere(location) => {
                Err(BackendError::Refused(format!("{} is {location}, and there was no leave to contact it", self.who())))
            }
        }
    }

    /// Finds out where the server is, and makes a client for it if it may be contacted.
    async fn find(&self, pass: Option<&Pass>) -> Result<Found, BackendError> {
        let (host, port, loopback_only) = (self.address.host(), self.address.port(), self.loopback_only);
        let here = self.location();
        let reach = match pass {
            _ if here.is_local() => Reach::here(),
            None => return Ok(Found::Elsewhere(here)),
            Some(pass) if *pass.location() == here => Reach::of_pass(pass),
            Some(pass) => {
                let why = format!("the leave is for {}, and {} is {here}", pass.location(), self.who());
                return Err(BackendError::Refused(why));
            }
        };
        // What was found on this machine stays there, and is not looked up again.
        if let Some(server) = self.known().server().filter(|server| server.location.is_local()) {
            return Ok(Found::Server(server.clone()));
        }
        let addresses = http::look_up(host, port, &reach, loopback_only, self.connect.min(LOOKUP)).await?;
        let mut known = self.known();
        if let Some(server) = known.server().filter(|server| server.addresses == addresses) {
            return Ok(Found::Server(server.clone()));
        }
        let (tls, connect) = (self.address.tls(), self.connect);
        let client = self.pool.client(http::Target { host, addresses: &addresses, tls, connect, loopback_only }, &reach)?;
        let server = Server { location: location::of_server(host, &addresses), addresses, client };
        *known = Known::of(server.clone());
        Ok(Found::Server(server))
    }

    /// Posts `body`, and gives the answer if its status is good. `what` is what is asked for, for a person.
    async fn post(&self, server: &Server, slot: Slot, path: &str, body: Bytes, what: &str) -> Result<Response, BackendError> {
        let request = server.client.post(self.address.url(path)).body(body);
        self.send(server, slot, request.header(reqwest::header::CONTENT_TYPE, "application/json"), what).await
    }

    async fn send(
        &self,
        server: &Server,
        slot: Slot,
        request: reqwest::RequestBuilder,
        what: &str,
    ) -> Result<Response, BackendError> {
        let who = self.who();
        let mut response = server.client.send(request, slot).await.map_err(|e| http::failure(&who, &e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // A body that breaks off takes nothing from what the status says.
        let body = http::body(&mut response, status::ERROR_BODY_CAP).await.map(|(bytes, _)| bytes).unwrap_or_default();
        Err(status::meaning(&who, what, status.as_u16(), response.headers(), &body))
    }
}
