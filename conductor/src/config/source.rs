//! Where values come from: the layers that go in, and the rows that say which layer won.

use super::error::{Place, shown};
use std::fmt;
use std::path::PathBuf;

/// What lies over the built-in values, lowest first. The front end finds the paths and passes the variables on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    /// The user's file.
    pub user: Option<PathBuf>,
    /// True when the user named that file: then it is an error if it is missing.
    pub user_required: bool,
    /// `.segno.toml` of the working folder. It may be missing.
    pub project: Option<PathBuf>,
    /// Environment variables. Those that are not Segno's are passed over, empty ones count as not set.
    pub env: Vec<(String, String)>,
    /// Flags: a dotted key (`defaults.code`), and a value as in a file or without its quotes. Later ones win.
    pub flags: Vec<(String, String)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Embedded,
    /// The user's file, and the line from 1.
    User(PathBuf, usize),
    /// The file of the working folder, and the line from 1.
    Project(PathBuf, usize),
    /// This environment variable.
    Env(String),
    /// The command line; the dotted key.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("built in"),
            Self::User(path, line) | Self::Project(path, line) => write!(f, "{}:{line}", shown(&path.display().to_string())),
            Self::Env(name) => f.write_str(name),
            Self::Flag(_) => f.write_str("command line"),
        }
    }
}

/// One effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key: `defaults.code`, or `models."phi3:mini".backend` in a row of `[[models]]`.
    pub key: String,
    /// The value, as it is written in a file.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
    /// The same, for a mistake that is found later; `None` for what is built in, and for `[keys]`.
    pub place: Option<Place>,
}
