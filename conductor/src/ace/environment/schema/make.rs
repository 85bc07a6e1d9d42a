//! Schemas as they are read.

use super::Pattern;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// One schema, with those in it. What it does not say is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Node {
    /// Any of them; all where it is empty.
    pub(super) types: Vec<Type>,
    pub(super) required: Vec<String>,
    pub(super) properties: BTreeMap<String, Self>,
    pub(super) additional: Additional,
    pub(super) items: Option<Box<Self>>,
    pub(super) choices: Option<Vec<Value>>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) above: Option<f64>,
    pub(super) below: Option<f64>,
    pub(super) length: (Option<u64>, Option<u64>),
    pub(super) count: (Option<u64>, Option<u64>),
    pub(super) pattern: Option<Pattern>,
}

/// What properties an object may have that are not named.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Additional {
    #[default]
    Any,
    None,
    Fitting(Box<Node>),
}

/// Reads the schema at `path`.
pub(super) fn node(source: &Value, path: &str) -> Result<Node, String> {
    let Value::Object(fields) = source else { return Err(format!("{}: a schema is an object", shown(path))) };
    let mut node = Node::default();
    for (keyword, value) in fields {
        let at = format!("{path}/{keyword}");
        keyword_into(&mut node, keyword, value, &at)?;
    }
    let unordered = |low: Option<f64>, high: Option<f64>| matches!((low, high), (Some(low), Some(high)) if low > high);
    let lengths = |(low, high): (Option<u64>, Option<u64>)| matches!((low, high), (Some(low), Some(high)) if low > high);
    if unordered(node.minimum, node.maximum) || lengths(node.length) || lengths(node.count) {
        return Err(format!("{}: the least is above the most", shown(path)));
    }
    Ok(node)
}

fn keyword_into(node: &mut Node, keyword: &str, value: &Value, at: &str) -> Result<(), String> {
    match keyword {
        "type" => node.types = types(value, at)?,
        "required" => node.required = names(value, at)?,
        "properties" => node.properties = properties(value, at)?,
        "additionalProperties" => node.additional = additional(value, at)?,
        "items" => node.items = Some(Box::new(self::node(value, at)?)),
        "enum" => {
            node.choices =
                Some(value.as_array().filter(|all| !all.is_empty()).cloned().ok_or(needs(at, "a list with something in it"))?)
        }
        "const" => node.choices = Some(vec![value.clone()]),
        "minimum" => node.minimum = Some(number(value, at)?),
        "maximum" => node.maximum = Some(number(value, at)?),
        "exclusiveMinimum" => node.above = Some(number(value, at)?),
        "exclusiveMaximum" => node.below = Some(number(value, at)?),
        "minLength" => node.length.0 = Some(count(value, at)?),
        "maxLength" => node.length.1 = Some(count(value, at)?),
        "minItems" => node.count.0 = Some(count(value, at)?),
        "maxItems" => node.count.1 = Some(count(value, at)?),
        "pattern" => {
            let source = value.as_str().ok_or_else(|| needs(at, "text"))?;
            node.pattern = Some(Pattern::new(source).map_err(|why| format!("{at}: {why}"))?);
        }
        "title" | "description" | "examples" | "default" | "$schema" | "$comment" => {}
        _ => return Err(format!("{at}: this keyword is not supported here")),
    }
    Ok(())
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

fn needs(at: &str, what: &str) -> String {
    format!("{at}: needs {what}")
}

fn types(value: &Value, at: &str) -> Result<Vec<Type>, String> {
    let names = match value {
        Value::String(name) => vec![name.clone()],
        other => self::names(other, at)?,
    };
    let read = |name: &String| Type::ALL.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
    let all: Option<Vec<Type>> = names.iter().map(read).collect();
    all.filter(|all| !all.is_empty()).ok_or_else(|| needs(at, "null, boolean, integer, number, string, array or object"))
}

fn names(value: &Value, at: &str) -> Result<Vec<String>, String> {
    let names = value.as_array().and_then(|all| all.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.ok_or_else(|| needs(at, "a list of names"))
}

fn map<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| needs(at, "an object"))
}

fn properties(value: &Value, at: &str) -> Result<BTreeMap<String, Node>, String> {
    map(value, at)?.iter().map(|(name, schema)| Ok((name.clone(), node(schema, &format!("{at}/{name}"))?))).collect()
}

fn additional(value: &Value, at: &str) -> Result<Additional, String> {
    match value {
        Value::Bool(true) => Ok(Additional::Any),
        Value::Bool(false) => Ok(Additional::None),
        schema => Ok(Additional::Fitting(Box::new(node(schema, at)?))),
    }
}

fn number(value: &Value, at: &str) -> Result<f64, String> {
    value.as_number().and_then(Number::as_f64).ok_or_else(|| needs(at, "a number"))
}

fn count(value: &Value, at: &str) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| needs(at, "a whole number that is not negative"))
}
