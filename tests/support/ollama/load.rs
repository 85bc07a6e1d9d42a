//! How a model comes into memory: how much it takes, how long its load goes on, and how it fails.

use super::sched::{Keep, Need, Refused};
use super::state::Runner;
use super::{Gate, ModelSpec};
use crate::http::pass;
use serde_json::json;
use std::time::Duration;

/// How a load goes. At once and well where nothing else is said.
#[derive(Debug, Clone, Default)]
pub struct LoadScript {
    /// Bytes in memory, whatever the window; weights and KV cache where not said.
    pub memory: Option<u64>,
    /// It fails where it does not fit whole in GPU memory.
    pub whole: bool,
    /// Passed by each load before it is done.
    pub gate: Option<Gate>,
    /// So long takes each load. For use by hand; tests hold a gate.
    pub takes: Option<Duration>,
    /// No load is ever done.
    pub hangs: bool,
    /// Each load ends with this error.
    pub error: Option<String>,
}

impl LoadScript {
    /// Goes through with it.
    pub(super) async fn play(&self) -> Result<(), Refused> {
        if self.hangs {
            // Ends when the client has had enough, or the server is stopped.
            std::future::pending::<()>().await;
        }
        pass(self.gate.as_ref()).await;
        if let Some(takes) = self.takes {
            tokio::time::sleep(takes).await;
        }
        self.error.clone().map_or(Ok(()), |error| Err(Refused::Load(error)))
    }
}

/// What it takes to load a model.
impl ModelSpec {
    /// Bytes in memory, whatever the window.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.load.memory = Some(bytes);
        self
    }

    /// Where it does not fit whole in GPU memory, its load is a 500; else what does not fit is left to the CPU.
    #[must_use]
    pub fn refuses_to_spill(mut self) -> Self {
        self.load.whole = true;
        self
    }

    /// Each load is done when the gate lets it.
    #[must_use]
    pub fn loads_when(mut self, gate: &Gate) -> Self {
        self.load.gate = Some(gate.clone());
        self
    }

    /// Each load takes so long by the clock. For use by hand; tests hold a gate.
    #[must_use]
    pub fn loads_in(mut self, time: Duration) -> Self {
        self.load.takes = Some(time);
        self
    }

    /// No load is ever done.
    #[must_use]
    pub fn never_loads(mut self) -> Self {
        self.load.hangs = true;
        self
    }

    /// Each load is a 500 with these words, after the gate where there is one.
    #[must_use]
    pub fn fails_to_load(mut self, error: &str) -> Self {
        self.load.error = Some(error.to_owned());
        self
    }

    /// Each load ends as it does when the driver has no memory left, whatever was predicted.
    #[must_use]
    pub fn runs_out_of_memory(self) -> Self {
        self.fails_to_load("llama runner process has terminated: cudaMalloc failed: out of memory")
    }

    /// What a request for it needs, on a server that answers `parallel` of them at the same time.
    pub(super) fn need(&self, runner: Runner, keep: Option<Keep>, parallel: usize) -> Need {
        let parallel = if parallel == usize::MAX { 1 } else { parallel as u64 };
        let size = self.load.memory.unwrap_or_else(|| self.size + self.kv_bytes() * runner.num_ctx * parallel);
        let on_cpu = runner.rest[1] == json!(0);
        let vram = if on_cpu { 0 } else { self.size_vram.unwrap_or(size) };
        Need { name: self.name.clone(), runner, keep, size, vram, whole: self.load.whole }
    }

    /// Bytes of KV cache for one token: keys and values of two bytes, in each layer.
    fn kv_bytes(&self) -> u64 {
        let head = self.key_length.unwrap_or(self.embedding_length / self.head_count.max(1));
        2 * self.block_count * self.head_count_kv * head * 2
    }
}
