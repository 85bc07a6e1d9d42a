//! Which of the windows that are open at once this process is: each keeps drafts of its own.
//!
//! What must stay true: no two processes that run are the same window, as long as files can be locked and there are fewer than
//! [`MOST`]; one that has died is none any more, however it died.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// More windows than this share the first one's drafts, as they do where files cannot be locked.
const MOST: i64 = 64;

/// A window: its number, which is free again when this is dropped, or the process has ended.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) number: i64,
    /// The conversations whose drafts here are of this process, and not of one that had the number before.
    pub(super) drafts: HashSet<i64>,
    /// Locked while it is ours; `None` where that cannot be.
    _file: Option<File>,
}

impl Window {
    /// The first number that nobody has, for the database at `path`.
    pub(super) fn first_free(path: &Path) -> Self {
        for number in 0..MOST {
            match lock(path, number) {
                Ok(file) => return Self::new(number, Some(file)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(%error, "windows are not told apart");
                    break;
                }
            }
        }
        Self::new(0, None)
    }

    fn new(number: i64, file: Option<File>) -> Self {
        Self { number, drafts: HashSet::new(), _file: file }
    }

    /// The window with this number, if nobody is it: while it is held nobody becomes it.
    pub(super) fn free(path: &Path, number: i64) -> Option<Self> {
        lock(path, number).ok().map(|file| Self::new(number, Some(file)))
    }
}

/// Locks the file that stands for a window. It is empty and stays there: taking it away while another opens it would leave two with
/// a lock on what has one name.
fn lock(database: &Path, number: i64) -> Result<File, TryLockError> {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".window-{number}"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(PathBuf::from(name)).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}
