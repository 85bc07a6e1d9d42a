//! Files that come into a playbook.
//!
//! What must stay true: all files are read before the first one changes anything; each line that did not come is named with its
//! reason.

use super::Console;
use super::door::{Door, ID};
use super::print::{Came, Place, Printer};
use crate::args::Target;
use crate::command::ask::read_stdin;
use crate::sanitise::clean_line;
use anyhow::Result;
use conductor::domain::{Failure, FailureKind, PlaybookKey};
use conductor::protocol::PlaybookCommand;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest file, in bytes.
const LONGEST: u64 = 16 << 20;

/// Takes files in, one after the other: into the playbook that is named, or into the one that the first file names. As JSON it is one
/// object, or with `several` a list.
pub(super) async fn import(
    files: &[PathBuf],
    target: &Target,
    several: bool,
    door: &mut Door,
    console: &mut Console,
) -> Result<()> {
    let texts: Vec<(String, String)> = files.iter().map(|file| read(file, EXPORTED)).collect::<Result<_>>()?;
    let mut key = match (&target.into, &target.parts.base) {
        (None, None) => None,
        (name, _) => Some(door.named(name.as_deref(), &target.parts).await?.key),
    };
    let mut printer = Printer::new(console, target.output);
    let mut values = Vec::new();
    for (file, text) in texts {
        let came = one(&file, text, key.clone(), target.whole, door).await?;
        key = Some(came.changed.playbook.key.clone());
        if target.output.json { values.push(came.value()) } else { came.print(&mut printer) }
    }
    match (target.output.json, several) {
        (true, true) => printer.json(&values),
        (true, false) => values.first().map_or(Ok(()), |value| printer.json(value)),
        (false, _) => Ok(()),
    }
}

async fn one(file: &str, text: String, key: Option<PlaybookKey>, whole: bool, door: &mut Door) -> Result<Came> {
    let places = places(&text);
    let command = PlaybookCommand::Import { id: ID, key, text, source: file.to_owned(), whole };
    let changed = door.change(command).await.map_err(|error| match error.downcast::<Failure>() {
        Ok(mut failure) => {
            failure.what = match failure.what.strip_prefix("the file ") {
                Some(rest) => format!("{} {rest}", clean_line(file)),
                None => format!("{}: {}", clean_line(file), failure.what),
            };
            failure.into()
        }
        Err(error) => error,
    })?;
    Ok(Came { file: file.to_owned(), places, changed })
}

/// Where the lines of a playbook stand in a file, in their order.
fn places(text: &str) -> Vec<Place> {
    let whole = text.trim_start().starts_with('{').then(|| serde_json::from_str::<Value>(text).ok()).flatten();
    let count = match whole.as_ref().and_then(|whole| whole.get("bullets")) {
        Some(Value::Object(bullets)) => bullets.len(),
        Some(Value::Array(bullets)) => bullets.len(),
        _ => {
            let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
            return lines.map(|(line, _)| Place::Line(line)).collect();
        }
    };
    (1..=count).map(Place::Number).collect()
}

/// What to do where a file cannot be read.
const EXPORTED: &str = "name a file of `segno playbook export`";

/// The name of a file, and what stands in it, without the mark of the byte order. `hint` is what to do where it cannot be read.
pub(super) fn read(path: &Path, hint: &str) -> Result<(String, String)> {
    let shown = clean_line(&path.display().to_string()).into_owned();
    let failed = |why: &str| Failure::new(FailureKind::Refused, format!("{shown} {why}"), hint);
    if path == Path::new("-") {
        let text = read_stdin().map_err(|error| Failure::new(FailureKind::Refused, format!("{error:#}"), ""))?;
        return Ok(("standard input".to_owned(), unmarked(text)));
    }
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    opened.map_err(|error| failed(&format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LONGEST {
        return Err(failed(&format!("holds more than {} MiB", LONGEST >> 20)).into());
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("holds bytes that are no text (not UTF-8)"))?;
    // Without its folder: lines that are exported carry it along.
    let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
    Ok((name, unmarked(text)))
}

fn unmarked(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}
