//! Checking one value against what its key takes. Pure; knows nothing of files.
//!
//! Where things are is in `value/place.rs`, what they are called in `value/names.rs`, how many in `value/numbers.rs`.
//!
//! What must stay true: what passes here can be read into the types of `types`, so that serde never has to complain.

mod names;
mod numbers;
mod place;

pub(super) use place::is_this_machine;

use super::duration;
use super::nearest::nearest;
use super::schema::{CLASSES, Key, Kind, list};
use std::time::Duration;
use toml::Value;
use toml::de::{DeArray, DeValue};

/// What is wrong with a value.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// What.
    pub(super) what: String,
    /// What to do.
    pub(super) hint: String,
    /// Which entry of a list, where one of them is wrong.
    pub(super) entry: Option<usize>,
}

/// A key as the user wrote it.
pub(super) struct Spot<'a> {
    /// The key.
    pub(super) key: &'a Key,
    /// Its name there: `timeouts.quick_ms` or `SEGNO_TIMEOUTS_QUICK_MS`.
    pub(super) name: String,
    /// How a good value is written there: `quick_ms = 100`.
    pub(super) example: String,
    /// The text that was given, where it was not TOML.
    pub(super) given: Option<&'a str>,
}

type Checked<T = Value> = Result<T, Wrong>;

fn wrong<T>(what: impl Into<String>, hint: impl Into<String>) -> Checked<T> {
    Err(Wrong { what: what.into(), hint: hint.into(), entry: None })
}

impl Spot<'_> {
    /// The value, if the key takes it.
    pub(super) fn check(&self, value: &DeValue<'_>) -> Checked {
        match self.key.kind {
            Kind::Model => self.text(value).and_then(|t| self.model(t)).map(Value::String),
            Kind::Words => self.entries(value, Self::word),
            Kind::Chain => self.entries(value, Self::link),
            Kind::Classes => self.entries(value, Self::class),
            Kind::Whole { min, max, why, .. } => self.whole(value, min, max, why).map(Value::Integer),
            Kind::Rate => self.rate(value).map(Value::Float),
            Kind::Amount { max } => self.amount(value, max).map(Value::Float),
            Kind::Duration => self.text(value).and_then(|t| self.duration(t)).map(Value::String),
            Kind::Switch => value.as_bool().map(Value::Boolean).map_or_else(|| self.wrong_type(value), Ok),
            Kind::Host => self.text(value).and_then(|t| self.host(t)).map(Value::String),
            Kind::Hosts => self.entries(value, Self::bare_host),
            Kind::Endpoint => self.text(value).and_then(|t| self.endpoint(t)).map(Value::String),
            Kind::Name { reserved } => self.text(value).and_then(|t| self.row_name(t, reserved)).map(Value::String),
            Kind::Backend => self.text(value).and_then(|t| self.row_name(t, &[])).map(Value::String),
            Kind::RemoteModel | Kind::MaybeModel => self.text(value).and_then(|t| self.remote_model(t)).map(Value::String),
            Kind::DisplayName => self.text(value).and_then(|t| self.display_name(t)).map(Value::String),
            Kind::Playbook => self.text(value).and_then(|t| self.playbook(t)).map(Value::String),
            Kind::Text { most, empty } => self.text(value).and_then(|t| self.some_text(t, most, empty)).map(Value::String),
            Kind::Texts => self.entries(value, Self::allowed),
            Kind::Variable => self.text(value).and_then(|t| self.variable(t)).map(Value::String),
            Kind::Command => self.command(value),
            Kind::OneOf { words, why } => self.text(value).and_then(|t| self.one_of(t, words, why)).map(Value::String),
        }
    }

    /// The error for a value of another type.
    pub(super) fn wrong_type<T>(&self, value: &DeValue<'_>) -> Checked<T> {
        let found = match self.given {
            Some(given) => format!("`{given}`"),
            None => type_words(value).to_owned(),
        };
        wrong(
            format!("`{}` wants {}, found {found}", self.name, self.key.kind.wants()),
            format!("write it as `{}`", self.example),
        )
    }

    fn text<'v>(&self, value: &'v DeValue<'_>) -> Checked<&'v str> {
        value.as_str().map_or_else(|| self.wrong_type(value), Ok)
    }

    /// Every entry of a list through `check`.
    fn entries(&self, value: &DeValue<'_>, check: impl Fn(&Self, &str) -> Checked<String>) -> Checked {
        const MOST: usize = 1000;
        let array: &DeArray<'_> = value.as_array().map_or_else(|| self.wrong_type(value), Ok)?;
        if array.len() > MOST {
            return wrong(format!("`{}` has {} entries", self.name, array.len()), format!("{MOST} is the most"));
        }
        let mut checked = Vec::with_capacity(array.len());
        for (index, entry) in array.iter().enumerate() {
            let text = entry.get_ref().as_str().map_or_else(|| self.wrong_entry(entry.get_ref()), Ok);
            let text = text.and_then(|t| check(self, t)).map_err(|w| Wrong { entry: Some(index), ..w })?;
            checked.push(Value::String(text));
        }
        Ok(Value::Array(checked))
    }

    fn wrong_entry<T>(&self, entry: &DeValue<'_>) -> Checked<T> {
        let what = format!("`{}` wants {}, found {} in it", self.name, self.key.kind.wants(), type_words(entry));
        wrong(what, format!("write it as `{}`", self.example))
    }

    fn class(&self, text: &str) -> Checked<String> {
        if CLASSES.contains(&text) {
            return Ok(text.to_owned());
        }
        let hint = match nearest(text, CLASSES) {
            Some(class) => format!("did you mean `{class}`?"),
            None => format!("the classes are {}", list(&CLASSES, "and")),
        };
        wrong(format!("`{}`: there is no class `{text}`", self.name), hint)
    }

    fn duration(&self, text: &str) -> Checked<String> {
        const DAY: Duration = Duration::from_secs(86_400);
        let forms = "write a whole number and a unit: \"250ms\", \"30s\" or \"2m\"";
        match duration::parse(text) {
            None => wrong(format!("`{}`: `{text}` is no duration", self.name), forms),
            Some(Duration::ZERO) => wrong(format!("`{}` must be more than nothing", self.name), forms),
            Some(long) if long > DAY => wrong(format!("`{}` must be at most 24 hours", self.name), forms),
            Some(_) => Ok(text.trim().to_owned()),
        }
    }

    fn one_of(&self, text: &str, words: &[&str], why: &str) -> Checked<String> {
        if words.contains(&text) {
            return Ok(text.to_owned());
        }
        let hint = match nearest(text, words.iter().copied()) {
            _ if !why.is_empty() => why.to_owned(),
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write it as `{}`", self.example),
        };
        wrong(format!("`{}` must be {}, found `{text}`", self.name, list(words, "or")), hint)
    }
}

/// A type in plain words.
pub(super) fn type_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
