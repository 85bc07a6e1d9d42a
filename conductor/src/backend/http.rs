//! The only maker of HTTP clients.
//!
//! What must stay true: a client connects to the addresses that were classified and to no other, directly: no proxy (with
//! `HTTP_PROXY` set, a plain client sends even 127.0.0.1 through it), no redirect (a 307 posts the body elsewhere), no name
//! looked up again. One for another machine is made only with leave for it, and never where that is switched off. Every request
//! goes through the pool of its backend.

mod pool;
mod reach;
mod read;

pub(crate) use pool::{Client, Lane, Limits, Pool, Response, Slot};
pub(crate) use reach::{Reach, known, look_up};
pub(crate) use read::{Read, body, read};

use super::{BackendError, words};
use crate::privacy::location;
use pool::Counting;
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, LOCATION};
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
    /// Whether connections to other machines are switched off.
    pub(crate) loopback_only: bool,
}

/// All that a client is made of, so that another one can take its place.
#[derive(Debug)]
struct Recipe {
    host: String,
    addresses: Vec<SocketAddr>,
    /// Copies share the sessions that servers gave out, so that a new connection is greeted in fewer steps.
    tls: ClientConfig,
    connect: Duration,
}

impl Recipe {
    /// For clients of `target` and of nobody else.
    ///
    /// # Errors
    /// `Refused` for a target that is neither on this machine nor within `reach`.
    fn of(target: Target<'_>, reach: &Reach) -> Result<Self, BackendError> {
        guard(target, reach)?;
        let (host, addresses) = (target.host.to_owned(), target.addresses.to_vec());
        Ok(Self { host, addresses, tls: tls(target.tls)?, connect: target.connect })
    }

    /// A client. `counting` sees each of its connections being made.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where clients are made")]
    fn client(&self, counting: Counting) -> Result<reqwest::Client, BackendError> {
        reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("segno/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(self.tls.clone())
            .http1_only()
            .connect_timeout(self.connect)
            .tcp_nodelay(true)
            .tcp_keepalive(None)
            // No timer that wakes an idle program: a connection that the server closed is noticed by its socket, and the pool
            // looks at the age of the others when the next request comes.
            .pool_idle_timeout(None)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .connector_layer(counting)
            .dns_resolver(Nowhere)
            .resolve_to_addrs(&self.host, &self.addresses)
            .build()
            .map_err(|e| BackendError::Broken(format!("no HTTP client could be made: {}", cause(&e))))
    }
}

/// An address in the URL is connected to whatever was pinned, so it has to be what was pinned.
fn guard(target: Target<'_>, reach: &Reach) -> Result<(), BackendError> {
    let host = target.host;
    if !location::of_server(host, target.addresses).is_local() {
        reach::may_leave(host, reach, target.loopback_only)?;
    }
    let other = |ip: IpAddr| target.addresses.iter().any(|a| a.ip() != ip);
    if target.addresses.is_empty() || host.parse::<IpAddr>().is_ok_and(other) {
        return Err(BackendError::Refused(format!("{host} is not the address that was looked at, so no connection was made")));
    }
    Ok(())
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

/// What a redirect means. It is not followed: it would take a prompt to where nobody agreed that it goes.
pub(crate) fn redirected(who: &str, headers: &HeaderMap) -> BackendError {
    let to = headers.get(LOCATION).map(|to| words::words_of(&String::from_utf8_lossy(to.as_bytes()))).unwrap_or_default();
    let to = if to.is_empty() { "another address" } else { &to };
    BackendError::Refused(format!("{who} answered with a redirect to {to}; nothing was sent on to there"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BackendId;

    fn target<'a>(host: &'a str, addresses: &'a [SocketAddr], tls: bool) -> Target<'a> {
        Target { host, addresses, tls, connect: Duration::from_secs(1), loopback_only: false }
    }

    fn pool() -> Pool {
        Pool::new(BackendId::ollama(), Limits::default())
    }

    fn check(host: &str, addresses: &[&str], reach: &Reach, refused: Option<&str>) {
        let addresses: Vec<SocketAddr> = addresses.iter().filter_map(|a| a.parse().ok()).collect();
        for tls in [false, true] {
            match (pool().client(target(host, &addresses, tls), reach), refused) {
                (Ok(_), None) => {}
                (Err(BackendError::Refused(why)), Some(words)) => {
                    assert!(why.contains(words) && why.contains(host), "{host} {addresses:?}: {why}");
                }
                (made, _) => panic!("{host} {addresses:?}: {made:?}"),
            }
        }
    }

    #[test]
    fn clients_are_made_for_this_machine_and_with_leave() {
        let (here, elsewhere) = (Reach::here(), Some("is not on this machine"));
        check("localhost", &["127.0.0.1:1", "[::1]:1"], &here, None);
        check("127.0.0.1", &["127.0.0.1:1"], &here, None);
        check("::1", &["[::1]:1"], &here, None);
        check("box", &["192.168.1.5:1"], &here, elsewhere);
        check("box", &["127.0.0.1:1", "192.168.1.5:1"], &here, elsewhere);
        check("box", &[], &here, elsewhere);
        check("192.168.1.5", &["127.0.0.1:1"], &here, Some("is not the address"));
        check("192.168.1.5", &["192.168.1.5:1"], &here, elsewhere);
        let pass = Reach::of_pass(&crate::privacy::test_pass(crate::domain::Purpose::ModelList));
        check("box", &["192.168.1.5:1"], &pass, elsewhere);
    }

    #[tokio::test]
    async fn only_pinned_names_are_resolved() {
        let addresses = [SocketAddr::from(([127, 0, 0, 1], 1))];
        let pool = pool();
        let client = pool.client(target("pinned", &addresses, false), &Reach::here()).unwrap();
        for (url, want) in [("http://pinned:1/", "refused"), ("http://localhost:1/", "was not looked at before")] {
            let error = client.send(client.get(url), pool.slot(Lane::List).await).await.unwrap_err();
            match failure("it", &error) {
                BackendError::Unreachable(why) => assert!(why.contains(want), "{url}: {why}"),
                other => panic!("{url}: {other:?}"),
            }
        }
    }
}
