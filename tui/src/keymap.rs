//! Keys in our own words, and what they do: by `config/keymap.toml` and the user's `[keys]`. The help screen is made from the same.
//!
//! What must stay true: nothing else in the front end knows which key does what; crossterm's own types stay in `terminal`.

mod actions;
mod consent;
mod map;
mod names;

pub use actions::{ACTIONS, Row, named};
pub use consent::{ConsentKey, consent};
pub use map::{Binding, Chord, Keymap, Meaning};

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

    /// Whether it is a letter, or what else is typed.
    pub(crate) fn is_letter(self) -> bool {
        matches!(self.code, Code::Char(_)) && !self.ctrl && !self.alt
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

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everywhere, unless the mode in force has its own meaning for the key.
    Any,
    /// Where nothing is typed: an empty composer, and what lies in front without taking letters. Goes before all others.
    Blank,
    /// The composer.
    Compose,
    /// The composer with completions open.
    Complete,
    /// A list in front.
    List,
    /// A text in front.
    Page,
    /// Something in the conversation is chosen.
    Choosing,
    /// The list of conversations; what has no meaning there has that of a list.
    Conversations,
    /// Two versions beside each other.
    Compare,
}

impl Mode {
    /// Their names in `[keys]`, in the order of the help, with what the help calls them.
    pub const PLACES: [(&'static str, Mode, &'static str); 9] = [
        ("compose", Mode::Compose, "While you write"),
        ("complete", Mode::Complete, "With completions open"),
        ("blank", Mode::Blank, "Where nothing is typed"),
        ("any", Mode::Any, "Everywhere"),
        ("list", Mode::List, "In lists"),
        ("page", Mode::Page, "In texts"),
        ("choosing", Mode::Choosing, "With a message or code chosen"),
        ("conversations", Mode::Conversations, "In the list of conversations"),
        ("compare", Mode::Compare, "With two versions beside each other"),
    ];

    /// The place of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::PLACES.iter().find(|(known, ..)| *known == name).map(|(_, mode, _)| *mode)
    }

    /// Its name in `[keys]`.
    pub fn name(self) -> &'static str {
        Self::PLACES.iter().find(|(_, mode, _)| *mode == self).map_or("", |(name, ..)| name)
    }
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
    /// Sends the draft.
    Accept,
    /// Takes the marked row of a list.
    Choose,
    /// Closes what is in front.
    Close,
    /// Shows all actions and commands, to find one.
    Palette,
    /// Shows what was said in this run.
    Notices,
    /// Stops the program until the shell brings it back.
    Suspend,
    /// Changes the draft or the filter.
    Edit(Edit),
    /// Up: a row, a row of a list, or the prompt before.
    Up,
    /// Down: a row, a row of a list, or the prompt after.
    Down,
    /// Shows a folded paste whole.
    UnfoldPaste,
    /// Opens the draft in the user's editor.
    Editor,
    /// Finds what was asked before; in the list, the match before.
    SearchHistory,
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
    /// Chooses the message or the code above.
    ChooseBefore,
    /// Chooses what stands below.
    ChooseAfter,
    /// Copies what is chosen.
    CopyChosen,
    /// Copies the code of the last answer.
    CopyCode,
    /// Puts the chosen question into the composer, to be asked in its place.
    Change,
    /// Asks the chosen question anew.
    AskAgain,
    /// Has a model chosen that is asked the chosen question anew.
    AskAnother,
    /// Shows two versions of what is chosen beside each other.
    Compare,
    /// Marks the other of the two.
    OtherVersion,
    /// Shows the playbook before the one that is open.
    PlaybookBefore,
    /// Shows the playbook after it.
    PlaybookAfter,
    /// Shows or hides the stored conversations.
    Conversations,
    /// Gives the marked conversation another title.
    Rename,
    /// Deletes the marked conversation.
    DeleteConversation,
    /// Brings back what was deleted last, or the marked one of those that were.
    Restore,
    /// Lists what was deleted, or what was not.
    ShowDeleted,
    /// Writes the marked conversation to a file.
    Export,
    /// Goes on in a copy that ends with what is chosen.
    ForkHere,
    /// Shows the version before what is chosen.
    VersionBefore,
    /// Shows the version after it.
    VersionAfter,
    /// Shows thinking whole, or folds it.
    Thinking,
    /// Draws the screen anew.
    Redraw,
    /// Moves the transcript, or the text in front.
    Scroll(Move),
}
