//! Ollama, through its own API.
//!
//! What must stay true: a server that is not on this machine is never contacted; what a model's name or row says of running
//! elsewhere is believed, and what was once caught running elsewhere stays so; nothing is asked twice behind the caller's
//! back. Making an [`Ollama`] does no I/O.

mod address;
mod chat;
mod known;
mod pull;
#[cfg(test)]
mod real;
mod status;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub use survey::ModelCard;

use super::{Backend, BackendError, ChatRequest, ChunkStream, PullStream, Survey, http};
use crate::config::{OllamaSettings, Timeouts};
use crate::domain::{BackendId, ModelId};
use crate::privacy::location;
use crate::privacy::{Destination, Pass, Sealed};
use address::Address;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use known::{Known, Server};
use std::net::SocketAddr;
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
    address: Address,
    connect: Duration,
    num_ctx: u32,
    known: Mutex<Known>,
}

impl Ollama {
    /// The server that the settings name.
    ///
    /// # Errors
    /// `Refused` where `ollama.host` is no address.
    pub fn new(settings: &OllamaSettings, timeouts: &Timeouts) -> Result<Self, BackendError> {
        let address = Address::parse(&settings.host)?;
        let inner = Inner { address, connect: timeouts.connect, num_ctx: settings.num_ctx, known: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the server tells of a model that the last survey listed as local. It is asked anew at each call; no prompt goes
    /// out, the name does. A survey asks by itself for what it needs, and this is for what a list does not show: a licence.
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
        BackendId::ollama()
    }

    fn address(&self) -> String {
        self.inner.address.to_string()
    }

    fn survey(&self, _pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.survey().await })
    }

    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError> {
        chat::encode(request)
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.inner.destination(model)
    }

    fn listed_at(&self) -> Option<Instant> {
        self.inner.known().listed_at()
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        chat::stream(Arc::clone(&self.inner), sealed)
    }

    fn pull(&self, model: &ModelId, _pass: Pass) -> PullStream {
        pull::pull(Arc::clone(&self.inner), model.clone())
    }
}

impl Inner {
    /// The server, for a person.
    fn who(&self) -> String {
        format!("ollama at {}", self.address)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        let known = self.known();
        let (Some(server), Some(listed)) = (known.server(), known.listed(model)) else {
            return Err(BackendError::Unreachable(format!("{} was not asked for its models yet", self.who())));
        };
        let Some(remote) = listed else {
            return Err(BackendError::NotFound(format!("{} has no model {model}", self.who())));
        };
        let (origin, host) = (self.address.origin(), self.address.host());
        Ok(Destination::server(
            BackendId::ollama(),
            (&origin, "/api/chat"),
            host,
            server.addresses.clone(),
            model.clone(),
            remote,
        ))
    }

    /// Finds out where the server is, and gives a client for it if that is this machine.
    async fn reach(&self) -> Result<Server, BackendError> {
        let addresses = self.resolve().await?;
        let location = location::of_server(self.address.host(), &addresses);
        if !location.is_local() {
            let server = Server { addresses, location, client: None };
            *self.known() = Known::of(server);
            return Err(BackendError::Refused(format!(
                "ollama.host is {}, which is not on this machine ({}); this version of Segno talks to this machine only",
                self.address,
                self.address.host()
            )));
        }
        let mut known = self.known();
        if let Some(server) = known.server().filter(|s| s.addresses == addresses && s.client.is_some()) {
            return Ok(server.clone());
        }
        let (host, tls, connect) = (self.address.host(), self.address.tls(), self.connect);
        let client = http::client(http::Target { host, addresses: &addresses, tls, connect })?;
        let server = Server { addresses, location, client: Some(client) };
        *known = Known::of(server.clone());
        Ok(server)
    }

    /// All addresses of the host, IPv4 first, since that is where Ollama listens by default; always in the same order, so
    /// that a destination found earlier still compares equal.
    async fn resolve(&self) -> Result<Vec<SocketAddr>, BackendError> {
        let (host, port) = (self.address.host(), self.address.port());
        if let Some(ip) = self.address.ip() {
            return Ok(vec![(ip, port).into()]);
        }
        let unresolved = |why: &str| BackendError::Unreachable(format!("the name {host} could not be looked up: {why}"));
        let found = tokio::time::timeout(self.connect.min(LOOKUP), tokio::net::lookup_host((host, port))).await;
        let found = found.map_err(|_| unresolved("no answer in time"))?;
        let mut addresses: Vec<SocketAddr> = found.map_err(|e| unresolved(&e.to_string()))?.collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() { Err(unresolved("it has no address")) } else { Ok(addresses) }
    }

    /// Posts `body`, and gives the answer if its status is good. `what` is what is asked for, for a person.
    async fn post(&self, server: &Server, path: &str, body: Bytes, what: &str) -> Result<reqwest::Response, BackendError> {
        let request = self.client(server)?.post(self.address.url(path)).body(body);
        self.send(request.header(reqwest::header::CONTENT_TYPE, "application/json"), what).await
    }

    fn client<'a>(&self, server: &'a Server) -> Result<&'a reqwest::Client, BackendError> {
        server.client.as_ref().ok_or_else(|| BackendError::Refused(format!("{} is not on this machine", self.who())))
    }

    async fn send(&self, request: reqwest::RequestBuilder, what: &str) -> Result<reqwest::Response, BackendError> {
        let who = self.who();
        let mut response = request.send().await.map_err(|e| http::failure(&who, &e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // A body that breaks off takes nothing from what the status says.
        let body = http::body(&mut response, status::ERROR_BODY_CAP).await.map(|(bytes, _)| bytes).unwrap_or_default();
        Err(status::meaning(&who, what, status.as_u16(), response.headers(), &body))
    }
}
