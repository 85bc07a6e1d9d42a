//! Sealing: exact bytes, bound to the place they may go to.

use super::location;
use crate::domain::{BackendId, Location, ModelId};
use bytes::Bytes;
use std::net::SocketAddr;

/// Where a request would go: the pinned addresses and the model, with the location computed from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    backend: BackendId,
    model: ModelId,
    origin: String,
    addresses: Vec<SocketAddr>,
    location: Location,
}

impl Destination {
    /// A model on a server. `host` is the host part of `origin`; `addresses` are all that it resolved to and the only ones
    /// that will be connected to; `remote` is what the server's own list says of where the model runs.
    pub fn server(
        backend: BackendId,
        origin: impl Into<String>,
        host: &str,
        addresses: Vec<SocketAddr>,
        model: ModelId,
        remote: &location::Remote,
    ) -> Self {
        let location = location::of_model(&location::of_server(host, &addresses), model.as_str(), remote);
        Self { backend, model, origin: origin.into(), addresses, location }
    }

    /// A backend inside this process. It has no address, so no server's backend accepts what is sealed for it.
    pub fn in_process(backend: BackendId, model: ModelId) -> Self {
        Self { backend, model, origin: String::new(), addresses: Vec::new(), location: Location::Local }
    }

    /// The backend.
    pub fn backend(&self) -> &BackendId {
        &self.backend
    }

    /// The model.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Scheme, host and port; empty inside the process.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The only addresses that may be connected to; empty inside the process.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where that is.
    pub fn location(&self) -> &Location {
        &self.location
    }
}

/// Bytes that may go to one destination, once.
///
/// Made by [`seal`]:
/// ```
/// use conductor::{domain::{BackendId, ModelId}, privacy::{Destination, seal}};
/// let there = Destination::in_process(BackendId::guide(), ModelId::new("guide"));
/// let sealed = seal("hello".into(), there).unwrap();
/// let (bytes, _) = sealed.into_parts();
/// assert_eq!(bytes, "hello");
/// ```
/// and by nothing else:
/// ```compile_fail
/// use conductor::{domain::{BackendId, ModelId}, privacy::{Destination, Sealed}};
/// let there = Destination::in_process(BackendId::guide(), ModelId::new("guide"));
/// let sealed = Sealed { bytes: "hello".into(), destination: there };
/// ```
/// It cannot be copied, and so is sent once:
/// ```compile_fail
/// use conductor::{domain::{BackendId, ModelId}, privacy::{Destination, seal}};
/// let there = Destination::in_process(BackendId::guide(), ModelId::new("guide"));
/// let sealed = seal("hello".into(), there).unwrap();
/// let twice = (sealed.clone(), sealed);
/// ```
/// and a backend takes nothing else:
/// ```compile_fail
/// use conductor::backend::Backend;
/// fn send(backend: &dyn Backend) {
///     let bytes = bytes::Bytes::from("hello");
///     backend.stream(bytes);
/// }
/// ```
#[derive(Debug)]
pub struct Sealed {
    bytes: Bytes,
    destination: Destination,
}

impl Sealed {
    /// Where it may go.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The bytes, for the one request they are for.
    pub fn into_parts(self) -> (Bytes, Destination) {
        (self.bytes, self.destination)
    }
}

/// Why something was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would leave the machine.
    #[error("{model} is not on this machine ({location}), and this version of Segno sends prompts to this machine only")]
    OffMachine {
        /// The model.
        model: ModelId,
        /// Where it is.
        location: Location,
    },
}

/// Seals `bytes` for `destination`, if they may go there: today, if that is this machine.
///
/// # Errors
/// [`Refusal::OffMachine`] for every other location.
pub fn seal(bytes: Bytes, destination: Destination) -> Result<Sealed, Refusal> {
    match destination.location() {
        Location::Local => Ok(Sealed { bytes, destination }),
        location => Err(Refusal::OffMachine { model: destination.model().clone(), location: location.clone() }),
    }
}
