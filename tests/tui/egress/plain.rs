//! Consent in plain lines: words at a terminal, and none where lines come through a pipe.

use super::{MODEL, Scene, digest, enter, shown_digest};
use crate::plain::{END, assert_plain, leave};
use segno_tests::provider::{FakeProvider, Script};
use segno_tests::pty::{Key, Pty};
use std::io::Write;
use std::process::Stdio;

const QUESTION: &str = "what does the private plan cost?";
const ASKS: &str = "Your answer:";

/// The chat with a question asked, up to the question for consent; that screen. What is typed is heard from then on.
fn asked(scene: &Scene) -> (Pty, String) {
    let pty = scene.pty(&["--plain"]);
    pty.wait_for("You:");
    enter(&pty, &format!("/model {MODEL}"));
    pty.wait_for("from now on.");
    enter(&pty, QUESTION);
    let screen = pty.wait_for(ASKS);
    scene.fake.assert_untouched();
    (pty, screen)
}

#[test]
fn anything_but_the_word_is_a_no() {
    for word in ["", "y", "Yes", "no", "hello"] {
        let scene = Scene::new();
        let (pty, screen) = asked(&scene);
        for part in ["Consent needed, external: fake.", "127.0.0.1", "Nothing was sent yet.", "Anything else is no."] {
            assert!(screen.contains(part), "{part}:\n{screen}");
        }
        enter(&pty, word);
        pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("You:"));
        leave(pty);
        scene.assert_nothing_left();
    }
}

#[test]
fn control_c_is_a_no() {
    let scene = Scene::new();
    let (pty, _) = asked(&scene);
    pty.key(Key::CtrlC);
    pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("You:"));
    leave(pty);
    scene.assert_nothing_left();
}

#[test]
fn the_word_sends_exactly_what_was_said() {
    let scene = Scene::with(FakeProvider::openai().model_with("model-1", Script::says("it costs nothing")));
    let (pty, screen) = asked(&scene);
    enter(&pty, "show");
    let shown = pty.wait_for("End of what would be sent");
    assert!(shown.contains(QUESTION) && shown.contains("Exactly this would be sent:"), "{shown}");
    scene.fake.assert_untouched();
    enter(&pty, "yes");
    pty.wait_for("it costs nothing");
    pty.wait_for(END);
    let sent = scene.sent();
    assert_eq!(digest(&sent).short(), shown_digest(&screen.replace("sha256:", "sha256")));
    assert_plain(&pty);
    leave(pty);
}

#[test]
fn what_was_typed_ahead_is_no_answer() {
    let scene = Scene::new();
    let pty = scene.pty(&["--plain", "-m", MODEL]);
    pty.wait_for("You:");
    // All in one: the words are there before the question is.
    pty.send(format!("{QUESTION}\nyes\nyes\nconversation\n").into_bytes());
    pty.wait_for(ASKS);
    scene.fake.assert_untouched();
    pty.key(Key::CtrlC);
    pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("You:"));
    leave(pty);
    scene.assert_nothing_left();
}

#[test]
fn a_pipe_says_no() {
    let scene = Scene::new();
    let mut child = scene
        .command(&["--plain", "-m", MODEL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{QUESTION}\nyes\n").as_bytes()).unwrap();
    let run = crate::commands::finish(child.wait_with_output().unwrap());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("No: lines that are piped in are not asked."), "{}", run.out);
    scene.assert_nothing_left();
}
