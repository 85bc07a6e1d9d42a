//! The layers put over each other, key by key, each with the source that won.

use super::error::{ConfigError, ConfigErrors, Place};
use super::page::whole;
use super::rows;
use super::schema::{KEYS, Key, PROVIDERS, ROW_TABLES, RowTable};
use super::source::{Row, Source};
use super::types::Config;
use super::walk::{Findings, FoundRow, Setting, Settings};
use std::collections::HashMap;
use std::path::Path;
use toml::{Table, Value};

/// All values so far.
#[derive(Clone)]
pub(super) struct Sheet {
    settings: Vec<Option<Setting>>,
    tables: [Rows; ROW_TABLES.len()],
}

/// The rows of a table.
#[derive(Clone, Default)]
pub(super) struct Rows {
    rows: Vec<SheetRow>,
    by_id: HashMap<String, usize>,
    /// True where there was a row whose id could not be read.
    pub(super) lost: bool,
}

/// One row, as all layers together say it.
#[derive(Clone)]
pub(super) struct SheetRow {
    /// Its id.
    pub(super) id: String,
    /// Where the user's row stands, if there is one.
    pub(super) place: Option<Place>,
    /// By place in the keys of its table.
    pub(super) settings: Vec<Option<Setting>>,
    /// True where a key of it was wrong.
    pub(super) spoilt: bool,
}

impl Rows {
    /// In the order in which they were first seen.
    pub(super) fn iter(&self) -> impl Iterator<Item = &SheetRow> {
        self.rows.iter()
    }

    /// True where a row has this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    fn lay(&mut self, table: &RowTable, found: FoundRow) {
        let Some(id) = found.id else {
            self.lost = true;
            return;
        };
        let at = *self.by_id.entry(id).or_insert_with_key(|id| {
            let settings = vec![None; table.keys.len()];
            self.rows.push(SheetRow { id: id.clone(), place: None, settings, spoilt: false });
            self.rows.len() - 1
        });
        let row = &mut self.rows[at];
        row.spoilt |= found.spoilt;
        row.place = found.place.or(row.place.take());
        lay(&mut row.settings, found.settings);
    }

    /// Gives the rows what they do not say.
    fn fill(&mut self, table: &RowTable) {
        if self.rows.iter().all(|row| row.settings.iter().all(Option::is_some)) {
            return;
        }
        let defaults: Table = table.defaults.parse().unwrap_or_default();
        let defaults: Vec<Option<&Value>> = table.keys.iter().map(|key| defaults.get(key.name)).collect();
        for (default, setting) in self.rows.iter_mut().flat_map(|row| defaults.iter().zip(&mut row.settings)) {
            if setting.is_none() {
                *setting = default.map(|value| Setting { value: value.clone(), source: Source::Embedded, place: None });
            }
        }
    }
}

impl Sheet {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { settings: vec![None; KEYS.len()], tables: Default::default() }
    }

    /// Puts a file over what is there.
    pub(super) fn lay(&mut self, findings: Findings) {
        lay(&mut self.settings, findings.settings);
        for ((table, rows), found) in ROW_TABLES.iter().zip(&mut self.tables).zip(findings.rows) {
            found.into_iter().for_each(|row| rows.lay(table, row));
        }
    }

    /// Puts single values over what is there.
    pub(super) fn lay_settings(&mut self, settings: Settings) {
        lay(&mut self.settings, settings);
    }

    /// The environment variables that hold keys of providers.
    pub(super) fn key_variables(&self) -> Vec<String> {
        let named = |(table, rows): (&RowTable, &Rows)| {
            let at = table.keys.iter().position(|key| key.name == "key_env")?;
            let value = |row: &SheetRow| Some(row.settings[at].as_ref()?.value.as_str()?.to_owned());
            (table.name == PROVIDERS).then(|| rows.iter().filter_map(value).collect())
        };
        ROW_TABLES.iter().zip(&self.tables).find_map(named).unwrap_or_default()
    }

    /// Gives all rows what they do not say, and notes what is wrong between the values of rows.
    pub(super) fn complete(&mut self, errors: &mut Vec<ConfigError>) {
        for (table, rows) in ROW_TABLES.iter().zip(&mut self.tables) {
            rows.fill(table);
        }
        rows::check(&self.tables, errors);
    }

    /// The configuration, and a row for each value. The sheet is complete.
    ///
    /// # Errors
    /// When a value is missing: then the built-in files are wrong.
    pub(super) fn finish(self) -> Result<(Config, Vec<Row>), ConfigErrors> {
        let mut root = Table::new();
        let mut rows = Vec::with_capacity(KEYS.len() + self.tables.iter().map(|table| table.rows.len() * 8).sum::<usize>());
        for (key, setting) in KEYS.iter().zip(self.settings) {
            let Some(setting) = setting else { continue };
            let Setting { value, source, place } = setting;
            rows.push(Row { key: key.dotted(), value: value.to_string(), source, place });
            let table = root.entry(key.table).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = table {
                table.insert(key.name.to_owned(), value);
            }
        }
        for (table, found) in ROW_TABLES.iter().zip(self.tables) {
            let values = found.rows.into_iter().map(|row| value(table, row, &mut rows)).collect();
            root.insert(table.name.to_owned(), Value::Array(values));
        }
        root.try_into().map(|config| (config, rows)).map_err(|e| broken(&e).into())
    }
}

fn lay(under: &mut [Option<Setting>], over: Settings) {
    for (index, setting) in over {
        under[index] = Some(setting);
    }
}

fn value(table: &RowTable, row: SheetRow, rows: &mut Vec<Row>) -> Value {
    let head = format!("{}.{}", table.name, Value::String(row.id));
    let said = |(key, setting): (&'static Key, Option<Setting>)| setting.map(|setting| (key, setting));
    let mut values = Table::new();
    for (key, setting) in table.keys.iter().zip(row.settings).filter_map(said) {
        let Setting { value, source, place } = setting;
        rows.push(Row { key: format!("{head}.{}", key.name), value: value.to_string(), source, place });
        values.insert(key.name.to_owned(), value);
    }
    Value::Table(values)
}

/// What passed the checks could not be read: Segno's own mistake, never the user's.
fn broken(error: &toml::de::Error) -> ConfigError {
    let what = format!("the built-in configuration is wrong: {}", error.message());
    whole(Path::new("built in"), what, "this is a mistake in Segno: please report it")
}
