//! The terminal lent to the user's editor.
//!
//! What must stay true: while it is lent nothing is read from it and nothing written to it; what else happens is taken in.

use super::{Driver, Link};
use crate::editor::{self, Fault};
use crate::msg::Msg;
use crate::terminal;
use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use tokio::sync::oneshot;

/// An editor at work.
pub(super) type Editing = Pin<Box<dyn Future<Output = Msg>>>;

/// Waits for the editor to end; for ever where there is none.
pub(super) async fn ended(editing: &mut Option<Editing>) -> Msg {
    match editing {
        Some(editing) => editing.await,
        None => std::future::pending().await,
    }
}

impl<W: Write, L: Link> Driver<W, L> {
    /// Gives the terminal to the editor. Whoever reads from it must have stopped before.
    pub(super) fn lend(&mut self, given: String) {
        terminal::lend();
        let (done, result) = oneshot::channel();
        let text = given.clone();
        // A thread of its own: the runtime waits for none of these at the end.
        std::thread::spawn(move || done.send(editor::edit(&text)));
        self.editing = Some(Box::pin(async move {
            let gone = |_| Err(Fault::of("the editor could not be waited for"));
            Msg::Edited { given, saved: result.await.unwrap_or_else(gone) }
        }));
    }

    /// Takes the terminal again when the editor has ended.
    pub(super) fn take_from_editor(&mut self, msg: Msg) -> io::Result<()> {
        self.editing = None;
        terminal::take_back()?;
        self.size = terminal::size().unwrap_or(self.size);
        if let Some(title) = self.title {
            self.emit(&terminal::title(title))?;
        }
        if let Some(block) = self.block {
            self.emit(terminal::cursor(block))?;
        }
        self.update(msg)
    }

    /// Says something to the terminal, unless it is lent.
    pub(super) fn emit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.editing.is_some() {
            return Ok(());
        }
        self.sink.write_all(bytes)?;
        self.sink.flush()
    }
}
