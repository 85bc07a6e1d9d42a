//! `segno route` as a person or a script runs it.

use segno_tests::check::Profile;
use segno_tests::ollama::FakeOllama;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Exit code, stdout and stderr of a run that is given `stdin`, with the server at `host`.
fn run(profile: &Profile, host: Option<&str>, args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segno"));
    command.env_clear().envs(profile.env()).current_dir(profile.home()).arg("route").args(args);
    // Nobody listens on port 1.
    command.env("OLLAMA_HOST", host.unwrap_or("127.0.0.1:1"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that refuses may have closed its end.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap_or(-1), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

const CODE: &str = "write a python function that merges two sorted lists";

#[test]
fn each_line_of_a_file_is_answered_by_one() {
    let profile = Profile::new();
    let huge = "x ".repeat(200_000);
    let lines = [
        format!("{{\"prompt\":\"{CODE}\"}}"),
        "{\"prompt\":\"\"}".to_owned(),
        "nonsense".to_owned(),
        format!("{{\"prompt\":\"{huge}\"}}"),
        "{\"prompt\":\"What is the capital of Australia?\",\"label\":\"QuickResponse\"}".to_owned(),
        "{\"prompt\":\"\\u0000 \\u001b[2J '; DROP TABLE x; -- 👩‍👩‍👧\",\"label\":\"General\"}".to_owned(),
    ];
    let (code, out, err) = run(&profile, None, &["--file", "-", "--json"], lines.join("\n").as_bytes());
    assert_eq!((code, err.as_str()), (2, ""), "a line could not be read");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), lines.len());
    let told: Vec<&str> = rows.iter().map(|row| row["class"].as_str().unwrap_or("-")).collect();
    assert_eq!((told[0], told[2], told[4]), ("CodeGeneration", "-", "QuickResponse"));
    assert_eq!(
        (rows[0]["model"].as_str(), rows[0]["reason"].as_str()),
        (Some("deepseek-coder:6.7b"), Some("Specialized(CodeGeneration)"))
    );
    assert!(rows[0]["confidence"].as_f64().unwrap() > 0.5 && rows[0]["complexity"].as_u64().unwrap() >= 1);
    assert_eq!(rows[2]["line"], 3);
    assert!(!profile.data().join("segno/segno.db").exists(), "neither server nor database is needed");
}

#[test]
fn labelled_lines_make_a_report() {
    let profile = Profile::new();
    let file = profile.home().join("prompts.jsonl");
    let labelled = |prompt: &str, label: &str| format!("{{\"prompt\":\"{prompt}\",\"label\":\"{label}\"}}\n");
    let text = [
        labelled(CODE, "CodeGeneration"),
        labelled("What is the capital of Australia?", "QuickResponse"),
        labelled("who painted the Mona Lisa", "quick_response"),
        labelled("write a poem about the sea in autumn", "General"),
    ];
    std::fs::write(&file, text.concat()).unwrap();
    let (code, out, err) = run(&profile, None, &["--file", "prompts.jsonl"], b"");
    assert_eq!((code, err.as_str()), (0, ""));
    for want in
        ["4 prompts", "accuracy 0.750", "macro-F1 0.667", "CodeGeneration  1        1.000      1.000   1.000", "rows are labels"]
    {
        assert!(out.contains(want), "{want}: {out}");
    }
    let (code, out, _) = run(&profile, None, &["--file", "-"], format!("{{\"prompt\":\"{CODE}\"}}\n").as_bytes());
    assert!(code == 0 && out.starts_with("CodeGeneration"), "{out}");
}

#[test]
fn what_goes_wrong_is_said() {
    let profile = Profile::new();
    for (args, stdin, code, want) in [
        (&["--file", "missing.jsonl"][..], "", 2, "missing.jsonl cannot be read"),
        (&["--file", "-"], "{\"prompt\":\"x\",\"label\":\"Cooking\"}\n", 2, "line 1: \"Cooking\" is no class"),
        (&[], "", 2, "required arguments"),
        (&["  "], "", 2, "there is nothing to route"),
        (&["-m", "nosuch:1b", "hello"], "", 1, "nosuch:1b cannot be asked"),
    ] {
        let (got, out, err) = run(&profile, None, args, stdin.as_bytes());
        assert!(got == code && err.contains(want), "{args:?}: {got} {out} {err}");
    }
}

#[test]
fn a_question_is_explained_by_what_the_server_has() {
    let server = FakeOllama::builder().model("llama3.1:8b").model("qwen2.5-coder:7b").start();
    let profile = Profile::new();
    let host = server.host();
    let (code, out, err) = run(&profile, Some(&host), &[CODE], b"");
    assert_eq!(code, 0, "{err}");
    for want in [
        "code, ",
        "% sure",
        "deepseek-coder:6.7b is not installed",
        "asks qwen2.5-coder:7b",
        "if it fails: llama3.1:8b",
        "told by",
        "strong at code",
    ] {
        assert!(out.contains(want), "{want}: {out}");
    }
    let (code, out, _) = run(&profile, Some(&host), &["-m", "llama3.1:8b", "--json", CODE], b"");
    let whole: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &whole["class"], &whole["model"], &whole["reason"]),
        (0, &"CodeGeneration".into(), &"llama3.1:8b".into(), &"UserOverride".into())
    );
    assert!(server.requests_to("/api/chat").is_empty(), "no model is asked");
}
