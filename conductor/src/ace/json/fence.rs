//! Code fences: lines of three or more backticks or tildes, as CommonMark has them, but indented as one likes, and with
//! the object on the opening line or the fence's end behind its brace.

use super::cursor::Cursor;

/// What a fence says of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is JSON.
    Json,
    /// Nothing, or that it is text.
    Plain,
    /// It is code.
    Code,
}

/// A fence that was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fence {
    /// What it says.
    pub(super) kind: Kind,
    /// Where its content begins.
    pub(super) body: usize,
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that the line at `line` opens.
    pub(super) fn opened(text: &str, line: usize) -> Option<Self> {
        let (mark, length, info) = run(text.get(line..)?)?;
        let begin = text.len() - info.len();
        let info = info.split_once('\n').map_or(info, |(line, _)| line);
        if mark == '`' && info.contains('`') {
            return None;
        }
        let said = info.trim_start();
        let label = said.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '+'))).next().unwrap_or_default();
        let kind = match label.to_lowercase().as_str() {
            "json" | "jsonc" | "json5" | "jsonl" | "ndjson" => Kind::Json,
            "" | "text" | "txt" | "plaintext" | "plain" | "markdown" | "md" | "output" => Kind::Plain,
            _ => Kind::Code,
        };
        let after = said.split_at(label.len()).1.trim_start();
        let skipped = if after.starts_with(['{', '[']) { info.len() - after.len() } else { info.len() };
        Some(Self { kind, body: begin + skipped, mark, length })
    }

    /// The end of the line at `line`, where that closes the fence.
    pub(super) fn closed(&self, text: &str, line: usize) -> Option<usize> {
        let (mark, length, rest) = run(text.get(line..)?)?;
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        (mark == self.mark && length >= self.length && line.trim().is_empty()).then_some(text.len() - rest.len() + line.len())
    }

    /// The place behind the marks that close the fence on the line of a value's end, at `at`.
    pub(super) fn closed_behind(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?.trim_start_matches([' ', '\t']);
        let after = rest.trim_start_matches(self.mark);
        (rest.len() - after.len() >= self.length).then_some(text.len() - after.len())
    }

    /// True where a line between `from` and `to` would close the fence, and none does behind `to`: a string there was not
    /// closed, and went on to the quotes of something else.
    pub(super) fn is_overrun(&self, text: &str, from: usize, to: usize) -> bool {
        let Some(span) = text.get(from..to) else { return false };
        let mut lines = span.match_indices('\n').map(|(at, _)| from + at + 1);
        let Some(rest) = lines.any(|line| self.closed(text, line).is_some()).then(|| text.get(to..)).flatten() else {
            return false;
        };
        let behind = text.len() - rest.trim_start().len();
        self.closed_behind(text, behind).is_none()
    }
}

/// True where a run of marks begins a line at this place: no JSON goes on there.
pub(super) fn stands_at(at: Cursor<'_>) -> bool {
    let before = at.text.get(..at.at).unwrap_or_default().trim_end_matches([' ', '\t']);
    (before.is_empty() || before.ends_with('\n')) && run(at.rest()).is_some()
}

/// The run of three marks or more that `text` begins with, indented or not: the mark, how many, and what follows.
fn run(text: &str) -> Option<(char, usize, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let length = text.len() - rest.len();
    (length >= 3).then_some((mark, length, rest))
}
