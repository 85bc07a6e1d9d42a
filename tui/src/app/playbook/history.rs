//! What changed a bullet, as the pane shows it.
//!
//! What must stay true: what comes late, for a bullet that is no longer asked about, is not shown; what is shown stays while it is read
//! anew.

use super::super::App;
use super::books::failure_of;
use super::inside::Inside;
use crate::words::changes;
use crate::words::why::Line;
use conductor::domain::{Bullet, BulletId, ChatOrigin, Delta, MessageId, PlaybookKey};
use conductor::protocol::{Notice, Query, Reply};
use std::collections::HashMap;

/// What changed a bullet.
#[derive(Debug)]
pub(crate) struct History {
    key: PlaybookKey,
    /// As it was when it was asked about.
    bullet: Bullet,
    /// The newest first; `None` until they come.
    deltas: Option<Vec<Delta>>,
    /// The answers that they came of.
    origins: HashMap<MessageId, ChatOrigin>,
    /// When they came: milliseconds since 1970-01-01 UTC.
    now_ms: i64,
    /// The first row shown; the drawing keeps it inside of the text.
    pub(crate) top: usize,
    /// The numbers of the questions that are open: for the changes, and for the answers.
    open: (Option<u64>, Option<u64>),
}

impl History {
    /// In lines, with times `offset_s` seconds east of Greenwich; `None` until it comes.
    pub(crate) fn lines(&self, offset_s: i32) -> Option<Vec<Line>> {
        let deltas = self.deltas.as_ref()?;
        Some(changes::history((&self.key, &self.bullet), deltas, &self.origins, (self.now_ms, offset_s)))
    }

    /// The answers that it tells of and that nobody asked for yet.
    fn unknown(&self) -> Vec<MessageId> {
        let mut unknown = Vec::new();
        for delta in self.deltas.iter().flatten() {
            if let Some(message) = delta.cause.message()
                && !self.origins.contains_key(&message)
                && !unknown.contains(&message)
            {
                unknown.push(message);
            }
        }
        unknown
    }
}

impl App {
    fn history(&mut self) -> Option<&mut History> {
        match &mut self.page()?.inside {
            Inside::History(history) => Some(history),
            _ => None,
        }
    }

    /// Opens that of the marked bullet.
    pub(super) fn open_history(&mut self) {
        let Some(page) = self.page() else { return };
        let (Some(key), Some(bullet)) = (page.key().cloned(), page.marked().cloned()) else { return };
        let history = History { key, bullet, deltas: None, origins: HashMap::new(), now_ms: 0, top: 0, open: (None, None) };
        page.inside = Inside::History(Box::new(history));
        self.read_history();
    }

    /// Reads it anew, where it is open.
    pub(super) fn read_history(&mut self) {
        let Some(query) = self.history().map(|history| (history.key.clone(), history.bullet.id)) else { return };
        let id = self.look(Query::BulletDeltas { key: query.0, id: query.1 });
        self.history().into_iter().for_each(|history| history.open.0 = Some(id));
    }

    /// A reply that has a number; `None` where it is of the history.
    pub(super) fn history_looked(&mut self, id: u64, reply: Reply, now_ms: i64) -> Option<Reply> {
        let Some(history) = self.history() else { return Some(reply) };
        if history.open.0 == Some(id) {
            history.open.0 = None;
            match reply {
                Reply::Deltas(deltas) => (history.deltas, history.now_ms) = (Some(deltas), now_ms),
                reply => {
                    self.page().into_iter().for_each(|page| _ = page.go_back());
                    self.notice(&Notice::error(&failure_of(reply)));
                    return None;
                }
            }
            let unknown = history.unknown();
            if !unknown.is_empty() {
                let id = self.look(Query::ChatOrigins(unknown));
                self.history().into_iter().for_each(|history| history.open.1 = Some(id));
            }
            return None;
        }
        if history.open.1 != Some(id) {
            return Some(reply);
        }
        history.open.1 = None;
        // An answer that cannot be read is named by its number.
        if let Reply::ChatOrigins(origins) = reply {
            history.origins.extend(origins.into_iter().map(|origin| (origin.message, origin)));
        }
        None
    }
}

impl History {
    /// Which bullet it is of.
    pub(super) fn id(&self) -> BulletId {
        self.bullet.id
    }

    /// The bullet is as it is now.
    pub(super) fn renew(&mut self, bullet: &Bullet) {
        self.bullet = bullet.clone();
    }
}
