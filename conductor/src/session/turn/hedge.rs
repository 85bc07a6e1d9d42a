//! A second model is asked the same where the first takes longer for its first word than its budget (`routing.hedge`).
//!
//! What must stay true: only one that is in memory on this machine is asked, so that nothing is loaded and nothing leaves; whoever
//! speaks first answers, the other is dropped; both are said.

use super::brief::Prepared;
use super::measure::budget;
use super::receive::Asked;
use super::{Turn, signature};
use crate::backend::{BackendError, Chunk, ChunkStream};
use crate::domain::{Attempt, Candidate, ConversationId, Failure, FailureKind, Plan, Signature};
use crate::gpu::memory::Lease;
use crate::gpu::semaphore::Priority;
use crate::protocol::{Event, Notice};
use crate::routing::Pass;
use crate::session::memory;
use futures_util::StreamExt;
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
    /// Its place in memory.
    _lease: Lease,
}

impl Turn {
    /// Who may be asked beside the one at `at` of the plan, where the user wants that.
    pub(super) fn second(&self, plan: &Plan, at: usize, loaded: Option<Duration>) -> Option<Second> {
        let first = plan.candidates.get(at)?;
        let here = |c: &Candidate| memory::is_managed(&c.backend, &c.location) && self.memory.is_ready(&c.model);
        if !self.config.routing.hedge || loaded.is_some() || !here(first) {
            return None;
        }
        let open = plan.candidates.iter().enumerate().skip(at + 1).map(|(_, candidate)| candidate.clone());
        let candidate = open.into_iter().find(here).or_else(|| {
            let others = plan.decision.considered.iter().filter(|c| c.gate.is_none() && c.model != first.model);
            let known = others.filter_map(|c| self.model(&c.model));
            let mut candidates = known.map(|m| Candidate {
                model: m.id.clone(),
                backend: m.backend.clone(),
                location: m.location.clone(),
                family: m.family.clone(),
            });
            candidates.find(here)
        })?;
        let why = Failure::new(FailureKind::Stalled, slow(first, self.budget_of(plan)), "");
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
        let Some(model) = self.model(&second.candidate.model) else { return (stream.next().await, None) };
        let demand = memory::demand(model, &self.sizes, Priority::User, self.config.timeouts.first_token);
        // It may have left meanwhile: nothing is loaded for this.
        if !self.memory.is_ready(&second.candidate.model) {
            return (stream.next().await, None);
        }
        let counted = self.meter.check(&second.candidate.backend, &second.candidate.model, self.about_tokens());
        if !matches!(counted, Pass::Go(_)) {
            return (stream.next().await, None);
        }
        let Ok(lease) = self.memory.admit(&demand, |_| {}).await else { return (stream.next().await, None) };
        let Prepared::Ready(sealed, None) = self.prepare(&second.candidate, &self.history, conversation).await else {
            return (stream.next().await, None);
        };
        let what = format!("{}; asking {}, too", slow(asked.candidate, second.after), second.candidate.model);
        self.notice(Notice::info(what, "")).await;
        let started = Instant::now();
        let mut other = self.backend(&second.candidate.backend).stream(sealed);
        let item = tokio::select! {
            biased;
            item = stream.next() => return (item, None),
            item = other.next() => item,
        };
        if !matches!(item, Some(Ok(_))) {
            // It fared no better: the first has all the time that it had.
            return (stream.next().await, None);
        }
        let why = Failure::new(FailureKind::Stalled, slow(asked.candidate, second.after), "")
            .of(&asked.candidate.backend, &asked.candidate.model);
        let (from, to) = (asked.candidate.clone(), second.candidate.clone());
        let attempt = Attempt { model: from.model.clone(), failure: why.clone() };
        self.say(Event::Fallback { id: self.id, from, to, why }).await;
        *stream = other;
        (item, Some(Won { candidate: second.candidate, signature: second.signature, attempt, started, _lease: lease }))
    }
}

fn slow(candidate: &Candidate, after: Duration) -> String {
    format!("{} did not answer in its budget of {} s", candidate.model, after.as_secs_f64())
}
