//! Playbooks as files: JSON for the whole, JSONL with one bullet a line, and several made one.
//!
//! What must stay true: what was written is read again as it was; a missing part that is not needed has its default, one of another
//! type is an error with its line; numbers in a file name bullets of that file and nothing here.

mod wire;

use super::clean;
use crate::domain::{Bullet, BulletId, Playbook, PlaybookKey};
use std::collections::{BTreeMap, HashMap};
use wire::{BookFile, BulletFile};

/// A file that is none of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct FileError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// What stood in a file, or in several playbooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Of which playbook it says it is.
    pub key: Option<PlaybookKey>,
    /// It says that the playbook is not used.
    pub off: bool,
    /// The bullets in the order in which they stood, with numbers from 1 on. [`super::apply::import`] gives them those of a playbook.
    pub bullets: Vec<Bullet>,
    /// Their numbers in `bullets` by what they were called there.
    pub map: BTreeMap<String, BulletId>,
}

impl Read {
    fn of(files: Vec<BulletFile>, now_ms: i64) -> Self {
        let mut read = Self { key: None, off: false, bullets: Vec::with_capacity(files.len()), map: BTreeMap::new() };
        for (number, file) in (1..).zip(files) {
            let id = BulletId(number);
            if let Some(name) = &file.id {
                read.map.entry(name.clone()).or_insert(id);
            }
            read.bullets.push(file.into_bullet(id, now_ms));
        }
        read
    }
}

/// `book` as JSON: bullets by name with times in ISO 8601, sections with the names of their bullets, and the number of the next.
pub fn to_json(book: &Playbook) -> String {
    // Plain values: they can be written always.
    let mut text = serde_json::to_string_pretty(&BookFile::of(book)).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads what [`to_json`] wrote, and the dictionaries of other implementations: `bullets` by name or as a list. `now_ms` is for bullets
/// without a time.
///
/// # Errors
/// The first place where it is no JSON, or a part is of another type.
pub fn from_json(text: &str, now_ms: i64) -> Result<Read, FileError> {
    let file: BookFile = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| broken(&error, 0))?;
    let key = file.key.as_ref().map(|key| PlaybookKey::new(&key.base, &key.family, key.sub.as_deref())).transpose();
    let key = key.map_err(|error| FileError { line: 1, what: error.to_string() })?;
    Ok(Read { key, off: file.off, ..Read::of(file.bullets, now_ms) })
}

/// The bullets of `book`, one a line.
pub fn to_jsonl(book: &Playbook) -> String {
    let lines = book.bullets.values().map(|bullet| serde_json::to_string(&BulletFile::of(bullet)).unwrap_or_default() + "\n");
    lines.collect()
}

/// Reads bullets, one a line; empty lines are passed over.
///
/// # Errors
/// The first line that is none.
pub fn from_jsonl(text: &str, now_ms: i64) -> Result<Read, FileError> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(before, line)| serde_json::from_str(line).map_err(|error| broken(&error, before)));
    Ok(Read::of(read.collect::<Result<_, _>>()?, now_ms))
}

fn broken(error: &serde_json::Error, before: usize) -> FileError {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned();
    FileError { line: before + error.line().max(1), what }
}

/// The bullets of `books` as one list: of those that say the same to the letter the first stays, with the counts of all added. The
/// names in the map are `math-qwen/errors-00012`.
pub fn merge(books: &[&Playbook]) -> Read {
    let mut read = Read { key: None, off: false, bullets: Vec::new(), map: BTreeMap::new() };
    let mut said: HashMap<String, usize> = HashMap::new();
    for book in books {
        for bullet in book.bullets.values() {
            let at = *said.entry(clean::same(&bullet.text.content)).or_insert(read.bullets.len());
            match read.bullets.get_mut(at) {
                Some(first) => {
                    first.counts = first.counts.plus(bullet.counts);
                    first.pinned |= bullet.pinned;
                    first.updated_ms = first.updated_ms.max(bullet.updated_ms);
                }
                None => {
                    let id = BulletId(u32::try_from(at + 1).unwrap_or(u32::MAX));
                    read.bullets.push(Bullet { id, ..bullet.clone() });
                }
            }
            if let Some(kept) = read.bullets.get(at) {
                read.map.insert(format!("{}/{}", book.key, bullet.name()), kept.id);
            }
        }
    }
    read
}

#[cfg(test)]
mod tests;
