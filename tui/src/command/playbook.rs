//! `segno playbook`: the advice that goes into prompts, read and written by its owner.
//!
//! What must stay true: no server of models is asked or waited for but by `train` and `measure`; what was refused is said, and never looks as if it was done.

mod door;
mod files;
mod print;
mod train;

use super::{Console, Exit, complain};
use crate::args::{One, Parts, PlaybookCommand as What, Text};
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words;
use anyhow::{Result, bail};
use conductor::domain::{BulletId, DeltaSeq, Failure, FailureKind, Playbook, PlaybookKey, UserChange};
use conductor::protocol::PlaybookCommand;
use door::{Door, ID, there};
use print::Printer;

/// Does it, and says how it ended.
///
/// # Errors
/// When words are missing or too many, or something cannot be printed as JSON.
pub async fn run(what: What, model: Option<&str>, start: &Start) -> Result<Exit> {
    let mut console = Console::new();
    let done = match what {
        What::Train(train) => train::train(&train, model, start, &mut console).await,
        What::Measure(measure) => train::measure(&measure, model, start, &mut console).await,
        what => {
            let mut door = Door::open(start)?;
            let done = dispatch(what, &mut door, &mut console).await;
            door.close().await;
            done
        }
    };
    match done {
        Ok(()) => Ok(console.closed().unwrap_or(Exit::Ok)),
        Err(error) => {
            let failure = error.downcast::<Failure>()?;
            complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
            Ok(if failure.kind == FailureKind::Cancelled { Exit::Interrupted } else { Exit::Failed })
        }
    }
}

async fn dispatch(what: What, door: &mut Door, console: &mut Console) -> Result<()> {
    match what {
        What::List(output) => print::list(&door.all().await?, &mut Printer::new(console, output)),
        What::Show(one) => {
            let book = the_one(&one, door).await?;
            print::show(&book, &mut Printer::new(console, one.output))
        }
        What::History(one) => {
            let book = the_one(&one, door).await?;
            let deltas = door.deltas(book.key.clone()).await?;
            print::history(&book, &deltas, &mut Printer::new(console, one.output))
        }
        What::Stats(one) if one.words.is_empty() && one.parts.base.is_none() => {
            print::stats_of_all(&door.all().await?, &mut Printer::new(console, one.output))
        }
        What::Stats(one) => {
            let book = the_one(&one, door).await?;
            let facts = door.facts(book.key.clone()).await?;
            print::stats_with_facts(&book, &facts, &mut Printer::new(console, one.output))
        }
        What::Export(export) => {
            let (name, rest) = split(&export.words, &export.parts)?;
            none(rest)?;
            let book = there(door.named(name, &export.parts).await?)?;
            console.stream(&door.exported(book.key, export.jsonl).await?);
            Ok(())
        }
        // They have a conductor of their own.
        What::Train(_) | What::Measure(_) => Ok(()),
        What::Import(import) => files::import(&[import.file], &import.target, false, door, console).await,
        What::Merge(merge) => files::import(&merge.files, &merge.target, true, door, console).await,
        What::Why(one) => why(&one, door, console).await,
        What::Add(text) => add(text, door, console).await,
        What::Edit(text) => edit(text, door, console).await,
        What::Undo(one) => undo(&one, door, console).await,
        What::On(one) => switch(&one, false, door, console).await,
        What::Off(one) => switch(&one, true, door, console).await,
        What::Remove(one) => to_bullet(&one, |id| UserChange::Remove { id }, door, console).await,
        What::Accept(one) => to_bullet(&one, |id| UserChange::Accept { id }, door, console).await,
        What::Refuse(one) => to_bullet(&one, |id| UserChange::Refuse { id }, door, console).await,
        What::Promote(one) => to_bullet(&one, |id| UserChange::Promote { id }, door, console).await,
        What::Demote(one) => to_bullet(&one, |id| UserChange::Demote { id }, door, console).await,
        What::Pin(one) => to_bullet(&one, |id| UserChange::Pin { id, pinned: true }, door, console).await,
        What::Unpin(one) => to_bullet(&one, |id| UserChange::Pin { id, pinned: false }, door, console).await,
    }
}

/// The name of the playbook, which is the first word unless its parts are said apart; and the other words.
fn split<'a>(words: &'a [String], parts: &Parts) -> Result<(Option<&'a str>, &'a [String])> {
    match words.split_first() {
        _ if parts.base.is_some() => Ok((None, words)),
        Some((name, rest)) => Ok((Some(name), rest)),
        None => bail!("say which playbook: `math-qwen`, or --base and --family"),
    }
}

fn none(words: &[String]) -> Result<()> {
    match words.first() {
        None => Ok(()),
        Some(word) => bail!("{:?} is a word too many", clean_line(word)),
    }
}

/// The playbook that is named, and nothing else is; it is there.
async fn the_one(one: &One, door: &Door) -> Result<Playbook> {
    let (name, rest) = split(&one.words, &one.parts)?;
    none(rest)?;
    there(door.named(name, &one.parts).await?)
}

async fn add(text: Text, door: &mut Door, console: &mut Console) -> Result<()> {
    let (name, content) = split(&text.one.words, &text.one.parts)?;
    if content.is_empty() {
        bail!("say what the line says: `segno playbook add math-qwen --section Errors \"check the signs\"`");
    }
    let book = door.named(name, &text.one.parts).await?;
    let change = UserChange::Add { section: text.section.unwrap_or_default(), content: content.join(" ") };
    make(book, change, &text.one, door, console).await
}

async fn edit(text: Text, door: &mut Door, console: &mut Console) -> Result<()> {
    let (name, rest) = split(&text.one.words, &text.one.parts)?;
    let (called, content) = match rest.split_first() {
        None => bail!("say which line: `segno playbook edit math-qwen 12 \"check the signs\"`"),
        // Under another heading a line may keep its words.
        Some((_, [])) if text.section.is_none() => bail!("say what the line says from now on"),
        Some((called, content)) => (called, content),
    };
    let book = there(door.named(name, &text.one.parts).await?)?;
    let bullet = door::bullet(&book, called)?;
    let content = if content.is_empty() { bullet.text.content.clone() } else { content.join(" ") };
    let change = UserChange::Edit { id: bullet.id, section: text.section, content };
    make(book, change, &text.one, door, console).await
}

async fn why(one: &One, door: &Door, console: &mut Console) -> Result<()> {
    let (name, rest) = split(&one.words, &one.parts)?;
    let Some((called, rest)) = rest.split_first() else { bail!("say which line, as in `math-qwen 12`") };
    none(rest)?;
    let book = there(door.named(name, &one.parts).await?)?;
    let id = door::bullet(&book, called)?.id;
    print::why(&door.why(book.key, id).await?, &door.names, &mut Printer::new(console, one.output))
}

async fn to_bullet(one: &One, change: fn(BulletId) -> UserChange, door: &mut Door, console: &mut Console) -> Result<()> {
    let (name, rest) = split(&one.words, &one.parts)?;
    let Some((called, rest)) = rest.split_first() else { bail!("say which line, as in `math-qwen 12`") };
    none(rest)?;
    let book = there(door.named(name, &one.parts).await?)?;
    let change = change(door::bullet(&book, called)?.id);
    make(book, change, one, door, console).await
}

async fn switch(one: &One, off: bool, door: &mut Door, console: &mut Console) -> Result<()> {
    let book = the_one(one, door).await?;
    make(book, UserChange::Switch { off }, one, door, console).await
}

async fn undo(one: &One, door: &mut Door, console: &mut Console) -> Result<()> {
    let (name, rest) = split(&one.words, &one.parts)?;
    let delta = match rest {
        [] => None,
        [number] => match number.trim_start_matches('#').parse() {
            Ok(number) => Some(DeltaSeq(number)),
            Err(_) => bail!("{:?} is no number of a change: `segno playbook history` shows them", clean_line(number)),
        },
        [_, more @ ..] => return none(more),
    };
    let before = there(door.named(name, &one.parts).await?)?;
    let command = PlaybookCommand::Undo { id: ID, key: before.key.clone(), delta };
    let changed = door.change(command).await.map_err(|error| named(error, &before.key))?;
    print::changed(&before, &changed, &mut Printer::new(console, one.output))
}

async fn make(before: Playbook, change: UserChange, one: &One, door: &mut Door, console: &mut Console) -> Result<()> {
    let command = PlaybookCommand::Change { id: ID, key: before.key.clone(), change };
    let changed = door.change(command).await.map_err(|error| named(error, &before.key))?;
    print::changed(&before, &changed, &mut Printer::new(console, one.output))
}

/// With the playbook's name in the hint.
fn named(error: anyhow::Error, key: &PlaybookKey) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(mut failure) => {
            if failure.kind == FailureKind::Refused {
                failure.hint = failure.hint.replace("show NAME", &format!("show {key}"));
            }
            failure.into()
        }
        Err(error) => error,
    }
}
