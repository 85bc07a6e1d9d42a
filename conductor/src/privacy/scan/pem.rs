//! Private keys between `-----BEGIN` and `-----END`, as they stand in files, in code and in the strings of JSON.

use std::ops::Range;

/// The most bytes that a key takes: 16384 bits of RSA are 13 kB.
const LONGEST: usize = 64 * 1024;

/// The header line, where `secret` begins with one.
pub(super) fn header(secret: &[u8]) -> Option<&[u8]> {
    let end = b"-----BEGIN".len();
    if !secret.starts_with(b"-----BEGIN") {
        return None;
    }
    let rest = &secret[end..secret.len().min(end + 80)];
    let dashes = rest.windows(5).position(|five| five == b"-----")?;
    Some(&secret[..end + dashes + 5])
}

/// All of the key whose header stands at `at`, from `-----BEGIN` to the dashes after `END`; where that is missing, to the
/// end of what looks like a key. `None` where only the header is there, as in a program that writes keys.
pub(super) fn extent(text: &[u8], at: Range<usize>) -> Option<Range<usize>> {
    let limit = text.len().min(at.end + LONGEST);
    let body = &text[at.end..limit];
    let next = find(body, b"-----BEGIN").unwrap_or(body.len());
    // What no key has in it, also when it is put together in a program, ends it: the next message of a request, a page.
    let strange = |inside: &[u8]| inside.iter().any(|byte| matches!(byte, b'{' | b'}' | b'<' | b'>'));
    let (inside, end) = match find(&body[..next], b"-----END").filter(|foot| !strange(&body[..*foot])) {
        Some(foot) => (&body[..foot], at.end + foot + tail(&body[foot..])),
        None => {
            let length = body[..next].iter().position(|byte| !in_key(*byte)).unwrap_or(next);
            (&body[..length], at.end + length)
        }
    };
    is_key(inside, text[at.end..].iter().all(u8::is_ascii_whitespace)).then_some(at.start..end)
}

/// The length of the footer.
fn tail(foot: &[u8]) -> usize {
    let word = b"-----END".len();
    let rest = &foot[word..foot.len().min(word + 80)];
    rest.windows(5).position(|five| five == b"-----").map_or(word, |dashes| word + dashes + 5)
}

/// True for what stands in the body of a key, also one in a string of a program.
fn in_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/= \t\r\n\\:,-".contains(&byte)
}

/// True where something of a key is there: on lines of its own, or a run of base64 in a string. `alone`: the text ends after
/// the header, which nobody writes but who cuts a key.
fn is_key(body: &[u8], alone: bool) -> bool {
    let rest = without_breaks(body);
    let own_line = rest.len() < body.len();
    let written = rest.iter().take(200).filter(|byte| byte.is_ascii_alphanumeric()).count();
    let elided = find(&rest[..rest.len().min(80)], b"...").is_some() || find(rest, "…".as_bytes()).is_some_and(|at| at < 80);
    let placeholder = elided || rest.iter().take(200).any(|byte| matches!(byte, b'<' | b'{' | b'$' | b'['));
    alone || longest_run(body) >= 40 || (own_line && written >= 8 && !placeholder)
}

/// Passes over line breaks, in whatever way they are written.
fn without_breaks(mut body: &[u8]) -> &[u8] {
    loop {
        body = match body {
            [b'\\', b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\n' | b'\r' | b' ' | b'\t' | b'\\', rest @ ..] => rest,
            _ => return body,
        };
    }
}

fn longest_run(body: &[u8]) -> usize {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    body.split(|byte| !is_base64(byte)).map(<[u8]>::len).max().unwrap_or(0)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}
