//! `segno config`: what is in force, from where, and what is wrong.

use super::{Console, Exit, complain, edit, themes};
use crate::args::{Common, ConfigCommand, Output};
use crate::nearest::nearest;
use crate::paths::{self, Paths};
use crate::setup::{self, THEME};
use crate::view::theme::{self, Depth};
use anyhow::Result;
use conductor::Inspector;
use conductor::domain::{Failure, FailureKind};
use std::path::PathBuf;

/// Shows, checks or finds the configuration.
///
/// # Errors
/// When it cannot be read, or not be printed as JSON.
pub async fn run(what: ConfigCommand, common: &Common) -> Result<Exit> {
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
            let loaded = setup::load(&setup::layers(common, &folders))?;
            theme::named(&loaded.config.ui.theme, loaded.place(THEME), &folders.themes(), Depth::True)?;
            let file = setup::user_file(common, &folders);
            let there = if file.exists() { "is fine" } else { "is not there, and need not be: the defaults are in force" };
            complain("note", &format!("{} {there}", file.display()), "");
            Ok(Exit::Ok)
        }
        ConfigCommand::Edit => edit::run(common, &folders).await,
        ConfigCommand::Themes { name, output } => themes::run(name.as_deref(), output, &folders, &mut console),
        ConfigCommand::Prompts { name, output } => prompts(name.as_deref(), output, &folders, &mut console),
        ConfigCommand::Show(output) => show(output, common, &folders, &mut console),
    }
}

/// Lists the prompts of the roles that learn, or prints one. The one that comes with Segno is printed even where one of the user's own
/// is none.
fn prompts(name: Option<&str>, output: Output, folders: &Paths, console: &mut Console) -> Result<Exit> {
    if let Some(text) = name.and_then(Inspector::built_in_prompt) {
        console.stream(text);
        return Ok(Exit::Ok);
    }
    let rows = Inspector::prompts(&crate::prompts::read(&folders.prompts())?)?;
    if let Some(name) = name {
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            let hint = nearest(name, rows.iter().map(|row| row.name.as_str())).map(|near| format!("did you mean `{near}`? "));
            let hint = format!("{}`segno config prompts` lists them", hint.unwrap_or_default());
            return Err(Failure::new(FailureKind::NotFound, format!("there is no prompt {name}"), hint).into());
        };
        console.stream(&row.text);
        return Ok(Exit::Ok);
    }
    if output.json {
        let json = |file: &Option<PathBuf>| file.as_ref().map(|file| file.display().to_string());
        let rows: Vec<_> = rows
            .iter()
            .map(|row| serde_json::json!({"name": row.name, "file": json(&row.file), "variables": row.variables}))
            .collect();
        console.line(&serde_json::to_string_pretty(&rows)?);
        return Ok(Exit::Ok);
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    for row in &rows {
        let from = row.file.as_ref().map_or_else(|| "built in".to_owned(), |file| file.display().to_string());
        console.line(&format!("{:<width$}  {from}", row.name));
    }
    Ok(Exit::Ok)
}

fn show(output: Output, common: &Common, folders: &Paths, console: &mut Console) -> Result<Exit> {
    let loaded = setup::load(&setup::layers(common, folders))?;
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
