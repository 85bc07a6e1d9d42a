//! What is said of a file that is not TOML: the parser's findings in this program's own words.

use super::error::ConfigError;
use super::page::Page;
use std::ops::Range;
use toml::de::Error;

/// A message of the parser by how it begins, and what is said instead: what happened, and what to do.
const WORDS: [(&str, &str, &str); 8] = [
    (
        "string values must be quoted",
        "this value is neither in quotes nor a number, true or false",
        "put text in quotes: code = \"mistral:7b\"",
    ),
    ("key with no value", "this key has no value", "write a key, `=` and its value: code = \"mistral:7b\""),
    ("unclosed table", "the head of this table is not closed", "write it with both brackets: [defaults]"),
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
pub(super) fn errors(page: &Page, found: &[Error]) -> Vec<ConfigError> {
    let mut places: Vec<(usize, Range<usize>, &str)> = found
        .iter()
        .map(|error| (error, error.span().unwrap_or(0..0)))
        .map(|(error, span)| (page.line_of(span.start), span, error.message()))
        .collect();
    places.sort_by_key(|(line, ..)| *line);
    places.dedup_by_key(|(line, ..)| *line);
    let end = places.iter().position(|(.., message)| message.contains("array")).map_or(places.len(), |at| at + 1);
    places.into_iter().take(end).map(|(_, span, message)| in_words(page, span, message)).collect()
}

fn in_words(page: &Page, span: Range<usize>, message: &str) -> ConfigError {
    let given = page.text().get(span.clone()).unwrap_or("");
    if message == "duplicate key" {
        return page.error(span, format!("`{given}` stands here for the second time"), "keep one of the two");
    }
    if message.starts_with("string values must be quoted") && given.is_empty() {
        return page.error(
            span,
            "there is no value after `=`",
            "write one: text in quotes, a number, true, false or a list in brackets",
        );
    }
    match WORDS.iter().find(|(begin, ..)| message.starts_with(begin)) {
        Some((_, what, hint)) => page.error(span, *what, *hint),
        None => {
            let hint = "a line is a table in brackets, [defaults], or a key and its value, code = \"mistral:7b\"";
            page.error(span, format!("this is not TOML: {message}"), hint)
        }
    }
}
