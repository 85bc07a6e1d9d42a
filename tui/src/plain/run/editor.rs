//! A question that is written in the user's editor.
//!
//! What must stay true: while the editor has the terminal nothing is read from it and nothing written to it; what is saved is asked, and
//! where nothing was, nothing.

use super::super::reader::Reader;
use super::super::say::Out;
use super::Lines;
use crate::editor::{self, Fault};
use crate::msg::Msg;
use crate::run::Link;
use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use tokio::sync::oneshot;

/// An editor at work, and what it was opened with.
pub(super) type Editing = Pin<Box<dyn Future<Output = (String, Result<String, Fault>)>>>;

/// Waits for the editor to end; for ever where there is none.
pub(super) async fn edited(editing: &mut Option<Editing>) -> (String, Result<String, Fault>) {
    match editing {
        Some(editing) => editing.await,
        None => std::future::pending().await,
    }
}

impl<W: Write, L: Link> Lines<W, L> {
    /// Gives the terminal to the editor.
    pub(super) fn lend(&mut self, given: String) {
        let (done, result) = oneshot::channel();
        let text = given.clone();
        if self.input.piped {
            let fault =
                Fault { what: "an editor needs a terminal, and these lines come through a pipe".to_owned(), hint: String::new() };
            self.editing = Some(Box::pin(std::future::ready((given, Err(fault)))));
            return;
        }
        // A thread of its own: the runtime waits for none of these at the end.
        std::thread::spawn(move || done.send(editor::edit(&text)));
        self.editing = Some(Box::pin(async move {
            let gone = |_| Err(Fault::of("the editor could not be waited for"));
            (given, result.await.unwrap_or_else(gone))
        }));
    }

    /// What was written is asked, where it is anything.
    pub(super) fn take_from_editor(
        &mut self,
        given: String,
        saved: Result<String, Fault>,
        reader: &mut Reader,
    ) -> io::Result<()> {
        self.editing = None;
        self.paper.moved(false);
        match saved {
            Ok(text) if text.trim().is_empty() || text == given => {
                self.put(vec![Out::Line("Note: nothing was written, and nothing is asked.".to_owned())])
            }
            Ok(text) => self.tell(text, reader),
            Err(fault) => self.update(Msg::Edited { given, saved: Err(fault) }, reader),
        }
    }
}
