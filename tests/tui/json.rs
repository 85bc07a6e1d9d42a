//! `segno json recover` as a person or a script runs it.

use crate::commands::{Run, finish, lines, segno};
use segno_tests::check::Profile;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn recover(profile: &Profile, args: &[&str]) -> Command {
    let mut command = segno(profile, "127.0.0.1:1", &[&["json", "recover"], args].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(profile: &Profile, args: &[&str], stdin: &[u8]) -> Run {
    let mut child = recover(profile, args).spawn().unwrap();
    // One that reads a file, or refuses, may have closed its end.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    finish(child.wait_with_output().unwrap())
}

#[test]
fn the_object_in_a_text_is_printed() {
    let profile = Profile::new();
    std::fs::write(profile.home().join("answer.txt"), "```json\n{'a': True,}\n```\n").unwrap();
    std::fs::write(profile.home().join("config.toml"), "this is no TOML").unwrap();
    let text = "<think>{</think>Sure: {\"a\": [1, \"é\n\"]}";
    for (args, stdin, want) in [
        (vec![], text, json!({"a": [1, "é\n"]})),
        (vec!["-"], text, json!({"a": [1, "é\n"]})),
        (vec!["answer.txt"], "", json!({"a": true})),
        (vec!["--config", "config.toml"], "{}", json!({})),
    ] {
        let run = run(&profile, &args, stdin.as_bytes());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        assert_eq!(run.out, format!("{}\n", serde_json::to_string_pretty(&want).unwrap()));
    }
    assert!(!profile.data().join("segno/segno.db").exists(), "no database is needed");
}

#[test]
fn where_there_is_none_the_reason_is_said() {
    let profile = Profile::new();
    for (args, stdin, code, error) in [
        (vec![], &b"{\"a\": [1"[..], 1, "no JSON object in standard input: the text ends before the object does"),
        (vec![], b"", 1, "no JSON object in standard input: there is no JSON object in it"),
        (vec![], b"{\"a\":1,\"a\":2}", 1, "no JSON object in standard input: a key stands twice in one object"),
        (vec![], b"[{\"a\":1}]", 1, "no JSON object in standard input: an array stands where an object is wanted"),
        (vec![], b"{\"a\":\"\xff\"}", 2, "standard input holds bytes that are no text (not UTF-8)"),
        (vec!["missing.txt"], b"", 2, "missing.txt cannot be read: "),
        (vec!["--jsonl", "missing.txt"], b"", 2, "missing.txt cannot be read: "),
    ] {
        let run = run(&profile, &args, stdin);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{args:?}: {}", run.err);
        assert!(run.err.starts_with(&format!("error: {error}")) && run.err.contains("\nhint: "), "{}", run.err);
    }
}

#[test]
fn each_line_is_answered_by_a_verdict() {
    let profile = Profile::new();
    let rows = [
        (json!({"text": "{\"a\": 1}"}), json!({"verdict": "value", "value": {"a": 1}})),
        (json!({"text": "{\"a\": 1", "id": 7}), json!({"verdict": "truncated"})),
        (json!({"text": "I see", "finish_reason": "stop"}), json!({"verdict": "invalid", "why": "no_object"})),
        (json!({"text": "I see", "finish_reason": "length"}), json!({"verdict": "truncated"})),
        (json!({"text": "I see", "finish_reason": null, "cut": true}), json!({"verdict": "truncated"})),
        (json!({"text": "{} so", "cut": true}), json!({"verdict": "value", "value": {}})),
        (json!({"text": "{\"a\": NaN}", "cut": false}), json!({"verdict": "invalid", "why": "number"})),
    ];
    let input: String = rows.iter().map(|(line, _)| format!("{line}\n")).collect();
    std::fs::write(profile.home().join("answers.jsonl"), &input).unwrap();
    let want: Vec<Value> = rows.into_iter().map(|(_, want)| want).collect();
    for (args, stdin) in [(vec!["--jsonl"], input.trim_end()), (vec!["--jsonl", "answers.jsonl"], "")] {
        let run = run(&profile, &args, stdin.as_bytes());
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert_eq!(lines(&run.out), want);
    }
}

#[test]
fn a_line_that_is_none_is_named_and_the_others_are_answered() {
    let profile = Profile::new();
    let wrong = [
        ("", "is no JSON"),
        ("{\"text\": ", "is no JSON"),
        ("[\"{}\"]", "is no object with a string `text`"),
        ("{\"text\": 1}", "is no object with a string `text`"),
        ("{\"text\": \"{}\", \"cut\": \"yes\"}", "has a `cut` that is neither true nor false"),
        ("{\"text\": \"{}\", \"finish_reason\": 1}", "has a `finish_reason` that is no string"),
    ];
    let mut child = recover(&profile, &["--jsonl"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    // Each is answered before the next is sent.
    let mut answer = |line: &str| {
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
        let mut out = String::new();
        stdout.read_line(&mut out).unwrap();
        serde_json::from_str::<Value>(&out).unwrap()
    };
    for (at, (line, why)) in wrong.iter().enumerate() {
        let number = 2 * at + 1;
        assert_eq!(answer(line), json!({"error": format!("line {number} {why}"), "line": number}));
        assert_eq!(answer("{\"text\": \"{}\"}"), json!({"verdict": "value", "value": {}}));
    }
    drop(stdin);
    let run = finish(child.wait_with_output().unwrap());
    assert_eq!(run.code, 2);
    for (at, (_, why)) in wrong.iter().enumerate() {
        assert!(run.err.contains(&format!("error: line {} of standard input {why}\nhint: ", 2 * at + 1)), "{}", run.err);
    }
}
