//! Streamed text on its way to the database: gathered, and written a few times a second, beside the stream.
//!
//! What must stay true: what came is on its way at most [`HOLD`] later, so that a crash loses less than a second; a slow
//! database never holds the stream up; after a failure nothing more is tried, since the end of the turn stores the whole.

use crate::domain::{MessageId, Signature};
use crate::store::{Store, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::time::Instant;

/// How long text may wait to be written. The first piece does not wait.
const HOLD: Duration = Duration::from_millis(250);

/// Bytes that do not wait any longer.
const ENOUGH: usize = 64 * 1024;

pub(super) struct Pieces {
    store: Store,
    /// Where they belong; `None` where nothing is to be written (any more).
    answer: Option<MessageId>,
    signature: Option<Signature>,
    text: String,
    thinking: String,
    due: Option<Instant>,
    written: Option<Instant>,
    writing: Option<BoxFuture<'static, Result<(), StoreError>>>,
}

impl Pieces {
    /// For `answer`; with `None` nothing is written.
    pub(super) fn new(store: Store, answer: Option<MessageId>) -> Self {
        let (text, thinking) = (String::new(), String::new());
        Self { store, answer, signature: None, text, thinking, due: None, written: None, writing: None }
    }

    /// Who answers: written with the first piece, so that it is known even if Segno is killed before the end.
    pub(super) fn sign(&mut self, signature: &Signature) {
        self.signature = Some(signature.clone());
    }

    /// Takes a piece.
    pub(super) fn add(&mut self, text: &str, thinking: &str) {
        if self.answer.is_none() {
            return;
        }
        self.text.push_str(text);
        self.thinking.push_str(thinking);
        let earliest = self.written.map_or_else(Instant::now, |last| last + HOLD);
        self.due = Some(if self.text.len() + self.thinking.len() >= ENOUGH { Instant::now() } else { earliest });
    }

    /// Waits until there is something to write and writes it; for ever where there is nothing. May be dropped at any
    /// point and called again.
    pub(super) async fn write(&mut self) -> Result<(), StoreError> {
        if self.writing.is_none() {
            match self.due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
            self.writing = Some(self.begin());
        }
        let Some(writing) = &mut self.writing else { return Ok(()) };
        let result = writing.await;
        self.writing = None;
        if result.is_err() {
            (self.answer, self.due) = (None, None);
        }
        result
    }

    fn begin(&mut self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.due = None;
        self.written = Some(Instant::now());
        let (text, thinking) = (std::mem::take(&mut self.text), std::mem::take(&mut self.thinking));
        append(self.store.clone(), self.answer, self.signature.take(), text, thinking).boxed()
    }
}

async fn append(
    store: Store,
    answer: Option<MessageId>,
    signature: Option<Signature>,
    text: String,
    thinking: String,
) -> Result<(), StoreError> {
    let Some(answer) = answer else { return Ok(()) };
    if let Some(signature) = signature {
        store.sign(answer, &signature).await?;
    }
    store.append(answer, text, thinking).await
}
