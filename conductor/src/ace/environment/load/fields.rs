//! The fields of a line, as they were written, and what each may be.

use super::Fault;
use crate::ace::environment::choice::{MOST, letter};
use crate::ace::environment::clean::said;
use crate::ace::environment::sample::{Accepted, Grader, Sample, Truth};
use crate::ace::environment::{Pattern, Schema, Tolerance};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Number, Value};
use std::fmt;

/// The fields that a sample may have.
const KNOWN: [&str; 10] =
    ["id", "question", "context", "answer", "choices", "tolerance", "threshold", "pattern", "schema", "grader"];

/// The fields of a line. A name may stand in it twice, which a map of JSON would hide.
pub(in super::super) struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object in braces")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl Fields {
    /// The sample of these fields, each for itself.
    pub(super) fn sample(self) -> Result<Sample, Fault> {
        let mut sample = Sample::default();
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in self.0 {
            if seen.contains(&name) {
                return Err(Fault::at(&name, "it stands there twice"));
            }
            if !KNOWN.contains(&name.as_str()) {
                return Err(Fault::at(&name, unknown(&name)));
            }
            // `null` is the same as a field that is left out.
            if !value.is_null() {
                put(&mut sample, &name, value).map_err(|what| Fault::at(&name, what))?;
            }
            seen.push(name);
        }
        for (name, text) in [("id", &sample.id), ("question", &sample.question)] {
            if text.is_empty() {
                return Err(Fault::at(name, "it is missing"));
            }
        }
        Ok(sample)
    }
}

/// There is no such field, and which one may be meant.
fn unknown(name: &str) -> String {
    let near = KNOWN
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, &name.to_lowercase().chars().take(40).collect::<String>()), known));
    match near.min().filter(|(apart, _)| *apart <= 2) {
        Some((_, known)) => format!("there is no such field; is `{known}` meant?"),
        None => format!("there is no such field; there are {}", KNOWN.join(", ")),
    }
}

fn put(sample: &mut Sample, name: &str, value: Value) -> Result<(), String> {
    match name {
        "id" => sample.id = id(&value)?,
        "question" => sample.question = text(&value)?,
        "context" => sample.context = Some(text(&value)?),
        "answer" => sample.truth = Some(truth(value)?),
        "choices" => sample.choices = choices(&value)?,
        "tolerance" => sample.tolerance = Some(tolerance(value)?),
        "threshold" => sample.threshold = Some(threshold(&value)?),
        "pattern" => sample.pattern = Some(Pattern::new(value.as_str().ok_or("it must be text")?)?),
        "schema" => sample.schema = Some(Schema::new(value)?),
        _ => sample.grader = Some(grader(value)?),
    }
    Ok(())
}

fn id(value: &Value) -> Result<String, String> {
    match value {
        Value::String(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("it must be text or a number".to_owned()),
    }
}

fn text(value: &Value) -> Result<String, String> {
    let text = value.as_str().filter(|text| !text.trim().is_empty());
    text.map(str::to_owned).ok_or_else(|| "it must be text with something in it".to_owned())
}

fn accepted(value: Value) -> Result<Accepted, String> {
    match value {
        Value::String(text) if said(&text).is_empty() => {
            Err("it is empty: leave the field out where no answer is known".to_owned())
        }
        Value::String(text) => Ok(Accepted::Text(text)),
        // Larger ones have lost digits when they come here.
        Value::Number(number) if is_inexact(&number) => {
            Err("this number is too large to be kept digit by digit: put it in quotes".to_owned())
        }
        Value::Number(number) => Ok(Accepted::Number(number)),
        _ => Err("it must be text, a number, or a list of them".to_owned()),
    }
}

/// Whether a number may have lost digits: one that is no integer for the parser, at 2^53 or above.
fn is_inexact(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_none_or(|value| value.abs() >= 9_007_199_254_740_992.0)
}

fn truth(value: Value) -> Result<Truth, String> {
    match value {
        Value::Array(all) if all.is_empty() => Err("the list is empty: leave the field out where no answer is known".to_owned()),
        Value::Array(all) => Ok(Truth::Several(all.into_iter().map(accepted).collect::<Result<_, _>>()?)),
        one => Ok(Truth::One(accepted(one)?)),
    }
}

fn choices(value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("it must be a list of 2 to {MOST} texts or numbers");
    let all = value.as_array().filter(|all| (2..=MOST).contains(&all.len())).ok_or_else(wrong)?;
    let texts: Option<Vec<String>> = all.iter().map(|choice| id(choice).ok()).collect();
    let mut texts = texts.ok_or_else(wrong)?;
    // `A) Paris`, where each has its own letter: the letters are not part of the texts.
    let bare = |(at, text): (usize, &String)| {
        let rest = text.strip_prefix(letter(at)).or_else(|| text.strip_prefix('(')?.strip_prefix(letter(at)))?;
        let rest = rest.strip_prefix([')', '.', ':'])?.trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    if let Some(all) = texts.iter().enumerate().map(bare).collect() {
        texts = all;
    }
    let mut sorted = texts.clone();
    sorted.sort();
    sorted.dedup();
    if sorted.len() < texts.len() { Err("two of them are the same".to_owned()) } else { Ok(texts) }
}

fn tolerance(value: Value) -> Result<Tolerance, String> {
    let wrong = "it must be a number, a text as \"1%\", or {\"absolute\": …, \"relative\": …}, and not negative";
    let read = match value {
        Value::Number(number) => number.as_f64().map(|absolute| Tolerance { absolute, relative: 0.0 }),
        Value::String(text) => {
            let percent = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            percent.map(|percent| Tolerance { absolute: 0.0, relative: percent / 100.0 })
        }
        other => serde_json::from_value(other).ok(),
    };
    let good =
        |tolerance: &Tolerance| [tolerance.absolute, tolerance.relative].iter().all(|bound| bound.is_finite() && *bound >= 0.0);
    read.filter(good).ok_or_else(|| wrong.to_owned())
}

fn threshold(value: &Value) -> Result<f32, String> {
    let threshold = value.as_f64().filter(|threshold| *threshold > 0.0 && *threshold <= 1.0);
    threshold.map(|threshold| threshold as f32).ok_or_else(|| "it must be above 0 and at most 1".to_owned())
}

fn grader(value: Value) -> Result<Grader, String> {
    let wrong = "it must be auto, exact, normalised, numeric, choice, f1, contains_all, contains_any, pattern or schema";
    serde_json::from_value(value).map_err(|_| wrong.to_owned())
}
