//! `segno config edit`: the user's file in the user's editor.
//!
//! What must stay true: what is written is checked before it takes the place of the file, at once and whole; what the user typed is
//! there in the end, in the file or in a copy, unless they said to give it up.

use super::{Exit, complain, complain_whole, prompt};
use crate::args::Common;
use crate::editor;
use crate::paths::Paths;
use crate::setup::{self, THEME};
use crate::tty::Tty;
use crate::view::theme::{self, Depth};
use anyhow::{Context, Result, bail};
use conductor::config::{self, ConfigErrors, Layers};
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempPath};

/// Opens the editor on a copy of the file, until it is right or the user leaves it.
///
/// # Errors
/// Where there is no terminal, no editor, or a file cannot be read or written.
pub(super) async fn run(common: &Common, folders: &Paths) -> Result<Exit> {
    if Tty::find().is_none() {
        bail!("`segno config edit` needs a terminal: `segno config path` prints which file to edit without one");
    }
    let file = Target::of(&setup::user_file(common, folders))?;
    let mut copy = file.copy()?;
    loop {
        if let Err(fault) = editor::run(&copy) {
            complain("error", &fault.what, &fault.hint);
            return if file.is_as(&copy) { Ok(Exit::Failed) } else { keep(copy, &file) };
        }
        let text = std::fs::read_to_string(&copy).with_context(|| format!("{} cannot be read", copy.display()))?;
        if text == file.text {
            complain("note", "nothing was changed", "");
            return Ok(Exit::Ok);
        }
        let Err(errors) = check(&copy, folders) else { return file.replace(copy) };
        complain_whole(&errors.to_string());
        match answer().await {
            Answer::Again => copy = file.copy_of(&text)?,
            Answer::Keep => return keep(copy, &file),
            Answer::GiveUp => return Ok(Exit::Failed),
        }
    }
}

/// What becomes of a file that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Again,
    Keep,
    GiveUp,
}

/// The answer of a person; where there will be none, or Ctrl+C is pressed, the copy is kept.
async fn answer() -> Answer {
    let asked = async { tokio::task::spawn_blocking(ask).await.unwrap_or(Answer::Keep) };
    tokio::select! {
        // Listened for before it is asked.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => {
            // The question stands there without a line's end.
            prompt("\n");
            Answer::Keep
        }
        answer = asked => answer,
    }
}

/// Asks until there is an answer, on a thread that nothing else needs.
fn ask() -> Answer {
    let Some(mut tty) = Tty::find() else { return Answer::Keep };
    loop {
        prompt("edit again (e), keep the copy and leave the file as it is (k), or give it up (g)? [e/k/g] ");
        let Some(line) = tty.line() else { return Answer::Keep };
        match line.trim().to_lowercase().as_str() {
            "" | "e" | "edit" => return Answer::Again,
            "k" | "keep" => return Answer::Keep,
            "g" | "give up" => return Answer::GiveUp,
            _ => {}
        }
    }
}

/// The file that is to be changed.
struct Target {
    path: PathBuf,
    /// What it held, or what it begins with.
    text: String,
    /// Whether it is there.
    exists: bool,
}

impl Target {
    fn of(path: &Path) -> Result<Self> {
        // A link stays one: what it leads to is changed.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self { path, text, exists: true }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { path, text: config::user_template(), exists: false })
            }
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// True where a copy holds what the file does: nothing was written in it.
    fn is_as(&self, copy: &Path) -> bool {
        std::fs::read_to_string(copy).is_ok_and(|text| text == self.text)
    }

    fn copy(&self) -> Result<TempPath> {
        self.copy_of(&self.text)
    }

    /// A copy beside the file, so that it can take its place at once, with the same permissions.
    fn copy_of(&self, text: &str) -> Result<TempPath> {
        let folder = self.path.parent().context("the configuration has no folder")?;
        let write = || -> std::io::Result<TempPath> {
            std::fs::create_dir_all(folder)?;
            let copy = builder().tempfile_in(folder)?.into_temp_path();
            std::fs::write(&copy, text)?;
            if self.exists {
                std::fs::set_permissions(&copy, std::fs::metadata(&self.path)?.permissions())?;
            }
            Ok(copy)
        };
        write().with_context(|| format!("a copy cannot be written to {}", folder.display()))
    }

    /// Puts the copy in the place of the file.
    fn replace(&self, copy: TempPath) -> Result<Exit> {
        let now = std::fs::read_to_string(&self.path);
        let same = if self.exists { now.is_ok_and(|now| now == self.text) } else { now.is_err() };
        if !same {
            complain("error", &format!("{} was changed meanwhile", self.path.display()), "put the two together by hand");
            return keep(copy, self);
        }
        // An editor may have made another file of the copy, with permissions of its own.
        let write = || -> std::io::Result<()> {
            if self.exists {
                std::fs::set_permissions(&copy, std::fs::metadata(&self.path)?.permissions())?;
            }
            std::fs::File::open(&copy)?.sync_all()
        };
        if let Err(error) = write() {
            complain("error", &format!("{} cannot be written: {error}", self.path.display()), "");
            return keep(copy, self);
        }
        match copy.persist(&self.path) {
            Ok(()) => {
                complain("note", &format!("{} is fine: it holds from the next start on", self.path.display()), "");
                Ok(Exit::Ok)
            }
            Err(failed) => {
                complain("error", &format!("{} cannot be written: {}", self.path.display(), failed.error), "");
                keep(failed.path, self)
            }
        }
    }
}

/// A name that a person knows again, and the permissions of any new file.
fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix("config-edit-").suffix(".toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder
}

/// Leaves the file as it is, and the copy where it is.
fn keep(copy: TempPath, file: &Target) -> Result<Exit> {
    let path = copy.keep().context("the copy cannot be kept")?;
    let is = if file.exists { "is as it was" } else { "was not made" };
    let what = format!("{} {is}; what you wrote is in {}", file.path.display(), path.display());
    complain("note", &what, "mend the copy and put it in the place of the file; `--config FILE` checks it before");
    Ok(Exit::Failed)
}

/// What is wrong with the copy, as the user's file.
fn check(copy: &Path, folders: &Paths) -> Result<(), ConfigErrors> {
    let layers = Layers { user: Some(copy.to_owned()), user_required: true, ..Layers::default() };
    let loaded = setup::load(&layers)?;
    theme::named(&loaded.config.ui.theme, loaded.place(THEME), &folders.themes(), Depth::True).map(|_| ())
}
