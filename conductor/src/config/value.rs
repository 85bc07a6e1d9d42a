//! Checking one value against what its key takes. Pure; knows nothing of files.
//!
//! What must stay true: what passes here can be read into the types of `types`, so that serde never has to complain.

use super::duration;
use super::error::is_hidden;
use super::nearest::nearest;
use super::schema::{CLASSES, Key, Kind, SLOTS, list};
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
            Kind::Duration => self.text(value).and_then(|t| self.duration(t)).map(Value::String),
            Kind::Switch => value.as_bool().map(Value::Boolean).map_or_else(|| self.wrong_type(value), Ok),
            Kind::Host => self.text(value).and_then(|t| self.host(t)).map(Value::String),
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

    fn model(&self, text: &str) -> Checked<String> {
        let name = self.model_name(text)?;
        if SLOTS.contains(&name.as_str()) {
            return wrong(
                format!("`{}` wants the name of a model, found the slot `{name}`", self.name),
                format!("write a model, as in `{}`; a model that is really called so is `{name}:latest`", self.example),
            );
        }
        Ok(name)
    }

    fn model_name(&self, text: &str) -> Checked<String> {
        let name = text.trim();
        if name.is_empty() {
            return wrong(format!("`{}` names no model", self.name), format!("write a model, as in `{}`", self.example));
        }
        if name.len() > 200 || name.contains(|c: char| c.is_whitespace() || is_hidden(c)) {
            let hint = "names of models have at most 200 characters, without spaces; `ollama list` shows them";
            return wrong(format!("`{}`: `{name}` cannot be the name of a model", self.name), hint);
        }
        Ok(name.to_owned())
    }

    fn word(&self, text: &str) -> Checked<String> {
        const MOST: usize = 100;
        let word = text.trim();
        if word.is_empty() {
            return wrong(format!("`{}` has an empty word", self.name), "take it out: it would be found everywhere");
        }
        if word.chars().count() > MOST || word.contains(is_hidden) {
            let hint = format!("a word has at most {MOST} characters, and none of them hidden");
            return wrong(format!("`{}`: `{word}` cannot be a word to look for", self.name), hint);
        }
        Ok(word.to_owned())
    }

    /// An entry of a fallback chain. A word that is nearly a slot is taken for a slip, not for a model of that name.
    fn link(&self, text: &str) -> Checked<String> {
        let entry = self.model_name(text)?;
        if entry == self.key.name {
            let hint = format!("take `{entry}` out: this list is read when `{entry}` has failed");
            return wrong(format!("`{}` falls back to itself", self.name), hint);
        }
        if SLOTS.contains(&entry.as_str()) || entry.contains([':', '/']) {
            return Ok(entry);
        }
        let classes = CLASSES.contains(&entry.as_str());
        match nearest(&entry, SLOTS) {
            Some(slot) => wrong(
                format!("`{}`: there is no slot `{entry}`", self.name),
                format!("did you mean `{slot}`? a model that is really called so is `{entry}:latest`"),
            ),
            None if classes => {
                wrong(format!("`{}`: there is no slot `{entry}`", self.name), format!("the slots are {}", list(&SLOTS, "and")))
            }
            None => Ok(entry),
        }
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

    fn whole(&self, value: &DeValue<'_>, min: u64, max: u64, why: &str) -> Checked<i64> {
        let integer = value.as_integer().map_or_else(|| self.wrong_type(value), Ok)?;
        // The parser lets through more digits than any number type holds.
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
        let hint = || if why.is_empty() { format!("write it as `{}`", self.example) } else { why.to_owned() };
        if number < i128::from(min) {
            return wrong(format!("`{}` must be at least {min}, found {integer}", self.name), hint());
        }
        match i64::try_from(number) {
            Ok(number) if number.unsigned_abs() <= max => Ok(number),
            _ => wrong(
                format!("`{}` must be at most {max}, found {integer}", self.name),
                format!("write it as `{}`", self.example),
            ),
        }
    }

    fn rate(&self, value: &DeValue<'_>) -> Checked<f64> {
        let number = match value {
            DeValue::Float(float) => float.as_str().parse::<f64>().unwrap_or(f64::NAN),
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().unwrap_or(f64::NAN),
            _ => return self.wrong_type(value),
        };
        if number.is_finite() && number > 0.0 {
            return Ok(number);
        }
        wrong(format!("`{}` must be more than 0", self.name), format!("write it as `{}`", self.example))
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

    /// Only what no server's address can be; the backend that connects reads it in full.
    fn host(&self, text: &str) -> Checked<String> {
        let host = text.trim();
        let hint = "write \"host\", \"host:port\" or \"http://host:port\"";
        let scheme = host.split_once("://").map(|(scheme, _)| scheme.to_lowercase());
        let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
        if rest.is_empty() || host.contains(|c: char| c.is_whitespace() || is_hidden(c)) {
            return wrong(format!("`{}`: `{host}` is no address of a server", self.name), hint);
        }
        match scheme.as_deref() {
            None | Some("http" | "https") => Ok(host.to_owned()),
            Some(scheme) => wrong(format!("`{}`: Ollama does not speak `{scheme}`", self.name), hint),
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
