//! What a character outside of an escape sequence may do to a reader, judged by what stood before it.
//!
//! What must stay true: a verdict depends only on characters that were shown before, so that cleaning a cleaned text
//! changes nothing.

use unicode_width::UnicodeWidthChar;

/// More marks than this on one base are dropped: no writing system needs more (the tallest Tibetan stack has eight), and
/// a pile of them covers the rows above and below.
const MOST_MARKS: u8 = 8;
/// Tag characters in a flag before its end: two letters of a country and up to three of a region, with room for one more.
const MOST_TAGS: u8 = 6;

/// What happens to a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is copied.
    Keep,
    /// It is left out: a control character, or one mark too many.
    Drop,
    /// It is replaced by its number.
    Show,
    /// It is replaced by a line break.
    Break,
    /// It opens an escape sequence.
    Escape,
}

/// What the text before ended with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trail {
    /// Characters without a width since the last one with a width.
    marks: u8,
    last: Last,
}

/// The last character, as far as it matters to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    /// An ideograph, which may be followed by one selector of a variant.
    Ideograph,
    /// A variation selector; a second one is a hidden message.
    Selector,
    /// A black flag with so many tags.
    Flag(u8),
}

impl Trail {
    /// Judges the character that follows.
    pub(super) fn judge(&mut self, c: char) -> Verdict {
        match c {
            '\u{1b}' => Verdict::Escape,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Verdict::Drop,
            '\u{2028}' | '\u{2029}' => self.base(Last::Other, Verdict::Break),
            '\u{e0000}'..='\u{e007f}' => self.tag(c),
            '\u{fe00}'..='\u{fe0f}' if self.last != Last::Selector => self.mark(Last::Selector),
            '\u{e0100}'..='\u{e01ef}' if self.last == Last::Ideograph => self.mark(Last::Selector),
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => self.base(Last::Other, Verdict::Show),
            '\u{1f3f4}' => self.base(Last::Flag(0), Verdict::Keep),
            _ if is_hidden(c) => self.base(Last::Other, Verdict::Show),
            _ if is_ideograph(c) => self.base(Last::Ideograph, Verdict::Keep),
            // Hangul vowels and finals have no width of their own, but are letters.
            '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' => self.base(Last::Other, Verdict::Keep),
            _ if c.width() == Some(0) => self.mark(Last::Other),
            _ => self.base(Last::Other, Verdict::Keep),
        }
    }

    fn base(&mut self, last: Last, verdict: Verdict) -> Verdict {
        *self = Self { marks: 0, last };
        verdict
    }

    fn mark(&mut self, last: Last) -> Verdict {
        if self.marks >= MOST_MARKS {
            return Verdict::Drop;
        }
        *self = Self { marks: self.marks + 1, last };
        Verdict::Keep
    }

    /// Tags spell a region after a black flag (letters and digits, then an end). Anywhere else they are invisible writing.
    fn tag(&mut self, c: char) -> Verdict {
        match (self.last, c) {
            (Last::Flag(tags), '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}') if tags < MOST_TAGS => {
                self.last = Last::Flag(tags + 1);
                Verdict::Keep
            }
            (Last::Flag(1..), '\u{e007f}') => {
                self.last = Last::Other;
                Verdict::Keep
            }
            _ => self.base(Last::Other, Verdict::Show),
        }
    }
}

/// Characters that reorder text (bidirectional embeddings, overrides, isolates) or that nobody sees and no ordinary text
/// needs. The joiners and the marks of direction are not among them: emoji, Persian, Indic and mixed texts need them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0080}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}
