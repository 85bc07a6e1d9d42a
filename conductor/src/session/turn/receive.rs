//! Takes an answer as it comes: to the front end first, to the database beside it, within the limits of time.

use super::{Turn, describe};
use crate::backend::{BackendError, Chunk, Completion, StopReason};
use crate::domain::{Candidate, Failure, Signature, Status, Timing, Usage};
use crate::privacy::Sealed;
use crate::protocol::Event;
use crate::session::turn::record::Record;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// How asking one candidate ended.
pub(super) enum End {
    /// Something came.
    Came(Received, Status),
    /// Nothing came.
    Nothing(Failure),
}

/// What came.
#[derive(Default)]
pub(super) struct Received {
    pub(super) text: String,
    pub(super) thinking: String,
    pub(super) usage: Usage,
    pub(super) timing: Timing,
    pub(super) cut_by_length: bool,
}

/// Sends what is sealed and takes what comes. Dropping the stream on return is what ends the request.
pub(super) async fn receive(
    turn: &Turn,
    candidate: &Candidate,
    signature: &Signature,
    sealed: Sealed,
    record: &mut Record,
    cancel: &mut oneshot::Receiver<()>,
) -> End {
    let limits = Limits::of(turn, candidate);
    let mut stream = turn.backend(&candidate.backend).stream(sealed);
    let started = Instant::now();
    let mut deadline = started + limits.first;
    let mut received = Received::default();
    let failure = loop {
        let wake = record.due().map_or(deadline, |due| due.min(deadline));
        let next = tokio::select! {
            biased;
            _ = &mut *cancel => return stopped(received, started),
            next = timeout_at(wake, stream.next()) => next,
        };
        match next {
            Err(_) if Instant::now() < deadline => record.flush().await,
            Err(_) => break describe::backend(&limits.exceeded(candidate, &received), candidate, &turn.config),
            Ok(None) => break describe::backend(&ended_early(), candidate, &turn.config),
            Ok(Some(Err(error))) => break describe::backend(&error, candidate, &turn.config),
            Ok(Some(Ok(Chunk::Done(completion)))) => {
                received.complete(&completion, started);
                if received.is_empty() {
                    return End::Nothing(describe::empty(candidate));
                }
                return End::Came(received, Status::Complete);
            }
            Ok(Some(Ok(Chunk::Text { text, thinking }))) => {
                deadline = Instant::now() + limits.stall;
                let first = received.take(&text, &thinking, started);
                record.add(&text, &thinking);
                if !turn.say(Event::Delta { id: turn.id, text, thinking }).await {
                    return stopped(received, started);
                }
                if first {
                    record.sign(signature).await;
                }
                record.flush().await;
            }
        }
    };
    if received.is_empty() {
        return End::Nothing(failure);
    }
    received.timing.total_ms = milliseconds(started.elapsed());
    End::Came(received, Status::Partial(failure))
}

fn stopped(mut received: Received, started: Instant) -> End {
    if received.is_empty() {
        return End::Nothing(describe::cancelled());
    }
    received.timing.total_ms = milliseconds(started.elapsed());
    End::Came(received, Status::Cancelled)
}

fn ended_early() -> BackendError {
    BackendError::Broken("the connection ended in the middle of an answer".to_owned())
}

impl Received {
    fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.thinking.trim().is_empty()
    }

    /// True for the first piece.
    fn take(&mut self, text: &str, thinking: &str, started: Instant) -> bool {
        self.text.push_str(text);
        self.thinking.push_str(thinking);
        let first = self.timing.first_token_ms.is_none();
        if first {
            self.timing.first_token_ms = Some(milliseconds(started.elapsed()));
        }
        first
    }

    fn complete(&mut self, completion: &Completion, started: Instant) {
        self.usage = completion.usage;
        self.cut_by_length = completion.reason == StopReason::Length;
        self.timing.total_ms = milliseconds(started.elapsed());
        self.timing.load_ms = completion.load.map(milliseconds);
        self.timing.eval_us = completion.eval.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The hard limits of time for one candidate.
struct Limits {
    first: Duration,
    stall: Duration,
}

impl Limits {
    fn of(turn: &Turn, candidate: &Candidate) -> Self {
        let timeouts = &turn.config.timeouts;
        let resident = turn.models.iter().any(|m| m.id == candidate.model && m.resident.is_some());
        Self { first: if resident { timeouts.first_token_resident } else { timeouts.first_token }, stall: timeouts.stall }
    }

    fn exceeded(&self, candidate: &Candidate, received: &Received) -> BackendError {
        let model = &candidate.model;
        BackendError::Stalled(if received.is_empty() {
            format!("{model} did not answer in {} s", self.first.as_secs())
        } else {
            format!("{model} said nothing more for {} s", self.stall.as_secs())
        })
    }
}
