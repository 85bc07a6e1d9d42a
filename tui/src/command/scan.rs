//! `segno scan`: texts searched for secrets, by the rules that hold for what would be sent.
//!
//! What must stay true: a secret is printed masked, also in errors; nothing but findings goes to stdout.

use super::{Console, Exit, complain};
use crate::args::Scan;
use crate::setup::Start;
use anyhow::Result;
use conductor::Inspector;
use conductor::domain::Finding;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Searches, prints what was found, and says how it ended: [`Exit::Failed`] when something was found.
///
/// # Errors
/// When a rule of the user's cannot be used.
pub fn run(scan: &Scan, start: &Start) -> Result<Exit> {
    let inspector = Inspector::new(&start.config)?;
    let stdin = [PathBuf::from("-")];
    let files = if scan.files.is_empty() { &stdin[..] } else { &scan.files[..] };
    let mut search = Search { inspector, console: Console::new(), found: false, failed: false };
    if scan.jsonl {
        files.iter().for_each(|file| search.documents(file));
    } else if scan.json {
        let rows: Vec<Row> = files.iter().flat_map(|file| search.file(file)).collect();
        search.console.line(&serde_json::to_string_pretty(&rows)?);
    } else {
        files.iter().for_each(|file| search.print(file));
    }
    Ok(search.end())
}

struct Search {
    inspector: Inspector,
    console: Console,
    found: bool,
    failed: bool,
}

/// A finding and where it is: the line and the character in it from 1, `start` and `end` in bytes from 0.
#[derive(Debug, Serialize)]
struct Row {
    file: String,
    line: usize,
    column: usize,
    rule: String,
    what: String,
    start: usize,
    end: usize,
    masked: String,
}

impl Search {
    /// Prints what is found in a file, a line each.
    fn print(&mut self, file: &Path) {
        for Row { file, line, column, rule, what, masked, .. } in self.file(file) {
            self.console.line(&format!("{file}:{line}:{column}: {rule}: {what} ({masked})"));
        }
    }

    /// What is found in a file; what keeps it from being read is said.
    fn file(&mut self, file: &Path) -> Vec<Row> {
        let mut bytes = Vec::new();
        let read = open(file).and_then(|mut input| input.read_to_end(&mut bytes));
        if let Err(error) = read {
            self.unreadable(file, &error);
            return Vec::new();
        }
        let text = text(bytes, || complain("note", &format!("{} holds bytes that are no text", file.display()), ""));
        let findings = self.find(&text).unwrap_or_default();
        rows(file, &text, findings)
    }

    /// The findings of a text; `None` where it could not be searched, which is said.
    fn find(&mut self, text: &str) -> Option<Vec<Finding>> {
        match self.inspector.scan(text) {
            Ok(findings) => {
                self.found |= !findings.is_empty();
                Some(findings)
            }
            Err(failure) => {
                self.failed = true;
                complain("error", &failure.what, &failure.hint);
                None
            }
        }
    }

    /// Searches each line of a file as a document of its own: one line is held at a time, and answered at once.
    fn documents(&mut self, file: &Path) {
        let mut input = match open(file) {
            Ok(input) => BufReader::new(input),
            Err(error) => return self.unreadable(file, &error),
        };
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return self.unreadable(file, &error),
            }
            let answer = self.document(&line);
            self.console.line(&answer.to_string());
            if self.console.closed().is_some() {
                return;
            }
        }
    }

    /// The answer to one line. What is wrong with a line is said without a word of it: it may hold a secret.
    fn document(&mut self, line: &[u8]) -> serde_json::Value {
        let value = serde_json::from_slice::<serde_json::Value>(line);
        let found = match &value {
            Err(_) => Err("this line is no JSON"),
            Ok(value) => match value.get("text").and_then(serde_json::Value::as_str) {
                None => Err("this line is no object with a string `text`"),
                Some(text) => self.find(text).ok_or("this text could not be searched"),
            },
        };
        match found {
            Ok(findings) => serde_json::json!({ "findings": findings }),
            Err(why) => {
                self.failed = true;
                serde_json::json!({ "error": why })
            }
        }
    }

    fn unreadable(&mut self, file: &Path, error: &io::Error) {
        self.failed = true;
        let folder = matches!(error.kind(), io::ErrorKind::IsADirectory);
        let hint = if folder {
            "name the files in it, as in `git ls-files | xargs segno scan`"
        } else {
            "see that the name is right and that you may read it; `-` is what is piped in"
        };
        complain("error", &format!("{} cannot be read: {error}", file.display()), hint);
    }

    /// What could not be searched counts more than what was found.
    fn end(&self) -> Exit {
        match self.console.closed() {
            Some(exit) => exit,
            None if self.failed => Exit::Usage,
            None if self.found => Exit::Failed,
            None => Exit::Ok,
        }
    }
}

/// A file, or what is piped in for `-`.
pub(super) fn open(file: &Path) -> io::Result<Box<dyn Read>> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(file)?))
}

/// The bytes as text; a byte that is none becomes `?`, so that all others keep their places. `tell` is called then.
fn text(bytes: Vec<u8>, tell: impl FnOnce()) -> String {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    tell();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// Findings with their lines and columns.
fn rows(file: &Path, text: &str, findings: Vec<Finding>) -> Vec<Row> {
    let (mut line, mut begin, mut at) = (1, 0, 0);
    let mut rows = Vec::with_capacity(findings.len());
    for finding in findings {
        for (offset, _) in text.get(at..finding.start).unwrap_or_default().match_indices('\n') {
            line += 1;
            begin = at + offset + 1;
        }
        at = finding.start;
        let column = text.get(begin..at).map_or(0, |before| before.chars().count()) + 1;
        let Finding { rule, what, start, end, masked, .. } = finding;
        rows.push(Row { file: file.display().to_string(), line, column, rule, what, start, end, masked });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_keep_the_places_of_all_others() {
        for (bytes, want) in [(&b"a\xffb"[..], "a?b"), (b"\xc3\x28", "?("), ("ä\0".as_bytes(), "ä\0"), (b"\xe2\x82x", "??x")] {
            let text = text(bytes.to_vec(), || {});
            assert_eq!((text.as_str(), text.len()), (want, bytes.len()));
        }
    }
}
