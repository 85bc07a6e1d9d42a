//! What may leave the machine and what has: `/consent`, `/offline`, `/ledger`, the status line, and labels under answers.

use crate::fixtures::*;
use crate::screens::check_at;
use conductor::domain::{
    BackendId, Basis, Calculation, Capabilities, Contents, Conversation, ConversationId, Cost, Digest, FailureKind, Grant,
    GrantId, Label, LabelKind, LedgerOutcome, LedgerRow, LedgerSeq, LedgerVerdict, Licence, LicenceClass, Location, Message,
    Model, ModelId, Prices, PrivacyState, Purpose, Role, Scope, Status, TaskClass,
};
use conductor::protocol::{Command, ConsentCommand, ConversationEvent, Event, Query, Reply};
use segno_tui::app::{App, Settings};
use segno_tui::keymap::Code;
use segno_tui::msg::Effect;

const SIZES: [(u16, u16); 3] = [(40, 12), (80, 24), (160, 50)];

fn consent(command: ConsentCommand) -> Vec<Effect> {
    vec![Effect::Send(Command::Consent(command))]
}

fn grants() -> PrivacyState {
    let words = Contents { prompt: true, earlier: 3, ..Contents::default() };
    let grant = |id, provider: &str, model: Option<&str>, location, scope, conversation, redact, given_ms| Grant {
        id: GrantId(id),
        provider: BackendId::new(provider),
        model: model.map(ModelId::new),
        location,
        scope,
        conversation: Some(conversation).filter(|id| *id > 0).map(ConversationId),
        contents: Contents { files: u32::from(redact), ..words.clone() },
        redact,
        given_ms,
    };
    let external = |host: &str| Location::External(host.into());
    let (openai, lan) = (external("api.openai.com"), Location::Network("box.lan".into()));
    PrivacyState {
        grants: vec![
            grant(1, "openai", Some("gpt-5-mini:latest"), openai, Scope::Conversation, 7, true, 359_700_000),
            grant(2, "ollama", Some("llama3.3:70b"), lan, Scope::Conversation, 3, false, 340_000_000),
            grant(3, "openrouter", None, external("openrouter.ai"), Scope::Never, 0, false, 100_000_000),
        ],
        ..PrivacyState::default()
    }
}

fn offline(on: bool, locked: bool) -> PrivacyState {
    PrivacyState { offline: on, offline_locked: locked, grants: vec![] }
}

#[test]
fn commands_do_what_they_say() {
    for (typed, want) in [
        ("/consent", vec![Effect::Query(Query::Privacy)]),
        ("/offline on", consent(ConsentCommand::Offline(true))),
        ("/offline off", consent(ConsentCommand::Offline(false))),
        ("/offline", vec![]),
        ("/ledger", vec![Effect::Query(Query::Ledger { before: None, limit: 200 })]),
        ("/labels", vec![]),
        ("/labels off maths", vec![]),
    ] {
        let mut s = Session::ready();
        assert_eq!(s.entered(typed).taken(), want, "{typed}");
        s.press(Code::Esc);
        assert!(s.shows("ask something, or / for commands"), "{typed} left the composer: {}", s.screen(80, 24));
    }
}

#[test]
fn answers_that_stand_are_taken_back() {
    let mut s = Session::ready();
    s.event(stored()).entered("/consent").msg(reply(Reply::Privacy(grants()))).taken();
    check_at(&SIZES, "grants", &mut s);
    assert_eq!(s.press(Code::Down).typed("r").taken(), consent(ConsentCommand::Revoke(GrantId(2))));
    let mut fewer = grants();
    fewer.grants.truncate(1);
    assert!(!s.event(Event::Privacy(fewer)).shows("box.lan"));
    assert_eq!(s.typed("r").taken(), consent(ConsentCommand::Revoke(GrantId(1))), "the mark stays inside of the list");
    assert_eq!(s.typed("a").taken(), consent(ConsentCommand::RevokeAll));
    s.event(Event::Privacy(PrivacyState::default()));
    assert_eq!(s.typed("ra").taken(), vec![], "nothing is left to take back");
    check_at(&SIZES[1..2], "grants_none", &mut s);
    s.press(Code::Esc);
    assert!(s.shows("A sign in music"));
}

#[test]
fn offline_is_said_and_shown() {
    let mut s = Session::ready();
    assert!(s.entered("/offline").shows("not offline: Segno asks before anything leaves"));
    s.later(3000).entered("/offline on");
    assert!(!s.shows("offline: nothing"), "the conductor has the last word");
    s.event(Event::Privacy(offline(true, false)));
    assert!(s.shows("offline: nothing leaves this machine"));
    check_at(&SIZES, "offline", s.later(3000));
    s.entered("/offline off").event(Event::Privacy(offline(true, true)));
    assert!(s.shows("offline until Segno ends"), "what was refused is said: {}", s.screen(80, 24));
    s.taken();
    assert_eq!(s.entered("/offline off").taken(), vec![], "it cannot be taken back");
    s.later(3000).event(Event::Privacy(offline(false, false)));
    assert!(s.shows("not offline") && s.later(3000).shows(" ● local  auto"), "{}", s.screen(80, 24));

    let settings = Settings { slots: vec![], offline: true, ..settings() };
    let mut s = Session { app: App::new(settings), ..Session::new() };
    assert!(s.shows(" offline  ○ looking for Ollama"), "{}", s.screen(80, 24));
    s.entered("/offline");
    assert!(s.shows("offline until Segno ends"));
}

/// Models elsewhere: on another host, and of two providers, one of which cannot be asked.
fn elsewhere() -> Vec<Model> {
    let far = |name: &str, backend: &str, location, prices, obstacle: &str| Model {
        id: ModelId::new(name),
        backend: BackendId::new(backend),
        location,
        parameters: String::new(),
        size_bytes: 0,
        capabilities: Capabilities { completion: true, tools: true, ..Capabilities::default() },
        licence: Licence { class: LicenceClass::Proprietary, name: String::new() },
        prices,
        obstacle: Some(obstacle.to_owned()).filter(|text| !text.is_empty()),
        resident: None,
        ..models().remove(0)
    };
    let mut all = models();
    all[1].licence.class = LicenceClass::Restricted;
    all[4].licence.class = LicenceClass::Permissive;
    let external = |host: &str| Location::External(host.into());
    all.extend([
        far("anthropic/claude-opus-4", "anthropic", external("api.anthropic.com"), None, "no key: segno keys set anthropic"),
        far("llama3.3:70b", "box", Location::Network("box.lan".into()), None, ""),
        far("openai/gpt-5-mini", "openai", external("api.openai.com"), Some(Prices::per_million(0.25, 2.0)), ""),
    ]);
    all
}

#[test]
fn where_the_model_in_force_runs_is_always_shown() {
    let mut s = Session::new().with(Event::Models(snapshot(up(), elsewhere())));
    for (name, shown) in [
        ("llama3.1:8b", " ● local  llama3.1:8b"),
        ("llama3.3:70b", " ◆ network  llama3.3:70b"),
        ("openai/gpt-5-mini", " ☁ external  openai/gpt-5-mini"),
    ] {
        s.event(in_force(Some(name), false)).later(3000);
        assert!(s.shows(shown), "{shown}: {}", s.screen(80, 24));
        assert!(s.screen(40, 12).contains(shown), "{}", s.screen(40, 12));
    }
    check_at(&SIZES, "models_elsewhere", s.entered("/models"));

    let slots: Vec<ModelId> = ["openai/gpt-5-mini", "llama3.1:8b", "anthropic/claude-opus-4"].map(ModelId::new).into();
    let settings = Settings { slots, ..settings() };
    let mut s = Session { app: App::new(settings), ..Session::new() };
    s.event(Event::Models(snapshot(up(), elsewhere())));
    assert!(s.shows(" ● local  ☁ external  auto"), "what may be chosen: {}", s.screen(80, 24));
    s.event(Event::Privacy(offline(true, false))).later(3000);
    assert!(s.shows(" offline  ● local  auto"), "{}", s.screen(80, 24));
}

/// Newest first, as the conductor gives them.
fn ledger() -> Vec<LedgerRow> {
    let external = |host: &str| Location::External(host.into());
    let conversation = Basis::Consent(Scope::Conversation);
    vec![
        intent(8, Purpose::Chat, "openai", "gpt-5-mini", external("api.openai.com"), conversation),
        outcome(7, 6, LedgerOutcome::Cancelled),
        intent(6, Purpose::Chat, "openai", "gpt-5-mini", external("api.openai.com"), Basis::Consent(Scope::Once)),
        outcome(5, 3, LedgerOutcome::Failed(FailureKind::Stalled)),
        outcome(4, 2, LedgerOutcome::Answered),
        intent(3, Purpose::Chat, "ollama", "llama3.3:70b", Location::Network("box.lan".into()), Basis::TrustedHost),
        intent(2, Purpose::Pull, "ollama", "phi3:mini", external("registry.ollama.ai"), Basis::Command),
        intent(1, Purpose::ModelList, "anthropic", "", external("api.anthropic.com"), Basis::Command),
    ]
}

#[test]
fn the_ledger_is_read() {
    let mut s = Session::ready();
    s.entered("/ledger");
    assert!(s.shows("looking …"));
    s.msg(reply(Reply::Ledger(ledger()))).taken();
    check_at(&SIZES, "ledger", &mut s);
    s.press(Code::Down).press(Code::Enter);
    check_at(&SIZES, "ledger_row", &mut s);
    assert!(s.shows("stopped by you (row 7)"));
    s.press(Code::Esc);
    assert!(s.shows("registry.ollama.ai") || s.shows("ollama/phi3:mini (pull)"), "{}", s.screen(80, 24));
    assert_eq!(s.typed("v").taken(), vec![Effect::Query(Query::VerifyLedger)]);
    let good = LedgerVerdict { rows: 8, head: Some(Digest::of(b"x")), broken: None };
    assert!(
        s.msg(reply(Reply::Verdict(good.clone()))).shows("the ledger is whole: 8 rows, two for each sending · head 2d711642b726")
    );
    let bad = LedgerVerdict { broken: Some((LedgerSeq(4), "its hash is not that of what it says".into())), ..good };
    s.msg(reply(Reply::Verdict(bad)));
    let screen = s.screen(160, 50);
    assert!(screen.contains("the ledger is not as it was written: row 4: its hash is not that of what it says"), "{screen}");
    check_at(&SIZES[..2], "ledger_broken", &mut s);
    s.press(Code::Esc);
    assert!(s.shows("ask something"));
}

#[test]
fn an_empty_ledger_says_so() {
    let mut s = Session::ready();
    s.entered("/ledger").msg(reply(Reply::Ledger(vec![]))).press(Code::Enter).press(Code::Down);
    check_at(&SIZES[1..2], "ledger_empty", &mut s);
    let failure = failure(FailureKind::Storage, "the database cannot be read", "see segno doctor");
    s.press(Code::Esc).entered("/ledger").msg(reply(Reply::Failed(failure)));
    assert!(s.shows("error: the database cannot be read"), "{}", s.screen(80, 24));
}

#[test]
fn the_ledger_comes_page_by_page() {
    let page = |from: i64, to: i64| {
        let row = |seq| intent(seq, Purpose::Chat, "openai", "m", Location::External("x".into()), Basis::TrustedHost);
        Reply::Ledger((to..=from).rev().map(row).collect())
    };
    let more = |before| vec![Effect::Query(Query::Ledger { before: Some(LedgerSeq(before)), limit: 200 })];
    let mut s = Session::ready();
    s.entered("/ledger").taken();
    assert_eq!(s.msg(reply(page(450, 251))).taken(), vec![], "the page is enough for now");
    assert_eq!(s.press(Code::End).taken(), more(251));
    assert_eq!(s.press(Code::End).taken(), vec![], "one page is on its way at a time");
    assert_eq!(s.msg(reply(page(250, 51))).taken(), vec![]);
    assert_eq!(s.press(Code::End).taken(), more(51));
    s.msg(reply(page(50, 1))).press(Code::End).screen(80, 24);
    assert_eq!(s.press(Code::End).taken(), vec![], "that was the last");
    assert!(s.press(Code::Enter).shows("row           1"), "{}", s.screen(80, 24));
}

fn labels() -> Vec<Label> {
    let checked = |expression: &str, claimed: &str, exact: &str, correct| Calculation {
        expression: expression.into(),
        claimed: claimed.into(),
        exact: exact.into(),
        correct,
    };
    let label = |kind, text: &str, calculations| Label { kind, text: text.into(), calculations };
    let sums = vec![checked("17 * 23", "391", "391", true), checked("2^10", "1000", "1024", false)];
    vec![
        label(LabelKind::Maths, "verify important calculations", sums),
        label(LabelKind::Code, "review before using", vec![]),
        label(LabelKind::External, "sent to openai", vec![]),
        label(LabelKind::HighStakes, "this is no tax advice: ask somebody who is liable for it", vec![]),
    ]
}

#[test]
fn labels_stand_under_an_answer_and_can_be_hidden() {
    let mut s = Session::ready();
    let id = s.ask("what is 17 * 23?");
    let mut far = answer("gpt-5-mini:latest", TaskClass::Mathematical, "It is 391, and 2^10 = 1000.");
    far.signature.location = Location::External("api.openai.com".into());
    far.cost = Some(Cost(1_200_000));
    far.labels = labels();
    s.event(finished(id, far, Status::Complete));
    check_at(&SIZES, "labels", &mut s);
    let maths = ["! maths: verify important calculations", "17 * 23 = 391 ✓", "✗ 2^10 is 1024, not 1000"];
    for part in maths {
        assert!(s.shows(part), "{part}: {}", s.screen(80, 24));
    }
    s.entered("/labels off maths");
    let screen = s.screen(80, 24);
    assert!(maths.iter().all(|part| !screen.contains(part)) && screen.contains("! code: review before using"), "{screen}");
    assert!(s.shows("maths labels are hidden until Segno ends"));
    s.entered("/labels");
    assert!(s.shows("labels under answers: external on, high_stakes on, maths off, code on"), "{}", s.screen(80, 24));
    s.entered("/labels on math");
    assert!(maths.iter().all(|part| s.shows(part)));
    // Hidden kinds stay hidden under the next answer, and under one that is opened again.
    s.entered("/labels off code");
    let labelled = Message { labels: labels(), cost: Some(Cost(1)), ..message(Role::Assistant, "42", Status::Complete) };
    let opened = Conversation { summary: summary(7, "why?", 1, 0), messages: vec![labelled].into(), summaries: Vec::new() };
    s.event(Event::Conversation(ConversationEvent::Opened(Box::new(opened))));
    assert!(s.shows("! external: sent to openai") && !s.shows("! code") && s.shows("<$0.0001"), "{}", s.screen(80, 24));
}

#[test]
fn models_that_need_a_key_first_are_told_apart() {
    let mut all = models();
    all.iter_mut().filter(|model| !model.location.is_local()).for_each(|model| model.obstacle = Some("no key: x".to_owned()));
    let mut s = Session::new().with(Event::Models(snapshot(up(), all)));
    assert!(s.shows("1 more that would send your words off this machine; it needs a key first"), "{}", s.screen(80, 24));
}
