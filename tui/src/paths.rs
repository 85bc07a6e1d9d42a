//! Where Segno keeps things. `SEGNO_CONFIG_DIR`, `SEGNO_DATA_DIR` and `SEGNO_STATE_DIR` move them.

use anyhow::{Context, Result};
use directories::ProjectDirs;
use std::path::{Path, PathBuf};

/// The folders in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// The folders of this system (XDG on Linux), or those that the environment names.
    ///
    /// # Errors
    /// When there is no home folder and the environment names none.
    pub fn find() -> Result<Self> {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let system = ProjectDirs::from("", "", "segno");
        let of = |name: &str, default: fn(&ProjectDirs) -> &Path| {
            named(name)
                .or_else(|| system.as_ref().map(|dirs| default(dirs).to_owned()))
                .with_context(|| format!("there is no home folder to keep things in: set HOME, or {name}"))
        };
        Ok(Self {
            config: of("SEGNO_CONFIG_DIR", ProjectDirs::config_dir)?,
            data: of("SEGNO_DATA_DIR", ProjectDirs::data_dir)?,
            state: of("SEGNO_STATE_DIR", |dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()))?,
        })
    }

    /// All of it in one folder.
    pub fn within(folder: &Path) -> Self {
        Self { config: folder.to_owned(), data: folder.to_owned(), state: folder.to_owned() }
    }

    /// The user's configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The file of keys, which need not be there.
    pub fn keys_file(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    /// The folder of prompts of the user's own, which need not be there.
    pub fn prompts(&self) -> PathBuf {
        self.config.join("prompts")
    }

    /// The folder of themes of the user's own, which need not be there.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data.join("segno.db")
    }

    /// The folder of the logs.
    pub fn logs(&self) -> &Path {
        &self.state
    }
}

/// The file by which a folder chooses models: `.segno.toml` of the working folder.
pub fn project_file() -> Option<PathBuf> {
    std::env::current_dir().ok().map(|folder| folder.join(".segno.toml"))
}
