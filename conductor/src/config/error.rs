//! What is wrong with a configuration, in words for a person, with the place where it is.
//!
//! What must stay true: what is shown may come out of a stranger's folder, so control characters and those that change the
//! direction of writing are shown as their numbers, and long lines are cut.

use std::fmt;
use std::path::PathBuf;

/// Where a mistake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1, and the column, from 1, in characters; `None` where the whole file is meant.
        position: Option<(usize, usize)>,
        /// The line itself; empty where the whole file is meant.
        line: String,
    },
    /// In an environment variable.
    Env(String),
    /// In a flag: its key.
    Flag(String),
}

/// A mistake in the configuration. Its `Display` is the whole message, without colours and without a newline at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where.
    pub place: Place,
    /// What: one sentence without a full stop, lower case at the start.
    pub what: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl ConfigError {
    /// The line, from 1, in a file.
    pub fn line(&self) -> Option<usize> {
        match &self.place {
            Place::File { position, .. } => position.map(|(line, _)| line),
            Place::Env(_) | Place::Flag(_) => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  --> ", shown(&self.what))?;
        match &self.place {
            Place::File { path, position: None, .. } => f.write_str(&shown(&path.display().to_string()))?,
            Place::File { path, position: Some((line, column)), line: text } => {
                write!(f, "{}:{line}:{column}", shown(&path.display().to_string()))?;
                excerpt(f, *line, *column, text)?;
            }
            Place::Env(name) => write!(f, "environment variable {}", shown(name))?,
            Place::Flag(key) => write!(f, "command line, {}", shown(key))?,
        }
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\nhint: {}", shown(&self.hint)) }
    }
}

impl std::error::Error for ConfigError {}

/// The line with its number, and a caret under the column where the line is short and plain enough to point at.
fn excerpt(f: &mut fmt::Formatter<'_>, line: usize, column: usize, text: &str) -> fmt::Result {
    let gutter = " ".repeat(line.to_string().len());
    let short = shown(&text.replace('\t', " "));
    write!(f, "\n{gutter} |\n{line} | {short}")?;
    if column <= SHOWN && text.is_ascii() && !text.contains(|c: char| c.is_control() && c != '\t') {
        write!(f, "\n{gutter} | {}^", " ".repeat(column.saturating_sub(1)))?;
    }
    Ok(())
}

/// Characters of a foreign text that are shown at most.
const SHOWN: usize = 400;

/// `text` with hidden characters as their numbers, cut where it is too long.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(SHOWN));
    for (index, c) in text.chars().enumerate() {
        if index == SHOWN {
            out.push('…');
            break;
        }
        if is_hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// True for what a terminal acts on instead of showing it, and for what has no width.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// All that is wrong; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_does_not_reach_the_terminal() {
        let place = Place::File {
            path: PathBuf::from("/x\u{1b}]0;y/.segno.toml"),
            position: Some((3, 5)),
            line: "a = \u{1b}[31m\u{202e}\rred".into(),
        };
        let error = ConfigError { place, what: "no key `\u{7}\u{9b}x`".into(), hint: String::new() };
        assert_eq!(
            error.to_string(),
            "error: no key `\\u{7}\\u{9b}x`\n  --> /x\\u{1b}]0;y/.segno.toml:3:5\n  |\n3 | a = \\u{1b}[31m\\u{202e}\\u{d}red"
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let line = "x".repeat(10_000);
        let error = ConfigError {
            place: Place::File { path: PathBuf::from("f"), position: Some((1, 9_000)), line },
            what: "w".into(),
            hint: "h".into(),
        };
        let text = error.to_string();
        assert!(text.contains('…') && text.len() < 600 && !text.contains('^'), "{text}");
    }
}
