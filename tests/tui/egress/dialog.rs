//! The question for consent on the screen: every way to say no, and what a yes sends.

use super::{ASKS, MODEL, Scene, answer, digest, enter, leave, random, says, secret, shown_digest};
use segno_tests::check::Profile;
use segno_tests::provider::{FakeProvider, Gate, Script};
use segno_tests::pty::{Key, Pty};
use serde_json::json;
use std::sync::{Arc, Mutex};

const QUESTION: &str = "what does the private plan cost?";

/// Says no, and clears the draft that the question goes back to.
fn refuse(pty: &Pty) {
    answer(pty, "n");
    pty.wait_until("the draft again", |screen| screen.contains("/ commands") && !screen.contains("ask something"));
    pty.key(Key::CtrlC);
    pty.wait_for("ask something");
}

/// Asks, once what was asked before is over.
fn ask(pty: &Pty, question: &str) {
    pty.wait_for("/ commands");
    crate::program::ask(pty, question);
}

/// Says no with a key.
fn check_no(args: &[&str], key: Option<Key>) {
    let scene = Scene::new();
    let (pty, screen) = scene.asked(args, QUESTION);
    assert!(screen.contains("127.0.0.1") && screen.contains("fake") && screen.contains("model-1"), "{screen}");
    scene.fake.assert_untouched();
    if let Some(key) = key {
        pty.key(key);
    }
    pty.wait_gone(ASKS);
    scene.fake.assert_untouched();
    leave(pty);
    scene.assert_nothing_left();
}

#[test]
fn enter_is_a_no() {
    check_no(&[], Some(Key::Enter));
}

#[test]
fn escape_is_a_no() {
    check_no(&[], Some(Key::Esc));
}

#[test]
fn n_is_a_no() {
    let scene = Scene::new();
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "n");
    leave(pty);
    scene.assert_nothing_left();
}

#[test]
fn no_answer_is_a_no() {
    check_no(&["--set", "privacy.consent_timeout=1s"], None);
}

#[test]
fn a_closed_terminal_is_a_no() {
    for signal in ["HUP", "KILL"] {
        let scene = Scene::new();
        let (mut pty, _) = scene.asked(&[], QUESTION);
        pty.signal(signal);
        pty.wait_exit();
        drop(pty);
        scene.assert_nothing_left();
    }
}

#[test]
fn what_was_typed_ahead_is_no_answer() {
    let scene = Scene::new();
    let pty = scene.chat(&[]);
    pty.type_text(QUESTION);
    pty.wait_for(QUESTION);
    // All in one: the keys are there before the question is.
    pty.send(b"\ryyyyccccyyyy".to_vec());
    pty.wait_for(ASKS);
    scene.fake.assert_untouched();
    pty.key(Key::Esc);
    pty.wait_gone(ASKS);
    pty.key(Key::Esc);
    drop(pty);
    scene.assert_nothing_left();
}

#[test]
fn a_yes_sends_exactly_what_was_shown_and_only_once() {
    for builder in [FakeProvider::openai, FakeProvider::anthropic] {
        let scene = Scene::with(builder().model_with("model-1", Script::says("it costs nothing")));
        let (pty, screen) = scene.asked(&[], QUESTION);
        answer(&pty, "y");
        pty.wait_for("it costs nothing");
        let sent = scene.sent();
        assert_eq!(digest(&sent).short(), shown_digest(&screen));
        assert!(String::from_utf8_lossy(&sent.body).contains(QUESTION));
        let key = sent.header("x-api-key").or(sent.header("authorization")).unwrap();
        assert!(key.ends_with(&scene.key), "the key goes to its own provider");
        assert_eq!(scene.fake.requests().len(), 1, "and nothing else was asked there");
        assert!(scene.ollama.requests_to("/api/chat").is_empty());
        ask(&pty, "and what does it cost tomorrow?");
        pty.wait_for(ASKS);
        answer(&pty, "n");
        leave(pty);
        assert_eq!(scene.fake.requests().len(), 1, "the yes was for once");
        let rows = scene.ledger();
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert_eq!(says(&rows[0], "/payload"), &json!(digest(&sent).to_string()));
        assert_eq!(says(&rows[0], "/bytes"), &json!(sent.body.len()));
        assert_eq!(says(&rows[0], "/target"), &json!(format!("POST http://{}{}", scene.fake.host(), sent.path)));
        assert_eq!((says(&rows[1], "/intent"), says(&rows[1], "/outcome/how")), (&json!(1), &json!("answered")));
    }
}

#[test]
fn the_ledger_has_it_before_the_first_byte_and_what_came_of_it_after() {
    let profile = Profile::new();
    let (folder, gate) = (profile.data().join("segno"), Gate::closed());
    let noted = Arc::new(Mutex::new(Vec::new()));
    let found = Arc::clone(&noted);
    // What is in the files of the database when the first byte comes; the path stands in the ledger alone.
    let look = move || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let noted = files.filter_map(|file| std::fs::read(file.path()).ok());
        let needle = b"/v1/chat/completions";
        found.lock().unwrap().push(noted.into_iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle)));
    };
    let script = Script::says("at last").slow_first_token(&gate);
    let scene = Scene::in_profile(profile, FakeProvider::openai().model_with("model-1", script).when_touched(look));
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "y");
    scene.fake.wait_for(|requests| requests.len() == 1);
    assert_eq!(*noted.lock().unwrap(), [true], "the row was there before the first byte");
    let rows = scene.ledger();
    assert_eq!(rows.iter().map(|row| says(row, "/row").clone()).collect::<Vec<_>>(), ["intent"]);
    gate.open();
    pty.wait_for("at last");
    leave(pty);
    let rows = scene.ledger();
    assert_eq!(rows.iter().map(|row| says(row, "/row").clone()).collect::<Vec<_>>(), ["intent", "outcome"]);
}

#[test]
fn a_row_that_was_changed_is_named() {
    let scene = Scene::new();
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "y");
    pty.wait_for("Hello from model-1");
    leave(pty);
    let whole = scene.run(&["ledger", "verify"]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    let file = scene.profile.data().join("segno/segno.db");
    assert!(!file.with_extension("db-wal").exists(), "a database that was closed is in one file");
    let mut bytes = std::fs::read(&file).unwrap();
    let needle = b"/v1/chat/completions";
    let places: Vec<_> = bytes.windows(needle.len()).enumerate().filter(|(_, w)| w == needle).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "the ledger holds where it went");
    for at in places {
        bytes[at + 1] = b'w';
    }
    std::fs::write(&file, bytes).unwrap();
    let broken = scene.run(&["ledger", "verify"]);
    assert_ne!(broken.code, 0, "{}", broken.out);
    assert!(format!("{}{}", broken.out, broken.err).contains("row 1"), "{}{}", broken.out, broken.err);
}

#[test]
fn a_secret_is_taken_out_of_what_is_sent_as_it_was_shown() {
    for (keys, goes) in [("y", false), ("ry", true)] {
        let (scene, secret) = (Scene::new(), secret());
        let pty = scene.chat(&[]);
        ask(&pty, &format!("why is {secret} refused?"));
        let mut screen = pty.wait_for(ASKS);
        assert!(!screen.contains(&secret) && screen.contains("1 secret found"), "{screen}");
        if keys == "ry" {
            let before = shown_digest(&screen);
            pty.type_text("r");
            screen = pty.wait_until("another sum", |screen| screen.contains("sha256") && shown_digest(screen) != before);
            assert!(!screen.contains(&secret), "masked all the same: {screen}");
        }
        answer(&pty, "y");
        pty.wait_for("Hello from model-1");
        let sent = scene.sent();
        assert_eq!(digest(&sent).short(), shown_digest(&screen));
        assert_eq!(String::from_utf8_lossy(&sent.body).contains(&secret), goes);
        leave(pty);
        let rows = scene.ledger();
        let count = |key: &str| says(&rows[0], key).as_u64().unwrap();
        assert_eq!((count("/secrets"), count("/redactions")), if goes { (1, 0) } else { (0, 1) });
    }
}

#[test]
fn a_yes_for_the_conversation_holds_until_it_is_taken_back() {
    let script = Script::says("first answer").then_says("second answer").then_says("third answer");
    let scene = Scene::with(FakeProvider::openai().model_with("model-1", script));
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "c");
    pty.wait_for("first answer");
    ask(&pty, "and tomorrow?");
    pty.wait_for("second answer");
    let second = scene.fake.chats().pop().unwrap();
    assert!(String::from_utf8_lossy(&second.body).contains(QUESTION), "the conversation goes along");
    enter(&pty, "/consent revoke");
    pty.wait_until("nothing typed", |screen| !screen.contains("/consent revoke"));
    ask(&pty, "and then?");
    pty.wait_for(ASKS);
    answer(&pty, "n");
    assert_eq!(scene.fake.chats().len(), 2);
    leave(pty);
    assert_eq!(scene.ledger().len(), 4);
}

#[test]
fn a_new_kind_of_data_a_new_secret_and_another_conversation_ask_again() {
    let scene = Scene::new();
    let file = scene.profile.home().join("notes.txt");
    std::fs::write(&file, "the notes are about lighthouses\n").unwrap();
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "c");
    pty.wait_for("Hello from model-1");
    enter(&pty, "/attach notes.txt");
    pty.wait_for("[file notes.txt");
    ask(&pty, "what are they about?");
    let screen = pty.wait_for(ASKS);
    assert!(screen.contains("1 file") && screen.contains("were not shown"), "{screen}");
    refuse(&pty);
    ask(&pty, &format!("what is {}?", secret()));
    let screen = pty.wait_for(ASKS);
    assert!(screen.contains("1 secret found"), "{screen}");
    refuse(&pty);
    ask(&pty, "/new");
    ask(&pty, &format!("/model {MODEL}"));
    ask(&pty, "who are you?");
    pty.wait_for(ASKS);
    answer(&pty, "n");
    leave(pty);
    assert_eq!(scene.fake.chats().len(), 1);
}

#[test]
fn never_is_never_in_the_next_run_too() {
    let scene = Scene::new();
    let (pty, _) = scene.asked(&[], QUESTION);
    answer(&pty, "v");
    pty.wait_for("nothing goes to");
    for pty in [Some(pty), None] {
        let pty = pty.unwrap_or_else(|| scene.chat(&[]));
        let question = format!("again {}", random(8));
        ask(&pty, &question);
        let screen = pty.wait_for("you said that nothing may go to");
        assert!(!screen.contains(ASKS), "{screen}");
        leave(pty);
    }
    let run = scene.run(&["ask", "--allow-external", "fake", "-m", MODEL, QUESTION]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    scene.assert_nothing_left();
}

#[test]
fn offline_forbids_it_and_asks_nothing() {
    for (args, command) in [(&[][..], "/offline on"), (&["--offline"], "")] {
        let scene = Scene::new();
        let pty = scene.chat(args);
        if !command.is_empty() {
            enter(&pty, command);
        }
        pty.wait_for("offline");
        ask(&pty, QUESTION);
        let screen = pty.wait_for("nothing leaves this machine");
        assert!(!screen.contains(ASKS), "{screen}");
        leave(pty);
        scene.assert_nothing_left();
    }
}
