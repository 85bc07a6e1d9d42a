//! The one thread that owns the connection. Jobs come through a bounded channel and are done in order.
//!
//! What must stay true: the thread sleeps while there is no job; it ends when the store is closed or its last handle is
//! dropped, with every job done that was sent before; and it never keeps the process alive.

use super::Opened;
use super::error::StoreError;
use super::open;
use super::window::Window;
use crate::domain::MessageId;
use rusqlite::Connection;
use std::collections::HashSet;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait. A caller beyond that waits itself.
const QUEUE: usize = 64;

/// The open database, and what this process does with it.
pub(super) struct Database {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    /// How it was opened.
    pub(super) opened: Opened,
    /// The answers that this process is writing now.
    pub(super) writing: HashSet<MessageId>,
    /// Which window this process is, once it was asked for a draft.
    pub(super) window: Option<Window>,
}

/// The database, or why there is none: then every job gets that error.
pub(super) type State = Result<Database, StoreError>;

/// What the thread is sent.
pub(super) enum Job {
    /// Something to do.
    Work(Box<dyn FnOnce(&mut State) + Send>),
    /// Do what is left, close the database, and say so.
    Close(oneshot::Sender<()>),
}

/// Starts the thread, which opens the database first: jobs may be sent at once.
pub(super) fn start(path: PathBuf, patience: Duration) -> std::io::Result<(mpsc::Sender<Job>, JoinHandle<()>)> {
    let (sender, jobs) = mpsc::channel(QUEUE);
    let thread = std::thread::Builder::new().name("segno-store".to_owned()).spawn(move || serve(path, patience, jobs))?;
    Ok((sender, thread))
}

fn serve(path: PathBuf, patience: Duration, mut jobs: mpsc::Receiver<Job>) {
    let mut state = open::open(path, patience);
    match &state {
        Ok(database) => tracing::info!(path = %database.path.display(), opened = ?database.opened, "database opened"),
        Err(error) => tracing::error!(%error, "database not opened"),
    }
    let mut closers = Vec::new();
    while let Some(job) = jobs.blocking_recv() {
        match job {
            Job::Work(work) => work(&mut state),
            Job::Close(closer) => {
                // No new jobs; those in the queue still come.
                jobs.close();
                closers.push(closer);
            }
        }
    }
    if let Ok(database) = state {
        close(database);
    }
    for closer in closers {
        // Whoever asked may have gone; there is nobody else to tell.
        let _ = closer.send(());
    }
}

/// Brings the write-ahead log into the file as far as that needs no waiting for others, and closes. The last process to
/// close brings in the rest; a log that stays behind is read by whoever opens next.
fn close(database: Database) {
    let checkpoint = database.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = checkpoint.and_then(|()| database.conn.close().map_err(|(_, error)| error)) {
        tracing::warn!(error = StoreError::words(&error), "database not closed cleanly");
    }
}
