//! Memory that an unloaded model still takes for a while, as a driver takes its time to free it.

use super::{Frees, Loaded, Scheduler};
use crate::http::Gate;

/// A model that was unloaded and whose memory is not free yet.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) name: String,
    pub(super) num_ctx: u64,
    pub(super) size: u64,
    pub(super) vram: u64,
    pub(super) frees: Frees,
    /// The scheduler itself waits for the memory.
    pub(super) awaited: bool,
}

impl Scheduler {
    /// Holds the memory of a model that was unloaded, for as long as the settings say.
    pub(super) fn hold(&mut self, name: &str, loaded: &Loaded, awaited: bool) {
        let frees = match &self.limits.frees {
            Frees::When(gate) => Frees::When(gate.clone()),
            // The scheduler looks for itself where it waits: nobody else has to.
            Frees::Polls(polls) if *polls > 0 && !awaited => Frees::Polls(*polls),
            Frees::Polls(_) | Frees::AtOnce => return,
        };
        let (name, num_ctx) = (name.to_owned(), loaded.runner.num_ctx);
        self.leaving.push(Leaving { name, num_ctx, size: loaded.size, vram: loaded.vram, frees, awaited });
    }

    /// Frees what the gate lets go without waiting.
    pub(in crate::ollama) fn settle(&mut self) {
        while let Some(gate) = self.frees_by()
            && gate.try_pass()
        {
            self.free_one();
        }
    }

    /// The gate that holds memory which is to be free.
    pub(in crate::ollama) fn frees_by(&self) -> Option<Gate> {
        self.leaving.iter().find_map(|leaving| if let Frees::When(gate) = &leaving.frees { Some(gate.clone()) } else { None })
    }

    /// Frees what has been held by the gate for the longest time; whether there was any.
    pub(in crate::ollama) fn free_one(&mut self) -> bool {
        let Some(at) = self.leaving.iter().position(|leaving| matches!(leaving.frees, Frees::When(_))) else { return false };
        self.leaving.remove(at);
        self.version += 1;
        true
    }
}
