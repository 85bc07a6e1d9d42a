//! `segno scan` as a person or a script runs it.

use segno_tests::check::Profile;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

/// A token that no scanner of repositories finds here.
fn token() -> String {
    format!("gh{}_{}", "p", "a8Kz01LmQw93xYvB2nRt7Uj4Hs6Dc5Fe0GiP")
}

fn segno(profile: &Profile, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segno"));
    command.env_clear().envs(profile.env()).current_dir(profile.home()).args(["scan"]).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, stdout and stderr of a run that is given `stdin`.
fn run(profile: &Profile, args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child = segno(profile, args).spawn().unwrap();
    // One that reads files, or refuses, may have closed its end.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap_or(-1), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn what_is_found_is_said_with_its_place_and_masked() {
    let profile = Profile::new();
    let token = token();
    std::fs::write(profile.home().join("a.env"), format!("LOG=1\nÄ, TOKEN={token}\n")).unwrap();
    std::fs::write(profile.home().join("clean.txt"), "nothing here\n").unwrap();
    std::fs::write(profile.home().join("data.bin"), [b"\xff\xfe\0\n", token.as_bytes()].concat()).unwrap();
    let hit = "github-token: GitHub token (ghp_…0GiP)";
    for (args, stdin, code, out) in [
        (vec!["a.env"], String::new(), 1, format!("a.env:2:10: {hit}\n")),
        (vec!["clean.txt"], String::new(), 0, String::new()),
        (vec!["clean.txt", "a.env"], String::new(), 1, format!("a.env:2:10: {hit}\n")),
        (vec![], format!("x {token}"), 1, format!("-:1:3: {hit}\n")),
        (vec!["-"], format!("{token}\n{token}"), 1, format!("-:1:1: {hit}\n-:2:1: {hit}\n")),
        (vec!["-"], "no secret".into(), 0, String::new()),
        (vec!["-"], String::new(), 0, String::new()),
        (vec!["data.bin"], String::new(), 1, format!("data.bin:2:1: {hit}\n")),
        (vec!["missing.txt"], String::new(), 2, String::new()),
        (vec!["missing.txt", "a.env", "."], String::new(), 2, format!("a.env:2:10: {hit}\n")),
    ] {
        let (got, stdout, stderr) = run(&profile, &args, stdin.as_bytes());
        assert_eq!((got, stdout.as_str()), (code, out.as_str()), "{args:?}: {stderr}");
        assert!(!stderr.contains(&token[6..]), "{stderr}");
        if code == 2 {
            assert!(stderr.starts_with("error: missing.txt cannot be read") && stderr.contains("hint: "), "{stderr}");
        }
    }
    assert!(!profile.data().join("segno/segno.db").exists(), "no database is needed");
}

#[test]
fn findings_as_json() {
    let profile = Profile::new();
    let token = token();
    let (code, out, _) = run(&profile, &["--json"], format!("a\n token={token}").as_bytes());
    let row = json!({"file": "-", "line": 2, "column": 8, "rule": "github-token", "what": "GitHub token", "start": 9, "end": 49,
        "masked": "ghp_…0GiP"});
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()), (1, json!([row])));
    let (code, out, _) = run(&profile, &["--json"], b"nothing");
    assert_eq!((code, out.trim()), (0, "[]"));
}

#[test]
fn each_line_is_a_document_and_is_answered_at_once() {
    let profile = Profile::new();
    let token = token();
    let mut child = segno(&profile, &["--jsonl"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let found = json!({"findings": [{"rule": "github-token", "start": 4, "end": 44, "masked": "ghp_…0GiP"}]});
    for (line, answer) in [
        (json!({"text": format!("ä: {token}"), "id": 1}).to_string(), found),
        (json!({"text": "nothing"}).to_string(), json!({"findings": []})),
        (format!("\"{token}\""), json!({"error": "this line is no object with a string `text`"})),
        (format!("{{\"text\": {token}"), json!({"error": "this line is no JSON"})),
        (String::new(), json!({"error": "this line is no JSON"})),
        (json!({"text": ""}).to_string(), json!({"findings": []})),
    ] {
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
        let mut out = String::new();
        stdout.read_line(&mut out).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), answer, "{line}");
    }
    drop(stdin);
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(2), ""));
}

#[test]
fn many_documents() {
    let profile = Profile::new();
    let token = token();
    let lines: String = (0..3000)
        .map(|n| format!("{}\n", json!({"text": format!("line {n} {}", if n % 3 == 0 { &token } else { "" })})))
        .collect();
    std::fs::write(profile.home().join("all.jsonl"), lines).unwrap();
    let (code, out, _) = run(&profile, &["--jsonl", "all.jsonl"], b"");
    assert_eq!((code, out.lines().count(), out.matches("github-token").count()), (1, 3000, 1000));
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    let (code, out, err) = run(&Profile::new(), &["--json", "--jsonl"], b"");
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
}
