//! `segno history`: the stored conversations, read and cleared by their owner.
//!
//! What must stay true: nothing is taken away for good without a yes; a file is whole or not there, and for the user alone.

mod file;

use super::{Console, Exit, complain, prompt};
use crate::args::{ExportHistory, Format, HistoryCommand, Purge};
use crate::clock::now_ms;
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words::{self, Names};
use anyhow::{Result, bail};
use conductor::Conductor;
use conductor::config::Config;
use conductor::domain::{
    ConversationId, ConversationSummary, Doomed, ExportFormat, Failure, FailureKind, Hit, MessageId, RequestId, Role,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, Level, Query, Reply};
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use tokio::sync::mpsc;

/// The one request that is under way.
const ID: RequestId = RequestId(1);

/// What the conductor answers with that is no answer to the question.
const ODD: &str = "the history was answered with something else";

const DAY_MS: i64 = 86_400_000;

/// So many conversations that are to be purged are named.
const NAMED: usize = 20;

/// Reads or changes the history.
///
/// # Errors
/// When a file cannot be read or written.
pub async fn run(what: HistoryCommand, start: &Start) -> Result<Exit> {
    let (conductor, events) = start.conductor()?;
    // What changes something waits for its event; the others have them thrown away.
    let (sender, mut heard) = mpsc::channel(64);
    let pump = tokio::spawn(pump(events, sender));
    let done = dispatch(what, (&conductor, &start.config), &mut heard).await;
    conductor.send(Command::Quit).await;
    heard.close();
    // It ends when the conductor has; a panic in it changes nothing here.
    let _ = pump.await;
    done.or_else(|error| {
        let failure = error.downcast::<Failure>()?;
        complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
        Ok(Exit::Failed)
    })
}

/// Passes on what may be an answer, and takes in all else.
async fn pump(mut events: mpsc::Receiver<Event>, sender: mpsc::Sender<Event>) {
    while let Some(event) = events.recv().await {
        let matters = match &event {
            Event::Conversation(_) => true,
            Event::Notice { notice, .. } => notice.level == Level::Error,
            _ => false,
        };
        if matters {
            // Nobody waits for it where it does not fit.
            let _ = sender.try_send(event);
        }
    }
}

async fn dispatch(
    what: HistoryCommand,
    (conductor, config): (&Conductor, &Config),
    heard: &mut mpsc::Receiver<Event>,
) -> Result<Exit> {
    let mut console = Console::new();
    let names = Names::of(config);
    let command = match what {
        HistoryCommand::List { limit, deleted, output } => {
            let list = summaries(conductor, Query::Conversations { limit, deleted }).await?;
            return listed(&list, (output.json, &names), &mut console);
        }
        HistoryCommand::Search { words, limit, before, output } => {
            let text = words.join(" ");
            return match ask(conductor, Query::Search { text, limit, before: before.map(MessageId) }).await? {
                Reply::Found(hits) => found(&hits, limit, (output.json, &names), &mut console),
                _ => bail!(ODD),
            };
        }
        HistoryCommand::Show { id } => {
            let text = exported(conductor, Some(id), ExportFormat::Markdown).await?;
            console.stream(&text);
            return Ok(console.closed().unwrap_or(Exit::Ok));
        }
        HistoryCommand::Export(export) => return write(&export, conductor, &mut console).await,
        HistoryCommand::Import { file, output } => {
            let text = file::read(&file)?;
            conductor.send(Command::Conversation(ConversationCommand::Import { id: ID, text })).await;
            let list = answer(heard, |event| match event {
                ConversationEvent::Imported { id: ID, result } => Some(result),
                _ => None,
            })
            .await??;
            return listed(&list, (output.json, &names), &mut console);
        }
        HistoryCommand::Purge(purge) => return purged(&purge, conductor, heard, &mut console).await,
        HistoryCommand::Rename { id, title } => {
            ConversationCommand::Rename { id: Some(ConversationId(id)), title: title.join(" ") }
        }
        HistoryCommand::Delete { id } => ConversationCommand::Delete(ConversationId(id)),
        HistoryCommand::Restore { id } => ConversationCommand::Restore(ConversationId(id)),
    };
    conductor.send(Command::Conversation(command)).await;
    let line = answer(heard, |event| match event {
        ConversationEvent::Changed(summary) => Some(format!("renamed {}: {}", summary.id.0, clean_line(&summary.title))),
        ConversationEvent::Deleted(summary) => Some(format!("deleted {}: {}", summary.id.0, clean_line(&summary.title))),
        ConversationEvent::Restored(summary) => Some(format!("restored {}: {}", summary.id.0, clean_line(&summary.title))),
        _ => None,
    })
    .await?;
    console.line(&line);
    Ok(console.closed().unwrap_or(Exit::Ok))
}

async fn ask(conductor: &Conductor, query: Query) -> Result<Reply> {
    match conductor.query(query).await {
        Reply::Failed(failure) => Err(failure.into()),
        reply => Ok(reply),
    }
}

async fn summaries(conductor: &Conductor, query: Query) -> Result<Vec<ConversationSummary>> {
    match ask(conductor, query).await? {
        Reply::Conversations(list) => Ok(list),
        _ => bail!(ODD),
    }
}

async fn exported(conductor: &Conductor, id: Option<i64>, format: ExportFormat) -> Result<String> {
    match ask(conductor, Query::Export { conversation: id.map(ConversationId), format }).await? {
        Reply::Text(text) => Ok(text),
        _ => bail!(ODD),
    }
}

/// Waits for the event that `wanted` takes; what is said to be wrong before it is the answer, too.
async fn answer<T>(heard: &mut mpsc::Receiver<Event>, wanted: impl Fn(ConversationEvent) -> Option<T>) -> Result<T> {
    while let Some(event) = heard.recv().await {
        match event {
            Event::Conversation(event) => {
                if let Some(answer) = wanted(event) {
                    return Ok(answer);
                }
            }
            Event::Notice { notice, .. } => return Err(Failure::new(FailureKind::Storage, notice.what, notice.hint).into()),
            _ => {}
        }
    }
    bail!("Segno ended before it was done")
}

fn listed(list: &[ConversationSummary], (json, names): (bool, &Names), console: &mut Console) -> Result<Exit> {
    if json {
        let mut value = serde_json::to_value(list)?;
        names.beside(&mut value);
        console.line(&serde_json::to_string_pretty(&value)?);
    } else if list.is_empty() {
        console.line("There is no conversation.");
    } else {
        for line in words::columns(&table(list)) {
            console.line(&line);
        }
    }
    Ok(console.closed().unwrap_or(Exit::Ok))
}

fn table(list: &[ConversationSummary]) -> Vec<Vec<String>> {
    let now = now_ms();
    let row = |summary: &ConversationSummary| {
        let count = format!("{} messages", summary.messages);
        vec![summary.id.0.to_string(), words::ago(now, summary.updated_ms), count, clean_line(&summary.title).to_string()]
    };
    list.iter().map(row).collect()
}

fn found(hits: &[Hit], limit: u32, (json, names): (bool, &Names), console: &mut Console) -> Result<Exit> {
    if json {
        let value = |hit: &Hit| {
            let marks: Vec<_> = hit.marks.iter().map(|mark| json!([mark.start, mark.end])).collect();
            json!({
                "conversation": hit.conversation, "message": hit.message, "role": hit.role, "excerpt": hit.excerpt,
                "marks": marks, "at_ms": hit.at_ms, "archived": hit.archived,
            })
        };
        let mut list = hits.iter().map(value).collect();
        names.beside(&mut list);
        console.line(&serde_json::to_string_pretty(&list)?);
        return Ok(console.closed().unwrap_or(Exit::Ok));
    }
    if hits.is_empty() {
        console.line("Nothing was found.");
    }
    for hit in hits {
        let who = if hit.role == Role::User { "you" } else { "answer" };
        let version = if hit.archived { ", a version that is not shown now" } else { "" };
        let (title, when) = (clean_line(&hit.conversation.title), words::ago(now_ms(), hit.at_ms));
        console.line(&format!("{}  {title} ({who}, {when}{version})", hit.conversation.id.0));
        console.line(&format!("    {}", clean_line(&hit.excerpt)));
    }
    if let Some(last) = hits.last().filter(|_| hits.len() as u64 >= u64::from(limit)) {
        complain("note", "there may be more", &format!("`--before {}` finds what is older", last.message.0));
    }
    Ok(console.closed().unwrap_or(Exit::Ok))
}

async fn write(export: &ExportHistory, conductor: &Conductor, console: &mut Console) -> Result<Exit> {
    let format = match export.format {
        // Together they are JSON alone.
        _ if export.all => ExportFormat::Json,
        Format::Markdown => ExportFormat::Markdown,
        Format::Json => ExportFormat::Json,
        Format::Html => ExportFormat::Html,
    };
    let (id, file) = match (export.all, export.words.as_slice()) {
        (true, []) => (None, None),
        (true, [file]) => (None, Some(file)),
        (false, [id]) => (Some(number(id)?), None),
        (false, [id, file]) => (Some(number(id)?), Some(file)),
        _ => bail!("say which conversation, or --all, and one file"),
    };
    let text = exported(conductor, id, format).await?;
    match file.map(Path::new).filter(|file| *file != Path::new("-")) {
        None => {
            console.stream(&text);
            Ok(console.closed().unwrap_or(Exit::Ok))
        }
        Some(file) => file::write(file, &text, export.force),
    }
}

fn number(word: &str) -> Result<i64> {
    match word.parse() {
        Ok(number) => Ok(number),
        Err(_) => bail!("{:?} is no number of a conversation: `segno history list` shows them", clean_line(word)),
    }
}

/// Says what would go, asks, and takes it away. Without a terminal only `--yes` is a yes.
async fn purged(purge: &Purge, conductor: &Conductor, heard: &mut mpsc::Receiver<Event>, console: &mut Console) -> Result<Exit> {
    let now = now_ms();
    let which = match (purge.id, purge.older_than) {
        (Some(id), _) => Doomed::One(ConversationId(id)),
        (None, Some(days)) => Doomed::OlderThan(now.saturating_sub(i64::from(days).saturating_mul(DAY_MS))),
        (None, None) if purge.deleted => Doomed::Deleted(now),
        (None, None) => Doomed::All,
    };
    let doomed = summaries(conductor, Query::Doomed(which)).await?;
    if doomed.is_empty() && which != Doomed::All {
        // What an earlier purge could not take out of the file goes now, and nothing else without a yes: nothing was deleted so early.
        gone(conductor, heard, Doomed::Deleted(i64::MIN)).await?;
        if let Doomed::One(id) = which {
            complain("error", &format!("there is no conversation {}", id.0), "`segno history list` shows them");
            return Ok(Exit::Failed);
        }
        console.line("There is nothing to purge.");
        return Ok(Exit::Ok);
    }
    for line in words::columns(&table(&doomed)).iter().take(NAMED) {
        console.note(line);
    }
    if doomed.len() > NAMED {
        console.note(&format!("… and {} more", doomed.len() - NAMED));
    }
    let count = words_of(doomed.len());
    if !purge.yes && !is_yes(&format!("Delete {count} for good? [y/N] ")) {
        complain("error", "nothing was deleted", "`--yes` answers beforehand");
        return Ok(Exit::Failed);
    }
    let count = gone(conductor, heard, which).await? as usize;
    console.line(&format!("{} deleted for good", words_of(count)));
    Ok(console.closed().unwrap_or(Exit::Ok))
}

/// Purges, and says how many are gone.
async fn gone(conductor: &Conductor, heard: &mut mpsc::Receiver<Event>, which: Doomed) -> Result<u32> {
    conductor.send(Command::Conversation(ConversationCommand::Purge { id: ID, which })).await;
    let purged = |event| if let ConversationEvent::Purged { id: ID, result } = event { Some(result) } else { None };
    Ok(answer(heard, purged).await??)
}

fn words_of(count: usize) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

/// Asks a person; where there is none, or the answer is anything else, it is a no.
fn is_yes(question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    prompt(question);
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}
