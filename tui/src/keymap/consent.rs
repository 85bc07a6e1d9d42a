//! The keys of the question whether something may leave the machine.
//!
//! What must stay true: they stand apart from [`Keymap`](super::Keymap) and from all that can be set, so that nobody can bind
//! a yes to another key; every key that usually closes, stops or accepts something is a no.

use super::{Code, Key, Move};

/// What a key says to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentKey {
    /// Yes, this once.
    Once,
    /// Yes, for this conversation.
    Conversation,
    /// No.
    No,
    /// No, and it is not asked again.
    Never,
    /// Takes the secrets out, or puts them back.
    Redact,
    /// Moves what would be sent.
    Scroll(Move),
    /// Draws the screen anew.
    Redraw,
}

/// What `key` says; `None` for a key that says nothing.
pub fn consent(key: Key) -> Option<ConsentKey> {
    let held = key.ctrl || key.alt;
    Some(match key.code {
        Code::Enter | Code::Esc => ConsentKey::No,
        Code::Char('c' | 'd') if key.ctrl && !key.alt => ConsentKey::No,
        Code::Char('l') if key.ctrl && !key.alt => ConsentKey::Redraw,
        Code::Char(c) if !held => match c.to_ascii_lowercase() {
            'y' => ConsentKey::Once,
            'c' => ConsentKey::Conversation,
            'n' => ConsentKey::No,
            'v' => ConsentKey::Never,
            'r' => ConsentKey::Redact,
            _ => return None,
        },
        Code::Up => ConsentKey::Scroll(Move::LineUp),
        Code::Down => ConsentKey::Scroll(Move::LineDown),
        Code::PageUp => ConsentKey::Scroll(Move::PageUp),
        Code::PageDown => ConsentKey::Scroll(Move::PageDown),
        Code::Home => ConsentKey::Scroll(Move::Top),
        Code::End => ConsentKey::Scroll(Move::Bottom),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::*;

    #[test]
    fn a_yes_is_one_plain_letter_and_everything_doubtful_a_no() {
        use Code::*;
        let ctrl = |c| Key::ctrl(Char(c));
        for (key, want) in [
            (Key::plain(Char('y')), Some(ConsentKey::Once)),
            (Key::plain(Char('Y')), Some(ConsentKey::Once)),
            (Key::plain(Char('c')), Some(ConsentKey::Conversation)),
            (Key::plain(Char('v')), Some(ConsentKey::Never)),
            (Key::plain(Char('n')), Some(ConsentKey::No)),
            (Key::plain(Enter), Some(ConsentKey::No)),
            (Key::shift(Enter), Some(ConsentKey::No)),
            (Key::plain(Esc), Some(ConsentKey::No)),
            (ctrl('c'), Some(ConsentKey::No)),
            (ctrl('d'), Some(ConsentKey::No)),
            (ctrl('y'), None),
            (Key::alt(Char('y')), None),
            (Key::alt(Char('c')), None),
            (Key::plain(Char(' ')), None),
            (Key::plain(Tab), None),
            (Key::plain(F(1)), None),
            (Key::plain(Char('r')), Some(ConsentKey::Redact)),
            (Key::plain(PageDown), Some(ConsentKey::Scroll(Move::PageDown))),
            (Key::ctrl(Home), Some(ConsentKey::Scroll(Move::Top))),
        ] {
            assert_eq!(consent(key), want, "{key}");
        }
    }

    /// A place for this question would make its keys such as can be set.
    #[test]
    fn no_place_for_keys_is_this_question() {
        for (_, mode, _) in Mode::PLACES {
            match mode {
                Mode::Any | Mode::Blank | Mode::Compose | Mode::Complete | Mode::List | Mode::Page | Mode::Choosing => {}
                Mode::Conversations | Mode::Compare => {}
            }
        }
        assert_eq!(Mode::named("consent"), None);
    }
}
