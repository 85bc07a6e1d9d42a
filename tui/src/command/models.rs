//! `segno models`: what the server has.

use super::{Console, Exit, complain};
use crate::args::Output;
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words::{self, Names};
use anyhow::Result;
use conductor::Conductor;
use conductor::domain::{Model, ModelId, Plan, Prompt, ServerState};
use conductor::protocol::{Command, Event, ModelsSnapshot, Query, Reply};
use tokio::sync::mpsc;

/// Prints the models.
///
/// # Errors
/// When they cannot be printed as JSON.
pub async fn run(output: Output, start: &Start) -> Result<Exit> {
    let mut console = Console::new();
    let Some(mut snapshot) = ask(start).await? else { return Ok(Exit::Failed) };
    let names = Names::of(&start.config);
    if output.json {
        // Connections are for `segno doctor` to tell.
        snapshot.pools.clear();
        let mut value = serde_json::to_value(&snapshot)?;
        names.beside(&mut value);
        console.line(&serde_json::to_string_pretty(&value)?);
        return Ok(if matches!(snapshot.best(), ServerState::Up { .. }) { Exit::Ok } else { Exit::Failed });
    }
    // Models of providers are there without the server.
    for line in words::columns(&table(&snapshot, &names)) {
        console.line(&line);
    }
    let several = !snapshot.hosts.is_empty();
    for (host, state) in snapshot.states().filter(|(_, state)| several && !matches!(state, ServerState::Up { .. })) {
        complain("note", &format!("{host}: {}", words::server(state)), &words::server_hint(state, snapshot.machine.os));
    }
    let address = match snapshot.best() {
        ServerState::Up { address, .. } => address,
        _ if several => return Ok(Exit::Failed),
        state => {
            complain("error", &words::server(state), &words::server_hint(state, snapshot.machine.os));
            return Ok(Exit::Failed);
        }
    };
    if snapshot.models.is_empty() {
        let hint = format!("`segno pull {}` gets one that suits this machine", words::first_model(&snapshot));
        complain("note", &format!("the server on {address} has no model yet"), &hint);
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
        Reply::Models(snapshot) => Some(*snapshot),
        Reply::Failed(failure) => {
            complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
            None
        }
        _ => None,
    })
}

/// Who would be asked for `prompt`, by what the server has.
pub(super) async fn route(start: &Start, prompt: Prompt, model: Option<ModelId>) -> Result<Option<Plan>> {
    let (conductor, events) = start.conductor()?;
    let drain = tokio::spawn(drain(events));
    // The list first: a plan without it would be the guide's.
    let listed = conductor.query(Query::Models).await;
    let reply = match listed {
        Reply::Models(_) => conductor.query(Query::Route { prompt, model }).await,
        failed => failed,
    };
    end(&conductor, drain).await;
    Ok(match reply {
        Reply::Route(plan) => Some(*plan),
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

/// One row a model, below the names of the columns.
fn table(snapshot: &ModelsSnapshot, names: &Names) -> Vec<Vec<String>> {
    if snapshot.models.is_empty() {
        return Vec::new();
    }
    let hosts = snapshot.several();
    let mut head = ["NAME", "SIZE", "PARAMETERS", "WHERE", "WINDOW", "LICENCE", "$ PER 1M", "NOTES"].map(str::to_owned).to_vec();
    // A column that nobody has anything in is not shown.
    let any = snapshot.models.iter().any(|model| names.display(&model.id).is_some());
    let called = |row: &mut Vec<String>, name: &str| {
        if any {
            row.insert(1, name.to_owned());
        }
    };
    let host = |row: &mut Vec<String>, name: &str| {
        if !hosts.is_empty() {
            row.insert(1, clean_line(name).into_owned());
        }
    };
    called(&mut head, "CALLED");
    host(&mut head, "HOST");
    let rows = snapshot.models.iter().map(|model| {
        let mut row = cells(model, snapshot);
        called(&mut row, names.display(&model.id).unwrap_or_default());
        host(&mut row, if hosts.contains(&model.backend) { model.backend.as_str() } else { "" });
        row
    });
    std::iter::once(head).chain(rows).collect()
}

fn cells(model: &Model, snapshot: &ModelsSnapshot) -> Vec<String> {
    let resident = if model.resident.is_some() { "in memory " } else { "" };
    let trouble = words::trouble(snapshot, model).map(|row| row.words(snapshot.at_ms));
    let notes = match model.obstacle.as_deref().or(trouble.as_deref()) {
        Some(obstacle) => clean_line(obstacle).into_owned(),
        None => format!("{resident}{}", words::capabilities(model)),
    };
    vec![
        words::names::id(&model.id),
        words::disk(model),
        clean_line(&format!("{} {}", model.parameters, model.quantization)).trim().to_owned(),
        format!("{} {}", model.location.symbol(), clean_line(&model.location.to_string())),
        model.num_ctx.to_string(),
        model.licence.class.word().to_owned(),
        model.prices.as_ref().map(words::prices).unwrap_or_default(),
        notes.trim_end().to_owned(),
    ]
}
