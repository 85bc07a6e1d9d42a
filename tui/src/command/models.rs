//! `segno models`: what the server has.

use super::{Console, Exit, complain};
use crate::args::Output;
use crate::setup::Start;
use crate::words;
use anyhow::Result;
use conductor::Conductor;
use conductor::domain::{Model, ServerState};
use conductor::protocol::{Command, Event, ModelsSnapshot, Query, Reply};
use tokio::sync::mpsc;

/// Prints the models.
///
/// # Errors
/// When they cannot be printed as JSON.
pub async fn run(output: Output, start: &Start) -> Result<Exit> {
    let mut console = Console::new();
    let Some(snapshot) = ask(start).await? else { return Ok(Exit::Failed) };
    if output.json {
        console.line(&serde_json::to_string_pretty(&snapshot)?);
        return Ok(if matches!(snapshot.server, ServerState::Up { .. }) { Exit::Ok } else { Exit::Failed });
    }
    let address = match &snapshot.server {
        ServerState::Up { address, .. } => address,
        state => {
            complain("error", &words::server(state), &words::server_hint(state, snapshot.machine.os));
            return Ok(Exit::Failed);
        }
    };
    if snapshot.models.is_empty() {
        let hint = format!("`segno pull {}` gets one that suits this machine", words::first_model(&snapshot));
        complain("note", &format!("the server on {address} has no model yet"), &hint);
    }
    for line in table(&snapshot) {
        console.line(&line);
    }
    Ok(Exit::Ok)
}

/// What is known of the server, from a conductor of its own.
pub(super) async fn ask(start: &Start) -> Result<Option<ModelsSnapshot>> {
    let (conductor, events) = start.conductor()?;
    let drain = tokio::spawn(drain(events));
    let reply = conductor.query(Query::Models).await;
    end(&conductor, drain).await;
    Ok(match reply {
        Reply::Models(snapshot) => Some(snapshot),
        Reply::Failed(failure) => {
            complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
            None
        }
        _ => None,
    })
}

async fn end(conductor: &Conductor, drain: tokio::task::JoinHandle<()>) {
    conductor.send(Command::Quit).await;
    // It ends when the conductor has; a panic in it changes nothing here.
    let _ = drain.await;
}

async fn drain(mut events: mpsc::Receiver<Event>) {
    while events.recv().await.is_some() {}
}

/// One row a model, in columns.
fn table(snapshot: &ModelsSnapshot) -> Vec<String> {
    let rows: Vec<[String; 6]> = snapshot.models.iter().map(cells).collect();
    let head = ["NAME", "SIZE", "PARAMETERS", "WHERE", "WINDOW", "NOTES"].map(str::to_owned);
    let all: Vec<&[String; 6]> = std::iter::once(&head).filter(|_| !rows.is_empty()).chain(rows.iter()).collect();
    let widths: Vec<usize> = (0..6).map(|column| all.iter().map(|row| words::width(&row[column])).max().unwrap_or(0)).collect();
    all.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - words::width(cell))));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

fn cells(model: &Model) -> [String; 6] {
    let resident = if model.resident.is_some() { "in memory " } else { "" };
    let notes = format!("{resident}{}", words::capabilities(model));
    [
        crate::sanitise::clean_line(model.id.short()).into_owned(),
        words::bytes(model.size_bytes),
        crate::sanitise::clean_line(&format!("{} {}", model.parameters, model.quantization)).trim().to_owned(),
        format!("{} {}", model.location.symbol(), model.location),
        model.num_ctx.to_string(),
        notes.trim_end().to_owned(),
    ]
}
