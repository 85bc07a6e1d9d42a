//! Providers: services and servers that are no Ollama, by the wire formats they speak. One [`Provider`] is one row of
//! `[[providers]]`.
//!
//! What must stay true: which models there are and where they run is what the user's files say, and nobody is asked; nobody
//! is contacted, no name looked up and no key fetched before there is a [`Sealed`] or a [`Pass`] for just this place; a key
//! goes into one header, and is in no error.

mod connection;
mod decode;
mod list;
mod secret;
pub(super) mod status;
mod stream;
#[cfg(test)]
mod tests;

pub(super) use decode::Batch;

use super::http::{Limits, Pool};
use super::keys::Keys;
use super::{Backend, BackendError, ChatRequest, ChunkStream, PullStream, Survey, Wiring, anthropic, openai};
use crate::config::{ModelSettings, ProviderSettings, WireFormat};
use crate::domain::{BackendId, Capabilities, Licence, Location, Model, ModelId, PoolState, Prices, Purpose, family_of};
use crate::privacy::{Destination, Pass, Sealed, location};
use bytes::Bytes;
use connection::Connection;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A provider. Clones share the connections. Making one does no I/O.
#[derive(Debug, Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: ProviderSettings,
    /// The rows of its models.
    models: Vec<ModelSettings>,
    keys: Keys,
    /// Ends without a slash.
    endpoint: Url,
    /// The host of the endpoint; IPv6 without brackets.
    host: String,
    location: Location,
    connect: Duration,
    loopback_only: bool,
    connection: Connection,
    pool: Pool,
}

/// Who answers, for a person.
#[derive(Debug, Clone)]
pub(super) struct From {
    /// The provider: `openai`.
    pub(super) who: String,
    /// What it was asked for: `model openai/gpt-4.1`.
    pub(super) what: String,
}

impl From {
    /// It ended without the word that it is whole.
    pub(super) fn cut(&self) -> BackendError {
        BackendError::Broken(format!("{} ended in the middle of an answer of {}", self.who, self.what))
    }

    /// It sent something else.
    pub(super) fn nonsense(&self, words: &str) -> BackendError {
        BackendError::Broken(format!("{} sent what is no answer: {words}", self.who))
    }
}

impl Provider {
    /// The provider of a row; of `models`, those are its own that name it as their backend. With `loopback_only` nothing but
    /// this machine is connected to, whatever was agreed to.
    ///
    /// # Errors
    /// `Refused` where the endpoint is no address, or one of a service elsewhere that is not spoken to in TLS.
    pub fn new(
        settings: &ProviderSettings,
        models: &[ModelSettings],
        keys: &Keys,
        wiring: Wiring<'_>,
    ) -> Result<Self, BackendError> {
        let endpoint = endpoint(settings)?;
        let host = host_of(&endpoint).to_owned();
        let Wiring { timeouts, pools, loopback_only } = wiring;
        let inner = Inner {
            settings: settings.clone(),
            models: models.iter().filter(|row| row.backend == settings.id.as_str()).cloned().collect(),
            keys: keys.clone(),
            location: location::of_provider(settings.place, &host),
            endpoint,
            host,
            connect: timeouts.connect,
            loopback_only,
            connection: Connection::default(),
            pool: Pool::new(settings.id.clone(), Limits::of(pools)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Backend for Provider {
    fn id(&self) -> BackendId {
        self.inner.settings.id.clone()
    }

    fn address(&self) -> String {
        self.inner.endpoint.to_string()
    }

    fn contact(&self, purpose: Purpose) -> Option<Destination> {
        let url = self.inner.list_url(purpose)?;
        Some(Destination::provider(self.id(), ModelId::new(""), self.inner.settings.place, "GET", &url))
    }

    fn survey(&self, _pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let obstacle = inner.obstacle();
            let models = inner.models.iter().map(|row| inner.model(row, obstacle.clone())).collect();
            let (address, location) = (inner.endpoint.to_string(), inner.location.clone());
            Ok(Survey { address, version: String::new(), location, models, memory_known: false })
        })
    }

    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError> {
        let name = self.inner.name(self.inner.row(&request.model)?);
        match self.inner.settings.format {
            WireFormat::Openai => openai::encode(request, &name, &self.inner.host),
            WireFormat::Anthropic => anthropic::encode(request, &name),
        }
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.inner.destination(model)
    }

    fn pool(&self) -> Option<PoolState> {
        Some(self.inner.pool.state())
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        stream::stream(Arc::clone(&self.inner), sealed)
    }

    fn pull(&self, model: &ModelId, pass: Pass) -> PullStream {
        drop(pass);
        let why = format!("{} has its models itself: there is nothing of {model} to fetch", self.inner.settings.id);
        futures_util::stream::iter([Err(BackendError::Refused(why))]).boxed()
    }

    fn list(&self, pass: Pass) -> BoxFuture<'static, Result<Vec<String>, BackendError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.list(&pass).await })
    }
}

impl Inner {
    /// The provider, for a person.
    fn who(&self) -> String {
        self.settings.id.to_string()
    }

    fn row(&self, model: &ModelId) -> Result<&ModelSettings, BackendError> {
        let row = self.models.iter().find(|row| row.id == *model);
        row.ok_or_else(|| BackendError::NotFound(format!("{model} has no row under [[models]] for {}", self.who())))
    }

    /// How the provider calls a model.
    fn name(&self, row: &ModelSettings) -> String {
        if !row.name.is_empty() {
            return row.name.clone();
        }
        let id = row.id.short();
        let own = id.strip_prefix(self.settings.id.as_str()).and_then(|rest| rest.strip_prefix('/'));
        own.unwrap_or(id).to_owned()
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        let row = self.row(model)?;
        let path = match self.settings.format {
            WireFormat::Openai => "chat/completions",
            WireFormat::Anthropic => "messages",
        };
        let url = self.url(path);
        Ok(Destination::provider(self.settings.id.clone(), row.id.clone(), self.settings.place, "POST", &url))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(&format!("{}/{path}", self.endpoint.path().trim_end_matches('/')));
        url
    }

    /// Why its models cannot be asked now.
    fn obstacle(&self) -> Option<String> {
        let missing = self.settings.needs_key && self.keys.source(&self.settings).is_none();
        missing.then(|| format!("no key: {}", Keys::hint(&self.settings)))
    }

    fn model(&self, row: &ModelSettings, obstacle: Option<String>) -> Model {
        let priced = row.price_input > 0.0 || row.price_output > 0.0;
        Model {
            id: row.id.clone(),
            backend: self.settings.id.clone(),
            location: self.location.clone(),
            family: family_of(&self.name(row)),
            parameters: String::new(),
            quantization: String::new(),
            size_bytes: 0,
            trained_context: Some(row.max_context),
            num_ctx: row.max_context,
            capabilities: Capabilities {
                completion: true,
                tools: row.supports_tools,
                vision: row.supports_vision,
                ..Capabilities::default()
            },
            resident: None,
            licence: Licence { class: row.licence, name: String::new() },
            prices: priced.then(|| Prices::per_million(row.price_input, row.price_output)),
            obstacle,
            kv_bytes_per_token: None,
        }
    }
}

/// Where the provider of a row is.
///
/// # Errors
/// As those of [`Provider::new`].
pub(super) fn location_of(settings: &ProviderSettings) -> Result<Location, BackendError> {
    Ok(location::of_provider(settings.place, host_of(&endpoint(settings)?)))
}

/// The host; IPv6 without brackets.
fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// The endpoint of a row, without a slash at its end.
fn endpoint(settings: &ProviderSettings) -> Result<Url, BackendError> {
    let id = &settings.id;
    let bad = |why: &str| BackendError::Refused(format!("the endpoint of {id} cannot be used: {why}"));
    let mut url = Url::parse(settings.endpoint.trim()).map_err(|e| bad(&e.to_string()))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("there is no host in it"))?;
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().map(|ip| ip.to_canonical());
    let here = host == "localhost" || literal.is_ok_and(|ip| ip.is_loopback());
    let external = matches!(location::of_provider(settings.place, host), Location::External(_));
    match url.scheme() {
        "https" => {}
        "http" if here || !external => {}
        "http" => return Err(bad("a service elsewhere is asked by https alone, or everybody on the way reads what is sent")),
        _ => return Err(bad("it is neither http nor https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a name and password cannot be given in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("a host, a port and a path are all that may stand in it"));
    }
    let path: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    url.set_path(&path.join("/"));
    Ok(url)
}

/// The bytes of a request in JSON. Keys are sorted, or their order would hang on a feature that any crate in the build may
/// switch on.
pub(super) fn bytes_of(request: &ChatRequest, mut body: Value) -> Result<Bytes, BackendError> {
    if request.num_predict == 0 {
        return Err(BackendError::Refused("an answer of no tokens cannot be asked for".to_owned()));
    }
    body.sort_all_objects();
    let unsaid = |e: serde_json::Error| BackendError::Refused(format!("the request could not be written as JSON: {e}"));
    serde_json::to_vec(&body).map(Bytes::from).map_err(unsaid)
}
