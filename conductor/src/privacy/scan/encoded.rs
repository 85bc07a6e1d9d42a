//! Base64 in a text: one layer of it is taken off, since a secret in base64 is a secret.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// A run of characters of base64.
#[derive(Debug)]
pub(super) struct Run {
    /// Where.
    pub range: Range<usize>,
    /// The text in it; `None` where it holds none: an image, other data, a long word.
    pub decoded: Option<Vec<u8>>,
}

impl Run {
    /// True for an image or other data: no text in it, and longer than any word or key.
    pub(super) fn is_data(&self) -> bool {
        self.decoded.is_none() && self.range.len() >= DATA
    }
}

/// Characters below which nothing is decoded: 18 bytes hold no secret worth the false alarms.
const SHORTEST: usize = 24;

/// Characters from which on what is no text is data.
const DATA: usize = 1024;

/// A line this long goes on in the next: mail and PEM break at 76 and 64.
const WRAPPED: usize = 60;

/// The runs of `text`, in order.
pub(super) fn runs(text: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].iter().position(|byte| is_base64(*byte)) {
        let start = at + offset;
        let mut end = line(text, start);
        let mut last = end - start;
        // A wrapped run, where all lines but the last are long.
        while last >= WRAPPED
            && let Some(next) = next_line(text, end)
        {
            let stop = line(text, next);
            (last, end) = (stop - next, stop);
        }
        if end - start >= SHORTEST {
            runs.push(Run { range: start..end, decoded: decoded(&text[start..end]) });
        }
        at = end;
    }
    runs
}

/// The end of the run from `start` in its line, padding included.
fn line(text: &[u8], start: usize) -> usize {
    let rest = &text[start..];
    let end = start + rest.iter().position(|byte| !is_base64(*byte)).unwrap_or(rest.len());
    end + text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Where the next line of the run begins, if there is one.
fn next_line(text: &[u8], end: usize) -> Option<usize> {
    let next = match text.get(end..)? {
        [b'\r', b'\n', ..] => end + 2,
        [b'\n', ..] => end + 1,
        _ => return None,
    };
    text.get(next).is_some_and(|byte| is_base64(*byte)).then_some(next)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The text that a run holds, if it is one.
fn decoded(run: &[u8]) -> Option<Vec<u8>> {
    // PNG, JPEG, GIF, RIFF (WebP).
    if [&b"iVBORw0KGgo"[..], b"/9j/", b"R0lGOD", b"UklGR"].iter().any(|magic| run.starts_with(magic)) {
        return None;
    }
    let head = &run[..run.len().min(32) / 4 * 4];
    let special = head.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let head = engine(special).decode(head).ok()?;
    if !is_text(&head) {
        return None;
    }
    let mut whole: Vec<u8> = run.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b'=')).collect();
    if whole.len() % 4 == 1 {
        whole.pop();
    }
    let special = whole.iter().any(|byte| matches!(byte, b'-' | b'_'));
    engine(special).decode(whole).ok().filter(|bytes| is_text(bytes))
}

fn engine(url_safe: bool) -> GeneralPurpose {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet: &Alphabet = if url_safe { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, CONFIG)
}

/// True where nearly all is printable: text in UTF-8 may be cut at its end.
fn is_text(bytes: &[u8]) -> bool {
    let odd = bytes.iter().filter(|byte| !(byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))).count();
    let control = bytes.iter().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t'));
    !control && odd * 5 <= bytes.len()
}
