//! Consent for `segno ask`: on the line of a terminal, and by an option where there is none.

use super::{MODEL, Scene, digest, enter, says, secret, shown_digest};
use crate::commands::finish;
use segno_tests::provider::{Behaviour, FakeProvider, Script};
use segno_tests::pty::Key;
use serde_json::json;
use std::process::Stdio;

const QUESTION: &str = "what does the private plan cost?";

#[test]
fn without_a_terminal_it_is_a_no() {
    let secret = format!("why is {} refused?", secret());
    for (args, config) in [
        (vec![QUESTION], ""),
        (vec!["--allow-external", "another", QUESTION], ""),
        (vec!["--allow-external", "fake", "--offline", QUESTION], ""),
        (vec!["--allow-external", "fake", "--set", "privacy.allow_external=false", QUESTION], ""),
        (vec!["--allow-external", "fake", &secret], ""),
    ] {
        let scene = Scene::new();
        scene.configure(config);
        let all: Vec<_> = ["ask", "-m", MODEL].into_iter().chain(args.iter().copied()).collect();
        let run = scene.run(&all);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains("error: ") && run.err.contains("hint: "), "{args:?}: {}", run.err);
        scene.assert_nothing_left();
    }
    // A pipe is no terminal: a `y` in it is a part of the question.
    let scene = Scene::new();
    let mut command = scene.command(&["ask", "-m", MODEL, QUESTION]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"y\n");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    scene.assert_nothing_left();
}

#[test]
fn offline_the_provider_is_named_and_what_to_leave_away() {
    let scene = Scene::new();
    for (args, offline) in [
        (&["--offline", "models", "--provider", "fake"][..], ""),
        (&["--offline", "keys", "check", "fake"], ""),
        (&["models", "--provider", "fake"], "1"),
        (&["--offline", "ask", "-m", MODEL, QUESTION], ""),
    ] {
        let mut command = scene.command(args);
        command.env("SEGNO_OFFLINE", offline);
        let run = finish(command.output().unwrap());
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}: {}", run.err);
        let named = run.err.contains("error: fake is external") || run.err.contains(&format!("error: {MODEL} is external"));
        assert!(named && run.err.contains("leave --offline and SEGNO_OFFLINE away"), "{args:?}: {}", run.err);
        assert!(!run.err.contains("/offline"), "{args:?}: {}", run.err);
    }
    scene.assert_nothing_left();
}

#[test]
fn the_option_names_the_provider_and_is_a_yes_for_once() {
    for builder in [FakeProvider::openai, FakeProvider::anthropic] {
        let scene = Scene::with(builder().model_with("model-1", Script::says("it costs nothing")));
        let run = scene.run(&["ask", "-m", MODEL, "--allow-external", "fake", QUESTION]);
        assert_eq!((run.code, run.out.as_str()), (0, "it costs nothing\n"), "{}", run.err);
        assert!(run.err.contains("external"), "the place is said: {}", run.err);
        let rows = scene.ledger();
        assert_eq!(says(&rows[0], "/payload"), &json!(digest(&scene.sent()).to_string()));
        assert_eq!(says(&rows[0], "/basis"), &json!({ "consent": "once" }));
        assert_eq!(scene.run(&["ask", "-m", MODEL, QUESTION]).code, 1, "it does not stand");
        assert_eq!(scene.fake.requests().len(), 1);
    }
}

#[test]
fn with_redact_a_secret_is_taken_out() {
    let (scene, secret) = (Scene::new(), secret());
    let question = format!("why is {secret} refused?");
    let run = scene.run(&["ask", "-m", MODEL, "--allow-external", "fake", "--redact", &question]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!String::from_utf8_lossy(&scene.sent().body).contains(&secret));
    assert!(String::from_utf8_lossy(&scene.sent().body).contains("why is "), "the rest of it goes");
    assert!(!run.err.contains(&secret) && !run.out.contains(&secret));
    assert_eq!(says(&scene.ledger()[0], "/redactions"), &json!(1));
}

#[test]
fn on_a_terminal_it_asks_on_the_line_and_only_y_is_a_yes() {
    for typed in ["", "n", "no", "x", "yy y", "\u{4}", "\u{1b}"] {
        let scene = Scene::new();
        let mut pty = scene.pty(&["ask", "-m", MODEL, QUESTION]);
        pty.wait_for("[N] no");
        scene.fake.assert_untouched();
        if typed == "\u{4}" {
            pty.key(Key::CtrlD);
        } else {
            enter(&pty, typed);
        }
        assert_eq!(pty.wait_exit().exit_code(), 1, "{typed:?}");
        scene.assert_nothing_left();
    }
    let scene = Scene::new();
    let mut pty = scene.pty(&["ask", "-m", MODEL, QUESTION]);
    let screen = pty.wait_for("[N] no");
    assert!(screen.contains("127.0.0.1") && screen.contains("model-1"), "{screen}");
    enter(&pty, "y");
    pty.wait_exit();
    assert!(pty.screen().contains("Hello from model-1"), "{}", pty.screen());
    assert_eq!(digest(&scene.sent()).short(), shown_digest(&screen));
}

#[test]
fn typed_ahead_on_the_line_is_no_answer() {
    let scene = Scene::new();
    let mut pty = scene.pty(&["ask", "-m", MODEL, QUESTION]);
    // Before it is asked; the terminal driver keeps it for whoever reads next.
    pty.type_text("y\r");
    pty.wait_for("[N] no");
    enter(&pty, "");
    assert_eq!(pty.wait_exit().exit_code(), 1);
    scene.assert_nothing_left();
}

#[test]
fn what_goes_wrong_there_is_said_and_noted() {
    for (behaviour, code, words, outcome) in [
        (Behaviour::Status(401), 1, "segno keys set fake", "failed"),
        // Another model may do better, and that is said: the one that takes over runs here.
        (Behaviour::Busy(Some(7)), 0, "fake/model-1 did not answer", "failed"),
        (Behaviour::Status(500), 0, "fake/model-1 did not answer", "failed"),
        (Behaviour::Status(529), 0, "fake/model-1 did not answer", "failed"),
        (Behaviour::TooLong, 1, "error: ", "failed"),
        (Behaviour::NoLastEvent, 3, "error: ", "failed"),
        (Behaviour::ErrorEvent("it broke there".to_owned()), 3, "it broke there", "failed"),
        (Behaviour::EofMidStream, 3, "error: ", "failed"),
        (Behaviour::SplitUtf8, 0, "", "answered"),
        (Behaviour::Noisy, 0, "", "answered"),
    ] {
        let script = Script::tokens(["one ", "two ", "three ", "four"]).behaving(behaviour.clone());
        let scene = Scene::with(FakeProvider::openai().model_with("model-1", script));
        let run = scene.run(&["ask", "-m", MODEL, "--allow-external", "fake", QUESTION]);
        assert_eq!(run.code, code, "{behaviour:?}: {}", run.err);
        assert!(run.err.contains(words), "{behaviour:?}: {}", run.err);
        let others = !scene.ollama.requests_to("/api/chat").is_empty();
        assert_eq!(others, run.err.contains("asking llama3.1:8b"), "{behaviour:?}: nobody else is asked in silence: {}", run.err);
        let rows = scene.ledger();
        assert_eq!((rows.len(), says(&rows[1], "/outcome/how")), (2, &json!(outcome)), "{behaviour:?}");
    }
}
