//! The playbook on the screen, and what is said of answers: messages in, commands and visible text out.

use crate::fixtures::*;
use conductor::domain::{
    Bullet, BulletId, Cause, Counts, Delta, DeltaSeq, MessageId, Playbook, PlaybookKey, Provenance, Rating, Shown, Stage, Status,
    Step, TaskClass, Text, UserChange,
};
use conductor::protocol::{Changed, Command, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use segno_tui::keymap::Code;
use segno_tui::msg::{Effect, Msg};

pub(crate) fn key() -> PlaybookKey {
    PlaybookKey::new("code", "qwen", None).unwrap()
}

pub(crate) fn bullet(number: u32, content: &str, stage: Stage) -> Bullet {
    Bullet {
        id: BulletId(number),
        text: Text { section: "style".into(), content: content.into() },
        counts: Counts { helpful: 3, harmful: 1, neutral: 0 },
        stage,
        pinned: number == 2,
        provenance: Provenance::User,
        created_ms: 0,
        updated_ms: 0,
    }
}

pub(crate) fn playbook() -> Playbook {
    let mut book = Playbook::new(key());
    let bullets = [
        bullet(1, "Name the types of arguments.", Stage::Prod),
        bullet(2, "Write a test for each branch.", Stage::Staging),
        bullet(3, "Prefer loops to recursion.", Stage::Proposed),
        bullet(4, "Never use tabs.", Stage::Quarantine),
    ];
    book.bullets = bullets.into_iter().map(|bullet| (bullet.id, bullet)).collect();
    book
}

/// An answer whose prompt had two bullets, of which it named one.
pub(crate) fn answered() -> Session {
    let mut s = Session::ready();
    let id = s.ask("write a function that sorts");
    begun(&mut s, id, 1);
    let shown = Shown { bullets: vec![BulletId(1), BulletId(2)], cited: vec![BulletId(1)], ..Shown::nothing(key()) };
    let mut answer = answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "fn sort() {}");
    let mut decision = decision(TaskClass::CodeGeneration, &["qwen2.5-coder:7b"]);
    decision.shown = Some(shown);
    answer.decision = Some(decision);
    s.event(finished(id, answer, Status::Complete));
    s.taken();
    s
}

/// The same, with the playbook open.
pub(crate) fn open() -> Session {
    let mut s = answered();
    s.press(Code::F(2));
    assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("code-qwen".into()))]);
    s.msg(Msg::Reply { reply: Reply::Playbook(Box::new(playbook())), now_ms: 0 });
    s
}

pub(crate) fn changes(s: &mut Session) -> Vec<UserChange> {
    let change = |effect| match effect {
        Effect::Send(Command::Playbook(PlaybookCommand::Change { key: of, change, .. })) if of == key() => change,
        other => panic!("no change: {other:?}"),
    };
    s.taken().into_iter().map(change).collect()
}

#[test]
fn the_pane_shows_what_waits_first_and_what_took_part() {
    let mut s = open();
    insta::assert_snapshot!("playbook_80x24", s.screen(80, 24));
    insta::assert_snapshot!("playbook_140x30", s.screen(140, 30));
    insta::assert_snapshot!("playbook_40x12", s.screen(40, 12));
    s.press(Code::F(2));
    assert!(!s.shows("playbook code-qwen"));
}

#[test]
fn each_key_does_one_thing_to_the_marked_bullet() {
    let mut s = open();
    let id = |number| BulletId(number);
    for (keys, want) in [
        ("a", UserChange::Accept { id: id(3) }),
        ("r", UserChange::Refuse { id: id(3) }),
        ("+", UserChange::Promote { id: id(3) }),
        ("p", UserChange::Pin { id: id(3), pinned: true }),
        ("o", UserChange::Switch { off: true }),
    ] {
        s.typed(keys);
        assert_eq!(changes(&mut s), [want]);
    }
    s.press(Code::Down).press(Code::Down);
    for (keys, want) in [
        ("-", UserChange::Demote { id: id(2) }),
        ("p", UserChange::Pin { id: id(2), pinned: false }),
        ("dd", UserChange::Remove { id: id(2) }),
    ] {
        s.typed(keys);
        assert_eq!(changes(&mut s), [want]);
    }
    s.typed("d");
    assert!(s.shows("d again deletes it"), "{}", s.screen(80, 24));
    s.press(Code::Up).typed("d");
    assert_eq!(changes(&mut s), [], "another bullet is another");
    s.typed("u");
    assert!(
        matches!(s.taken().as_slice(), [Effect::Send(Command::Playbook(PlaybookCommand::Undo { delta: None, .. }))]),
        "the last change"
    );
}

#[test]
fn what_was_changed_is_shown_and_said() {
    let mut s = open();
    let mut after = playbook();
    let gone = after.bullets.remove(&BulletId(3)).unwrap();
    let delta = Delta {
        seq: DeltaSeq(5),
        at_ms: 0,
        cause: Cause::User,
        reasoning: String::new(),
        steps: vec![Step::Delete { bullet: Box::new(gone) }],
        rejects: vec![],
    };
    let changed = Changed { playbook: after, delta };
    s.event(Event::Playbook(PlaybookEvent::Changed { id: None, result: Ok(Box::new(changed)) }));
    let screen = s.screen(80, 24);
    assert!(!screen.contains("waits for your yes") && screen.contains("gone: [style-00003]"), "{screen}");
    let why = failure(conductor::domain::FailureKind::Refused, "the user keeps it", "unpin it");
    s.event(Event::Playbook(PlaybookEvent::Changed { id: None, result: Err(why) }));
    assert!(s.shows("the user keeps it"), "{}", s.screen(80, 24));
}

#[test]
fn one_that_is_not_there_yet_says_how_to_begin() {
    let mut s = Session::ready();
    s.press(Code::F(2));
    assert_eq!(s.taken(), [Effect::Query(Query::Playbooks)], "something may wait for a yes");
    s.msg(Msg::Reply { reply: Reply::Playbooks(vec![]), now_ms: 0 });
    assert!(s.shows("there is no playbook to show yet"), "{}", s.screen(80, 24));
    s.entered("/playbook math-qwen");
    assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("math-qwen".into()))]);
    let new = Playbook::new(PlaybookKey::new("math", "qwen", None).unwrap());
    s.msg(Msg::Reply { reply: Reply::Playbook(Box::new(new)), now_ms: 0 });
    assert!(s.shows("segno playbook add math-qwen"), "{}", s.screen(80, 24));
    s.press(Code::Esc).entered("/playbook nonsense");
    s.taken();
    let why = failure(
        conductor::domain::FailureKind::NotFound,
        "\"nonsense\" names no known family of models",
        "write kind and family",
    );
    s.msg(Msg::Reply { reply: Reply::Failed(why), now_ms: 0 });
    assert!(s.shows("error: \"nonsense\" names no known family"), "{}", s.screen(80, 24));
}

#[test]
fn answers_are_rated_in_words() {
    let mut s = answered();
    for (typed, rating) in [
        ("/good", Rating::Good),
        ("/bad", Rating::bad("")),
        ("/bad it does not compile", Rating::bad("it does not compile")),
        ("/correct use sort_unstable", Rating::correct("use sort_unstable")),
    ] {
        s.entered(typed);
        assert_eq!(s.taken(), [Effect::Send(Command::Rate { at: None, rating: rating.clone() })], "{typed}");
        s.event(Event::Playbook(PlaybookEvent::Rated { message: MessageId(1), rating }));
        assert!(s.shows("rated: "), "{}", s.screen(80, 24));
    }
    s.entered("/correct");
    assert!(s.taken().is_empty() && s.shows("write /correct TEXT"), "{}", s.screen(80, 24));
}
