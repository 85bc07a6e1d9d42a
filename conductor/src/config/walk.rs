//! Walking through a file: every key looked up and checked, with its line; every mistake collected.
//!
//! What must stay true: the file of a working folder can set nothing but the tables of [`PROJECT_TABLES`].

use super::error::{ConfigError, Place};
use super::keylines::{self, KEYS_TABLE, KeyLine};
use super::nearest::nearest;
use super::page::Page;
use super::schema::{ID, KEYS, Key, Kind, PROJECT_TABLES, PROVIDERS, ROW_TABLES, RowTable, TABLES, all_keys, list};
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
    /// Where it stands, for what is found to be wrong later; only in rows of the user's file.
    pub(super) place: Option<Place>,
}

/// Values by their place in a list of keys.
pub(super) type Settings = Vec<(usize, Setting)>;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// By place in [`KEYS`].
    pub(super) settings: Settings,
    /// The rows of each of the [`ROW_TABLES`].
    pub(super) rows: [Vec<FoundRow>; ROW_TABLES.len()],
    /// The lines of `[keys]`, in the order of the file.
    pub(super) keys: Vec<KeyLine>,
    /// What is wrong.
    pub(super) errors: Vec<ConfigError>,
}

/// A row of a table of rows.
#[derive(Debug)]
pub(super) struct FoundRow {
    /// Its id; `None` where there is no good one.
    pub(super) id: Option<String>,
    /// Where the row is, if it stands in the user's file.
    pub(super) place: Option<Place>,
    /// By place in the keys of its table.
    pub(super) settings: Settings,
    /// True where a key of it was wrong, and so is missing here.
    pub(super) spoilt: bool,
}

impl FoundRow {
    /// What is no row.
    fn unreadable() -> Self {
        Self { id: None, place: None, settings: Settings::new(), spoilt: true }
    }
}

/// Reads `page`.
pub(super) fn walk(page: &Page, scope: Scope) -> Findings {
    let mut walker = Walker { page, scope, found: Findings::default() };
    let (root, errors) = DeTable::parse_recoverable(page.text());
    if errors.is_empty() {
        walker.document(root.get_ref());
    } else {
        walker.found.errors = syntax::errors(page, &errors, syntax::CONFIGURATION);
    }
    walker.found.errors.sort_by_key(ConfigError::line);
    walker.found.keys.sort_by_key(keylines::line_of);
    walker.found
}

/// True for names under which people write a key itself.
fn is_key_of_a_service(name: &str) -> bool {
    matches!(name.to_lowercase().replace('-', "_").as_str(), "key" | "api_key" | "apikey" | "token" | "secret" | "password")
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
            } else if let Some(at) = ROW_TABLES.iter().position(|rows| rows.name == table) {
                self.rows(at, item);
            } else if table == KEYS_TABLE {
                let mut errors = std::mem::take(&mut self.found.errors);
                let lines = keylines::read(self.page, name, item.get_ref(), |at| self.source(at), &mut errors);
                self.found.errors = errors;
                self.found.keys.extend(lines);
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
        let elsewhere: Vec<&str> = all_keys().filter(|k| k.table != table && k.name == given).map(|k| k.table).collect();
        let elsewhere = (!elsewhere.is_empty()).then(|| list(&elsewhere, "and"));
        let hint = match (nearest(given, here()), elsewhere) {
            _ if table == PROVIDERS && is_key_of_a_service(given) => {
                "keys do not stand in this file: take the line out, and give the key to `segno keys set`".into()
            }
            (Some(key), Some(tables)) => format!("did you mean `{key}`? `{given}` is a key of {tables}"),
            (None, Some(tables)) => format!("it is a key of {tables}"),
            (Some(key), None) => format!("did you mean `{key}`?"),
            (None, None) => format!("its keys are {}", list(&here().collect::<Vec<_>>(), "and")),
        };
        self.error(name.span(), format!("there is no key `{given}` in `{table}`"), hint);
    }

    /// The value of a key, or an error noted.
    fn setting(&mut self, key: &Key, name: &Name<'_>, item: &Item<'_>) -> Option<Setting> {
        let example = format!("{} = {}", key.name, key.example);
        let spot = Spot { key, name: key.dotted(), example, given: None };
        match spot.check(item.get_ref()) {
            Ok(value) => {
                let place = self.place(item.span());
                Some(Setting { value, source: self.source(name.span().start), place })
            }
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

    /// Where something of the user's stands; the built-in files are right.
    fn place(&self, span: Range<usize>) -> Option<Place> {
        (self.scope != Scope::Embedded).then(|| self.page.error(span, "", "").place)
    }

    fn rows(&mut self, at: usize, item: &Item<'_>) {
        let table = ROW_TABLES[at].name;
        let hint = format!("begin each row with a line [[{table}]]");
        let Some(rows) = item.get_ref().as_array() else {
            self.found.rows[at].push(FoundRow::unreadable());
            return self.error(item.span(), format!("`{table}` is a list of rows, found {}", type_words(item.get_ref())), hint);
        };
        let mut seen = HashMap::new();
        for row in rows {
            match row.get_ref() {
                DeValue::Table(entries) => {
                    let found = self.row(&ROW_TABLES[at], row, entries, &mut seen);
                    self.found.rows[at].push(found);
                }
                other => {
                    self.found.rows[at].push(FoundRow::unreadable());
                    let what = format!("`{table}` is a list of rows, found {} in it", type_words(other));
                    self.error(row.span(), what, hint.clone());
                }
            }
        }
    }

    fn row(&mut self, table: &RowTable, row: &Item<'_>, entries: &DeTable<'_>, seen: &mut HashMap<String, usize>) -> FoundRow {
        let errors = self.found.errors.len();
        let mut settings = Settings::new();
        for (name, item) in entries {
            match table.keys.iter().position(|k| k.name == name.get_ref()) {
                Some(index) => {
                    settings.extend(self.setting(&table.keys[index], name, item).map(|setting| (index, setting)));
                }
                None => self.unknown_key(table.name, table.keys, name),
            }
        }
        let id = self.id(table, row, entries, &settings, seen);
        let place = entries.get(ID).and_then(|id| self.place(id.span()));
        FoundRow { id, place, settings, spoilt: self.found.errors.len() > errors }
    }

    /// The name of a row; an error is noted where it has none, or another row has it.
    fn id(
        &mut self,
        table: &RowTable,
        row: &Item<'_>,
        entries: &DeTable<'_>,
        settings: &Settings,
        seen: &mut HashMap<String, usize>,
    ) -> Option<String> {
        let key = &table.keys[0];
        let Some(item) = entries.get(ID) else {
            let what = format!("a row of `{}` has no `{ID}`", table.name);
            self.error(row.span(), what, format!("add the name of the {}: {ID} = {}", table.thing, key.example));
            return None;
        };
        // An id that is wrong has been noted already.
        let name = settings.iter().find(|(index, _)| *index == 0).and_then(|(_, s)| s.value.as_str())?;
        let id = if key.kind == Kind::Model { ModelId::new(name).short().to_owned() } else { name.to_owned() };
        if let Some(line) = seen.insert(id.clone(), self.page.line_of(item.span().start)) {
            let hint = format!("the other one is on line {line}: make one row of the two");
            self.error(item.span(), format!("there are two rows for the {} `{id}`", table.thing), hint);
            return None;
        }
        Some(id)
    }
}
