//! A summary of the beginning of a conversation, written by a model on this machine.
//!
//! What must stay true: what is summed up stays on this machine: it is sealed like every question, and where the destination is not
//! local nothing is sent; nothing is stored but a whole summary that is shorter than what it stands for.

use super::Turn;
use super::receive::End;
use crate::backend::{BackendError, Chunk, StopReason};
use crate::domain::{Candidate, Contents, ConversationId, Failure, FailureKind, Location, Model, Purpose, Summary, SummaryId};
use crate::privacy::{Outgoing, Sealed};
use crate::protocol::{CompactStep, ConversationEvent, Event, Notice};
use crate::session::context::summary::{self, Part, Span};
use crate::session::describe;
use crate::store::now_ms;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// What is to be summed up, and by whom.
pub(in crate::session) struct Job {
    pub(in crate::session) conversation: ConversationId,
    pub(in crate::session) by: Candidate,
    pub(in crate::session) model: Model,
    pub(in crate::session) span: Span,
    /// The summary that the new one takes the place of.
    pub(in crate::session) before: Option<Summary>,
}

impl Turn {
    /// Has the summary written and stored; `cancel` (or dropping its sender) stops it, and then nothing has changed.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::session) async fn compact(self, job: Job, mut cancel: oneshot::Receiver<()>) -> Result<Summary, Failure> {
        tokio::select! {
            biased;
            _ = &mut cancel => return Err(describe::cancelled()),
            () = self.look_again(&job.by.backend) => {}
        }
        let begun = CompactStep::Begun { by: job.by.clone(), messages: job.span.messages };
        self.tell(begun, &mut cancel).await?;
        // The model stays in memory for as long as this lives.
        let _lease = match self.admit(&job.by, &mut cancel).await {
            Ok(lease) => lease,
            Err(end) => return Err(failure_of(*end)),
        };
        let text = self.summed_up(&job, &mut cancel).await?;
        let covered = &self.history[job.span.new.clone()];
        let before = job.before.as_ref();
        let far = |location: &Location| !location.is_local();
        let of_others = covered.iter().filter_map(|message| message.signature.as_ref()).any(|by| far(&by.location));
        let summary = Summary {
            id: SummaryId(0),
            last: job.span.last,
            text,
            model: job.by.model,
            family: job.by.family,
            backend: job.by.backend,
            location: job.by.location,
            imported: covered.iter().any(|message| message.imported) || before.is_some_and(|before| before.imported),
            external: of_others || before.is_some_and(|before| before.external),
            created_ms: now_ms(),
        };
        self.store.summarise(job.conversation, summary).await.map_err(|error| error.failure())
    }

    /// The text of the summary: of as many parts as the window of the model needs, each with the summary of those before it.
    async fn summed_up(&self, job: &Job, cancel: &mut oneshot::Receiver<()>) -> Result<String, Failure> {
        let sayings = summary::sayings(&self.history[job.span.new.clone()]);
        let (mut text, mut read, mut shortened) = (job.before.as_ref().map_or(String::new(), |b| b.text.clone()), 0, 0);
        while read < sayings.len() {
            let most = self.config.ollama.num_predict;
            let part = summary::part(&job.model, most, self.density, &text, &sayings[read..]);
            read += part.taken.max(1);
            shortened += usize::from(part.shortened);
            let is_last = read >= sayings.len();
            text = self.ask_part(job, part, is_last, cancel).await?;
            if !is_last {
                self.tell(CompactStep::Read { read: count(read), of: count(sayings.len()) }, cancel).await?;
            }
        }
        let words = summary::shown(&text);
        if self.density.tokens(&words) >= job.span.tokens as usize {
            let what = "the summary is no shorter than what it would stand for, so it was not taken";
            return Err(Failure::new(FailureKind::Refused, what, "go on, and write `/compact` later"));
        }
        if shortened > 0 {
            let what = format!("of {shortened} long messages only the beginning and the end were read for the summary");
            self.notice(Notice::warning(what, "raise ollama.num_ctx to have them read whole")).await;
        }
        Ok(text)
    }

    /// Asks for one part. What comes of the last is told as it comes.
    async fn ask_part(
        &self,
        job: &Job,
        part: Part,
        is_last: bool,
        cancel: &mut oneshot::Receiver<()>,
    ) -> Result<String, Failure> {
        let failed = |error: &BackendError| self.backends.failure(error, &job.by, job.model.num_ctx);
        let sealed = self.sealed_here(job, &part).await?;
        let mut stream = self.backend(&job.by.backend).stream(sealed);
        let mut limit = self.config.timeouts.first_token;
        let mut text = String::new();
        loop {
            let next = tokio::select! {
                biased;
                _ = &mut *cancel => return Err(describe::cancelled()),
                next = timeout(limit, stream.next()) => next,
            };
            match next {
                Err(_) => return Err(failed(&BackendError::Stalled(silent(job, limit)))),
                Ok(None) => {
                    let what = "the connection ended in the middle of the summary".to_owned();
                    return Err(failed(&BackendError::Broken(what)));
                }
                Ok(Some(Err(error))) => return Err(failed(&error)),
                Ok(Some(Ok(Chunk::Text { text: more, .. }))) => {
                    limit = self.config.timeouts.stall;
                    text.push_str(&more);
                    if is_last && !more.is_empty() {
                        self.tell(CompactStep::Text(more), cancel).await?;
                    }
                }
                Ok(Some(Ok(Chunk::Tools(_)))) => {}
                Ok(Some(Ok(Chunk::Done(done)))) => return whole(job, text.trim(), done.reason),
            }
        }
    }

    /// Seals a request that stays on this machine.
    async fn sealed_here(&self, job: &Job, part: &Part) -> Result<Sealed, Failure> {
        let backend = self.backend(&job.by.backend);
        let failed = |error| self.backends.failure(&error, &job.by, job.model.num_ctx);
        let outgoing = Outgoing {
            id: self.id,
            purpose: Purpose::Chat,
            bytes: backend.encode(&part.request).map_err(failed)?,
            destination: backend.destination(&job.by.model).map_err(failed)?,
            contents: Contents { prompt: true, earlier: job.span.messages, ..Contents::default() },
            conversation: None,
            tokens: part.tokens,
            cost: None,
        };
        self.outlet.seal_here(outgoing).await
    }

    async fn tell(&self, step: CompactStep, cancel: &mut oneshot::Receiver<()>) -> Result<(), Failure> {
        let event = Event::Conversation(ConversationEvent::Compact { id: self.id, step });
        tokio::select! {
            biased;
            _ = cancel => Err(describe::cancelled()),
            // Where nobody listens any more the cancelling comes.
            _ = self.say(event) => Ok(()),
        }
    }
}

fn failure_of(end: End) -> Failure {
    match end {
        End::Nothing(failure) => failure,
        // Admission ends in nothing else.
        End::Came(..) | End::Asks(_) => describe::cancelled(),
    }
}

fn silent(job: &Job, limit: Duration) -> String {
    format!("{} said nothing for {} s", job.by.model, limit.as_secs_f64())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The words of a part, where they are whole.
fn whole(job: &Job, text: &str, reason: StopReason) -> Result<String, Failure> {
    let model = &job.by.model;
    if text.is_empty() {
        let failure =
            Failure::new(FailureKind::Empty, format!("{model} wrote no summary"), "try again, or with another `/model`");
        return Err(failure.of(&job.by.backend, model));
    }
    if reason == StopReason::Length {
        let what = format!("the summary of {model} stopped at the limit of length, so it was not taken");
        let hint = "try again, with another `/model`, or raise ollama.num_predict";
        return Err(Failure::new(FailureKind::Refused, what, hint).of(&job.by.backend, model));
    }
    Ok(text.to_owned())
}
