//! How much may be asked: limits a minute, waits that servers asked for, and what of a day is spent.
//!
//! What must stay true: the lock is held for one check, never over a wait; what is refused has taken nothing.

use crate::config::Config;
use crate::domain::{BackendId, Cost, Limit, ModelId, Quota, QuotaStanding, QuotaState, Spent, Subject, Target};
use crate::routing::{Limits, Pass, Taken};
use crate::store::{Day, now_ms};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Where a server is busy and says no time, it is left alone for so long.
const BUSY: Duration = Duration::from_secs(2);

/// Counts what is asked. Clones share it: whoever asks next has to know of the one before, in whatever turn that was.
#[derive(Clone)]
pub(super) struct Meter {
    inner: Arc<Mutex<Inner>>,
    begun: Instant,
    /// Those who mean one model by a wait that they ask for.
    hosts: Arc<[BackendId]>,
}

struct Inner {
    limits: Limits,
    /// What each provider was sent on the last day on which it was sent something.
    days: HashMap<BackendId, OfDay>,
}

/// A request that was counted. Dropped, it is given back, unless it was sent.
pub(super) struct Counted {
    meter: Meter,
    taken: Option<Taken>,
    sent: bool,
}

impl Counted {
    /// It goes now: from here on it counts, whatever becomes of it.
    pub(super) fn send(&mut self) {
        self.sent = true;
    }

    /// Puts what it really took in place of what was taken for it; `None` where nobody counted.
    pub(super) fn settle(mut self, tokens: Option<u32>) {
        if let (Some(taken), Some(tokens)) = (self.taken.take(), tokens) {
            self.meter.settle(taken, tokens);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take().filter(|_| !self.sent) {
            self.meter.give_back(taken);
        }
    }
}

/// Whether a request may go now.
pub(super) enum Allowed {
    /// It may, and is counted.
    Go(Counted),
    /// It may not: a [`Pass`] that is not [`Pass::Go`].
    Not(Pass),
}

/// What a provider was sent in a day.
struct OfDay {
    day: Day,
    spent: Spent,
    /// Percent of a quota that the user was last told of.
    told: u32,
}

impl Inner {
    /// Of `day`; a new day begins with nothing.
    fn of_day(&mut self, backend: &BackendId, day: Day) -> &mut OfDay {
        let nothing = || OfDay { day, spent: Spent::default(), told: 0 };
        let of_day = self.days.entry(backend.clone()).or_insert_with(nothing);
        if of_day.day != day {
            *of_day = nothing();
        }
        of_day
    }

    fn spent(&self, backend: &BackendId, day: Day) -> Spent {
        self.days.get(backend).filter(|of_day| of_day.day == day).map_or_else(Spent::default, |of_day| of_day.spent)
    }
}

fn today() -> Day {
    Day::of(now_ms())
}

impl Meter {
    /// With the limits of the configuration.
    pub(super) fn new(config: &Config) -> Self {
        let some = |figure: u32| (figure > 0).then_some(figure);
        let limit = |requests, tokens| Limit { requests_per_minute: some(requests), tokens_per_minute: some(tokens) };
        let models = config
            .models
            .iter()
            .map(|row| (Subject::Model(row.id.clone()), limit(row.requests_per_minute, row.tokens_per_minute)));
        let providers = config
            .providers
            .iter()
            .map(|row| (Subject::Provider(row.id.clone()), limit(row.requests_per_minute, row.tokens_per_minute)));
        let quotas = config.providers.iter().map(|row| {
            let money = (row.dollars_per_day * 1e9).round() as u64;
            let tokens_per_day = Some(row.tokens_per_day).filter(|tokens| *tokens > 0);
            (row.id.clone(), Quota { tokens_per_day, money_per_day: (money > 0).then_some(Cost(money)) })
        });
        let mut limits = Limits::default();
        limits.renew(models.chain(providers).filter(|(_, limit)| *limit != Limit::default()), quotas);
        let inner = Inner { limits, days: HashMap::new() };
        let others = config.backends.iter().map(|row| row.id.clone());
        let hosts = std::iter::once(BackendId::ollama()).chain(others).collect();
        Self { inner: Arc::new(Mutex::new(inner)), begun: Instant::now(), hosts }
    }

    /// A poisoned lock means that a task crashed between two whole changes: what it guards is as good as before.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request of about `tokens` may go now; where it may, it is counted.
    pub(super) fn check(&self, backend: &BackendId, model: &ModelId, tokens: u32) -> Allowed {
        match self.lock().limits.check(backend, model, tokens, self.begun.elapsed()) {
            Pass::Go(taken) => Allowed::Go(Counted { meter: self.clone(), taken: Some(taken), sent: false }),
            pass => Allowed::Not(pass),
        }
    }

    fn settle(&self, taken: Taken, tokens: u32) {
        self.lock().limits.settle(taken, tokens, self.begun.elapsed());
    }

    fn give_back(&self, taken: Taken) {
        self.lock().limits.give_back(taken, self.begun.elapsed());
    }

    /// A server has too much to do, and may have said until when.
    pub(super) fn busy(&self, backend: &BackendId, model: &ModelId, retry_after: Option<Duration>) {
        let target = match self.hosts.contains(backend) {
            true => Target::Model(backend.clone(), model.clone()),
            false => Target::Backend(backend.clone()),
        };
        self.lock().limits.not_before(target, retry_after.unwrap_or(BUSY), self.begun.elapsed());
    }

    /// A provider was sent so much more. Counted at once: the next question may come before it is stored.
    pub(super) fn spend(&self, backend: &BackendId, day: Day, more: Spent) {
        let mut inner = self.lock();
        let spent = &mut inner.of_day(backend, day).spent;
        spent.tokens = spent.tokens.saturating_add(more.tokens);
        spent.money = Cost(spent.money.0.saturating_add(more.money.0));
    }

    /// What a provider was sent in `day` by all runs, as it is stored. Never less than was counted here.
    pub(super) fn spent(&self, backend: &BackendId, day: Day, stored: Spent) {
        let mut inner = self.lock();
        if inner.days.get(backend).is_some_and(|of_day| of_day.day > day) {
            // It was stored late: another day has begun.
            return;
        }
        let spent = &mut inner.of_day(backend, day).spent;
        spent.tokens = spent.tokens.max(stored.tokens);
        spent.money = spent.money.max(stored.money);
    }

    /// Whether the quotas of a provider leave room today.
    pub(super) fn quota(&self, backend: &BackendId) -> QuotaStanding {
        self.quota_on(backend, today())
    }

    fn quota_on(&self, backend: &BackendId, day: Day) -> QuotaStanding {
        let inner = self.lock();
        inner.limits.quota(backend, &inner.spent(backend, day))
    }

    /// Percent of a quota that is nearly used up, where the user was not told of it yet: again at each twentieth.
    pub(super) fn news(&self, backend: &BackendId) -> Option<u32> {
        self.news_on(backend, today())
    }

    fn news_on(&self, backend: &BackendId, day: Day) -> Option<u32> {
        let QuotaStanding::Near { percent } = self.quota_on(backend, day) else { return None };
        let mut inner = self.lock();
        let told = &mut inner.of_day(backend, day).told;
        let news = percent >= *told + 5;
        *told = if news { percent } else { *told };
        news.then_some(percent)
    }

    /// How much of each quota of a provider is used.
    pub(super) fn quotas(&self, backend: &BackendId) -> Vec<QuotaState> {
        let inner = self.lock();
        inner.limits.quota_states(backend, &inner.spent(backend, today()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, load};

    fn meter(text: &str) -> Meter {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Meter::new(&load(&Layers { user: Some(path), ..Layers::default() }).unwrap().config)
    }

    #[tokio::test(start_paused = true)]
    async fn limits_are_those_of_the_configuration_and_a_busy_server_is_left_alone() {
        let meter = meter("[[models]]\nid = \"m:1\"\nrequests_per_minute = 2\n");
        let (ollama, model, other) = (BackendId::ollama(), ModelId::new("m:1"), ModelId::new("n:1"));
        let goes = |model: &ModelId| match meter.check(&ollama, model, 10) {
            Allowed::Go(mut counted) => {
                counted.send();
                true
            }
            Allowed::Not(_) => false,
        };
        assert_eq!([goes(&model), goes(&model), goes(&model), goes(&other)], [true, true, false, true]);
        tokio::time::advance(Duration::from_secs(31)).await;
        // What was not sent then takes nothing.
        drop(meter.check(&ollama, &model, 10));
        assert!(goes(&model) && !goes(&model));
        meter.busy(&ollama, &other, None);
        assert!(!goes(&other));
        tokio::time::advance(BUSY).await;
        assert!(goes(&other));
    }

    #[tokio::test]
    async fn quotas_are_told_of_before_they_bite_and_not_at_every_step() {
        let meter = meter("[[providers]]\nid = \"openai\"\ntokens_per_day = 1000\ndollars_per_day = 1.5\n");
        let (openai, day) = (BackendId::new("openai"), today());
        for (tokens, nano, standing, news) in [
            (100, 0, QuotaStanding::Fine, None),
            (820, 0, QuotaStanding::Near { percent: 82 }, Some(82)),
            (840, 0, QuotaStanding::Near { percent: 84 }, None),
            (840, 1_350_000_000, QuotaStanding::Near { percent: 90 }, Some(90)),
            (1000, 0, QuotaStanding::Over, None),
        ] {
            meter.spent(&openai, day, Spent { tokens, money: Cost(nano) });
            assert_eq!((meter.quota_on(&openai, day), meter.news_on(&openai, day)), (standing, news), "{tokens} {nano}");
        }
        // What another run stored meanwhile counts, and what is stored late takes nothing away.
        meter.spent(&openai, day, Spent { tokens: 900, money: Cost(0) });
        assert_eq!(meter.quota_on(&openai, day), QuotaStanding::Over);
        // A new day: there is room again, and it is told anew when that becomes little.
        let next = Day(day.0 + 1);
        assert_eq!((meter.quota_on(&openai, next), meter.news_on(&openai, next)), (QuotaStanding::Fine, None));
        meter.spend(&openai, next, Spent { tokens: 500, money: Cost(0) });
        meter.spend(&openai, next, Spent { tokens: 350, money: Cost(0) });
        // What was stored of the day before comes late, and says nothing of this one.
        meter.spent(&openai, day, Spent { tokens: 900, money: Cost(0) });
        assert_eq!(meter.quota_on(&openai, next), QuotaStanding::Near { percent: 85 });
        assert_eq!(meter.news_on(&openai, next), Some(85));
        assert_eq!(meter.quotas(&openai).len(), 2);
        assert_eq!(meter.quota(&BackendId::new("groq")), QuotaStanding::Fine);
    }
}
