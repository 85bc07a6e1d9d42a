//! What is counted, and by which rules.
//!
//! What must stay true: all of it changes under one lock, which is held for a few additions and never over an await, so that
//! what is told is of one moment.
//!
//! Nobody tells which connections lie idle: the client keeps them to itself. They are counted by what was sent: one is idle
//! when an answer was read to its end over it and the server did not say that it closes; it is taken by the next request; and
//! when a request has to have one made, none was left, whatever was believed.

use super::super::IDLE_CONNECTIONS;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counters of a pool; their meanings stand at [`PoolState`](crate::domain::PoolState).
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) in_use: u32,
    pub(super) idle: u32,
    pub(super) waiting: u32,
    pub(super) waited: u64,
    pub(super) opened: u64,
    pub(super) reused: u64,
    pub(super) recycled: u64,
    pub(super) failed: u64,
    /// Whose connections `idle` counts. Those of earlier ones close when nobody uses them any longer.
    generation: u64,
    /// The last generation that got a number.
    numbered: u64,
}

impl Counts {
    /// The number of a generation that is being made.
    pub(super) fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// Connections are those of this generation from here on.
    pub(super) fn begin_generation(&mut self, generation: u64) {
        self.generation = generation;
        self.idle = 0;
    }

    /// A connection of `generation` is kept for the next request.
    pub(super) fn keep(&mut self, generation: u64) {
        if generation == self.generation {
            self.idle = self.idle.saturating_add(1).min(u32::try_from(IDLE_CONNECTIONS).unwrap_or(u32::MAX));
        }
    }

    /// A kept connection of `generation` is used.
    pub(super) fn take(&mut self, generation: u64) {
        if generation == self.generation {
            self.idle = self.idle.saturating_sub(1);
        }
    }

    /// A connection of `generation` has to be made: so none was kept.
    fn none_left(&mut self, generation: u64) {
        if generation == self.generation {
            self.idle = 0;
        }
    }
}

/// The counters, shared by all who count.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Counts>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One try at sending a request, as far as its connection is concerned. It changes under the lock of the counters.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    /// A connection had to be made for it.
    called: AtomicBool,
    /// That one was made.
    connected: AtomicBool,
    /// The answer began over another one that was given back meanwhile.
    served: AtomicBool,
}

impl Attempt {
    /// Whether a connection had to be made.
    pub(super) fn called(&self) -> bool {
        self.called.load(Ordering::Acquire)
    }

    /// Whether it was made.
    pub(super) fn connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    /// A connection is being made for it.
    pub(super) fn call(&self, counts: &Shared, generation: u64) {
        let mut now = counts.lock();
        self.called.store(true, Ordering::Release);
        now.none_left(generation);
    }

    /// That connection is there.
    pub(super) fn connect(&self, counts: &Shared, generation: u64) {
        let mut now = counts.lock();
        self.connected.store(true, Ordering::Release);
        now.opened += 1;
        if self.served.load(Ordering::Acquire) {
            now.keep(generation);
        }
    }

    /// Its answer begins.
    pub(super) fn serve(&self, counts: &Shared, generation: u64) {
        let mut now = counts.lock();
        self.served.store(true, Ordering::Release);
        if !self.connected() {
            now.reused += 1;
            if self.called() {
                now.take(generation);
            }
        }
    }
}
