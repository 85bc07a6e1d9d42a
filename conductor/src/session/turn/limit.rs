//! Before a candidate is asked: whether so much may be asked now.

use super::Turn;
use super::receive::End;
use crate::domain::{Candidate, Failure, FailureKind, Location, QuotaStanding, Waits};
use crate::protocol::Notice;
use crate::routing::Pass;
use crate::session::describe;
use crate::session::meter::{Allowed, Counted};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// So long a question waits for its turn rather than go to another model; one without another waits as long as it takes.
const SHORT: Duration = Duration::from_secs(5);

/// What a request really took, where that is known; gives what stays counted while the user is asked about it.
pub(super) fn settle(end: &mut End, counted: Option<Counted>) -> Option<Counted> {
    match end {
        End::Came(received, _) => {
            let of_second = received.won.as_mut().map(|won| won.counted.take());
            // Of the first nobody counted, where another answered.
            let of_answer = of_second.unwrap_or(counted);
            of_answer.into_iter().for_each(|counted| counted.settle(received.usage.total()));
            None
        }
        End::Asks(_) => counted,
        End::Nothing(_) => None,
    }
}

impl Turn {
    /// Waits until `candidate` may be asked about `tokens`, and counts it.
    pub(super) async fn turn_to_ask(
        &self,
        candidate: &Candidate,
        tokens: u32,
        is_last: bool,
        cancel: &mut oneshot::Receiver<()>,
    ) -> Result<Counted, Failure> {
        let (backend, model) = (&candidate.backend, &candidate.model);
        self.within_quota(candidate).await?;
        loop {
            let pass = match self.meter.check(backend, model, tokens) {
                Allowed::Go(counted) => return Ok(counted),
                Allowed::Not(pass) => pass,
            };
            let words = pass.words().unwrap_or_default();
            match pass {
                Pass::Wait { after, .. } if is_last || after <= SHORT => {
                    let ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                    self.waits(candidate, Waits::Turn { ms }).await;
                    tokio::select! {
                        biased;
                        _ = &mut *cancel => return Err(describe::cancelled()),
                        () = sleep(after) => {}
                    }
                    self.waits(candidate, Waits::Answer).await;
                }
                Pass::Wait { .. } => {
                    let hint = "ask again then, or raise its limits under [[models]] and [[providers]]";
                    return Err(Failure::new(FailureKind::Busy, words, hint).of(backend, model));
                }
                Pass::Never { .. } | Pass::Go(_) => {
                    let hint =
                        "shorten the question, begin anew with `/new`, or raise its limits under [[models]] and [[providers]]";
                    return Err(Failure::new(FailureKind::Busy, words, hint).of(backend, model));
                }
            }
        }
    }

    /// Says when a quota is nearly used up, and refuses when it is.
    async fn within_quota(&self, candidate: &Candidate) -> Result<(), Failure> {
        let backend = &candidate.backend;
        if candidate.location == Location::Local {
            return Ok(());
        }
        if self.meter.quota(backend) == QuotaStanding::Over {
            let what = format!("today's quota of {backend} is used up, so {} was not asked", candidate.model);
            let hint =
                format!("ask a local model, wait until tomorrow (UTC), or raise the quota of {backend} under [[providers]]");
            return Err(Failure::new(FailureKind::Busy, what, hint).of(backend, &candidate.model));
        }
        if let Some(percent) = self.meter.news(backend) {
            let what = format!("{percent}% of today's quota of {backend} is used");
            self.notice(Notice::warning(what, "above 100% it is not asked until tomorrow (UTC)")).await;
        }
        Ok(())
    }
}
