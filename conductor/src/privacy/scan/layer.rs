//! Plain forms of a text: what stands in the strings of JSON, and what is seen of a text with invisible characters in it. Each
//! keeps the way back to the bytes it was made from.

use std::ops::Range;

/// A plain form.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// The plain bytes.
    pub bytes: Vec<u8>,
    /// Where they differ from the source, in order.
    edits: Vec<Edit>,
}

#[derive(Debug)]
struct Edit {
    plain: Range<usize>,
    source: Range<usize>,
}

/// True for one whole JSON value.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

impl Layer {
    /// JSON with the escapes of its strings resolved. Quotes and all else between the strings stay as they are.
    pub(super) fn unescaped(source: &[u8]) -> Self {
        let mut layer = Self { bytes: Vec::with_capacity(source.len()), edits: Vec::new() };
        let mut copied = 0;
        let mut at = 0;
        // A backslash stands in strings only.
        while let Some(next) = source[at..].iter().position(|byte| *byte == b'\\') {
            let start = at + next;
            let (character, length) = escape(&source[start..]);
            let end = (start + length).min(source.len());
            layer.bytes.extend_from_slice(&source[copied..start]);
            layer.replace(character.encode_utf8(&mut [0; 4]).as_bytes(), start..end);
            (copied, at) = (end, end);
        }
        layer.bytes.extend_from_slice(&source[copied..]);
        layer
    }

    /// The text without characters that are not seen; `None` where there are none.
    pub(super) fn visible(source: &[u8]) -> Option<Self> {
        if source.is_ascii() {
            return None;
        }
        let mut layer = Self::default();
        let (mut copied, mut at) = (0, 0);
        while at < source.len() {
            match invisible(&source[at..]) {
                0 => at += 1,
                length => {
                    layer.bytes.extend_from_slice(&source[copied..at]);
                    layer.replace(&[], at..at + length);
                    at += length;
                    copied = at;
                }
            }
        }
        if layer.edits.is_empty() {
            return None;
        }
        layer.bytes.extend_from_slice(&source[copied..]);
        Some(layer)
    }

    fn replace(&mut self, by: &[u8], source: Range<usize>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(by);
        self.edits.push(Edit { plain: start..self.bytes.len(), source });
    }

    /// The bytes of the source that a range of the plain ones was made from; an escape is taken whole.
    pub(super) fn source(&self, plain: &Range<usize>) -> Range<usize> {
        self.start(plain.start)..self.end(plain.end)
    }

    fn start(&self, at: usize) -> usize {
        let after = self.edits.partition_point(|edit| edit.plain.start <= at);
        match after.checked_sub(1).and_then(|index| self.edits.get(index)) {
            None => at,
            Some(edit) if at < edit.plain.end => edit.source.start,
            Some(edit) => edit.source.end + (at - edit.plain.end),
        }
    }

    fn end(&self, at: usize) -> usize {
        let after = self.edits.partition_point(|edit| edit.plain.start < at);
        match after.checked_sub(1).and_then(|index| self.edits.get(index)) {
            None => at,
            Some(edit) if at <= edit.plain.end => edit.source.end,
            Some(edit) => edit.source.end + (at - edit.plain.end),
        }
    }
}

/// The character of the escape that `text` begins with, and its length in bytes.
fn escape(text: &[u8]) -> (char, usize) {
    let simple = match text.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unicode(text),
        Some(byte) if byte.is_ascii() => char::from(*byte),
        _ => return ('\\', 1),
    };
    (simple, 2)
}

/// `\u` with four digits, or two such that are a pair of surrogates.
fn unicode(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if let (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) = (first, unit(6)) {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// The length of the invisible character that `text` begins with; 0 where it is none.
fn invisible(text: &[u8]) -> usize {
    match text {
        // Soft hyphen, combining grapheme joiner, Arabic letter mark.
        [0xC2, 0xAD, ..] | [0xCD, 0x8F, ..] | [0xD8, 0x9C, ..] => 2,
        // Mongolian vowel separator.
        [0xE1, 0xA0, 0x8E, ..] => 3,
        // U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F: no width, direction.
        [0xE2, 0x80, 0x8B..=0x8F | 0xAA..=0xAE, ..] | [0xE2, 0x81, 0xA0..=0xAF, ..] => 3,
        // Variation selectors, byte order mark.
        [0xEF, 0xB8, 0x80..=0x8F, ..] | [0xEF, 0xBB, 0xBF, ..] => 3,
        // Tags and further variation selectors: U+E0000 to U+E01EF.
        [0xF3, 0xA0, 0x80..=0x87, 0x80..=0xBF, ..] => 4,
        _ => 0,
    }
}
