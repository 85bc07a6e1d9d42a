//! `segno json`: the JSON object in what a model wrote, by the rules that hold for the answers that playbooks learn from.
//!
//! What must stay true: with `--jsonl` each line that comes in is answered by one, in its order, so that they can be laid side
//! by side.

use super::scan::open;
use super::{Console, Exit, complain};
use crate::args::{JsonCommand, Recover};
use anyhow::Result;
use conductor::Recovery;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Prints what is found, and says how it ended. Needs no configuration, no database and no model.
///
/// # Errors
/// When an object cannot be printed.
pub fn run(what: &JsonCommand) -> Result<Exit> {
    let JsonCommand::Recover(Recover { file, jsonl }) = what;
    let file = file.as_deref().unwrap_or(Path::new("-"));
    if *jsonl { Ok(lines(file)) } else { whole(file) }
}

/// The object in a file: [`Exit::Failed`] where there is none that can be relied on.
fn whole(file: &Path) -> Result<Exit> {
    let text = match read(file) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let (what, hint) = match Recovery::of(&text, false) {
        Recovery::Object(members) => {
            let mut console = Console::new();
            console.line(&serde_json::to_string_pretty(&members)?);
            return Ok(console.closed().unwrap_or(Exit::Ok));
        }
        Recovery::Truncated => ("the text ends before the object does".to_owned(), "ask again, with room for a longer answer"),
        Recovery::Invalid { what, .. } => (what, "ask again for one JSON object and nothing else"),
    };
    complain("error", &format!("no JSON object in {}: {what}", name(file)), hint);
    Ok(Exit::Failed)
}

/// The text of a file; what keeps it from being read is said.
fn read(file: &Path) -> Result<String, Exit> {
    let mut bytes = Vec::new();
    let limit = Recovery::MOST_BYTES as u64 + 1;
    if let Err(error) = open(file).and_then(|input| input.take(limit).read_to_end(&mut bytes)) {
        return Err(unreadable(file, &error));
    }
    if bytes.len() > Recovery::MOST_BYTES {
        let most = Recovery::MOST_BYTES >> 20;
        complain("error", &format!("{} holds more than {most} MiB", name(file)), "give the answer of a model alone");
        return Err(Exit::Usage);
    }
    String::from_utf8(bytes).map_err(|_| {
        complain("error", &format!("{} holds bytes that are no text (not UTF-8)", name(file)), "convert it first");
        Exit::Usage
    })
}

/// A verdict for each line of a file: [`Exit::Usage`] where a line could not be read as one.
fn lines(file: &Path) -> Exit {
    let mut input = match open(file) {
        Ok(input) => BufReader::with_capacity(1 << 16, input),
        Err(error) => return unreadable(file, &error),
    };
    let (mut console, mut exit, mut line) = (Console::new(), Exit::Ok, Vec::new());
    for number in 1.. {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return unreadable(file, &error),
        }
        let row = answer(&line).unwrap_or_else(|why| {
            exit = Exit::Usage;
            let hint =
                "a line is {\"text\": \"...\"}, with \"finish_reason\": \"length\" or \"cut\": true where the answer was cut";
            complain("error", &format!("line {number} of {} {why}", name(file)), hint);
            json!({ "error": format!("line {number} {why}"), "line": number })
        });
        console.line(&row.to_string());
        if let Some(exit) = console.closed() {
            return exit;
        }
    }
    exit
}

/// The verdict on the text of one line, or what is wrong with the line.
fn answer(line: &[u8]) -> Result<Value, &'static str> {
    let line: Value = serde_json::from_slice(line).map_err(|_| "is no JSON")?;
    let text = line.get("text").and_then(Value::as_str).ok_or("is no object with a string `text`")?;
    let cut = match line.get("cut") {
        None | Some(Value::Null) => false,
        Some(cut) => cut.as_bool().ok_or("has a `cut` that is neither true nor false")?,
    };
    let at_limit = match line.get("finish_reason") {
        None | Some(Value::Null) => false,
        Some(reason) => reason.as_str().ok_or("has a `finish_reason` that is no string")? == "length",
    };
    Ok(match Recovery::of(text, cut || at_limit) {
        Recovery::Object(members) => json!({ "verdict": "value", "value": members }),
        Recovery::Truncated => json!({ "verdict": "truncated" }),
        Recovery::Invalid { why, .. } => json!({ "verdict": "invalid", "why": why }),
    })
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

fn unreadable(file: &Path, error: &io::Error) -> Exit {
    let hint = "see that the name is right and that you may read it; `-` is what is piped in";
    complain("error", &format!("{} cannot be read: {error}", name(file)), hint);
    Exit::Usage
}
