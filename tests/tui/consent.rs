//! The question whether something may leave the machine: keys, times and screens, as data.

use crate::fixtures::*;
use crate::screens::check_at;
use conductor::domain::{
    BackendId, ConsentRequest, Digest, Failure, FailureKind, Location, ModelId, Occasion, Purpose, RequestId, Scope, Status,
    TaskClass,
};
use conductor::protocol::{Command, ConsentCommand, Event, PullProgress};
use segno_tui::app::QUIET;
use segno_tui::keymap::{Code, Key, Keymap};
use segno_tui::msg::{Effect, Msg};

const SIZES: [(u16, u16); 3] = [(40, 12), (80, 24), (120, 40)];

fn asked(request: ConsentRequest) -> Event {
    Event::ConsentNeeded(Box::new(request))
}

/// A question was asked, and a draft begun; its answer would come from somebody's API.
fn waiting() -> (Session, RequestId) {
    let mut s = Session::ready();
    let id = s.ask("why does this fail?");
    s.typed("the next").taken();
    (s, id)
}

/// The same with the question for consent on the screen, and its keys counting.
fn open(secrets: bool) -> (Session, RequestId) {
    let (mut s, id) = waiting();
    s.event(asked(request(id, secrets))).later(300).screen(80, 24);
    (s, id)
}

fn grant(id: RequestId, digest: Digest, scope: Scope) -> Vec<Effect> {
    vec![Effect::Send(Command::Consent(ConsentCommand::Grant { id, digest, scope }))]
}

fn deny(id: RequestId, never: bool) -> Vec<Effect> {
    vec![Effect::Send(Command::Consent(ConsentCommand::Deny { id, never }))]
}

#[test]
fn each_key_says_what_it_says() {
    use Code::*;
    let whole = |id| request(id, false).whole.digest;
    for (key, want) in [
        (Key::plain(Char('y')), Some("once")),
        (Key::plain(Char('c')), Some("conversation")),
        (Key::plain(Char('n')), Some("no")),
        (Key::plain(Char('v')), Some("never")),
        (Key::plain(Enter), Some("no")),
        (Key::plain(Esc), Some("no")),
        (Key::ctrl(Char('c')), Some("no")),
        (Key::ctrl(Char('d')), Some("no")),
        (Key::plain(Char('x')), None),
        (Key::plain(Char(' ')), None),
        (Key::plain(Tab), None),
        (Key::plain(F(1)), None),
        (Key::ctrl(Char('y')), None),
        (Key::alt(Char('y')), None),
        (Key::plain(Down), None),
        (Key::plain(PageDown), None),
        (Key::plain(Char('r')), None),
    ] {
        let (mut s, id) = open(false);
        let sent = match want {
            Some("once") => grant(id, whole(id), Scope::Once),
            Some("conversation") => grant(id, whole(id), Scope::Conversation),
            Some("no") => deny(id, false),
            Some(_) => deny(id, true),
            None => vec![],
        };
        assert_eq!(s.key(key).taken(), sent, "{key}");
        assert_eq!(s.shows("may this leave the machine?"), want.is_none(), "{key}");
        assert!(want.is_none() || s.shows("› the next"), "{key}: the draft is kept: {}", s.screen(80, 24));
    }
}

#[test]
fn typed_ahead_is_no_answer() {
    // When keys come, in milliseconds after the question, and whether the last one, a `y`, counts.
    for (times, counts) in [
        (&[0][..], false),
        (&[299], false),
        (&[300], true),
        (&[1000], true),
        // Somebody types on: a key counts once there was quiet before it.
        (&[100, 350], false),
        (&[100, 400], true),
        (&[100, 200, 450, 700], false),
        (&[100, 200, 450, 750], true),
    ] {
        let (mut s, id) = waiting();
        s.event(asked(request(id, false)));
        let mut now = 0;
        for at in times {
            assert_eq!(s.taken(), vec![], "{times:?}");
            s.later(at - now).screen(80, 24);
            s.press(Code::Char('y'));
            now = *at;
        }
        let want = if counts { grant(id, request(id, false).whole.digest, Scope::Once) } else { vec![] };
        assert_eq!(s.taken(), want, "{times:?}");
    }
    assert_eq!(QUIET.as_millis(), 300);
}

#[test]
fn a_yes_counts_only_for_what_was_on_the_screen() {
    for (size, counts) in [(None, false), (Some((20, 4)), false), (Some((40, 12)), true), (Some((30, 6)), true)] {
        for (c, scope) in [('y', Scope::Once), ('c', Scope::Conversation)] {
            let (mut s, id) = waiting();
            s.event(asked(request(id, true))).later(300);
            if let Some((width, height)) = size {
                s.screen(width, height);
            }
            let digest = request(id, true).redacted.unwrap().digest;
            let want = if counts { grant(id, digest, scope) } else { vec![] };
            assert_eq!(s.press(Code::Char(c)).taken(), want, "{size:?} {c}");
        }
    }
    // A no needs no look.
    let (mut s, id) = waiting();
    assert_eq!(s.event(asked(request(id, true))).later(300).press(Code::Esc).taken(), deny(id, false));
}

#[test]
fn where_the_destination_does_not_fit_there_is_no_yes() {
    let (mut s, id) = waiting();
    let host = "a-very-long-name.".repeat(12);
    s.event(asked(ConsentRequest { location: Location::External(host), ..request(id, false) })).later(300).screen(30, 6);
    assert_eq!(s.press(Code::Char('y')).taken(), vec![]);
}

#[test]
fn secrets_are_taken_out_unless_the_user_says_otherwise() {
    let (mut s, id) = open(true);
    let (whole, redacted) = (request(id, true).whole.digest, request(id, true).redacted.unwrap().digest);
    assert!(s.shows("[redacted:") && s.shows(&redacted.short()) && s.shows("taken out before it goes"));
    s.press(Code::Char('r'));
    assert_eq!(s.press(Code::Char('y')).taken(), vec![], "what goes has not been seen yet");
    assert!(!s.shows("[redacted") && s.shows(&whole.short()) && s.shows("they would go along"), "{}", s.screen(80, 24));
    assert_eq!(s.press(Code::Char('y')).taken(), grant(id, whole, Scope::Once));

    let (mut s, id) = open(true);
    s.press(Code::Char('r')).press(Code::Char('r')).screen(80, 24);
    assert_eq!(s.press(Code::Char('c')).taken(), grant(id, redacted, Scope::Conversation), "the digest is that of the version");

    let (mut s, _) = open(false);
    let before = s.screen(80, 24);
    assert_eq!(s.press(Code::Char('r')).screen(80, 24), before, "nothing to take out");
}

#[test]
fn pastes_and_what_lies_behind_do_nothing() {
    let (mut s, id) = open(false);
    s.msg(Msg::Paste("y".into())).msg(Msg::Paste("y\nc\n".into())).msg(Msg::Wheel(3)).msg(Msg::Wheel(-3));
    (0..24).for_each(|row| _ = s.msg(Msg::Click(3, row)));
    assert_eq!(s.taken(), vec![]);
    s.press(Code::Char('n')).event(Event::Failed {
        id,
        failure: failure(FailureKind::Denied, "your question was not sent: you said no", "/model auto"),
        attempts: vec![],
    });
    assert!(s.shows("note: your question was not sent: you said no") && s.shows("› the next"), "{}", s.screen(80, 24));
    assert!(!s.shows("error:") && !s.shows("below again"));
}

#[test]
fn who_did_not_answer_before_is_said_and_that_the_question_is_there_again() {
    let mut s = Session::ready();
    let id = s.ask("what is rust");
    let why = failure(FailureKind::Broken, "llama3.1:8b did not answer: it is broken", "");
    s.event(Event::Fallback { id, from: candidate("llama3.1:8b"), to: candidate("gpt-4o"), why });
    s.event(asked(request(id, false))).later(300);
    let screen = s.screen(80, 24);
    let text = screen.replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("why llama3.1:8b did not answer: it is broken; you have not said yes to it for this"), "{screen}");
    let no = failure(FailureKind::Denied, "you said no", "`/consent` takes that back");
    s.press(Code::Char('v')).event(Event::Failed { id, failure: no, attempts: vec![] });
    assert!(s.shows("your question is below again") && s.shows("› what is rust"), "{}", s.screen(80, 24));
}

#[test]
fn no_key_of_the_table_means_here_what_it_means_elsewhere() {
    for binding in Keymap::default().bindings() {
        let key = binding.chord.keys()[0];
        // Letters that have a meaning here, have their own here.
        if matches!(key.code, Code::Char('c' | 'r' | 'v')) && key == Key::plain(key.code) {
            continue;
        }
        let (mut s, id) = open(false);
        s.key(key);
        let sent = s.taken();
        let no = deny(id, false);
        assert!(sent.is_empty() || sent == no || sent == [Effect::Redraw], "{key}: {sent:?}");
        s.press(Code::Esc);
        assert!(s.shows("› the next"), "{key} changed the draft");
    }
}

#[test]
fn what_has_ended_is_not_asked_any_more() {
    let denied = || failure(FailureKind::Denied, "nobody answered for 10 min, so nothing was sent", "");
    type Ending = fn(RequestId, Failure) -> Event;
    let cases: [(&str, Ending); 3] = [
        ("expired", |id, failure| Event::Failed { id, failure, attempts: vec![] }),
        ("finished", |id, _| finished(id, answer("llama3.1:8b", TaskClass::General, "else"), Status::Complete)),
        ("pull", |id, failure| progress(id, "x", PullProgress::Failed(failure))),
    ];
    for (name, event) in cases {
        let (mut s, id) = open(false);
        s.event(event(RequestId(99), denied()));
        assert!(s.shows("may this leave"), "{name}: of another");
        s.event(event(id, denied()));
        assert!(!s.shows("may this leave"), "{name}");
        assert_eq!(s.press(Code::Char('y')).taken(), vec![], "{name}");
        assert!(name != "expired" || s.shows("note: nobody answered for 10 min"), "{}", s.screen(80, 24));
    }
    let (mut s, _) = open(false);
    s.msg(Msg::Closed);
    assert!(!s.shows("may this leave"));
}

#[test]
fn one_question_after_the_other_each_with_its_own_quiet() {
    let (mut s, id) = waiting();
    s.press(Code::Esc);
    let pull = ConsentRequest {
        purpose: Purpose::Pull,
        provider: BackendId::ollama(),
        model: ModelId::new("hf.co/someone/model:Q4"),
        location: Location::External("hf.co".into()),
        ..request(RequestId(77), false)
    };
    s.taken();
    s.event(asked(request(id, false))).event(asked(pull.clone())).later(300).screen(80, 24);
    assert_eq!(s.press(Code::Char('y')).taken(), grant(id, request(id, false).whole.digest, Scope::Once));
    s.screen(80, 24);
    assert_eq!(s.press(Code::Char('y')).taken(), vec![], "the one behind it has just come");
    assert!(s.later(300).shows("ollama would fetch hf.co/someone/model:Q4 from hf.co"), "{}", s.screen(80, 24));
    assert_eq!(s.press(Code::Char('c')).taken(), vec![], "a pull belongs to no conversation");
    assert_eq!(s.press(Code::Char('y')).taken(), grant(RequestId(77), pull.whole.digest, Scope::Once));
    assert!(!s.shows("may this leave"));
}

#[test]
fn a_new_version_of_a_question_is_a_new_question() {
    let (mut s, id) = open(false);
    let other = ConsentRequest { whole: payload("else", "else"), ..request(id, false) };
    s.event(asked(other.clone())).screen(80, 24);
    assert_eq!(s.press(Code::Char('y')).taken(), vec![], "it has just come");
    s.later(300).screen(80, 24);
    assert_eq!(s.press(Code::Char('y')).taken(), grant(id, other.whole.digest, Scope::Once));
    assert!(!s.shows("may this leave"), "and took the place of the first");
}

#[test]
fn nothing_moves_while_the_user_reads() {
    let (mut s, id) = open(false);
    assert_eq!(s.app.wake(), None, "no clock, no countdown");
    let before = s.screen(80, 24);
    assert_eq!(s.later(60_000).screen(80, 24), before);
    s.press(Code::Char('y')).later(2100);
    assert!(s.shows("waiting 2 s"), "what is timed is the answer: {}", s.screen(80, 24));
    s.event(delta(id, "Because.")).event(finished(id, answer("gpt-5-mini", TaskClass::General, "Because."), Status::Complete));
    assert!(s.shows("Because."));
}

#[test]
fn a_megabyte_is_read_row_by_row() {
    let (mut s, id) = waiting();
    let words: String = (0..120_000).map(|n| format!("word{n} ")).collect();
    assert!(words.len() > 1 << 20);
    let long = ConsentRequest { whole: payload(&words, &words), ..request(id, false) };
    let start = std::time::Instant::now();
    s.event(asked(long)).later(300);
    assert!(s.shows("word0 word1") && !s.shows("word119999"));
    for code in [Code::End, Code::Home, Code::PageDown, Code::Up, Code::End] {
        s.press(code).screen(80, 24);
    }
    assert!(s.shows("word119999") && s.shows("y once") && s.shows("api.openai.com"));
    // Unoptimised and beside others: it is milliseconds otherwise.
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}

#[test]
fn hostile_text_is_made_harmless() {
    let (mut s, id) = waiting();
    let evil = "a\u{1b}[2Jb\u{9b}31m\u{202e}c\u{7}";
    let mut hostile = request(id, true);
    hostile.location = Location::External(format!("host{evil}"));
    hostile.model = ModelId::new(&format!("m{evil}"));
    hostile.target = format!("POST {evil}");
    for payload in std::iter::once(&mut hostile.whole).chain(&mut hostile.redacted) {
        payload.shown = evil.repeat(20);
    }
    for finding in &mut hostile.findings {
        finding.what = evil.into();
        finding.masked = evil.into();
    }
    let screen = s.event(asked(hostile)).later(300).screen(80, 24);
    assert!(!screen.contains(|c: char| c != '\n' && c.is_control()) && !screen.contains('\u{202e}'), "{screen:?}");
    assert!(!screen.contains("[2J"), "{screen}");
}

#[test]
fn screens() {
    for (name, secrets) in [("consent", false), ("consent_secrets", true)] {
        let (mut s, _) = open(secrets);
        check_at(&SIZES, name, &mut s);
    }
    let (mut s, _) = open(true);
    check_at(&SIZES, "consent_secrets_along", s.press(Code::Char('r')));
    let (mut s, id) = waiting();
    check_at(&SIZES[1..2], "consent_deaf", s.event(asked(request(id, true))));
    let (mut s, id) = waiting();
    let network = ConsentRequest {
        occasion: Occasion::NewSecret,
        provider: BackendId::ollama(),
        model: ModelId::new("llama3.3:70b"),
        location: Location::Network("box.lan".into()),
        target: "POST http://box.lan:11434/api/chat".into(),
        cost: None,
        ..request(id, true)
    };
    check_at(&SIZES[..2], "consent_network", s.event(asked(network)).later(300));
    let mut s = Session::ready();
    let id = pulling(&mut s, "hf.co/someone/model:Q4");
    let pull = ConsentRequest {
        purpose: Purpose::Pull,
        provider: BackendId::ollama(),
        model: ModelId::new("hf.co/someone/model:Q4"),
        location: Location::External("hf.co".into()),
        target: "GET https://hf.co/someone/model:Q4".into(),
        contents: Default::default(),
        tokens: 0,
        cost: None,
        whole: payload("hf.co/someone/model:Q4", "hf.co/someone/model:Q4"),
        ..request(id, false)
    };
    check_at(&SIZES[..2], "consent_pull", s.event(asked(pull)).later(300));
    check_at(&[(30, 6)], "consent_smallest", &mut open(true).0);
}
