//! The thread that reads: it keeps all that came, draws it, answers what the program asks, and rings the bell.

use super::terminal::Terminal;
use std::io::Read;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the reader thread keeps.
pub(super) struct Seen {
    pub(super) terminal: Terminal,
    pub(super) raw: Vec<u8>,
    /// Nobody holds the other end any more: the program is over.
    pub(super) ended: bool,
}

pub(super) struct Shared {
    pub(super) seen: Mutex<Seen>,
    pub(super) changed: Condvar,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads until the program is over.
pub(super) fn read(mut reader: Box<dyn Read + Send>, shared: &Shared, replies: &SyncSender<Vec<u8>>) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let length = reader.read(&mut bytes).unwrap_or(0);
        let mut seen = shared.lock();
        seen.raw.extend_from_slice(&bytes[..length]);
        seen.terminal.process(&bytes[..length]);
        seen.ended = length == 0;
        let reply = std::mem::take(&mut seen.terminal.callbacks_mut().replies);
        drop(seen);
        shared.changed.notify_all();
        if !reply.is_empty() {
            // A full queue would stop the reading, and with it the program: then an answer is lost, as on a bad line.
            let _ = replies.try_send(reply);
        }
        if length == 0 {
            return;
        }
    }
}
