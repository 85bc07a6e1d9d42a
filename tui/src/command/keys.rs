//! `segno keys`, and `segno models --provider`: the keys of providers, and what a provider answers to one.
//!
//! What must stay true: a key is read without echo or from a pipe, and is never an argument; it is printed nowhere.

use super::listen::{Heard, Listener};
use super::{Console, Exit, complain};
use crate::args::{KeysCommand, Output};
use crate::setup::Start;
use crate::{terminal, words};
use anyhow::{Context, Result};
use conductor::Keys;
use conductor::config::ProviderSettings;
use conductor::domain::{BackendId, Failure, FailureKind, Location, Purpose, RequestId};
use conductor::protocol::{Command, ConsentCommand, Event, ModelsCommand};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::io::{BufRead, IsTerminal, Read};

const ID: RequestId = RequestId(1);

/// The longest line that is read as a key, in bytes.
const LINE_CAP: usize = 64 * 1024;

/// Does what is asked for.
///
/// # Errors
/// When the provider is not configured, no key can be read, or it cannot be kept.
pub async fn run(what: &KeysCommand, start: &Start) -> Result<Exit> {
    match what {
        KeysCommand::Set { provider } => set(provider, start),
        KeysCommand::List(output) => list(*output, start),
        KeysCommand::Remove { provider } => remove(provider, start),
        KeysCommand::Check { provider } => {
            let Some(names) = ask(provider, Purpose::KeyCheck, start).await? else { return Ok(Exit::Failed) };
            let models = match names.len() {
                0 => String::new(),
                1 => " and has 1 model".to_owned(),
                n => format!(" and has {n} models"),
            };
            complain("note", &format!("{provider} takes the key{models}"), "");
            Ok(Exit::Ok)
        }
    }
}

/// Prints the names of all models that a provider has.
///
/// # Errors
/// When the provider is not configured, or the names cannot be printed as JSON.
pub async fn models(provider: &str, output: Output, start: &Start) -> Result<Exit> {
    let Some(names) = ask(provider, Purpose::ModelList, start).await? else { return Ok(Exit::Failed) };
    let mut console = Console::new();
    if output.json {
        console.line(&serde_json::to_string_pretty(&names)?);
        return Ok(Exit::Ok);
    }
    for name in &names {
        console.line(&crate::sanitise::clean_line(name));
    }
    let hint = "a row under [[models]] in your own config.toml makes one of them known to Segno";
    complain("note", &format!("{provider} has {} models", names.len()), hint);
    Ok(Exit::Ok)
}

fn set(provider: &str, start: &Start) -> Result<Exit> {
    let row = find(provider, start)?;
    let Some(key) = read_key(&row.id)? else {
        complain("note", &format!("no key was given for {provider}: nothing is changed"), "");
        return Ok(Exit::Failed);
    };
    let place = start.keys().set(&row.id, key)?;
    let from = start.keys().source(row);
    complain("note", &format!("the key of {provider} is kept in {}", start.keys().whereabouts(&place)), "");
    if let Some(from) = from.filter(|from| *from != place) {
        complain("note", &format!("another one comes first: {from}"), "take that one away to have this one used");
    }
    Ok(Exit::Ok)
}

fn remove(provider: &str, start: &Start) -> Result<Exit> {
    let (id, keys) = (BackendId::new(provider.trim()), start.keys());
    if keys.remove(&id)? {
        complain("note", &format!("the key of {id} is gone"), "");
        return Ok(Exit::Ok);
    }
    let row = start.config.providers.iter().find(|row| row.id == id);
    let hint = match row.and_then(|row| keys.source(row)) {
        Some(other) => format!("there is one that comes from elsewhere: {other}"),
        None => "`segno keys list` shows which there are".to_owned(),
    };
    complain("error", &format!("`segno keys set` keeps no key for {id}"), &hint);
    Ok(Exit::Failed)
}

fn list(output: Output, start: &Start) -> Result<Exit> {
    let (mut console, keys) = (Console::new(), start.keys());
    let stored = keys.stored();
    let rows: Vec<Row> = start.config.providers.iter().map(|row| Row::of(row, &keys)).collect();
    if output.json {
        console.line(&serde_json::to_string_pretty(&rows)?);
    } else {
        for line in table(&rows) {
            console.line(&line);
        }
    }
    match stored {
        Ok(names) => {
            for name in names.iter().filter(|name| !start.config.providers.iter().any(|row| row.id == **name)) {
                complain(
                    "note",
                    &format!("there is a key for {name}, which is no provider"),
                    &format!("`segno keys remove {name}`"),
                );
            }
            Ok(Exit::Ok)
        }
        Err(failure) => {
            complain("error", &failure.what, &failure.hint);
            Ok(Exit::Failed)
        }
    }
}

#[derive(serde::Serialize)]
struct Row {
    provider: String,
    /// Where the key comes from.
    key: Option<String>,
    needs_key: bool,
    location: Option<Location>,
    endpoint: String,
    /// Why it cannot be used, where it cannot.
    problem: Option<String>,
}

impl Row {
    fn of(row: &ProviderSettings, keys: &Keys) -> Self {
        let (location, problem) = match Keys::recipient(row) {
            Ok(location) => (Some(location), None),
            Err(failure) => (None, Some(failure.what)),
        };
        let (provider, endpoint) = (row.id.to_string(), row.endpoint.clone());
        let key = keys.source(row).map(|source| source.to_string());
        Self { provider, key, needs_key: row.needs_key, location, endpoint, problem }
    }

    fn cells(&self) -> [String; 4] {
        let none = if self.needs_key { "none" } else { "not needed" };
        let key = self.key.clone().unwrap_or_else(|| none.to_owned());
        let place = self.location.as_ref().map(|location| format!("{} {location}", location.symbol()));
        let place = place.or_else(|| self.problem.clone()).unwrap_or_default();
        [self.provider.clone(), key, place, self.endpoint.clone()].map(|cell| crate::sanitise::clean_line(&cell).into_owned())
    }
}

/// One row a provider, in columns.
fn table(rows: &[Row]) -> Vec<String> {
    let head = ["PROVIDER", "KEY", "WHERE", "ENDPOINT"].map(str::to_owned);
    let all: Vec<_> = std::iter::once(head).filter(|_| !rows.is_empty()).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| all.iter().map(|row| words::width(&row[column])).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - words::width(cell))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

fn find<'a>(provider: &str, start: &'a Start) -> Result<&'a ProviderSettings, Failure> {
    let rows = &start.config.providers;
    rows.iter().find(|row| row.id.as_str() == provider.trim()).ok_or_else(|| {
        let names: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
        let known = if names.is_empty() { "there is none yet".to_owned() } else { format!("there are: {}", names.join(", ")) };
        let hint = format!("a row under [[providers]] in your own config.toml makes one; {known}");
        Failure::new(FailureKind::NotFound, format!("there is no provider {}", provider.trim()), hint)
    })
}

/// From the terminal without echo; from a pipe its first line. `None` where the user broke off.
fn read_key(provider: &BackendId) -> Result<Option<SecretString>> {
    let input = std::io::stdin();
    let line = if input.is_terminal() {
        let prompt = format!("key of {provider} (it is not shown): ");
        terminal::read_secret(&prompt, LINE_CAP).context("the key could not be read from the terminal")?
    } else {
        // All the room at once: a buffer that grows leaves copies behind.
        let mut line = Zeroizing::new(String::with_capacity(LINE_CAP));
        input.lock().take(LINE_CAP as u64).read_line(&mut line).context("the key could not be read from standard input")?;
        Some(line)
    };
    Ok(line.map(|line| SecretString::from(line.as_str())))
}

/// What the provider answers; `None` where it was said why there is nothing.
async fn ask(provider: &str, purpose: Purpose, start: &Start) -> Result<Option<Vec<String>>> {
    let row = find(provider, start)?;
    let (conductor, events) = start.conductor()?;
    let provider = row.id.clone();
    conductor.send(Command::Models(ModelsCommand::List { id: ID, provider: provider.clone(), purpose })).await;
    let mut listener = Listener::new(events);
    let mut outcome = None;
    while let Some(heard) = listener.next().await {
        match heard {
            Heard::Event(event) => match *event {
                Event::Listed { id: ID, result, .. } => {
                    outcome = Some(result);
                    conductor.send(Command::Quit).await;
                }
                // The command names the provider, which is leave enough for a service; a machine of one's own is named in
                // the configuration once and for all.
                Event::ConsentNeeded(request) if request.id == ID => {
                    conductor.send(Command::Consent(ConsentCommand::Deny { id: ID, never: false })).await;
                }
                _ => {}
            },
            Heard::Interrupt => {
                conductor.send(Command::Quit).await;
            }
        }
    }
    let nothing = || Failure::new(FailureKind::Cancelled, format!("{provider} was not asked to the end"), "");
    match outcome.unwrap_or_else(|| Err(nothing())) {
        Ok(names) => Ok(Some(names)),
        Err(failure) => {
            let own = "name its host in privacy.trusted_hosts, if it is your own machine";
            let hint = if failure.kind == FailureKind::Denied { own } else { &failure.hint };
            complain("error", &failure.what, &words::for_the_command_line(hint));
            Ok(None)
        }
    }
}
