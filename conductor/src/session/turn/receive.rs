//! Takes an answer as it comes: to the front end first, to the database beside it, within the limits of time.

use super::hedge::{Item, Second, Won};
use super::{Turn, describe};
use crate::backend::{BackendError, Chunk, ChunkStream, Completion, StopReason};
use crate::domain::{Candidate, ConversationId, Failure, Model, Signature, Status, Timing, Usage};
use crate::privacy::{Pending, Sealed};
use crate::protocol::Event;
use crate::session::turn::record::Record;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};

/// Who is asked.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) signature: &'a Signature,
    /// How long it took to have it in memory; `None` where it was there, or where that is not ours to see to.
    pub(super) loaded: Option<Duration>,
    /// Who is asked as well where it takes long.
    pub(super) second: Option<&'a Second>,
}

/// How asking one candidate ended.
pub(super) enum End {
    /// Something came.
    Came(Box<Received>, Status),
    /// Nothing came.
    Nothing(Failure),
    /// Nothing was sent: the user is asked first.
    Asks(Box<Pending>),
}

/// What came.
#[derive(Default)]
pub(super) struct Received {
    pub(super) text: String,
    pub(super) thinking: String,
    pub(super) usage: Usage,
    pub(super) timing: Timing,
    pub(super) cut_by_length: bool,
    /// The tools that were asked for, in their order.
    pub(super) tools: Vec<String>,
    /// The last line is a call, and ends without a newline.
    pub(super) after_call: bool,
    /// Who answered in place of the one who was asked.
    pub(super) won: Option<Won>,
}

/// How long a stream that seems to have stalled is listened to once more. If it was us who did not listen (a stopped
/// process, a terminal that did not take its output), what came meanwhile is there.
const GRACE: Duration = Duration::from_millis(100);

/// Sends what is sealed and takes what comes. Dropping the stream on return is what ends the request.
pub(super) async fn receive(
    turn: &Turn,
    asked: Asked<'_>,
    sealed: Sealed,
    record: &mut Record,
    cancel: &mut oneshot::Receiver<()>,
) -> End {
    let limits = Limits::of(turn, asked.candidate, asked.loaded);
    let mut stream = turn.backend(&asked.candidate.backend).stream(sealed);
    let started = Instant::now();
    let mut limit = limits.first;
    let mut received = Received::default();
    let mut outlet = turn.outlet.clone();
    let conversation = record.conversation.as_ref().map(|conversation| conversation.id);
    let Some((mut first, won)) = first(turn, asked, &mut stream, (limit, conversation, cancel)).await else {
        return stopped(received, started);
    };
    let started = won.as_ref().map_or(started, |won| won.started);
    received.won = won;
    let (candidate, signature) = match &received.won {
        Some(won) => (won.candidate.clone(), won.signature.clone()),
        None => (asked.candidate.clone(), asked.signature.clone()),
    };
    let failure = loop {
        let next = match first.take() {
            Some(item) => item,
            None => tokio::select! {
                biased;
                _ = &mut *cancel => return stopped(received, started),
                () = outlet.cut(&candidate.location) => return broken_off(received, started, describe::went_offline(&candidate)),
                // Before the stream, which may have something ready at any time; it is due a few times a second.
                () = record.write() => continue,
                next = next(&mut stream, limit) => next.map_err(|_| ()),
            },
        };
        match next {
            Err(()) => break limits.exceeded(&candidate, &received),
            Ok(None) => break BackendError::Broken("the connection ended in the middle of an answer".to_owned()),
            Ok(Some(Err(error))) => break error,
            Ok(Some(Ok(Chunk::Done(completion)))) => {
                received.complete(&completion, started);
                // The server had nothing to load any more.
                received.timing.load_ms = asked.loaded.map(milliseconds).or(received.timing.load_ms);
                return if received.is_empty() {
                    End::Nothing(describe::empty(&candidate))
                } else {
                    End::Came(Box::new(received), Status::Complete)
                };
            }
            Ok(Some(Ok(piece))) => {
                limit = limits.stall;
                let (text, thinking) = received.words(piece);
                if received.take(&text, &thinking, started) {
                    record.sign(&signature);
                }
                record.add(&text, &thinking);
                let delta = Event::Delta { id: turn.id, text, thinking };
                if !deliver(turn, delta, record, cancel).await {
                    return stopped(received, started);
                }
            }
        }
    };
    if let BackendError::Busy { retry_after, .. } = &failure {
        turn.meter.busy(&candidate.backend, &candidate.model, *retry_after);
    }
    broken_off(received, started, turn.backends.failure(&failure, &candidate, turn.num_ctx(&candidate)))
}

/// Where there is a second who may be asked, the first thing that comes of `stream` or of the second; an error where nothing comes in
/// time. `None` where the turn is to stop.
async fn first(
    turn: &Turn,
    asked: Asked<'_>,
    stream: &mut ChunkStream,
    (limit, conversation, cancel): (Duration, Option<ConversationId>, &mut oneshot::Receiver<()>),
) -> Option<(Option<Result<Item, ()>>, Option<Won>)> {
    let Some(second) = asked.second else { return Some((None, None)) };
    let both = timeout(limit, turn.first_of(asked, stream, second.clone(), conversation));
    let (item, won) = tokio::select! {
        biased;
        _ = &mut *cancel => return None,
        both = both => both.map_or((Err(()), None), |(item, won)| (Ok(item), won)),
    };
    if let Some(won) = &won {
        tokio::select! {
            biased;
            _ = cancel => return None,
            () = turn.say_won(asked, won) => {}
        }
    }
    Some((Some(item), won))
}

fn broken_off(mut received: Received, started: Instant, failure: Failure) -> End {
    if received.is_empty() {
        return End::Nothing(failure);
    }
    received.timing.total_ms = milliseconds(started.elapsed());
    End::Came(Box::new(received), Status::Partial(failure))
}

/// The next piece, if it comes within `limit` from now.
async fn next(stream: &mut ChunkStream, limit: Duration) -> Result<Item, Elapsed> {
    match timeout(limit, stream.next()).await {
        Ok(item) => Ok(item),
        Err(_) => timeout(GRACE, stream.next()).await,
    }
}

/// Hands a piece to the front end, and goes on writing to the database while the front end has no room. False when the
/// turn is to stop.
async fn deliver(turn: &Turn, event: Event, record: &mut Record, cancel: &mut oneshot::Receiver<()>) -> bool {
    loop {
        tokio::select! {
            biased;
            _ = &mut *cancel => return false,
            place = turn.events.reserve() => return place.map(|place| place.send(event)).is_ok(),
            () = record.write() => {}
        }
    }
}

fn stopped(mut received: Received, started: Instant) -> End {
    if received.is_empty() {
        return End::Nothing(describe::cancelled());
    }
    received.timing.total_ms = milliseconds(started.elapsed());
    End::Came(Box::new(received), Status::Cancelled)
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

/// `30 s`, `0.5 s`.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// The hard limits of time for one candidate.
struct Limits {
    first: Duration,
    stall: Duration,
}

impl Limits {
    fn of(turn: &Turn, candidate: &Candidate, loaded: Option<Duration>) -> Self {
        let timeouts = &turn.config.timeouts;
        let model = turn.model(candidate);
        // In memory with another window is as good as not: the server loads it anew.
        let resident = loaded.is_none() && model.is_some_and(Model::is_warm);
        Self { first: if resident { timeouts.first_token_resident } else { timeouts.first_token }, stall: timeouts.stall }
    }

    fn exceeded(&self, candidate: &Candidate, received: &Received) -> BackendError {
        let model = &candidate.model;
        BackendError::Stalled(if received.timing.first_token_ms.is_none() {
            format!("{model} did not answer in {}", seconds(self.first))
        } else {
            format!("{model} said nothing more for {}", seconds(self.stall))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::task::Poll;

    #[tokio::test(start_paused = true)]
    async fn what_was_there_while_nobody_listened_is_no_silence() {
        let mut polls = 0;
        let mut stream: ChunkStream = stream::poll_fn(move |context| {
            polls += 1;
            if polls % 2 == 1 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(Chunk::Text { text: "there".to_owned(), thinking: String::new() })))
        })
        .boxed();
        assert!(matches!(next(&mut stream, Duration::ZERO).await, Ok(Some(Ok(Chunk::Text { .. })))));
        let mut silent: ChunkStream = stream::pending().boxed();
        let begun = Instant::now();
        assert!(next(&mut silent, Duration::from_secs(60)).await.is_err());
        assert!(begun.elapsed() >= Duration::from_secs(60));
    }
}
