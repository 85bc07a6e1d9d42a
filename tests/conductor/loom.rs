//! The semaphore under a model checker, which plays every order in which threads can meet.
//!
//! What must stay true: the source is the program's own; only its lock, its counter of owners and its clock are the checker's.

use loom::future::block_on;
use loom::model::Builder;
use loom::thread;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

mod sync {
    pub(super) use loom::sync::{Arc, Mutex};
    pub(super) use std::sync::PoisonError;
    use std::time::Duration;

    /// Time stands still: nobody ages.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Instant;

    impl Instant {
        pub(super) fn now() -> Self {
            Self
        }

        pub(super) fn duration_since(self, _: Self) -> Duration {
            Duration::ZERO
        }
    }
}

#[allow(dead_code, unreachable_pub, reason = "the program uses more of it, from elsewhere")]
#[path = "../../conductor/src/gpu/semaphore.rs"]
mod semaphore;

use semaphore::{Fairness, Priority, WeightedSemaphore};

const FAIRNESS: Fairness = Fairness { bypass: 1, ageing: Duration::from_secs(60) };

/// Plays `scene` in all orders with at most so many preemptions: two find what three find in nearly all defects (Musuvathi and
/// Qadeer, "Iterative context bounding", PLDI 2007), in a fraction of the time.
fn check(scene: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(scene);
}

/// Polls once, and gives up where it has to wait.
async fn impatient(semaphore: &WeightedSemaphore, weight: u64) {
    let mut acquire = pin!(semaphore.acquire(weight, Priority::User));
    poll_fn(|context| {
        let _permit = acquire.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

#[test]
fn two_are_never_inside_at_once_and_both_get_in() {
    check(|| {
        let semaphore = WeightedSemaphore::new(3, FAIRNESS);
        let inside = std::sync::Arc::new(AtomicU64::new(0));
        let enter = |semaphore: WeightedSemaphore, inside: std::sync::Arc<AtomicU64>, weight| {
            move || {
                let permit = block_on(semaphore.acquire(weight, Priority::User)).unwrap();
                assert!(inside.fetch_add(weight, Ordering::SeqCst) + weight <= 3);
                inside.fetch_sub(weight, Ordering::SeqCst);
                drop(permit);
            }
        };
        let other = thread::spawn(enter(semaphore.clone(), inside.clone(), 2));
        enter(semaphore.clone(), inside, 3)();
        other.join().unwrap();
        assert_eq!((semaphore.in_use(), semaphore.waiting()), (0, 0));
    });
}

#[test]
fn who_gives_up_takes_no_wake_up_along() {
    check(|| {
        let semaphore = WeightedSemaphore::new(1, FAIRNESS);
        let held = semaphore.try_acquire(1).unwrap();
        let gives_up = {
            let semaphore = semaphore.clone();
            thread::spawn(move || block_on(impatient(&semaphore, 1)))
        };
        let waits = {
            let semaphore = semaphore.clone();
            thread::spawn(move || drop(block_on(semaphore.acquire(1, Priority::User)).unwrap()))
        };
        drop(held);
        gives_up.join().unwrap();
        waits.join().unwrap();
        assert_eq!((semaphore.in_use(), semaphore.waiting()), (0, 0));
    });
}

#[test]
fn more_room_wakes_and_less_refuses_whoever_waits() {
    check(|| {
        let semaphore = WeightedSemaphore::new(1, FAIRNESS);
        let held = semaphore.try_acquire(1).unwrap();
        let waits = {
            let semaphore = semaphore.clone();
            thread::spawn(move || block_on(semaphore.acquire(1, Priority::Background)).is_ok())
        };
        semaphore.resize(2);
        assert!(waits.join().unwrap());
        let waits = {
            let semaphore = semaphore.clone();
            thread::spawn(move || block_on(semaphore.acquire(2, Priority::User)).is_ok())
        };
        semaphore.resize(1);
        drop(held);
        // Refused, or granted before there was less.
        let _ = waits.join().unwrap();
        assert_eq!((semaphore.in_use(), semaphore.waiting()), (0, 0));
    });
}

#[test]
fn an_estimate_that_shrinks_wakes_whoever_then_fits() {
    check(|| {
        let semaphore = WeightedSemaphore::new(2, FAIRNESS);
        let mut held = semaphore.take(2);
        let waits = {
            let semaphore = semaphore.clone();
            thread::spawn(move || drop(block_on(semaphore.acquire(1, Priority::User)).unwrap()))
        };
        held.adjust(1);
        waits.join().unwrap();
        assert_eq!(semaphore.in_use(), 1);
    });
}
