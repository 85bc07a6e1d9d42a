//! How a piece of a row looks, by what it is: a theme makes a style of it.

use super::Token;

/// What a piece is, and how it is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// What it is.
    pub(crate) kind: Kind,
    /// How it is marked.
    pub(crate) marks: Marks,
}

/// What a piece of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// Text.
    #[default]
    Text,
    /// A heading of this level, from 1.
    Heading(u8),
    /// Code inside of a line.
    Code,
    /// A block of code: what the piece is in its language.
    Block(Token),
    /// The language of a block of code.
    Label,
    /// The mark of an item.
    Marker,
    /// Lines: of tables, quotes, rules.
    Line,
    /// Mathematics.
    Math,
    /// The address of a link.
    Address,
    /// The number of a footnote.
    Footnote,
}

/// Marks that add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks(u8);

impl Marks {
    /// Strong.
    pub(crate) const STRONG: Self = Self(1);
    /// Emphasised.
    pub(crate) const EMPHASIS: Self = Self(2);
    /// Struck out.
    pub(crate) const STRIKE: Self = Self(4);
    /// The text of a link.
    pub(crate) const LINK: Self = Self(8);
    /// Somebody else's words.
    pub(crate) const QUOTE: Self = Self(16);

    /// Whether `mark` is among them.
    pub(crate) fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    /// Both.
    pub(crate) fn and(self, mark: Self) -> Self {
        Self(self.0 | mark.0)
    }
}

impl Look {
    /// Of a kind, without marks.
    pub(crate) fn of(kind: Kind) -> Self {
        Self { kind, marks: Marks::default() }
    }

    /// With a mark more.
    pub(crate) fn and(self, mark: Marks) -> Self {
        Self { marks: self.marks.and(mark), ..self }
    }
}
