//! Every screen, at the three sizes that must work.

use crate::fixtures::*;
use conductor::domain::{
    BulletId, Candidate, Complexity, FailureKind, Location, ModelId, Os, PlaybookKey, RequestId, SelectionReason, ServerState,
    Shown, Status, TaskClass, Waits,
};
use conductor::protocol::{Event, Notice, PullProgress};
use segno_tui::keymap::Code;

const ANSWER: &str = "A borrow lasts as long as it is used. The loop holds `&mut v` while `push` wants another:\n\n    for x in v.iter() { v.push(*x) }\n\nCollect first, then extend. 雨が降る。\n";

/// Compares the screens of 40x10, 80x24 and 200x60 with the stored ones.
fn check(name: &str, session: &mut Session) {
    check_at(&[(40, 10), (80, 24), (120, 40)], name, session);
}

/// Compares the screens of these sizes with the stored ones.
pub(crate) fn check_at(sizes: &[(u16, u16)], name: &str, session: &mut Session) {
    let mut text = String::new();
    for &(width, height) in sizes {
        text.push_str(&format!("── {width}x{height} ──\n{}", session.screen(width, height)));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
    crate::themes::check(name, session);
}

fn streaming() -> (Session, RequestId) {
    let mut s = Session::ready();
    let id = s.ask("why does the borrow checker refuse this loop?");
    s.event(code_plan(id));
    (s, id)
}

#[test]
fn welcome() {
    check("welcome_checking", &mut Session::new());
    check("welcome_down", &mut Session::new().with(Event::Models(snapshot(down(true), vec![]))));
    check("welcome_given_up", &mut Session::new().with(Event::Models(snapshot(down(false), vec![]))));
    let elsewhere = ServerState::Elsewhere { address: "box.lan:11434".into(), location: Location::Network("box.lan".into()) };
    check("welcome_elsewhere", &mut Session::new().with(Event::Models(snapshot(elsewhere, vec![]))));
    check("welcome_no_models", &mut Session::new().with(Event::Models(snapshot(up(), vec![]))));
    check("welcome_ready", &mut Session::ready());
    let mut windows = snapshot(down(true), vec![]);
    windows.machine.os = Os::Windows;
    check("welcome_down_windows", &mut Session::new().with(Event::Models(windows)));
    check("welcome_wrong_command", Session::ready().entered("/modle x"));
}

#[test]
fn answers() {
    let (mut s, id) = streaming();
    let wait = |waits| Event::Waiting { id, model: ModelId::new("qwen2.5-coder:7b"), waits };
    check("answer_makes_room", s.event(wait(Waits::Room { leaving: vec![ModelId::new("llama3.1:8b")] })));
    check("answer_loads", s.event(wait(Waits::Load)));
    s.event(wait(Waits::Answer));
    check("answer_planned", s.later(1500));
    let thinking = "The user has a loop. ".repeat(12);
    s.event(Event::Delta { id, text: String::new(), thinking });
    check("answer_thinking", s.later(500));
    s.event(delta(id, &ANSWER[..120]));
    check("answer_streaming", s.later(2000));
    s.event(delta(id, &ANSWER[120..]));
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, ANSWER), Status::Complete));
    check("answer_finished", &mut s);
}

#[test]
fn answers_that_go_wrong() {
    let answer = || answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "A borrow lasts");
    let (mut s, id) = streaming();
    s.event(delta(id, "A borrow lasts")).press(Code::Esc);
    check("answer_stopping", &mut s);
    s.event(finished(id, answer(), Status::Cancelled));
    check("answer_cancelled", &mut s);

    let (mut s, id) = streaming();
    let broke = failure(FailureKind::Broken, "the connection to qwen2.5-coder:7b broke", "ask again, or /model auto");
    s.event(delta(id, "A borrow lasts")).event(finished(id, answer(), Status::Partial(broke)));
    check("answer_partial", &mut s);

    let (mut s, id) = streaming();
    let why = failure(FailureKind::Broken, "out of memory", "");
    let (from, to) = (candidate("qwen2.5-coder:7b"), candidate("llama3.1:8b"));
    s.event(Event::Fallback { id, from, to, why }).event(delta(id, "Let me see."));
    check("answer_fallback", &mut s);

    let (mut s, id) = streaming();
    let failure = failure(FailureKind::Unreachable, "nobody answers at 127.0.0.1:11434", "start Ollama: ollama serve");
    s.event(Event::Failed { id, failure, attempts: vec![] });
    check("answer_failed", &mut s);
}

#[test]
fn hand_offs() {
    let mut s = Session::ready();
    let id = s.ask("fix this");
    let wanted = conductor::domain::ModelId::new("deepseek-coder:6.7b");
    let reason = SelectionReason::Substitute { wanted, why: None };
    s.event(planned(id, TaskClass::CodeGeneration, reason, candidate("llama3.1:8b")));
    check("substitute", &mut s);

    let mut s = Session::new().with(Event::Models(snapshot(down(true), vec![])));
    let id = s.ask("how do I install Ollama?");
    let reason = SelectionReason::Guide { why: "no Ollama at 127.0.0.1:11434".into() };
    s.event(planned(id, TaskClass::General, reason, guide())).event(delta(id, "On Linux, run this."));
    let mut answer = answer("guide", TaskClass::General, "On Linux, run this.");
    answer.signature.backend = conductor::domain::BackendId::guide();
    check("guide_streaming", &mut s);
    s.event(finished(id, answer, Status::Complete));
    check("guide_finished", &mut s);

    let mut s = Session::ready();
    let id = s.ask("far away");
    let far = Candidate { location: Location::External("ollama.com".into()), ..candidate("gpt-oss:120b-cloud") };
    s.event(planned(id, TaskClass::General, SelectionReason::UserOverride, far));
    check("external_streaming", &mut s);
}

#[test]
fn why() {
    let mut s = Session::ready();
    let id = s.ask("explain this loop");
    s.event(code_plan(id)).event(delta(id, "It never ends."));
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "It never ends."), Status::Complete));
    check("why", s.entered("/why"));
    let mut s = Session::ready();
    let id = s.ask("add a third and a half");
    let key = |sub: Option<&str>| PlaybookKey::new("math", "qwen", sub).unwrap();
    let ids = |numbers: &[u32]| numbers.iter().map(|number| BulletId(*number)).collect::<Vec<_>>();
    let wider = Shown { bullets: ids(&[1, 2, 3]), trial: ids(&[3]), ..Shown::nothing(key(None)) };
    let shown =
        Shown { bullets: ids(&[1]), cited: ids(&[1]), wider: Some(Box::new(wider)), ..Shown::nothing(key(Some("fractions"))) };
    let mut told = answer("qwen2.5-coder:7b", TaskClass::Mathematical, "5/6");
    let mut chosen = decision(TaskClass::Mathematical, &["qwen2.5-coder:7b"]);
    chosen.notes.push("its advice is that for math/fractions, as you said with /domain".to_owned());
    chosen.shown = Some(shown);
    told.decision = Some(chosen);
    s.event(finished(id, told, Status::Complete));
    check("why_domain", s.entered("/why"));
    check("why_nothing", Session::ready().entered("/why"));

    let mut s = Session::ready();
    let id = s.ask("prove it");
    let reason = SelectionReason::Complexity { level: Complexity::of(9.0) };
    s.event(planned(id, TaskClass::Mathematical, reason, candidate("llama3.1:8b")));
    check("hard", &mut s);
}

#[test]
fn overlays() {
    check("help", Session::ready().press(Code::F(1)));
    let mut s = Session::ready();
    s.event(in_force(Some("phi3:mini"), false));
    check("models", s.later(3000).entered("/models"));
    check("models_found", s.typed("cod"));
    let mut s = Session::ready();
    check("locked", s.event(in_force(Some("phi3:mini"), true)).later(3000));
    check("models_none", Session::new().entered("/models"));
    let mut s = Session::ready().with(Event::Models(shared()));
    check("alert", s.later(3000));
    check("models_sharing", s.entered("/models").press(Code::Down));
    let mut s = Session::ready();
    check("resume_loading", s.entered("/resume"));
    check("resume", s.listed(conversations()).press(Code::Down));
    check("resume_filtered", s.typed("rain"));
}

#[test]
fn conversations_opened_again() {
    check("opened", Session::ready().with(stored()).press(Code::PageUp).later(3000).press(Code::PageDown));
    check("opened_scrolled", Session::ready().with(stored()).key(segno_tui::keymap::Key::ctrl(Code::Home)).later(3000));
}

#[test]
fn composing() {
    check("completion", Session::ready().typed("/mo"));
    check("completion_models", Session::ready().typed("/model ").press(Code::Down));
    let mut s = Session::ready();
    s.msg(segno_tui::msg::Msg::Paste((1..20).map(|i| format!("pasted line {i}\r\n")).collect()));
    check("draft_long", s.typed("and a typed end that is long enough to be wrapped on a narrow screen 雨"));
    check("quit_armed", Session::ready().ctrl('c'));
}

#[test]
fn pulls() {
    let mut s = Session::new().with(Event::Models(snapshot(up(), vec![])));
    let id = pulling(&mut s, "phi3:mini");
    check("pull_started", &mut s);
    let status = "pulling 633fc5be925f".to_owned();
    let running = PullProgress::Running { status, completed: 1_350_000_000, total: 2_176_000_000 };
    check("pull_running", s.event(progress(id, "phi3:mini", running)));
    check("pull_done", s.event(progress(id, "phi3:mini", PullProgress::Done)));
}

#[test]
fn notices() {
    let mut s = Session::ready();
    s.event(Event::Notice {
        id: None,
        notice: Notice::warning("the database was broken and was put aside", "see segno.db.broken"),
    });
    check("notice", &mut s);
    check("closed", Session::ready().msg(segno_tui::msg::Msg::Closed));
}

#[test]
fn too_small() {
    let mut s = Session::ready();
    for (width, height) in [(29, 24), (80, 5), (10, 1), (1, 1), (0, 0)] {
        let screen = s.screen(width, height);
        assert!(
            "too small: needs 30x6"
                .starts_with(screen.lines().next().unwrap_or("").trim_end_matches(['…', ' ']).trim_end_matches("no cursor")),
            "{screen}"
        );
    }
    assert!(s.screen(30, 6).contains("F1"));
}
