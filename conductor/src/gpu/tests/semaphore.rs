//! Who goes on when, as data; and random histories against a few rules.

use crate::gpu::semaphore::*;
use Priority::{Background, User};
use proptest::prelude::*;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::time::Instant;

const AGEING: Duration = Duration::from_secs(60);

fn semaphore(capacity: u64, bypass: u32) -> WeightedSemaphore {
    WeightedSemaphore::new(capacity, Fairness { bypass, ageing: AGEING })
}

/// Polls once.
async fn poll(acquire: &mut Acquire) -> Option<Result<Permit, TooLarge>> {
    let mut acquire = pin!(acquire);
    poll_fn(|context| {
        Poll::Ready(match acquire.as_mut().poll(context) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        })
    })
    .await
}

/// What happens: a waiter comes, `+weight` (the user's) or `~weight` (the background's), named by its turn from 0; `/n` gives up;
/// `-weight` frees that much of what is held from the start; `>seconds` passes; `!1` and `!0` say that the user goes first, and that it
/// changes something or does not. Gives who went on, in order.
async fn went_on(capacity: u64, bypass: u32, acts: &str) -> String {
    let semaphore = semaphore(capacity, bypass);
    let mut held = semaphore.take(capacity);
    let mut waiters: Vec<Option<Acquire>> = Vec::new();
    let (mut permits, mut order) = (Vec::new(), Vec::new());
    for act in acts.split(' ') {
        let (kind, figure) = act.split_at(1);
        let figure: u64 = figure.parse().unwrap();
        match kind {
            "+" => waiters.push(Some(semaphore.acquire(figure, User))),
            "~" => waiters.push(Some(semaphore.acquire(figure, Background))),
            "/" => waiters[usize::try_from(figure).unwrap()] = None,
            "-" => held.adjust(held.weight() - figure),
            "!" => assert_eq!(semaphore.user_first(), figure == 1, "{acts}"),
            ">" => tokio::time::advance(Duration::from_secs(figure)).await,
            other => panic!("{other}"),
        }
        for (name, waiter) in waiters.iter_mut().enumerate() {
            if let Some(acquire) = waiter
                && let Some(result) = poll(acquire).await
            {
                permits.push(result.unwrap());
                order.push(name.to_string());
                *waiter = None;
            }
        }
    }
    let held: u64 = permits.iter().chain([&held]).map(Permit::weight).sum();
    assert_eq!(semaphore.in_use(), held, "{acts}");
    assert_eq!(semaphore.waiting(), waiters.iter().flatten().count(), "{acts}");
    drop((permits, held));
    order.join(" ")
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_when_something_comes_free() {
    for (what, capacity, bypass, acts, order) in [
        ("by arrival", 10, 0, "+5 +5 -5 -5", "0 1"),
        ("the user before the background", 10, 0, "~5 +5 -5 -5", "1 0"),
        ("a background waiter that has aged counts as a user's", 10, 0, "~5 >60 +5 -5 -5", "0 1"),
        ("not before it has", 10, 0, "~5 >59 +5 -5 -5", "1 0"),
        ("but where the user is said to go first it is passed", 10, 0, "~5 >60 +5 !1 -5 -5", "1 0"),
        ("by one of them", 10, 0, "~5 >60 +5 +5 !1 !0 -5 -5 -0", "1 0"),
        ("and whoever gives up takes that back", 10, 0, "~5 >60 +5 !1 /1 +5 -5", "0"),
        ("without anybody of the user's it says nothing", 10, 0, "~5 >60 !0 +5 -5", "0"),
        ("who fits goes on as soon as it is said", 10, 0, "~5 >60 +2 -2 !1", "1"),
        ("without a bypass a large one blocks all behind it", 10, 0, "+8 +2 +2 -4", ""),
        ("two may pass it", 10, 2, "+8 +2 +2 +2 -6", "1 2"),
        ("then the room is kept until it fits", 10, 2, "+8 +2 +2 +2 -6 -4", "1 2"),
        ("and the rest comes after it", 12, 2, "+8 +2 +2 +2 -4 -8", "1 2 0"),
        ("one that comes later may pass at once", 10, 1, "+8 -4 +4", "1"),
        ("each that is passed counts it", 10, 1, "+8 +7 +1 +1 -2", "2"),
        ("the background passes the user only where it does not fit", 10, 1, "+8 ~2 -2", "1"),
        ("who gives up lets the next go on", 10, 0, "+8 +2 -4 /0", "1"),
        ("who gives up in the middle", 10, 0, "+5 +5 +5 /1 -5 -5", "0 2"),
        ("nothing at all is had though nothing is free", 10, 0, "+0", "0"),
        ("but behind those who wait", 10, 0, "+1 +0", ""),
    ] {
        assert_eq!(went_on(capacity, bypass, acts).await, order, "{what}");
    }
}

#[tokio::test]
async fn what_is_free_is_had_at_the_first_poll() {
    let semaphore = semaphore(10, 0);
    let first = poll(&mut semaphore.acquire(4, Background)).await.unwrap().unwrap();
    assert_eq!((first.weight(), semaphore.in_use(), semaphore.free(), semaphore.waiting()), (4, 4, 6, 0));
    assert!(semaphore.try_acquire(7).is_none());
    let second = semaphore.try_acquire(6).unwrap();
    let mut waiting = semaphore.acquire(1, User);
    assert!(poll(&mut waiting).await.is_none());
    drop(second);
    assert!(semaphore.try_acquire(5).is_some(), "the waiter has its permit, though it has not heard of it");
    assert!(semaphore.try_acquire(6).is_none());
    drop((first, waiting));
    assert_eq!(semaphore.in_use(), 0, "granted and never heard of is given back");
}

#[tokio::test]
async fn more_than_there_is_is_refused_at_once_and_as_soon_as_it_is_so() {
    let semaphore = semaphore(10, 0);
    let refused = poll(&mut semaphore.acquire(11, User)).await.unwrap().unwrap_err();
    assert_eq!(refused, TooLarge { weight: 11, capacity: 10 });
    let held = semaphore.take(10);
    let (mut large, mut small) = (semaphore.acquire(8, User), semaphore.acquire(3, Background));
    assert!(poll(&mut large).await.is_none() && poll(&mut small).await.is_none());
    semaphore.resize(7);
    assert_eq!(poll(&mut large).await.unwrap().unwrap_err(), TooLarge { weight: 8, capacity: 7 });
    assert!(poll(&mut small).await.is_none());
    assert_eq!((semaphore.in_use(), semaphore.free()), (10, 0), "what is held stays held");
    semaphore.resize(13);
    assert!(poll(&mut small).await.unwrap().is_ok());
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn what_the_next_in_line_lacks() {
    let semaphore = semaphore(10, 3);
    assert_eq!(semaphore.shortfall(), None);
    let mut held = semaphore.take(9);
    let (mut background, mut user) = (semaphore.acquire(4, Background), semaphore.acquire(6, User));
    assert!(poll(&mut background).await.is_none());
    let since = Instant::now();
    let want = Shortfall { weight: 4, missing: 3, priority: Background, passed: 0, since };
    assert_eq!(semaphore.shortfall(), Some(want));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(poll(&mut user).await.is_none());
    let now = Instant::now();
    assert_eq!(semaphore.shortfall(), Some(Shortfall { weight: 6, missing: 5, priority: User, passed: 0, since: now }));
    let mut passes = semaphore.acquire(1, User);
    let _one = poll(&mut passes).await.unwrap().unwrap();
    assert_eq!(semaphore.shortfall().map(|shortfall| (shortfall.missing, shortfall.passed)), Some((6, 1)));
    tokio::time::advance(AGEING).await;
    assert_eq!(semaphore.shortfall().map(|shortfall| shortfall.priority), Some(Background), "it has aged, and came first");
    // What is there takes more than was thought.
    held.adjust(20);
    assert_eq!((semaphore.shortfall().map(|shortfall| shortfall.missing), semaphore.free()), (Some(15), 0));
}

/// The wakers are really called: the tasks are polled by a runtime that polls nothing else.
#[tokio::test]
async fn those_who_wait_are_woken() {
    let semaphore = semaphore(1, 0);
    let held = semaphore.take(1);
    let tasks: Vec<_> = (0..100)
        .map(|at| {
            let semaphore = semaphore.clone();
            let priority = if at % 2 == 0 { User } else { Background };
            tokio::spawn(async move { drop(semaphore.acquire(1, priority).await.unwrap()) })
        })
        .collect();
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(semaphore.waiting(), 100);
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((semaphore.waiting(), semaphore.in_use()), (0, 0));
}

/// A waker that looks at the semaphore when it is called, and when it is dropped.
struct Nosy(WeightedSemaphore);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.0.free();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.waiting();
    }
}

#[test]
fn wakers_are_called_and_dropped_without_the_lock() {
    let semaphore = semaphore(2, 0);
    let held = semaphore.take(2);
    let ask = |weight| {
        let mut acquire = semaphore.acquire(weight, User);
        // The second waker takes the place of the first.
        for _ in 0..2 {
            let waker = Waker::from(Arc::new(Nosy(semaphore.clone())));
            assert!(pin!(&mut acquire).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        acquire
    };
    let (gives_up, too_large, granted) = (ask(1), ask(2), ask(1));
    drop(gives_up);
    semaphore.resize(1);
    drop(held);
    assert_eq!((semaphore.in_use(), semaphore.waiting()), (1, 0));
    drop((too_large, granted));
    assert_eq!(semaphore.in_use(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_becomes_first_in_line_by_its_age_goes_on_when_the_line_is_looked_at() {
    let semaphore = semaphore(10, 0);
    let _held = semaphore.take(5);
    let mut old = semaphore.acquire(4, Background);
    let mut blocks = semaphore.acquire(6, User);
    let held = semaphore.take(5);
    assert!(poll(&mut old).await.is_none() && poll(&mut blocks).await.is_none());
    drop(held);
    assert!(poll(&mut old).await.is_none(), "the user's is first, and does not fit");
    tokio::time::advance(AGEING).await;
    assert!(semaphore.shortfall().is_some_and(|shortfall| shortfall.weight == 6));
    assert!(poll(&mut old).await.is_some_and(|permit| permit.is_ok()));
}

#[derive(Debug, Clone)]
enum Act {
    Come {
        weight: u64,
        user: bool,
    },
    /// Nearest to this place of those who wait, or hold.
    GiveUp(usize),
    Release(usize),
    Adjust(usize, u64),
    Resize(u64),
    Pass(u64),
    UserFirst,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (0..12_u64, any::<bool>()).prop_map(|(weight, user)| Act::Come { weight, user }),
        2 => any::<usize>().prop_map(Act::GiveUp),
        4 => any::<usize>().prop_map(Act::Release),
        1 => (any::<usize>(), 0..12_u64).prop_map(|(at, weight)| Act::Adjust(at, weight)),
        1 => (1..16_u64).prop_map(Act::Resize),
        1 => (0..90_u64).prop_map(Act::Pass),
        1 => Just(Act::UserFirst),
    ]
}

const BYPASS: u32 = 3;

/// The rules that hold whenever all have heard of what they were granted.
fn rules(semaphore: &WeightedSemaphore, permits: &[Permit], waiting: &[Acquire]) -> Result<(), TestCaseError> {
    let held: u64 = permits.iter().map(Permit::weight).sum();
    prop_assert_eq!((semaphore.in_use(), semaphore.waiting()), (held, waiting.len()), "what is held is what is counted");
    if let Some(shortfall) = semaphore.shortfall() {
        prop_assert!(shortfall.missing > 0, "first in line, fits, and waits");
        prop_assert!(shortfall.passed <= BYPASS, "passed {} times", shortfall.passed);
        prop_assert!(shortfall.weight <= semaphore.capacity(), "waits for ever");
    }
    Ok(())
}

async fn play(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let semaphore = semaphore(10, BYPASS);
    let (mut waiting, mut permits): (Vec<Acquire>, Vec<Permit>) = (Vec::new(), Vec::new());
    for act in acts {
        let before = semaphore.in_use();
        let mut forced = false;
        match act {
            Act::Come { weight, user } => {
                let mut acquire = semaphore.acquire(weight, if user { User } else { Background });
                match poll(&mut acquire).await {
                    Some(Ok(permit)) => permits.push(permit),
                    Some(Err(refused)) => prop_assert!(refused.weight > refused.capacity),
                    None => waiting.push(acquire),
                }
            }
            Act::GiveUp(at) if !waiting.is_empty() => drop(waiting.swap_remove(at % waiting.len())),
            Act::Release(at) if !permits.is_empty() => drop(permits.swap_remove(at % permits.len())),
            Act::Adjust(at, weight) if !permits.is_empty() => {
                let at = at % permits.len();
                permits[at].adjust(weight);
                forced = true;
            }
            Act::Resize(capacity) => {
                semaphore.resize(capacity);
                forced = true;
            }
            Act::Pass(seconds) => tokio::time::advance(Duration::from_secs(seconds)).await,
            Act::UserFirst => _ = semaphore.user_first(),
            _ => {}
        }
        let granted = !forced && semaphore.in_use() > before;
        prop_assert!(!granted || semaphore.in_use() <= semaphore.capacity(), "over capacity by a grant");
        let mut still = Vec::new();
        for mut acquire in waiting {
            match poll(&mut acquire).await {
                Some(Ok(permit)) => permits.push(permit),
                Some(Err(refused)) => prop_assert!(refused.weight > refused.capacity),
                None => still.push(acquire),
            }
        }
        waiting = still;
        rules(&semaphore, &permits, &waiting)?;
    }
    // Nobody starves: with all given back, all who wait are served one after the other.
    permits.clear();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for mut acquire in waiting {
            match poll(&mut acquire).await {
                Some(result) => drop(result),
                None => still.push(acquire),
            }
        }
        waiting = still;
        prop_assert!(waiting.len() < before, "nobody goes on");
    }
    prop_assert_eq!((semaphore.in_use(), semaphore.waiting()), (0, 0));
    Ok(())
}

proptest! {
    #[test]
    fn whatever_comes_the_rules_hold(acts in prop::collection::vec(act(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(acts))?;
    }
}
