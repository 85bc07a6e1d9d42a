//! The files of the vocabulary and of the weights, as they are written.

use super::CLASSES;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use toml::de::ValueDeserializer;

/// What one feature says: for each class, and of how hard a prompt is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in super::super) struct Weights {
    tools: f32,
    code: f32,
    math: f32,
    creative: f32,
    deep: f32,
    quick: f32,
    general: f32,
    /// Steps of complexity.
    pub(super) level: f32,
}

impl Weights {
    /// False where the key is none.
    fn set(&mut self, key: &str, value: f32) -> bool {
        let place = match key {
            "tools" => &mut self.tools,
            "code" => &mut self.code,
            "math" => &mut self.math,
            "creative" => &mut self.creative,
            "deep" => &mut self.deep,
            "quick" => &mut self.quick,
            "general" => &mut self.general,
            "level" => &mut self.level,
            _ => return false,
        };
        *place = value;
        true
    }

    pub(super) fn classes(&self) -> [f32; CLASSES] {
        [self.tools, self.code, self.math, self.creative, self.deep, self.quick, self.general]
    }
}

/// `config/vocabulary.toml`: what is written by hand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    pub(super) polite: Vec<String>,
    pub(super) conversation: Conversation,
    pub(super) groups: BTreeMap<String, String>,
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) examples: BTreeMap<String, String>,
}

pub(super) type Table = BTreeMap<String, Weights>;

/// `config/routing.toml`: what is learnt, or set by hand. One entry a line.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) calibration: Calibration,
    pub(super) base: Weights,
    pub(super) levels: BTreeMap<String, f32>,
    pub(super) signals: Table,
    pub(super) groups: Table,
    pub(super) openings: Table,
    pub(super) crossings: Table,
    pub(super) words: Table,
    pub(super) pairs: Table,
    pub(super) verbs: Table,
    pub(super) begins: Table,
    pub(super) last: Table,
}

impl Learnt {
    /// Reads the file line by line: a document of all its small tables at once would take some forty times the memory of what
    /// comes of it, and the allocator would keep that.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut learnt = Self::default();
        let mut section = "";
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(name) => section = name,
                None => learnt.take(section, text).map_err(|error| format!("line {line}: {error}"))?,
            }
        }
        Ok(learnt)
    }

    fn take(&mut self, section: &str, line: &str) -> Result<(), String> {
        // No key holds the sign.
        let (key, written) = line.split_once('=').ok_or("there is no `=`")?;
        let (key, written) = (key.trim(), written.trim());
        let key = if key.starts_with('"') { value::<String>(key)? } else { key.to_owned() };
        let known = match section {
            "calibration" => self.calibration.set(&key, value(written)?),
            "base" => self.base.set(&key, value(written)?),
            "levels" => self.levels.insert(key, value(written)?).is_none(),
            _ => {
                let table = self.table(section).ok_or_else(|| format!("there is no section `{section}`"))?;
                table.insert(key, value(written)?).is_none()
            }
        };
        if known { Ok(()) } else { Err("the key is unknown, or stands there twice".to_owned()) }
    }

    fn table(&mut self, section: &str) -> Option<&mut Table> {
        Some(match section {
            "signals" => &mut self.signals,
            "groups" => &mut self.groups,
            "openings" => &mut self.openings,
            "crossings" => &mut self.crossings,
            "words" => &mut self.words,
            "pairs" => &mut self.pairs,
            "verbs" => &mut self.verbs,
            "begins" => &mut self.begins,
            "last" => &mut self.last,
            _ => return None,
        })
    }
}

fn value<T: DeserializeOwned>(written: &str) -> Result<T, String> {
    let value = ValueDeserializer::parse(written).map_err(|error| error.to_string())?;
    T::deserialize(value).map_err(|error| error.to_string())
}

/// How sure a score makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calibration {
    pub(super) temperature: f32,
    pub(super) tail: f32,
}

impl Calibration {
    /// False where the key is none.
    fn set(&mut self, key: &str, value: f32) -> bool {
        match key {
            "temperature" => self.temperature = value,
            "tail" => self.tail = value,
            _ => return false,
        }
        true
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0, tail: 1.0 }
    }
}

/// How a conversation bears upon its next prompt.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Conversation {
    /// What the class of the last question is worth to a prompt that only makes sense after it.
    pub(in super::super) sticky: f32,
    /// How prompts begin that go on.
    pub(in super::super) goes_on: Vec<String>,
    /// Words that stand for something said before.
    pub(in super::super) refers: Vec<String>,
    /// Words of prompts that begin something else.
    pub(in super::super) switches: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, wrong) in [
            ("[base]\ncode = 1.0", None),
            ("# a comment\n\n[words]\n\"as if\" = { code = 1, level = -0.5 }\n0 = { math = 2.0 }", None),
            ("[words]\nx = { cod = 1.0 }", Some("line 2: unknown field `cod`")),
            ("[words]\nx = 1.0", Some("line 2: invalid type")),
            ("[words]\nx = { code = 1.0 }\nx = { code = 2.0 }", Some("line 3: the key is unknown, or stands there twice")),
            ("[wrods]\nx = { code = 1.0 }", Some("line 2: there is no section `wrods`")),
            ("[base]\ncod = 1.0", Some("line 2: the key is unknown")),
            ("[base]\ncode", Some("line 2: there is no `=`")),
        ] {
            let told = Learnt::read(text).err();
            match wrong {
                None => assert_eq!(told, None, "{text}"),
                Some(wrong) => assert!(told.as_deref().is_some_and(|told| told.contains(wrong)), "{text}: {told:?}"),
            }
        }
        let learnt = Learnt::read("[words]\n\"as if\" = { code = 1, level = -0.5 }").unwrap();
        assert_eq!(learnt.words["as if"], Weights { code: 1.0, level: -0.5, ..Weights::default() });
    }
}
