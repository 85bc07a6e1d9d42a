//! A place in a text that is read as JSON, and what may stand between its tokens.

use super::Why;

/// Why reading ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text ends here, or the fence around it does.
    Cut,
    /// This is no JSON.
    Wrong(Why),
}

/// A place in a text; always at the beginning of a character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// What stood between two tokens.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Between {
    /// The second begins on a new line.
    pub(super) newline: bool,
    /// A comment says with an ellipsis that something was left out.
    pub(super) elided: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn rest(self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character, which is not passed.
    pub(super) fn need(self) -> Result<char, Stop> {
        self.peek().ok_or(Stop::Cut)
    }

    pub(super) fn pass(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    /// Passes blanks and comments.
    pub(super) fn between(&mut self) -> Result<Between, Stop> {
        let mut seen = Between::default();
        loop {
            let rest = self.rest();
            let after = rest.trim_start_matches(is_blank);
            let (blanks, _) = rest.split_at(rest.len() - after.len());
            seen.newline |= blanks.contains(['\n', '\r']);
            self.at += blanks.len();
            let Some(comment) = comment(after)? else { return Ok(seen) };
            seen.elided |= is_ellipsis(comment.trim_start_matches(['/', '*', '#', ' ', '\t']));
            self.at += comment.len();
        }
    }

    /// Passes a word: a key, or a value such as `true`. One at the end of the text may go on.
    pub(super) fn word(&mut self) -> Result<&'t str, Stop> {
        let rest = self.rest();
        let end = rest.find(|c: char| !is_in_word(c)).ok_or(Stop::Cut)?;
        self.at += end;
        Ok(rest.split_at(end).0)
    }

    /// Passes an ellipsis, where one stands here.
    pub(super) fn ellipsis(&mut self) -> bool {
        let length = ["...", "…"].into_iter().find(|dots| self.rest().starts_with(dots)).map_or(0, str::len);
        self.at += length;
        length > 0
    }
}

/// Unicode's blanks and byte order marks: where no string is they say nothing.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

pub(super) fn begins_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$')
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-')
}

fn is_ellipsis(text: &str) -> bool {
    text.starts_with("...") || text.starts_with('…')
}

/// The comment that `rest` begins with, without the end of its line.
fn comment(rest: &str) -> Result<Option<&str>, Stop> {
    if rest == "/" {
        return Err(Stop::Cut);
    }
    let end = if let Some(inside) = rest.strip_prefix("/*") {
        inside.find("*/").ok_or(Stop::Cut)? + 4
    } else if rest.starts_with('#') || rest.starts_with("//") {
        rest.find(['\n', '\r']).unwrap_or(rest.len())
    } else {
        return Ok(None);
    };
    Ok(rest.get(..end))
}
