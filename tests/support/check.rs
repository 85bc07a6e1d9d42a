//! Small helpers: a throw-away profile.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home folder of its own, gone when dropped. A program that is given [`Profile::env`] finds nothing of the user's.
#[derive(Debug)]
pub struct Profile(TempDir);

impl Profile {
    /// An empty home with the folders of the XDG rules.
    #[must_use]
    pub fn new() -> Self {
        let profile = Self(TempDir::new().expect("a temporary folder can be made"));
        for folder in [profile.config(), profile.data(), profile.state(), profile.cache()] {
            std::fs::create_dir_all(folder).expect("a folder can be made in it");
        }
        profile
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.0.path()
    }

    /// `XDG_CONFIG_HOME`.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.home().join(".config")
    }

    /// `XDG_DATA_HOME`.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home().join(".local/share")
    }

    /// `XDG_STATE_HOME`.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.home().join(".local/state")
    }

    /// `XDG_CACHE_HOME`.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.home().join(".cache")
    }

    /// Writes the user's `segno/config.toml`; its path.
    pub fn write_config(&self, text: &str) -> PathBuf {
        let path = self.config().join("segno/config.toml");
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
        std::fs::write(&path, text).expect("the file can be written");
        path
    }

    /// All that a program is told; also that it may connect to this machine alone, whatever a test has it do.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_str().expect("a temporary path is UTF-8").to_owned();
        let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
        [
            ("HOME", text(self.home())),
            ("XDG_CONFIG_HOME", text(&self.config())),
            ("XDG_DATA_HOME", text(&self.data())),
            ("XDG_STATE_HOME", text(&self.state())),
            ("XDG_CACHE_HOME", text(&self.cache())),
            ("PATH", path),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("SEGNO_LOOPBACK_ONLY", "1".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// [`Profile::env`] and these, as `OLLAMA_HOST`.
    #[must_use]
    pub fn env_with(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut env = self.env();
        env.retain(|(key, _)| !more.iter().any(|(other, _)| other == key));
        env.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        env
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}
