//! What a block is, and the words and marks that come with it.

use conductor::domain::{Location, Signature, Status};
use conductor::protocol::Level;

/// What a block of the conversation is; it decides how the block looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// What the user asked.
    User,
    /// Who is asked now, and why: "code question, asking qwen2.5-coder:7b".
    HandOff,
    /// What a model thinks before it answers. Folded: two rows while it comes, one when it is closed.
    Thinking,
    /// An answer.
    Answer,
    /// Who answered, and where.
    Sign(SignStyle),
    /// A warning under an answer.
    Label,
    /// Something the user should know; begins with `note:`, `warning:` or `error:`.
    Notice(Level),
    /// What to do next; begins with `hint:` and stands right under what it belongs to.
    Hint,
    /// The first screen.
    Welcome,
}

/// How a sign looks. Colour and symbol only: the words beside it say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignStyle {
    /// Where the answer was made.
    pub place: Place,
    /// How far it came.
    pub outcome: Outcome,
}

impl SignStyle {
    /// The style for an answer as it is stored.
    pub fn of(signature: &Signature, status: &Status) -> Self {
        let place = if signature.is_guide() { Place::Guide } else { Place::from(&signature.location) };
        let outcome = match status {
            Status::Streaming | Status::Complete => Outcome::Ok,
            Status::Partial(_) | Status::Interrupted => Outcome::Partial,
            Status::Cancelled => Outcome::Cancelled,
            Status::Failed(_) => Outcome::Failed,
        };
        Self { place, outcome }
    }
}

/// Where an answer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    Local,
    /// On another host of the user's.
    Network,
    /// By somebody's API.
    External,
    /// By the built-in guide.
    Guide,
}

impl Place {
    /// The symbol of one column that stands before a sign.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Local => Location::Local.symbol(),
            Self::Network => Location::Network(String::new()).symbol(),
            Self::External => Location::External(String::new()).symbol(),
            Self::Guide => "○",
        }
    }
}

impl From<&Location> for Place {
    fn from(location: &Location) -> Self {
        match location {
            Location::Local => Self::Local,
            Location::Network(_) => Self::Network,
            Location::External(_) => Self::External,
        }
    }
}

/// How far an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Whole, or still coming.
    Ok,
    /// It broke off.
    Partial,
    /// The user stopped it.
    Cancelled,
    /// Nothing came.
    Failed,
}

impl BlockKind {
    /// The word that a block begins with.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Notice(Level::Info) => "note: ",
            Self::Notice(Level::Warning) => "warning: ",
            Self::Notice(Level::Error) => "error: ",
            Self::Hint => "hint: ",
            _ => "",
        }
    }

    /// The mark in the margin of a block's first row.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::User => "›",
            Self::HandOff => "→",
            Self::Sign(style) => style.place.symbol(),
            Self::Label => "!",
            _ => "",
        }
    }

    /// Whether a blank row stands between `before` and this.
    pub(crate) fn parts_from(self, before: Self) -> bool {
        let asked = matches!(before, Self::User | Self::HandOff | Self::Notice(_) | Self::Hint);
        match self {
            Self::User | Self::Welcome => true,
            Self::Thinking | Self::Answer => asked || before == Self::Welcome,
            Self::Notice(_) | Self::HandOff => !asked,
            Self::Sign(_) | Self::Label | Self::Hint => false,
        }
    }
}
