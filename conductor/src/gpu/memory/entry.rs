//! One model that is in memory, or on its way in or out: what is known of it.

use super::state::{Door, Place};
use super::{AdmitError, Demand};
use crate::domain::Residency;
use crate::gpu::semaphore::{Permit, Priority};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How far a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Queued,
    Loading,
    Ready,
    Leaving,
}

/// A model that is in memory, or on its way in or out.
pub(super) struct Entry {
    pub(super) stay: u64,
    pub(super) phase: Phase,
    /// Leases, and those who wait for it.
    pub(super) users: usize,
    /// Its room; not there while it waits for it.
    pub(super) permit: Option<Permit>,
    pub(super) weight: u64,
    pub(super) seen: Option<Residency>,
    /// When it was loaded, or was found: of what was asked before the server says nothing of this stay.
    pub(super) there_since: Instant,
    /// The window that it was asked with, by us; not there where somebody else loaded it. What the server then says of its window
    /// is its own affair: it may take less than it was asked for.
    pub(super) window: Option<u32>,
    pub(super) last_used: Instant,
    /// The user's own question was the last to use it.
    pub(super) of_user: bool,
    pub(super) priority: Priority,
    /// Requests that came while another waited for its room.
    pub(super) passed: u32,
    /// No more of them.
    pub(super) closed: bool,
    /// It was to leave, and did not: somebody else uses it, too.
    pub(super) stayed: Option<Instant>,
    pub(super) bringing: Option<AbortHandle>,
    pub(super) failed: Arc<OnceLock<AdmitError>>,
}

/// So long a model that did not leave is taken for busy.
const STAYED: Duration = Duration::from_secs(10);

impl Entry {
    pub(super) fn join(&mut self, demand: &Demand, place: Place) -> Door {
        self.users += 1;
        // One that did not leave for it the server loads anew.
        self.window = Some(demand.num_ctx).filter(|window| *window > 0).or(self.window);
        self.priority = self.priority.max(demand.priority);
        self.of_user |= demand.priority == Priority::User;
        Door::Open(place, Arc::clone(&self.failed))
    }

    /// Stops the task that has it come, if there is one.
    pub(super) fn stop(&mut self) {
        if let Some(task) = self.bringing.take() {
            task.abort();
        }
    }

    /// Whether somebody else loaded it with another window than `num_ctx`; any will do for 0.
    pub(super) fn has_other_window(&self, num_ctx: u32) -> bool {
        let seen = self.seen.and_then(|seen| seen.context);
        num_ctx > 0 && self.window != Some(num_ctx) && seen.is_some_and(|context| context != num_ctx)
    }

    /// It was to leave a moment ago, and did not: somebody else uses it.
    pub(super) fn stays(&self, now: Instant) -> bool {
        self.stayed.is_some_and(|then| now.duration_since(then) < STAYED)
    }

    /// Takes what the server says of it.
    pub(super) fn see(&mut self, seen: Residency) {
        let before = self.seen.and_then(|seen| seen.context);
        if before.is_some() && before != seen.context {
            // Somebody else loaded it anew.
            self.window = None;
        }
        self.seen = Some(seen);
        self.weigh();
    }

    /// MiB that come free when it goes.
    pub(super) fn holds(&self) -> u64 {
        self.permit.as_ref().map_or(0, Permit::weight)
    }

    /// The estimate gives way to what was seen.
    pub(super) fn weigh(&mut self) {
        if let (Some(seen), Some(permit)) = (&self.seen, &mut self.permit) {
            let weight = held_mib(seen);
            if weight > 0 && weight != permit.weight() {
                permit.adjust(weight);
            }
        }
    }

    pub(super) fn is_evictable(&self, now: Instant) -> bool {
        self.users == 0 && !self.stays(now) && self.phase != Phase::Leaving && self.permit.is_some()
    }
}

/// MiB of the memory that is shared: what is on the GPU, or all of it where nothing is.
pub(super) fn held_mib(seen: &Residency) -> u64 {
    let bytes = if seen.vram_bytes > 0 { seen.vram_bytes } else { seen.size_bytes };
    bytes.div_ceil(1 << 20)
}
