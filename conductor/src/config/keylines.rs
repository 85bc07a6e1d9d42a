//! The lines of `[keys]`: which key does what in the front end.
//!
//! What must stay true: nothing here knows a key or an action. A line is handed on as it stands, with its place, to the front end,
//! which says what is wrong with it in the same words and at the same place as all else.

use super::error::{ConfigError, Place};
use super::page::Page;
use super::source::{Row, Source};
use super::value::type_words;
use toml::Spanned;
use toml::Value;
use toml::de::{DeString, DeTable, DeValue};

/// The table.
pub(super) const KEYS_TABLE: &str = "keys";
/// No file has more lines; a list that is compared with itself stays short.
const MOST: usize = 1000;

/// A line of `[keys.PLACE]`: `"KEYS" = "ACTION"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// Where in the front end it counts: the name of the table after `keys.`.
    pub place: String,
    /// The name of the place, in the file.
    pub place_at: Place,
    /// What is pressed.
    pub keys: String,
    /// That, in the file.
    pub keys_at: Place,
    /// What it does.
    pub action: String,
    /// That, in the file.
    pub action_at: Place,
    /// Where the line comes from.
    pub source: Source,
}

impl KeyLine {
    /// The line as `segno config show` prints it.
    pub(super) fn row(&self) -> Row {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        Row {
            key: format!("{KEYS_TABLE}.{}.{}", self.place, quoted(&self.keys)),
            value: quoted(&self.action),
            source: self.source.clone(),
            place: None,
        }
    }
}

type Name<'i> = Spanned<DeString<'i>>;

/// The lines of the table `name` of a page, which is `item`; `source` makes one of an offset in the page.
pub(super) fn read(
    page: &Page,
    name: &Name<'_>,
    item: &DeValue<'_>,
    source: impl Fn(usize) -> Source,
    errors: &mut Vec<ConfigError>,
) -> Vec<KeyLine> {
    const HOW: &str = "write a line such as [keys.compose], and below it lines such as \"f9\" = \"playbook\"";
    let mut lines = Vec::new();
    let DeValue::Table(places) = item else {
        errors.push(page.error(name.span(), format!("`{KEYS_TABLE}` is a table, found {}", type_words(item)), HOW));
        return lines;
    };
    let at = |span| page.error(span, "", "").place;
    for (place, entries) in places {
        let DeValue::Table(entries) = entries.get_ref() else {
            errors.push(page.error(place.span(), format!("the key `{}` stands in no place", place.get_ref()), HOW));
            continue;
        };
        let entries: &DeTable<'_> = entries;
        for (keys, action) in entries {
            if lines.len() == MOST {
                errors.push(page.error(keys.span(), format!("`{KEYS_TABLE}` has more than {MOST} lines"), "take some out"));
                return lines;
            }
            let Some(word) = action.get_ref().as_str() else {
                let what = format!("a key wants the name of an action in quotes, found {}", type_words(action.get_ref()));
                errors.push(page.error(action.span(), what, format!("write it as `\"{}\" = \"help\"`", keys.get_ref())));
                continue;
            };
            lines.push(KeyLine {
                place: place.get_ref().to_string(),
                place_at: at(place.span()),
                keys: keys.get_ref().to_string(),
                keys_at: at(keys.span()),
                action: word.to_owned(),
                action_at: at(action.span()),
                source: source(keys.span().start),
            });
        }
    }
    lines
}

/// Where a line begins: its number, from 1.
pub(super) fn line_of(line: &KeyLine) -> usize {
    match &line.keys_at {
        Place::File { position, .. } => position.map_or(0, |(line, _)| line),
        Place::Env(_) | Place::Flag(_) => 0,
    }
}
