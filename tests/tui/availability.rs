//! Models and servers that come and go, and the one that is missing: messages in, commands and visible text out.

use crate::fixtures::*;
use conductor::domain::{FailureKind, Location, Model, ModelId, SelectionReason, TaskClass};
use conductor::protocol::{Command, Event, ModelsCommand, ModelsSnapshot};
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;

/// A conversation that has begun, with the usual models.
fn begun() -> Session {
    let mut s = Session::ready();
    let id = s.ask("hello");
    s.event(finished(id, answer("phi3:mini", TaskClass::General, "hi"), conductor::domain::Status::Complete));
    s
}

fn with(change: impl FnOnce(&mut Vec<Model>)) -> ModelsSnapshot {
    let mut list = models();
    change(&mut list);
    snapshot(up(), list)
}

/// What is said where `after` is found; nothing where `want` is empty.
fn check(after: ModelsSnapshot, want: &[&str]) {
    let mut s = begun();
    let before = s.screen(80, 40);
    s.event(Event::Models(after));
    let screen = s.screen(80, 40);
    for text in want {
        assert!(screen.contains(text), "{text}: {screen}");
    }
    if want.is_empty() {
        assert_eq!(screen, before);
    }
}

fn named(name: &str) -> Model {
    Model { id: ModelId::new(name), ..models()[1].clone() }
}

#[test]
fn models_that_come_and_go_are_said() {
    check(with(|_| {}), &[]);
    check(with(|list| list.push(named("mistral:7b"))), &["note: new in Ollama: mistral:7b"]);
    check(with(|list| list.retain(|model| model.id.short() != "phi3:mini")), &["warning: gone from Ollama: phi3:mini"]);
    let many = ["a:1", "b:1", "c:1", "d:1", "e:1"];
    check(with(|list| list.extend(many.map(named))), &["new in Ollama: a:1, b:1, c:1 and 2 more"]);
    let moves = |list: &mut Vec<Model>| {
        let model = list.iter_mut().find(|model| model.id.short() == "phi3:mini").unwrap();
        model.location = Location::External("ollama.com".into());
    };
    check(with(moves), &["warning: phi3:mini runs on ollama.com from now on", "only after you have seen what would be sent"]);
    check(snapshot(down(true), Vec::new()), &["warning: Ollama at 127.0.0.1:11434 does not answer any more"]);
}

#[test]
fn the_first_screen_shows_what_is_there_and_says_no_news() {
    let mut s = Session::ready();
    s.event(Event::Models(with(|list| list.push(named("mistral:7b")))));
    assert!(!s.shows("new in Ollama"), "{}", s.screen(80, 24));
}

#[test]
fn a_key_fetches_the_model_that_is_missing() {
    let mut s = Session::ready();
    s.press(Code::F(3));
    assert!(s.shows("no model is missing; /pull NAME fetches one"), "{}", s.screen(80, 24));
    let id = s.ask("write a function");
    let wanted = ModelId::new("deepseek-coder:6.7b");
    let reason = SelectionReason::Substitute { wanted: wanted.clone(), why: None };
    s.event(planned(id, TaskClass::CodeGeneration, reason, candidate("phi3:mini")));
    assert!(!s.shows("F3 pulls"), "not while an answer comes: {}", s.screen(80, 24));
    s.event(finished(id, answer("phi3:mini", TaskClass::CodeGeneration, "fn f() {}"), conductor::domain::Status::Complete));
    assert!(s.shows("F3 pulls deepseek-coder:6.7b"), "{}", s.screen(80, 24));
    s.taken();
    s.press(Code::F(3));
    assert!(
        matches!(s.taken().as_slice(), [Effect::Send(Command::Models(ModelsCommand::Pull { model, .. }))] if *model == wanted),
        "one pull"
    );
    assert!(s.shows("pulling deepseek-coder:6.7b") && !s.shows("F3 pulls"), "{}", s.screen(80, 24));
    s.event(Event::Models(with(|list| list.push(named("deepseek-coder:6.7b")))));
    assert!(!s.shows("new in Ollama"), "what was fetched is no news: {}", s.screen(80, 24));
}

#[test]
fn the_missing_model_is_named_until_something_else_was_answered() {
    let mut s = Session::ready();
    let wanted = ModelId::new("deepseek-coder:6.7b");
    let asked = |s: &mut Session, misses: bool| {
        let id = s.ask("write a function");
        let (class, reason) = match misses {
            true => (TaskClass::CodeGeneration, SelectionReason::Substitute { wanted: wanted.clone(), why: None }),
            false => (TaskClass::General, SelectionReason::Default),
        };
        s.event(planned(id, class, reason, candidate("phi3:mini")));
        (id, class)
    };
    let (id, class) = asked(&mut s, true);
    s.event(finished(id, answer("phi3:mini", class, "done"), conductor::domain::Status::Complete));
    assert!(s.shows("F3 pulls"), "{}", s.screen(80, 24));
    let (id, class) = asked(&mut s, false);
    s.event(finished(id, answer("phi3:mini", class, "half"), conductor::domain::Status::Cancelled));
    assert!(s.shows("F3 pulls"), "nothing was answered: {}", s.screen(80, 24));
    let (id, class) = asked(&mut s, false);
    s.event(finished(id, answer("phi3:mini", class, "done"), conductor::domain::Status::Complete));
    assert!(!s.shows("F3 pulls") && s.shows("F1 help"), "{}", s.screen(80, 24));
    let (id, class) = asked(&mut s, true);
    s.event(finished(id, answer("phi3:mini", class, "done"), conductor::domain::Status::Complete));
    assert!(!s.shows("F3 pulls"), "it was said before: {}", s.screen(80, 24));
    s.taken();
    s.press(Code::F(3));
    assert!(
        matches!(s.taken().as_slice(), [Effect::Send(Command::Models(ModelsCommand::Pull { model, .. }))] if *model == wanted),
        "the key still fetches it"
    );
}

#[test]
fn a_model_that_is_found_missing_when_it_is_asked_is_offered_too() {
    let mut s = Session::ready();
    let id = s.ask("/with mistral:7b hello");
    let missing = failure(FailureKind::NotFound, "mistral:7b is not installed", "");
    let failure = missing.of(&conductor::domain::BackendId::ollama(), &ModelId::new("mistral:7b"));
    s.event(Event::Failed { id, failure, attempts: Vec::new() });
    assert!(s.shows("F3 pulls mistral:7b"), "{}", s.screen(80, 24));
}
