//! Where an answer is made. Computed from addresses and the server's own model list (`privacy::location`), never assumed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the work of an answer is done, and so where its prompt goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "host")]
pub enum Location {
    /// On this machine: a loopback address, reached without proxies or redirects, and a model that the server itself runs.
    Local,
    /// An Ollama on another host. Off the machine.
    Network(String),
    /// Somebody's API, Ollama's cloud included. Off the machine.
    External(String),
}

impl Location {
    /// True where nothing leaves the machine.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// The word shown beside a model: `local`, `network`, `external`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Network(_) => "network",
            Self::External(_) => "external",
        }
    }

    /// The symbol shown before the word; never the only sign. All have width one.
    pub fn symbol(&self) -> &'static str {
        match self {
            Self::Local => "●",
            Self::Network(_) => "◆",
            Self::External(_) => "☁",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Network(host) => write!(f, "network ({host})"),
            Self::External(host) => write!(f, "external ({host})"),
        }
    }
}
