//! Puts a damaged database aside under a new name, and has a new one made.
//!
//! What must stay true: nothing is deleted and nothing is written over; of two processes that find the same damage, one
//! moves the file, and the other finds the new one.

use super::Opened;
use super::error::StoreError;
use super::worker::Database;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// What SQLite keeps beside a database. The log belongs to its file: together they may still be read.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Moves the damaged database at `path` away and opens a new one with `attempt`.
pub(super) fn replace(
    path: &Path,
    what: &str,
    attempt: &dyn Fn() -> Result<Database, StoreError>,
) -> Result<Database, StoreError> {
    let refuse = |error: io::Error| StoreError::Corrupt {
        path: path.to_owned(),
        what: format!("{what}, and it could not be put aside: {error}"),
    };
    // The lock file stays: taking it away would let two processes hold two locks of one name.
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = options.open(lock_of(path)).map_err(refuse)?;
    lock.lock().map_err(refuse)?;
    match attempt() {
        Err(StoreError::Corrupt { what: why, .. }) => {
            let kept = put_aside(path, &stamp(OffsetDateTime::now_utc())).map_err(refuse)?;
            tracing::error!(kept = %kept.display(), why, "damaged database put aside");
            // Nobody may look into the log: the name of the kept file goes with whatever is said.
            let not_replaced = |error| StoreError::NotReplaced { kept: kept.clone(), error: Box::new(error) };
            let mut database = attempt().map_err(not_replaced)?;
            database.opened = Opened::Replaced { kept, why };
            Ok(database)
        }
        other => other,
    }
}

/// Whether the database at `path` is being replaced, or was once.
pub(super) fn was_replaced(path: &Path) -> bool {
    lock_of(path).exists()
}

fn lock_of(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// Renames the database and its companions; returns the new name.
fn put_aside(path: &Path, stamp: &str) -> io::Result<PathBuf> {
    let kept = free_name(path, stamp)?;
    // The file itself goes last: a log without its file would be deleted by SQLite when a new file of that name is made.
    for companion in COMPANIONS {
        match fs::rename(beside(path, companion), beside(&kept, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &kept)?;
    Ok(kept)
}

/// A name that nothing has: renaming would write over it.
fn free_name(path: &Path, stamp: &str) -> io::Result<PathBuf> {
    let mut kept = beside(path, &format!(".corrupt-{stamp}"));
    let mut number = 1;
    while taken(&kept)? {
        number += 1;
        kept = beside(path, &format!(".corrupt-{stamp}-{number}"));
    }
    Ok(kept)
}

fn taken(kept: &Path) -> io::Result<bool> {
    for suffix in ["", COMPANIONS[0], COMPANIONS[1]] {
        match fs::symlink_metadata(beside(kept, suffix)) {
            Ok(_) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// `path` with `suffix` at the end of its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A time in UTC, as a part of a file name.
fn stamp(now: OffsetDateTime) -> String {
    let (date, time) = (now.date(), now.time());
    let month = u8::from(date.month());
    format!("{:04}{month:02}{:02}T{:02}{:02}{:02}Z", date.year(), date.day(), time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_damaged_one_is_kept_is_said_though_no_new_one_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segno.db");
        fs::write(&path, "damaged").unwrap();
        let attempt = || match path.exists() {
            true => Err(StoreError::Corrupt { path: path.clone(), what: "not a database".to_owned() }),
            false => Err(StoreError::Full { path: path.clone() }),
        };
        let error = replace(&path, "not a database", &attempt).err().unwrap();
        let StoreError::NotReplaced { kept, .. } = &error else { panic!("{error:?}") };
        assert_eq!(fs::read_to_string(kept).unwrap(), "damaged");
        let failure = error.failure();
        assert!(failure.what.contains("is full") && failure.what.contains(&*kept.to_string_lossy()), "{}", failure.what);
        assert_eq!(failure.hint, StoreError::Full { path }.hint());
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segno.db");
        let at = stamp(OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap());
        let mut names = Vec::new();
        for content in ["first", "second", "third"] {
            fs::write(&path, content).unwrap();
            fs::write(beside(&path, "-wal"), format!("log of {content}")).unwrap();
            let kept = put_aside(&path, &at).unwrap();
            assert_eq!(fs::read_to_string(&kept).unwrap(), content);
            assert!(!path.exists() && !beside(&path, "-wal").exists());
            names.push((kept, content));
        }
        for (kept, content) in &names {
            assert_eq!(fs::read_to_string(kept).unwrap(), *content);
            assert_eq!(fs::read_to_string(beside(kept, "-wal")).unwrap(), format!("log of {content}"));
        }
        assert_eq!(names[0].0.file_name().unwrap(), "segno.db.corrupt-20231114T221320Z");
        assert_eq!(names[2].0.file_name().unwrap(), "segno.db.corrupt-20231114T221320Z-3");
    }
}
