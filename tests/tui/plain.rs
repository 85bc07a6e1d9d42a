//! The chat in plain lines, as a person at a terminal has it, and a program behind a pipe.

use crate::commands::{Run, finish, segno};
use crate::program::ask;
use segno_tests::check::Profile;
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, Script};
use segno_tests::pty::{Key, Pty};
use segno_tui::slash::COMMANDS;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Below a whole answer.
pub(crate) const END: &str = "\nEnd of answer: ";

fn open(profile: &Profile, host: &str, args: &[&str], more: &[(&str, &str)]) -> Pty {
    let env = profile.env_with(&[&[("OLLAMA_HOST", host)], more].concat());
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), args, &env, 60, 100);
    pty.wait_for("You: ");
    pty
}

/// What the program wrote is nothing but text in lines; the terminal's driver adds the carriage returns.
pub(crate) fn assert_plain(pty: &Pty) {
    let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    assert!(!raw.contains(obeyed), "{raw:?}");
}

/// Leaves with Ctrl+D.
pub(crate) fn leave(mut pty: Pty) {
    pty.key(Key::CtrlD);
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_plain(&pty);
    pty.assert_restored();
}

/// Runs `segno --plain` with these lines in a pipe.
fn piped(profile: &Profile, host: &str, lines: &str) -> Run {
    let mut command = segno(profile, host, &["--plain"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    finish(child.wait_with_output().unwrap())
}

#[test]
fn ask_hear_and_leave() {
    let gate = Gate::closed();
    let script = Script::tokens(["Once ", "upon ", "a time"]).step_by_step(&gate);
    let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    pty.wait_for("1 model: llama3.1:8b");
    ask(&pty, "tell me something");
    pty.wait_for("llama3.1:8b answers, on this machine.");
    gate.release(1);
    let screen = pty.wait_for("Once");
    assert!(!screen.contains("upon"), "{screen}");
    gate.open();
    pty.wait_for("Once upon a time");
    pty.wait_until("the prompt", |screen| screen.contains(END) && screen.trim_end().ends_with("You:"));
    ask(&pty, "one more \\");
    pty.wait_for("Next line: ");
    ask(&pty, "line");
    pty.wait_until("two answers", |screen| screen.matches(END).count() == 2);
    let last = fake.requests_to("/api/chat").pop().unwrap();
    assert_eq!(last.at("/messages/2/content"), "one more \nline");
    leave(pty);
}

#[test]
fn a_dumb_terminal_has_lines_by_itself_and_so_has_who_sets_it() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("Hello.")).start();
    let profile = Profile::new();
    for (args, more) in [(&[][..], &[("TERM", "dumb")][..]), (&["--set", "terminal.plain=true"], &[])] {
        let pty = open(&profile, &fake.host(), args, more);
        ask(&pty, "hello");
        pty.wait_for(END);
        leave(pty);
    }
}

#[test]
fn a_fallback_is_said_with_its_reason() {
    let broken = Script::says("never").behaving(Behaviour::Status(500, r#"{"error":"out of memory"}"#.to_owned()));
    let fake =
        FakeOllama::builder().model_with("llama3.1:8b", broken).model_with("mistral:7b", Script::says("It is me.")).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "who are you?");
    let screen = pty.wait_for(END);
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text}:\n{screen}"));
    assert!(at("llama3.1:8b answers, on this machine.") < at("Fallback: "), "{screen}");
    assert!(
        at("Fallback: ") < at("mistral:7b answers, on this machine.") && at("mistral:7b answers") < at("It is me."),
        "{screen}"
    );
    leave(pty);
}

#[test]
fn control_c_stops_an_answer_and_leaves_the_second_time() {
    let gate = Gate::closed();
    let script = Script::tokens(["kept ", "never said"]).step_by_step(&gate);
    let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
    let profile = Profile::new();
    let mut pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "go on");
    gate.release(1);
    pty.wait_for("kept");
    pty.key(Key::CtrlC);
    let screen = pty.wait_for("Stopped by you");
    assert!(screen.contains("Note: stopping.") && !screen.contains("never said"), "{screen}");
    fake.wait_for(|requests| requests.iter().any(|r| r.is("/api/chat") && r.client_gone()));
    ask(&pty, "/mouse on");
    pty.wait_for("no mouse here");
    pty.key(Key::CtrlC);
    pty.wait_for("Note: Press Ctrl-C again to leave.");
    pty.key(Key::CtrlC);
    assert_eq!(pty.wait_exit().exit_code(), 0);
    pty.assert_restored();
}

#[test]
fn a_question_that_is_typed_too_early_waits() {
    let gate = Gate::closed();
    let script = Script::says("the first").step_by_step(&gate).then_says("the second");
    let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "one");
    pty.wait_for("answers, on this machine");
    ask(&pty, "two");
    pty.wait_for("Note: this waits until the answer stands.");
    gate.open();
    pty.wait_for("You: two");
    pty.wait_until("both", |screen| screen.matches(END).count() == 2);
    leave(pty);
}

#[test]
fn a_stored_conversation_is_chosen_by_its_number() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("answer one").then_says("answer two")).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "remember the lighthouse");
    pty.wait_for(END);
    leave(pty);
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "/resume");
    pty.wait_for("Number opens one, or Enter for none:");
    pty.wait_for("1. remember the lighthouse, 2 messages");
    ask(&pty, "7");
    pty.wait_for("Numbers go from 1 to 1");
    ask(&pty, "1");
    pty.wait_for("You: remember the lighthouse");
    pty.wait_for("answer one");
    ask(&pty, "and then");
    pty.wait_for("answer two");
    let last = fake.requests_to("/api/chat").pop().unwrap();
    assert_eq!(last.at("/messages/1/content"), "answer one");
    leave(pty);
}

/// What a mark and its keys do on a screen, by numbers.
#[test]
fn earlier_messages_are_chosen_by_their_numbers() {
    let script = Script::says("One.").then_says("Two,\nwhole.").then_says("Other.").then_says("Third.");
    let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[]);
    ask(&pty, "/messages");
    pty.wait_for("Note: nothing was said here yet.");
    ask(&pty, "what is one");
    pty.wait_for("One.\nEnd of answer");
    ask(&pty, "and two");
    pty.wait_for("whole.\nEnd of answer");
    ask(&pty, "/messages");
    pty.wait_for("1. Answer: Two, whole.\n2. You: and two\n3. Answer: One.\n4. You: what is one\nAlso with a number, as in \"copy 1\": copy");
    pty.wait_for("Number shows one whole, or Enter for none: ");
    ask(&pty, "1");
    pty.wait_for("Answer:\nTwo,\nwhole.\nNumber shows");
    ask(&pty, "9");
    pty.wait_for("Numbers go from 1 to 4");
    ask(&pty, "change 2");
    pty.wait_for("New question: ");
    ask(&pty, "");
    pty.wait_for("Note: the question is as it was.");
    ask(&pty, "/messages");
    ask(&pty, "change 4");
    pty.wait_for("leaves it as it was.\nNew question: ");
    ask(&pty, "what is another");
    pty.wait_for("Other.\nEnd of answer");
    let last = fake.requests_to("/api/chat").pop().unwrap();
    assert_eq!(last.at("/messages/0/content"), "what is another", "in the place of the first");
    ask(&pty, "/messages");
    pty.wait_for("2. You, version 2 of 2: what is another");
    ask(&pty, "before 2");
    pty.wait_for("You: and two\n");
    ask(&pty, "/messages");
    pty.wait_for("4. You, version 1 of 2: what is one");
    ask(&pty, "fork 3");
    pty.wait_for("Note: opened: what is one (copy).");
    ask(&pty, "/messages");
    pty.wait_for("1. Answer: One.\n2. You: what is one\nAlso");
    ask(&pty, "again 1");
    pty.wait_for("Third.\nEnd of answer");
    leave(pty);
}

#[test]
fn hostile_text_leaves_nothing_but_lines() {
    let evil = "safe\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}txt\u{1b}P$q\u{1b}\\ \r\u{8}\u{0} end";
    for script in [Script::tokens([evil]), Script::tokens(evil.chars().map(String::from))] {
        let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
        let profile = Profile::new();
        let pty = open(&profile, &fake.host(), &["--plain"], &[]);
        ask(&pty, "be evil");
        let screen = pty.wait_for(END);
        assert!(screen.contains("⟨U+202E⟩txt") && !screen.contains("owned"), "{screen}");
        leave(pty);
    }
}

#[test]
fn each_line_of_a_pipe_is_asked_in_its_turn() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("one.").then_says("two.")).start();
    let profile = Profile::new();
    let run = piped(&profile, &fake.host(), "first\n/rename A title\nsecond \\\nline\n/why");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let at = |text: &str| run.out.find(text).unwrap_or_else(|| panic!("{text}:\n{}", run.out));
    let order = ["You: first", "one.", "You: /rename", "Note: renamed: A title.", "You: second", "two.", "You: /why"].map(at);
    assert!(order.is_sorted(), "{}", run.out);
    assert!(!run.out.contains(|c: char| c.is_control() && c != '\n'), "{:?}", run.out);
    let last = fake.requests_to("/api/chat").pop().unwrap();
    assert_eq!(last.at("/messages/2/content"), "second \nline");
}

#[test]
fn a_pipe_has_no_editor() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("one.")).start();
    let run = piped(&Profile::new(), &fake.host(), "/editor\nfirst\n");
    assert!(run.out.contains("Error: an editor needs a terminal, and these lines come through a pipe."), "{}", run.out);
    assert!(run.out.contains("one.") && !run.out.contains('\u{1b}'), "{}", run.out);
}

/// What can only be meant for a list is no question, however wrong it is.
#[test]
fn a_wrong_word_for_a_list_is_not_asked_through_a_pipe() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("one.").then_says("two.")).start();
    let profile = Profile::new();
    let run = piped(&profile, &fake.host(), "first\n/messages\n0\n-1\ngood 1\nchange\n9 copy\nwhy is 9 copy of it\n");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("Error: change wants a number, as in \"change 1\". They go from 1 to 2."), "{}", run.out);
    for wrong in ["0", "-1", "9 copy"] {
        assert!(run.out.contains(&format!("Error: {wrong} is nothing that can be chosen here.")), "{wrong}:\n{}", run.out);
    }
    assert_eq!(fake.requests_to("/api/chat").len(), 2, "{}", run.out);
}

/// Every command of the table, each in its turn: it says something, and nothing that a terminal obeys.
#[test]
fn every_command_says_something() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("An answer.").then_says("Another.")).start();
    let profile = Profile::new();
    std::fs::write(profile.home().join("notes.txt"), "remember the milk").unwrap();
    let export = r#"{"version":1}"#;
    std::fs::write(profile.home().join("chats.json"), export).unwrap();
    let argument = |name: &str| match name {
        "attach" => "notes.txt",
        "import" => "chats.json",
        "model" | "load" | "unload" => "llama3.1:8b",
        "with" => "llama3.1:8b again?",
        "pull" => "llama3.1:8b",
        "correct" => "Something else.",
        "rename" => "Another title",
        "mouse" | "offline" => "on",
        "domain" => "math",
        _ => "",
    };
    let commands: Vec<String> = COMMANDS
        .iter()
        .filter(|row| row.name != "quit")
        .map(|row| format!("/{} {}", row.name, argument(row.name)).trim_end().to_owned())
        .collect();
    let mut command = segno(&profile, &fake.host(), &["--plain"]);
    command.env("EDITOR", "true").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("hello\n{}\n", commands.join("\n")).as_bytes()).unwrap();
    let run = finish(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.is_ascii() && !run.out.contains(|c: char| c.is_control() && c != '\n'), "{:?}", run.out);
    let mut rest = run.out.as_str();
    for command in &commands {
        let (_, after) = rest.split_once(&format!("You: {command}\n")).unwrap_or_else(|| panic!("no {command}:\n{}", run.out));
        let said = after.split("You: ").next().unwrap_or_default();
        assert!(!said.trim().is_empty(), "{command} says nothing:\n{}", run.out);
        rest = after;
    }
}

#[test]
fn a_question_is_written_in_the_editor() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("Hello.")).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &["--plain"], &[("EDITOR", "printf 'two\\nlines' >")]);
    ask(&pty, "/editor");
    pty.wait_for("You: two\nlines");
    pty.wait_for(END);
    assert_eq!(fake.requests_to("/api/chat")[0].at("/messages/0/content"), "two\nlines");
    leave(pty);
}
