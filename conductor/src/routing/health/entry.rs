//! What is noted of one target: its tries of late, and its breaker.
//!
//! What must stay true: only an answer closes a breaker; while it rests a failure makes the rest no longer, so that many
//! questions that fail at once count as one step of the backoff.

use super::Change;
use super::policy::{Policy, millis};
use crate::domain::{Condition, Failure, HealthMemory, HealthRow, ModelId, Target, Try};
use std::collections::VecDeque;
use std::time::Duration;

/// The breaker as it was left.
#[derive(Debug, Clone, Default)]
enum Breaker {
    #[default]
    Closed,
    Open {
        until_ms: i64,
    },
    /// By a question to a model, or by a probe of the backend alone.
    Probing {
        since_ms: i64,
        by: Option<ModelId>,
    },
}

/// The breaker as it is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    Resting {
        until_ms: i64,
    },
    HalfOpen,
    /// Until it is given up.
    Probing {
        until_ms: i64,
    },
}

#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    window: VecDeque<Try>,
    breaker: Breaker,
    consecutive: u32,
    rests: u32,
    failing_since_ms: Option<i64>,
    last_success_ms: Option<i64>,
    last_failure: Option<Failure>,
    last_failure_ms: Option<i64>,
    pub(super) alert: bool,
    alerted: bool,
    /// Not stored as it is.
    pub(super) dirty: bool,
}

impl Entry {
    pub(super) fn of(row: HealthRow, now_ms: i64, policy: &Policy) -> Self {
        let HealthMemory { window, rests, failing_since_ms, alerted } = row.memory;
        let (breaker, rests) = match row.condition {
            Condition::Healthy | Condition::Failing { .. } => (Breaker::Closed, rests),
            Condition::Resting { until_ms, .. } => (Breaker::Open { until_ms }, rests.max(1)),
            Condition::Trying => (Breaker::Open { until_ms: now_ms }, rests.max(1)),
        };
        let surplus = window.len().saturating_sub(policy.window.max(1));
        Self {
            window: window.into_iter().skip(surplus).collect(),
            breaker,
            consecutive: row.consecutive_failures,
            rests,
            failing_since_ms,
            last_success_ms: row.last_success_ms,
            last_failure: row.last_failure,
            last_failure_ms: row.last_failure_ms,
            alert: row.alert,
            alerted,
            dirty: false,
        }
    }

    pub(super) fn row(&self, target: &Target, now_ms: i64, policy: &Policy) -> HealthRow {
        let window: Vec<Try> = self.window.iter().filter(|t| is_late(t.0, now_ms, policy)).copied().collect();
        let (tries, failed) = (number(window.len()), number(window.iter().filter(|t| !t.1).count()));
        let run = if self.is_run_over(now_ms, policy) { 0 } else { self.consecutive };
        let condition = match self.state(now_ms, policy) {
            State::Closed if failed == 0 => Condition::Healthy,
            State::Closed => Condition::Failing { failures: failed },
            State::Resting { until_ms } => Condition::Resting { until_ms, failures: run.max(failed) },
            State::HalfOpen | State::Probing { .. } => Condition::Trying,
        };
        let answered = u64::from(tries - failed) * 100;
        HealthRow {
            target: target.clone(),
            condition,
            success_percent: answered.checked_div(u64::from(tries)).and_then(|percent| u8::try_from(percent).ok()),
            tries,
            consecutive_failures: run,
            last_success_ms: self.last_success_ms,
            last_failure: self.last_failure.clone(),
            last_failure_ms: self.last_failure_ms,
            alert: self.alert,
            memory: HealthMemory { window, rests: self.rests, failing_since_ms: self.failing_since_ms, alerted: self.alerted },
        }
    }

    pub(super) fn state(&self, now_ms: i64, policy: &Policy) -> State {
        match self.breaker {
            Breaker::Closed => State::Closed,
            Breaker::Open { until_ms } if is_ahead(until_ms, now_ms, policy.longest_pause) => State::Resting { until_ms },
            Breaker::Probing { since_ms, .. } => {
                let until_ms = since_ms.saturating_add(millis(policy.probe_limit));
                if is_ahead(until_ms, now_ms, policy.probe_limit) { State::Probing { until_ms } } else { State::HalfOpen }
            }
            Breaker::Open { .. } => State::HalfOpen,
        }
    }

    /// An answer came.
    pub(super) fn heal(&mut self, target: &Target, now_ms: i64, policy: &Policy, changes: &mut Vec<Change>) {
        if !matches!(self.breaker, Breaker::Closed) {
            let failed_for = now_ms.saturating_sub(self.failing_since_ms.unwrap_or(now_ms));
            let after = Duration::from_millis(u64::try_from(failed_for).unwrap_or(0));
            changes.push(Change::Recovered { target: target.clone(), after });
            // Else the next failure alone could trip it by the rate.
            self.window.clear();
        }
        self.push(Try(now_ms, true), policy);
        self.breaker = Breaker::Closed;
        (self.consecutive, self.rests, self.failing_since_ms, self.alerted) = (0, 0, None, false);
        self.last_success_ms = Some(now_ms);
    }

    /// A failure that says something of this target.
    pub(super) fn fail(&mut self, failure: &Failure, now_ms: i64, policy: &Policy) {
        if self.is_run_over(now_ms, policy) {
            (self.consecutive, self.failing_since_ms) = (0, None);
        }
        self.push(Try(now_ms, false), policy);
        self.consecutive = self.consecutive.saturating_add(1);
        self.failing_since_ms.get_or_insert(now_ms);
        self.last_failure = Some(failure.clone());
        self.last_failure_ms = Some(now_ms);
    }

    /// Whether the failure just noted, of a question by `by`, begins a rest.
    pub(super) fn trips(&self, by: Option<&ModelId>, now_ms: i64, policy: &Policy) -> bool {
        match self.state(now_ms, policy) {
            State::Closed => {
                let failed = self.window.iter().filter(|t| !t.1).count();
                let worst = failed.saturating_mul(100) >= usize::from(policy.worst_rate).saturating_mul(self.window.len());
                let is_rate = failed >= 2 && self.window.len() >= policy.minimum.max(2) && worst;
                is_rate || self.consecutive >= policy.consecutive.max(2)
            }
            State::Resting { .. } => false,
            State::HalfOpen => true,
            // Another's failure, which may have begun long before, does not decide.
            State::Probing { .. } => self.is_tried_by(by),
        }
    }

    pub(super) fn rest(&mut self, target: &Target, now_ms: i64, jitter: f64, policy: &Policy, changes: &mut Vec<Change>) {
        let until_ms = now_ms.saturating_add(policy.pause_ms(self.rests, jitter));
        self.breaker = Breaker::Open { until_ms };
        self.rests = self.rests.saturating_add(1);
        changes.push(Change::Rests { target: target.clone(), until_ms });
        let failed_for = now_ms.saturating_sub(self.failing_since_ms.unwrap_or(now_ms));
        let is_persistent = self.rests >= policy.alert_rests || failed_for >= millis(policy.alert_after);
        if is_persistent && !self.alerted {
            (self.alert, self.alerted) = (true, true);
            changes.push(Change::Alert { target: target.clone() });
        }
    }

    pub(super) fn probe(&mut self, by: Option<&ModelId>, now_ms: i64) {
        self.breaker = Breaker::Probing { since_ms: now_ms, by: by.cloned() };
    }

    /// Whether the probe that is under way, or was given up, is `by`'s.
    pub(super) fn is_tried_by(&self, by: Option<&ModelId>) -> bool {
        matches!(&self.breaker, Breaker::Probing { by: own, .. } if own.as_ref() == by)
    }

    /// The probe decided nothing: the next one may begin.
    pub(super) fn give_back(&mut self) {
        self.breaker = Breaker::Open { until_ms: i64::MIN };
    }

    pub(super) fn seen(&mut self) {
        self.dirty |= self.alert;
        self.alert = false;
    }

    /// Failures far apart are no run, as long as the breaker is closed.
    fn is_run_over(&self, now_ms: i64, policy: &Policy) -> bool {
        let is_old = self.last_failure_ms.is_none_or(|at| !is_late(at, now_ms, policy));
        is_old && matches!(self.breaker, Breaker::Closed)
    }

    fn push(&mut self, new: Try, policy: &Policy) {
        self.window.retain(|t| is_late(t.0, new.0, policy));
        self.window.push_back(new);
        while self.window.len() > policy.window.max(1) {
            self.window.pop_front();
        }
        self.dirty = true;
    }
}

/// Whether a time is of late. Both ways, for a clock may be set back a little.
fn is_late(at_ms: i64, now_ms: i64, policy: &Policy) -> bool {
    i128::from(now_ms.abs_diff(at_ms)) <= i128::from(millis(policy.window_age))
}

/// Whether a time is still to come. One twice as far away as any that is given is of a clock that was set back since.
fn is_ahead(until_ms: i64, now_ms: i64, longest: Duration) -> bool {
    now_ms < until_ms && until_ms.saturating_sub(now_ms) <= millis(longest).saturating_mul(2)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
