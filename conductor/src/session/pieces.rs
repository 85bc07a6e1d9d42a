//! Streamed text on its way to the database: gathered, and written a few times a second.
//!
//! What must stay true: what came is written at most [`HOLD`] later, so that a crash loses less than a second.

use crate::domain::MessageId;
use crate::store::{Store, StoreError};
use std::time::Duration;
use tokio::time::Instant;

/// How long text may wait to be written. The first piece does not wait.
const HOLD: Duration = Duration::from_millis(250);

/// Bytes that do not wait any longer.
const ENOUGH: usize = 64 * 1024;

pub(super) struct Pieces {
    store: Store,
    answer: Option<MessageId>,
    text: String,
    thinking: String,
    due: Option<Instant>,
    written: Option<Instant>,
}

impl Pieces {
    /// For `answer`; with `None` nothing is written.
    pub(super) fn new(store: Store, answer: Option<MessageId>) -> Self {
        Self { store, answer, text: String::new(), thinking: String::new(), due: None, written: None }
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

    /// When [`Pieces::flush`] is to be called; `None` while there is nothing to write.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Writes what waits, if it is due.
    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        let Some(answer) = self.answer.filter(|_| self.due.is_some_and(|due| due <= Instant::now())) else { return Ok(()) };
        self.due = None;
        self.written = Some(Instant::now());
        let (text, thinking) = (std::mem::take(&mut self.text), std::mem::take(&mut self.thinking));
        self.store.append(answer, text, thinking).await
    }
}
