//! The real program in a pseudo-terminal: what is typed, what is seen, what is left behind.

use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Gate, PullScript, Script};
use segno_tests::pty::{Key, Pty};
use std::path::Path;

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// The sign under an answer, at the left edge: an answer that still comes has it in the status line, one column in.
const SIGN: &str = "\n● local  llama3.1:8b · ";

fn open(profile: &Profile, host: &str, args: &[&str]) -> Pty {
    let env = profile.env_with(&[("OLLAMA_HOST", host)]);
    Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), args, &env, ROWS, COLUMNS)
}

pub(crate) fn ask(pty: &Pty, question: &str) {
    pty.type_text(question);
    pty.wait_for(question);
    pty.key(Key::Enter);
}

pub(crate) fn quit(mut pty: Pty) {
    pty.key(Key::CtrlC);
    pty.wait_for("again");
    pty.key(Key::CtrlC);
    assert!(pty.wait_exit().success());
    pty.assert_restored();
}

#[test]
fn ask_see_it_stream_and_quit() {
    let gate = Gate::closed();
    let fake =
        FakeOllama::builder().model_with("llama3.1:8b", Script::tokens(["Once ", "upon ", "a time"]).step_by_step(&gate)).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "tell me something");
    gate.release(1);
    let screen = pty.wait_for("Once");
    assert!(!screen.contains("upon"), "{screen}");
    gate.open();
    pty.wait_for("Once upon a time");
    pty.wait_for(SIGN);
    quit(pty);
}

#[test]
fn without_a_server_the_guide_helps_and_the_server_is_found_when_it_comes() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("I am a model")).stopped();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("ollama serve");
    ask(&pty, "how do I quit?");
    pty.wait_for("guide · built in · not a language model");
    fake.start_again();
    pty.wait_for("Ollama is there now, with 1 model");
    ask(&pty, "and who are you?");
    pty.wait_for("I am a model");
    pty.wait_for(SIGN);
    quit(pty);
}

#[test]
fn escape_stops_and_keeps_what_came() {
    let gate = Gate::closed();
    let fake =
        FakeOllama::builder().model_with("llama3.1:8b", Script::tokens(["kept ", "never seen"]).step_by_step(&gate)).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "go on");
    gate.release(1);
    pty.wait_for("kept");
    pty.key(Key::Esc);
    let screen = pty.wait_for("stopped by you");
    assert!(screen.contains("kept") && !screen.contains("never seen"), "{screen}");
    fake.wait_for(|requests| requests.iter().any(|r| r.is("/api/chat") && r.client_gone()));
    quit(pty);
}

#[test]
fn killed_in_the_middle_of_an_answer_and_resumed() {
    let gate = Gate::closed();
    let script = Script::tokens(["half an answer", "the other half"]).step_by_step(&gate);
    let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
    let profile = Profile::new();
    let mut pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "a question to remember");
    gate.release(1);
    pty.wait_for("half an answer");
    // The first piece is stored at once, beside the screen: wait until the database has it.
    wait_stored(&profile, "half an answer");
    pty.kill();
    let pty = open(&profile, &fake.host(), &["--continue"]);
    let screen = pty.wait_for("half an answer");
    assert!(screen.contains("a question to remember") && screen.contains("interrupted"), "{screen}");
    quit(pty);
}

/// Reads the files of the database until they hold `text`; each look is a read of the disk, and the test's own deadline ends it.
pub(crate) fn wait_stored(profile: &Profile, text: &str) {
    let folder = profile.data().join("segno");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(4);
    while std::time::Instant::now() < end {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let stored = files
            .filter_map(|f| std::fs::read(f.path()).ok())
            .any(|bytes| bytes.windows(text.len()).any(|w| w == text.as_bytes()));
        if stored {
            return;
        }
        std::thread::yield_now();
    }
    panic!("`{text}` was not stored");
}

#[test]
fn a_pull_shows_its_progress_and_can_be_stopped() {
    let gate = Gate::closed();
    let fake = FakeOllama::builder().pullable(PullScript::of("phi3:mini").gated(&gate)).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("/pull");
    ask(&pty, "/pull phi3:mini");
    gate.release(3);
    pty.wait_for("%");
    pty.key(Key::Esc);
    pty.wait_for("stopped");
    fake.wait_for(|requests| requests.iter().any(|r| r.is("/api/pull") && r.client_gone()));
    gate.open();
    ask(&pty, "/pull phi3:mini");
    pty.wait_for("phi3:mini is here");
    quit(pty);
}

#[test]
fn resizing_while_it_streams() {
    let gate = Gate::closed();
    let words: Vec<String> = (0..60).map(|n| format!("word{n} ")).collect();
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::tokens(words).step_by_step(&gate)).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "count");
    gate.release(20);
    pty.wait_for("word19");
    pty.resize(10, 40);
    pty.wait_for("word19");
    pty.resize(5, 20);
    pty.wait_for("too small");
    pty.resize(50, 160);
    gate.open();
    let screen = pty.wait_for(SIGN);
    assert!(screen.contains("word0 word1 word2") && screen.contains("word59"), "{screen}");
    quit(pty);
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let evil = "safe\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}txt\u{1b}P$q\u{1b}\\ end";
    for script in [Script::tokens([evil]), Script::tokens(evil.chars().map(String::from))] {
        let fake = FakeOllama::builder().model_with("llama3.1:8b", script).start();
        let profile = Profile::new();
        let pty = open(&profile, &fake.host(), &[]);
        pty.wait_for("llama3.1:8b");
        ask(&pty, "be evil");
        let screen = pty.wait_for(SIGN);
        assert!(screen.contains("safe31m⟨U+202E⟩txt end"), "{screen}");
        let raw = pty.raw_output();
        let text = String::from_utf8_lossy(&raw);
        assert!(!text.contains("owned") && !text.contains('\u{202e}') && !text.contains('\u{9b}'), "an escape got through");
        quit(pty);
    }
}

#[test]
fn a_signal_restores_the_terminal() {
    let fake = FakeOllama::builder().model("llama3.1:8b").start();
    let profile = Profile::new();
    let mut pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    pty.signal("TERM");
    pty.wait_exit();
    pty.assert_restored();
}

#[test]
fn a_conversation_is_chosen_and_goes_on() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("answer one").then_says("answer two")).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "remember the lighthouse");
    pty.wait_for(SIGN);
    quit(pty);
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "/resume");
    pty.wait_for("remember the lighthouse");
    pty.key(Key::Enter);
    pty.wait_for("answer one");
    ask(&pty, "and then");
    pty.wait_for("answer two");
    pty.wait_until("two signs", |screen| screen.matches(SIGN).count() == 2);
    let last = fake.requests_to("/api/chat").pop().unwrap();
    assert_eq!(last.at("/messages/0/content"), "remember the lighthouse");
    assert_eq!(last.at("/messages/1/content"), "answer one");
    quit(pty);
}

#[test]
fn a_pasted_path_goes_as_a_file_and_is_there_again_on_resume() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("Milk.")).start();
    let profile = Profile::new();
    let path = profile.home().join("my notes.txt");
    std::fs::write(&path, "remember the milk").unwrap();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    pty.paste(&path.display().to_string());
    pty.wait_for("[file my notes.txt 18 B]");
    ask(&pty, "what did I need?");
    pty.wait_for(SIGN);
    quit(pty);
    let sent = fake.requests_to("/api/chat")[0].at("/messages/0/content").to_string();
    assert!(sent.contains("File `my notes.txt`:") && sent.contains("remember the milk"), "{sent}");
    assert!(!sent.contains(&*profile.home().to_string_lossy()), "no folder goes: {sent}");
    let pty = open(&profile, &fake.host(), &["--continue"]);
    let screen = pty.wait_for("18\u{a0}B]");
    assert!(screen.contains("› what did I need?") && !screen.contains("remember the milk"), "{screen}");
    quit(pty);
}

/// Every escape that would do something, whole and written as Markdown writes characters, cut at every character.
#[test]
fn hostile_markdown_cut_at_every_character_does_nothing_to_the_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[?47h\u{9b}31m&#27;]0;owned&#7;&#x1b;[?47h&#155;31m\u{202e}&#x202e;";
    let code = "```rust\u{1b}[5m&#27;[5m\nlet a = \"\u{1b}]52;c;b3duZWQ=\u{7}\";\n```\n";
    let link = "[here](https://a.example/&#27;]52;c;b3duZWQ=&#7;) <https://b.example>\n\n| &#27;[6n |\n|---|\n| \u{1b}[6n |\n\n";
    let text = format!("# {evil}\n\n- {evil}\n\n{code}{link}> {evil}\n\nthe end");
    let pieces: Vec<String> = text.chars().map(String::from).collect();
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::tokens(pieces.iter().map(String::as_str))).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "go on");
    pty.wait_for("the end");
    pty.wait_for(SIGN);
    let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    for never in ["\u{1b}]0;owned", "\u{1b}]52", "\u{1b}[?47h", "\u{1b}[6n", "\u{1b}[5m", "\u{9b}", "\u{202e}"] {
        assert!(!raw.contains(never), "{never:?}");
    }
    quit(pty);
}

/// Drawn on the terminal's own screen, it leaves the conversation there, and no other screen was ever taken.
#[test]
fn inline_it_leaves_the_conversation_in_the_terminal() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("An answer\x1b[31m to keep.")).start();
    let profile = Profile::new();
    let mut pty = open(&profile, &fake.host(), &["--set", "terminal.screen=inline"]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "what stays?");
    pty.wait_for(SIGN);
    pty.key(Key::CtrlC);
    pty.wait_for("again");
    pty.key(Key::CtrlC);
    assert!(pty.wait_exit().success());
    pty.assert_restored();
    let screen = pty.screen();
    let lines: Vec<&str> = screen.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    assert!(lines[0].starts_with("› what stays?") && !screen.contains("again"), "{screen}");
    assert!(lines.contains(&"An answer to keep."), "{screen}");
    assert!(lines.last().is_some_and(|line| line.starts_with("● local  llama3.1:8b")), "{screen}");
    let raw = pty.raw_output();
    assert!(!raw.windows(6).any(|bytes| bytes == b"?1049h"), "no other screen");
}

/// What terminals and their emulators differ about most, word by word while the window changes its size: in the end it is what a fresh
/// look at the conversation shows.
#[test]
fn what_came_while_the_window_changed_is_what_a_fresh_look_shows() {
    let long = "0123456789".repeat(1000);
    let words = [
        &long,
        "\n\n",
        "# 見出し\n\n",
        "狐狸 jumps over 茶色の犬 and back.\n\n",
        "e\u{301}le\u{300}ve, n\u{303}ino, \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5e2}\u{5d5}\u{5dc}\u{5dd}, \u{645}\u{631}\u{62d}\u{628}\u{627}\n\n",
        "- one\n\t- two, behind a tab\n- a\tb\tc\n\n",
        "| 名前 | value |\n|---|---:|\n| 狐 | 1 |\n| a much longer name than the others have | 22 |\n\n",
        "```rust\nfn main() {\n\tprintln!(\"狐\");\n}\n```\n\n",
        "\n\nThe **end**.",
    ];
    let gate = Gate::closed();
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::tokens(words).step_by_step(&gate)).start();
    let profile = Profile::new();
    let pty = open(&profile, &fake.host(), &[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "all of it");
    for (n, (rows, columns)) in
        [(10, 40), (40, 120), (12, 33), (24, 80), (50, 20), (30, 101), (9, 60), (14, 80), (24, 80)].into_iter().enumerate()
    {
        gate.release(1);
        pty.resize(rows, columns);
        // Something of the frame of that size: its line above the composer.
        pty.wait_until(&format!("frame {n}"), |screen| screen.lines().any(|line| line == "─".repeat(usize::from(columns))));
    }
    gate.open();
    pty.wait_for("The end.");
    pty.wait_for(SIGN);
    let looks = |pty: &Pty| {
        pty.key(Key::PageUp);
        // Not the signs, with their times, and not the status line.
        let varies = |line: &&str| line.contains("local") || line.contains("ctx ");
        let signless = |screen: String| {
            screen.lines().filter(|line| !varies(line)).map(|line| line.trim_end().to_owned() + "\n").collect::<String>()
        };
        let up = signless(pty.wait_gone("The end."));
        pty.key(Key::PageDown);
        (up, signless(pty.wait_for("The end.")))
    };
    let streamed = looks(&pty);
    quit(pty);
    let pty = open(&profile, &fake.host(), &["--continue"]);
    pty.wait_for("The end.");
    assert_eq!(streamed, looks(&pty));
    quit(pty);
}
