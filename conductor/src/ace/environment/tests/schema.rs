//! Schemas.

use super::*;
use serde_json::json;

#[test]
fn objects_fit_or_the_fault_is_named() {
    let schema = r#"{"type": "object", "required": ["name", "age"], "additionalProperties": false, "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "kind": {"enum": ["x", 1, null]}, "one": {"const": {"a": [1]}},
        "tags": {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 1, "maxItems": 2},
        "share": {"exclusiveMinimum": 0, "exclusiveMaximum": 1}}}"#
        .replace('\n', " ");
    let sample = sample(&format!(r#"{{"id": 1, "question": "q", "schema": {schema}}}"#));
    for (more, want) in [
        ("", ""),
        (r#", "kind": 1.0, "one": {"a": [1.0]}, "tags": ["a", null], "share": 0.5"#, ""),
        (r#", "kind": "y""#, "/kind must be \"\"x\"\" or \"1\" or \"null\""),
        (r#", "one": {"a": [2]}"#, "/one must be"),
        (r#", "tags": []"#, "/tags must have at least 1 items, and has 0"),
        (r#", "tags": ["a", "b", "c"]"#, "/tags must have at most 2 items"),
        (r#", "tags": ["a", 3]"#, "/tags/1 must be of type string or null"),
        (r#", "share": 0"#, "/share must be above 0, and is 0"),
        (r#", "share": 1"#, "/share must be below 1"),
        (r#", "other": 1"#, "/other must not be there"),
        (r#", "age": -1"#, "/age must be at least 0"),
        (r#", "age": 151"#, "/age must be at most 150"),
        (r#", "age": 1.5"#, "/age must be of type integer"),
        (r#", "age": 2.0"#, ""),
        (r#", "name": "a""#, "/name must have at least 2 characters"),
        (r#", "name": "abcdef""#, "/name must have at most 5 characters"),
        (r#", "name": "A1""#, "/name must match"),
        (r#", "name": null"#, "/name must be of type string"),
    ] {
        let mut object = serde_json::Map::from_iter([("name".to_owned(), json!("abc")), ("age".to_owned(), json!(3))]);
        let more_fields = format!("{{{}}}", more.trim_start_matches(", "));
        object.extend(serde_json::from_str::<serde_json::Map<_, _>>(&more_fields).unwrap());
        let answer = format!("```json\n{}\n```", serde_json::Value::Object(object));
        let verdict = Fits::default().grade(&sample, &answer);
        assert_eq!(verdict.outcome == Outcome::Correct, want.is_empty(), "{more}: {verdict:?}");
        assert!(verdict.feedback.contains(want), "{more}: {verdict:?}");
    }
    for (answer, want) in [
        ("{\"age\": 3}", "/name is missing"),
        ("[1]", "none was found"),
        ("{\"name\": \"ab", "none was found"),
        ("hi", "none was found"),
    ] {
        let verdict = Fits::default().grade(&sample, answer);
        assert!(verdict.outcome == Outcome::Wrong && verdict.feedback.contains(want), "{answer}: {verdict:?}");
    }
}

#[test]
fn what_is_not_supported_is_an_error() {
    for (schema, want) in [
        (json!({"anyOf": []}), "/anyOf: this keyword is not supported here"),
        (json!({"properties": {"a": {"format": "date"}}}), "/properties/a/format: this keyword is not supported here"),
        (json!({"items": {"$ref": "#"}}), "/items/$ref: this keyword is not supported here"),
        (json!({"type": "text"}), "/type: needs null, boolean"),
        (json!({"type": []}), "/type: needs"),
        (json!({"required": "a"}), "/required: needs a list of names"),
        (json!({"minimum": "1"}), "/minimum: needs a number"),
        (json!({"minLength": -1}), "/minLength: needs a whole number"),
        (json!({"minimum": 2, "maximum": 1}), "/: the least is above the most"),
        (json!({"pattern": "("}), "/pattern: "),
        (json!({"enum": []}), "/enum: needs a list"),
        (json!({"items": true}), "/items: a schema is an object"),
        (json!([]), "/: a schema is an object"),
    ] {
        let why = Schema::new(schema.clone()).expect_err("an error");
        assert!(why.starts_with(want), "{schema}: {why}");
    }
    assert!(
        Schema::new(
            json!({"title": "t", "description": "d", "$schema": "s", "examples": [], "additionalProperties": {"type": "null"}})
        )
        .is_ok()
    );
}

#[test]
fn at_most_three_faults_are_told() {
    let schema = Schema::new(json!({"items": {"type": "string"}})).expect("a schema");
    assert_eq!(schema.faults(&json!([1, 2, 3, 4, 5])).len(), 3);
}

#[test]
fn the_way_to_find_the_object_can_be_given() {
    fn anything(_: &str) -> Option<serde_json::Value> {
        Some(json!({"x": 1}))
    }
    let sample = sample(r#"{"id": 1, "question": "q", "schema": {"required": ["x"]}}"#);
    assert_eq!(Auto { extract: anything }.grade(&sample, "no JSON").outcome, Outcome::Correct);
    assert_eq!(Auto::default().grade(&sample, "no JSON").outcome, Outcome::Wrong);
}

#[test]
fn the_object_is_found_as_those_of_models_are() {
    for (answer, found) in [
        ("{\"a\": 1}", true),
        ("```json\n{\"a\": 1}\n```", true),
        ("```\n{\"a\": 1}\n```\n", true),
        ("```{\"a\": 1}```", true),
        ("Here it is: {'a': 1,}", true),
        ("{\"a\": 1} or {\"a\": 2}", false),
        ("[1]", false),
        ("{\"a\": 1", false),
        ("", false),
        ("```", false),
    ] {
        assert_eq!(object_in(answer).is_some(), found, "{answer}");
    }
}
