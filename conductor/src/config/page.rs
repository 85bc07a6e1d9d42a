//! A configuration file as text: reading it within limits, and turning byte offsets into lines and columns.

use super::error::{ConfigError, Place};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// No configuration is larger; a file in a stranger's folder may be.
const LARGEST: u64 = 1 << 20;

/// The text of a file, with the offsets at which its lines begin.
pub(super) struct Page {
    path: PathBuf,
    text: String,
    starts: Vec<usize>,
}

impl Page {
    /// A page with `text`.
    pub(super) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, starts }
    }

    /// Reads a file. `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, is too large or is not UTF-8. Where `plain` is set, also when it is no ordinary file: a
    /// pipe in a stranger's folder would keep the reader waiting.
    pub(super) fn read(path: &Path, plain: bool) -> Result<Option<Self>, ConfigError> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(path, &e)),
        };
        if metadata.is_dir() || (plain && !metadata.is_file()) {
            let hint = "put a file there, or take it away";
            return Err(whole(path, "the configuration is not an ordinary file", hint));
        }
        let mut bytes = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(path, &e)),
        }
        if bytes.len() as u64 > LARGEST {
            return Err(whole(path, "the configuration is larger than 1 MiB", "see that this is the right file"));
        }
        String::from_utf8(bytes).map(|text| Some(Self::new(path, text))).map_err(|e| {
            let valid = e.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
            Self::new(path, text).error(valid..valid, "the configuration is not UTF-8 text", "save the file as UTF-8")
        })
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// An error at a place of the text.
    pub(super) fn error(&self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> ConfigError {
        let number = self.line_of(span.start);
        let start = self.starts.get(number.saturating_sub(1)).copied().unwrap_or(0);
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
        let column = line.char_indices().take_while(|(at, _)| start + at < span.start).count() + 1;
        let place = Place::File { path: self.path.clone(), position: Some((number, column)), line: discreet(line) };
        ConfigError { place, what: what.into(), hint: hint.into() }
    }
}

/// `line` as it may be shown: without the value of what is called a key, a token or a password, for people write such into
/// files of settings, and errors end up in terminals, logs and bug reports.
fn discreet(line: &str) -> String {
    const NAMES: [&str; 8] = ["key", "token", "secret", "password", "passwd", "key_env", "api_key_command", "authorization"];
    let Some((name, value)) = line.split_once('=') else { return line.to_owned() };
    let folded = name.trim().trim_matches(['"', '\'']).to_lowercase().replace('-', "_");
    // `first_token` and `needs_key` are settings.
    let named =
        NAMES.contains(&folded.as_str()) || ["apikey", "api_key", "_token", "_password"].iter().any(|end| folded.ends_with(end));
    let secret = named && !folded.starts_with("first_") || folded == "endpoint" && value.contains(['@', '?', '#']);
    if secret { format!("{name}= …") } else { line.to_owned() }
}

/// An error of a whole file.
pub(super) fn whole(path: &Path, what: impl Into<String>, hint: impl Into<String>) -> ConfigError {
    let place = Place::File { path: path.to_owned(), position: None, line: String::new() };
    ConfigError { place, what: what.into(), hint: hint.into() }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ConfigError {
    whole(path, format!("the configuration cannot be read: {}", error.kind()), "see that you may read it, or name another file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_not_shown() {
        for (line, want) in [
            ("api_key = \"sk-1\"", "api_key = …"),
            ("  API-KEY=sk-1", "  API-KEY= …"),
            ("\"token\" = 'x'", "\"token\" = …"),
            ("key_env = \"sk-1\"", "key_env = …"),
            ("api_key_command = [\"x\"", "api_key_command = …"),
            ("openai_api_key = 1", "openai_api_key = …"),
            ("endpoint = \"https://me:pw@box\"", "endpoint = …"),
            ("endpoint = \"https://box?key=1\"", "endpoint = …"),
            ("endpoint = \"ftp://box\"", "endpoint = \"ftp://box\""),
            ("first_token = 1", "first_token = 1"),
            ("needs_key = 1", "needs_key = 1"),
            ("code_keywords = 1", "code_keywords = 1"),
            ("[[providers]]", "[[providers]]"),
        ] {
            assert_eq!(discreet(line), want, "{line}");
        }
    }

    #[test]
    fn lines_and_columns() {
        let page = Page::new("f", "ab\r\nä = 1\n\nend");
        for (offset, want, line) in [
            (0, (1, 1), "ab"),
            (3, (1, 3), "ab"),
            (4, (2, 1), "ä = 1"),
            (6, (2, 2), "ä = 1"),
            (11, (3, 1), ""),
            (15, (4, 4), "end"),
            (99, (4, 4), "end"),
        ] {
            let Place::File { position, line: text, .. } = page.error(offset..offset, "", "").place else { panic!("no file") };
            assert_eq!((position, text.as_str()), (Some(want), line), "offset {offset}");
        }
    }
}
