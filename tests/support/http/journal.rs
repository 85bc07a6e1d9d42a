//! What is taken down, behind one lock that is never held while anything is awaited. Every change tells those who wait.

use super::record::{End, Recorded};
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A connection that was made, whatever came of it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Who made it.
    pub from: SocketAddr,
    /// Every byte that came on it; empty where it was only made.
    pub received: Vec<u8>,
    /// One that the test itself made to look.
    own: bool,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<Recorded>,
    connections: Vec<Connection>,
}

/// What came, and the bell that rings when more comes.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Journal {
    /// A panic in one test thread does not hide the others' words behind a poisoned lock.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes down a connection; its number.
    pub(super) fn connected(&self, from: SocketAddr) -> usize {
        let mut seen = self.lock();
        seen.connections.push(Connection { from, received: Vec::new(), own: false });
        self.changed.notify_all();
        seen.connections.len() - 1
    }

    /// Takes down bytes of a connection.
    pub(super) fn received(&self, connection: usize, bytes: &[u8]) {
        if let Some(connection) = self.lock().connections.get_mut(connection) {
            connection.received.extend_from_slice(bytes);
        }
        self.changed.notify_all();
    }

    /// Waits until the connection from this address is taken down, and counts it as the test's own.
    pub(super) fn forget(&self, from: SocketAddr) {
        let is_it = |connection: &Connection| !connection.own && connection.from == from;
        let (mut seen, _) = self
            .changed
            .wait_timeout_while(self.lock(), super::PATIENCE, |seen| !seen.connections.iter().any(is_it))
            .unwrap_or_else(PoisonError::into_inner);
        let own = seen.connections.iter_mut().find(|connection| is_it(connection));
        own.expect("the fake server takes a connection in four seconds").own = true;
    }

    /// The connections that the test did not make itself.
    pub(super) fn connections(&self) -> Vec<Connection> {
        self.lock().connections.iter().filter(|connection| !connection.own).cloned().collect()
    }

    /// Takes down a request; its number.
    pub(super) fn record(&self, request: Recorded) -> usize {
        let mut seen = self.lock();
        seen.requests.push(request);
        self.changed.notify_all();
        seen.requests.len() - 1
    }

    /// Changes what was taken down.
    pub(super) fn note(&self, number: usize, change: impl FnOnce(&mut Recorded)) {
        if let Some(request) = self.lock().requests.get_mut(number) {
            change(request);
        }
        self.changed.notify_all();
    }

    pub(super) fn ended(&self, number: usize, end: End) {
        self.note(number, |request| request.end = Some(end));
    }

    /// All requests so far.
    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.lock().requests.clone()
    }

    /// Waits until the requests are as wanted.
    ///
    /// # Panics
    /// After four seconds, naming what came.
    pub(super) fn wait(&self, mut wanted: impl FnMut(&[Recorded]) -> bool) -> Vec<Recorded> {
        let (seen, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), super::PATIENCE, |seen| !wanted(&seen.requests))
            .unwrap_or_else(PoisonError::into_inner);
        let requests = seen.requests.clone();
        drop(seen);
        if timeout.timed_out() {
            let seen: Vec<String> = requests.iter().map(ToString::to_string).collect();
            panic!("the fake server did not see what was waited for; it saw:\n{}", seen.join("\n"));
        }
        requests
    }
}
