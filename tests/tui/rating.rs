//! What the user says of the last answer: by keys, and the mark of it in the sign.

use crate::fixtures::*;
use crate::pane::answered;
use conductor::domain::{Conversation, ConversationId, ConversationSummary, MessageId, Rating, Role, Status, TaskClass};
use conductor::protocol::{Command, ConversationEvent, Event, PlaybookEvent};
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::Effect;

fn alt(c: char) -> Key {
    Key::alt(Code::Char(c))
}

fn bad(why: &str) -> Rating {
    Rating::bad(why)
}

fn rated(rating: Rating) -> Event {
    Event::Playbook(PlaybookEvent::Rated { message: MessageId(1), rating })
}

#[test]
fn keys_say_what_is_thought_of_the_last_answer() {
    for (keys, want) in [
        (vec![Key::plain(Code::F(4))], Rating::Good),
        (vec![alt('g')], Rating::Good),
        (vec![Key::plain(Code::F(5)), Key::plain(Code::Enter)], bad("")),
        (vec![alt('n'), alt('n')], bad("")),
        (vec![alt('n'), Key::plain(Code::Char('x')), Key::plain(Code::Enter)], bad("x")),
        // A draft stays as it is.
        (vec![Key::plain(Code::Char('y')), alt('n')], bad("")),
    ] {
        let mut s = answered();
        let draft = keys[0] == Key::plain(Code::Char('y'));
        keys.iter().for_each(|key| _ = s.key(*key));
        assert_eq!(s.taken(), [Effect::Send(Command::Rate { at: None, rating: want })], "{keys:?}");
        assert_eq!(s.shows("› y"), draft);
        assert!(!s.shows("› /bad"), "{}", s.screen(80, 24));
    }
    let mut s = answered();
    s.key(alt('n'));
    assert!(s.taken().is_empty() && s.shows("› /bad") && s.shows("why? Enter alone says only"), "{}", s.screen(80, 24));
    // Without an answer there is nothing to give a reason for: the conductor says so.
    let mut s = Session::ready();
    s.key(alt('n'));
    assert_eq!(s.taken(), [Effect::Send(Command::Rate { at: None, rating: bad("") })]);
}

#[test]
fn the_sign_of_the_answer_is_marked_with_what_was_said_last() {
    let mut s = answered();
    let sign = "qwen2.5-coder:7b · code · 42.1\u{a0}tok/s · 3.2\u{a0}s";
    for (rating, want) in [
        (Rating::Good, format!("{sign} · rated good\n")),
        (bad("too long"), format!("{sign} · rated bad: too long\n")),
        (bad(""), format!("{sign} · rated bad\n")),
        (Rating::Again, format!("{sign} · rated bad\n")),
    ] {
        if !rating.is_weak() {
            s.entered(match &rating {
                Rating::Good => "/good",
                Rating::Bad { why, .. } if why.is_empty() => "/bad",
                _ => "/bad too long",
            });
        }
        s.event(rated(rating));
        assert!(s.screen(80, 24).contains(&want), "{want}{}", s.screen(80, 24));
    }
    // The next answer is not the one that was rated, even where word of it comes late.
    let mut s = answered();
    s.entered("/good");
    s.taken();
    let id = s.ask("and now?");
    begun(&mut s, id, 3);
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "now"), Status::Complete));
    s.event(rated(Rating::Good));
    let screen = s.screen(80, 24);
    let marked: Vec<bool> =
        screen.lines().filter(|line| line.contains(" · code · ")).map(|line| line.contains("rated good")).collect();
    assert_eq!(marked, [true, false], "{screen}");
}

#[test]
fn a_conversation_that_is_opened_again_shows_what_was_said() {
    let mut s = Session::ready();
    let mut good = message(Role::Assistant, "Because.", Status::Complete);
    good.rating = Some(Rating::Good);
    let messages = vec![message(Role::User, "why?", Status::Complete), good];
    let summary = ConversationSummary {
        domain: None,
        id: ConversationId(1),
        title: "why?".into(),
        messages: 2,
        model_override: None,
        answered_by: None,
        created_ms: 0,
        updated_ms: 0,
        deleted_ms: None,
    };
    s.event(Event::Conversation(ConversationEvent::Opened(Box::new(Conversation {
        summary,
        messages: messages.into(),
        summaries: Vec::new(),
    }))));
    assert!(s.shows(" · rated good"), "{}", s.screen(80, 24));
}
