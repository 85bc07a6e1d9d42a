//! Display names: what is read and typed in the place of the ids of models.

use crate::commands::{finish, lines, segno};
use crate::fixtures::*;
use crate::program::{ask, quit};
use crate::screens::check_at;
use conductor::domain::{
    BackendId, ConversationSummary, FailureKind, ModelId, SelectionReason, Signature, Status, TaskClass, Waits,
};
use conductor::protocol::{Command, ConversationCommand, Event, ModelsCommand, Reply};
use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script};
use segno_tests::pty::Pty;
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;
use std::path::Path;

const NAMES: [(&str, &str); 3] = [("qwen2.5-coder:7b", "My Coder"), ("llama3.1:8b", "Écrivain"), ("gpt-5-mini", "Mini")];

fn ready() -> Session {
    Session::with_names(&NAMES).with(Event::Models(snapshot(up(), models())))
}

#[test]
fn an_answer_is_signed_with_the_name_and_so_is_all_that_leads_to_it() {
    let mut s = ready();
    let id = s.ask("why does it fail?");
    s.event(code_plan(id));
    assert!(s.shows("asking My Coder") && !s.shows("qwen2.5"), "{}", s.screen(80, 24));
    let leaving = vec![ModelId::new("llama3.1:8b")];
    s.event(Event::Waiting { id, model: ModelId::new("qwen2.5-coder:7b"), waits: Waits::Room { leaving } });
    assert!(s.shows("My Coder · making room: Écrivain leaves"), "{}", s.screen(80, 24));
    let why = failure(FailureKind::Stalled, "qwen2.5-coder:7b did not answer in 30 s", "");
    s.event(Event::Fallback { id, from: candidate("qwen2.5-coder:7b"), to: candidate("llama3.1:8b"), why });
    assert!(s.shows("My Coder did not answer in 30 s; asking Écrivain"), "{}", s.screen(80, 24));
    s.event(finished(id, answer("llama3.1:8b", TaskClass::CodeGeneration, "Because."), Status::Complete));
    assert!(s.shows("local  Écrivain · code"), "{}", s.screen(80, 24));
    check_at(&[(40, 10), (80, 24)], "names_answer", &mut s);
    s.entered("/why");
    let screen = s.screen(80, 40);
    assert!(screen.contains("asks My Coder") && !screen.contains("qwen2.5"), "{screen}");
}

#[test]
fn the_picker_shows_both_and_finds_either() {
    let mut s = ready();
    s.entered("/models");
    check_at(&[(40, 10), (80, 24), (160, 24)], "names_models", &mut s);
    for typed in ["my coder", "écriv", "qwen2.5"] {
        let mut s = ready();
        s.entered("/models").typed(typed);
        let screen = s.screen(100, 24);
        let rows = screen.lines().filter(|line| line.contains("local") && line.contains("GB")).count();
        assert_eq!(rows, 1, "{typed}: {screen}");
    }
}

#[test]
fn what_would_leave_is_told_with_the_name_and_the_id() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut s = ready();
        let id = s.ask("why does this fail?");
        s.event(Event::ConsentNeeded(Box::new(request(id, false)))).later(300);
        let screen = s.screen(width, height);
        let words = screen.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(words.contains("Mini (gpt-5-mini)"), "{screen}");
    }
}

#[test]
fn a_name_is_typed_in_any_case_and_as_far_as_it_is_clear() {
    let coder = || ModelId::new("qwen2.5-coder:7b");
    let fix = |model: ModelId| Command::Conversation(ConversationCommand::SetModel(Some(model)));
    for (typed, want) in [
        ("/model My Coder", fix(coder())),
        ("/model my coder", fix(coder())),
        ("/model my", fix(coder())),
        ("/model écrivain", fix(ModelId::new("llama3.1:8b"))),
        ("/model qwen2.5-coder:7b", fix(coder())),
        // What no model is called is for the conductor to refuse.
        ("/model yours", fix(ModelId::new("yours"))),
    ] {
        let sent = ready().entered(typed).taken();
        assert!(sent.contains(&Effect::Send(want)), "{typed}: {sent:?}");
    }
    let sent = ready().entered("/load MY CODER").taken();
    let loads =
        |effect: &Effect| matches!(effect, Effect::Send(Command::Models(ModelsCommand::Load { model, .. })) if *model == coder());
    assert!(sent.iter().any(loads), "{sent:?}");
    for typed in ["/with my coder why?", "/with My Coder  why?", "/with qwen2.5-coder:7b why?"] {
        let sent = ready().entered(typed).taken();
        let asks = |effect: &Effect| match effect {
            Effect::Send(Command::Ask { prompt, model, .. }) => *model == Some(coder()) && prompt.text() == "why?",
            _ => false,
        };
        assert!(sent.iter().any(asks), "{typed}: {sent:?}");
    }
    let mut s = ready();
    s.typed("/model m");
    assert!(s.shows("My Coder"), "{}", s.screen(80, 24));
    s.press(Code::Tab);
    assert!(s.shows("/model My Coder"), "{}", s.screen(80, 24));
}

#[test]
fn what_is_in_force_and_what_answered_are_called_by_name() {
    let mut s = ready();
    s.event(in_force(Some("qwen2.5-coder:7b"), false));
    assert!(s.shows("model: My Coder (● local) from now on"), "{}", s.screen(80, 24));
    s.later(10_000);
    assert!(s.shows("● local  My Coder"), "{}", s.screen(80, 24));
    let by = ConversationSummary { answered_by: Some(ModelId::new("llama3.1:8b")), ..summary(1, "a title", 2, 0) };
    s.entered("/resume").listed(Reply::Conversations(vec![by]));
    assert!(s.screen(120, 24).contains("Écrivain"), "{}", s.screen(120, 24));
}

#[test]
fn commands_say_the_name_and_json_has_both() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("hello")).model("nomic-embed-text").start();
    let profile = Profile::new();
    let row = |id: &str, name: &str| format!("[[models]]\nid = \"{id}\"\ndisplay_name = \"{name}\"\n");
    profile.write_config(&(row("llama3.1:8b", "My Writer") + &row("nomic-embed-text", "Vectors")));
    let run = |args: &[&str]| {
        let run = finish(segno(&profile, &fake.host(), args).output().unwrap());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        run
    };
    let said = run(&["ask", "-m", "my writer", "hi"]);
    assert!(said.out.contains("hello") && said.err.contains("● local  My Writer · "), "{}", said.err);
    let last = lines(&run(&["ask", "--json", "-m", "My Writer", "hi"]).out).pop().unwrap();
    assert_eq!((&last["model"], &last["display_name"]), (&"llama3.1:8b".into(), &"My Writer".into()));
    let listed = run(&["models"]).out;
    assert!(listed.contains("CALLED") && listed.contains("llama3.1:8b       My Writer"), "{listed}");
    let listed: serde_json::Value = serde_json::from_str(&run(&["models", "--json"]).out).unwrap();
    let model = &listed["models"][0];
    assert_eq!((&model["id"], &model["display_name"]), (&"llama3.1:8b".into(), &"My Writer".into()));
    for args in [&["history", "list", "--json"][..], &["history", "search", "--json", "hi"]] {
        let list: serde_json::Value = serde_json::from_str(&run(args).out).unwrap();
        let one = if args[1] == "search" { &list[0]["conversation"] } else { &list[0] };
        assert_eq!((&one["answered_by"], &one["display_name"]), (&"llama3.1:8b".into(), &"My Writer".into()), "{list}");
    }
    let embedded = lines(&run(&["embed", "hi"]).out).pop().unwrap();
    assert_eq!((&embedded["model"], &embedded["display_name"]), (&"nomic-embed-text".into(), &"Vectors".into()));
    let routed = run(&["route", "hello there"]).out;
    assert!(routed.contains("asks My Writer"), "{routed}");
}

#[test]
fn the_name_stands_under_the_answer_in_the_real_program() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("I am a model")).start();
    let profile = Profile::new();
    profile.write_config("[[models]]\nid = \"llama3.1:8b\"\ndisplay_name = \"Writer\"\n");
    let env = profile.env_with(&[("OLLAMA_HOST", &fake.host())]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 24, 80);
    pty.wait_for("1 model: Writer");
    ask(&pty, "/model writer");
    pty.wait_for("model: Writer (● local) from now on");
    ask(&pty, "who are you?");
    pty.wait_for("I am a model");
    pty.wait_for("\n● local  Writer · ");
    quit(pty);
}

#[test]
fn without_names_ids_are_said() {
    let mut s = Session::ready();
    let id = s.ask("hello");
    s.event(planned(id, TaskClass::General, SelectionReason::Default, candidate("llama3.1:8b")));
    let mut answer = answer("llama3.1:8b", TaskClass::General, "there");
    answer.signature = Signature { backend: BackendId::ollama(), ..answer.signature };
    s.event(finished(id, answer, Status::Complete));
    assert!(s.shows("local  llama3.1:8b · general"));
}
