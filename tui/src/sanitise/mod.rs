//! Makes text from anywhere fit for a terminal: model text, model names, server errors, file names, pasted text.
//!
//! What must stay true: what comes out holds no control character but `\n` and `\t`, no escape sequence, and nothing
//! that reorders or hides text without being seen; the result is the same however the input is cut into pieces; plain
//! text, emoji, combining marks and right-to-left text come out as they went in; cleaning twice is cleaning once.

mod class;
#[cfg(test)]
mod tests;

use class::{Trail, Verdict};
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// A sequence longer than this is none: its rest is shown as text. Without the limit one stray `ESC ]` would swallow an
/// answer to its end. Links and titles stay far below it.
const LONGEST_SEQUENCE: usize = 4096;

/// Cleans a stream of text piece by piece.
///
/// Escape sequences are removed, from their `ESC` to their end; a line break ends them too, so that a sequence that was
/// never finished costs the rest of its line and no more.
#[derive(Default)]
pub struct Sanitiser {
    /// The sequence that is being skipped; `None` in text.
    sequence: Option<Box<Sequence>>,
    /// What the text before ended with.
    trail: Trail,
}

impl fmt::Debug for Sanitiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sanitiser").field("in_sequence", &self.sequence.is_some()).finish_non_exhaustive()
    }
}

impl Sanitiser {
    /// One at the start of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cleans the next piece and adds it to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        while !rest.is_empty() {
            rest = if self.sequence.is_some() { self.skip(rest, out) } else { self.copy(rest, out) };
        }
    }

    /// The text ended: a sequence that was not finished is dropped, and the next piece begins a new text.
    pub fn finish(&mut self) {
        *self = Self::default();
    }

    /// Copies text up to the next `ESC`; returns what is left to do.
    fn copy<'a>(&mut self, text: &'a str, out: &mut String) -> &'a str {
        let plain = plain_prefix(text.as_bytes());
        if plain > 0 {
            out.push_str(&text[..plain]);
            self.trail = Trail::default();
        }
        let rest = &text[plain..];
        let mut kept = 0;
        for (at, c) in rest.char_indices() {
            let after = at + c.len_utf8();
            if c.is_ascii() && is_plain(c as u8) {
                out.push_str(&rest[kept..at]);
                return &rest[at..];
            }
            let verdict = self.trail.judge(c);
            if verdict == Verdict::Keep {
                continue;
            }
            out.push_str(&rest[kept..at]);
            kept = after;
            match verdict {
                Verdict::Keep | Verdict::Drop => {}
                Verdict::Show => show(c, out),
                Verdict::Break => out.push('\n'),
                Verdict::Escape => {
                    self.sequence = Some(Box::default());
                    return &rest[after..];
                }
            }
        }
        out.push_str(&rest[kept..]);
        ""
    }

    /// Skips the sequence that is open; returns what follows it.
    fn skip<'a>(&mut self, text: &'a str, out: &mut String) -> &'a str {
        for (at, c) in text.char_indices() {
            let Some(sequence) = &mut self.sequence else { return &text[at..] };
            if c == '\n' || sequence.length >= LONGEST_SEQUENCE {
                self.sequence = None;
                return &text[at..];
            }
            match sequence.advance(c) {
                Step::Inside => {}
                Step::Tab => {
                    out.push('\t');
                    self.trail = Trail::default();
                }
                Step::Ended => self.sequence = None,
                Step::EndedBefore => {
                    self.sequence = None;
                    return &text[at..];
                }
            }
        }
        ""
    }
}

/// Adds `⟨U+202E⟩` for a character that must not reach the terminal, but whose presence must be seen.
fn show(c: char, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
}

/// An escape sequence on its way.
struct Sequence {
    parser: vte::Parser,
    /// Characters since the `ESC` that opened it.
    length: usize,
}

impl Default for Sequence {
    fn default() -> Self {
        let mut parser = vte::Parser::new();
        parser.advance(&mut Watch::default(), b"\x1b");
        Self { parser, length: 0 }
    }
}

impl Sequence {
    /// Feeds one character and says what it did. The parser does not tell its state, so that it is read from what it
    /// calls; where it returns to text in silence, the next character that it prints says so.
    fn advance(&mut self, c: char) -> Step {
        let mut watch = Watch::default();
        self.length = if c == '\u{1b}' { 0 } else { self.length + 1 };
        self.parser.advance(&mut watch, c.encode_utf8(&mut [0; 4]).as_bytes());
        match watch {
            Watch { printed: Some(printed), .. } if printed == c => Step::EndedBefore,
            // A byte inside of the character ended the sequence: the character belonged to it.
            Watch { printed: Some(_), .. } | Watch { ended: true, .. } => Step::Ended,
            Watch { tab: true, .. } => Step::Tab,
            Watch { .. } => Step::Inside,
        }
    }
}

/// What a character did to an open sequence.
enum Step {
    /// It belongs to it.
    Inside,
    /// A terminal acts on it in the middle of a sequence.
    Tab,
    /// It was its last.
    Ended,
    /// The sequence had ended before it.
    EndedBefore,
}

/// Notes what the parser calls.
#[derive(Default)]
struct Watch {
    printed: Option<char>,
    tab: bool,
    ended: bool,
}

impl vte::Perform for Watch {
    fn print(&mut self, c: char) {
        self.printed = Some(c);
    }

    fn execute(&mut self, byte: u8) {
        self.tab |= byte == b'\t';
        // CAN and SUB end every sequence.
        self.ended |= matches!(byte, 0x18 | 0x1a);
    }

    fn osc_dispatch(&mut self, _params: &[&[u8]], bell_terminated: bool) {
        // Without a bell it was an ESC, and what follows belongs to that.
        self.ended |= bell_terminated;
    }

    fn csi_dispatch(&mut self, _params: &vte::Params, _intermediates: &[u8], _ignore: bool, _action: char) {
        self.ended = true;
    }

    fn esc_dispatch(&mut self, _intermediates: &[u8], _ignore: bool, _byte: u8) {
        self.ended = true;
    }
}

/// Cleans a whole text; borrows it where nothing has to change.
pub fn clean(text: &str) -> Cow<'_, str> {
    if plain_prefix(text.as_bytes()) == text.len() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    Sanitiser::new().push(text, &mut out);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Cleans a text for a place of one line, such as a name: line breaks and tabs become spaces.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.contains(['\n', '\t']) { Cow::Owned(cleaned.replace(['\n', '\t'], " ")) } else { cleaned }
}

/// True for a byte that is harmless by itself.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

/// How many bytes at the start are plain. Whole blocks without a branch in them, so that the compiler uses wide registers.
fn plain_prefix(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let blocks = bytes.chunks_exact(BLOCK).take_while(|block| block.iter().fold(true, |plain, &b| plain & is_plain(b))).count();
    let done = blocks * BLOCK;
    done + bytes[done..].iter().take_while(|&&b| is_plain(b)).count()
}
