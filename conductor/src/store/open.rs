//! Opens the database: makes folders and file, checks whose it is, brings its schema up to date.
//!
//! What must stay true: a file that is newer or not ours is not changed by a byte; one that is damaged is kept.

use super::error::{StoreError, Trouble};
use super::worker::Database;
use super::{Opened, aside, migrations};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};
use std::collections::HashSet;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pages of the file that a connection keeps, in KiB.
const CACHE_KIB: i64 = 768;

/// Opens the database at `path`, waiting no longer than `patience` for other programs. One that is damaged is put aside
/// and a new one opened.
pub(super) fn open(path: PathBuf, patience: Duration) -> Result<Database, StoreError> {
    match attempt(&path, patience) {
        Err(StoreError::Corrupt { what, .. }) => aside::replace(&path, &what, &|| attempt(&path, patience)),
        // Another process may have moved the file away under our feet: what it made in its place is another matter.
        Err(StoreError::Failed { what, .. } | StoreError::Unopenable { what, .. }) if aside::was_replaced(&path) => {
            aside::replace(&path, &what, &|| attempt(&path, patience))
        }
        other => other,
    }
}

/// Who opens one in this process, one after the other: the system's locks are those of the process, and closing the file that one has
/// made takes away those that another holds by then.
static OPENING: Mutex<()> = Mutex::new(());

fn attempt(path: &Path, patience: Duration) -> Result<Database, StoreError> {
    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    make(path).map_err(|error| StoreError::Unopenable { path: path.to_owned(), what: error.to_string() })?;
    let (conn, found) = connect(path, patience).map_err(|trouble| trouble.at(path))?;
    let opened = if found == 0 { Opened::Created } else { Opened::Existing };
    Ok(Database { conn, path: path.to_owned(), opened, writing: HashSet::new(), window: None })
}

/// Makes the file where there is none, for the user's eyes alone: SQLite would take the umask's word. Its log files get
/// the same rights from SQLite.
fn make(path: &Path) -> io::Result<()> {
    let (mut folder, mut file) = (DirBuilder::new(), OpenOptions::new());
    folder.recursive(true);
    file.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        folder.create(parent)?;
    }
    match file.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A connection that is ready, and the schema number that was found.
fn connect(path: &Path, patience: Duration) -> Result<(Connection, i64), Trouble> {
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(patience)?;
    // Else closing writes the log into the file, be it whose it may.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    migrations::inspect(&mut conn, migrations::STEPS.len() as i64)?;
    if conn.is_readonly(MAIN_DB)? {
        return Err(Trouble::Other(StoreError::ReadOnly { path: path.to_owned() }));
    }
    log_ahead(&conn, patience)?;
    // With the log ahead, NORMAL survives the death of the process at any point; a power cut may take the last turns, but
    // not the file.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    // In KiB. The system keeps pages of the file, too: SQLite's usual 2,000 of its own make no read faster here.
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // What is deleted is overwritten, and not only forgotten.
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let found = migrations::migrate(&mut conn, migrations::STEPS)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    migrations::probe(&conn)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok((conn, found))
}

/// Switches to the write-ahead log. SQLite does not wait for others here, whatever its busy timeout; so we do.
fn log_ahead(conn: &Connection, patience: Duration) -> Result<(), Trouble> {
    let until = Instant::now() + patience;
    loop {
        match conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                tracing::warn!(mode, "this file system has no write-ahead log");
                return Ok(());
            }
            Err(error) if StoreError::is_busy(&error) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
