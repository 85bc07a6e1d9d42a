//! How much may be asked in a minute, and how much is left of a day: limits of the configuration, and waits that servers ask for.
//!
//! What must stay true: time is passed in; a request that must wait has taken nothing of any limit; waiting for as long as was
//! said suffices, where nobody else asked in between.
//!
//! The limits are token buckets, as those of the providers are: a full one lets a minute's worth through at once, and is full
//! again after a minute. So in any one minute at most twice the limit goes through: the burst, and what came back meanwhile.

mod bucket;
mod pass;
mod quota;
#[cfg(test)]
mod tests;

pub use pass::{Bound, Pass, Taken};

use crate::domain::{BackendId, Limit, ModelId, Quota, QuotaStanding, QuotaState, Spent, Subject, Target};
use bucket::Bucket;
use std::collections::HashMap;
use std::time::Duration;

/// The longest wait that a server's word is taken for.
const LONGEST: Duration = Duration::from_secs(3600);

/// The limits, and what is used of them.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: HashMap<Subject, Buckets>,
    quotas: HashMap<BackendId, Quota>,
    not_before: HashMap<Target, Duration>,
}

/// The two limits of one subject.
#[derive(Debug)]
struct Buckets {
    limit: Limit,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

/// What a request takes of one bucket.
struct Need<'a> {
    bound: Bound,
    bucket: &'a Bucket,
    cells: u32,
}

impl Limits {
    /// Nothing of `limits` is used yet. Of two for one subject the last counts.
    pub fn new(limits: impl IntoIterator<Item = (Subject, Limit)>) -> Self {
        let mut new = Self::default();
        new.renew(limits, []);
        new
    }

    /// Takes over what another configuration says. What is used of a limit that stays the same stays used, and a server that asked
    /// for a wait is still waited for.
    pub fn renew(
        &mut self,
        limits: impl IntoIterator<Item = (Subject, Limit)>,
        quotas: impl IntoIterator<Item = (BackendId, Quota)>,
    ) {
        let mut old = std::mem::take(&mut self.buckets);
        for (subject, limit) in limits {
            let same = old.remove(&subject).filter(|buckets| buckets.limit == limit);
            self.buckets.insert(subject, same.unwrap_or_else(|| Buckets::new(limit)));
        }
        self.quotas = quotas.into_iter().collect();
    }

    /// Whether a request of about `tokens`, its answer included, may go to `model` of `backend`, at `now` since the program's start;
    /// and where it may, it is counted.
    ///
    /// All limits are asked, and the longest wait is told. If any of them refuses, each is set back to what it was before: the
    /// exclusive borrow makes the whole of it one step.
    pub fn check(&mut self, backend: &BackendId, model: &ModelId, tokens: u32, now: Duration) -> Pass {
        // None has no token at all.
        let tokens = tokens.max(1);
        let needs = self.needs(backend, model, tokens);
        if let Some(need) = needs.iter().find(|need| need.cells > need.bucket.most()) {
            return Pass::Never { bound: need.bound.clone(), tokens };
        }
        let before: Vec<u64> = needs.iter().map(|need| need.bucket.level()).collect();
        let mut wait = self.asked(backend, model, now);
        for need in &needs {
            if let Err(after) = need.bucket.take(need.cells, now)
                && wait.as_ref().is_none_or(|(longest, _)| after > *longest)
            {
                wait = Some((after, need.bound.clone()));
            }
        }
        if let Some((after, bound)) = wait {
            needs.iter().zip(before).for_each(|(need, level)| need.bucket.set(level));
            return Pass::Wait { after, bound };
        }
        let mut taken = Taken { tokens, of: Vec::new(), requests: Vec::new() };
        for need in &needs {
            match &need.bound {
                Bound::Tokens { subject, .. } => taken.of.push((subject.clone(), need.bucket.level())),
                Bound::Requests { subject, .. } => taken.requests.push((subject.clone(), need.bucket.level())),
                Bound::Asked { .. } => {}
            }
        }
        Pass::Go(taken)
    }

    /// Gives back what was taken for a request that was not sent, as far as time has not brought it back already.
    pub fn give_back(&mut self, taken: Taken, now: Duration) {
        for (subject, due) in &taken.requests {
            if let Some(bucket) = self.buckets.get(subject).and_then(|buckets| buckets.requests.as_ref()) {
                bucket.give_back(1, *due, now);
            }
        }
        self.settle(taken, 0, now);
    }

    /// Puts what a request really took, `tokens` in all, in place of what was taken for it. What it took beyond that is owed, up
    /// to a minute's worth more than the limit; what it did not take is given back, as far as time has not brought it back
    /// already. Where nobody counted, what was taken stays.
    pub fn settle(&mut self, taken: Taken, tokens: u32, now: Duration) {
        for (subject, due) in &taken.of {
            let Some(bucket) = self.buckets.get(subject).and_then(|buckets| buckets.tokens.as_ref()) else { continue };
            bucket.owe(tokens.saturating_sub(taken.tokens), now);
            bucket.give_back(taken.tokens.saturating_sub(tokens), *due, now);
        }
    }

    /// A server said when `target` may be asked again (`Retry-After`): until then [`Self::check`] says to wait, for an hour at most.
    /// A provider means all of its models by it; an Ollama server means the one that it has no room for now.
    pub fn not_before(&mut self, target: Target, retry_after: Duration, now: Duration) {
        self.not_before.retain(|_, until| *until > now);
        let until = now.saturating_add(retry_after.min(LONGEST));
        // Of two that were busy at once the later time counts.
        let kept = self.not_before.entry(target).or_insert(until);
        *kept = until.max(*kept);
    }

    /// Whether the quotas of `backend` leave room, where `used_today` is used.
    pub fn quota(&self, backend: &BackendId, used_today: &Spent) -> QuotaStanding {
        self.quotas.get(backend).map_or(QuotaStanding::Fine, |quota| quota::standing(quota, used_today))
    }

    /// How much of each quota of `backend` is used, where `used_today` is used; nothing where it has none.
    pub fn quota_states(&self, backend: &BackendId, used_today: &Spent) -> Vec<QuotaState> {
        self.quotas.get(backend).map_or_else(Vec::new, |quota| quota::states(quota, used_today))
    }

    /// The limits that a request touches, and what it takes of each.
    fn needs(&self, backend: &BackendId, model: &ModelId, tokens: u32) -> Vec<Need<'_>> {
        let subjects = [Subject::Provider(backend.clone()), Subject::Model(model.clone())];
        let mut needs = Vec::new();
        for subject in subjects {
            let Some(buckets) = self.buckets.get(&subject) else { continue };
            if let Some(bucket) = &buckets.requests {
                let bound = Bound::Requests { subject: subject.clone(), most: bucket.most() };
                needs.push(Need { bound, bucket, cells: 1 });
            }
            if let Some(bucket) = &buckets.tokens {
                let bound = Bound::Tokens { subject, most: bucket.most() };
                needs.push(Need { bound, bucket, cells: tokens });
            }
        }
        needs
    }

    /// How long a server asked to wait still, and who did.
    fn asked(&self, backend: &BackendId, model: &ModelId, now: Duration) -> Option<(Duration, Bound)> {
        let targets = [Target::Backend(backend.clone()), Target::Model(backend.clone(), model.clone())];
        let waits = targets.into_iter().filter_map(|target| {
            let left = self.not_before.get(&target)?.saturating_sub(now);
            (!left.is_zero()).then_some((left, Bound::Asked { target }))
        });
        waits.max_by_key(|(left, _)| *left)
    }
}

impl Buckets {
    fn new(limit: Limit) -> Self {
        let Limit { requests_per_minute, tokens_per_minute } = limit;
        Self { limit, requests: requests_per_minute.map(Bucket::new), tokens: tokens_per_minute.map(Bucket::new) }
    }
}
