//! Conversations that were left while an answer came in them: messages in, commands and visible text out.

use crate::fixtures::*;
use conductor::domain::{
    ConversationId, ConversationSummary, FailureKind, MessageId, RequestId, Status, TaskClass, Version, Versions,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, Notice, Reply};
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;

fn summary(number: i64, title: &str) -> ConversationSummary {
    let (created_ms, updated_ms) = (0, number);
    ConversationSummary {
        id: ConversationId(number),
        title: title.into(),
        messages: 2,
        model_override: None,
        answered_by: None,
        domain: None,
        created_ms,
        updated_ms,
        deleted_ms: None,
    }
}

fn conversation(number: i64, title: &str) -> conductor::domain::Conversation {
    conductor::domain::Conversation { summary: summary(number, title), messages: Vec::new().into(), summaries: Vec::new() }
}

fn version(id: i64) -> Version {
    Version { id: MessageId(id), versions: Versions::default() }
}

fn happens(s: &mut Session, event: ConversationEvent) {
    s.event(Event::Conversation(event));
}

/// Asks, and leaves the conversation, which is number 1, for a new one once something came.
fn left(question: &str) -> (Session, RequestId) {
    let mut s = Session::ready();
    let id = s.ask(question);
    happens(&mut s, ConversationEvent::Begun { id, summary: summary(1, question), question: version(1), answer: version(2) });
    s.event(code_plan(id)).event(delta(id, "one "));
    s.entered("/new");
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::New))]);
    happens(&mut s, ConversationEvent::New);
    s.app.take_urgent();
    (s, id)
}

#[test]
fn an_answer_goes_on_behind_a_new_conversation() {
    let (mut s, id) = left("first");
    assert!(!s.shows("› first") && !s.shows("one \n"), "{}", s.screen(80, 24));
    assert!(s.shows("1 answer in the background"), "{}", s.screen(80, 24));
    s.event(delta(id, "two"));
    assert!(!s.shows("two") && !s.app.take_urgent(), "{}", s.screen(80, 24));
    let second = s.ask("second");
    s.event(delta(second, "another answer"));
    assert!(s.shows("another answer") && !s.shows("one two"));
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "one two"), Status::Complete));
    assert!(s.shows("another answer") && !s.shows("one two") && !s.shows("in the background"), "{}", s.screen(80, 24));
    // Esc is about the one on the screen.
    s.press(Code::Esc);
    assert_eq!(s.taken(), [Effect::Send(Command::Cancel { id: second })]);
}

#[test]
fn nothing_is_drawn_for_what_cannot_be_seen() {
    let (mut s, id) = left("first");
    s.screen(80, 24);
    s.app.take_dirty();
    s.event(delta(id, "two"));
    assert!(!s.app.take_dirty());
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "one two"), Status::Complete));
    assert!(s.app.take_dirty(), "how many there are has changed");
}

#[test]
fn what_came_meanwhile_is_there_when_the_user_comes_back() {
    let (mut s, id) = left("first");
    s.event(delta(id, "two "));
    let second = s.ask("second");
    happens(
        &mut s,
        ConversationEvent::Begun { id: second, summary: summary(2, "second"), question: version(1), answer: version(2) },
    );
    s.entered("/resume");
    s.taken();
    let list = vec![summary(2, "second"), summary(1, "first")];
    s.listed(Reply::Conversations(list));
    let screen = s.screen(80, 24);
    assert_eq!(screen.matches("an answer is coming").count(), 2, "{screen}");
    s.press(Code::Down).press(Code::Enter);
    let resume = ConversationCommand::Resume(ConversationId(1));
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(resume))]);
    happens(&mut s, ConversationEvent::Opened(Box::new(conversation(1, "first"))));
    s.event(delta(id, "three"));
    assert!(s.shows("› first") && s.shows("one two three"), "{}", s.screen(80, 24));
    s.later(3000);
    assert!(s.shows("qwen2.5-coder:7b · code · +1"), "{}", s.screen(80, 24));
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "one two three"), Status::Complete));
    assert!(s.shows("one two three") && s.shows("qwen2.5-coder:7b"), "{}", s.screen(80, 24));
    s.press(Code::Esc);
    assert_eq!(s.taken(), [], "the other goes on");
}

#[test]
fn a_question_that_failed_in_the_background_leaves_the_draft_alone() {
    let (mut s, id) = left("first");
    s.event(Event::Failed { id, failure: failure(FailureKind::Broken, "it broke", "try again"), attempts: Vec::new() });
    s.event(Event::Notice { id: None, notice: Notice::warning("“first” has no answer: it broke", "`/resume` opens it") });
    let screen = s.screen(80, 24);
    assert!(screen.contains("“first” has no answer: it broke") && !screen.contains("› first"), "{screen}");
}

#[test]
fn a_title_that_changes_is_that_of_its_own_conversation() {
    let (mut s, _) = left("first");
    happens(&mut s, ConversationEvent::Changed(summary(1, "another title")));
    assert!(!s.shows("renamed: another title"), "{}", s.screen(80, 24));
}

#[test]
fn a_question_of_consent_says_which_conversation_it_is_about() {
    let (mut s, id) = left("first");
    s.event(Event::ConsentNeeded(Box::new(request(id, false))));
    let screen = s.screen(80, 24);
    assert!(screen.contains("“first”, which is in the background"), "{screen}");
}

#[test]
fn quitting_says_that_it_stops_what_goes_on_in_the_background() {
    let (mut s, _) = left("first");
    s.ctrl('c');
    assert!(s.shows("Ctrl+C again quits, and stops the answers in the background"), "{}", s.screen(80, 24));
}
