//! A second model is asked the same where the first takes longer for its first word than its budget (`routing.hedge`).
//!
//! What must stay true: only one that is in memory on this machine is asked, so that nothing is loaded and nothing leaves; whoever
//! speaks first answers, the other is dropped; both are said; the first is listened to all the while.

use super::brief::Prepared;
use super::measure::budget;
use super::receive::Asked;
use super::{Turn, signature};
use crate::backend::{BackendError, Chunk, ChunkStream};
use crate::domain::{Attempt, Candidate, ConversationId, Failure, FailureKind, Plan, Signature};
use crate::gpu::memory::{Demand, Effort, Lease};
use crate::gpu::semaphore::Priority;
use crate::protocol::{Event, Notice};
use crate::session::memory;
use crate::session::meter::{Allowed, Counted};
use futures_util::StreamExt;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What comes of a stream.
pub(super) type Item = Option<Result<Chunk, BackendError>>;

/// Whoever may be asked as well.
#[derive(Debug, Clone)]
pub(super) struct Second {
    candidate: Candidate,
    signature: Signature,
    /// How long the first is waited for alone.
    after: Duration,
}

/// The second spoke first.
pub(super) struct Won {
    pub(super) candidate: Candidate,
    pub(super) signature: Signature,
    /// What became of the first.
    pub(super) attempt: Attempt,
    /// When it was asked.
    pub(super) started: Instant,
    /// What the limits took for it.
    pub(super) counted: Option<Counted>,
    /// Its place in memory.
    _lease: Lease,
}

/// The second as it answers.
struct Answering {
    item: Result<Chunk, BackendError>,
    stream: ChunkStream,
    started: Instant,
    counted: Counted,
    lease: Lease,
}

impl Turn {
    /// Who may be asked beside the one at `at` of the plan, where the user wants that.
    pub(super) fn second(&self, plan: &Plan, at: usize, loaded: Option<Duration>) -> Option<Second> {
        let first = plan.candidates.get(at)?;
        let here = |c: &Candidate| self.memory.of_candidate(c).is_some_and(|memory| memory.is_ready(&c.model));
        if !self.config.routing.hedge || loaded.is_some() || !here(first) {
            return None;
        }
        let open = plan.candidates.iter().enumerate().skip(at + 1).map(|(_, candidate)| candidate.clone());
        let candidate = open.into_iter().find(here).or_else(|| {
            let others = plan.decision.considered.iter().filter(|c| c.gate.is_none() && c.model != first.model);
            let known = others.filter_map(|c| self.row(&c.model, &c.backend));
            let mut candidates = known.map(|m| Candidate {
                model: m.id.clone(),
                backend: m.backend.clone(),
                location: m.location.clone(),
                family: m.family.clone(),
            });
            candidates.find(here)
        })?;
        let why = Failure::new(FailureKind::Stalled, slow(first.model.short(), self.budget_of(plan)), "");
        let attempts = [Attempt { model: first.model.clone(), failure: why }];
        let signature = signature(&candidate, plan, &attempts);
        Some(Second { candidate, signature, after: self.budget_of(plan) })
    }

    fn budget_of(&self, plan: &Plan) -> Duration {
        Duration::from_millis(budget(plan.class, &self.config.timeouts))
    }

    /// The first thing that comes of `stream`, or of the second where that comes first: then it takes the place of `stream`.
    pub(super) async fn first_of(
        &self,
        asked: Asked<'_>,
        stream: &mut ChunkStream,
        second: Second,
        conversation: Option<ConversationId>,
    ) -> (Item, Option<Won>) {
        if let Ok(item) = timeout(second.after, stream.next()).await {
            return (item, None);
        }
        let answering = {
            let mut other = pin!(self.ask_second(asked, &second, conversation));
            tokio::select! {
                biased;
                item = stream.next() => return (item, None),
                answering = &mut other => answering,
            }
        };
        let Some(Answering { item, stream: other, started, counted, lease }) = answering else {
            // It was not asked, or fared no better: the first has all the time that it had.
            return (stream.next().await, None);
        };
        // Ends the first request.
        *stream = other;
        let why = Failure::new(FailureKind::Stalled, slow(asked.candidate.model.short(), second.after), "")
            .of(&asked.candidate.backend, &asked.candidate.model);
        let attempt = Attempt { model: asked.candidate.model.clone(), failure: why };
        let Second { candidate, signature, .. } = second;
        (Some(item), Some(Won { candidate, signature, attempt, started, counted: Some(counted), _lease: lease }))
    }

    /// Asks the second; `None` where it may not be asked now, or nothing good came of it.
    async fn ask_second(&self, asked: Asked<'_>, second: &Second, conversation: Option<ConversationId>) -> Option<Answering> {
        let Candidate { backend, model: name, .. } = &second.candidate;
        let (model, memory) = (self.model(&second.candidate)?, self.memory.of_candidate(&second.candidate)?);
        let demand = memory::demand(model, &self.sizes, Priority::User, self.config.timeouts.first_token);
        // It may have left meanwhile: nothing is loaded or waited for.
        let lease = memory.admit(&Demand { effort: Effort::None, ..demand }, |_| {}).await.ok()?;
        let Allowed::Go(mut counted) = self.meter.check(backend, name, self.about_tokens()) else { return None };
        let Prepared::Ready(sealed, None) =
            self.prepare(&second.candidate, second.signature.class, self.earlier(), conversation).await
        else {
            return None;
        };
        let [slower, other] = [&asked.candidate.model, name].map(|model| self.config.name_of(model));
        self.notice(Notice::info(format!("{}; asking {other}, too", slow(slower, second.after)), "")).await;
        let started = Instant::now();
        let mut stream = self.backend(backend).stream(sealed);
        counted.send();
        let item = stream.next().await?;
        item.is_ok().then_some(Answering { item, stream, started, counted, lease })
    }

    /// Says that the second stands in for the first.
    pub(super) async fn say_won(&self, asked: Asked<'_>, won: &Won) {
        let (from, to, why) = (asked.candidate.clone(), won.candidate.clone(), won.attempt.failure.clone());
        self.say(Event::Fallback { id: self.id, from, to, why }).await;
    }
}

fn slow(name: &str, after: Duration) -> String {
    format!("{name} did not answer in its budget of {} s", after.as_secs_f64())
}
