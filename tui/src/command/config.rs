//! `segno config`: what is in force, from where, and what is wrong.

use super::{Console, Exit, complain};
use crate::args::{Common, ConfigCommand, Output};
use crate::paths::{self, Paths};
use crate::setup;
use anyhow::Result;
use conductor::config;

/// Shows, checks or finds the configuration.
///
/// # Errors
/// When it cannot be read, or not be printed as JSON.
pub fn run(what: ConfigCommand, common: &Common) -> Result<Exit> {
    let folders = Paths::find()?;
    let mut console = Console::new();
    match what {
        ConfigCommand::Path => {
            console.line(&setup::user_file(common, &folders).display().to_string());
            if let Some(project) = paths::project_file().filter(|file| file.exists()) {
                console.line(&project.display().to_string());
            }
            Ok(Exit::Ok)
        }
        ConfigCommand::Check => {
            config::load(&setup::layers(common, &folders))?;
            let file = setup::user_file(common, &folders);
            let there = if file.exists() { "is fine" } else { "is not there, and need not be: the defaults are in force" };
            complain("note", &format!("{} {there}", file.display()), "");
            Ok(Exit::Ok)
        }
        ConfigCommand::Show(output) => show(output, common, &folders, &mut console),
    }
}

fn show(output: Output, common: &Common, folders: &Paths, console: &mut Console) -> Result<Exit> {
    let loaded = config::load(&setup::layers(common, folders))?;
    if output.json {
        let rows: Vec<_> = loaded
            .rows
            .iter()
            .map(|row| serde_json::json!({"key": row.key, "value": row.value, "source": row.source.to_string()}))
            .collect();
        console.line(&serde_json::to_string_pretty(&rows)?);
        return Ok(Exit::Ok);
    }
    let width = loaded.rows.iter().map(|row| row.key.len()).max().unwrap_or(0);
    for row in &loaded.rows {
        console.line(&format!("{:<width$} = {}  # {}", row.key, row.value, row.source));
    }
    Ok(Exit::Ok)
}
