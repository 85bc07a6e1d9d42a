//! Files on their way into a prompt.
//!
//! What must stay true: what a file is, its bytes say and not its name; of the name only the last part goes to a model, the
//! user's folders do not; a model can tell where a file begins and ends, whatever the file holds.

use super::strip::{self, Format, ImageError};
use crate::domain::Span;

/// The most bytes of a text: some 64,000 tokens, which is more than most local models' windows hold.
pub const MAX_TEXT: usize = 256 << 10;

/// What begins as these may pass for text, and says nothing to a reader.
const MARKUP: &[(&[u8], &str)] = &[(b"%PDF-", "a PDF file"), (b"{\\rtf", "a rich text document")];

/// What files that are no text begin with, and what they are, in words with their article.
const KNOWN: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ\0", "a compressed file"),
    (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file"),
    (b"Rar!\x1a\x07", "a compressed file"),
    (b"SQLite format 3\0", "a database"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound or a film"),
    (b"fLaC", "a sound"),
    (b"\x1aE\xdf\xa3", "a film"),
    (b"RIFF", "a sound or a film"),
    (b"\0asm", "a program"),
];

/// Why a file is not attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// Not a byte in it.
    #[error("{0} is empty")]
    Empty(String),
    /// It is no text and no image.
    #[error("{0} is no text and no image")]
    Binary(String),
    /// It is no text and no image, and what it is is known.
    #[error("{name} is {what}, and only text and images can be attached")]
    Known {
        /// The last part of its name.
        name: String,
        /// What it is, with its article.
        what: &'static str,
    },
    /// A text that is too long.
    #[error("{name} has {bytes} bytes, and at most {max} KiB of text can be attached", max = MAX_TEXT >> 10)]
    TooLong {
        /// The last part of its name.
        name: String,
        /// In bytes.
        bytes: usize,
    },
    /// An image that is not taken.
    #[error("{name}: {error}")]
    Image {
        /// The last part of its name.
        name: String,
        /// Why.
        error: ImageError,
    },
}

impl AttachError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty(_) => "choose another file",
            Self::Binary(_) | Self::Known { .. } => "convert it to plain text (UTF-8) first, or to PNG or JPEG",
            Self::TooLong { .. } => "attach the part of it that matters",
            Self::Image { error: ImageError::Other("an SVG drawing"), .. } => {
                "convert it to PNG to have it seen; to have its source read, paste that"
            }
            Self::Image { error, .. } => error.hint(),
        }
    }
}

/// A file or an image as a part of a prompt. `name` may be a path.
///
/// # Errors
/// Where it is neither text nor image, or too large.
pub fn attachment(name: &str, bytes: &[u8]) -> Result<Span, AttachError> {
    let name = base_name(name);
    if bytes.is_empty() {
        return Err(AttachError::Empty(name));
    }
    match Format::of(bytes) {
        Ok(_) => {
            let image = strip::clean(bytes).map_err(|error| AttachError::Image { name: name.clone(), error })?;
            return Ok(Span::image(name, image));
        }
        Err(error @ ImageError::Other(_)) if !bytes.starts_with(b"%PDF-") => return Err(AttachError::Image { name, error }),
        Err(_) => {}
    }
    let known = |known: &[(&[u8], &'static str)]| known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| *what);
    if let Some(what) = known(MARKUP) {
        return Err(AttachError::Known { name, what });
    }
    let Some(text) = text(bytes) else {
        return Err(known(KNOWN)
            .map_or_else(|| AttachError::Binary(name.clone()), |what| AttachError::Known { name: name.clone(), what }));
    };
    if text.len() > MAX_TEXT {
        return Err(AttachError::TooLong { name, bytes: bytes.len() });
    }
    if text.trim().is_empty() {
        return Err(AttachError::Empty(name));
    }
    let framed = framed(&name, &text);
    Ok(Span::file(name, framed))
}

/// The last part of a path, in one line: it stands in the prompt and on the screen.
fn base_name(path: &str) -> String {
    let last = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.trim().is_empty() { "file".to_owned() } else { name }
}

/// The text of a file, with line ends made one; `None` where it is none. Without a mark at its start it is UTF-8.
fn text(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok()?,
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => String::from_utf8(bytes.to_vec()).ok()?,
    };
    // Logs hold escapes that colour them, and old sources form feeds; what else there is of these is no text.
    let is_strange = |c: char| (c < ' ' || c == '\x7f') && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b' | '\x08');
    (!text.contains(is_strange)).then(|| text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

/// The text with where it begins and ends: a fence longer than any in it, as Markdown has it (CommonMark 0.31, 4.5), which is
/// what models have seen most.
fn framed(name: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let name = name.replace('`', "'");
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("\n\nFile `{name}`:\n\n{fence}\n{text}{end}{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Origin;
    use image::{DynamicImage, ImageFormat};
    use std::io::Cursor;

    fn text_of(name: &str, bytes: &[u8]) -> String {
        let span = attachment(name, bytes).unwrap();
        assert_eq!(span.origin, Origin::File);
        span.text
    }

    #[test]
    fn text_is_framed() {
        for (name, bytes, want) in [
            ("a.txt", b"hello\n".as_slice(), "\n\nFile `a.txt`:\n\n```\nhello\n```\n\n"),
            ("a.txt", b"hello", "\n\nFile `a.txt`:\n\n```\nhello\n```\n\n"),
            ("a.txt", b"\xef\xbb\xbfh\xc3\xa4\r\nb\rc", "\n\nFile `a.txt`:\n\n```\nh\u{e4}\nb\nc\n```\n\n"),
            ("a.txt", b"\xff\xfeh\0\xe4\0\r\0\n\0", "\n\nFile `a.txt`:\n\n```\nh\u{e4}\n```\n\n"),
            ("a.txt", b"\xfe\xff\0h\0\xe4", "\n\nFile `a.txt`:\n\n```\nh\u{e4}\n```\n\n"),
            ("/home/ada/secret project/a.md", b"```\nx\n```\n", "\n\nFile `a.md`:\n\n````\n```\nx\n```\n````\n\n"),
            ("C:\\Users\\ada\\a.txt", b"`````", "\n\nFile `a.txt`:\n\n``````\n`````\n``````\n\n"),
            ("x`\n# y", b"1", "\n\nFile `x' # y`:\n\n```\n1\n```\n\n"),
            ("BZh", b"BZh and ID3 are words\n", "\n\nFile `BZh`:\n\n```\nBZh and ID3 are words\n```\n\n"),
            ("log", b"\x1b[31mred\x1b[0m", "\n\nFile `log`:\n\n```\n\u{1b}[31mred\u{1b}[0m\n```\n\n"),
        ] {
            assert_eq!(text_of(name, bytes), want, "{name}");
        }
    }

    #[test]
    fn a_file_cannot_end_its_own_frame() {
        for fence in 0..8 {
            let inside = format!("{}\nFile `other`:\n{}", "`".repeat(fence), "`".repeat(fence));
            let text = text_of("a", inside.as_bytes());
            let frame = text.lines().nth(4).unwrap();
            assert!(frame.len() >= 3 && frame.chars().all(|c| c == '`'), "{text}");
            assert_eq!(text.matches(frame).count(), 2, "{text}");
        }
    }

    #[test]
    fn an_image_is_known_by_its_bytes_and_cleaned() {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(8, 6).write_to(&mut png, ImageFormat::Png).unwrap();
        let bytes = [png.into_inner(), b"SENTINEL".to_vec()].concat();
        let span = attachment("/home/ada/notes.txt", &bytes).unwrap();
        assert_eq!((span.origin, span.name.as_str(), span.text.as_str()), (Origin::Image, "notes.txt", ""));
        let image = span.image.unwrap();
        assert_eq!((image.width, image.height, image.media_type.as_str()), (8, 6, "image/png"));
        assert!(!image.bytes.windows(8).any(|window| window == b"SENTINEL"));
    }

    #[test]
    fn what_is_refused() {
        let long = "x".repeat(MAX_TEXT + 1);
        for (bytes, what, hint) in [
            (b"".as_slice(), "x is empty", "choose another"),
            (b" \n\n", "x is empty", "choose another"),
            (b"a\0b", "x is no text and no image", "UTF-8"),
            (b"caf\xe9", "x is no text and no image", "UTF-8"),
            (b"bell\x07", "x is no text and no image", "UTF-8"),
            (b"\xff\xfeh", "x is no text and no image", "UTF-8"),
            (b"%PDF-1.4\n%", "x is a PDF file, and only", "plain text"),
            (b"PK\x03\x04\x14\0", "x is a ZIP archive or an office document, and only", "plain text"),
            (b"\x7fELF\x02", "x is a program, and only", "plain text"),
            (b"ID3\x03\0", "x is a sound, and only", "plain text"),
            (b"{\\rtf1 hello}", "x is a rich text document, and only", "plain text"),
            (b"\x89PNG\r\n\x1a\n", "x: the PNG image ends in the middle", "copy it again"),
            (b"\0\0\0\x18ftypheic", "x: this is a HEIC image", "convert it to PNG"),
            (b"<svg></svg>", "x: this is an SVG drawing", "paste that"),
            (long.as_bytes(), "x has 262145 bytes, and at most 256 KiB of text can be attached", "the part of it that matters"),
        ] {
            let error = attachment("dir/x", bytes).unwrap_err();
            assert!(error.to_string().starts_with(what), "{error}");
            assert!(error.hint().contains(hint), "{error}: {}", error.hint());
        }
        assert!(attachment("x", &long.as_bytes()[1..]).is_ok());
    }
}
