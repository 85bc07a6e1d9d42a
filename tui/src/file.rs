//! Files that conversations are written to and read from.
//!
//! What must stay true: what is written is there whole or not at all, for the user alone, and over another file only where that was
//! said; no more is read than a limit. It may take its time, so it is not for the thread that draws.

use crate::attach::Files;
use crate::sanitise::clean_line;
use conductor::domain::{Failure, FailureKind};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 256 << 20;
/// So many numbers are tried behind a name that is taken.
const NUMBERS: u32 = 999;

/// Where a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTo {
    /// There, as the user named it.
    Named {
        /// The path; `~/` is the user's own folder.
        path: String,
        /// In the place of what is there.
        over: bool,
    },
    /// Into the working folder, with a number behind the name where that is taken.
    New {
        /// The name, without what it ends with.
        name: String,
        /// What it ends with: `md`.
        ending: &'static str,
    },
}

/// Writes a file: beside its place first, and into it once it is whole.
///
/// # Errors
/// `AlreadyExists` where something is there and it is not to go `over` it, and what a disk may do.
pub(crate) fn place(path: &Path, text: &str, over: bool) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "this is no name of a file"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(beside);
    let written = create(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    // A link fails where something is there already; a name that is moved takes its place.
    let placed = written.and_then(|()| if over { std::fs::rename(&part, path) } else { std::fs::hard_link(&part, path) });
    if !over || placed.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    placed
}

/// A file that was not there, for the user alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// All of a text; `shown` is what a message calls it.
///
/// # Errors
/// Where it cannot be read, is no text in UTF-8 or larger than [`LONGEST`].
pub(crate) fn read(source: io::Result<impl Read>, shown: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let refused = |what: String| Failure::new(FailureKind::Refused, what, "nothing was imported");
    match source.and_then(|source| source.take(LONGEST + 1).read_to_string(&mut text)) {
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(refused(format!("{shown} is no text in UTF-8"))),
        Err(error) => Err(Failure::new(FailureKind::NotFound, format!("{shown} cannot be read: {error}"), "look at the path")),
        Ok(_) if text.len() as u64 > LONGEST => Err(refused(format!("{shown} is larger than {} MiB", LONGEST >> 20))),
        Ok(_) => Ok(text),
    }
}

/// A name for a file, made of a title: what means something to a disk or a shell is left out.
pub(crate) fn name_of(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { ' ' };
    let words: String = title.chars().map(plain).collect();
    let mut name = String::new();
    for word in words.split_whitespace() {
        // Names have at most 255 bytes; what follows is a number and an ending.
        if name.len() + word.len() > 80 {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    let name = name.trim_start_matches('-').trim();
    if name.is_empty() { "conversation".to_owned() } else { name.to_owned() }
}

impl Files {
    /// Writes a file; says where it is.
    ///
    /// # Errors
    /// Where it could not be written, with what to do.
    pub fn save(&self, to: &SaveTo, text: &str) -> Result<String, Failure> {
        match to {
            SaveTo::Named { path, over } => {
                let whole = self.whole(path);
                place(&whole, text, *over).map_err(|error| unwritten(&whole, &error))?;
                Ok(shown(&whole))
            }
            SaveTo::New { name, ending } => {
                let mut path = PathBuf::from(".").join(format!("{name}.{ending}"));
                for number in 2..=NUMBERS {
                    match place(&path, text, false) {
                        Ok(()) => return Ok(shown(&path)),
                        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                        Err(error) => return Err(unwritten(&path, &error)),
                    }
                    path = PathBuf::from(".").join(format!("{name} {number}.{ending}"));
                }
                Err(unwritten(&path, &ErrorKind::AlreadyExists.into()))
            }
        }
    }

    /// Reads a file of conversations.
    ///
    /// # Errors
    /// Where it cannot be read or is no text.
    pub fn load(&self, path: &str) -> Result<String, Failure> {
        let whole = self.whole(path);
        let shown = clean_line(path);
        // Opening a pipe or a device may wait for ever, so what it is is asked before.
        if std::fs::metadata(&whole).is_ok_and(|about| !about.is_file()) {
            return Err(Failure::new(FailureKind::NotFound, format!("{shown} is no ordinary file"), "name a file of JSON"));
        }
        read(File::open(&whole), &shown)
    }
}

/// A path for a person.
fn shown(path: &Path) -> String {
    clean_line(&path.display().to_string()).into_owned()
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let shown = shown(path);
    if error.kind() == ErrorKind::AlreadyExists {
        let hint = "name another file; `/export! FILE` writes over it";
        return Failure::new(FailureKind::Refused, format!("{shown} is there already"), hint);
    }
    Failure::new(FailureKind::Refused, format!("{shown} cannot be written: {error}"), "name another file: /export FILE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::config::Config;
    use std::sync::Arc;

    #[test]
    fn titles_become_names() {
        for (title, want) in [
            ("Plan for the garden", "Plan for the garden"),
            ("a/b\\c: d?", "a b c d"),
            ("../../etc/passwd", "etc passwd"),
            ("雨の俳句", "雨の俳句"),
            (" -rf", "rf"),
            ("…", "conversation"),
        ] {
            assert_eq!(name_of(title), want, "{title:?}");
        }
        assert!(name_of(&"word ".repeat(90)).len() <= 80);
    }

    #[test]
    fn nothing_is_written_over_unless_that_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md").display().to_string();
        let files = Files::new(Arc::new(Config::default()));
        let to = |over| SaveTo::Named { path: path.clone(), over };
        assert_eq!(files.save(&to(false), "one"), Ok(path.clone()));
        let refused = files.save(&to(false), "two").unwrap_err();
        assert!(refused.what.contains("is there already"), "{refused:?}");
        assert_eq!(files.load(&path), Ok("one".to_owned()));
        assert_eq!(files.save(&to(true), "two"), Ok(path.clone()));
        assert_eq!(files.load(&path), Ok("two".to_owned()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(files.load(&folder.path().display().to_string()).is_err());
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(files.load(&path).unwrap_err().what.contains("no text in UTF-8"));
    }
}
