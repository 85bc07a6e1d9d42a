//! The way to a provider: its addresses, and the client that is pinned to them.

use super::status::{self, ERROR_BODY_CAP};
use super::{BackendError, From, Inner};
use crate::backend::http::{self, Client, Lane, Reach, Response, Target};
use crate::backend::provider::secret::Key;
use reqwest::RequestBuilder;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a look-up is used. Large services have many addresses and give out others each minute; a client for each would
/// greet the service anew with each question.
const FRESH: Duration = Duration::from_secs(60);

/// What was made for the last request.
#[derive(Debug, Default)]
pub(super) struct Connection(Mutex<Option<Line>>);

#[derive(Debug)]
struct Line {
    addresses: Vec<SocketAddr>,
    looked_up: Instant,
    client: Client,
}

impl Inner {
    /// A client for the endpoint, with leave to go there.
    pub(super) async fn client(&self, reach: &Reach) -> Result<Client, BackendError> {
        if let Some(line) = self.line().as_ref().filter(|line| line.looked_up.elapsed() < FRESH) {
            return Ok(line.client.clone());
        }
        let (host, tls) = (self.host.as_str(), self.endpoint.scheme() == "https");
        let (connect, loopback_only) = (self.connect, self.loopback_only);
        let port = self.endpoint.port_or_known_default().unwrap_or_default();
        let addresses = http::look_up(host, port, reach, loopback_only, connect).await?;
        let mut line = self.line();
        let looked_up = Instant::now();
        if let Some(line) = line.as_mut().filter(|line| line.addresses == addresses) {
            line.looked_up = looked_up;
            return Ok(line.client.clone());
        }
        let client = self.pool.client(Target { host, addresses: &addresses, tls, connect, loopback_only }, reach)?;
        *line = Some(Line { addresses, looked_up, client: client.clone() });
        Ok(client)
    }

    /// Signs and sends a request, and gives the answer if its status is good.
    pub(super) async fn send(
        &self,
        client: &Client,
        lane: Lane,
        request: RequestBuilder,
        key: &Key,
        from: &From,
    ) -> Result<Response, BackendError> {
        let request = key.sign(self, request)?;
        let mut response = client.send(request, self.pool.slot(lane).await).await.map_err(|error| {
            self.look_up_anew();
            http::failure(&from.who, &error)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if matches!(status.as_u16(), 401 | 403) {
            self.keys.forget(&self.settings.id);
        }
        // A body that breaks off takes nothing from what the status says.
        let body = http::body(&mut response, ERROR_BODY_CAP).await.map(|(bytes, _)| bytes).unwrap_or_default();
        Err(status::meaning(from, status.as_u16(), response.headers(), &body, key.is_there()))
    }

    /// Its addresses may be others by now: the next request looks.
    pub(super) fn look_up_anew(&self) {
        *self.line() = None;
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Option<Line>> {
        self.connection.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
