//! Values against schemas.

use super::make::{Additional, Node, Type};
use super::spelled;
use serde_json::{Number, Value};

/// The most faults that are told.
const MOST: usize = 3;

/// Puts what of `value`, at `path`, does not fit `node` into `faults`.
pub(super) fn check(node: &Node, value: &Value, path: &str, faults: &mut Vec<String>) {
    if faults.len() >= MOST {
        return;
    }
    let at = if path.is_empty() { "it" } else { path };
    if !node.types.is_empty() && !node.types.iter().any(|kind| is_of(value, *kind)) {
        let wanted: Vec<&str> = node.types.iter().map(|kind| kind.name()).collect();
        faults.push(format!("{at} must be of type {}", wanted.join(" or ")));
        return;
    }
    if let Some(choices) = &node.choices
        && !choices.iter().any(|choice| same(choice, value))
    {
        let wanted: Vec<String> = choices.iter().take(5).map(|choice| spelled(&choice.to_string())).collect();
        faults.push(format!("{at} must be {}", wanted.join(" or ")));
    }
    match value {
        Value::Number(number) => in_range(node, number, at, faults),
        Value::String(text) => text_fits(node, text, at, faults),
        Value::Array(items) => {
            sized(node.count, items.len(), at, "items", faults);
            for (index, item) in items.iter().enumerate() {
                if let Some(schema) = node.items.as_deref().filter(|_| faults.len() < MOST) {
                    check(schema, item, &format!("{path}/{index}"), faults);
                }
            }
        }
        Value::Object(fields) => object_fits(node, fields, path, faults),
        Value::Null | Value::Bool(_) => {}
    }
    faults.truncate(MOST);
}

fn object_fits(node: &Node, fields: &serde_json::Map<String, Value>, path: &str, faults: &mut Vec<String>) {
    for name in &node.required {
        if !fields.contains_key(name) {
            faults.push(format!("{path}/{} is missing", plain(name)));
        }
    }
    for (name, value) in fields {
        if faults.len() >= MOST {
            return;
        }
        let at = format!("{path}/{}", plain(name));
        match (node.properties.get(name), &node.additional) {
            (Some(schema), _) => check(schema, value, &at, faults),
            (None, Additional::Any) => {}
            (None, Additional::None) => faults.push(format!("{at} must not be there")),
            (None, Additional::Fitting(schema)) => check(schema, value, &at, faults),
        }
    }
}

/// A name of a model's making, short and on one line.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn in_range(node: &Node, number: &Number, at: &str, faults: &mut Vec<String>) {
    let value = number.as_f64().unwrap_or(f64::NAN);
    let mut must = |fits: bool, what: &str, bound: f64| {
        if !fits {
            faults.push(format!("{at} must be {what} {bound}, and is {number}"));
        }
    };
    for (bound, what, fits) in [
        (node.minimum, "at least", (|value, bound| value >= bound) as fn(f64, f64) -> bool),
        (node.maximum, "at most", |value, bound| value <= bound),
        (node.above, "above", |value, bound| value > bound),
        (node.below, "below", |value, bound| value < bound),
    ] {
        if let Some(bound) = bound {
            must(fits(value, bound), what, bound);
        }
    }
}

fn text_fits(node: &Node, text: &str, at: &str, faults: &mut Vec<String>) {
    if node.length != (None, None) {
        sized(node.length, text.chars().count(), at, "characters", faults);
    }
    if let Some(pattern) = &node.pattern
        && !pattern.is_match(text)
    {
        faults.push(format!("{at} must match {}, and is {}", spelled(pattern.as_str()), spelled(text)));
    }
}

fn sized((least, most): (Option<u64>, Option<u64>), size: usize, at: &str, what: &str, faults: &mut Vec<String>) {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    if let Some(least) = least.filter(|least| size < *least) {
        faults.push(format!("{at} must have at least {least} {what}, and has {size}"));
    }
    if let Some(most) = most.filter(|most| size > *most) {
        faults.push(format!("{at} must have at most {most} {what}, and has {size}"));
    }
}

fn is_of(value: &Value, kind: Type) -> bool {
    match kind {
        Type::Null => value.is_null(),
        Type::Boolean => value.is_boolean(),
        // 1.0 is a whole number, as the standard says.
        Type::Integer => {
            value.as_number().is_some_and(|number| !number.is_f64() || number.as_f64().is_some_and(|n| n.fract() == 0.0))
        }
        Type::Number => value.is_number(),
        Type::String => value.is_string(),
        Type::Array => value.is_array(),
        Type::Object => value.is_object(),
    }
}

/// Equal as JSON Schema has it: numbers by their value.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r)),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(name, l)| right.get(name).is_some_and(|r| same(l, r)))
        }
        (left, right) => left == right,
    }
}
