//! The styles of the screen, by name.
//!
//! What must stay true: the theme that holds where none is chosen has only the sixteen colours of the terminal's own palette, so that
//! every palette stays readable, and neither black nor white, which vanish on one of the two backgrounds; without colour, modifiers
//! alone; nothing is said by colour only.

mod color;
mod file;

pub use color::Depth;
pub use file::{BUILT_IN, named, own};

use crate::transcript::{BlockKind, Outcome, Place, SignStyle};
use conductor::protocol::Level;
use ratatui::style::{Color, Modifier, Style};

/// The styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Text of an answer and all that is nothing special.
    pub text: Style,
    /// What the user wrote.
    pub user: Style,
    /// The mark before it, and the one before the composer.
    pub user_mark: Style,
    /// What is beside the point: thinking, hand-offs, hints, keys in the status line.
    pub dim: Style,
    /// A local model.
    pub local: Style,
    /// A model on another host.
    pub network: Style,
    /// Somebody's API.
    pub external: Style,
    /// The built-in guide.
    pub guide: Style,
    /// `note:` and things that went well.
    pub note: Style,
    /// `warning:`, and what is partial or cancelled.
    pub warning: Style,
    /// `error:`
    pub error: Style,
    /// Titles, and what the eye should find first.
    pub strong: Style,
    /// Lines around things.
    pub border: Style,
    /// The chosen row of a list.
    pub selected: Style,
    /// How far something is.
    pub progress: Style,
    /// A heading of an answer.
    pub heading: Style,
    /// What an answer stresses.
    pub emphasis: Style,
    /// What an answer stresses strongly.
    pub strong_text: Style,
    /// What an answer takes back.
    pub strike: Style,
    /// Code in a line of text.
    pub code: Style,
    /// The text of a block of code.
    pub code_text: Style,
    /// The name of a block's language, and what is around the block.
    pub code_label: Style,
    /// A quotation.
    pub quote: Style,
    /// A link.
    pub link: Style,
    /// The mark or the number before an item of a list.
    pub marker: Style,
    /// A line across.
    pub rule: Style,
    /// A formula.
    pub math: Style,
    /// A footnote and what refers to it.
    pub footnote: Style,
    /// The parts of code.
    pub syntax: Syntax,
}

/// The styles of the parts of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// A word of the language.
    pub keyword: Style,
    /// A string or a character.
    pub string: Style,
    /// A number.
    pub number: Style,
    /// A comment.
    pub comment: Style,
    /// The name of a function.
    pub function: Style,
    /// The name of a type.
    pub type_: Style,
    /// A constant, such as `true`.
    pub constant: Style,
    /// The name of a variable.
    pub variable: Style,
    /// An operator or a bracket.
    pub operator: Style,
    /// An attribute or a decorator.
    pub attribute: Style,
    /// A tag of a markup language.
    pub tag: Style,
    /// A heading of a markup language.
    pub heading: Style,
    /// A line that a diff adds.
    pub inserted: Style,
    /// A line that a diff takes away.
    pub deleted: Style,
}

impl Syntax {
    fn new(no_color: bool) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let coloured = |style: Style, color: Color| if no_color { style } else { style.fg(color) };
        Self {
            keyword: coloured(bold, Color::Magenta),
            string: coloured(plain, Color::Green),
            number: coloured(plain, Color::Yellow),
            comment: plain.add_modifier(Modifier::DIM | Modifier::ITALIC),
            function: coloured(plain, Color::Blue),
            type_: coloured(plain, Color::Cyan),
            constant: coloured(plain, Color::Yellow),
            variable: plain,
            operator: plain,
            attribute: coloured(plain, Color::Cyan),
            tag: coloured(bold, Color::Blue),
            heading: coloured(bold, Color::Cyan),
            inserted: coloured(plain, Color::Green),
            deleted: coloured(plain, Color::Red),
        }
    }
}

impl Theme {
    /// The theme; with `no_color` (the user's `NO_COLOR`) bold, dim and reversed only.
    pub fn new(no_color: bool) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let coloured = |style: Style, color: Color| if no_color { style } else { style.fg(color) };
        Self {
            text: plain,
            user: bold,
            user_mark: coloured(bold, Color::Cyan),
            dim,
            local: coloured(bold, Color::Green),
            network: coloured(bold, Color::Yellow),
            external: coloured(bold, Color::Magenta),
            guide: coloured(bold, Color::Cyan),
            note: coloured(bold, Color::Blue),
            warning: coloured(bold, Color::Yellow),
            error: coloured(bold, Color::Red),
            strong: bold,
            border: dim,
            selected: plain.add_modifier(Modifier::REVERSED),
            progress: coloured(plain, Color::Green),
            heading: coloured(bold, Color::Cyan),
            emphasis: plain.add_modifier(Modifier::ITALIC),
            strong_text: bold,
            strike: plain.add_modifier(Modifier::CROSSED_OUT),
            code: coloured(plain, Color::Cyan),
            code_text: plain,
            code_label: dim,
            quote: plain.add_modifier(Modifier::ITALIC),
            link: coloured(plain.add_modifier(Modifier::UNDERLINED), Color::Blue),
            marker: coloured(plain, Color::Cyan),
            rule: dim,
            math: coloured(plain.add_modifier(Modifier::ITALIC), Color::Magenta),
            footnote: dim,
            syntax: Syntax::new(no_color),
        }
    }

    /// Every role: its table, its name in a file, its style.
    pub(crate) fn each<'a>(&'a mut self, mut see: impl FnMut(&'static str, &'static str, &'a mut Style)) {
        let syntax = &mut self.syntax;
        see("", "text", &mut self.text);
        see("", "user", &mut self.user);
        see("", "user_mark", &mut self.user_mark);
        see("", "dim", &mut self.dim);
        see("", "local", &mut self.local);
        see("", "network", &mut self.network);
        see("", "external", &mut self.external);
        see("", "guide", &mut self.guide);
        see("", "note", &mut self.note);
        see("", "warning", &mut self.warning);
        see("", "error", &mut self.error);
        see("", "strong", &mut self.strong);
        see("", "border", &mut self.border);
        see("", "selected", &mut self.selected);
        see("", "progress", &mut self.progress);
        see("", "heading", &mut self.heading);
        see("", "emphasis", &mut self.emphasis);
        see("", "strong_text", &mut self.strong_text);
        see("", "strike", &mut self.strike);
        see("", "code", &mut self.code);
        see("", "code_text", &mut self.code_text);
        see("", "code_label", &mut self.code_label);
        see("", "quote", &mut self.quote);
        see("", "link", &mut self.link);
        see("", "marker", &mut self.marker);
        see("", "rule", &mut self.rule);
        see("", "math", &mut self.math);
        see("", "footnote", &mut self.footnote);
        see("syntax", "keyword", &mut syntax.keyword);
        see("syntax", "string", &mut syntax.string);
        see("syntax", "number", &mut syntax.number);
        see("syntax", "comment", &mut syntax.comment);
        see("syntax", "function", &mut syntax.function);
        see("syntax", "type", &mut syntax.type_);
        see("syntax", "constant", &mut syntax.constant);
        see("syntax", "variable", &mut syntax.variable);
        see("syntax", "operator", &mut syntax.operator);
        see("syntax", "attribute", &mut syntax.attribute);
        see("syntax", "tag", &mut syntax.tag);
        see("syntax", "heading", &mut syntax.heading);
        see("syntax", "inserted", &mut syntax.inserted);
        see("syntax", "deleted", &mut syntax.deleted);
    }

    /// The style of a place: for its symbol and word.
    pub fn place(&self, place: Place) -> Style {
        match place {
            Place::Local => self.local,
            Place::Network => self.network,
            Place::External => self.external,
            Place::Guide => self.guide,
        }
    }

    /// The style of a block's text.
    pub(crate) fn block(&self, kind: BlockKind) -> Style {
        match kind {
            BlockKind::User => self.user,
            BlockKind::HandOff | BlockKind::Thinking | BlockKind::Hint => self.dim,
            BlockKind::Sign(SignStyle { outcome: Outcome::Ok, .. }) => self.dim,
            BlockKind::Sign(SignStyle { outcome: Outcome::Partial | Outcome::Cancelled, .. }) => self.warning,
            BlockKind::Sign(SignStyle { outcome: Outcome::Failed, .. }) => self.error,
            BlockKind::Answer | BlockKind::Label | BlockKind::Notice(_) | BlockKind::Welcome => self.text,
        }
    }

    /// The style of the mark or the word that a block begins with.
    pub(crate) fn lead(&self, kind: BlockKind) -> Style {
        match kind {
            BlockKind::User => self.user_mark,
            BlockKind::Sign(style) => self.place(style.place),
            BlockKind::Notice(Level::Info) => self.note,
            BlockKind::Label | BlockKind::Notice(Level::Warning) => self.warning,
            BlockKind::Notice(Level::Error) => self.error,
            BlockKind::Hint => self.strong,
            BlockKind::HandOff | BlockKind::Thinking | BlockKind::Answer | BlockKind::Welcome => self.dim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_none() {
        let shown = format!("{:?}", Theme::new(true));
        let colours = ["Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "fg(", ".red", ".green", ".yellow", ".blue", ".cyan"];
        assert!(!colours.iter().any(|colour| shown.contains(colour)), "{shown}");
        assert_ne!(Theme::new(false), Theme::new(true));
    }
}
