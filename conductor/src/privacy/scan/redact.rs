//! Secrets taken out of a request, which stays the JSON it was.
//!
//! What must stay true: only what stands in strings changes, and numbers, which become strings. So no finding, wherever its
//! ends are, can break the structure.

use super::ScanError;
use super::layer::is_json;
use crate::domain::Finding;
use std::ops::Range;

/// `bytes` with a note in the place of each secret.
///
/// # Errors
/// Where the findings are none of these bytes, or what comes out is no JSON while what went in was.
pub(super) fn replaced(bytes: &[u8], findings: &[Finding]) -> Result<Vec<u8>, ScanError> {
    let ordered = findings.windows(2).all(|pair| pair[0].end <= pair[1].start);
    let inside = findings.iter().all(|finding| finding.start < finding.end && finding.end <= bytes.len());
    if !ordered || !inside {
        return Err(ScanError::Redaction("the findings are not those of this text".into()));
    }
    let json = is_json(bytes);
    let cuts = if json { cuts_of_json(bytes, findings) } else { findings.iter().map(|f| (f.start..f.end, note(f))).collect() };
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (range, note) in cuts {
        out.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(note.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    if json && !is_json(&out) {
        return Err(ScanError::Redaction("the request would not be JSON any more".into()));
    }
    Ok(out)
}

/// What stands in the place of a secret.
fn note(finding: &Finding) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    format!("[redacted: {}]", finding.rule.chars().map(plain).collect::<String>())
}

/// What is replaced, by what: the parts of each finding that stand in a string, and any number that it touches. The name of a
/// member is replaced only by a finding that is in it; one that reaches over several leaves the names between.
fn cuts_of_json(bytes: &[u8], findings: &[Finding]) -> Vec<(Range<usize>, String)> {
    let mut cuts = Vec::new();
    let mut pending = findings.iter().peekable();
    for (token, kind) in tokens(bytes) {
        while pending.next_if(|finding| finding.end <= token.start).is_some() {}
        let mut touching = pending.clone().take_while(|finding| finding.start < token.end);
        let part = |f: &Finding| (f.start.max(token.start)..f.end.min(token.end), note(f));
        match kind {
            Kind::Text => cuts.extend(touching.map(part)),
            Kind::Name => cuts.extend(touching.filter(|f| token.start <= f.start && f.end <= token.end).map(part)),
            Kind::Bare => cuts.extend(touching.next().map(|f| (token.clone(), format!("\"{}\"", note(f))))),
        }
    }
    cuts
}

/// What a token of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What is between the quotes of a string.
    Text,
    /// The same, where it names a member.
    Name,
    /// A number, `true`, `false`, `null`.
    Bare,
}

/// The tokens of JSON, in order.
fn tokens(bytes: &[u8]) -> Vec<(Range<usize>, Kind)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let start = at + 1;
                at = start;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                let end = at.min(bytes.len());
                at += 1;
                let next = bytes.get(at..).unwrap_or_default().iter().find(|byte| !byte.is_ascii_whitespace());
                tokens.push((start..end, if next == Some(&b':') { Kind::Name } else { Kind::Text }));
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let rest = &bytes[at..];
                let length = rest.iter().position(|b| b",]} \t\r\n\":[{".contains(b)).unwrap_or(rest.len());
                tokens.push((at..at + length, Kind::Bare));
                at += length.max(1);
            }
        }
    }
    tokens
}
