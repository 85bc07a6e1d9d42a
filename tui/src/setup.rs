//! From the command line to a conductor.

use crate::args::Common;
use crate::keymap::Keymap;
use crate::paths::{self, Paths};
use crate::prompts;
use anyhow::Result;
use conductor::config::{self, Config, ConfigErrors, Layers, Loaded, Place};
use conductor::domain::Failure;
use conductor::protocol::Event;
use conductor::{Conductor, Keys, Limits, Setup};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The key that names the theme.
pub(crate) const THEME: &str = "ui.theme";

/// What a run starts from.
pub struct Start {
    /// The folders.
    pub paths: Paths,
    /// The settings.
    pub config: Arc<Config>,
    /// Where the theme was named; `None` where it is the built-in one.
    pub theme_at: Option<Place>,
    /// Nothing but this machine.
    pub offline: bool,
    /// Connections to other than loopback addresses fail: for tests.
    pub loopback_only: bool,
}

impl Start {
    /// The settings of this run, from all their layers.
    ///
    /// # Errors
    /// When a file cannot be read, or holds what it must not.
    pub fn new(common: &Common) -> Result<Self> {
        let paths = Paths::find()?;
        let loaded = load(&layers(common, &paths))?;
        let theme_at = loaded.place(THEME).cloned();
        let loopback_only = std::env::var_os("SEGNO_LOOPBACK_ONLY").is_some_and(|value| !value.is_empty());
        Ok(Self { paths, config: Arc::new(loaded.config), theme_at, offline: common.offline, loopback_only })
    }

    /// The keys: of the environment those alone that a provider's row names.
    pub fn keys(&self) -> Keys {
        let named = self.config.providers.iter().map(|row| &row.key_env).filter(|name| !name.is_empty());
        let environment = named.filter_map(|name| Some((name.clone(), std::env::var(name).ok()?))).collect();
        Keys::new(self.paths.keys_file(), environment)
    }

    /// What a conductor is made of.
    ///
    /// # Errors
    /// When the server's address is none, or a prompt of the user's own cannot be read or filled.
    pub fn setup(&self) -> Result<Setup, Failure> {
        let prompts = prompts::read(&self.paths.prompts())?;
        let limits = Limits { keys: self.keys(), offline: self.offline, loopback_only: self.loopback_only, prompts };
        Setup::new(self.config.clone(), self.paths.database(), limits)
    }

    /// Starts the core on the current runtime.
    ///
    /// # Errors
    /// As [`Self::setup`].
    pub fn conductor(&self) -> Result<(Conductor, mpsc::Receiver<Event>), Failure> {
        self.setup().map(Conductor::start)
    }
}

/// The settings of these layers; what is wrong with keys is found with all else.
///
/// # Errors
/// All that is wrong.
pub(crate) fn load(layers: &Layers) -> Result<Loaded, ConfigErrors> {
    config::load_checked(layers, Keymap::check)
}

/// The layers of the configuration, lowest first.
pub(crate) fn layers(common: &Common, paths: &Paths) -> Layers {
    let environment = std::env::vars().filter(|(name, _)| name.starts_with("SEGNO_") || name == "OLLAMA_HOST").collect();
    Layers {
        user: Some(user_file(common, paths)),
        user_required: common.config.is_some(),
        project: paths::project_file(),
        env: environment,
        flags: flags(common),
    }
}

/// The values of `--set`.
pub(crate) fn flags(common: &Common) -> Vec<(String, String)> {
    let pair = |pair: &String| pair.split_once('=').map_or((pair.clone(), String::new()), |(k, v)| (k.into(), v.into()));
    common.set.iter().map(pair).collect()
}

/// The user's file: the one named, or the usual one.
pub(crate) fn user_file(common: &Common, paths: &Paths) -> PathBuf {
    common.config.clone().unwrap_or_else(|| paths.config_file())
}
