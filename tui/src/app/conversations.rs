//! The pane of the stored conversations: found by their titles and by what was said in them, opened, renamed, deleted, brought back
//! and written to files.
//!
//! What must stay true: the conductor has the last word: what is listed is what it said; an error loses nothing of what is typed or
//! shown; what is deleted here can be brought back here.

mod files;
mod pane;
mod undo;

pub(crate) use pane::Doing;
use pane::Marked;
pub use pane::Pane;

use super::playbook::draft::one_line;
use super::{App, Overlay};
use crate::keymap::{Action, Edit};
use crate::msg::Effect;
use crate::sanitise::clean_line;
use conductor::domain::{ConversationId, MessageId};
use conductor::protocol::{Command, ConversationCommand, Query, Reply};
use std::time::Instant;

/// So many conversations are listed.
const CONVERSATIONS: u32 = 500;
/// So many messages are found.
const HITS: u32 = 50;
/// From so many columns on the marked conversation is shown beside the list.
pub(crate) const BESIDE: u16 = 110;

/// A message for which a conversation is opened.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    at: MessageId,
    /// By a search: it is only marked.
    found: bool,
}

/// What the chat remembers of conversations beside the one that is open.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// The message that is chosen once its conversation is open.
    opening: Option<Wanted>,
    /// What was deleted in this run, the last last.
    deleted: Vec<ConversationId>,
    /// It is opened once it is back.
    undeleting: Option<ConversationId>,
    /// Conversations that are being written out.
    pub(super) exporting: Vec<files::Exporting>,
}

impl App {
    pub(super) fn pane(&mut self) -> Option<&mut Pane> {
        match &mut self.overlay {
            Some(Overlay::Conversations(pane)) => Some(pane),
            _ => None,
        }
    }

    /// Shows the stored conversations, and what is found for these words.
    pub(super) fn open_conversations(&mut self, words: String) {
        self.popup = None;
        self.overlay = Some(Overlay::Conversations(Box::new(Pane::new(words))));
        self.list_conversations();
        self.ask_for_pane();
    }

    /// Asks something that is told from other questions by its number.
    pub(super) fn look(&mut self, query: Query) -> u64 {
        let id = self.next_look;
        self.next_look += 1;
        self.effect(Effect::Look { id, query });
        id
    }

    /// Reads the list anew, where it is shown.
    fn list_conversations(&mut self) {
        let Some(deleted) = self.pane().map(|pane| pane.deleted) else { return };
        let id = self.look(Query::Conversations { limit: CONVERSATIONS, deleted });
        if let Some(pane) = self.pane() {
            pane.open.list = Some(id);
        }
    }

    /// Asks for what the pane shows now and has not got: what is typed is searched for without waiting, but one search at a time.
    pub(super) fn ask_for_pane(&mut self) {
        let wide = self.columns >= BESIDE;
        let Some(pane) = self.pane() else { return };
        let (search, preview) = (pane.next_search(), pane.next_preview().filter(|_| wide));
        if let Some(text) = search {
            let id = self.look(Query::Search { text: text.clone(), limit: HITS, before: None });
            self.pane().into_iter().for_each(|pane| pane.open.search = Some((id, text.clone())));
        }
        if let Some(of) = preview {
            let id = self.look(Query::Conversation(of));
            self.pane().into_iter().for_each(|pane| pane.open.preview = Some((id, of)));
        }
    }

    /// A reply that has a number.
    pub(super) fn looked(&mut self, id: u64, reply: Reply, now: Instant, now_ms: i64) {
        self.touch();
        let Some(reply) = self.exported(id, reply) else { return };
        let Some(reply) = self.compared(id, reply) else { return };
        let Some(reply) = self.past_found(id, reply, now) else { return };
        let Some(reply) = self.page_looked(id, reply, now_ms) else { return };
        let Some(pane) = self.pane() else { return };
        if pane.open.list == Some(id) {
            pane.open.list = None;
            match reply {
                Reply::Conversations(list) => pane.fill(list, now_ms),
                reply => {
                    pane.without_list();
                    pane.said = Some(trouble(reply));
                }
            }
        } else if let Some((_, text)) = pane.open.search.take_if(|(open, _)| *open == id) {
            match reply {
                Reply::Found(hits) => pane.put_hits(text, hits),
                reply => {
                    // Not asked again and again: the next letter does.
                    pane.put_hits(text, Vec::new());
                    pane.said = Some(trouble(reply));
                }
            }
        } else if let Some((_, of)) = pane.open.preview.take_if(|(open, _)| *open == id) {
            match reply {
                Reply::Conversation(conversation) => pane.put_preview(of, conversation.as_deref()),
                _ => pane.put_preview(of, None),
            }
        }
        self.ask_for_pane();
    }

    /// Enter: opens the marked conversation, at the message where something was found; brings back what was deleted.
    pub(super) fn pane_accept(&mut self) {
        let Some(pane) = self.pane() else { return };
        let (deleted, marked) = (pane.deleted, pane.marked());
        let (id, at, archived) = match marked {
            None => return,
            Some(Marked::Title(summary)) => (summary.id, None, false),
            Some(Marked::Hit(hit)) => (hit.conversation.id, Some(hit.message), hit.archived),
        };
        if deleted {
            return self.send(Command::Conversation(ConversationCommand::Restore(id)));
        }
        self.overlay = None;
        self.shelf.opening = at.map(|at| Wanted { at, found: true });
        let is_open = self.room.conversation.as_ref().is_some_and(|open| open.id == id);
        match at {
            Some(at) if archived => self.send(Command::Conversation(ConversationCommand::Show { at })),
            // It is on the screen already.
            Some(_) if is_open && self.choose_opened() => {}
            _ => self.send(Command::Conversation(ConversationCommand::Resume(id))),
        }
    }

    /// Opens the conversation of a message, with that chosen: another version of what is chosen now.
    pub(super) fn show_message(&mut self, at: MessageId) {
        self.shelf.opening = Some(Wanted { at, found: false });
        self.send(Command::Conversation(ConversationCommand::Show { at }));
    }

    /// Chooses the message for which the conversation was opened; false where it does not stand there.
    pub(super) fn choose_opened(&mut self) -> bool {
        let Some(wanted) = self.shelf.opening.take() else { return false };
        let there = self.choose_message(wanted.at);
        let said = self.room.said.iter().find(|said| there && !wanted.found && said.id == Some(wanted.at));
        // That it was opened is no news then.
        if let (Some(words), Some(toast)) = (said.and_then(|said| Self::version_words(&said.versions)), &mut self.toast) {
            toast.text = words;
        }
        // Whoever looked for words types next, more likely than not.
        self.room.only_marked = there && wanted.found;
        if !there {
            self.shelf.opening = Some(wanted);
        }
        there
    }

    /// What is done to the marked conversation.
    pub(super) fn pane_key(&mut self, action: Action) {
        let last = self.shelf.deleted.last().copied();
        let Some(pane) = self.pane() else { return };
        let marked = pane.marked().map(|row| row.summary().id);
        match (action, marked) {
            (Action::ShowDeleted, _) => {
                pane.switch();
                self.list_conversations();
            }
            (Action::Restore, marked) => match if pane.deleted { marked } else { last } {
                Some(id) => self.send(Command::Conversation(ConversationCommand::Restore(id))),
                None => pane.said = Some("nothing was deleted in this run".to_owned()),
            },
            (Action::Rename | Action::DeleteConversation | Action::Export, Some(_)) if pane.deleted => {
                pane.said = Some("it is deleted: Enter brings it back first".to_owned());
            }
            (Action::Rename, Some(_)) => pane.open_naming(),
            (Action::Export, Some(_)) => pane.open_format(),
            (Action::DeleteConversation, Some(id)) => self.send(Command::Conversation(ConversationCommand::Delete(id))),
            _ => {}
        }
    }

    /// A letter, or another key that changes what is typed.
    pub(super) fn pane_edit(&mut self, edit: Edit) {
        let Some(pane) = self.pane() else { return };
        match &pane.doing {
            Doing::Format(id, title) => {
                let (Edit::Insert(letter), id, title) = (edit, *id, title.clone()) else { return };
                if let Some(format) = pane::format_of(letter) {
                    pane.go_back();
                    self.export(id, files::beside(&title, format), format);
                }
            }
            _ => pane.edit(edit),
        }
    }

    /// A paste: into the title that is written, or what is typed to find something.
    pub(super) fn paste_into_pane(&mut self, text: &str) {
        let Some(pane) = self.pane() else { return };
        match &mut pane.doing {
            Doing::Name(naming) => _ = naming.words.paste(&one_line(text)),
            Doing::Format(..) => {}
            Doing::List => pane.paste(text),
        }
        self.ask_for_pane();
    }

    /// A key while a title is written.
    pub(super) fn naming_key(&mut self, action: Action) {
        if action == Action::Accept {
            return self.store_name();
        }
        let Some(naming) = self.pane().and_then(Pane::naming) else { return };
        match action {
            Action::Edit(Edit::Newline) => {}
            Action::Edit(edit) => naming.words.edit(edit),
            Action::EndOfInput => naming.words.edit(Edit::Delete),
            _ => {}
        }
    }

    fn store_name(&mut self) {
        let Some(pane) = self.pane() else { return };
        let Some(naming) = pane.naming() else { return };
        let (id, title) = (Some(naming.id), naming.words.text().trim().to_owned());
        if title.is_empty() {
            pane.said = Some("a title has at least one letter; Esc leaves it as it was".to_owned());
            return;
        }
        pane.go_back();
        self.send(Command::Conversation(ConversationCommand::Rename { id, title }));
    }

    /// Something changed in what is listed.
    pub(super) fn conversations_changed(&mut self) {
        if let Some(pane) = self.pane() {
            pane.forget_preview();
            self.list_conversations();
        }
    }

    /// Says it in the status line and, where the pane lies in front, at its foot until the next key.
    pub(super) fn say_there(&mut self, text: String, now: Instant) {
        if let Some(pane) = self.pane() {
            pane.said = Some(text.clone());
        }
        self.say(text, now);
    }
}

/// What a reply that brings nothing says.
pub(super) fn trouble(reply: Reply) -> String {
    match reply {
        Reply::Failed(failure) if failure.hint.is_empty() => clean_line(&failure.what).into_owned(),
        Reply::Failed(failure) => format!("{}: {}", clean_line(&failure.what), clean_line(&failure.hint)),
        _ => "the database answered with something else".to_owned(),
    }
}
