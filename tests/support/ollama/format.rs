//! Answers that fit a JSON schema: what a model says that is held to a form.

use serde_json::{Map, Value, json};

/// An object that fits `schema`, for a person who tries it by hand; `turn` makes each a little different.
pub(super) fn fitting(schema: &Value, turn: usize) -> String {
    value("", schema, turn).to_string()
}

fn value(name: &str, schema: &Value, turn: usize) -> Value {
    if let Some(first) = schema["enum"].as_array().or(schema["anyOf"].as_array()).and_then(|all| all.first()) {
        return if schema["enum"].is_array() { first.clone() } else { value(name, first, turn) };
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, schema)| (name.clone(), value(name, schema, turn))).collect::<Map<_, _>>())
        }
        // A name of something that is not there says nothing.
        Some("array") if schema["items"]["properties"]["id"].is_object() => json!([]),
        Some("array") if schema["items"]["type"] == "string" => json!([]),
        Some("array") => json!([value(name, &schema["items"], turn)]),
        Some("number" | "integer") => json!(turn),
        Some("boolean") => json!(true),
        _ => json!(words(name, turn)),
    }
}

fn words(name: &str, turn: usize) -> String {
    const ADVICE: [&str; 4] = [
        "Say what is needed before how it is done.",
        "Give one example for each rule, with numbers.",
        "Name the units of every quantity in the answer.",
        "End with a check that the reader can do alone.",
    ];
    match name {
        "section" => "Answers".to_owned(),
        "content" => ADVICE[turn / 2 % ADVICE.len()].to_owned(),
        "final_answer" => "4".to_owned(),
        _ => format!("What a model says of `{name}`."),
    }
}
