//! When a breaker trips, how long a rest lasts, and whom a failure hurts.
//!
//! What must stay true: a pause is never longer than the longest; what says nothing of a target's health hurts nobody.

use crate::domain::{FailureKind, Target};
use std::time::Duration;

/// The numbers of the breakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many tries of a target are remembered. At least 1.
    pub window: usize,
    /// Older tries do not count, and failures further apart are no run.
    pub window_age: Duration,
    /// How many tries a rate needs to say anything. At least 2.
    pub minimum: usize,
    /// A breaker trips where this many in a hundred tries failed, or more.
    pub worst_rate: u8,
    /// It trips on this many failures in a row, too. At least 2.
    pub consecutive: u32,
    /// The longest that the first rest may be.
    pub first_pause: Duration,
    /// The longest of all rests.
    pub longest_pause: Duration,
    /// The shortest: chance may say 0, and a server is not asked again at once.
    pub shortest_pause: Duration,
    /// A probe that has not come back by then is given up.
    pub probe_limit: Duration,
    /// The user is alerted at this rest in a row without an answer between...
    pub alert_rests: u32,
    /// ... or where a target that rests has failed for so long.
    pub alert_after: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            window: 20,
            window_age: Duration::from_secs(600),
            minimum: 5,
            worst_rate: 50,
            consecutive: 3,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            shortest_pause: Duration::from_millis(250),
            probe_limit: Duration::from_secs(60),
            alert_rests: 3,
            alert_after: Duration::from_secs(300),
        }
    }
}

impl Policy {
    /// How long the rest lasts after `before` others without an answer, in milliseconds: exponential backoff with full jitter.
    ///
    /// `random(0, min(cap, base * 2^attempt))`, Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015; here
    /// not below the shortest pause.
    pub(super) fn pause_ms(&self, before: u32, jitter: f64) -> i64 {
        let longest = millis(self.longest_pause);
        let most = millis(self.first_pause).saturating_mul(1 << before.min(40)).min(longest);
        // The cast saturates, and makes 0 of what is no number.
        let drawn = (most as f64 * jitter.clamp(0.0, 1.0)) as i64;
        drawn.max(millis(self.shortest_pause)).min(longest)
    }
}

/// In whole milliseconds.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Whom a failure of a question to `asked` hurts. A server that is not reached says nothing of its models, and a model that
/// stops nothing of the others. What a probe of a backend alone gets has no model to blame.
pub(super) fn hurt(asked: &Target, kind: FailureKind) -> Option<Target> {
    match kind {
        FailureKind::Unreachable => Some(Target::Backend(asked.backend().clone())),
        FailureKind::Stalled | FailureKind::Broken | FailureKind::Empty => Some(asked.clone()),
        // Missing is not sick.
        FailureKind::NotFound
        // It says when it may be asked again: a limit, no sickness.
        | FailureKind::Busy
        // It says something about sizes.
        | FailureKind::OutOfMemory
        // These are about the question.
        | FailureKind::TooLong
        | FailureKind::Refused
        // These are ours, or the user's.
        | FailureKind::NotSealed
        | FailureKind::Denied
        | FailureKind::NoCandidate
        | FailureKind::Cancelled
        | FailureKind::Storage => None,
    }
}
