//! Secrets on the screen: a few characters of each, so that the user recognises it.

use super::pem;
use crate::domain::{Digest, Finding};
use std::ops::Range;

/// A text with its secrets masked.
pub fn masked(text: &str, findings: &[Finding]) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text.len(), findings) {
        match piece {
            Piece::Plain(range) => out.push_str(text.get(range).unwrap_or_default()),
            Piece::Secret(finding) => out.push_str(&finding.masked),
        }
    }
    out
}

/// A payload for the screen: secrets masked, long runs of base64 as their length and sum.
pub fn shown(bytes: &[u8], findings: &[Finding]) -> String {
    let mut out = String::new();
    for piece in pieces(bytes.len(), findings) {
        match piece {
            Piece::Plain(range) => shorten(&bytes[range], &mut out),
            Piece::Secret(finding) => out.push_str(&finding.masked),
        }
    }
    out
}

enum Piece<'a> {
    Plain(Range<usize>),
    Secret(&'a Finding),
}

/// The text between the secrets, and the secrets. A finding that has no place in the text is left out.
fn pieces(length: usize, findings: &[Finding]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(findings.len() * 2 + 1);
    let mut at = 0;
    for finding in findings {
        if finding.start < at || finding.end > length || finding.start > finding.end {
            continue;
        }
        pieces.push(Piece::Plain(at..finding.start));
        pieces.push(Piece::Secret(finding));
        at = finding.end;
    }
    pieces.push(Piece::Plain(at..length));
    pieces
}

/// Base64 longer than this is not read by anybody.
const LONGEST_SHOWN: usize = 512;

fn shorten(bytes: &[u8], out: &mut String) {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut plain = 0;
    let mut at = 0;
    for part in bytes.chunk_by(|a, b| is_base64(*a) == is_base64(*b)) {
        let end = at + part.len();
        if part.len() > LONGEST_SHOWN && part.iter().all(|byte| is_base64(*byte)) {
            out.push_str(&String::from_utf8_lossy(&bytes[plain..at]));
            out.push_str(&format!("<base64, {} characters, sha256 {}>", part.len(), Digest::of(part).short()));
            plain = end;
        }
        at = end;
    }
    out.push_str(&String::from_utf8_lossy(&bytes[plain..]));
}

/// The first four and the last four characters of a secret at most, and never more than a third of it.
pub(super) fn brief(secret: &[u8]) -> String {
    if let Some(header) = pem::header(secret) {
        return format!("{}…", String::from_utf8_lossy(header));
    }
    let text = String::from_utf8_lossy(secret);
    let shown: Vec<char> = text.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' { c } else { '·' }).collect();
    let budget = (shown.len() / 3).min(8);
    let head = budget.div_ceil(2);
    let tail = if budget - head >= 2 { budget - head } else { 0 };
    let part = |range: Range<usize>| shown[range].iter().collect::<String>();
    format!("{}…{}", part(0..head), part(shown.len() - tail..shown.len()))
}
