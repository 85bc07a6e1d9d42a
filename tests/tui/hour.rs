//! An hour of work in a few seconds: many turns, with other models, other conversations, other sizes of the window, and answers that are
//! stopped.

use crate::program::quit;
use segno_tests::check::Profile;
use segno_tests::ollama::{Behaviour, FakeOllama, Script};
use segno_tests::pty::{Key, Pty};
use std::path::Path;

/// So many turns in each of two programs.
const TURNS: usize = 100;
const SIZES: [(u16, u16); 4] = [(30, 80), (40, 120), (24, 60), (50, 160)];
/// Bytes by which the program may grow over the last three quarters: what was said, and what is kept of it to draw.
const GROWTH: u64 = 12 << 20;

/// Answers with a bit of everything.
fn answers() -> Script {
    let answer = |n: usize| format!("**No. {n}**: `x{n}` and 日本\n\n```rust\nlet a = {n};\n```\n\n- [l](https://a.example)\n");
    (1..10).fold(Script::says(&answer(0)), |script, n| script.then_says(&answer(n)))
}

/// Bytes in memory; `None` where the system does not tell.
fn memory(pty: &Pty) -> Option<u64> {
    let pages = std::fs::read_to_string(format!("/proc/{}/statm", pty.pid())).ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4096)
}

/// Whether the turn that `question` began has ended, and the next can be typed.
fn is_over(screen: &str, question: &str, ended: &str) -> bool {
    let asked = screen.rfind(&format!("› {question}"));
    asked.is_some_and(|at| screen[at..].contains(ended)) && screen.contains("› ask something")
}

/// Fixes the model that answers.
fn fix(pty: &Pty) {
    pty.type_text("/model llama3.1:8b\r");
    pty.wait_for("llama3.1:8b (● local) from now on");
}

/// Works for a hundred turns; before each, `between` does something else.
fn work(between: impl Fn(&Pty, usize)) {
    let hangs = Script::says("never").behaving(Behaviour::Hang);
    let fake = FakeOllama::builder().model_with("llama3.1:8b", answers()).model_with("mistral:7b", hangs).start();
    let profile = Profile::new();
    let env = profile.env_with(&[("OLLAMA_HOST", &fake.host())]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 30, 80);
    pty.wait_for("llama3.1:8b");
    fix(&pty);
    let mut early = None;
    for turn in 0..TURNS {
        between(&pty, turn);
        let question = format!("turn {turn}.");
        pty.type_text(&format!("{question}\r"));
        pty.wait_until("the turn has ended", |screen| is_over(screen, &question, "● local  llama3.1:8b · "));
        if turn == TURNS / 4 {
            early = memory(&pty);
        }
    }
    if let (Some(early), Some(late)) = (early, memory(&pty)) {
        assert!(late < early + GROWTH, "from {early} to {late} bytes");
    }
    quit(pty);
}

/// Typed at the very moment of it, nothing is lost.
#[test]
fn a_hundred_turns_while_the_window_changes_its_size() {
    work(|pty, turn| {
        let (rows, columns) = SIZES[turn % SIZES.len()];
        pty.resize(rows, columns);
    });
}

#[test]
fn a_hundred_turns_with_other_conversations_and_answers_that_are_stopped() {
    work(|pty, turn| match turn % 12 {
        5 => {
            pty.type_text("/with mistral:7b think\r");
            pty.wait_for("mistral:7b · ");
            pty.key(Key::Esc);
            // The question comes back into the composer.
            pty.wait_for("› /with mistral");
            pty.key(Key::CtrlC);
            pty.wait_for("cleared");
        }
        11 => {
            pty.type_text("/new\r");
            pty.wait_for(" ● local  auto");
            fix(pty);
        }
        _ => {}
    });
}
