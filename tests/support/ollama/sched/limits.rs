//! What the scheduler goes by: the settings of the server, what a request needs, and how it is refused.

use crate::http::Gate;
use crate::ollama::state::Runner;
use std::time::{Duration, SystemTime};

/// How long a model stays in memory after its last answer. The shorter comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ollama) enum Keep {
    /// So long; nothing: it goes as soon as it is idle.
    For(Duration),
    /// Until it is told to go.
    Ever,
}

impl Keep {
    /// `keep_alive: 0`.
    pub(in crate::ollama) const NOT: Self = Self::For(Duration::ZERO);
    /// Where nobody said.
    pub(super) const DEFAULT: Self = Self::For(Duration::from_secs(300));

    /// When a model that is kept so, and used now, goes. One that is held for ever is given an end some centuries away.
    pub(super) fn end(self) -> SystemTime {
        let now = SystemTime::now();
        let ever = Duration::from_secs(290 * 365 * 86_400);
        match self {
            Self::For(time) => now + time.min(ever),
            Self::Ever => now + ever,
        }
    }
}

/// When the memory of a model that was unloaded is free again.
#[derive(Debug, Clone, Default)]
pub(in crate::ollama) enum Frees {
    /// At once.
    #[default]
    AtOnce,
    /// After `/api/ps` has shown it so many times.
    Polls(usize),
    /// When the gate lets it.
    When(Gate),
}

/// What the machine and the settings of the server allow. Where nothing is said of memory, nothing is limited.
#[derive(Debug, Default)]
pub(in crate::ollama) struct Limits {
    /// Bytes of GPU memory.
    pub(in crate::ollama) total: Option<u64>,
    /// `OLLAMA_NUM_PARALLEL`.
    pub(in crate::ollama) parallel: Option<usize>,
    /// `OLLAMA_MAX_LOADED_MODELS`.
    pub(in crate::ollama) max_loaded: Option<usize>,
    /// `OLLAMA_MAX_QUEUE`.
    pub(in crate::ollama) max_queue: Option<usize>,
    /// Percent of the free memory that a load beside others may take.
    pub(in crate::ollama) share: Option<u64>,
    pub(in crate::ollama) frees: Frees,
    /// A request for a model that is leaving hangs the scheduler.
    pub(in crate::ollama) late_hangs: bool,
}

impl Limits {
    fn pick<T>(&self, said: Option<T>, usual: T, unlimited: T) -> T {
        said.unwrap_or(if self.total.is_some() { usual } else { unlimited })
    }

    /// Requests that a model answers at the same time.
    pub(in crate::ollama) fn parallel(&self) -> usize {
        self.pick(self.parallel, 1, usize::MAX)
    }

    /// Models in memory at the same time.
    pub(super) fn max_loaded(&self) -> usize {
        self.pick(self.max_loaded, 3, usize::MAX).max(1)
    }

    /// Requests that wait behind the one that is being scheduled.
    pub(super) fn max_queue(&self) -> usize {
        self.pick(self.max_queue, 512, usize::MAX)
    }

    /// Whether so much fits in what is free, beside other models.
    pub(super) fn fits_beside(&self, bytes: u64, free: u64) -> bool {
        u128::from(bytes) * 100 <= u128::from(free) * u128::from(self.pick(self.share, 80, 100))
    }
}

/// What a request needs.
#[derive(Debug)]
pub(in crate::ollama) struct Need {
    pub(in crate::ollama) name: String,
    pub(in crate::ollama) runner: Runner,
    /// Nothing where the request does not say: what was said before stays.
    pub(in crate::ollama) keep: Option<Keep>,
    /// Bytes in all.
    pub(in crate::ollama) size: u64,
    /// Bytes of it for the GPU.
    pub(in crate::ollama) vram: u64,
    /// It fails where it does not fit whole.
    pub(in crate::ollama) whole: bool,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ollama) enum Refused {
    /// Too many wait.
    Queue,
    /// It does not fit, and may not spill: bytes needed, and bytes there.
    TooLarge(u64, u64),
    /// The load failed with these words.
    Load(String),
}
