//! `segno demo`: the whole tour, as a person takes it.

use segno_tests::check::Profile;
use segno_tests::pty::{Key, Pty};
use std::path::Path;

fn open(profile: &Profile, rows: u16, columns: u16) -> Pty {
    let temporary = profile.data().join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let env = profile.env_with(&[("TMPDIR", temporary.to_str().unwrap()), ("OLLAMA_HOST", "127.0.0.1:9")]);
    Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &["demo", "--fast"], &env, rows, columns)
}

/// What a tour leaves behind.
fn left(profile: &Profile) -> Vec<String> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let all = entries(&profile.data()).chain(entries(&profile.data().join("tmp")));
    all.map(|path| path.display().to_string()).filter(|path| !path.ends_with("/tmp")).collect()
}

#[test]
fn the_tour_from_the_first_question_to_the_last_leaves_nothing_behind() {
    let profile = Profile::new();
    let pty = open(&profile, 40, 100);
    pty.wait_for("in seven steps");
    pty.wait_for("› Why is the sky blue?");
    pty.wait_for("3 models");
    pty.key(Key::Enter);
    // Each answer says that its model is simulated.
    pty.wait_for("● local  simulated-llama:8b");
    pty.wait_for("2 of 7");
    pty.key(Key::Enter);
    pty.wait_for("code question, asking simulated-coder:7b");
    pty.wait_for("3 of 7");
    pty.wait_for("› /bad");
    pty.key(Key::Enter);
    pty.wait_for("1 line proposed for code-simulated");
    pty.wait_for("› /playbook");
    pty.key(Key::Enter);
    pty.wait_for("Say what the code costs");
    pty.type_text("a");
    pty.wait_for("shadow");
    pty.key(Key::Esc);
    pty.wait_for("› Once more");
    pty.key(Key::Enter);
    pty.wait_for("[c1]");
    pty.wait_for("6 of 7");
    pty.key(Key::Enter);
    pty.wait_for("simulated-math:7b did not answer: out of memory; asking simulated-llama:8b");
    pty.wait_for("7 of 7");
    pty.key(Key::Enter);
    let dialog = pty.wait_for("may this leave the machine?");
    assert!(dialog.contains("api.simulated-cloud.example") && dialog.contains("1 secret found"), "{dialog}");
    // Before that keys do not count.
    pty.wait_for("y once");
    pty.key(Key::Esc);
    pty.wait_for("That was the tour");
    crate::program::quit(pty);
    assert_eq!(left(&profile), Vec::<String>::new());
}

/// In plain lines the same tour says what to type, and speaks of no key.
#[test]
fn the_tour_in_plain_lines_says_what_to_type() {
    let profile = Profile::new();
    let env = profile.env_with(&[("OLLAMA_HOST", "127.0.0.1:9")]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &["--plain", "demo", "--fast"], &env, 50, 120);
    pty.wait_for("Type \"Why is the sky blue?\"");
    let say = |line: &str, ends: &str| {
        pty.type_text(line);
        pty.key(Key::Enter);
        pty.wait_for(ends)
    };
    say("Why is the sky blue?", "2 of 7");
    say("Write a Rust function that removes duplicates from a Vec and keeps the order", "3 of 7");
    let learnt = say("/bad say what it costs in time and memory", "4 of 7");
    assert!(learnt.contains("/playbook shows it") && !learnt.contains("F2"), "{learnt}");
    say("/playbook", "1. [code-00001] Say what the code costs");
    say("accept 1", "5 of 7");
    say("", "You: ");
    let mut pty = pty;
    pty.type_text("/quit");
    pty.key(Key::Enter);
    assert!(pty.wait_exit().success());
}
