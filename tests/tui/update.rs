//! The application as data: messages in, effects and visible text out.

use crate::fixtures::*;
use conductor::domain::{
    Attempt, BackendId, Conversation, ConversationId, ConversationSummary, Domain, FailureKind, Message, Milli, ModelId, Origin,
    Role, SelectionReason, Status, TaskClass,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, ModelsCommand, PullProgress, Query};
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::{Effect, Msg};

pub(crate) fn set_model(name: Option<&str>) -> Effect {
    Effect::Send(Command::Conversation(ConversationCommand::SetModel(name.map(ModelId::new))))
}

/// The one thing that was asked for: a question.
fn question(s: &mut Session) -> conductor::domain::Prompt {
    match s.taken().as_slice() {
        [Effect::Send(Command::Ask { prompt, .. })] => prompt.clone(),
        other => panic!("no question: {other:?}"),
    }
}

#[test]
fn commands_do_what_they_say() {
    let conversation = |c| Effect::Send(Command::Conversation(c));
    for (typed, want) in [
        ("/new", vec![conversation(ConversationCommand::New)]),
        ("/model qwen", vec![set_model(Some("qwen2.5-coder:7b"))]),
        ("/model llama3.1:8b", vec![set_model(Some("llama3.1:8b"))]),
        ("/model auto", vec![set_model(None)]),
        ("/model lock", vec![conversation(ConversationCommand::LockModel(true))]),
        ("/model unlock", vec![conversation(ConversationCommand::LockModel(false))]),
        ("/why", vec![]),
        ("/domain auto", vec![conversation(ConversationCommand::SetDomain(None))]),
        ("/domain", vec![]),
        ("/fork", vec![conversation(ConversationCommand::Fork { at: None })]),
        (
            "/rename tea  and cake ",
            vec![conversation(ConversationCommand::Rename { id: None, title: "tea  and cake".to_owned() })],
        ),
        ("/models", vec![Effect::Send(Command::Models(ModelsCommand::Refresh))]),
        ("/resume", vec![Effect::Look { id: 1, query: Query::Conversations { limit: 500, deleted: false } }]),
        ("/mouse off", vec![Effect::SetMouse(false)]),
        ("/quit", vec![Effect::Quit]),
        ("/help", vec![]),
    ] {
        let mut s = Session::ready();
        s.entered(typed);
        assert_eq!(s.taken(), want, "{typed}");
        s.press(Code::Esc);
        assert!(s.shows("ask something, or / for commands"), "{typed} left the composer: {}", s.screen(80, 24));
    }
}

#[test]
fn what_a_conversation_is_about_is_said_and_kept_apart() {
    let domain = |text: &str| Domain::parse(text).ok();
    let in_force = |domain| Event::Conversation(ConversationEvent::DomainInForce(domain));
    let mut s = Session::ready();
    assert!(s.entered("/domain").shows("domain: auto, told by the words of each question"));
    s.entered("/domain Math/fractions");
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::SetDomain(domain("math/fractions"))))]);
    assert!(s.event(in_force(domain("math/fractions"))).shows("questions here are about math/fractions"));
    assert!(s.entered("/domain").shows("domain: math/fractions; /domain auto"));
    s.later(3000);
    assert!(s.shows("auto · math/fractions"), "{}", s.screen(80, 24));
    // Another conversation has its own.
    s.event(Event::Conversation(ConversationEvent::New));
    assert!(!s.shows("math/fractions"), "{}", s.screen(80, 24));
    let summary = ConversationSummary { domain: domain("chemistry"), ..summary(3, "acids", 0, 0) };
    let opened = Conversation { summary, messages: Vec::new().into(), summaries: Vec::new() };
    s.event(Event::Conversation(ConversationEvent::Opened(Box::new(opened))));
    s.later(3000);
    assert!(s.shows("auto · chemistry"), "{}", s.screen(80, 24));
    s.event(in_force(None));
    assert!(s.shows("told by its words"));
    s.later(3000);
    assert!(!s.shows("chemistry"), "{}", s.screen(80, 24));
    s.entered("/domain a b");
    assert!(s.shows("write /domain NAME | NAME/SUBJECT | auto"));
}

#[test]
fn what_is_refused_stays_in_the_composer() {
    for (typed, shown) in [("/modle x", "did you mean /model?"), ("/pull", "write /pull NAME")] {
        let mut s = Session::ready();
        s.entered(typed);
        assert_eq!(s.taken(), vec![], "{typed}");
        assert!(s.shows(shown) && s.shows(&format!("› {typed}")), "{typed}: {}", s.screen(80, 24));
    }
}

#[test]
fn one_question_goes_to_the_model_that_it_names() {
    for (typed, want, question) in [
        ("/with phi3:mini why is that?", "phi3:mini", "why is that?"),
        ("/with qwen fix this", "qwen2.5-coder:7b", "fix this"),
        ("/with nosuch:1b hello", "nosuch:1b", "hello"),
    ] {
        let mut s = Session::ready();
        s.entered(typed);
        match s.taken().as_slice() {
            [Effect::Send(Command::Ask { prompt, model, .. })] => {
                assert_eq!((model, prompt.text().as_str()), (&Some(ModelId::new(want)), question), "{typed}");
            }
            other => panic!("{typed}: {other:?}"),
        }
        assert!(s.shows(question) && !s.shows("/with"), "{typed}: {}", s.screen(80, 24));
    }
    let mut s = Session::ready();
    s.entered("/with phi3:mini");
    assert!(s.shows("write /with NAME QUESTION") && s.shows("› /with phi3:mini"), "{}", s.screen(80, 24));
}

#[test]
fn two_slashes_send_one() {
    let mut s = Session::ready();
    s.entered("//etc is a folder");
    let prompt = question(&mut s);
    assert_eq!(prompt.text(), "/etc is a folder");
}

#[test]
fn pasted_text_is_sent_as_pasted() {
    let mut s = Session::ready();
    s.typed("explain ").msg(Msg::Paste("a\r\nb".into())).press(Code::Enter);
    let prompt = question(&mut s);
    let spans: Vec<(Origin, &str)> = prompt.spans.iter().map(|s| (s.origin, s.text.as_str())).collect();
    assert_eq!(spans, [(Origin::Typed, "explain "), (Origin::Pasted, "a\nb")]);
}

#[test]
fn one_turn_at_a_time_and_the_draft_stays() {
    let mut s = Session::ready();
    s.ask("first");
    s.entered("second");
    assert_eq!(s.taken(), vec![]);
    assert!(s.shows("an answer is coming: Esc stops it, /new lets it go on") && s.shows("› second"));
    s.later(2001);
    assert!(!s.shows("an answer is coming"), "the word goes away by itself");
    assert_eq!(s.entered("").taken(), vec![]);
    assert!(s.shows("› second"));
}

#[test]
fn ctrl_c_stops_then_clears_then_quits() {
    let mut s = Session::ready();
    let id = s.ask("first");
    s.typed("draft").ctrl('c');
    assert_eq!(s.taken(), vec![Effect::Send(Command::Cancel { id })]);
    s.event(finished(id, answer("llama3.1:8b", TaskClass::General, ""), Status::Cancelled));
    s.ctrl('c');
    assert!(s.taken().is_empty() && s.shows("Up brings it back") && !s.shows("› draft"));
    s.press(Code::Up);
    assert!(s.shows("› draft"));
    s.ctrl('c').ctrl('c');
    assert_eq!(s.taken(), vec![Effect::Quit]);

    let mut s = Session::ready();
    let id = s.ask("first");
    s.ctrl('c');
    assert!(s.shows("Ctrl+C again quits"));
    s.ctrl('c');
    assert_eq!(s.taken(), vec![Effect::Send(Command::Cancel { id }), Effect::Quit], "twice quits, also under an answer");

    let mut s = Session::ready();
    let id = s.ask("first");
    s.ctrl('c').event(finished(id, answer("llama3.1:8b", TaskClass::General, "some"), Status::Cancelled)).ctrl('c');
    assert_eq!(s.taken(), [Effect::Send(Command::Cancel { id }), Effect::Quit], "nor does it matter when the answer ends");

    let mut s = Session::ready();
    let id = s.ask("first");
    s.ctrl('c').event(finished(id, answer("llama3.1:8b", TaskClass::General, "some"), Status::Cancelled));
    assert!(s.shows("stopped; Ctrl+C again quits"), "as long as it does, that is said");
    s.later(2500).ctrl('c');
    assert_eq!(s.taken(), [Effect::Send(Command::Cancel { id })]);
    assert!(s.shows("press Ctrl+C again to quit"));

    let mut s = Session::ready();
    s.ctrl('c').later(2500).ctrl('c');
    assert_eq!(s.taken(), vec![], "two that are far apart do not quit");
    s.press(Code::Left).ctrl('c');
    assert_eq!(s.taken(), vec![], "nor with another key between");
    s.ctrl('c');
    assert_eq!(s.taken(), vec![Effect::Quit]);
}

#[test]
fn ctrl_d_quits_only_where_nothing_is_typed() {
    let mut s = Session::ready();
    s.typed("x").ctrl('d');
    assert_eq!(s.taken(), vec![]);
    s.press(Code::Backspace).ctrl('d');
    assert_eq!(s.taken(), vec![Effect::Quit]);
}

#[test]
fn escape_closes_what_is_in_front_and_then_stops() {
    let mut s = Session::ready();
    let id = s.ask("first");
    s.event(delta(id, "some words")).press(Code::F(1));
    s.press(Code::Esc);
    assert_eq!(s.taken(), vec![]);
    s.typed("/m").press(Code::Esc);
    assert_eq!(s.taken(), vec![]);
    s.press(Code::Esc).press(Code::Esc);
    assert_eq!(s.taken(), vec![Effect::Send(Command::Cancel { id })], "once");
    assert!(s.shows("some words"));
}

#[test]
fn a_failed_question_comes_back_unless_another_is_typed() {
    for (typed, back) in [("", true), ("next", false)] {
        let mut s = Session::ready();
        let id = s.ask("first question");
        s.typed(typed);
        let failure = failure(FailureKind::Unreachable, "nobody is there", "start it");
        s.event(Event::Failed { id, failure, attempts: vec![] });
        assert!(s.shows("error: nobody is there") && s.shows("hint: start it"));
        assert_eq!(s.screen(80, 24).matches("› first question").count() == 2, back, "{}", s.screen(80, 24));
    }
}

#[test]
fn events_of_another_turn_change_nothing() {
    let mut s = Session::ready();
    let id = s.ask("first");
    s.event(finished(id, answer("llama3.1:8b", TaskClass::General, "done"), Status::Complete));
    let before = s.screen(80, 24);
    s.event(delta(id, "late")).event(code_plan(id)).event(finished(
        id,
        answer("x", TaskClass::General, "late"),
        Status::Complete,
    ));
    assert_eq!(s.screen(80, 24), before);
}

#[test]
fn model_text_never_reaches_the_terminal_raw() {
    let mut s = Session::ready();
    let id = s.ask("first");
    for piece in ["a\x1b", "[2Jb\u{9b}31mc", "\u{202e}d\x07"] {
        s.event(delta(id, piece));
    }
    let screen = s.screen(80, 24);
    assert!(!screen.contains(|c: char| c != '\n' && c.is_control()) && !screen.contains('\u{202e}'), "{screen:?}");
    assert!(!screen.contains("[2J"), "{screen}");
}

#[test]
fn only_special_choices_are_said() {
    let class = TaskClass::CodeGeneration;
    let wanted = ModelId::new("deepseek-coder:6.7b");
    for (class, reason, first, want) in [
        (class, SelectionReason::Specialized { class }, candidate("q:7b"), "code question, asking q:7b"),
        (
            class,
            SelectionReason::Substitute { wanted, why: None },
            candidate("x"),
            "code question: deepseek-coder:6.7b is not installed, asking x",
        ),
        (class, SelectionReason::UserOverride, candidate("x"), ""),
        (TaskClass::General, SelectionReason::Default, candidate("x"), ""),
        (class, SelectionReason::Guide { why: "no server".into() }, guide(), "no server: the built-in guide answers"),
    ] {
        let mut s = Session::ready();
        let id = s.ask("first");
        s.event(planned(id, class, reason.clone(), first));
        let screen = s.screen(80, 24);
        let said = screen.lines().find_map(|line| line.strip_prefix("→ ")).unwrap_or("");
        assert_eq!(said, want, "{reason:?}");
    }
}

#[test]
fn that_a_model_is_not_installed_is_said_once() {
    let mut s = Session::ready();
    let class = TaskClass::CodeGeneration;
    for want in ["code question: deepseek-coder:6.7b is not installed, asking x", "code question, asking x"] {
        let id = s.ask("first");
        let reason = SelectionReason::Substitute { wanted: ModelId::new("deepseek-coder:6.7b"), why: None };
        s.event(planned(id, class, reason, candidate("x")));
        let screen = s.screen(80, 24);
        assert_eq!(screen.lines().rev().find_map(|line| line.strip_prefix("→ ")), Some(want), "{screen}");
        s.event(finished(id, answer("x", class, "done"), Status::Complete));
    }
}

#[test]
fn the_last_piece_of_a_stopped_answer_is_shown() {
    let mut s = Session::ready();
    let id = s.ask("first");
    s.event(delta(id, "half "));
    s.event(finished(id, answer("llama3.1:8b", TaskClass::General, "half and more"), Status::Cancelled));
    assert!(s.shows("half and more"), "{}", s.screen(80, 24));
}

#[test]
fn models_are_chosen_from_the_list() {
    let mut s = Session::ready();
    s.entered("/models").press(Code::Down).press(Code::Down).press(Code::Down).press(Code::Enter);
    assert_eq!(s.taken().last(), Some(&set_model(Some("phi3:mini"))));
    assert!(!s.shows("from now on"), "the conductor has the last word");
    s.event(in_force(Some("phi3:mini"), false));
    assert!(s.shows("model: phi3:mini (● local) from now on"));
    s.entered("/model lock").event(in_force(Some("phi3:mini"), true));
    assert!(s.shows("model: phi3:mini, locked: no other answers in its place"), "{}", s.screen(80, 24));
    s.later(2001);
    assert!(s.shows("● local  phi3:mini · locked"), "the status line shows it");
    s.event(in_force(Some("phi3:mini"), false)).later(2001);
    s.entered("/model lama3.1:8b").event(in_force(Some("phi3:mini"), false));
    assert!(!s.shows("from now on"), "what was refused is not said to be in force");
    s.later(2001);
    assert!(s.shows("● local  phi3:mini"), "the status line shows it");
    s.event(Event::Conversation(ConversationEvent::New));
    assert!(s.shows("● local  auto"), "a new conversation chooses anew");
}

#[test]
fn a_lock_that_kept_others_away_is_said() {
    let name = ModelId::new("phi3:mini");
    for (kind, locked, said) in [
        (FailureKind::Broken, true, true),
        (FailureKind::Stalled, true, true),
        (FailureKind::Broken, false, false),
        (FailureKind::TooLong, true, false),
        (FailureKind::Unreachable, true, false),
    ] {
        let mut s = Session::ready();
        s.event(in_force(Some("phi3:mini"), locked));
        let id = s.ask("hello");
        let failure = failure(kind, "phi3:mini failed", "ask again").of(&BackendId::ollama(), &name);
        s.event(Event::Failed { id, failure, attempts: vec![] });
        assert_eq!(s.shows("no other was asked in its place"), said, "{kind:?} {locked}: {}", s.screen(80, 24));
        assert_eq!(s.shows("/model unlock"), said, "{kind:?} {locked}");
    }
}

#[test]
fn conversations_are_found_by_words_and_opened() {
    let mut s = Session::ready();
    s.entered("/resume").listed(conversations()).typed("GARDEN").press(Code::Enter);
    let open = Command::Conversation(ConversationCommand::Resume(ConversationId(1)));
    assert_eq!(s.taken().last(), Some(&Effect::Send(open)));
    s.event(stored()).press(Code::Up);
    assert!(s.shows("interrupted: Segno ended"));
    assert!(s.shows("  line 39"), "its prompts are in the history: {}", s.screen(80, 24));
}

#[test]
fn what_went_wrong_with_an_answer_is_said_again_when_it_is_opened() {
    let attempt = |name: &str, what: &str| Attempt {
        model: ModelId::new(name),
        failure: failure(FailureKind::Broken, what, "a hint of then"),
    };
    let limit = "warning: the answer stopped at the limit of length";
    let gone = "warning: qwen2.5-coder:7b did not answer: out of memory";
    let silent = "warning: phi3:mini did not answer in 30 s";
    let two = vec![attempt("qwen2.5-coder:7b", "out of memory"), attempt("phi3:mini", "phi3:mini did not answer in 30 s")];
    for (name, cut_by_length, attempts, shown) in [
        ("whole", false, vec![], &[][..]),
        ("cut by length", true, vec![], &[limit]),
        ("after two others", false, two.clone(), &[gone, silent]),
        ("both", true, two, &[gone, silent, limit]),
    ] {
        let asked = message(Role::User, "why?", Status::Complete);
        let answer = Message { cut_by_length, attempts, ..message(Role::Assistant, "Because.", Status::Complete) };
        let summary = summary(7, "why?", 2, 0);
        let opened = Conversation { summary, messages: vec![asked, answer].into(), summaries: Vec::new() };
        let mut s = Session::ready();
        s.event(Event::Conversation(ConversationEvent::Opened(Box::new(opened))));
        let screen = s.screen(80, 24);
        for line in [gone, silent, limit] {
            assert_eq!(screen.contains(line), shown.contains(&line), "{name}: {line}\n{screen}");
        }
        assert!(!screen.contains("a hint of then") && !screen.contains("; asking"), "{name}: {screen}");
        let before = screen.find("Because.").unwrap();
        assert!(screen.find(gone).is_none_or(|at| at < before), "{name}: {screen}");
        assert!(
            screen.find(limit).is_none_or(|at| at > before && screen.contains("raise ollama.num_predict")),
            "{name}: {screen}"
        );
    }
}

#[test]
fn completions_are_chosen_with_keys() {
    let mut s = Session::ready();
    s.typed("/mod").press(Code::Tab).press(Code::Down).press(Code::Tab);
    assert!(s.shows("› /model llama3.1:8b"), "{}", s.screen(80, 24));
    s.press(Code::Enter);
    assert_eq!(s.taken(), vec![set_model(Some("llama3.1:8b"))]);
    s.typed("/ne").press(Code::Down).press(Code::Up).press(Code::Enter);
    assert_eq!(s.taken(), vec![Effect::Send(Command::Conversation(ConversationCommand::New))], "a chosen command runs at once");
    s.typed("/ne").press(Code::Enter);
    let new = Effect::Send(Command::Conversation(ConversationCommand::New));
    assert_eq!(s.taken(), vec![new], "what is highlighted is what Enter takes");
    s.typed("/pul").press(Code::Enter);
    assert!(s.taken().is_empty() && s.shows("› /pull"), "a command that wants a name waits for it");
    s.press(Code::Backspace).ctrl('u').typed("/pull mis").press(Code::Tab);
    assert!(s.shows("› /pull mistral:7b"));
}

#[test]
fn pulls_are_shown_and_stopped() {
    let mut s = Session::ready();
    let id = pulling(&mut s, "mistral:7b");
    s.entered("/pull phi3:medium");
    assert_eq!(s.taken(), vec![], "one at a time");
    let running = PullProgress::Running { status: String::new(), completed: 1, total: 2 };
    s.event(progress(id, "mistral:7b", running));
    assert!(s.shows("pulling mistral:7b") && s.shows("50%"));
    s.press(Code::Esc);
    assert_eq!(s.taken(), vec![Effect::Send(Command::Cancel { id })]);
    s.event(progress(id, "mistral:7b", PullProgress::Cancelled));
    assert!(!s.shows("pulling") && s.shows("/pull mistral:7b goes on from there"));
}

#[test]
fn a_key_looks_for_a_server_that_nobody_watches_at_most_once_a_minute() {
    let refresh = || vec![Effect::Send(Command::Models(ModelsCommand::Refresh))];
    let mut s = Session::new().with(Event::Models(snapshot(down(true), vec![])));
    assert_eq!(s.typed("x").taken(), vec![], "somebody watches");
    s.event(Event::Models(snapshot(down(false), vec![])));
    assert_eq!(s.typed("x").taken(), refresh());
    assert_eq!(s.typed("x").later(59_000).typed("x").taken(), vec![]);
    assert_eq!(s.later(2000).typed("x").taken(), refresh());
}

#[test]
fn the_welcome_follows_the_server_until_something_is_asked() {
    let mut s = Session::new();
    assert!(s.shows("looking for Ollama"));
    s.event(Event::Models(snapshot(down(true), vec![])));
    assert!(s.shows("start it: ollama serve"));
    s.event(Event::Models(snapshot(up(), vec![])));
    assert!(s.shows("/pull llama3.1:8b"));
    s.event(Event::Models(snapshot(up(), models())));
    assert!(s.shows("3 models:"));
    s.ask("hello");
    assert!(!s.shows("3 models:"));
    s.event(Event::Conversation(ConversationEvent::New));
    assert!(s.shows("3 models:"));
}

#[test]
fn scrolling_up_stays_there_while_text_comes() {
    let mut s = Session::ready();
    let id = s.ask("first");
    for i in 0..100 {
        s.event(delta(id, &format!("row {i}\n\n")));
    }
    s.screen(80, 24);
    s.press(Code::PageUp);
    let before = s.screen(80, 24);
    assert!(before.contains("more · Ctrl+End"), "{before}");
    s.event(delta(id, "the end\n"));
    assert_eq!(s.screen(80, 24).lines().next(), before.lines().next());
    s.key(Key::ctrl(Code::End));
    assert!(s.shows("the end"));
    s.msg(Msg::Wheel(-3));
    assert!(s.shows("more · Ctrl+End"));
}

#[test]
fn any_size_and_any_key_without_a_panic() {
    let codes =
        [Code::Up, Code::Down, Code::Home, Code::End, Code::PageUp, Code::PageDown, Code::Enter, Code::Tab, Code::Backspace];
    for open in ["", "/help", "/models", "/resume", "hello", "/mo"] {
        let mut s = Session::ready();
        s.typed(open).press(Code::Enter).msg(reply(conversations()));
        for (i, code) in codes.iter().cycle().take(60).enumerate() {
            let (width, height) = ((i * 7 % 60) as u16, (i * 5 % 20) as u16);
            s.msg(Msg::Resize(width, height)).press(*code).screen(width, height);
        }
    }
}

#[test]
fn that_nothing_is_done_is_said_once_and_where_it_is_sure_that_something_was_to_be_done() {
    let mut s = Session::ready();
    for (confidence, said) in [(710, false), (790, false), (800, true)] {
        let id = s.ask("now something else");
        let first = candidate("llama3.1:8b");
        let Event::Planned { mut plan, .. } = planned(id, TaskClass::ToolUse, SelectionReason::Default, first) else { panic!() };
        plan.decision.task.confidence = Milli(confidence);
        s.event(Event::Planned { id, plan });
        assert_eq!(s.shows("Segno runs no tools yet"), said, "{confidence}: {}", s.screen(80, 24));
        s.event(finished(id, answer("llama3.1:8b", TaskClass::ToolUse, "well"), Status::Complete));
    }
}
