//! How full the window is, `/context` and `/compact` on the screen.

use crate::fixtures::*;
use crate::screens::check_at;
use conductor::domain::{
    BackendId, ContextParts, ContextReport, ContextUse, Conversation, FailureKind, Location, MessageId, ModelId, RequestId, Role,
    Status, Summary, SummaryId, TaskClass,
};
use conductor::protocol::{Command, CompactStep, ConversationCommand, ConversationEvent, Event, Query, Reply};
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (120, 40)];

/// So much of a window of 4,096 tokens, of which a quarter is kept free.
fn used(used: u32, left_out: u32, first_seen: Option<i64>) -> ContextUse {
    ContextUse {
        model: ModelId::new("llama3.1:8b"),
        used,
        window: 4096,
        reserve: 1024,
        left_out,
        first_seen: first_seen.map(MessageId),
        estimated: true,
    }
}

fn says(id: Option<RequestId>, now: ContextUse) -> Event {
    Event::Conversation(ConversationEvent::Context { id, now })
}

fn summary_of(last: i64) -> Summary {
    Summary {
        id: SummaryId(1),
        last: MessageId(last),
        text: "The user wants a garden.\nTomatoes are \u{1b}[31mdecided.".into(),
        model: ModelId::new("phi3:mini"),
        family: "phi3".into(),
        backend: BackendId::ollama(),
        location: Location::Local,
        imported: false,
        external: false,
        created_ms: 5,
    }
}

fn report() -> ContextReport {
    ContextReport {
        now: ContextUse { estimated: false, ..used(2600, 0, None) },
        parts: ContextParts { advice: 120, summary: 310, earlier: 1500, question: 0, files: 790, images: 0 },
        seen: 6,
        up_to: String::new(),
        summary: Some((summary_of(14), 14)),
        compactable: 2,
        by: Some(ModelId::new("phi3:mini")),
    }
}

/// A conversation of four exchanges that is opened; the first two are summed up where `summed` says so.
fn opened(summed: bool) -> Session {
    let said = |n: i64| {
        let (role, words) = if n % 2 == 1 { (Role::User, "question") } else { (Role::Assistant, "answer") };
        let mut message = message(role, &format!("{words} {}", (n + 1) / 2), Status::Complete);
        message.id = MessageId(n);
        message
    };
    let messages = (1..=8).map(said).collect::<Vec<_>>().into();
    let summaries = if summed { vec![summary_of(4)] } else { vec![] };
    let opened = Conversation { summary: summary(7, "Plan for the garden", 8, 0), messages, summaries };
    Session::ready().with(Event::Conversation(ConversationEvent::Opened(Box::new(opened))))
}

#[test]
fn the_status_line_says_how_full_the_window_is() {
    for (name, tokens) in [("some", 1044), ("much", 2580), ("too_much", 4000)] {
        let mut s = opened(false);
        s.later(5000).event(says(None, used(tokens, 0, None)));
        check_at(&SIZES, &format!("context_status_{name}"), &mut s);
    }
    let mut s = Session::ready();
    let id = s.ask("why?");
    s.event(says(Some(id), used(2700, 0, None)));
    assert!(s.shows("ctx 87%! · 0 s · Esc stops") && s.screen(40, 10).contains("ctx 87%!"), "{}", s.screen(80, 24));
    s.event(says(Some(RequestId(99)), used(9, 0, None)));
    assert!(s.shows("ctx 87%!"), "that is another turn's");
    s.event(finished(id, answer("llama3.1:8b", TaskClass::General, "So."), Status::Complete))
        .event(says(None, used(900, 0, None)));
    assert!(s.shows("ctx 29% · / commands") && !s.screen(40, 10).contains("ctx"), "{}", s.screen(80, 24));
    s.event(Event::Conversation(ConversationEvent::New));
    assert!(!s.shows("ctx"));
}

#[test]
fn a_line_stands_where_what_is_seen_begins() {
    let mut s = opened(false);
    let whole = s.screen(80, 40);
    s.event(says(None, used(3000, 4, Some(5))));
    let screen = s.screen(80, 40);
    let at = |text: &str| screen.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {screen}"));
    let line = at("4 messages above no longer fit the window of llama3.1:8b: it sees what follows");
    assert!(at("answer 2") < line && line < at("question 3"), "{screen}");
    check_at(&SIZES, "context_mark", &mut s);
    s.event(says(None, used(3000, 6, Some(7))));
    let screen = s.screen(80, 40);
    assert_eq!(screen.matches("no longer fit").count(), 1, "{screen}");
    assert!(screen.contains("6 messages above"), "{screen}");
    s.event(says(None, used(1000, 0, None)));
    let again = s.screen(80, 40);
    assert_eq!(again.lines().take(30).collect::<Vec<_>>(), whole.lines().take(30).collect::<Vec<_>>());
}

#[test]
fn what_takes_the_room() {
    let mut s = opened(true);
    s.later(5000).entered("/context");
    assert_eq!(s.taken(), [Effect::Query(Query::Context)]);
    s.msg(reply(Reply::Context(Some(Box::new(report())))));
    check_at(&SIZES, "context_page", &mut s);
    s.press(Code::Esc);
    assert!(!s.shows("what takes the room"));
    let left_out = ContextReport {
        now: used(3060, 12, Some(5)),
        parts: ContextParts { earlier: 3060, ..ContextParts::default() },
        seen: 4,
        up_to: "how do I …".into(),
        summary: None,
        compactable: 12,
        by: None,
    };
    s.entered("/context").msg(reply(Reply::Context(Some(Box::new(left_out)))));
    check_at(&SIZES, "context_page_left_out", &mut s);
    // Parts are estimated: they are no more than a whole that was counted.
    let parts = ContextParts { earlier: 4000, files: 1200, ..ContextParts::default() };
    s.press(Code::Esc).entered("/context").msg(reply(Reply::Context(Some(Box::new(ContextReport { parts, ..report() })))));
    assert!(s.shows("2,600 of") && s.shows(" 2,000  6 messages") && s.shows("   600  files"), "{}", s.screen(80, 24));
    s.press(Code::Esc).entered("/context").msg(reply(Reply::Context(None)));
    assert!(s.shows("no model was asked or chosen here yet"));
}

fn step(s: &mut Session, id: RequestId, step: CompactStep) {
    s.event(Event::Conversation(ConversationEvent::Compact { id, step }));
}

/// Begins a summary; gives its number.
fn compacting(s: &mut Session) -> RequestId {
    s.later(5000).entered("/compact");
    let sent = s.taken().into_iter().find_map(|effect| match effect {
        Effect::Send(Command::Conversation(ConversationCommand::Compact { id })) => Some(id),
        _ => None,
    });
    let id = sent.expect("a summary was asked for");
    step(s, id, CompactStep::Begun { by: candidate("phi3:mini"), messages: 4 });
    step(s, id, CompactStep::Read { read: 2, of: 4 });
    step(s, id, CompactStep::Text("The user wants a ".into()));
    id
}

#[test]
fn a_summary_as_it_comes() {
    let mut s = opened(false);
    let id = compacting(&mut s);
    check_at(&SIZES, "compact_coming", &mut s);
    s.entered("may I ask?");
    assert_eq!(s.taken(), [], "nothing is asked meanwhile");
    assert!(s.shows("a summary is being written: Esc stops it") && s.shows("may I ask?"));
    step(&mut s, id, CompactStep::Text("garden.".into()));
    step(&mut s, id, CompactStep::Done(Box::new(summary_of(4))));
    s.later(5000);
    check_at(&SIZES, "compact_done", &mut s);
    check_at(&SIZES, "compact_opened", opened(true).later(5000));
}

#[test]
fn a_summary_that_is_stopped_or_fails_leaves_nothing() {
    for (name, kind, what, says) in [
        ("stopped", FailureKind::Cancelled, "cancelled", "note: the summary was stopped: nothing has changed"),
        ("refused", FailureKind::Refused, "there is nothing to sum up yet", "note: there is nothing to sum up yet"),
        ("failed", FailureKind::Broken, "out of memory", "error: out of memory"),
    ] {
        let mut s = opened(false);
        let id = compacting(&mut s);
        if kind == FailureKind::Cancelled {
            s.press(Code::Esc);
            assert_eq!(s.taken(), [Effect::Send(Command::Cancel { id })], "{name}");
            s.press(Code::Esc);
            assert_eq!(s.taken(), [], "{name}: once is enough");
        }
        step(&mut s, id, CompactStep::Failed(failure(kind, what, "")));
        let screen = s.screen(80, 40);
        assert!(screen.contains(says), "{name}: {screen}");
        assert!(!screen.contains("The user wants") && !screen.contains("summing up"), "{name}: {screen}");
        assert!(s.ask("may I ask?").0 > id.0, "{name}");
    }
}

#[test]
fn a_summary_is_taken_back_and_left() {
    let mut s = opened(true);
    s.entered("/compact undo");
    let Some(Effect::Send(Command::Conversation(ConversationCommand::UndoCompact { id }))) = s.taken().pop() else {
        panic!("nothing was taken back")
    };
    step(&mut s, id, CompactStep::Undone(Box::new(summary_of(4))));
    assert!(s.shows("the summary by phi3:mini was taken back"), "{}", s.screen(80, 24));

    let id = compacting(&mut s);
    s.event(Event::Conversation(ConversationEvent::New));
    assert_eq!(s.taken(), [Effect::Send(Command::Cancel { id })], "who leaves does not want it");
    step(&mut s, id, CompactStep::Text("a late word".into()));
    step(&mut s, id, CompactStep::Failed(failure(FailureKind::Cancelled, "cancelled", "")));
    assert!(!s.shows("a late word") && !s.shows("nothing has changed"));

    let mut s = Session::ready();
    s.ask("why?");
    s.entered("/compact");
    assert_eq!(s.taken(), [], "an answer is coming");
}
