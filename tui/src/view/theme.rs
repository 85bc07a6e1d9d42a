//! The styles of the screen, by name.
//!
//! What must stay true: only the sixteen colours of the terminal's own palette, so that every palette stays readable, and
//! neither black nor white, which vanish on one of the two backgrounds; without colour, modifiers alone; nothing is said by
//! colour only.

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
        }
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
