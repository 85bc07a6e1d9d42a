//! Strings: what opens and closes one, and what its escapes say.
//!
//! What must stay true: every character between the quotes comes out as it is, but for escapes that JSON knows.

use super::Why;
use super::cursor::{Cursor, Stop};

/// The quotes of a string.
struct Quotes {
    /// Either closes it.
    close: [char; 2],
    /// Where these stand in it without a backslash, one of its quotes may be of the wrong kind. That cannot happen to ASCII
    /// quotes in a way that goes on as JSON.
    doubtful: [char; 2],
}

impl Quotes {
    fn opened_by(open: char) -> Option<Self> {
        let (close, doubtful) = match open {
            '"' | '\'' => ([open; 2], [open; 2]),
            '“' => (['”'; 2], ['“', '"']),
            '„' => (['“', '”'], ['„', '"']),
            '”' => (['”'; 2], ['“', '"']),
            '‘' => (['’'; 2], ['‘', '\'']),
            '‚' => (['‘', '’'], ['‚', '\'']),
            '’' => (['’'; 2], ['‘', '\'']),
            _ => return None,
        };
        Some(Self { close, doubtful })
    }
}

/// True for a character that opens a string; all that close one open one of some kind, too.
pub(super) fn opens(c: char) -> bool {
    Quotes::opened_by(c).is_some()
}

/// Passes the string that opens here.
pub(super) fn string(at: &mut Cursor<'_>) -> Result<String, Stop> {
    let open = at.need()?;
    let quotes = Quotes::opened_by(open).ok_or(Stop::Wrong(Why::Syntax))?;
    at.pass(open);
    let mut string = String::new();
    loop {
        let rest = at.rest();
        let plain = rest.bytes().position(|b| matches!(b, b'\\' | b'"' | b'\'') || b == TYPOGRAPHIC).ok_or(Stop::Cut)?;
        string.push_str(rest.get(..plain).unwrap_or_default());
        at.at += plain;
        let next = at.need()?;
        at.pass(next);
        if quotes.close.contains(&next) {
            return Ok(string);
        } else if quotes.doubtful.contains(&next) {
            return Err(Stop::Wrong(Why::Quotes));
        } else if next == '\\' {
            escape(at, &quotes, &mut string)?;
        } else {
            string.push(next);
        }
    }
}

/// The first byte of every typographic quote, in UTF-8.
const TYPOGRAPHIC: u8 = 0xe2;

/// What stands behind a backslash.
fn escape(at: &mut Cursor<'_>, quotes: &Quotes, string: &mut String) -> Result<(), Stop> {
    let next = at.need()?;
    at.pass(next);
    match next {
        '"' | '\\' | '/' => string.push(next),
        'b' => string.push('\u{8}'),
        'f' => string.push('\u{c}'),
        'n' => string.push('\n'),
        'r' => string.push('\r'),
        't' => string.push('\t'),
        'u' => return unicode(at, string),
        _ if quotes.close.contains(&next) => string.push(next),
        _ => string.extend(['\\', next]),
    }
    Ok(())
}

/// What stands behind `\u`: four digits, and for half a pair the other half. Without digits it is no escape.
fn unicode(at: &mut Cursor<'_>, string: &mut String) -> Result<(), Stop> {
    let Some(first) = four_digits(at)? else {
        string.push_str("\\u");
        return Ok(());
    };
    let code = if (0xd800..0xdc00).contains(&first) {
        for expected in ['\\', 'u'] {
            if at.need()? != expected {
                return Err(Stop::Wrong(Why::Surrogate));
            }
            at.pass(expected);
        }
        match four_digits(at)? {
            Some(second @ 0xdc00..0xe000) => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
            _ => return Err(Stop::Wrong(Why::Surrogate)),
        }
    } else {
        first
    };
    string.push(char::from_u32(code).ok_or(Stop::Wrong(Why::Surrogate))?);
    Ok(())
}

/// Passes four hexadecimal digits; `None` where there are not so many.
fn four_digits(at: &mut Cursor<'_>) -> Result<Option<u32>, Stop> {
    let digits = at.rest().bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
    if digits < 4 {
        return if digits == at.rest().len() { Err(Stop::Cut) } else { Ok(None) };
    }
    let code = at.rest().get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    at.at += 4;
    Ok(code)
}
