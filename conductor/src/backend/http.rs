//! The only maker of HTTP clients.
//!
//! What must stay true: a client connects to the addresses that were classified and to no other, directly: no proxy (with
//! `HTTP_PROXY` set, a plain client sends even 127.0.0.1 through it), no redirect (a 307 posts the body elsewhere), no name
//! looked up again. In this version it is made for this machine alone.

use super::BackendError;
use crate::privacy::location;
use reqwest::dns::{Name, Resolve, Resolving};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Connections kept for the next request. More than a survey, an answer and a pull at once is never used.
const IDLE_CONNECTIONS: usize = 6;

/// Whom a client is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The host as it stands in the URL; an IPv6 address without its brackets.
    pub(crate) host: &'a str,
    /// All it resolved to: the only addresses that will be connected to.
    pub(crate) addresses: &'a [SocketAddr],
    /// Whether it is spoken to in TLS.
    pub(crate) tls: bool,
    /// The limit for connecting.
    pub(crate) connect: Duration,
}

/// A client for `target` and nobody else.
///
/// # Errors
/// `Refused` for a target that is not on this machine.
#[expect(clippy::disallowed_methods, reason = "this is the one place where clients are made")]
pub(crate) fn client(target: Target<'_>) -> Result<reqwest::Client, BackendError> {
    guard(target)?;
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .user_agent(concat!("segno/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls(target.tls)?)
        .http1_only()
        .connect_timeout(target.connect)
        .tcp_nodelay(true)
        .tcp_keepalive(None)
        // No timer that wakes an idle program: a connection that the server closed is noticed by its socket.
        .pool_idle_timeout(None)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .dns_resolver(Nowhere)
        .resolve_to_addrs(target.host, target.addresses)
        .build()
        .map_err(|e| BackendError::Broken(format!("no HTTP client could be made: {}", cause(&e))))
}

/// An address in the URL is connected to whatever was pinned, so it has to be what was pinned.
fn guard(target: Target<'_>) -> Result<(), BackendError> {
    let host = target.host;
    if !location::of_server(host, target.addresses).is_local() {
        return Err(BackendError::Refused(format!("{host} is not on this machine, so no connection to it was made")));
    }
    match host.parse::<IpAddr>() {
        Ok(ip) if target.addresses.iter().any(|a| a.ip() != ip) => {
            Err(BackendError::Refused(format!("{host} is not the address that was looked at, so no connection was made")))
        }
        _ => Ok(()),
    }
}

/// Plain HTTP gets a configuration that trusts nobody: the client wants one, and reading the roots takes time.
fn tls(used: bool) -> Result<ClientConfig, BackendError> {
    let mut roots = RootCertStore::empty();
    if used {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| BackendError::Broken(format!("TLS could not be set up: {e}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Resolves nothing: the names a client may use were resolved before it was made.
#[derive(Debug)]
struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, name: Name) -> Resolving {
        let text = format!("{} was not looked at before, so no connection to it is made", name.as_str());
        Box::pin(async move { Err(text.into()) })
    }
}

/// What an error of a request means. `who` is the server, for a person.
pub(crate) fn failure(who: &str, error: &reqwest::Error) -> BackendError {
    let cause = cause(error);
    if error.is_connect() {
        BackendError::Unreachable(format!("no connection to {who}: {cause}"))
    } else if error.is_timeout() {
        BackendError::Stalled(format!("{who} did not answer in time"))
    } else {
        BackendError::Broken(format!("the connection to {who} broke: {cause}"))
    }
}

/// The innermost reason, in few words: the outer ones repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &(dyn std::error::Error + 'static) = error;
    loop {
        if let Some(kind) = inner.downcast_ref::<io::Error>().map(io::Error::kind) {
            match kind {
                io::ErrorKind::ConnectionRefused => return "connection refused".to_owned(),
                io::ErrorKind::ConnectionReset => return "connection reset".to_owned(),
                io::ErrorKind::TimedOut => return "timed out".to_owned(),
                io::ErrorKind::UnexpectedEof => return "it was closed too early".to_owned(),
                _ => {}
            }
        }
        match inner.source() {
            Some(source) => inner = source,
            None if error.is_timeout() => return "timed out".to_owned(),
            None => return inner.to_string(),
        }
    }
}

/// The body of `response`, but no more than `cap` bytes of it; the second value is true where there was more.
pub(crate) async fn body(response: &mut reqwest::Response, cap: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        let room = cap - bytes.len();
        if piece.len() > room {
            bytes.extend_from_slice(&piece[..room]);
            return Ok((bytes, true));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, addresses: &[&str], allowed: bool) {
        let addresses: Vec<SocketAddr> = addresses.iter().filter_map(|a| a.parse().ok()).collect();
        for tls in [false, true] {
            let target = Target { host, addresses: &addresses, tls, connect: Duration::from_secs(1) };
            match client(target) {
                Ok(_) => assert!(allowed, "{host} {addresses:?} was allowed"),
                Err(BackendError::Refused(why)) => assert!(!allowed && why.contains(host), "{host} {addresses:?}: {why}"),
                Err(other) => panic!("{host}: {other:?}"),
            }
        }
    }

    #[test]
    fn clients_are_made_for_this_machine_alone() {
        check("localhost", &["127.0.0.1:1", "[::1]:1"], true);
        check("127.0.0.1", &["127.0.0.1:1"], true);
        check("::1", &["[::1]:1"], true);
        check("box", &["192.168.1.5:1"], false);
        check("box", &["127.0.0.1:1", "192.168.1.5:1"], false);
        check("box", &[], false);
        check("192.168.1.5", &["127.0.0.1:1"], false);
    }

    #[tokio::test]
    async fn only_pinned_names_are_resolved() {
        let addresses = [SocketAddr::from(([127, 0, 0, 1], 1))];
        let target = Target { host: "pinned", addresses: &addresses, tls: false, connect: Duration::from_secs(1) };
        let client = client(target).unwrap();
        for (url, want) in [("http://pinned:1/", "refused"), ("http://localhost:1/", "was not looked at before")] {
            let error = client.get(url).send().await.unwrap_err();
            match failure("it", &error) {
                BackendError::Unreachable(why) => assert!(why.contains(want), "{url}: {why}"),
                other => panic!("{url}: {other:?}"),
            }
        }
    }
}
