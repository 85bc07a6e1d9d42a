//! What is known of the computer that Segno runs on.

use serde::{Deserialize, Serialize};

/// The operating systems that the guide has its own words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Linux.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
    /// Anything else.
    Other,
}

impl Os {
    /// The system this binary was built for.
    pub fn current() -> Self {
        match std::env::consts::OS {
            "linux" => Self::Linux,
            "macos" => Self::Macos,
            "windows" => Self::Windows,
            _ => Self::Other,
        }
    }

    /// The name a person uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::Macos => "macOS",
            Self::Windows => "Windows",
            Self::Other => "this system",
        }
    }
}

/// The computer that Segno runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its operating system.
    pub os: Os,
    /// Main memory in bytes; `None` where it could not be read.
    pub memory_bytes: Option<u64>,
}

impl Machine {
    /// Main memory in whole GiB, rounded to the nearest.
    pub fn memory_gib(&self) -> Option<u64> {
        const GIB: u64 = 1 << 30;
        self.memory_bytes.map(|bytes| (bytes + GIB / 2) / GIB)
    }
}
