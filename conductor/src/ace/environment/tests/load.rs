//! Samples as lines of a file.

use super::*;

#[test]
fn good_lines_are_kept_and_bad_ones_are_named() {
    let text = "\u{feff}{\"id\": \"a\", \"question\": \"q\", \"answer\": 14}\r\n\n\
        {\"id\": \"b\", \"question\": \"q\", \"anwser\": 14}\n\
        not json\n\
        {\"id\": \"a\", \"question\": \"again\"}\n\
        {\"id\": 7, \"question\": \"q\", \"answer\": [\"x\", 2]}";
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(b"\n\xff\xfe{}\n{\"id\": \"z\", \"question\": \"last\"}");
    let loaded = read_jsonl(&bytes);
    let ids: Vec<&str> = loaded.samples.iter().map(|sample| sample.id.as_str()).collect();
    assert_eq!(ids, ["a", "7", "z"]);
    let errors: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "line 3: `anwser`: there is no such field; is `answer` meant?",
            "line 4: expected ident, at column 2",
            "line 5: `id`: \"a\" is the name of line 1 already",
            "line 7: it is not UTF-8",
        ]
    );
}

#[test]
fn each_bad_field_says_what_it_must_be() {
    let mut wrong = String::new();
    for (fields, field, what) in [
        (r#""question": "q""#, "id", "it is missing"),
        (r#""id": 1"#, "question", "it is missing"),
        (r#""id": "", "question": "q""#, "id", "text or a number"),
        (r#""id": 1, "question": " ""#, "question", "something in it"),
        (r#""id": 1, "question": "q", "answer": """#, "answer", "it is empty"),
        (r#""id": 1, "question": "q", "answer": []"#, "answer", "the list is empty"),
        (r#""id": 1, "question": "q", "answer": true"#, "answer", "text, a number, or a list"),
        (r#""id": 1, "question": "q", "answer": {"x": 1}"#, "answer", "text, a number, or a list"),
        (r#""id": 1, "question": "q", "answer": 123456789012345678901"#, "answer", "put it in quotes"),
        (r#""id": 1, "question": "q", "answer": 1, "answer": 2"#, "answer", "twice"),
        (r#""id": 1, "question": "q", "answer": "x", "grader": "numeric""#, "answer", "is not a number"),
        (r#""id": 1, "question": "q", "answer": "x", "tolerance": 1"#, "tolerance", "means nothing to the grader auto"),
        (r#""id": 1, "question": "q", "answer": 1, "tolerance": -1"#, "tolerance", "not negative"),
        (r#""id": 1, "question": "q", "answer": 1, "tolerance": "a lot""#, "tolerance", "must be a number"),
        (r#""id": 1, "question": "q", "answer": 1, "tolerance": {"relativ": 1}"#, "tolerance", "must be a number"),
        (r#""id": 1, "question": "q", "answer": "x", "threshold": 0.5"#, "threshold", "means nothing"),
        (r#""id": 1, "question": "q", "answer": "x", "grader": "f1", "threshold": 2"#, "threshold", "at most 1"),
        (r#""id": 1, "question": "q", "pattern": "(""#, "pattern", "unclosed group"),
        (r#""id": 1, "question": "q", "pattern": "b", "answer": "a""#, "answer", "does not match"),
        (r#""id": 1, "question": "q", "grader": "pattern""#, "pattern", "needs it"),
        (r#""id": 1, "question": "q", "grader": "schema""#, "schema", "needs it"),
        (r#""id": 1, "question": "q", "answer": "a", "grader": "choice""#, "choices", "needs it"),
        (r#""id": 1, "question": "q", "schema": {"oneOf": []}"#, "schema", "/oneOf: this keyword is not supported"),
        (r#""id": 1, "question": "q", "schema": {}, "answer": "a""#, "answer", "say in `grader`"),
        (r#""id": 1, "question": "q", "schema": {}, "pattern": "a""#, "schema", "means nothing to the grader pattern"),
        (r#""id": 1, "question": "q", "choices": ["a"]"#, "choices", "2 to 26"),
        (r#""id": 1, "question": "q", "choices": ["a", "a"]"#, "choices", "the same"),
        (r#""id": 1, "question": "q", "choices": ["x", "y"], "answer": "z""#, "answer", "none of the choices"),
        (
            r#""id": 1, "question": "q", "choices": ["B", "A"], "answer": "A""#,
            "answer",
            "letter of one choice and the text of another",
        ),
        (r#""id": 1, "question": "q", "choices": ["x", "y"], "answer": 1"#, "answer", "none of the choices"),
        (r#""id": 1, "question": "q", "grader": "guess""#, "grader", "it must be auto"),
        (r#""id": 1, "question": "q", "hobby": 1"#, "hobby", "there are id, question"),
    ] {
        let loaded = read_jsonl(format!("{{{fields}}}").as_bytes());
        let good = loaded.samples.is_empty() && loaded.errors.len() == 1;
        let named =
            loaded.errors.first().is_some_and(|e| e.field.as_deref() == Some(field) && e.what.contains(what) && e.line == 1);
        if !good || !named {
            wrong += &format!("{fields}: {loaded:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_sample_is_the_same_when_it_was_written_and_read() {
    for line in [
        r#"{"id":"a","question":"q","context":"c","answer":"14 km","tolerance":{"absolute":0.0,"relative":0.01},"grader":"numeric"}"#,
        r#"{"id":"b","question":"q","answer":["x",2,3.5]}"#,
        r#"{"id":"c","question":"q","answer":"A","choices":["x","y"]}"#,
        r#"{"id":"d","question":"q","pattern":"^a"}"#,
        r#"{"id":"e","question":"q","schema":{"type":"object"}}"#,
        r#"{"id":"f","question":"q","answer":"x","threshold":0.5,"grader":"f1"}"#,
    ] {
        let first = sample(line);
        let written = serde_json::to_string(&first).expect("JSON");
        assert_eq!(sample(&written), first, "{written}");
        assert_eq!(serde_json::from_str::<Sample>(&written).expect("a sample"), first);
    }
    assert_eq!(sample(r#"{"id": 3, "question": "q", "answer": null}"#), Sample::new("3", "q", None));
}
