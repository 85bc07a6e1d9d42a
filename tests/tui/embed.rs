//! `segno embed`, run as a script runs it.

use crate::commands::{Run, finish, lines, nobody, run_with_stdin, segno};
use segno_tests::check::Profile;
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, Script};
use serde_json::Value;
use std::process::{Command, Stdio};

fn fake() -> FakeOllama {
    FakeOllama::builder().model("llama3.1:8b").model("nomic-embed-text").start()
}

fn embed(host: &str, args: &[&str], stdin: &str) -> Run {
    let args: Vec<_> = std::iter::once("embed").chain(args.iter().copied()).collect();
    run_with_stdin(host, &args, stdin.as_bytes())
}

#[test]
fn one_object_a_text_and_nothing_else() {
    let fake = fake();
    for (args, stdin, inputs) in [
        (&["hello", "world"][..], "", &["hello world"][..]),
        (&[], "one\ntwo\n", &["one\ntwo"]),
        (&["--lines"], "one\n\n  \ntwo\r\n狐", &["one", "two", "狐"]),
        (&["-m", "nomic-embed-text", "x"], "", &["x"]),
        (&["--", "--lines"], "", &["--lines"]),
    ] {
        let before = fake.requests_to("/api/embed").len();
        let run = embed(&fake.host(), args, stdin);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        let rows = lines(&run.out);
        assert_eq!(rows.len(), inputs.len(), "{args:?}: {}", run.out);
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(
                (&row["model"], &row["index"], &row["dimensions"]),
                (&"nomic-embed-text".into(), &index.into(), &384.into())
            );
            assert_eq!(row["embedding"].as_array().unwrap().len(), 384);
        }
        assert!(run.out.starts_with(r#"{"model":"nomic-embed-text","index":0,"dimensions":384,"embedding":["#), "{}", run.out);
        let sent = &fake.requests_to("/api/embed")[before..];
        let said: Vec<&str> =
            sent.iter().flat_map(|r| r.at("/input").as_array().unwrap()).map(|text| text.as_str().unwrap()).collect();
        assert_eq!(said, inputs, "{args:?}");
    }
    assert_eq!(fake.requests_to("/api/chat").len(), 0);
}

#[test]
fn thousands_of_lines_come_in_order() {
    let fake = fake();
    let text: String = (0..700).map(|n| format!("line {}\n", n % 300)).collect();
    let run = embed(&fake.host(), &["--lines"], &text);
    let rows = lines(&run.out);
    assert_eq!((run.code, rows.len()), (0, 700), "{}", run.err);
    assert!(rows.iter().enumerate().all(|(n, row)| row["index"] == n));
    assert!(rows[0]["embedding"] == rows[600]["embedding"] && rows[0]["embedding"] != rows[1]["embedding"]);
    assert!(
        fake.requests_to("/api/embed").iter().all(|sent| sent.at("/input").as_array().is_some_and(|input| input.len() <= 64))
    );
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let usual = fake();
    let chats = FakeOllama::builder().model("llama3.1:8b").start();
    let status = |status, body: &str| Behaviour::Status(status, body.to_owned());
    let ill = |behaviour| FakeOllama::builder().model_with("nomic-embed-text", Script::from(behaviour)).start();
    let broken = ill(status(500, r#"{"error":"the runner has died"}"#));
    let odd = ill(status(200, r#"{"embeddings":[[1,2],[1]]}"#));
    let (long, gone) = (ill(Behaviour::TooLong), ill(Behaviour::Missing));
    for (host, args, stdin, code, error, hint) in [
        (nobody(), &["x"][..], "", 1, "no server on", "ollama serve"),
        (chats.host(), &["x"], "", 1, "there is no model for embeddings", "segno pull nomic-embed-text"),
        (usual.host(), &["-m", "llama3.1:8b", "x"], "", 1, "llama3.1:8b makes no embeddings", "-m"),
        (usual.host(), &["-m", "none", "x"], "", 1, "none is not installed", "segno pull none"),
        (usual.host(), &[], "", 2, "nothing to embed", ""),
        (usual.host(), &["--lines"], "\n \n", 2, "nothing to embed", ""),
        (usual.host(), &[" "], "", 2, "nothing to embed", ""),
        (usual.host(), &["--lines", "x"], "", 2, "cannot be used with", ""),
        (broken.host(), &["x"], "", 1, "the runner has died", "segno doctor"),
        (odd.host(), &["x"], "", 1, "2 vectors for 1 texts", "segno doctor"),
        (long.host(), &["x"], "", 1, "a text is too long", "--lines"),
        (gone.host(), &["x"], "", 1, "has no model nomic-embed-text", "segno pull nomic-embed-text"),
    ] {
        let run = embed(&host, args, stdin);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains("error: ") && run.err.contains(error) && run.err.contains(hint), "{args:?}: {}", run.err);
    }
}

#[test]
fn nothing_goes_to_where_it_would_leave_the_machine() {
    let fake = FakeOllama::builder().model("llama3.1:8b").remote("embed:cloud", "https://ollama.com:443").start();
    for args in [&["x"][..], &["-m", "embed:cloud", "x"], &["-m", "embed:cloud", "--set", "privacy.allow_external=true", "x"]] {
        let run = embed(&fake.host(), args, "");
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}: {}", run.err);
    }
    assert_eq!(fake.requests_to("/api/embed").len(), 0);
    let run = embed("192.0.2.1", &["x"], "");
    assert!(run.code == 1 && run.err.contains("was not asked") && run.err.contains("trusted_hosts"), "{}", run.err);
}

#[test]
fn an_interrupt_ends_it() {
    let gate = Gate::closed();
    let fake = FakeOllama::builder().model_with("nomic-embed-text", Script::default().slow_first_token(&gate)).start();
    let profile = Profile::new();
    let mut command = segno(&profile, &fake.host(), &["embed", "x"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    fake.wait_for(|seen| seen.iter().any(|request| request.is("/api/embed")));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let run = finish(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.out.as_str()), (130, ""), "{}", run.err);
    fake.wait_for(|seen| seen.iter().any(|request| request.is("/api/embed") && request.client_gone()));
}

#[test]
fn numbers_are_written_as_short_as_they_can_be() {
    let reply = r#"{"embeddings":[[0.1,-0.25,1e-7]]}"#.to_owned();
    let fake = FakeOllama::builder().model_with("nomic-embed-text", Behaviour::Status(200, reply)).start();
    let run = embed(&fake.host(), &["x"], "");
    assert!(run.out.ends_with("\"embedding\":[0.1,-0.25,1e-7]}\n"), "{}{}", run.out, run.err);
    assert_eq!(lines(&run.out)[0]["embedding"][0], Value::from(0.1));
}
