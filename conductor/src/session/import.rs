//! Conversations out of a file that [`super::export`] wrote, or that a stranger did.
//!
//! What must stay true: pure; a file with anything wrong in it brings nothing, and the error names the line and the field; what is
//! read is marked as imported when it is stored, so that nothing is learnt from it.

use super::export::{Entry, FORM, File};
use crate::domain::{Failure, FailureKind, Image, Message, Prompt, Role, Status, Summary};
use crate::store::{Imported, NewTree};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashMap;

/// Bytes of a file.
const LARGEST_FILE: usize = 256 << 20;

/// Conversations in a file.
const MOST_CONVERSATIONS: usize = 10_000;

/// Messages of a conversation, all versions.
const MOST_MESSAGES: usize = 20_000;

/// Versions in one place.
const MOST_VERSIONS: usize = 200;

/// Bytes of the words of a message.
const LONGEST_WORDS: usize = 8 << 20;

/// Bytes of a summary, far more than a model is asked for.
const LONGEST_SUMMARY: usize = 64 << 10;

/// Bytes of an image.
const LARGEST_IMAGE: usize = 32 << 20;

/// Characters of a title.
const LONGEST_TITLE: usize = 256;

/// The year 5138: later times are none.
const LAST_MS: i64 = 100_000_000_000_000;

/// Reads a file: one conversation a line; blank lines are skipped. A file of one conversation may spread it over several lines.
pub(super) fn read(text: &str) -> Result<Vec<NewTree>, Failure> {
    if text.len() > LARGEST_FILE {
        return Err(refused(format!("the file is larger than {} MiB", LARGEST_FILE >> 20)));
    }
    // Editors of Windows begin a text so.
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        None => return Err(refused("the file is empty".to_owned())),
        Some('{') => {}
        Some(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {}
        Some(_) => return Err(refused("the file holds no JSON".to_owned())),
    }
    let mut trees = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut place = Place { text, at: 0, line: 1 };
    loop {
        let at = stream.byte_offset();
        let Some(value) = stream.next() else { break };
        let line = place.line_of_the_next(at);
        let value = value.map_err(|error| refused(broken(&error)))?;
        if trees.len() == MOST_CONVERSATIONS {
            return Err(refused(format!("line {line}: more than {MOST_CONVERSATIONS} conversations are in the file")));
        }
        trees.push(conversation(&value).map_err(|what| refused(format!("line {line}: {what}")))?);
    }
    Ok(trees)
}

/// How far the lines of a text were counted: each of its bytes is looked at once, however many conversations there are.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Place<'_> {
    /// The line on which the first word from `at` on stands; `at` does not go back.
    fn line_of_the_next(&mut self, at: usize) -> usize {
        let blank = self.text[at..].find(|c: char| !c.is_whitespace()).unwrap_or_default();
        self.line += self.text[self.at..at + blank].matches('\n').count();
        self.at = at + blank;
        self.line
    }
}

/// Where the JSON is broken, and how: the parser says the place behind its words.
fn broken(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("line {}: the JSON is broken at column {}: {what}", error.line(), error.column())
}

fn refused(what: String) -> Failure {
    Failure::new(FailureKind::Refused, what, "nothing was imported; what `/export FILE.json` writes can be")
}

fn conversation(value: &Value) -> Result<NewTree, String> {
    match value.get("segno_conversation").and_then(Value::as_u64) {
        Some(form) if form == u64::from(FORM) => {}
        Some(form) => return Err(format!("`segno_conversation` is {form}; this Segno reads {FORM}")),
        None => return Err("`segno_conversation` is missing: this is no conversation of Segno".to_owned()),
    }
    let file: File = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    // What is not written again was not understood.
    let again = serde_json::to_value(&file).map_err(|error| error.to_string())?;
    if let Some(field) = unknown(value, &again, "") {
        return Err(format!("`{field}` is not known"));
    }
    checked(file)
}

/// The first field of `given` that is not in `read`.
fn unknown(given: &Value, read: &Value, at: &str) -> Option<String> {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => given.iter().find_map(|(key, value)| {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            match read.get(key) {
                Some(read) => unknown(value, read, &path),
                // A field that is left out says the same.
                None if is_nothing(value) => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(read)) => {
            let pairs = given.iter().zip(read).enumerate();
            pairs.filter_map(|(n, (given, read))| unknown(given, read, &format!("{at}[{n}]"))).next()
        }
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn checked(file: File) -> Result<NewTree, String> {
    let title_is_fine = !file.title.trim().is_empty() && !file.title.chars().any(char::is_control);
    if !title_is_fine || file.title.chars().count() > LONGEST_TITLE {
        return Err(format!("`title` has to be one line of at most {LONGEST_TITLE} characters"));
    }
    time("created_ms", file.created_ms)?;
    time("updated_ms", file.updated_ms)?;
    if file.updated_ms < file.created_ms {
        return Err("`updated_ms` is before `created_ms`".to_owned());
    }
    if file.messages.is_empty() || file.messages.len() > MOST_MESSAGES {
        return Err(format!("`messages` has to hold between 1 and {MOST_MESSAGES} messages"));
    }
    let mut places: HashMap<i64, usize> = HashMap::with_capacity(file.messages.len());
    let mut nodes: Vec<Imported> = Vec::with_capacity(file.messages.len());
    let mut versions: HashMap<(Option<usize>, Role), usize> = HashMap::new();
    for (n, entry) in file.messages.into_iter().enumerate() {
        let at = format!("messages[{n}]");
        let parent = parent(&entry, &places, &nodes).map_err(|what| format!("`{at}.parent` {what}"))?;
        let others = versions.entry((parent, entry.message.role)).or_default();
        *others += 1;
        if *others > MOST_VERSIONS {
            return Err(format!("`{at}` is one of more than {MOST_VERSIONS} versions in one place"));
        }
        message(&entry.message).map_err(|(field, what)| format!("`{at}.message.{field}` {what}"))?;
        if places.insert(entry.message.id.0, n).is_some() {
            return Err(format!("`{at}.message.id` is that of another message"));
        }
        nodes.push(Imported { parent, message: entry.message });
    }
    let Some(leaf) = places.get(&file.shown).copied() else { return Err("`shown` is the number of no message".to_owned()) };
    if nodes.iter().any(|node| node.parent == Some(leaf)) {
        return Err("`shown` is not the last message of its path".to_owned());
    }
    let summaries = file.summaries.into_iter().enumerate().map(|(n, one)| {
        let told = summary(one, &places);
        told.map_err(|(field, what)| format!("`summaries[{n}].{field}` {what}"))
    });
    let summaries = summaries.collect::<Result<_, _>>()?;
    let (title, domain, model_override) = (file.title, file.domain, file.model);
    Ok(NewTree { title, created_ms: file.created_ms, domain, model_override, leaf, nodes, summaries })
}

/// A summary, and where the last message stands that it covers.
fn summary(summary: Summary, places: &HashMap<i64, usize>) -> Result<(usize, Summary), (&'static str, String)> {
    let Some(at) = places.get(&summary.last.0).copied() else {
        return Err(("last", "is the number of no message".to_owned()));
    };
    time("created_ms", summary.created_ms).map_err(|what| ("created_ms", what))?;
    match () {
        () if summary.text.trim().is_empty() => Err(("text", "is empty".to_owned())),
        () if summary.text.len() > LONGEST_SUMMARY => Err(("text", format!("is longer than {} KiB", LONGEST_SUMMARY >> 10))),
        () if summary.model.as_str().is_empty() => Err(("model", "is no name".to_owned())),
        () if summary.backend.as_str().is_empty() => Err(("backend", "is no name".to_owned())),
        () => Ok((at, summary)),
    }
}

/// Where the parent stands: before its child, so that there are no rings. Without one only questions can be: a conversation begins
/// with them.
fn parent(entry: &Entry, places: &HashMap<i64, usize>, nodes: &[Imported]) -> Result<Option<usize>, String> {
    let is_answer = entry.message.role == Role::Assistant;
    match entry.parent {
        None if is_answer => Err("is missing: an answer needs its question".to_owned()),
        None => Ok(None),
        Some(number) => {
            let at = places.get(&number).ok_or_else(|| format!("is {number}, which is no message before it"))?;
            match nodes.get(*at) {
                Some(node) if is_answer && node.message.role == Role::Assistant => {
                    Err("is an answer: an answer needs its question".to_owned())
                }
                _ => Ok(Some(*at)),
            }
        }
    }
}

/// Whether a message can be stored as it is; the field that cannot, and why.
fn message(message: &Message) -> Result<(), (&'static str, String)> {
    let wrong = |field: &'static str, what: &str| Err((field, what.to_owned()));
    time("created_ms", message.created_ms).map_err(|what| ("created_ms", what))?;
    let long = |text: &str| text.len() > LONGEST_WORDS;
    let prompt: usize = message.prompt.spans.iter().map(|span| span.text.len() + span.name.len()).sum();
    match message.role {
        _ if long(&message.text) => return wrong("text", "is too long"),
        _ if long(&message.thinking) => return wrong("thinking", "is too long"),
        _ if prompt > LONGEST_WORDS => return wrong("prompt", "is too long"),
        _ if !message.versions.is_empty() => return wrong("versions", "is told by the parents alone"),
        Role::Assistant if message.status == Status::Streaming => return wrong("status", "cannot be of one that still comes"),
        Role::Assistant if message.prompt != Prompt::default() => return wrong("prompt", "is that of an answer"),
        Role::User if message.status != Status::Complete => return wrong("status", "of a question has to be `complete`"),
        Role::User if !message.text.is_empty() => return wrong("text", "is that of a question: it belongs in `prompt`"),
        Role::User if *message != plain(message) => {
            return wrong("role", "is that of a question, which has no signature and no figures");
        }
        _ => {}
    }
    message.prompt.images().try_for_each(image).map_err(|what| ("prompt", what))
}

/// A question of the same words and nothing else.
fn plain(message: &Message) -> Message {
    let imported = message.imported;
    Message { imported, ..Message::question(message.id, message.prompt.clone(), message.created_ms) }
}

fn image(image: &Image) -> Result<(), String> {
    let begins = match image.media_type.as_str() {
        "image/png" => image.bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => image.bytes.starts_with(b"\xff\xd8\xff"),
        _ => return Err("holds an image that is neither PNG nor JPEG".to_owned()),
    };
    match begins && image.bytes.len() <= LARGEST_IMAGE && image.width > 0 && image.height > 0 {
        true => Ok(()),
        false => Err("holds an image that is none, or too large".to_owned()),
    }
}

fn time(field: &str, ms: i64) -> Result<(), String> {
    if (0..=LAST_MS).contains(&ms) { Ok(()) } else { Err(format!("`{field}` is no time")) }
}
