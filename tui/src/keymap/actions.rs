//! What keys can do: every action by its name, with where it has a meaning and what the help says of it.
//!
//! What must stay true: a name is never given to something else, since files of users hold it; no name and no action twice.

use super::{Action, Edit, Mode, Move};
use Mode::{Any, Blank, Choosing, Compare, Complete, Compose, Conversations, List, Page};

/// An action that a key can be bound to.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in `[keys]`.
    pub name: &'static str,
    /// The action.
    pub action: Action,
    /// The places where a key may be bound to it.
    pub places: &'static [Mode],
    /// What it does, for a person.
    pub about: &'static str,
}

const fn row(name: &'static str, action: Action, places: &'static [Mode], about: &'static str) -> Row {
    Row { name, action, places, about }
}

const fn edit(name: &'static str, edit: Edit, about: &'static str) -> Row {
    row(name, Action::Edit(edit), WRITING, about)
}

const fn go(name: &'static str, to: Move, about: &'static str) -> Row {
    row(name, Action::Scroll(to), ALL, about)
}

const ALL: &[Mode] = &[Any, Compose, Complete, Blank, List, Page, Choosing, Conversations, Compare];
/// Where a question is written.
const WRITING: &[Mode] = &[Compose, Complete, Blank];
/// In the conversation.
const CHAT: &[Mode] = &[Compose, Complete, Blank, Any, Choosing];
/// Where something is typed.
const TYPING: &[Mode] = &[Compose, Complete, Blank, List, Conversations];
/// In the list of conversations.
const STORED: &[Mode] = &[Conversations];

/// All actions, in the order of the help.
pub const ACTIONS: &[Row] = &[
    row("send", Action::Accept, WRITING, "send"),
    row("choose", Action::Choose, &[List, Conversations, Compare], "take the marked row"),
    edit("new-line", Edit::Newline, "new line"),
    row("stop", Action::Escape, ALL, "stop the answer, keep what came; close"),
    row("close", Action::Close, &[List, Page, Blank, Choosing, Conversations, Compare], "close"),
    row("interrupt", Action::Interrupt, ALL, "stop; clear the draft; twice: quit"),
    row("end-of-input", Action::EndOfInput, ALL, "quit, where nothing is typed"),
    row("help", Action::Help, ALL, "this help"),
    row("palette", Action::Palette, ALL, "all actions and commands, to find one"),
    row("playbook", Action::Playbook, ALL, "the playbook of the last answer"),
    row("playbook-before", Action::PlaybookBefore, &[List], "in a playbook: the one before"),
    row("playbook-after", Action::PlaybookAfter, &[List], "in a playbook: the one after"),
    row("conversations", Action::Conversations, ALL, "the stored conversations, to find one"),
    row("rename", Action::Rename, STORED, "give the marked conversation another title"),
    row("delete-conversation", Action::DeleteConversation, STORED, "delete the marked conversation"),
    row("restore", Action::Restore, STORED, "bring back what was deleted last"),
    row("show-deleted", Action::ShowDeleted, STORED, "those that were deleted, and back"),
    row("export", Action::Export, STORED, "write the marked conversation to a file"),
    row("notices", Action::Notices, ALL, "what Segno said, with the time"),
    row("pull", Action::Pull, WRITING, "fetch the model that was missing"),
    row("rate-good", Action::Rate { good: true }, CHAT, "rate the last or chosen answer as good"),
    row("rate-bad", Action::Rate { good: false }, CHAT, "rate the last or chosen answer as bad"),
    row("complete", Action::Complete, WRITING, "complete a command, a model or a file"),
    row("up", Action::Up, TYPING, "a row up; at the top, the prompt before"),
    row("down", Action::Down, TYPING, "a row down; at the bottom, the prompt after"),
    row("search-history", Action::SearchHistory, ALL, "find an earlier question; again: the one before"),
    row("unfold-paste", Action::UnfoldPaste, WRITING, "show a folded paste whole"),
    row("editor", Action::Editor, WRITING, "write in your editor ($VISUAL, $EDITOR)"),
    go("scroll-page-up", Move::PageUp, "scroll up a page"),
    go("scroll-page-down", Move::PageDown, "scroll down a page"),
    go("scroll-up", Move::LineUp, "scroll up a row"),
    go("scroll-down", Move::LineDown, "scroll down a row"),
    go("scroll-top", Move::Top, "to the top"),
    go("scroll-bottom", Move::Bottom, "to the newest"),
    row("choose-before", Action::ChooseBefore, CHAT, "choose the message or the code above"),
    row("choose-after", Action::ChooseAfter, CHAT, "choose what stands below"),
    row("copy", Action::CopyChosen, &[Choosing], "copy what is chosen"),
    row("copy-code", Action::CopyCode, CHAT, "copy the last code"),
    row("change", Action::Change, &[Choosing], "change the question and ask it in its place"),
    row("ask-again", Action::AskAgain, &[Choosing], "ask the question again; the answers stay"),
    row("ask-another", Action::AskAnother, &[Choosing], "ask the question again, of a model that you choose"),
    row("compare", Action::Compare, &[Choosing], "two versions beside each other"),
    row("other-version", Action::OtherVersion, &[Compare], "mark the other version"),
    row("fork-here", Action::ForkHere, &[Choosing], "go on in a copy that ends here"),
    row("version-before", Action::VersionBefore, &[Choosing, Compare], "the version before"),
    row("version-after", Action::VersionAfter, &[Choosing, Compare], "the version after"),
    row("thinking", Action::Thinking, CHAT, "show thinking, or fold it"),
    edit("left", Edit::Left, "a character left"),
    edit("right", Edit::Right, "a character right"),
    edit("line-start", Edit::Head, "start of the line"),
    edit("line-end", Edit::End, "end of the line"),
    edit("word-left", Edit::WordLeft, "a word left"),
    edit("word-right", Edit::WordRight, "a word right"),
    row("backspace", Action::Edit(Edit::Backspace), TYPING, "delete; at the start, what is attached last"),
    edit("delete", Edit::Delete, "delete the character after"),
    edit("delete-word", Edit::DeleteWord, "delete the word before"),
    edit("delete-next-word", Edit::DeleteNextWord, "delete the word after"),
    row("delete-to-start", Action::Edit(Edit::DeleteToHead), TYPING, "delete to the start of the line"),
    edit("delete-to-end", Edit::DeleteToEnd, "delete to the end of the line"),
    edit("yank", Edit::Yank, "put back what was deleted"),
    edit("undo", Edit::Undo, "undo"),
    edit("redo", Edit::Redo, "redo"),
    row("redraw", Action::Redraw, ALL, "draw the screen anew"),
    row("suspend", Action::Suspend, ALL, "leave Segno be and go to the shell; `fg` comes back"),
];

/// The row of a name.
pub fn named(name: &str) -> Option<&'static Row> {
    ACTIONS.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_and_no_action_stands_there_twice() {
        for (at, row) in ACTIONS.iter().enumerate() {
            assert!(!ACTIONS[..at].iter().any(|other| other.name == row.name || other.action == row.action), "{}", row.name);
            assert!(row.name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !row.about.is_empty(), "{}", row.name);
        }
    }
}
