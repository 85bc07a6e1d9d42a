//! The layers put over each other, key by key, each with the source that won.

use super::error::{ConfigError, ConfigErrors};
use super::page::whole;
use super::schema::{KEYS, Key, MODEL_DEFAULTS, MODEL_KEYS, MODELS};
use super::source::{Row, Source};
use super::types::Config;
use super::walk::{Findings, Setting, Settings};
use crate::domain::ModelId;
use std::path::Path;
use toml::{Table, Value};

/// All values so far.
pub(super) struct Sheet {
    settings: Vec<Option<Setting>>,
    models: Vec<(ModelId, Vec<Option<Setting>>)>,
}

impl Sheet {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { settings: vec![None; KEYS.len()], models: Vec::new() }
    }

    /// Puts a file over what is there.
    pub(super) fn lay(&mut self, findings: Findings) {
        lay(&mut self.settings, findings.settings);
        for (id, settings) in findings.models {
            let at = self.models.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
                self.models.push((id, vec![None; MODEL_KEYS.len()]));
                self.models.len() - 1
            });
            lay(&mut self.models[at].1, settings);
        }
    }

    /// Puts single values over what is there.
    pub(super) fn lay_settings(&mut self, settings: Settings) {
        lay(&mut self.settings, settings);
    }

    /// The configuration, and a row for each value.
    ///
    /// # Errors
    /// When a value is missing: then the built-in files are wrong.
    pub(super) fn finish(mut self) -> Result<(Config, Vec<Row>), ConfigErrors> {
        self.fill_models();
        let mut root = Table::new();
        let mut rows = Vec::with_capacity(KEYS.len() + self.models.len() * MODEL_KEYS.len());
        for (key, setting) in KEYS.iter().zip(self.settings) {
            let Some(setting) = setting else { continue };
            rows.push(Row { key: key.dotted(), value: setting.value.to_string(), source: setting.source });
            let table = root.entry(key.table).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = table {
                table.insert(key.name.to_owned(), setting.value);
            }
        }
        let models = self.models.into_iter().map(|(id, settings)| model(&id, settings, &mut rows)).collect();
        root.insert(MODELS.to_owned(), Value::Array(models));
        root.try_into().map(|config| (config, rows)).map_err(|e| broken(&e).into())
    }

    /// Gives the rows of `[[models]]` what they do not say.
    fn fill_models(&mut self) {
        if self.models.iter().all(|(_, settings)| settings.iter().all(Option::is_some)) {
            return;
        }
        let defaults: Table = MODEL_DEFAULTS.parse().unwrap_or_default();
        for (key, setting) in self.models.iter_mut().flat_map(|(_, settings)| MODEL_KEYS.iter().zip(settings)) {
            if setting.is_none() {
                *setting = defaults.get(key.name).map(|value| Setting { value: value.clone(), source: Source::Embedded });
            }
        }
    }
}

fn lay(under: &mut [Option<Setting>], over: Settings) {
    for (index, setting) in over {
        under[index] = Some(setting);
    }
}

fn model(id: &ModelId, settings: Vec<Option<Setting>>, rows: &mut Vec<Row>) -> Value {
    let said = |(key, setting): (&'static Key, Option<Setting>)| setting.map(|setting| (key, setting));
    let mut table = Table::new();
    for (key, setting) in MODEL_KEYS.iter().zip(settings).filter_map(said) {
        let name = format!("{MODELS}.{}.{}", Value::String(id.short().to_owned()), key.name);
        rows.push(Row { key: name, value: setting.value.to_string(), source: setting.source });
        table.insert(key.name.to_owned(), setting.value);
    }
    Value::Table(table)
}

/// What passed the checks could not be read: Segno's own mistake, never the user's.
fn broken(error: &toml::de::Error) -> ConfigError {
    let what = format!("the built-in configuration is wrong: {}", error.message());
    whole(Path::new("built in"), what, "this is a mistake in Segno: please report it")
}
