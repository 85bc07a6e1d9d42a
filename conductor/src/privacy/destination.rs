//! Where a request would go, with the location computed from it.

use super::location::{self, Remote};
use crate::config::ProviderPlace;
use crate::domain::{BackendId, Location, ModelId};
use std::net::SocketAddr;

/// Where a request would go. Its location was computed here, from what will be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    backend: BackendId,
    model: ModelId,
    /// Method and address, for a person and for the ledger; empty inside the process.
    target: String,
    /// Scheme, host and port; empty inside the process.
    origin: String,
    addresses: Vec<SocketAddr>,
    location: Location,
}

impl Destination {
    /// A model on an Ollama server. `host` is the host part of `origin`; `addresses` are all that it resolved to and the
    /// only ones that will be connected to; `remote` is what the server's own list says of where the model runs.
    pub fn server(
        backend: BackendId,
        (method, origin, path): (&str, &str, &str),
        host: &str,
        addresses: Vec<SocketAddr>,
        model: ModelId,
        remote: &Remote,
    ) -> Self {
        let location = location::of_model(&location::of_server(host, &addresses), model.as_str(), remote);
        let target = format!("{method} {origin}{path}");
        Self { backend, model, target, origin: origin.to_owned(), addresses, location }
    }

    /// A model of a provider. Its addresses are looked up once it may be contacted: a look-up is seen outside, too.
    pub fn provider(backend: BackendId, model: ModelId, place: ProviderPlace, method: &str, url: &url::Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let location = location::of_provider(place, host);
        let origin = url.origin().ascii_serialization();
        Self { backend, model, target: format!("{method} {url}"), origin, addresses: Vec::new(), location }
    }

    /// The registry that a server fetches `model` from when it is told to.
    pub fn registry(backend: BackendId, model: ModelId) -> Self {
        let (named, name) = (location::registry_of(model.as_str()), model.short());
        let name = name.split_once("://").map_or(name, |(_, rest)| rest);
        // The names of hosts have no case: one that was refused stays so however it is written.
        let (host, path) = (named.to_ascii_lowercase(), name.strip_prefix(named).unwrap_or(name));
        let origin = format!("https://{host}");
        let target = format!("GET {origin}/{}", path.trim_start_matches('/'));
        Self { backend, model, target, origin, addresses: Vec::new(), location: Location::External(host) }
    }

    /// A backend inside this process. It has no address, so no server's backend accepts what is sealed for it.
    pub fn in_process(backend: BackendId, model: ModelId) -> Self {
        let (target, origin) = (String::new(), String::new());
        Self { backend, model, target, origin, addresses: Vec::new(), location: Location::Local }
    }

    /// The backend.
    pub fn backend(&self) -> &BackendId {
        &self.backend
    }

    /// The model.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Method and address: `POST https://api.openai.com/v1/chat/completions`.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Scheme, host and port; empty inside the process.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The only addresses that may be connected to; empty inside the process, and where they are looked up later.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where that is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// True for the registry that a server asks where the name of a model says nothing else.
    pub(super) fn is_default_registry(&self) -> bool {
        matches!(&self.location, Location::External(host) if host == location::REGISTRY)
    }
}
