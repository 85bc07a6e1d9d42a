//! The memory that models share, as a person sees it.

use super::ModelId;
use serde::{Deserialize, Serialize};

/// Who says how much memory there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapacitySource {
    /// The user: `gpu.memory_mib`.
    Configured,
    /// The driver of the graphics card.
    Driver,
    /// What the server was seen to hold, or to push out.
    Server,
    /// The machine's main memory, of which models may take a part.
    MainMemory,
}

impl CapacitySource {
    /// The words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Configured => "as you set it",
            Self::Driver => "as the graphics driver says",
            Self::Server => "as the server showed",
            Self::MainMemory => "a part of main memory",
        }
    }
}

/// How far a model is on its way into memory, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryPhase {
    /// It waits for room.
    Waiting,
    /// It is being loaded.
    Loading,
    /// It is there.
    Ready,
    /// It is about to leave.
    Leaving,
}

/// What a question waits for before it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "waits_for")]
pub enum Waits {
    /// For memory, which others hold and use.
    Memory {
        /// Who is in memory.
        holders: Vec<ModelId>,
    },
    /// For others to leave the memory.
    Room {
        /// Who leaves.
        leaving: Vec<ModelId>,
    },
    /// For the model to be loaded.
    Load,
    /// For its turn: so many requests are allowed in a time, or the server asked for a pause.
    Turn {
        /// In milliseconds, how long.
        ms: u64,
    },
    /// For the answer: it was asked.
    Answer,
}

/// A model in memory, or on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldModel {
    /// The model.
    pub model: ModelId,
    /// How far it is.
    pub phase: MemoryPhase,
    /// MiB that it takes of the memory that is shared.
    pub weight_mib: u64,
    /// Requests that use it, or wait for it.
    pub users: usize,
}

/// The memory that models share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryState {
    /// MiB that models may take.
    pub capacity_mib: u64,
    /// MiB that they take.
    pub used_mib: u64,
    /// Who says how much there is.
    pub source: CapacitySource,
    /// Models that wait for room.
    pub waiting: usize,
    /// Models that left so far, most of them for another.
    pub swaps: u64,
    /// Models that the server pushed out by itself so far.
    pub lost: u64,
    /// Who is there, by name.
    pub models: Vec<HeldModel>,
}
