//! What is said of a file that is not TOML: the parser's findings in this program's own words.

use super::error::ConfigError;
use super::page::Page;
use std::ops::Range;
use toml::de::Error;

/// What a line and a table look like in a file of its kind; hints show them.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// A key and its value.
    pub line: &'static str,
    /// The head of a table.
    pub table: &'static str,
}

/// Those of a configuration.
pub(super) const CONFIGURATION: Example = Example { line: "code = \"mistral:7b\"", table: "[defaults]" };

/// A message of the parser by how it begins, and what is said instead: what happened, and what to do, with an example in the place of `{line}` and `{table}`.
const WORDS: [(&str, &str, &str); 8] = [
    ("string values must be quoted", "this value is neither in quotes nor a number, true or false", "put text in quotes: {line}"),
    ("key with no value", "this key has no value", "write a key, `=` and its value: {line}"),
    ("unclosed table", "the head of this table is not closed", "write it with both brackets: {table}"),
    ("unclosed array table", "the head of this row is not closed", "write it with all brackets: [[models]]"),
    ("unclosed array", "this list is not closed", "end it with `]`"),
    (
        "missing comma between array elements",
        "this list is not closed, or a comma is missing in it",
        "write a comma between entries and `]` at the end",
    ),
    (
        "invalid basic string",
        "this text is not closed, or a character in it may not stand there",
        "end it with `\"`, and write `\\` as `\\\\`",
    ),
    ("invalid literal string", "this text is not closed, or a character in it may not stand there", "end it with `'`"),
];

/// One error a line, in the order of the lines, and none after a list that has no end: all that follows looks wrong then.
pub(super) fn errors(page: &Page, found: &[Error], example: Example) -> Vec<ConfigError> {
    let mut places: Vec<(usize, Range<usize>, &str)> = found
        .iter()
        .map(|error| (error, error.span().unwrap_or(0..0)))
        .map(|(error, span)| (page.line_of(span.start), span, error.message()))
        .collect();
    places.sort_by_key(|(line, ..)| *line);
    places.dedup_by_key(|(line, ..)| *line);
    let end = places.iter().position(|(.., message)| message.contains("array")).map_or(places.len(), |at| at + 1);
    places.into_iter().take(end).map(|(_, span, message)| in_words(page, span, message, example)).collect()
}

fn in_words(page: &Page, span: Range<usize>, message: &str, example: Example) -> ConfigError {
    let given = page.text().get(span.clone()).unwrap_or("");
    if message == "duplicate key" {
        let first = first_of(page, span.start, given).map(|line| format!("; the first is in line {line}")).unwrap_or_default();
        return page.error(span, format!("`{given}` stands here for the second time{first}"), "keep one of the two");
    }
    if message.starts_with("string values must be quoted") && given.is_empty() {
        return page.error(
            span,
            "there is no value after `=`",
            "write one: text in quotes, a number, true, false or a list in brackets",
        );
    }
    match WORDS.iter().find(|(begin, ..)| message.starts_with(begin)) {
        Some((_, what, hint)) => page.error(span, *what, hint.replace("{line}", example.line).replace("{table}", example.table)),
        None => {
            let Example { line, table } = example;
            let hint = format!("a line is a table in brackets, {table}, or a key and its value, {line}");
            page.error(span, format!("this is not TOML: {message}"), hint)
        }
    }
}

/// The line, from 1, of what stands again at `offset`: the same head of a table, or the same key since the last head.
fn first_of(page: &Page, offset: usize, given: &str) -> Option<usize> {
    let head = |line: &str| line.trim_start().starts_with('[').then(|| line.split('#').next().unwrap_or(line).replace(' ', ""));
    let here = page.line_of(offset).checked_sub(1)?;
    let again = head(page.text().lines().nth(here)?);
    let above: Vec<&str> = page.text().lines().take(here).collect();
    let since = above.iter().rposition(|line| head(line).is_some()).map_or(0, |at| at + 1);
    let found = match again {
        Some(again) => above.iter().position(|line| head(line).is_some_and(|head| head.trim_end() == again.trim_end())),
        None => {
            let is_same = |line: &&str| line.split_once('=').is_some_and(|(key, _)| key.trim() == given.trim());
            above[since..].iter().position(is_same).map(|at| at + since)
        }
    };
    found.map(|at| at + 1)
}
