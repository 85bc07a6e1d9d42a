//! `segno ledger`: what has left this machine.

use super::{Console, Exit, complain};
use crate::args::LedgerCommand;
use crate::setup::Start;
use crate::words;
use crate::words::ledger::{self as say, Entry};
use anyhow::{Context, Result, bail};
use conductor::Conductor;
use conductor::domain::{Failure, LedgerEvent, LedgerRow, LedgerSeq};
use conductor::protocol::{Command, Event, Query, Reply};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Rows that are asked for at once.
const PAGE: u32 = 500;

/// Reads the ledger.
///
/// # Errors
/// When a file cannot be written, or is there already.
pub async fn run(what: LedgerCommand, start: &Start) -> Result<Exit> {
    let (conductor, events) = start.conductor()?;
    let drain = tokio::spawn(drain(events));
    let done = dispatch(what, &conductor).await;
    conductor.send(Command::Quit).await;
    // It ends when the conductor has; a panic in it changes nothing here.
    let _ = drain.await;
    done.or_else(|error| {
        let failure = error.downcast::<Failure>()?;
        complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
        Ok(Exit::Failed)
    })
}

async fn drain(mut events: mpsc::Receiver<Event>) {
    while events.recv().await.is_some() {}
}

async fn dispatch(what: LedgerCommand, conductor: &Conductor) -> Result<Exit> {
    let mut console = Console::new();
    match what {
        LedgerCommand::List { limit, output } => {
            let rows = rows(conductor, Some(limit)).await?;
            list(&rows, limit, output.json, &mut console)?;
            Ok(Exit::Ok)
        }
        LedgerCommand::Show { seq } => show(seq, &page(conductor, Query::LedgerRow(LedgerSeq(seq))).await?, &mut console),
        LedgerCommand::Verify => verify(conductor, &mut console).await,
        LedgerCommand::Export { file, force } => {
            let mut rows = rows(conductor, None).await?;
            rows.reverse();
            export(&rows, file.filter(|file| file != Path::new("-")), force, &mut console)
        }
    }
}

/// Rows, newest first: all of them, or as many as hold `limit` things that left.
async fn rows(conductor: &Conductor, limit: Option<usize>) -> Result<Vec<LedgerRow>> {
    let (mut rows, mut left): (Vec<LedgerRow>, usize) = (Vec::new(), 0);
    loop {
        let before = rows.last().map(|row| row.seq);
        let more = page(conductor, Query::Ledger { before, limit: PAGE }).await?;
        let whole = more.len() < PAGE as usize;
        left += more.iter().filter(|row| matches!(row.event, LedgerEvent::Intent(_))).count();
        rows.extend(more);
        if whole || limit.is_some_and(|limit| left >= limit) {
            return Ok(rows);
        }
    }
}

async fn page(conductor: &Conductor, query: Query) -> Result<Vec<LedgerRow>> {
    match conductor.query(query).await {
        Reply::Ledger(rows) => Ok(rows),
        Reply::Failed(failure) => Err(failure.into()),
        _ => bail!("the ledger was answered with something else"),
    }
}

/// Prints what left, newest first.
fn list(rows: &[LedgerRow], limit: usize, json: bool, console: &mut Console) -> Result<()> {
    let entries: Vec<Entry<'_>> = say::entries(rows).into_iter().take(limit).collect();
    if json {
        let values: Vec<Value> = entries.iter().map(value).collect();
        console.line(&serde_json::to_string_pretty(&values)?);
        return Ok(());
    }
    if entries.is_empty() {
        console.line(say::EMPTY);
    }
    for line in words::columns(&table(&entries)) {
        console.line(&line);
    }
    Ok(())
}

fn table(entries: &[Entry<'_>]) -> Vec<Vec<String>> {
    if entries.is_empty() {
        return Vec::new();
    }
    let head = ["ROW", "TIME (UTC)", "WHERE", "WHAT FOR", "WHO", "HOST", "SIZE", "BASIS", "OUTCOME"];
    let row = |entry: &Entry<'_>| {
        vec![
            entry.row.seq.to_string(),
            say::time(entry.row.time_ms),
            words::place(&entry.entry.location),
            entry.entry.purpose.words().to_owned(),
            say::who(entry.entry),
            say::host(&entry.entry.location),
            words::bytes(entry.entry.bytes),
            say::basis(entry.entry.basis).to_owned(),
            say::outcome(entry.outcome.map(|(_, outcome)| outcome)),
        ]
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(entries.iter().map(row)).collect()
}

/// What left, with what came of it, as one object.
fn value(entry: &Entry<'_>) -> Value {
    let Entry { row, entry: sent, outcome } = entry;
    json!({
        "seq": row.seq, "time_ms": row.time_ms, "purpose": sent.purpose, "provider": sent.provider, "model": sent.model,
        "target": sent.target, "location": sent.location, "bytes": sent.bytes, "payload": sent.payload, "basis": sent.basis,
        "secrets": sent.secrets, "redactions": sent.redactions, "conversation": sent.conversation,
        "outcome": outcome.map(|(_, outcome)| outcome), "previous": row.previous, "hash": row.hash,
    })
}

fn show(seq: i64, rows: &[LedgerRow], console: &mut Console) -> Result<Exit> {
    let Some(row) = rows.iter().find(|row| row.seq.0 == seq) else {
        complain("error", &format!("the ledger has no row {seq}"), "`segno ledger list` lists them");
        return Ok(Exit::Failed);
    };
    let facts = match &row.event {
        LedgerEvent::Outcome { intent, outcome } => say::whole_outcome(row, *intent, *outcome),
        LedgerEvent::Intent(entry) => {
            let end = |other: &LedgerRow| match other.event {
                LedgerEvent::Outcome { intent, outcome } if intent == row.seq => Some((other.seq, outcome)),
                _ => None,
            };
            say::whole(&Entry { row, entry, outcome: rows.iter().find_map(end) })
        }
    };
    for (name, text) in facts {
        console.line(&format!("{name:<13} {text}"));
    }
    Ok(Exit::Ok)
}

async fn verify(conductor: &Conductor, console: &mut Console) -> Result<Exit> {
    let verdict = match conductor.query(Query::VerifyLedger).await {
        Reply::Verdict(verdict) => verdict,
        Reply::Failed(failure) => return Err(failure.into()),
        _ => bail!("the ledger was answered with something else"),
    };
    let (whole, text) = say::verdict(&verdict);
    if !whole {
        complain("error", &text, "rows from there on may have been changed by somebody, or by a fault of the disk");
    } else {
        console.line(&text);
    }
    if let Some(head) = verdict.head {
        console.line(&format!("rows: {}", verdict.rows));
        console.line(&format!("head: {head}"));
        console.hint(say::HEAD_HINT);
    }
    Ok(if whole { Exit::Ok } else { Exit::Failed })
}

/// Writes all rows, oldest first, one JSON object a line.
fn export(rows: &[LedgerRow], file: Option<PathBuf>, force: bool, console: &mut Console) -> Result<Exit> {
    let Some(path) = file else {
        for row in rows {
            console.stream(&format!("{}\n", serde_json::to_string(row)?));
        }
        return Ok(console.closed().unwrap_or(Exit::Ok));
    };
    let shown = path.display();
    // What is there stays until all of the new is written beside it.
    let target = if force { path.with_added_extension(format!("{}.part", std::process::id())) } else { path.clone() };
    let file = match create(&target) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            complain(
                "error",
                &format!("{} is there already", target.display()),
                "`--force` writes over it; or name another file",
            );
            return Ok(Exit::Failed);
        }
        created => created.with_context(|| format!("{shown} cannot be written"))?,
    };
    let written = write_rows(rows, file).and_then(|()| if force { Ok(std::fs::rename(&target, &path)?) } else { Ok(()) });
    if let Err(error) = written {
        let _ = std::fs::remove_file(&target);
        return Err(error).with_context(|| format!("{shown} cannot be written"));
    }
    let count = if rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", rows.len()) };
    complain("note", &format!("wrote {count} to {shown}"), "");
    Ok(Exit::Ok)
}

fn write_rows(rows: &[LedgerRow], file: File) -> Result<()> {
    let mut out = BufWriter::new(file);
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// A file that was not there, for the user alone.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
