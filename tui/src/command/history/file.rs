//! Files of the history.
//!
//! What must stay true: what is written is there whole or not at all, for the user alone, and over another file only by `--force`.

use crate::command::{Exit, complain};
use crate::file;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Reads a file, or stdin.
pub(super) fn read(path: &Path) -> Result<String> {
    let shown = path.display().to_string();
    if path == Path::new("-") {
        return Ok(file::read(Ok(std::io::stdin().lock()), &shown)?);
    }
    let opened = File::open(path).with_context(|| format!("{shown} cannot be read"))?;
    Ok(file::read(Ok(opened), &shown)?)
}

/// Writes a file, and says so.
pub(super) fn write(path: &Path, text: &str, force: bool) -> Result<Exit> {
    let shown = path.display();
    match file::place(path, text, force) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            complain("error", &format!("{shown} is there already"), "`--force` writes over it; or name another file");
            Ok(Exit::Failed)
        }
        Err(error) => Err(error).with_context(|| format!("{shown} cannot be written")),
        Ok(()) => {
            complain("note", &format!("wrote {shown}"), "");
            Ok(Exit::Ok)
        }
    }
}
