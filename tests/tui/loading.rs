//! Models into memory and out of it, and the last question asked anew: messages in, commands and visible text out.

use crate::fixtures::*;
use conductor::domain::{FailureKind, ModelId, RequestId, Status, TaskClass, Waits};
use conductor::protocol::{Command, ConversationCommand, Event, ModelsCommand, Notice};
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;

/// The one command that was sent.
fn sent(s: &mut Session) -> Command {
    match s.taken().as_slice() {
        [Effect::Send(command)] => command.clone(),
        other => panic!("not one command: {other:?}"),
    }
}

fn notice(id: RequestId, words: &str) -> Event {
    Event::Notice { id: Some(id), notice: Notice::info(words, "") }
}

#[test]
fn a_model_is_loaded_by_a_few_letters_and_one_at_a_time() {
    let mut s = Session::ready().with(Event::Models(shared()));
    s.taken();
    s.entered("/load phi");
    let Command::Models(ModelsCommand::Load { id, model }) = sent(&mut s) else { panic!("no load") };
    assert_eq!(model, ModelId::new("phi3:mini"));
    assert!(s.shows("phi3:mini · loading"), "{}", s.screen(80, 24));
    let leaving = vec![ModelId::new("llama3.1:8b")];
    s.event(Event::Waiting { id, model: model.clone(), waits: Waits::Room { leaving } });
    assert!(s.shows("phi3:mini · making room: llama3.1:8b leaves"), "{}", s.screen(80, 24));
    s.entered("/load qwen");
    assert_eq!(s.taken(), []);
    assert!(s.shows("phi3:mini is on its way: wait for it") && s.shows("› /load qwen"), "{}", s.screen(80, 24));
    s.later(3000).event(notice(id, "phi3:mini is in memory (2.0 s)"));
    assert!(s.shows("note: phi3:mini is in memory") && !s.shows("· loading"), "{}", s.screen(80, 24));
    s.ctrl('u').entered("/unload nomic");
    let unload = sent(&mut s);
    assert!(
        matches!(&unload, Command::Models(ModelsCommand::Unload { model, .. }) if model.short().starts_with("nomic")),
        "{unload:?}"
    );
    assert!(s.shows("· leaves the memory"), "{}", s.screen(80, 24));
}

#[test]
fn the_last_question_is_asked_anew_as_it_was() {
    let mut s = Session::ready();
    s.entered("/retry");
    assert_eq!(s.taken(), []);
    assert!(s.shows("there is nothing to ask again yet"), "{}", s.screen(80, 24));
    s.ctrl('u');
    let id = s.ask("why is the sky blue?");
    s.event(code_plan(id)).event(delta(id, "Because of"));
    s.entered("/retry");
    assert!(s.taken().is_empty() && s.shows("Esc stops it"), "{}", s.screen(80, 24));
    s.ctrl('u');
    let broke = Status::Partial(failure(FailureKind::Broken, "it died", "ask again"));
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "Because of"), broke));
    assert!(s.shows("hint: `/retry` asks again, `/retry NAME` asks another model"), "{}", s.screen(80, 24));
    assert_eq!(s.screen(80, 24).matches("again").count(), 1, "one hint: {}", s.screen(80, 24));
    s.taken();
    s.entered("/retry llama");
    let Command::Conversation(ConversationCommand::Retry { id, model, .. }) = sent(&mut s) else { panic!("no retry") };
    assert_eq!(model, Some(ModelId::new("llama3.1:8b")));
    assert!(s.shows("› why is the sky blue?") && !s.shows("Because of"), "{}", s.screen(80, 24));
    s.event(Event::Failed { id, failure: failure(FailureKind::Stalled, "it was slow", ""), attempts: Vec::new() });
    assert!(s.shows("error: it was slow") && s.shows("› ask something"), "nothing was typed: {}", s.screen(80, 24));
    // A new conversation has no last question.
    s.event(Event::Conversation(conductor::protocol::ConversationEvent::New)).entered("/retry");
    assert!(s.taken().is_empty());
}

#[test]
fn whoever_is_likely_next_is_prepared_once_a_draft() {
    let prepares = |s: &mut Session| {
        let prepare = Effect::Send(Command::Models(ModelsCommand::Prepare));
        s.taken().iter().filter(|effect| **effect == prepare).count()
    };
    let mut s = Session::ready();
    assert_eq!(prepares(s.typed("hello")), 0, "the memory is not ours to share");
    s.event(Event::Models(shared()));
    assert_eq!((prepares(s.typed(" there")), prepares(s.typed(" you"))), (1, 0));
    assert_eq!((prepares(s.ctrl('u')), prepares(s.typed("x"))), (0, 1), "another draft");
    assert_eq!((prepares(s.ctrl('u')), prepares(s.typed("/models"))), (0, 0), "a command asks nobody");
}

#[test]
fn an_alert_is_over_once_the_models_are_looked_at() {
    let mut s = Session::ready().with(Event::Models(shared()));
    s.later(3000).taken();
    assert!(s.shows("! /models: qwen2.5-coder:7b goes on failing"), "{}", s.screen(80, 24));
    s.entered("/models");
    let seen = Effect::Send(Command::Models(ModelsCommand::Seen));
    assert!(s.taken().contains(&seen));
    let mut after = shared();
    after.health[0].alert = false;
    s.event(Event::Models(after)).press(Code::Esc);
    assert!(!s.shows("goes on failing"), "{}", s.screen(80, 24));
}
