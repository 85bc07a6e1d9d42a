//! One bullet in the pane: why it stands where it stands, other words for it, and what changes it by itself.

use crate::fixtures::*;
use crate::pane::{answered, bullet, changes, key, open, playbook};
use conductor::domain::{
    BulletId, BulletWhy, Cause, ChatOrigin, Delta, DeltaSeq, FailureKind, MessageId, Playbook, PlaybookKey, Provenance, Rating,
    RequestId, Stage, Step, TaskClass, UserChange,
};
use conductor::protocol::{Changed, Command, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::{Effect, Msg};

fn reply(s: &mut Session, reply: Reply) {
    s.msg(Msg::Reply { reply, now_ms: 3_600_000 });
}

fn origin() -> ChatOrigin {
    ChatOrigin {
        message: MessageId(9),
        question: "what is 7/8 of 64, and why is it not 7/8 of 100?".into(),
        by: Some(signature("qwen2.5-coder:7b", TaskClass::CodeGeneration)),
        asked_ms: 0,
        rating: Some(Rating::bad("wrong sign")),
        rated_ms: Some(1_800_000),
    }
}

fn why(number: u32) -> Box<BulletWhy> {
    let delta = Delta {
        seq: DeltaSeq(4),
        at_ms: 0,
        cause: Cause::Promotion,
        reasoning: "it goes to staging: 5 helpful and 1 harmful".into(),
        steps: vec![Step::Move { id: BulletId(number), from: Stage::Shadow, to: Stage::Staging }],
        rejects: vec![],
    };
    let bullet = conductor::domain::Bullet {
        provenance: Provenance::Chat { message: MessageId(9) },
        ..playbook().bullets[&BulletId(number)].clone()
    };
    let stands = "it is in staging: 3 helpful and 1 harmful; prod asks for 8 helpful and 5 times as many as harmful".into();
    Box::new(BulletWhy { key: key(), bullet, stands, chat: Some(origin()), deltas: vec![delta] })
}

/// The playbook as `change` makes it, by a delta with these steps.
fn changed(id: Option<RequestId>, steps: Vec<Step>, change: impl FnOnce(&mut Playbook)) -> Event {
    let mut playbook = playbook();
    change(&mut playbook);
    let delta = Delta { seq: DeltaSeq(5), at_ms: 0, cause: Cause::User, reasoning: String::new(), steps, rejects: vec![] };
    Event::Playbook(PlaybookEvent::Changed { id, result: Ok(Box::new(Changed { playbook, delta })) })
}

/// The number and the change of the one request that was sent.
fn request(s: &mut Session) -> (RequestId, UserChange) {
    match s.taken().as_slice() {
        [Effect::Send(Command::Playbook(PlaybookCommand::Change { id, change, .. }))] => (*id, change.clone()),
        other => panic!("no change: {other:?}"),
    }
}

#[test]
fn a_key_tells_why_a_bullet_stands_where_it_stands() {
    let mut s = open();
    let query = |number| [Effect::Query(Query::BulletWhy { key: key(), id: BulletId(number) })];
    s.press(Code::Down).press(Code::Down).press(Code::Enter);
    assert_eq!(s.taken(), query(2));
    assert!(s.shows("looking …"));
    reply(&mut s, Reply::BulletWhy(why(1)));
    assert!(s.shows("looking …"), "another was asked for");
    reply(&mut s, Reply::BulletWhy(why(2)));
    crate::screens::check_at(&[(80, 24), (140, 30), (40, 12)], "playbook_why", &mut s);
    for _ in 0..9 {
        s.press(Code::PageDown);
    }
    assert!(s.screen(40, 12).contains("from shadow to"), "{}", s.screen(40, 12));
    // What is done to it, is done to the one that is explained, which is told anew then.
    s.typed("+");
    assert_eq!(changes(&mut s), [UserChange::Promote { id: BulletId(2) }]);
    s.typed("dd");
    assert_eq!(changes(&mut s), [], "it cannot be seen there what goes");
    s.event(changed(Some(RequestId(1)), vec![], |_| ()));
    assert_eq!(s.taken(), query(2));
    s.press(Code::Esc);
    assert!(s.shows("a accepts · r refuses · e edits"), "{}", s.screen(80, 24));
    s.typed("w");
    assert_eq!(s.taken(), query(2));
    reply(&mut s, Reply::Failed(failure(FailureKind::NotFound, "code-qwen has no line 2", "")));
    assert!(s.shows("a accepts · r refuses · e edits"), "{}", s.screen(80, 24));
    s.press(Code::Esc);
    assert!(s.shows("error: code-qwen has no line 2"), "{}", s.screen(80, 24));
}

#[test]
fn the_words_of_a_bullet_are_changed_in_the_pane() {
    let mut s = open();
    s.typed("e").press(Code::Home).typed("Always p").press(Code::Delete).press(Code::End).press(Code::Backspace);
    s.msg(Msg::Paste(" of\r\n any kind.\n".into()));
    crate::screens::check_at(&[(80, 24), (140, 30), (40, 12), (30, 6)], "playbook_edit", &mut s);
    // Keys that write do nothing else.
    s.key(Key::alt(Code::Enter)).press(Code::F(1)).press(Code::F(2)).press(Code::F(4)).typed("a").press(Code::Backspace);
    assert!(s.taken().is_empty() && s.shows("edit [style-00003]"), "{}", s.screen(80, 24));
    s.press(Code::Enter);
    let content = "Always prefer loops to recursion of any kind.".to_owned();
    let (id, change) = request(&mut s);
    assert_eq!(change, UserChange::Edit { id: BulletId(3), section: None, content: content.clone() });
    s.press(Code::Enter);
    assert!(s.taken().is_empty() && s.shows("storing [style-00003]"), "{}", s.screen(80, 24));
    // What is refused stays on the screen.
    let refused = failure(FailureKind::Refused, "it holds a command", "");
    s.event(Event::Playbook(PlaybookEvent::Changed { id: Some(id), result: Err(refused) }));
    assert!(s.shows("it holds a command") && s.shows("edit [style-00003]") && s.shows("of any kind."));
    s.press(Code::Enter);
    let (id, _) = request(&mut s);
    s.event(changed(None, vec![], |_| ()));
    assert!(s.shows("storing [style-00003]"), "another change is another");
    s.event(changed(Some(id), vec![], |book| book.bullets.get_mut(&BulletId(3)).unwrap().text.content = content));
    assert!(s.shows("Always prefer loops") && !s.shows("storing"), "{}", s.screen(80, 24));
    s.typed("a");
    assert_eq!(changes(&mut s), [UserChange::Accept { id: BulletId(3) }]);
}

#[test]
fn leaving_the_words_loses_nothing_else() {
    for leave in [Key::plain(Code::Esc), Key::ctrl(Code::Char('c')), Key::plain(Code::Enter)] {
        let mut s = open();
        s.press(Code::Down).typed("e");
        if leave != Key::plain(Code::Enter) {
            s.typed("x");
        }
        s.key(leave);
        assert!(s.taken().is_empty() && !s.shows("edit ["), "{leave}");
        s.typed("-");
        assert_eq!(changes(&mut s), [UserChange::Demote { id: BulletId(1) }], "{leave}: the same is marked");
    }
    let mut s = open();
    s.typed("e").press(Code::Home).ctrl('d').press(Code::Enter);
    assert_eq!(
        request(&mut s).1,
        UserChange::Edit { id: BulletId(3), section: None, content: "refer loops to recursion.".into() }
    );
}

#[test]
fn the_marked_bullet_stays_marked_though_others_come() {
    let inserted = |number| vec![Step::Insert { bullet: Box::new(bullet(number, "New.", Stage::Proposed)) }];
    for (downs, number, stage, want) in [
        // One more that waits for a yes stands before it.
        (1, 5, Stage::Proposed, UserChange::Demote { id: BulletId(1) }),
        (2, 5, Stage::Proposed, UserChange::Demote { id: BulletId(2) }),
        // What was marked is gone: what came into its place is.
        (0, 3, Stage::Prod, UserChange::Demote { id: BulletId(3) }),
    ] {
        let mut s = open();
        (0..downs).for_each(|_| _ = s.press(Code::Down));
        s.event(changed(None, inserted(number), |book| {
            book.bullets.insert(BulletId(number), bullet(number, "New.", stage));
        }));
        s.typed("-");
        assert_eq!(changes(&mut s), [want]);
    }
    // One after the other is answered.
    let mut s = open();
    let both = |book: &mut Playbook| _ = book.bullets.insert(BulletId(5), bullet(5, "New.", Stage::Proposed));
    s.event(changed(None, inserted(5), both));
    assert!(s.shows("playbook code-qwen · 2 wait for your yes"), "{}", s.screen(80, 24));
    s.typed("a");
    assert_eq!(changes(&mut s), [UserChange::Accept { id: BulletId(3) }]);
    s.event(changed(Some(RequestId(2)), vec![], |book| {
        both(book);
        book.bullets.get_mut(&BulletId(3)).unwrap().stage = Stage::Shadow;
    }));
    s.typed("a");
    assert_eq!(changes(&mut s), [UserChange::Accept { id: BulletId(5) }]);
}

#[test]
fn a_proposal_says_what_it_comes_from() {
    let mut s = answered();
    s.press(Code::F(2)).taken();
    let mut book = playbook();
    book.bullets.get_mut(&BulletId(3)).unwrap().provenance = Provenance::Chat { message: MessageId(9) };
    reply(&mut s, Reply::Playbook(Box::new(book.clone())));
    assert_eq!(s.taken(), [Effect::Query(Query::ChatOrigins(vec![MessageId(9)]))]);
    assert!(!s.shows("from your"));
    reply(&mut s, Reply::ChatOrigins(vec![origin()]));
    assert!(s.shows("from your /bad on “what is 7/8 of 64, and why is it not 7/…”"), "{}", s.screen(80, 24));
    reply(&mut s, Reply::Playbook(Box::new(book)));
    assert!(s.taken().is_empty(), "it is known");
}

#[test]
fn what_was_proposed_elsewhere_is_said_once_and_a_key_shows_it() {
    let proposed = || vec![Step::Insert { bullet: Box::new(bullet(3, "Prefer loops to recursion.", Stage::Proposed)) }];
    for mut s in [Session::ready(), answered()] {
        s.event(changed(None, proposed(), |book| book.key = PlaybookKey::new("math", "qwen", None).unwrap()));
        assert!(s.shows("note: 1 line proposed for math-qwen: F2 shows it"), "{}", s.screen(80, 24));
        s.press(Code::F(2));
        assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("math-qwen".into()))]);
    }
    // What was taken back meanwhile waits no more.
    let mut s = answered();
    s.event(changed(None, proposed(), |book| _ = book.bullets.remove(&BulletId(3))));
    s.press(Code::F(2));
    assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("code-qwen".into()))]);
    assert!(!s.shows("proposed for"), "{}", s.screen(80, 24));
}

#[test]
fn before_the_first_answer_the_key_finds_what_waits() {
    let book = |base: &str, last, stage| {
        let mut book = playbook();
        (book.key, book.last) = (PlaybookKey::new(base, "qwen", None).unwrap(), DeltaSeq(last));
        book.bullets.get_mut(&BulletId(3)).unwrap().stage = stage;
        book
    };
    let mut s = Session::ready();
    s.press(Code::F(2));
    assert_eq!(s.taken(), [Effect::Query(Query::Playbooks)]);
    let books = vec![book("code", 3, Stage::Proposed), book("math", 7, Stage::Proposed), book("quick", 9, Stage::Shadow)];
    reply(&mut s, Reply::Playbooks(books.clone()));
    assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("math-qwen".into()))]);
    reply(&mut s, Reply::Playbooks(books));
    assert!(s.taken().is_empty(), "nobody asked");
}

#[test]
fn why_tells_the_lines_that_the_answer_named() {
    let mut s = answered();
    s.entered("/why");
    assert_eq!(s.taken(), [Effect::Query(Query::PlaybookNamed("code-qwen".into()))]);
    reply(&mut s, Reply::Playbook(Box::new(playbook())));
    crate::screens::check_at(&[(80, 24), (40, 10)], "why_advice", &mut s);
    assert!(s.shows("* [style-00001] Name the types of arguments."), "{}", s.screen(80, 24));
}
