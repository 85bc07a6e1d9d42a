//! Reads samples, one JSON object a line.
//!
//! What must stay true: a bad line costs itself alone, and is named with its field; nothing that a line says is passed over.

mod fields;

pub(super) use fields::Fields;

use super::Sample;
use super::clean::said;
use super::numeric::truth_quantity;
use super::sample::Grader;
use super::{auto, choice};
use std::collections::HashMap;
use std::fmt;

/// Why a line was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LineError {
    /// The line, from 1 on.
    pub line: usize,
    /// The field that is meant; `None` where it is the line as a whole.
    pub field: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        f.write_str(&self.what)
    }
}

/// What was read: the good lines, and what is wrong with the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// In the order of the file.
    pub samples: Vec<Sample>,
    /// In the order of the file, one for each line that was not taken.
    pub errors: Vec<LineError>,
}

/// Reads the lines of a file. Empty lines are passed over. An `id` that stands on an earlier line already is an error of the later one.
pub fn read_jsonl(bytes: &[u8]) -> Loaded {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut loaded = Loaded::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, bytes) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = at + 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match one(bytes) {
            Ok(sample) => match seen.get(&sample.id) {
                Some(first) => {
                    let what = format!("\"{}\" is the name of line {first} already", sample.id);
                    loaded.errors.push(LineError { line, field: Some("id".to_owned()), what });
                }
                None => {
                    seen.insert(sample.id.clone(), line);
                    loaded.samples.push(sample);
                }
            },
            Err(Fault { field, what }) => loaded.errors.push(LineError { line, field, what }),
        }
    }
    loaded
}

fn one(bytes: &[u8]) -> Result<Sample, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::line("it is not UTF-8"))?;
    let fields: Fields = serde_json::from_str(text).map_err(|error| Fault::line(json_fault(&error)))?;
    Sample::try_from(fields)
}

/// What a parser says, with the column alone: it saw one line, and counted that.
fn json_fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    format!("{what}, at column {}", error.column())
}

/// What is wrong with a line, before its number is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: Option<String>,
    pub(super) what: String,
}

impl Fault {
    fn line(what: impl Into<String>) -> Self {
        Self { field: None, what: what.into() }
    }

    fn at(field: &str, what: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "`{field}`: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl TryFrom<Fields> for Sample {
    type Error = Fault;

    fn try_from(fields: Fields) -> Result<Self, Fault> {
        let sample = fields.sample()?;
        fits(&sample)?;
        Ok(sample)
    }
}

/// Whether the fields of a sample fit each other: each of them must mean something to its grader.
fn fits(sample: &Sample) -> Result<(), Fault> {
    let has = [
        ("pattern", sample.pattern.is_some(), Grader::Pattern),
        ("schema", sample.schema.is_some(), Grader::Schema),
        ("choices", !sample.choices.is_empty(), Grader::Choice),
        ("tolerance", sample.tolerance.is_some(), Grader::Numeric),
        ("threshold", sample.threshold.is_some(), Grader::F1),
    ];
    let grader = auto::chosen(sample);
    for (field, there, wanted) in has {
        if there && grader != wanted {
            return Err(Fault::at(field, format!("it means nothing to the grader {}", name(grader))));
        }
        let needed = matches!(wanted, Grader::Pattern | Grader::Schema | Grader::Choice);
        if needed && grader == wanted && !there {
            return Err(Fault::at(field, format!("the grader {} needs it", name(grader))));
        }
    }
    if grader == Grader::Schema && sample.truth.is_some() && sample.grader.is_none() {
        return Err(Fault::at("answer", "a schema is there, too: say in `grader` which of them is meant"));
    }
    sample.truths().iter().try_for_each(|truth| truth_fits(sample, grader, truth))
}

/// The word for a grader.
fn name(grader: Grader) -> String {
    serde_json::to_value(grader).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn truth_fits(sample: &Sample, grader: Grader, truth: &str) -> Result<(), Fault> {
    if said(truth).is_empty() {
        return Err(Fault::at("answer", "it is empty: leave the field out where no answer is known"));
    }
    match grader {
        Grader::Numeric if truth_quantity(truth).is_none() => {
            Err(Fault::at("answer", format!("\"{truth}\" is not a number, with or without a unit")))
        }
        Grader::Choice => choice::right(&sample.choices, truth).map(|_| ()).map_err(|what| Fault::at("answer", what)),
        Grader::Pattern if sample.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(truth)) => {
            Err(Fault::at("answer", "the pattern does not match it"))
        }
        _ => Ok(()),
    }
}
