//! Files that the user names: found, read, and made ready to go with a question.
//!
//! What must stay true: only ordinary files are read, never more than a limit, and nothing of the folders they lie in leaves
//! this module; reading may take seconds, so it is not for the thread that draws.

pub(crate) mod chip;
pub(crate) mod path;

use crate::sanitise::clean_line;
use conductor::Inspector;
use conductor::config::Config;
use conductor::domain::{Failure, FailureKind, Span};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// So many entries of a folder are listed.
const ENTRIES: usize = 5000;

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name alone.
    pub name: String,
    /// True for a folder.
    pub folder: bool,
    /// Of a file.
    pub bytes: u64,
}

/// Reads files for questions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    config: Arc<Config>,
    /// The user's own folder, which `~` stands for.
    home: Option<PathBuf>,
    /// Made when it is first needed: the first frame does not wait for it.
    inspector: Arc<OnceLock<Result<Inspector, Failure>>>,
    /// One at a time: the pixels of a large image take hundreds of megabytes.
    turn: Arc<Mutex<()>>,
}

impl Files {
    /// With the settings in force.
    pub fn new(config: Arc<Config>) -> Self {
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        Self { config, home, inspector: Arc::default(), turn: Arc::default() }
    }

    /// Reads a file, and makes it a part of a question: an image is cleaned, a text framed. `path` may begin with `~/`.
    ///
    /// # Errors
    /// Where there is no such file, or it is none that can be sent: with what to do.
    pub fn span(&self, path: &str) -> Result<Span, Failure> {
        let inspector = self.inspector.get_or_init(|| Inspector::new(&self.config)).as_ref().map_err(Clone::clone)?;
        let whole = self.whole(path);
        let name = whole.file_name().map_or_else(|| path.into(), |name| name.to_string_lossy());
        let bytes = read(&whole, &name)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        inspector.attachment(&name, &bytes)
    }

    /// What is in a folder, by name; nothing where it is none. The empty one is the working folder. Names that are no text
    /// cannot be typed, and are left out.
    pub fn list(&self, folder: &str) -> Vec<Entry> {
        let folder = if folder.is_empty() { PathBuf::from(".") } else { self.whole(folder) };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let entry = |entry: std::fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            // What a link leads to, and not the link.
            let about = std::fs::metadata(entry.path()).ok()?;
            (about.is_dir() || about.is_file()).then(|| Entry { name, folder: about.is_dir(), bytes: about.len() })
        };
        let mut found: Vec<Entry> = entries.take(ENTRIES).filter_map(|found| entry(found.ok()?)).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// The path with the user's own folder in the place of `~`.
    pub(crate) fn whole(&self, path: &str) -> PathBuf {
        let inside = if path == "~" { Some("") } else { path.strip_prefix("~/") };
        match (inside, &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        }
    }
}

/// The bytes of an ordinary file; `name` is what a message calls it.
///
/// # Errors
/// Where it is not there, is none, or is too large.
pub(crate) fn read(path: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let name = clean_line(name);
    let unread = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            not_found(format!("there is no file {name}"), "look at the path; it counts from the folder that Segno was started in")
        }
        _ => Failure::new(FailureKind::Refused, format!("{name} cannot be read: {error}"), "look at its permissions"),
    };
    // Opening a pipe or a device may wait for ever, so what it is is asked before.
    let about = std::fs::metadata(path).map_err(unread)?;
    if about.is_dir() {
        return Err(not_found(format!("{name} is a folder"), "name a file in it"));
    }
    if !about.is_file() {
        return Err(not_found(format!("{name} is no ordinary file"), "copy what it holds into a file first"));
    }
    bounded(File::open(path).map_err(unread)?, &name)
}

/// All that comes from `source`, within the limit.
///
/// # Errors
/// Where it cannot be read, or is too large.
pub(crate) fn bounded(source: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let most = Inspector::MOST_BYTES;
    let mut bytes = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| {
        Failure::new(FailureKind::Refused, format!("{name} cannot be read: {error}"), "try again, or copy the file first")
    })?;
    if bytes.len() > most {
        let what = format!("{name} has more than {} MiB", most >> 20);
        return Err(Failure::new(
            FailureKind::Refused,
            what,
            "save the image smaller first, or take the part of it that matters",
        ));
    }
    Ok(bytes)
}

fn not_found(what: String, hint: &str) -> Failure {
    Failure::new(FailureKind::NotFound, what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::Origin;

    fn files(home: &Path) -> Files {
        Files { home: Some(home.to_owned()), ..Files::new(Arc::new(Config::default())) }
    }

    #[test]
    fn a_file_is_read_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(at("a.txt"), "hello").unwrap();
        std::fs::write(at("b.bin"), b"\0\x01").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        File::create(at("huge")).unwrap().set_len(Inspector::MOST_BYTES as u64 + 1).unwrap();
        let files = files(folder.path());
        for path in [at("a.txt"), "~/a.txt".to_owned()] {
            let span = files.span(&path).unwrap();
            assert_eq!((span.origin, span.name.as_str()), (Origin::File, "a.txt"));
            assert!(!span.text.contains(&*folder.path().to_string_lossy()), "{}", span.text);
        }
        for (path, kind, what) in [
            ("~/none.txt", FailureKind::NotFound, "there is no file none.txt"),
            ("~/sub", FailureKind::NotFound, "sub is a folder"),
            ("~/a.txt/x", FailureKind::NotFound, "there is no file x"),
            ("/dev/null", FailureKind::NotFound, "null is no ordinary file"),
            ("~/b.bin", FailureKind::Refused, "b.bin is no text and no image"),
            ("~/huge", FailureKind::Refused, "huge has more than 20 MiB"),
        ] {
            let failure = files.span(path).unwrap_err();
            assert_eq!((failure.kind, failure.what.as_str()), (kind, what));
            assert!(!failure.hint.is_empty(), "{what}");
        }
    }

    #[test]
    fn a_folder_is_listed_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", ".hidden", "a b.png"] {
            std::fs::write(folder.path().join(name), "123").unwrap();
        }
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let files = files(folder.path());
        let names: Vec<String> =
            files.list("~").into_iter().map(|entry| format!("{}{}", entry.name, if entry.folder { "/" } else { "" })).collect();
        assert_eq!(names, [".hidden", "a b.png", "b.txt", "sub/"]);
        assert_eq!(files.list("~/none"), []);
    }
}
