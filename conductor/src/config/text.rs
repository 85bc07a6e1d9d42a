//! Values given as plain text: environment variables and flags. Lists are written with commas, strings without quotes;
//! the forms of a file are taken, too.

use super::error::{ConfigError, Place};
use super::nearest::nearest;
use super::schema::{KEYS, Key, Kind, ROW_TABLES, TABLES, list};
use super::source::{Layers, Source};
use super::value::{Spot, Wrong};
use super::walk::{Setting, Settings};
use toml::Value;
use toml::de::DeValue;

/// Variables with Segno's prefix that the front end reads itself.
const ELSEWHERE: [&str; 9] = [
    "SEGNO_CONFIG",
    "SEGNO_MODEL",
    "SEGNO_OFFLINE",
    "SEGNO_LOOPBACK_ONLY",
    "SEGNO_LOG",
    "SEGNO_REAL_OLLAMA",
    "SEGNO_DATA_DIR",
    "SEGNO_STATE_DIR",
    "SEGNO_CONFIG_DIR",
];
const PREFIX: &str = "SEGNO_";
const OLLAMA_HOST: &str = "OLLAMA_HOST";
const SEGNO_OLLAMA_HOST: &str = "SEGNO_OLLAMA_HOST";

/// What the environment sets. The variables of `keys` hold keys of providers, and are no settings.
pub(super) fn environment(layers: &Layers, keys: &[String], errors: &mut Vec<ConfigError>) -> Settings {
    let set = || layers.env.iter().filter(|(_, value)| !value.trim().is_empty());
    let own_host = set().any(|(name, _)| name == SEGNO_OLLAMA_HOST);
    let mut settings = Settings::new();
    for (name, text) in set() {
        let wanted = match name.as_str() {
            OLLAMA_HOST if own_host => continue,
            OLLAMA_HOST => SEGNO_OLLAMA_HOST,
            name if !name.starts_with(PREFIX) || ELSEWHERE.contains(&name) => continue,
            name if keys.iter().any(|key| key == name) => continue,
            name => name,
        };
        let place = || Place::Env(name.clone());
        let Some(index) = KEYS.iter().position(|k| k.variable() == wanted) else {
            errors.push(unknown_variable(name, place()));
            continue;
        };
        let example = format!("{name}={}", KEYS[index].bare_example());
        match check(&KEYS[index], name.clone(), example, text) {
            Ok(value) => settings.push((index, Setting { value, source: Source::Env(name.clone()), place: Some(place()) })),
            Err(wrong) => errors.push(ConfigError { place: place(), what: wrong.what, hint: wrong.hint }),
        }
    }
    settings
}

fn unknown_variable(name: &str, place: Place) -> ConfigError {
    let names: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let near = nearest(name, names.iter().map(String::as_str).chain(ELSEWHERE));
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "variables are called SEGNO_<TABLE>_<KEY>, as in SEGNO_DEFAULTS_CODE; unset this one".into(),
    };
    ConfigError { place, what: format!("there is no setting for the variable {name}"), hint }
}

/// What the command line sets.
pub(super) fn flags(layers: &Layers, errors: &mut Vec<ConfigError>) -> Settings {
    let mut settings = Settings::new();
    for (dotted, text) in &layers.flags {
        let place = || Place::Flag(dotted.clone());
        let Some(index) = KEYS.iter().position(|k| k.dotted() == *dotted) else {
            errors.push(unknown_flag(dotted, place()));
            continue;
        };
        let example = format!("{dotted}={}", KEYS[index].bare_example());
        match check(&KEYS[index], dotted.clone(), example, text) {
            Ok(value) => settings.push((index, Setting { value, source: Source::Flag(dotted.clone()), place: Some(place()) })),
            Err(wrong) => errors.push(ConfigError { place: place(), what: wrong.what, hint: wrong.hint }),
        }
    }
    settings
}

fn unknown_flag(dotted: &str, place: Place) -> ConfigError {
    let keys: Vec<String> = KEYS.iter().map(Key::dotted).collect();
    let near = nearest(dotted, keys.iter().map(String::as_str));
    let table = dotted.split('.').next().unwrap_or(dotted);
    let names: Vec<&str> = KEYS.iter().filter(|k| k.table == table).map(|k| k.name).collect();
    let hint = match near {
        _ if ROW_TABLES.iter().any(|rows| rows.name == table) => {
            format!("`{table}` is written in a file: begin each row with a line [[{table}]]")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => {
            format!("a key is a table and a name with a dot between; the tables are {}", list(&TABLES, "and"))
        }
        None => format!("the keys of `{table}` are {}", list(&names, "and")),
    };
    ConfigError { place, what: format!("there is no key `{dotted}`"), hint }
}

fn check(key: &Key, name: String, example: String, text: &str) -> Result<Value, Wrong> {
    let text = text.trim();
    let spot = Spot { key, name, example, given: Some(text) };
    let written = as_in_a_file(key.kind, text);
    match DeValue::parse(&written) {
        Ok(value) => spot.check(value.get_ref()),
        Err(_) => spot.wrong_type(&DeValue::String(text.into())),
    }
}

/// `text` as it would be written in a file.
fn as_in_a_file(kind: Kind, text: &str) -> String {
    let quoted = |word: &str| Value::String(word.to_owned()).to_string();
    match kind {
        Kind::Whole { .. } | Kind::Rate | Kind::Amount { .. } | Kind::Switch => text.to_owned(),
        Kind::Words | Kind::Chain | Kind::Classes | Kind::Hosts | Kind::Texts | Kind::Command => {
            if text.starts_with('[') {
                return text.to_owned();
            }
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            format!("[{}]", words.map(quoted).collect::<Vec<_>>().join(", "))
        }
        _ if text.len() > 1 && text.starts_with(['"', '\'']) => text.to_owned(),
        _ => quoted(text),
    }
}
