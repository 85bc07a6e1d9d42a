//! The table of keys.
//!
//! What must stay true: no key twice in a mode; rows of one action stand together, since the help joins them.

use super::{Action, Code, Edit, Key, Mode, Move};

/// A row: a key, where it counts, what it does, and what the help says of it.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it counts.
    pub mode: Mode,
    /// The key.
    pub key: Key,
    /// What it does.
    pub action: Action,
    /// What the help says; empty where it says nothing.
    pub about: &'static str,
}

const fn row(mode: Mode, key: Key, action: Action, about: &'static str) -> Binding {
    Binding { mode, key, action, about }
}

const fn edit(key: Key, edit: Edit, about: &'static str) -> Binding {
    row(Mode::Compose, key, Action::Edit(edit), about)
}

const fn go(mode: Mode, key: Key, to: Move, about: &'static str) -> Binding {
    row(mode, key, Action::Scroll(to), about)
}

const fn plain(code: Code) -> Key {
    Key::plain(code)
}

const fn ctrl(c: char) -> Key {
    Key::ctrl(Code::Char(c))
}

const GOOD: Action = Action::Rate { good: true };
const BAD: Action = Action::Rate { good: false };

/// All keys.
pub const TABLE: &[Binding] = &[
    row(Mode::Compose, plain(Code::Enter), Action::Accept, "send"),
    edit(Key::alt(Code::Enter), Edit::Newline, "new line"),
    edit(Key::shift(Code::Enter), Edit::Newline, "new line"),
    edit(ctrl('j'), Edit::Newline, "new line"),
    row(Mode::Any, plain(Code::Esc), Action::Escape, "stop the answer, keep what came; close"),
    row(Mode::Any, ctrl('c'), Action::Interrupt, "stop; clear the draft; twice: quit"),
    row(Mode::Any, ctrl('d'), Action::EndOfInput, "quit, where nothing is typed"),
    row(Mode::Any, plain(Code::F(1)), Action::Help, "this help"),
    row(Mode::Any, plain(Code::F(2)), Action::Playbook, "the playbook of the last answer"),
    row(Mode::Compose, plain(Code::F(3)), Action::Pull, "fetch the model that was missing"),
    row(Mode::Compose, plain(Code::F(4)), GOOD, "the last answer was good"),
    row(Mode::Compose, Key::alt(Code::Char('g')), GOOD, "the last answer was good"),
    row(Mode::Compose, plain(Code::F(5)), BAD, "the last answer was not good, and why"),
    row(Mode::Compose, Key::alt(Code::Char('n')), BAD, "the last answer was not good, and why"),
    row(Mode::Compose, plain(Code::Tab), Action::Complete, "complete a command, a model or a file"),
    row(Mode::Compose, plain(Code::Up), Action::Up, "a row up; at the top, the prompt before"),
    row(Mode::Compose, plain(Code::Down), Action::Down, "a row down; at the bottom, the prompt after"),
    go(Mode::Any, plain(Code::PageUp), Move::PageUp, "scroll up a page"),
    go(Mode::Any, plain(Code::PageDown), Move::PageDown, "scroll down a page"),
    go(Mode::Any, Key::shift(Code::Up), Move::LineUp, "scroll up a row"),
    go(Mode::Any, Key::ctrl(Code::Up), Move::LineUp, "scroll up a row"),
    go(Mode::Any, Key::shift(Code::Down), Move::LineDown, "scroll down a row"),
    go(Mode::Any, Key::ctrl(Code::Down), Move::LineDown, "scroll down a row"),
    go(Mode::Any, Key::ctrl(Code::Home), Move::Top, "to the top"),
    go(Mode::Any, Key::ctrl(Code::End), Move::Bottom, "to the newest"),
    edit(plain(Code::Left), Edit::Left, ""),
    edit(plain(Code::Right), Edit::Right, ""),
    edit(ctrl('b'), Edit::Left, ""),
    edit(ctrl('f'), Edit::Right, ""),
    edit(plain(Code::Home), Edit::Head, "start of the line"),
    edit(ctrl('a'), Edit::Head, "start of the line"),
    edit(plain(Code::End), Edit::End, "end of the line"),
    edit(ctrl('e'), Edit::End, "end of the line"),
    edit(Key::ctrl(Code::Left), Edit::WordLeft, "a word left"),
    edit(Key::alt(Code::Left), Edit::WordLeft, "a word left"),
    edit(Key::alt(Code::Char('b')), Edit::WordLeft, "a word left"),
    edit(Key::ctrl(Code::Right), Edit::WordRight, "a word right"),
    edit(Key::alt(Code::Right), Edit::WordRight, "a word right"),
    edit(Key::alt(Code::Char('f')), Edit::WordRight, "a word right"),
    edit(plain(Code::Backspace), Edit::Backspace, "delete; at the start, what is attached last"),
    edit(Key::shift(Code::Backspace), Edit::Backspace, ""),
    edit(ctrl('h'), Edit::Backspace, ""),
    edit(plain(Code::Delete), Edit::Delete, ""),
    edit(ctrl('w'), Edit::DeleteWord, "delete the word before"),
    edit(Key::alt(Code::Backspace), Edit::DeleteWord, "delete the word before"),
    edit(Key::alt(Code::Char('d')), Edit::DeleteNextWord, "delete the word after"),
    edit(ctrl('u'), Edit::DeleteToHead, "delete to the start of the line"),
    edit(ctrl('k'), Edit::DeleteToEnd, "delete to the end of the line"),
    edit(ctrl('y'), Edit::Yank, "put back what was deleted"),
    edit(ctrl('z'), Edit::Undo, "undo"),
    edit(Key::alt(Code::Char('z')), Edit::Redo, "redo"),
    row(Mode::Any, ctrl('l'), Action::Redraw, "draw the screen anew"),
    row(Mode::Complete, plain(Code::BackTab), Action::Up, ""),
    row(Mode::List, plain(Code::Enter), Action::Accept, ""),
    row(Mode::List, plain(Code::Up), Action::Up, ""),
    row(Mode::List, ctrl('p'), Action::Up, ""),
    row(Mode::List, plain(Code::BackTab), Action::Up, ""),
    row(Mode::List, plain(Code::Down), Action::Down, ""),
    row(Mode::List, ctrl('n'), Action::Down, ""),
    row(Mode::List, plain(Code::Tab), Action::Down, ""),
    row(Mode::List, plain(Code::Backspace), Action::Edit(Edit::Backspace), ""),
    row(Mode::List, ctrl('h'), Action::Edit(Edit::Backspace), ""),
    row(Mode::List, ctrl('u'), Action::Edit(Edit::DeleteToHead), ""),
    go(Mode::List, plain(Code::Home), Move::Top, ""),
    go(Mode::List, plain(Code::End), Move::Bottom, ""),
    row(Mode::Page, plain(Code::Enter), Action::Escape, ""),
    row(Mode::Page, plain(Code::Char('q')), Action::Escape, ""),
    go(Mode::Page, plain(Code::Up), Move::LineUp, ""),
    go(Mode::Page, plain(Code::Down), Move::LineDown, ""),
    go(Mode::Page, plain(Code::Home), Move::Top, ""),
    go(Mode::Page, plain(Code::End), Move::Bottom, ""),
    go(Mode::Page, plain(Code::Char(' ')), Move::PageDown, ""),
];
