//! What a curator and a reflector propose, read from the JSON that they wrote.
//!
//! What must stay true: one bad operation costs that operation alone, and its reason is said; nothing is guessed: a part that is
//! missing or of another type is a reason, not a default; counters are only added to, by small whole numbers.

use super::clean;
use crate::domain::{Counts, Reject, RejectReason};
use serde_json::{Map, Value};

/// The most that one operation may count. Far above what is counted of it, and far below what could hide among real counts.
const MOST_COUNTED: u64 = 10;

/// The most operations of one answer that are looked at.
pub const MOST_OPERATIONS: usize = 200;

/// The longest reasoning that is kept, in characters.
const LONGEST_REASONING: usize = 2000;

/// What was observed of a bullet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// It helped.
    Helpful,
    /// It did harm.
    Harmful,
    /// Neither.
    Neutral,
}

impl Tag {
    /// The tag called `word`, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "helpful" => Some(Self::Helpful),
            "harmful" => Some(Self::Harmful),
            "neutral" => Some(Self::Neutral),
            _ => None,
        }
    }

    /// So many of it.
    pub fn counts(self, n: u32) -> Counts {
        match self {
            Self::Helpful => Counts { helpful: n, ..Counts::NONE },
            Self::Harmful => Counts { harmful: n, ..Counts::NONE },
            Self::Neutral => Counts { neutral: n, ..Counts::NONE },
        }
    }
}

/// One change that is proposed. Names of bullets are as they were written; [`super::apply`] looks them up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A new bullet.
    Add {
        /// Under which heading; empty for none.
        section: String,
        /// The advice.
        content: String,
    },
    /// Other words for one.
    Update {
        /// Which.
        id: String,
        /// The advice.
        content: String,
    },
    /// It was observed to do something.
    Tag {
        /// Which.
        id: String,
        /// What.
        tag: Tag,
        /// How often; 1 to 10.
        n: u32,
    },
    /// One goes.
    Remove {
        /// Which.
        id: String,
    },
}

/// A batch of changes that is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Why; may be empty. One line.
    pub reasoning: String,
    /// What can be understood, with the place of each in the answer, counted from 0. An operation that counts two tags stands
    /// here twice, with one place.
    pub operations: Vec<(u32, Operation)>,
    /// What cannot.
    pub rejects: Vec<Reject>,
}

impl Proposal {
    /// The batch of `operations`, for what did not come from a model's JSON.
    pub fn of(operations: Vec<Operation>) -> Self {
        let operations = (0..).zip(operations).collect();
        Self { operations, ..Self::default() }
    }

    /// Reads a curator's answer: `{"reasoning": …, "operations": [{"type": "ADD", …}]}`. A list alone is read as the operations.
    ///
    /// # Errors
    /// A sentence where there is no list of operations at all.
    pub fn read(answer: &Value) -> Result<Self, String> {
        let (list, reasoning) = match answer {
            Value::Array(list) => (list, None),
            Value::Object(object) => match object.get("operations") {
                Some(Value::Array(list)) => (list, object.get("reasoning").and_then(Value::as_str)),
                Some(_) => return Err("`operations` is no list".to_owned()),
                None => return Err("`operations` is missing".to_owned()),
            },
            _ => return Err("the answer is no object".to_owned()),
        };
        let reasoning = clean::one_line(reasoning.unwrap_or("")).chars().take(LONGEST_REASONING).collect();
        let mut proposal = Self { reasoning, ..Self::default() };
        for (at, item) in (0..).zip(list.iter().take(MOST_OPERATIONS)) {
            match operations(item) {
                Ok(found) => proposal.operations.extend(found.into_iter().map(|operation| (at, operation))),
                Err(reason) => proposal.rejects.push(Reject { at, reason }),
            }
        }
        if list.len() > MOST_OPERATIONS {
            let most = MOST_OPERATIONS as u32;
            proposal.rejects.push(Reject { at: most, reason: RejectReason::TooMany { most } });
        }
        Ok(proposal)
    }

    /// Reads a reflector's `bullet_tags: [{"id": …, "tag": …}]` from its answer. An answer without them has none.
    pub fn read_tags(answer: &Value) -> Self {
        let mut proposal = Self::default();
        let list = answer.get("bullet_tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (at, item) in (0..).zip(list.iter().take(MOST_OPERATIONS)) {
            let read = item.as_object().ok_or_else(|| malformed(NO_OBJECT)).and_then(tags);
            match read {
                Ok(found) => proposal.operations.extend(found.into_iter().map(|operation| (at, operation))),
                Err(reason) => proposal.rejects.push(Reject { at, reason }),
            }
        }
        proposal
    }
}

/// A change is a JSON object.
const NO_OBJECT: &str = "it is not written as a change";

fn malformed(what: impl Into<String>) -> RejectReason {
    RejectReason::Malformed { what: what.into() }
}

/// The operations of one item of the list.
fn operations(item: &Value) -> Result<Vec<Operation>, RejectReason> {
    let object = item.as_object().ok_or_else(|| malformed(NO_OBJECT))?;
    let name = match object.get("type").or_else(|| object.get("op")).or_else(|| object.get("operation")) {
        Some(Value::String(name)) => clean::one_line(name),
        Some(_) => return Err(malformed("`type` is no text")),
        None => return Err(malformed("`type` is missing")),
    };
    match name.to_ascii_uppercase().as_str() {
        "ADD" => {
            sets_counters(object)?;
            let section = optional(object, "section")?.unwrap_or_default();
            Ok(vec![Operation::Add { section, content: content(object)? }])
        }
        "UPDATE" => {
            sets_counters(object)?;
            Ok(vec![Operation::Update { id: id(object)?, content: content(object)? }])
        }
        "TAG" => tags(object),
        "REMOVE" => Ok(vec![Operation::Remove { id: id(object)? }]),
        _ => Err(RejectReason::UnknownType { name: name.chars().take(40).collect() }),
    }
}

/// Counters are counted, never set: not by `metadata`, and not beside the words.
fn sets_counters(object: &Map<String, Value>) -> Result<(), RejectReason> {
    let within =
        |object: &Map<String, Value>| object.iter().any(|(name, value)| Tag::parse(name).is_some() && value.as_i64() != Some(0));
    let inner = object.get("metadata").and_then(Value::as_object).is_some_and(within);
    if inner || within(object) { Err(malformed("it sets counters; TAG alone counts")) } else { Ok(()) }
}

fn optional(object: &Map<String, Value>, name: &str) -> Result<Option<String>, RejectReason> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(malformed(format!("`{name}` is no text"))),
    }
}

fn content(object: &Map<String, Value>) -> Result<String, RejectReason> {
    optional(object, "content")?.ok_or_else(|| malformed("`content` is missing"))
}

/// The name of a bullet: text, or a bare number.
fn id(object: &Map<String, Value>) -> Result<String, RejectReason> {
    match object.get("bullet_id").or_else(|| object.get("id")) {
        Some(Value::String(id)) => Ok(clean::one_line(id).chars().take(80).collect()),
        Some(Value::Number(id)) if id.is_u64() => Ok(id.to_string()),
        Some(_) => Err(malformed("`bullet_id` names no bullet")),
        None => Err(malformed("`bullet_id` is missing")),
    }
}

/// A whole number from 1 to [`MOST_COUNTED`].
fn number(value: &Value) -> Result<u32, RejectReason> {
    let number = value.as_u64().filter(|n| (1..=MOST_COUNTED).contains(n)).and_then(|n| u32::try_from(n).ok());
    number.ok_or_else(|| malformed(format!("the count is no whole number from 1 to {MOST_COUNTED}")))
}

/// All forms in which tags are written: `"tag": "helpful"` with `n` or `count`, `"tag": {"helpful": 1}`, `"helpful": 1` beside the
/// name, `"metadata": {"helpful": 1}`. A 0 counts nothing and is no fault beside another.
fn tags(object: &Map<String, Value>) -> Result<Vec<Operation>, RejectReason> {
    let id = id(object)?;
    let counted = match object.get("tag") {
        Some(Value::String(word)) => {
            let tag = Tag::parse(word).ok_or_else(|| malformed("`tag` is none of helpful, harmful, neutral"))?;
            let n = object.get("n").or_else(|| object.get("count")).map_or(Ok(1), number)?;
            vec![(tag, n)]
        }
        Some(Value::Object(inner)) => counted(inner)?,
        Some(_) => return Err(malformed("`tag` is no text")),
        None => match object.get("metadata").and_then(Value::as_object) {
            Some(inner) => counted(inner)?,
            None => counted(object)?,
        },
    };
    if counted.is_empty() {
        return Err(malformed("`tag` is missing"));
    }
    Ok(counted.into_iter().map(|(tag, n)| Operation::Tag { id: id.clone(), tag, n }).collect())
}

fn counted(object: &Map<String, Value>) -> Result<Vec<(Tag, u32)>, RejectReason> {
    let named = object.iter().filter_map(|(name, value)| Tag::parse(name).map(|tag| (tag, value)));
    named.filter(|(_, value)| value.as_u64() != Some(0)).map(|(tag, value)| Ok((tag, number(value)?))).collect()
}

#[cfg(test)]
mod tests;
