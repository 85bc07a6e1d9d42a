//! Files and folders, looked at on threads of their own: a slow disk or a large image holds up no key and no frame.

use super::{Errands, Link};
use crate::file::SaveTo;
use crate::msg::Msg;
use conductor::domain::{Failure, FailureKind};

/// So many may be on their way before no more folders are listed.
const LOOKS: usize = 32;

/// The thread that looked after a file has ended early.
fn broken(what: &str) -> Failure {
    Failure::new(FailureKind::Broken, format!("the file could not be {what}"), "try another one")
}

impl<L: Link> Errands<L> {
    /// Reads a file where drawing does not wait for it.
    pub(super) fn attach(&mut self, id: u64, path: String) {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || files.span(&path));
        self.looking.push(Box::pin(async move {
            let gone = |_| Err(Failure::new(FailureKind::Broken, "the file could not be looked at", "try another one"));
            Msg::Attached { id, result: read.await.unwrap_or_else(gone) }
        }));
    }

    /// Writes a file.
    pub(super) fn save(&mut self, to: SaveTo, text: String) {
        let files = self.files.clone();
        let written = tokio::task::spawn_blocking(move || files.save(&to, &text));
        self.looking.push(Box::pin(async move { Msg::Saved(written.await.unwrap_or_else(|_| Err(broken("written")))) }));
    }

    /// Reads a file of conversations.
    pub(super) fn load(&mut self, path: String) {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || files.load(&path));
        self.looking.push(Box::pin(async move { Msg::Loaded(read.await.unwrap_or_else(|_| Err(broken("read")))) }));
    }

    /// Lists a folder for the completion.
    pub(super) fn list(&mut self, folder: String) {
        // Names that come too late are of no use: with many on their way none are asked for.
        if self.looking.len() >= LOOKS {
            return;
        }
        let (files, of) = (self.files.clone(), folder.clone());
        let list = tokio::task::spawn_blocking(move || files.list(&of));
        self.looking.push(Box::pin(async move { Msg::Listed { folder, entries: list.await.unwrap_or_default() } }));
    }
}
