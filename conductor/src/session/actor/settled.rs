//! When all is done, and said, that was asked for so far.
//!
//! What must stay true: it is answered once what the commands before it led to has been said; what takes as long as a model does (an
//! answer, a summary, a pull, a model on its way into memory, learning) is not waited for: those say themselves when they have ended.

use super::tasks::Kind;
use super::{Actor, QUERIES};
use crate::protocol::Reply;
use tokio::sync::oneshot;

impl Actor {
    /// Somebody waits for that.
    pub(super) fn tell_settled(&mut self, reply: oneshot::Sender<Reply>) {
        // Whoever asks so often hears no answer, which says that there is none.
        if self.settling.len() < QUERIES {
            self.settling.push(reply);
        }
    }

    /// Answers those who wait, where it is so.
    pub(super) fn answer_settled(&mut self) {
        if !self.settling.is_empty() && self.is_settled() {
            for reply in self.settling.drain(..) {
                // Who asked may have gone.
                let _ = reply.send(Reply::Settled);
            }
        }
    }

    fn is_settled(&self) -> bool {
        // A model that is looked up in a fresh list, and what waits to be said after it.
        let looked_up = self.naming.is_none() && self.after_look.is_empty() && self.deferred.is_empty();
        looked_up && !self.tasks.any(is_short)
    }
}

/// Whether a task takes as long as the database or a file does.
fn is_short(kind: Kind) -> bool {
    match kind {
        Kind::Open | Kind::Refusals | Kind::Remember | Kind::Learnt | Kind::Resume | Kind::StoreModel => true,
        Kind::Purge | Kind::Import(_) | Kind::TakeBack(_) | Kind::Draft | Kind::Playbook(_) => true,
        Kind::Measure | Kind::Keep | Kind::Read => true,
        Kind::Look | Kind::LateLook | Kind::Contact | Kind::Memory | Kind::Move(_) => false,
        Kind::Turn(_) | Kind::Pull(_) | Kind::Compact(_) | Kind::Embed(_) | Kind::Learn | Kind::Train(_) => false,
    }
}
