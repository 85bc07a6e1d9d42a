//! Walking through a file: every key looked up and checked, with its line; every mistake collected.
//!
//! What must stay true: the file of a working folder can set nothing but the tables of [`PROJECT_TABLES`].

use super::error::ConfigError;
use super::nearest::nearest;
use super::page::Page;
use super::schema::{ID, KEYS, Key, MODEL_KEYS, MODELS, PROJECT_TABLES, TABLES, list};
use super::source::Source;
use super::syntax;
use super::value::{Spot, type_words};
use crate::domain::ModelId;
use std::collections::HashMap;
use std::ops::Range;
use toml::Spanned;
use toml::Value;
use toml::de::{DeString, DeTable, DeValue};

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Built in.
    Embedded,
    /// The user's.
    User,
    /// The working folder's.
    Project,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// The value, checked.
    pub(super) value: Value,
    /// Where it comes from.
    pub(super) source: Source,
}

/// Values by their place in a list of keys.
pub(super) type Settings = Vec<(usize, Setting)>;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// By place in [`KEYS`].
    pub(super) settings: Settings,
    /// The rows of `[[models]]`, by place in [`MODEL_KEYS`].
    pub(super) models: Vec<(ModelId, Settings)>,
    /// What is wrong.
    pub(super) errors: Vec<ConfigError>,
}

/// Reads `page`.
pub(super) fn walk(page: &Page, scope: Scope) -> Findings {
    let mut walker = Walker { page, scope, found: Findings::default() };
    let (root, errors) = DeTable::parse_recoverable(page.text());
    if errors.is_empty() {
        walker.document(root.get_ref());
    } else {
        walker.found.errors = syntax::errors(page, &errors);
    }
    walker.found.errors.sort_by_key(ConfigError::line);
    walker.found
}

struct Walker<'a> {
    page: &'a Page,
    scope: Scope,
    found: Findings,
}

type Name<'i> = Spanned<DeString<'i>>;
type Item<'i> = Spanned<DeValue<'i>>;

impl Walker<'_> {
    fn error(&mut self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) {
        self.found.errors.push(self.page.error(span, what, hint));
    }

    fn document(&mut self, root: &DeTable<'_>) {
        for (name, item) in root {
            let table = name.get_ref().as_ref();
            if !TABLES.contains(&table) {
                self.unknown_table(name, item);
            } else if self.scope == Scope::Project && !PROJECT_TABLES.contains(&table) {
                self.error(
                    name.span(),
                    format!("a folder's file may not set `{table}`"),
                    format!(
                        "a folder's file may choose models and words, nothing else: {}; the rest goes into your own config.toml",
                        list(&PROJECT_TABLES, "and")
                    ),
                );
            } else if table == MODELS {
                self.models(item);
            } else if let DeValue::Table(entries) = item.get_ref() {
                self.table(table, entries);
            } else {
                let what = format!("`{table}` is a table, found {}", type_words(item.get_ref()));
                self.error(name.span(), what, format!("write [{table}] on a line of its own, and its keys below it"));
            }
        }
    }

    fn unknown_table(&mut self, name: &Name<'_>, item: &Item<'_>) {
        let given = name.get_ref();
        let allowed = if self.scope == Scope::Project { &PROJECT_TABLES[..] } else { &TABLES[..] };
        if item.get_ref().is_table() || item.get_ref().is_array() && !KEYS.iter().any(|k| k.name == given) {
            let hint = match nearest(given, allowed.iter().copied()) {
                Some(table) => format!("did you mean `{table}`?"),
                None => format!("the tables are {}", list(allowed, "and")),
            };
            return self.error(name.span(), format!("there is no table `{given}`"), hint);
        }
        let at_home = |k: &&Key| allowed.contains(&k.table);
        let homes: Vec<&str> = KEYS.iter().filter(at_home).filter(|k| k.name == given).map(|k| k.table).collect();
        let hint = match nearest(given, KEYS.iter().filter(at_home).map(|k| k.name)) {
            _ if !homes.is_empty() => format!("write it below the line of its table: {}", list(&homes, "or")),
            Some(key) => format!("did you mean `{key}`? it stands below the line of its table"),
            None => format!("keys stand below the line of a table: {}", list(allowed, "or")),
        };
        self.error(name.span(), format!("the key `{given}` stands in no table"), hint);
    }

    fn table(&mut self, table: &str, entries: &DeTable<'_>) {
        for (name, item) in entries {
            match KEYS.iter().position(|k| k.table == table && k.name == name.get_ref()) {
                Some(index) => {
                    if let Some(setting) = self.setting(&KEYS[index], name, item) {
                        self.found.settings.push((index, setting));
                    }
                }
                None => self.unknown_key(table, &KEYS, name),
            }
        }
    }

    fn unknown_key(&mut self, table: &str, keys: &[Key], name: &Name<'_>) {
        let given = name.get_ref();
        let here = || keys.iter().filter(|k| k.table == table).map(|k| k.name);
        let elsewhere: Vec<&str> = KEYS.iter().filter(|k| k.table != table && k.name == given).map(|k| k.table).collect();
        let hint = match nearest(given, here()) {
            _ if !elsewhere.is_empty() => format!("it is a key of {}", list(&elsewhere, "and")),
            Some(key) => format!("did you mean `{key}`?"),
            None => format!("its keys are {}", list(&here().collect::<Vec<_>>(), "and")),
        };
        self.error(name.span(), format!("there is no key `{given}` in `{table}`"), hint);
    }

    /// The value of a key, or an error noted.
    fn setting(&mut self, key: &Key, name: &Name<'_>, item: &Item<'_>) -> Option<Setting> {
        let example = format!("{} = {}", key.name, key.example);
        let spot = Spot { key, name: key.dotted(), example, given: None };
        match spot.check(item.get_ref()) {
            Ok(value) => Some(Setting { value, source: self.source(name.span().start) }),
            Err(wrong) => {
                let entry = wrong.entry.and_then(|at| item.get_ref().as_array()?.get(at));
                self.error(entry.map_or_else(|| item.span(), Spanned::span), wrong.what, wrong.hint);
                None
            }
        }
    }

    fn source(&self, offset: usize) -> Source {
        let (path, line) = (self.page.path().to_owned(), self.page.line_of(offset));
        match self.scope {
            Scope::Embedded => Source::Embedded,
            Scope::User => Source::User(path, line),
            Scope::Project => Source::Project(path, line),
        }
    }

    fn models(&mut self, item: &Item<'_>) {
        const HINT: &str = "begin each row with a line [[models]]";
        let Some(rows) = item.get_ref().as_array() else {
            return self.error(item.span(), format!("`models` is a list of rows, found {}", type_words(item.get_ref())), HINT);
        };
        let mut seen = HashMap::new();
        for row in rows {
            match row.get_ref() {
                DeValue::Table(entries) => self.model(row, entries, &mut seen),
                other => self.error(row.span(), format!("`models` is a list of rows, found {} in it", type_words(other)), HINT),
            }
        }
    }

    fn model(&mut self, row: &Item<'_>, entries: &DeTable<'_>, seen: &mut HashMap<ModelId, usize>) {
        let mut settings = Settings::new();
        for (name, item) in entries {
            match MODEL_KEYS.iter().position(|k| k.name == name.get_ref()) {
                Some(index) => settings.extend(self.setting(&MODEL_KEYS[index], name, item).map(|s| (index, s))),
                None => self.unknown_key(MODELS, &MODEL_KEYS, name),
            }
        }
        let Some(id) = entries.get(ID) else {
            return self.error(row.span(), "a row of `models` has no `id`", "add the name of the model: id = \"mistral:7b\"");
        };
        // An id that is wrong has been noted above.
        let Some(name) = settings.iter().find(|(index, _)| MODEL_KEYS[*index].name == ID).and_then(|(_, s)| s.value.as_str())
        else {
            return;
        };
        let model = ModelId::new(name);
        if let Some(line) = seen.insert(model.clone(), self.page.line_of(id.span().start)) {
            let hint = format!("the other one is on line {line}: make one row of the two");
            return self.error(id.span(), format!("there are two rows for the model `{model}`"), hint);
        }
        self.found.models.push((model, settings));
    }
}
