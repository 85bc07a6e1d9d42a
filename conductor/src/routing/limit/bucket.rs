//! One limit: governor's algorithm over a clock and a state of ours.
//!
//! What must stay true: no number that comes from outside makes governor's arithmetic overflow.
//!
//! The generic cell rate algorithm keeps one number, the *level*: the time at which the bucket is full again, in nanoseconds since
//! the program's start. A request of n cells moves it n times the interval of a cell into the future, and is refused where it would
//! then be more than a whole bucket ahead of now. See ITU-T I.371, annex A; `governor::Quota` on bursts.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const MINUTE_NS: u64 = 60_000_000_000;

/// What a limiter shares with us: its clock's time, or its level. Only one thread at a time uses a bucket, but a limiter wants what
/// may be shared.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<AtomicU64>);

impl Shared {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// It shows what it was set to.
impl Clock for Shared {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.get())
    }
}

/// A level that can be read and set back, which governor's own state cannot.
impl StateStore for Shared {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        loop {
            let before = self.get();
            let (told, after) = decide(Some(Nanos::new(before)))?;
            if self.0.compare_exchange(before, after.as_u64(), Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Ok(told);
            }
        }
    }
}

/// So many cells a minute.
#[derive(Debug)]
pub(super) struct Bucket {
    most: u32,
    /// In how many nanoseconds a cell comes back: rounded up, so that never more than the limit do.
    cell_ns: u64,
    clock: Shared,
    level: Shared,
    /// `None` where nothing is allowed at all.
    limiter: Option<RateLimiter<NotKeyed, Shared, Shared, NoOpMiddleware<Nanos>>>,
}

impl Bucket {
    pub(super) fn new(most: u32) -> Self {
        let (clock, level) = (Shared::default(), Shared::default());
        let cell_ns = MINUTE_NS.div_ceil(u64::from(most.max(1)));
        let quota = NonZeroU32::new(most)
            .and_then(|burst| Quota::with_period(Duration::from_nanos(cell_ns)).map(|quota| quota.allow_burst(burst)));
        // The clock stands at 0: levels and times of this limiter count from there.
        let limiter = quota.map(|quota| RateLimiter::new(quota, level.clone(), clock.clone()));
        Self { most, cell_ns, clock, level, limiter }
    }

    /// How many cells a full bucket has, and come back in a minute.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// Takes `cells`, or tells how long to wait for them. More than there ever are cannot be waited for, and are refused for
    /// the longest time there is.
    pub(super) fn take(&self, cells: u32, now: Duration) -> Result<(), Duration> {
        // Governor multiplies before it compares: a number of cells that is out of all proportion overflows there.
        let fitting = NonZeroU32::new(cells).filter(|_| cells <= self.most);
        let (Some(limiter), Some(cells)) = (&self.limiter, fitting) else {
            return if cells == 0 { Ok(()) } else { Err(Duration::MAX) };
        };
        self.clock.set(nanos(now));
        match limiter.check_n(cells) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => Err(refused.wait_time_from(self.clock.now())),
            Err(_) => Err(Duration::MAX),
        }
    }

    /// When it is full again, in nanoseconds since the start; a time past where it is.
    pub(super) fn level(&self) -> u64 {
        self.level.get()
    }

    /// Sets the level back to what it was.
    pub(super) fn set(&self, level: u64) {
        self.level.set(level);
    }

    /// Takes `cells` whether they are there or not: the next must wait for longer. At most a whole bucket is owed.
    pub(super) fn owe(&self, cells: u32, now: Duration) {
        if cells == 0 {
            return;
        }
        let (now, level) = (nanos(now), self.level.get());
        let worst = now.saturating_add(self.worth(self.most).saturating_mul(2));
        let owed = level.max(now).saturating_add(self.worth(cells));
        self.level.set(owed.min(worst).max(level));
    }

    /// Gives back `cells` of a request that made the level `due`: no more than time has not brought back yet, else they would come
    /// back twice.
    pub(super) fn give_back(&self, cells: u32, due: u64, now: Duration) {
        let left = due.saturating_sub(nanos(now));
        self.level.set(self.level.get().saturating_sub(self.worth(cells).min(left)));
    }

    fn worth(&self, cells: u32) -> u64 {
        self.cell_ns.saturating_mul(u64::from(cells))
    }
}

/// Far below the largest number: governor adds without checking.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_full_again_after_a_minute() {
        for most in [1, 2, 3, 7, 20, 60, 1000, 29_999, 10_000_000, u32::MAX] {
            let bucket = Bucket::new(most);
            let at = Duration::from_secs(5);
            assert_eq!(bucket.take(most, at), Ok(()), "{most}");
            let wait = bucket.take(1, at).unwrap_err();
            assert_eq!(wait.as_nanos() as u64, bucket.cell_ns, "{most}");
            let wait = bucket.take(most, at).unwrap_err();
            assert!(wait >= Duration::from_secs(60) && wait <= Duration::from_secs(65), "{most}: {wait:?}");
            assert_eq!(bucket.take(most, at + wait), Ok(()), "{most}");
        }
    }

    #[test]
    fn numbers_out_of_all_proportion_do_not_overflow() {
        for most in [0, 1, 2, u32::MAX] {
            for now in [Duration::ZERO, Duration::MAX] {
                let bucket = Bucket::new(most);
                for cells in [0, 1, 2, u32::MAX] {
                    let got = bucket.take(cells, now);
                    assert_eq!(got == Err(Duration::MAX), cells > most, "{cells} of {most} at {now:?}: {got:?}");
                }
                bucket.owe(u32::MAX, now);
                bucket.owe(u32::MAX, now);
                bucket.give_back(u32::MAX, u64::MAX, now);
                assert!(bucket.level() <= nanos(now) + 3 * MINUTE_NS, "{most} at {now:?}");
            }
        }
    }
}
