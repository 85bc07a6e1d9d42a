//! An answer on its way, and the slot that it holds.

use super::Slot;
use super::client::Client;
use bytes::Bytes;
use reqwest::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use reqwest::{StatusCode, Version};

/// A request in flight. Dropping it gives the slot back.
#[derive(Debug)]
pub(super) struct Exchange {
    client: Client,
    end: End,
    _slot: Slot,
}

/// What becomes of a request and its connection.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Nothing more is known of the connection: it was not read to its end, or closes with it.
    Gone,
    /// The connection, one of this generation, is kept for the next.
    Kept(u64),
    /// It failed.
    Failed,
}

impl Exchange {
    /// A request that has its slot.
    pub(super) fn begin(client: Client, slot: Slot) -> Self {
        let mut now = client.counts().lock();
        now.requests += 1;
        now.in_use = now.in_use.saturating_add(1);
        drop(now);
        Self { client, end: End::Gone, _slot: slot }
    }

    /// It ended with an error of the connection.
    pub(super) fn fail(mut self) {
        self.end = End::Failed;
    }

    /// All was read; the connection is one of `generation`, and is kept.
    fn keep(mut self, generation: u64) {
        self.end = End::Kept(generation);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.client.touch();
        let mut now = self.client.counts().lock();
        now.in_use = now.in_use.saturating_sub(1);
        match self.end {
            End::Gone => {}
            End::Kept(generation) => now.keep(generation),
            End::Failed => now.failed += 1,
        }
    }
}

/// An answer whose head has come. It holds its slot until it is read to the end or dropped.
#[derive(Debug)]
pub(crate) struct Response {
    inner: reqwest::Response,
    /// Until the end.
    exchange: Option<Exchange>,
    generation: u64,
    /// Whether the connection can be used again after this answer.
    kept: bool,
}

impl Response {
    pub(super) fn new(inner: reqwest::Response, exchange: Exchange, generation: u64) -> Self {
        let kept = inner.version() == Version::HTTP_11 && is_framed(inner.status(), inner.headers()) && !closes(inner.headers());
        Self { inner, exchange: Some(exchange), generation, kept }
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The next piece of the body; `None` at its end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The connection broke. Nothing more comes then.
    pub(crate) async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        let piece = self.inner.chunk().await;
        if !matches!(piece, Ok(Some(_)))
            && let Some(exchange) = self.exchange.take()
        {
            match &piece {
                Ok(_) if self.kept => exchange.keep(self.generation),
                Ok(_) => drop(exchange),
                Err(_) => exchange.fail(),
            }
        }
        piece
    }
}

/// Whether the end of the body is told by something else than the end of the connection.
fn is_framed(status: StatusCode, headers: &HeaderMap) -> bool {
    let bodyless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    bodyless || headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// Whether the server says that it closes the connection after this answer.
fn closes(headers: &HeaderMap) -> bool {
    let said = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("close"))
}
