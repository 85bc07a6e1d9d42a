//! Keys in our own words, and the one table of what they do. The help screen is made from the same table.
//!
//! What must stay true: nothing else in the front end knows which key does what; crossterm's own types stay in `terminal`.

mod consent;
mod table;

pub use consent::{ConsentKey, consent};
pub use table::{Binding, TABLE};

use std::fmt;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Escape.
    Esc,
    /// A function key.
    F(u8),
}

/// A key with what was held beside it. Shift is not kept for characters: it is in the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which.
    pub code: Code,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held.
    pub shift: bool,
}

impl Key {
    /// The key alone.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// With Ctrl.
    pub const fn ctrl(code: Code) -> Self {
        Self { code, ctrl: true, alt: false, shift: false }
    }

    /// With Alt.
    pub const fn alt(code: Code) -> Self {
        Self { code, ctrl: false, alt: true, shift: false }
    }

    /// With Shift.
    pub const fn shift(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: true }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            Code::Char(c) => write!(f, "{}", c.to_uppercase()),
            Code::F(n) => write!(f, "F{n}"),
            Code::Enter => f.write_str("Enter"),
            Code::Tab => f.write_str("Tab"),
            Code::BackTab => f.write_str("Shift+Tab"),
            Code::Backspace => f.write_str("Backspace"),
            Code::Delete => f.write_str("Delete"),
            Code::Left => f.write_str("Left"),
            Code::Right => f.write_str("Right"),
            Code::Up => f.write_str("Up"),
            Code::Down => f.write_str("Down"),
            Code::Home => f.write_str("Home"),
            Code::End => f.write_str("End"),
            Code::PageUp => f.write_str("PgUp"),
            Code::PageDown => f.write_str("PgDn"),
            Code::Esc => f.write_str("Esc"),
        }
    }
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everywhere, unless the mode in force has its own meaning for the key.
    Any,
    /// The composer.
    Compose,
    /// The composer with completions open.
    Complete,
    /// A list in front.
    List,
    /// A text in front.
    Page,
}

/// What an edit key does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Inserts the character.
    Insert(char),
    /// Begins a new line.
    Newline,
    /// Deletes the character before.
    Backspace,
    /// Deletes the character after.
    Delete,
    /// Deletes the word before.
    DeleteWord,
    /// Deletes the word after.
    DeleteNextWord,
    /// Deletes to the start of the line.
    DeleteToHead,
    /// Deletes to the end of the line.
    DeleteToEnd,
    /// Goes a character left.
    Left,
    /// Goes a character right.
    Right,
    /// Goes a word left.
    WordLeft,
    /// Goes a word right.
    WordRight,
    /// Goes to the start of the line.
    Head,
    /// Goes to the end of the line.
    End,
    /// Takes the last change back.
    Undo,
    /// Does it again.
    Redo,
    /// Puts back what was deleted last.
    Yank,
}

/// How the transcript moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// A row up.
    LineUp,
    /// A row down.
    LineDown,
    /// To the top.
    Top,
    /// To the bottom, and on with it.
    Bottom,
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Sends the draft, or takes the chosen row.
    Accept,
    /// Changes the draft or the filter.
    Edit(Edit),
    /// Up: a row, a row of a list, or the prompt before.
    Up,
    /// Down: a row, a row of a list, or the prompt after.
    Down,
    /// Completes what is typed.
    Complete,
    /// Stops what goes on, or closes what is in front.
    Escape,
    /// Stops, clears, and in the end quits.
    Interrupt,
    /// Quits where nothing is typed.
    EndOfInput,
    /// Shows or hides the help.
    Help,
    /// Shows or hides the playbook of the last answer.
    Playbook,
    /// Fetches the model that was found missing.
    Pull,
    /// Says of the last answer whether it was good.
    Rate {
        /// It was.
        good: bool,
    },
    /// Draws the screen anew.
    Redraw,
    /// Moves the transcript, or the text in front.
    Scroll(Move),
}

/// What `key` does in `mode`. A character without Ctrl and Alt that is bound to nothing is typed.
pub fn action(mode: Mode, key: Key) -> Option<Action> {
    let key = match key.code {
        Code::Char(_) => Key { shift: false, ..key },
        _ => key,
    };
    let find = |wanted: Mode| TABLE.iter().find(|b| b.mode == wanted && b.key == key).map(|b| b.action);
    // With completions open, all other keys go to the composer below them.
    let below = (mode == Mode::Complete).then_some(Mode::Compose);
    let bound = find(mode).or_else(|| below.and_then(find)).or_else(|| find(Mode::Any));
    bound.or(match key {
        Key { code: Code::Char(c), ctrl: false, alt: false, .. } if mode != Mode::Page && !c.is_control() => {
            Some(Action::Edit(Edit::Insert(c)))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_the_table_says() {
        use Code::*;
        let ctrl = |c| Key::ctrl(Char(c));
        for (mode, key, want) in [
            (Mode::Compose, Key::plain(Enter), Some(Action::Accept)),
            (Mode::Compose, Key::alt(Enter), Some(Action::Edit(Edit::Newline))),
            (Mode::Compose, Key::shift(Enter), Some(Action::Edit(Edit::Newline))),
            (Mode::Compose, ctrl('j'), Some(Action::Edit(Edit::Newline))),
            (Mode::Compose, Key::plain(Char('x')), Some(Action::Edit(Edit::Insert('x')))),
            (Mode::Compose, Key::shift(Char('X')), Some(Action::Edit(Edit::Insert('X')))),
            (Mode::Compose, ctrl('x'), None),
            (Mode::Compose, Key::plain(Up), Some(Action::Up)),
            (Mode::Complete, Key::plain(Up), Some(Action::Up)),
            (Mode::Complete, Key::plain(Tab), Some(Action::Complete)),
            (Mode::Complete, Key::plain(Char('a')), Some(Action::Edit(Edit::Insert('a')))),
            (Mode::Page, Key::plain(Char('a')), None),
            (Mode::Page, Key::plain(Char('q')), Some(Action::Escape)),
            (Mode::Page, Key::plain(Down), Some(Action::Scroll(Move::LineDown))),
            (Mode::List, Key::plain(Char('q')), Some(Action::Edit(Edit::Insert('q')))),
            (Mode::List, Key::plain(Esc), Some(Action::Escape)),
            (Mode::List, ctrl('c'), Some(Action::Interrupt)),
            (Mode::Compose, Key::plain(F(1)), Some(Action::Help)),
            (Mode::Compose, Key::plain(F(9)), None),
        ] {
            assert_eq!(action(mode, key), want, "{mode:?} {key}");
        }
    }

    #[test]
    fn no_key_is_bound_twice_in_a_mode() {
        for (i, a) in TABLE.iter().enumerate() {
            assert!(!TABLE[..i].iter().any(|b| a.mode == b.mode && a.key == b.key), "{} in {:?}", a.key, a.mode);
        }
    }
}
