//! What things are called: models, rows, variables; words and other texts.

use super::{Checked, Spot, wrong};
use crate::config::error::is_hidden;
use crate::config::nearest::nearest;
use crate::config::schema::{CLASSES, REGEX, SLOTS, list};
use toml::Value;
use toml::de::DeValue;

impl Spot<'_> {
    pub(super) fn model(&self, text: &str) -> Checked<String> {
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

    pub(super) fn word(&self, text: &str) -> Checked<String> {
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
    pub(super) fn link(&self, text: &str) -> Checked<String> {
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

    /// The id of a row: small letters, so that two rows never differ in case alone.
    pub(super) fn row_name(&self, text: &str, reserved: &[&str]) -> Checked<String> {
        const MOST: usize = 64;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if text.is_empty()
            || text.len() > MOST
            || !text.starts_with(plain)
            || !text.chars().all(|c| plain(c) || "-_.".contains(c))
        {
            let hint =
                format!("small letters, digits, `-`, `_` and `.`, at most {MOST}, a letter or digit first: `{}`", self.example);
            return wrong(format!("`{}`: `{text}` cannot be a name here", self.name), hint);
        }
        if reserved.contains(&text) {
            return wrong(format!("`{}`: `{text}` is built in", self.name), "choose another name");
        }
        Ok(text.to_owned())
    }

    /// The name of a playbook: at least a kind of task and a family of models.
    pub(super) fn playbook(&self, text: &str) -> Checked<String> {
        // Three parts of 40 characters.
        const MOST: usize = 122;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let parts = text.split_once('-').is_some_and(|(base, rest)| !base.is_empty() && !rest.is_empty());
        if !parts || text.len() > MOST || text.ends_with('-') || !text.chars().all(plain) {
            let hint = format!(
                "write kind of question and family of models, as in `{}`; `segno playbook list` shows them",
                self.example
            );
            return wrong(format!("`{}`: `{text}` cannot be the name of a playbook", self.name), hint);
        }
        Ok(text.to_owned())
    }

    /// Empty is allowed: then the id, or Segno, says it.
    pub(super) fn remote_model(&self, text: &str) -> Checked<String> {
        if text.trim().is_empty() { Ok(String::new()) } else { self.model_name(text) }
    }

    /// One line that a terminal shows as it stands. Empty is allowed: then the id says it.
    pub(super) fn display_name(&self, text: &str) -> Checked<String> {
        const MOST: usize = 40;
        let name = text.trim();
        if name.is_empty() && !text.is_empty() {
            return wrong(format!("`{}` has nothing but spaces", self.name), format!("write a name, as in `{}`", self.example));
        }
        if name.contains(is_hidden) {
            let hint = format!("a name is one line without control characters, as in `{}`", self.example);
            return wrong(format!("`{}`: `{name}` cannot be shown", self.name), hint);
        }
        let columns = unicode_width::UnicodeWidthStr::width(name);
        if columns > MOST {
            return wrong(format!("`{}` takes {columns} columns", self.name), format!("{MOST} is the most"));
        }
        Ok(name.to_owned())
    }

    /// A text for which space at its ends counts; where it may be `empty`, space alone is nothing.
    pub(super) fn some_text(&self, text: &str, most: usize, empty: bool) -> Checked<String> {
        if empty && text.trim().is_empty() { Ok(String::new()) } else { self.as_it_stands(text, most) }
    }

    /// A text for which space at its ends counts.
    pub(super) fn as_it_stands(&self, text: &str, most: usize) -> Checked<String> {
        if text.trim().is_empty() {
            return wrong(format!("`{}` is empty", self.name), format!("write it as `{}`", self.example));
        }
        let length = text.chars().count();
        if length > most {
            return wrong(format!("`{}` has {length} characters", self.name), format!("{most} is the most"));
        }
        if text.contains(|c: char| is_hidden(c) && !"\n\r\t".contains(c)) {
            return wrong(format!("`{}` has hidden characters", self.name), "take them out, or write them as escapes");
        }
        Ok(text.to_owned())
    }

    /// An entry of `secrets.allow`. What is wrong with one is said without repeating it.
    pub(super) fn allowed(&self, text: &str) -> Checked<String> {
        const MOST: usize = 2000;
        if text.strip_prefix(REGEX).is_some_and(|pattern| pattern.trim().is_empty()) {
            let hint = format!("write a regular expression after `{REGEX}`, or take the entry out");
            return wrong(format!("`{}` has a `{REGEX}` with nothing after it", self.name), hint);
        }
        self.as_it_stands(text, MOST)
    }

    /// The name of a variable. What is wrong is said without repeating it: it may be the key itself.
    pub(super) fn variable(&self, text: &str) -> Checked<String> {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.len() > 100 || !text.chars().all(part) || text.starts_with(|c: char| c.is_ascii_digit()) {
            let hint = format!(
                "write the variable that holds the key, never the key: `{}`; `segno keys set` stores a key",
                self.example
            );
            return wrong(format!("`{}` is not the name of an environment variable", self.name), hint);
        }
        Ok(text.to_owned())
    }

    /// A program and its arguments. They are run as they stand, so nothing is trimmed or split.
    pub(super) fn command(&self, value: &DeValue<'_>) -> Checked {
        let words = self.entries(value, |spot, text| {
            if text.contains(is_hidden) {
                return wrong(format!("`{}` has hidden characters", spot.name), "take them out");
            }
            Ok(text.to_owned())
        })?;
        let program = words.as_array().and_then(|words| words.first()).and_then(Value::as_str);
        match program {
            Some(program) if program.trim().is_empty() => {
                wrong(format!("`{}` names no program", self.name), format!("write it as `{}`", self.example))
            }
            _ => Ok(words),
        }
    }
}
