//! `segno demo`: a tour with simulated models, on a profile that is thrown away.
//!
//! What must stay true: nothing of the user's is read or written; nobody is contacted; every model says by its name that it is
//! simulated.

use crate::args::Common;
use crate::chat;
use crate::command::Exit;
use crate::paths::Paths;
use crate::setup::{self, Start};
use anyhow::{Context, Result, anyhow};
use conductor::Setup;
use conductor::config::Layers;
use conductor::config::demo::{Demo, PROFILE};
use std::sync::Arc;

/// Opens the chat on the tour; `fast` where answers are to come at once.
///
/// # Errors
/// Where there is no terminal, or no folder for files that are thrown away.
pub(crate) async fn run(common: &Common, fast: bool, as_lines: bool) -> Result<Exit> {
    let folder = tempfile::Builder::new().prefix("segno-demo-").tempdir();
    let folder =
        folder.context("there is no room for the files of the tour: see that the folder for temporary files is writable")?;
    let paths = Paths::within(folder.path());
    std::fs::write(paths.config_file(), PROFILE).context("the settings of the tour cannot be written")?;
    let layers = Layers {
        user: Some(paths.config_file()),
        user_required: true,
        project: None,
        env: Vec::new(),
        flags: setup::flags(common),
    };
    let loaded = setup::load(&layers)?;
    let theme_at = loaded.place(setup::THEME).cloned();
    let start = Start { paths, config: Arc::new(loaded.config), theme_at, offline: common.offline, loopback_only: true };
    let mut demo = Demo::built_in().map_err(|error| anyhow!("the script of the tour: {error}"))?;
    if fast {
        (demo.think_ms, demo.word_ms) = (0, 0);
    }
    let demo = Arc::new(demo);
    let steps = demo.steps.clone();
    let make = move |start: &Start| Setup::simulated(start.config.clone(), start.paths.database(), &demo);
    chat::open(&start, as_lines, |app| app.with_tour(steps), Vec::new(), make).await
}
