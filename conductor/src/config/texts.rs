//! Small files of the front end's own that hold nothing but texts, such as themes: read within limits, with the place of each.
//!
//! What must stay true: what a file means is said by whoever asked for it; nothing here knows a name.

use super::error::{ConfigError, ConfigErrors, Place};
use super::page::{Page, whole};
use super::syntax::{self, Example};
use super::value::type_words;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// A line `name = "text"`, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// The table; empty for what stands above all tables.
    pub table: String,
    /// The name.
    pub name: String,
    /// That, in the file.
    pub name_at: Place,
    /// The text.
    pub text: String,
    /// That, in the file.
    pub text_at: Place,
}

/// The lines of the file at `path`; where it is no TOML `example` says how it is written.
///
/// # Errors
/// When it is not there, cannot be read, is larger than 1 MiB, or holds anything but texts, in at most one table each.
pub fn texts_of(path: &Path, example: Example) -> Result<Vec<TextLine>, ConfigErrors> {
    let absent = || whole(path, "there is no such file", "see that its name is right");
    let page = Page::read(path, true)?.ok_or_else(absent)?;
    read(&page, example)
}

/// The lines of a text that is called `name`; where it is no TOML `example` says how it is written.
///
/// # Errors
/// When it holds anything but texts, in at most one table each.
pub fn texts(name: &str, text: &str, example: Example) -> Result<Vec<TextLine>, ConfigErrors> {
    read(&Page::new(name, text), example)
}

fn read(page: &Page, example: Example) -> Result<Vec<TextLine>, ConfigErrors> {
    let (root, errors) = DeTable::parse_recoverable(page.text());
    if !errors.is_empty() {
        return Err(ConfigErrors(syntax::errors(page, &errors, example)));
    }
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    lay(page, "", root.get_ref(), &mut lines, &mut errors);
    errors.sort_by_key(ConfigError::line);
    if errors.is_empty() { Ok(lines) } else { Err(ConfigErrors(errors)) }
}

fn lay(page: &Page, table: &str, entries: &DeTable<'_>, lines: &mut Vec<TextLine>, errors: &mut Vec<ConfigError>) {
    for (name, item) in entries {
        let at = |span| page.error(span, "", "").place;
        match item.get_ref() {
            DeValue::Table(inner) if table.is_empty() => lay(page, name.get_ref(), inner, lines, errors),
            DeValue::String(text) => lines.push(TextLine {
                table: table.to_owned(),
                name: name.get_ref().to_string(),
                name_at: at(name.span()),
                text: text.to_string(),
                text_at: at(item.span()),
            }),
            other => {
                let what = format!("`{}` wants a text in quotes, found {}", name.get_ref(), type_words(other));
                errors.push(page.error(item.span(), what, format!("write it as `{} = \"\"`", name.get_ref())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Example = Example { line: "x = 'y'", table: "[z]" };

    #[test]
    fn lines_have_their_places_and_anything_else_is_an_error() {
        let lines = texts("t.toml", "a = 'x'\n[b]\nc = \"y\"\n", EXAMPLE).unwrap();
        let rows: Vec<_> = lines.iter().map(|l| (l.table.as_str(), l.name.as_str(), l.text.as_str())).collect();
        assert_eq!(rows, [("", "a", "x"), ("b", "c", "y")]);
        for (text, part) in [
            ("a = 1", "t.toml:1:5"),
            ("[a.b]\nc = ''", "found a table"),
            ("a = ", "error: "),
            ("a = b", "hint: put text in quotes: x = 'y'"),
        ] {
            let said = texts("t.toml", text, EXAMPLE).unwrap_err().to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
