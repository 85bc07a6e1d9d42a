//! A semaphore with weights: shares an amount of memory between those who want different shares of it.
//!
//! What must stay true: grants never take more than the capacity; a dropped waiter leaves no trace and lets the next go on; nobody
//! is passed more often than [`Fairness::bypass`] says; who is first in line and fits is never left waiting. Wakers are called and
//! dropped without the lock. There is no timer: age counts when something comes free.
//!
//! The order of those who wait is by priority, then by arrival; what has waited long in the background stands among the user's,
//! unless [`WeightedSemaphore::user_first`] was said. Tokio's own semaphore is strictly first come, first served: one
//! large waiter blocks every small one behind it, and it never answers a request that is larger than its total.

use super::sync::{Arc, Instant, Mutex, PoisonError};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Whose request it is. The user's goes before the background's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Nobody sits and waits for it.
    Background,
    /// The user waits for it.
    User,
}

/// How those who wait are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fairness {
    /// How often a waiter may be passed by later ones that fit while it does not.
    pub bypass: u32,
    /// A background waiter of that age counts as a user's, but for one that is passed by [`WeightedSemaphore::user_first`].
    pub ageing: Duration,
}

/// More was asked for than there is, however long one waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{weight} were asked for, and there are {capacity}")]
pub struct TooLarge {
    /// What was asked for.
    pub weight: u64,
    /// All there is.
    pub capacity: u64,
}

/// What the waiter next in line lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// What it wants.
    pub weight: u64,
    /// How much of it is not free.
    pub missing: u64,
    /// Whose it is; one that has aged is the background's still.
    pub priority: Priority,
    /// How often it was passed.
    pub passed: u32,
    /// Since when it waits.
    pub since: Instant,
}

/// So many behind the first are looked at for one that fits: what a release costs stays bounded, however many wait.
const LOOKED_AT: usize = 64;

/// The semaphore. Clones are the same one.
#[derive(Debug, Clone)]
pub struct WeightedSemaphore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    fairness: Fairness,
}

#[derive(Debug)]
struct State {
    capacity: u64,
    /// More than the capacity where that was made smaller, or where what is there takes more than was thought.
    in_use: u128,
    tickets: u64,
    /// By ticket, and so by arrival.
    user: BTreeMap<u64, Waiter>,
    background: BTreeMap<u64, Waiter>,
    /// The next of the user's goes before all of the background, however old that is.
    user_first: bool,
    /// Those who wait no longer, until they hear of it.
    settled: BTreeMap<u64, Result<u64, TooLarge>>,
}

#[derive(Debug)]
struct Waiter {
    weight: u64,
    since: Instant,
    passed: u32,
    waker: Waker,
}

impl WeightedSemaphore {
    /// With all of `capacity` free.
    pub fn new(capacity: u64, fairness: Fairness) -> Self {
        let (user, background, settled) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let state = State { capacity, in_use: 0, tickets: 0, user, background, user_first: false, settled };
        Self { inner: Arc::new(Inner { state: Mutex::new(state), fairness }) }
    }

    /// A permit, if there is room now and nobody waits.
    pub fn try_acquire(&self, weight: u64) -> Option<Permit> {
        let free = self.inner.with(|state| state.waiting() == 0 && state.fits(weight) && state.take(weight));
        free.then(|| self.permit(weight))
    }

    /// A permit, once there is room. The place in the line is taken at the first poll.
    ///
    /// # Errors
    /// [`TooLarge`] at once where `weight` is more than the capacity, or as soon as it is.
    pub fn acquire(&self, weight: u64, priority: Priority) -> Acquire {
        Acquire { inner: Arc::clone(&self.inner), weight, priority, ticket: None }
    }

    /// A permit at once, whatever there is: for what is in memory already.
    pub fn take(&self, weight: u64) -> Permit {
        self.inner.with(|state| state.take(weight));
        self.permit(weight)
    }

    /// There is more, or less, than was thought. What is held stays held.
    pub fn resize(&self, capacity: u64) {
        self.inner.change(|state| {
            state.capacity = capacity;
            state.refuse_the_too_large()
        });
    }

    /// Has the next of the user's go before what is old of the background: once, so that who can be served later is first again
    /// then. False where that changes nothing: nobody of the user's waits, or it was said already.
    pub fn user_first(&self) -> bool {
        let mut changes = false;
        self.inner.change(|state| {
            changes = !state.user.is_empty() && !std::mem::replace(&mut state.user_first, true);
            Vec::new()
        });
        changes
    }

    /// What the waiter next in line lacks; `None` where nobody waits. Whoever came first in line by its age, and fits, goes on now.
    pub fn shortfall(&self) -> Option<Shortfall> {
        let ageing = self.inner.fairness.ageing;
        self.inner.change(|_| Vec::new());
        self.inner.with(|state| {
            let (priority, ticket) = state.line(ageing).next()?;
            let waiter = state.waiter((priority, ticket))?;
            let missing = (state.in_use + u128::from(waiter.weight)).saturating_sub(u128::from(state.capacity));
            let missing = u64::try_from(missing).unwrap_or(u64::MAX);
            Some(Shortfall { weight: waiter.weight, missing, priority, passed: waiter.passed, since: waiter.since })
        })
    }

    /// All there is.
    pub fn capacity(&self) -> u64 {
        self.inner.with(|state| state.capacity)
    }

    /// What is held.
    pub fn in_use(&self) -> u64 {
        self.inner.with(|state| u64::try_from(state.in_use).unwrap_or(u64::MAX))
    }

    /// What is free; nothing where more is held than there is.
    pub fn free(&self) -> u64 {
        self.inner.with(|state| state.free())
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.inner.with(|state| state.waiting())
    }

    fn permit(&self, weight: u64) -> Permit {
        Permit { inner: Arc::clone(&self.inner), weight }
    }
}

impl Inner {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // Each change is whole, so that one that a panic cut short cannot be: nothing in here panics.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes something, lets go on whoever can, and wakes them. `change` gives those whom it woke itself.
    fn change(&self, change: impl FnOnce(&mut State) -> Vec<Waker>) {
        let woken = self.with(|state| {
            let mut woken = change(state);
            state.grant(self.fairness, &mut woken);
            woken
        });
        for waker in woken {
            waker.wake();
        }
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.user.len() + self.background.len()
    }

    fn free(&self) -> u64 {
        u64::try_from(u128::from(self.capacity).saturating_sub(self.in_use)).unwrap_or(u64::MAX)
    }

    fn fits(&self, weight: u64) -> bool {
        self.in_use + u128::from(weight) <= u128::from(self.capacity)
    }

    /// Always true.
    fn take(&mut self, weight: u64) -> bool {
        self.in_use += u128::from(weight);
        true
    }

    fn give_back(&mut self, weight: u64) {
        self.in_use = self.in_use.saturating_sub(u128::from(weight));
    }

    fn queue(&mut self, priority: Priority) -> &mut BTreeMap<u64, Waiter> {
        match priority {
            Priority::User => &mut self.user,
            Priority::Background => &mut self.background,
        }
    }

    /// Those who wait, in their order: the user's and the aged of the background by arrival, then the others.
    fn line(&self, ageing: Duration) -> impl Iterator<Item = (Priority, u64)> {
        let ageing = if self.user_first { Duration::MAX } else { ageing };
        let now = (!self.background.is_empty()).then(Instant::now);
        let is_old = move |waiter: &Waiter| now.is_some_and(|now| now.duration_since(waiter.since) >= ageing);
        // By arrival is by age: the aged stand at the front.
        let mut old = self.background.iter().take_while(move |(_, waiter)| is_old(waiter)).map(|(ticket, _)| *ticket).peekable();
        let mut user = self.user.keys().copied().peekable();
        let urgent = std::iter::from_fn(move || match (user.peek(), old.peek()) {
            (Some(of_user), Some(of_old)) if of_old < of_user => Some((Priority::Background, old.next()?)),
            (Some(_), _) => Some((Priority::User, user.next()?)),
            (None, _) => Some((Priority::Background, old.next()?)),
        });
        let young = self.background.iter().skip_while(move |(_, waiter)| is_old(waiter));
        urgent.chain(young.map(|(ticket, _)| (Priority::Background, *ticket)))
    }

    fn waiter(&self, (priority, ticket): (Priority, u64)) -> Option<&Waiter> {
        match priority {
            Priority::User => self.user.get(&ticket),
            Priority::Background => self.background.get(&ticket),
        }
    }

    /// Lets go on whoever can.
    fn grant(&mut self, fairness: Fairness, woken: &mut Vec<Waker>) {
        // It is said of somebody who waits.
        self.user_first &= !self.user.is_empty();
        while let Some(next) = self.next(fairness) {
            let Some(waiter) = self.queue(next.0).remove(&next.1) else { return };
            self.user_first &= next.0 == Priority::Background && !self.user.is_empty();
            self.take(waiter.weight);
            self.settled.insert(next.1, Ok(waiter.weight));
            woken.push(waiter.waker);
        }
    }

    /// Who goes on now: the first in line, or where that does not fit, the first behind it that does and may pass all before it,
    /// which counts against each of them.
    fn next(&mut self, fairness: Fairness) -> Option<(Priority, u64)> {
        let (mut before, mut found) = (Vec::new(), None);
        for place in self.line(fairness.ageing).take(LOOKED_AT + 1) {
            let waiter = self.waiter(place)?;
            if self.fits(waiter.weight) {
                found = Some(place);
                break;
            }
            if waiter.passed >= fairness.bypass {
                return None;
            }
            before.push(place);
        }
        let found = found?;
        for (priority, ticket) in before {
            if let Some(waiter) = self.queue(priority).get_mut(&ticket) {
                waiter.passed += 1;
            }
        }
        Some(found)
    }

    /// Takes those out of the line that want more than there is; gives their wakers.
    fn refuse_the_too_large(&mut self) -> Vec<Waker> {
        let capacity = self.capacity;
        let too_large: Vec<(Priority, u64)> =
            self.line(Duration::MAX).filter(|place| self.waiter(*place).is_some_and(|waiter| waiter.weight > capacity)).collect();
        let mut woken = Vec::with_capacity(too_large.len());
        for (priority, ticket) in too_large {
            if let Some(waiter) = self.queue(priority).remove(&ticket) {
                self.settled.insert(ticket, Err(TooLarge { weight: waiter.weight, capacity }));
                woken.push(waiter.waker);
            }
        }
        woken
    }
}

/// A place in the line: gives a [`Permit`]. Dropping it leaves the line.
#[derive(Debug)]
#[must_use = "nothing is asked for before it is polled"]
pub struct Acquire {
    inner: Arc<Inner>,
    weight: u64,
    priority: Priority,
    ticket: Option<u64>,
}

impl Acquire {
    /// At the first poll: what can be had at once, or a place in the line.
    fn enter(&mut self, waker: &Waker) -> Poll<Result<(), TooLarge>> {
        let (weight, priority) = (self.weight, self.priority);
        let entered = self.inner.with(|state| {
            if weight > state.capacity {
                return Some(Err(TooLarge { weight, capacity: state.capacity }));
            }
            if state.waiting() == 0 && state.fits(weight) {
                state.take(weight);
                return Some(Ok(()));
            }
            let ticket = state.tickets;
            state.tickets += 1;
            let waiter = Waiter { weight, since: Instant::now(), passed: 0, waker: waker.clone() };
            state.queue(priority).insert(ticket, waiter);
            self.ticket = Some(ticket);
            None
        });
        if let Some(result) = entered {
            return Poll::Ready(result);
        }
        // It may pass those before it.
        self.inner.change(|_| Vec::new());
        self.look(waker)
    }

    /// Whether the wait is over.
    fn look(&mut self, waker: &Waker) -> Poll<Result<(), TooLarge>> {
        let Some(ticket) = self.ticket else { return Poll::Pending };
        let priority = self.priority;
        // Cloned before and dropped after: a waker may be the last that holds something which comes back here when it is dropped.
        let mut waker = waker.clone();
        let settled = self.inner.with(|state| {
            let settled = state.settled.remove(&ticket);
            if settled.is_none()
                && let Some(waiter) = state.queue(priority).get_mut(&ticket)
            {
                std::mem::swap(&mut waiter.waker, &mut waker);
            }
            settled
        });
        match settled {
            Some(result) => {
                self.ticket = None;
                Poll::Ready(result.map(|_| ()))
            }
            None => Poll::Pending,
        }
    }
}

impl Future for Acquire {
    type Output = Result<Permit, TooLarge>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = context.waker();
        let over = if self.ticket.is_some() { self.look(waker) } else { self.enter(waker) };
        let permit = || Permit { inner: Arc::clone(&self.inner), weight: self.weight };
        over.map(|result| result.map(|()| permit()))
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let priority = self.priority;
        let mut left = None;
        self.inner.change(|state| {
            // Its waker is dropped without the lock, too.
            left = state.queue(priority).remove(&ticket);
            // Granted, and not heard of.
            if let Some(Ok(weight)) = state.settled.remove(&ticket) {
                state.give_back(weight);
            }
            Vec::new()
        });
        drop(left);
    }
}

/// A share, given back by dropping it.
#[derive(Debug)]
pub struct Permit {
    inner: Arc<Inner>,
    weight: u64,
}

impl Permit {
    /// How much it is.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Corrects how much it is, whatever there is: an estimate gives way to what was seen.
    pub fn adjust(&mut self, weight: u64) {
        let before = std::mem::replace(&mut self.weight, weight);
        self.inner.change(|state| {
            state.give_back(before);
            state.take(weight);
            Vec::new()
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let weight = self.weight;
        self.inner.change(|state| {
            state.give_back(weight);
            Vec::new()
        });
    }
}
