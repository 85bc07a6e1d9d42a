//! Choosing in the conversation: what is marked, what is copied, asked again, changed, and shown in another version.

use crate::fixtures::*;
use crate::screens::check_at;
use conductor::domain::{
    Conversation, ConversationId, FailureKind, Message, MessageId, Prompt, Rating, Role, Status, TaskClass, Versions,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, PlaybookEvent};
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::Effect;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (120, 40)];

const ANSWER: &str = "Two ways:\n\n```rust\nlet a = v.len();\n```\n\n- or\n\n```sh\nwc -l\n```\n\nThat is all.";

fn question(id: i64, text: &str, versions: Versions) -> Message {
    Message { versions, ..Message::question(MessageId(id), Prompt::typed(text), 0) }
}

fn answer(id: i64, text: &str, versions: Versions) -> Message {
    let question = Message::question(MessageId(id), Prompt::default(), 0);
    let signature = Some(signature("qwen2.5-coder:7b", TaskClass::CodeGeneration));
    Message { role: Role::Assistant, text: text.into(), signature, status: Status::Complete, versions, ..question }
}

fn versions(ids: &[i64], at: usize) -> Versions {
    Versions { ids: ids.iter().map(|id| MessageId(*id)).collect(), at }
}

/// A conversation of two questions, the first answer of which has another version.
fn opened() -> Session {
    let summary = summary(7, "lengths", 4, 0);
    let messages = vec![
        question(1, "how long is it?", Versions::default()),
        answer(4, ANSWER, versions(&[2, 4], 1)),
        question(5, "and now?", Versions::default()),
        answer(6, "The same.", Versions::default()),
    ];
    let opened = ConversationEvent::Opened(Box::new(Conversation { summary, messages: messages.into(), summaries: Vec::new() }));
    let mut s = Session::ready().with(Event::Conversation(opened));
    s.later(3000).screen(80, 24);
    s.taken();
    s
}

fn alt(s: &mut Session, code: Code) -> &mut Session {
    s.key(Key::alt(code))
}

/// What is marked, row by row, as it is seen.
fn marked(s: &mut Session) -> Vec<String> {
    let screen = s.screen(80, 24);
    screen
        .lines()
        .filter_map(|line| line.strip_prefix('▌'))
        .map(|line| line.trim().trim_matches('─').trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn one_goes_up_and_down_from_block_to_block() {
    let mut s = opened();
    let steps = [
        vec!["The same."],
        vec!["and now?"],
        vec!["sh", "wc -l"],
        vec!["rust", "let a = v.len();"],
        vec!["Two ways:", "rust", "let a = v.len();", "• or", "sh", "wc -l", "That is all."],
        vec!["how long is it?"],
        vec!["how long is it?"],
    ];
    for step in &steps {
        alt(&mut s, Code::Up);
        assert_eq!(marked(&mut s), *step);
    }
    for step in steps.iter().rev().skip(2) {
        s.press(Code::Down);
        assert_eq!(marked(&mut s), *step);
    }
    s.press(Code::Char('j'));
    assert_eq!(marked(&mut s), Vec::<String>::new(), "below the last nothing is chosen");
    s.press(Code::Char('j'));
    assert!(s.shows("› j"), "letters are typed again: {}", s.screen(80, 24));
}

#[test]
fn it_looks_like_this() {
    let mut s = opened();
    alt(&mut s, Code::Up);
    alt(&mut s, Code::Up);
    alt(&mut s, Code::Up);
    check_at(&SIZES, "choosing", &mut s);
}

#[test]
fn what_is_chosen_is_copied_as_it_was_written() {
    for (steps, key, what, text) in [
        (1, Code::Enter, "the answer", "The same."),
        (2, Code::Char('c'), "the question", "and now?"),
        (3, Code::Char('c'), "the code", "wc -l\n"),
        (4, Code::Char('c'), "the code", "let a = v.len();\n"),
        (5, Code::Char('c'), "the answer", ANSWER),
    ] {
        let mut s = opened();
        (0..steps).for_each(|_| _ = alt(&mut s, Code::Up));
        s.press(key);
        assert_eq!(s.taken(), [Effect::Copy { what, text: text.to_owned() }]);
    }
    let mut s = opened();
    s.entered("/copy");
    assert_eq!(s.taken(), [Effect::Copy { what: "the answer", text: "The same.".to_owned() }]);
    s.entered("/copy code");
    assert!(s.taken().is_empty() && s.shows("there is no code in the last answer"), "{}", s.screen(80, 24));
}

#[test]
fn code_of_the_last_answer_is_copied_by_its_number() {
    let mut s = Session::ready();
    let id = s.ask("how?");
    begun(&mut s, id, 2);
    s.event(Event::Delta { id, text: ANSWER.into(), thinking: String::new() });
    for (command, text) in [("/copy code", "wc -l\n"), ("/copy code 1", "let a = v.len();\n"), ("/copy code 2", "wc -l\n")] {
        // While it comes, what has come is copied.
        s.entered(command);
        assert_eq!(s.taken(), [Effect::Copy { what: "the code", text: text.to_owned() }], "{command}");
    }
    s.entered("/copy code 3");
    assert!(s.taken().is_empty() && s.shows("the last answer has 2 blocks of code"), "{}", s.screen(80, 24));
}

/// The guide, for one, is quicker than the database.
#[test]
fn an_answer_that_came_before_its_number_is_rated_asked_again_and_forked() {
    let mut s = Session::ready();
    let id = s.ask("how?");
    s.event(Event::Delta { id, text: "So.".into(), thinking: String::new() });
    begun(&mut s, id, 2);
    let said = crate::fixtures::answer("llama3.1:8b", TaskClass::General, "So.");
    s.event(finished(id, said, Status::Complete)).later(3000);
    s.taken();
    alt(&mut s, Code::Up).press(Code::F(4));
    let at = Some(MessageId(2));
    assert_eq!(s.taken(), [Effect::Send(Command::Rate { at, rating: Rating::Good })], "{}", s.screen(80, 24));
    s.press(Code::Char('f'));
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::Fork { at }))]);
}

#[test]
fn what_is_chosen_is_rated_and_not_what_came_last() {
    let rates = |s: &mut Session| match s.taken()[..] {
        [Effect::Send(Command::Rate { at, ref rating })] => (at.map(|id| id.0), rating.clone()),
        ref other => panic!("nothing is rated: {other:?}"),
    };
    // Its code and its question stand for the answer.
    for ups in 3..=6 {
        let mut s = opened();
        (0..ups).for_each(|_| _ = alt(&mut s, Code::Up));
        s.press(Code::F(4));
        assert_eq!(rates(&mut s), (Some(4), Rating::Good), "{ups}");
        s.event(Event::Playbook(PlaybookEvent::Rated { message: MessageId(4), rating: Rating::Good })).later(3000);
        alt(&mut s, Code::Up).press(Code::Esc);
        let screen = s.key(Key::ctrl(Code::Home)).screen(80, 40);
        let signs: Vec<bool> = screen.lines().filter(|l| l.contains(" · code")).map(|l| l.contains("rated good")).collect();
        assert_eq!(signs, [true, false], "{screen}");
    }
    // Why it was not good is asked for, with the answer marked; with a draft it goes without.
    let mut s = opened();
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::F(5));
    assert!(s.taken().is_empty() && s.shows("› /bad") && s.shows("why?") && marked(&mut s)[0] == "Two ways:");
    s.typed("too long").press(Code::Enter);
    assert_eq!(rates(&mut s), (Some(4), Rating::bad("too long")));
    assert_eq!(marked(&mut s), [""; 0]);
    s.entered("/good");
    assert_eq!(rates(&mut s), (None, Rating::Good), "the last one again");
    s.typed("draft");
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    s.key(Key::alt(Code::Char('n')));
    assert_eq!(rates(&mut s), (Some(4), Rating::bad("")));
    // Left alone, it is the last one again.
    s.press(Code::Esc).ctrl('c');
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::F(5)).typed("too ").press(Code::Esc);
    assert!(s.shows("› ask something"), "it is not said of another: {}", s.screen(80, 24));
    s.press(Code::F(5)).press(Code::Enter);
    assert_eq!(rates(&mut s), (None, Rating::bad("")));
    // Nor is it said of what the mark has left.
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::F(5)).ctrl('c');
    alt(&mut s, Code::Up);
    (0..2).for_each(|_| _ = alt(&mut s, Code::Down));
    s.press(Code::F(4));
    assert_eq!(rates(&mut s), (None, Rating::Good));
    // A question that has no answer yet, and an answer that has not ended.
    let id = s.ask("more?");
    alt(&mut s, Code::Up).press(Code::F(4));
    assert!(s.taken().is_empty() && s.shows("there is no answer to rate there yet"), "{}", s.screen(80, 24));
    begun(&mut s, id, 8);
    s.event(Event::Delta { id, text: "some".into(), thinking: String::new() }).later(3000);
    alt(&mut s, Code::Down).press(Code::F(4));
    assert!(s.taken().is_empty() && s.shows("there is no answer to rate there yet"), "{}", s.screen(80, 24));
}

#[test]
fn a_question_is_asked_again_in_its_place() {
    let mut s = opened();
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::Char('r'));
    let [Effect::Send(Command::Conversation(ConversationCommand::Retry { id, model: None, at: Some(MessageId(4)) }))] =
        s.taken()[..]
    else {
        panic!("it is asked again")
    };
    let screen = s.screen(80, 24);
    assert!(screen.contains("how long is it?") && !screen.contains("Two ways") && !screen.contains("and now?"), "{screen}");
    // Nothing comes: what was there is shown again, and why.
    let failure = failure(FailureKind::Broken, "model qwen2.5-coder:7b broke", "try another");
    s.event(Event::Failed { id, failure, attempts: vec![] });
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::Resume(ConversationId(7))))]);
    let summary = summary(7, "lengths", 4, 0);
    let messages = vec![question(1, "how long is it?", Versions::default()), answer(4, ANSWER, versions(&[2, 4, 8], 1))];
    s.event(Event::Conversation(ConversationEvent::Opened(Box::new(Conversation {
        summary,
        messages: messages.into(),
        summaries: Vec::new(),
    }))));
    let screen = s.screen(80, 24);
    assert!(screen.contains("That is all.") && screen.contains("error: model qwen2.5-coder:7b broke"), "{screen}");
}

#[test]
fn a_question_is_changed_and_asked_in_its_place() {
    let mut s = opened();
    (0..2).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::Char('e'));
    assert!(s.shows("› and now?") && s.shows("change the question and send it"), "{}", s.screen(80, 24));
    s.typed(" Why?").press(Code::Enter);
    let [Effect::Send(Command::Conversation(ConversationCommand::Edit { at: MessageId(5), ref prompt, .. }))] = s.taken()[..]
    else {
        panic!("it is asked in its place")
    };
    assert_eq!(prompt.text(), "and now? Why?");
    let screen = s.screen(80, 24);
    assert!(screen.contains("That is all.") && !screen.contains("The same."), "{screen}");
    // Left alone it is an ordinary question.
    let mut s = opened();
    (0..2).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::Char('e')).press(Code::Esc).entered("other");
    assert!(matches!(&s.taken()[..], [.., Effect::Send(Command::Ask { .. })]));
}

#[test]
fn a_question_that_is_no_longer_changed_is_a_new_one() {
    for leave in [Key::plain(Code::Esc), Key::ctrl(Code::Char('c'))] {
        let mut s = opened();
        (0..2).for_each(|_| _ = alt(&mut s, Code::Up));
        s.press(Code::Char('e'));
        assert!(s.shows("changes a question · Esc leaves it"), "{}", s.screen(80, 24));
        s.key(leave);
        assert!(!s.shows("changes a question"), "{}", s.screen(80, 24));
        s.entered("other");
        assert!(matches!(s.taken()[..], [.., Effect::Send(Command::Ask { .. })]), "{leave}");
    }
}

/// What the conductor opens when a conversation is shown again.
fn opened_again(s: &mut Session) {
    let messages = vec![question(1, "how long is it?", Versions::default()), answer(4, ANSWER, Versions::default())];
    let whole = Conversation { summary: summary(7, "lengths", 4, 0), messages: messages.into(), summaries: Vec::new() };
    s.event(Event::Conversation(ConversationEvent::Opened(Box::new(whole))));
}

#[test]
fn a_change_that_came_to_nothing_can_be_sent_again() {
    let mut s = opened();
    (0..2).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::Char('e')).typed(" Why?").press(Code::Enter);
    let [Effect::Send(Command::Conversation(ConversationCommand::Edit { id, .. }))] = s.taken()[..] else { panic!("no edit") };
    s.event(Event::Failed { id, failure: failure(FailureKind::Broken, "it broke", ""), attempts: vec![] });
    opened_again(&mut s);
    assert!(s.shows("error: it broke") && s.shows("› and now? Why?") && s.shows("changes a question"), "{}", s.screen(80, 24));
    s.taken();
    s.press(Code::Enter);
    let at = match &s.taken()[..] {
        [Effect::Send(Command::Conversation(ConversationCommand::Edit { at, .. }))] => *at,
        other => panic!("{other:?}"),
    };
    assert_eq!(at, MessageId(5));
}

#[test]
fn what_the_user_stopped_is_no_error_where_the_conversation_is_shown_again() {
    let mut s = opened();
    alt(&mut s, Code::Up).press(Code::Char('r'));
    let [Effect::Send(Command::Conversation(ConversationCommand::Retry { id, .. }))] = s.taken()[..] else { panic!("no retry") };
    s.event(Event::Failed { id, failure: failure(FailureKind::Cancelled, "stopped", ""), attempts: vec![] });
    opened_again(&mut s);
    assert!(s.shows("note: stopped before anything came") && !s.shows("error:"), "{}", s.screen(80, 24));
}

#[test]
fn what_is_chosen_stays_in_sight_when_the_window_changes() {
    let mut s = opened();
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    for (width, height) in [(40, 10), (120, 12), (30, 8), (80, 24)] {
        let screen = s.screen(width, height);
        assert!(screen.lines().any(|line| line.starts_with("▌ Two ways")), "{screen}");
    }
}

#[test]
fn versions_are_shown_and_forks_made() {
    let mut s = opened();
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    assert!(s.shows("code · version 2 of 2"), "{}", s.screen(80, 24));
    s.press(Code::Left);
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::Show { at: MessageId(2) }))]);
    s.press(Code::Right);
    assert!(s.taken().is_empty() && s.shows("this is the last version"), "{}", s.screen(80, 24));
    s.press(Code::Char('f'));
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::Fork { at: Some(MessageId(4)) }))]);
    s.press(Code::Char('q'));
    assert_eq!(marked(&mut s), Vec::<String>::new());
}

#[test]
fn thinking_is_shown_and_folded() {
    let mut s = Session::ready();
    let id = s.ask("hm?");
    s.event(Event::Delta { id, text: String::new(), thinking: "first this, then that".into() });
    s.event(Event::Delta { id, text: "Yes.".into(), thinking: String::new() });
    assert!(s.shows("thought for 4 words") && !s.shows("first this"), "{}", s.screen(80, 24));
    s.ctrl('t');
    assert!(s.shows("thought for 4 words:") && s.shows("first this, then that"), "{}", s.screen(80, 24));
    s.ctrl('t');
    assert!(!s.shows("first this"), "{}", s.screen(80, 24));
}

/// One goes from version to version with the same keys, and what was said of opening is not said.
#[test]
fn another_version_is_chosen_where_it_is_shown() {
    let mut s = opened();
    (0..5).for_each(|_| _ = alt(&mut s, Code::Up));
    for (key, id, at, words) in [(Code::Left, 2, 0, "version 1 of 2"), (Code::Right, 4, 1, "version 2 of 2")] {
        s.press(key);
        let show = Effect::Send(Command::Conversation(ConversationCommand::Show { at: MessageId(id) }));
        assert!(s.taken().contains(&show), "{key:?}");
        let messages = vec![question(1, "how long is it?", Versions::default()), answer(id, "As it was.", versions(&[2, 4], at))];
        let (summary, summaries) = (summary(7, "lengths", 2, 0), Vec::new());
        let opened = Conversation { summary, messages: messages.into(), summaries };
        s.event(Event::Conversation(ConversationEvent::Opened(Box::new(opened))));
        assert_eq!(marked(&mut s)[0], "As it was.");
        // The status line, above which the sign says it, too.
        let screen = s.screen(80, 24);
        let status = screen.lines().rev().nth(1).unwrap_or_default();
        assert!(status.contains(words) && !status.contains("opened"), "{screen}");
    }
}

#[test]
fn a_draft_comes_back_where_a_question_is_left_as_it_was() {
    let mut s = opened();
    s.typed("precious one");
    (0..2).for_each(|_| _ = alt(&mut s, Code::Up));
    s.press(Code::Char('e'));
    assert!(s.shows("› and now?") && !s.shows("precious one"), "{}", s.screen(80, 24));
    s.press(Code::Esc);
    assert!(s.shows("› precious one"), "{}", s.screen(80, 24));
}
