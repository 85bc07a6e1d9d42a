//! What leaves the machine, through the conductor: asked, shown, sent as shown, noted; or not at all.

use super::bench::Bench;
use conductor::backend::scripted::Step;
use conductor::config::Config;
use conductor::domain::{
    Basis, ConsentRequest, Digest, FailureKind, LedgerEvent, LedgerOutcome, LedgerRow, ModelId, Occasion, Prompt, Purpose,
    RequestId, Scope, Status,
};
use conductor::protocol::{Command, ConsentCommand, ConversationCommand, Event, ModelsCommand, PullProgress, Query, Reply};
use std::time::Duration;

const SECRET_RULE: &str = "test-token";

/// A secret that one rule of ours finds, put together here.
fn secret() -> String {
    ["tok", "_", "4f9a8b7c6d5e4f3a2b1c"].concat()
}

fn says(text: &str) -> Vec<Step> {
    vec![Step::Text(text.to_owned()), Step::Done]
}

fn with_rule(config: &mut Config) {
    config.secret_rules = vec![conductor::config::SecretRule {
        id: SECRET_RULE.to_owned(),
        what: "test token".to_owned(),
        pattern: "tok_[0-9a-f]{20}".to_owned(),
        keywords: vec!["tok_".to_owned()],
        entropy: 0.0,
        enabled: true,
    }];
}

async fn asked(bench: &mut Bench, question: &str) -> ConsentRequest {
    let id = bench.send(Prompt::typed(question), Some("fake/big")).await;
    wants(bench, id).await
}

async fn wants(bench: &mut Bench, id: RequestId) -> ConsentRequest {
    bench
        .pick(|event| match event {
            Event::ConsentNeeded(request) => Some(*request),
            Event::Finished { id: of, .. } | Event::Failed { id: of, .. } if of == id => panic!("no question: {event:?}"),
            _ => None,
        })
        .await
}

/// How the turn ended: `by MODEL: TEXT`, or the kind of its failure.
async fn end(bench: &mut Bench, id: RequestId) -> Result<String, FailureKind> {
    bench
        .pick(|event| match event {
            Event::Finished { id: of, answer, status: Status::Complete } if of == id => {
                Some(Ok(format!("by {}: {}", answer.signature.model, answer.text)))
            }
            Event::Finished { id: of, status, .. } if of == id => panic!("{status:?}"),
            Event::Failed { id: of, failure, .. } if of == id => Some(Err(failure.kind)),
            Event::ConsentNeeded(request) if request.id == id => panic!("asked: {request:?}"),
            _ => None,
        })
        .await
}

async fn consent(bench: &Bench, command: ConsentCommand) {
    bench.command(Command::Consent(command)).await;
}

async fn grant(bench: &Bench, request: &ConsentRequest, digest: Digest, scope: Scope) {
    consent(bench, ConsentCommand::Grant { id: request.id, digest, scope }).await;
}

/// The ledger, oldest first; its chain is checked.
async fn ledger(bench: &Bench) -> Vec<LedgerRow> {
    let Reply::Verdict(verdict) = bench.query(Query::VerifyLedger).await else { panic!("no verdict") };
    assert_eq!(verdict.broken, None);
    let Reply::Ledger(mut rows) = bench.query(Query::Ledger { before: None, limit: 100 }).await else { panic!("no ledger") };
    assert_eq!(rows.len() as u64, verdict.rows);
    rows.reverse();
    rows
}

fn intents(rows: &[LedgerRow]) -> Vec<(Purpose, Basis, u32, u32)> {
    rows.iter()
        .filter_map(|row| match &row.event {
            LedgerEvent::Intent(entry) => Some((entry.purpose, entry.basis, entry.secrets, entry.redactions)),
            LedgerEvent::Outcome { .. } => None,
        })
        .collect()
}

#[tokio::test]
async fn exactly_what_was_shown_goes_once() {
    let mut bench = Bench::with_provider(vec![says("hello there")], false, |_| {});
    let request = asked(&mut bench, "tell me").await;
    assert!(bench.provider.sent().is_empty());
    assert_eq!(ledger(&bench).await, []);
    assert_eq!((request.occasion, request.purpose), (Occasion::First, Purpose::Chat));
    assert_eq!((request.host(), request.provider.as_str()), ("fake.example", "fake"));
    assert!(request.contents.prompt && request.contents.earlier == 0 && request.cost.is_some() && request.tokens > 0);
    assert!(request.whole.shown.contains("tell me") && request.redacted.is_none());
    assert_eq!(request.whole.digest, Digest::of(&request.whole.bytes));
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: hello there".to_owned()));
    let sent = bench.provider.sent();
    assert_eq!(sent, [(ModelId::new("fake/big"), request.whole.bytes.clone())]);
    let rows = ledger(&bench).await;
    assert_eq!(intents(&rows), [(Purpose::Chat, Basis::Consent(Scope::Once), 0, 0)]);
    let LedgerEvent::Intent(entry) = &rows[0].event else { panic!("{rows:?}") };
    assert_eq!((entry.payload, entry.bytes), (request.whole.digest, sent[0].1.len() as u64));
    assert_eq!(rows[1].event, LedgerEvent::Outcome { intent: rows[0].seq, outcome: LedgerOutcome::Answered });
    // Once was once.
    let again = asked(&mut bench, "and now?").await;
    assert_eq!((again.contents.earlier, bench.provider.sent().len()), (2, 1));
    bench.end().await;
    // What was still asked when Segno ended was a no, too.
}

#[tokio::test]
async fn a_question_asked_anew_with_a_yes_takes_the_place_of_the_one_before() {
    let mut bench = Bench::with_provider(vec![says("better")], false, |_| {});
    bench.ask_model("tell me", Some("llama3.1:8b")).await;
    let id = RequestId(100);
    bench
        .command(Command::Conversation(ConversationCommand::Retry { id, model: Some(ModelId::new("fake/big")), at: None }))
        .await;
    let request = wants(&mut bench, id).await;
    assert_eq!(request.contents.earlier, 0, "what came to it is not shown");
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, id).await, Ok("by fake/big: better".to_owned()));
    bench.ask_model("and now?", Some("llama3.1:8b")).await;
    assert_eq!(bench.sent_messages(1), ["user: tell me", "assistant: better", "user: and now?"]);
    bench.end().await;
}

/// Whoever said yes to a conversation said it to what was shown. Another version of an answer is older than some of that, and yet
/// nobody there has seen it.
#[tokio::test]
async fn another_version_of_what_was_said_is_asked_anew() {
    let mut bench = Bench::with_provider(vec![says("one"), says("two")], false, |_| {});
    bench.server = bench.server.clone().plays("llama3.1:8b", says("local again"));
    bench.ask_model("tell me", Some("llama3.1:8b")).await;
    let id = RequestId(100);
    let local = Some(ModelId::new("llama3.1:8b"));
    bench.command(Command::Conversation(ConversationCommand::Retry { id, model: local, at: None })).await;
    bench.until(id, "finished").await;
    let request = asked(&mut bench, "and now?").await;
    let shown = request.contents.unknown.clone();
    grant(&bench, &request, request.whole.digest, Scope::Conversation).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: one".to_owned()));
    let earlier_version = conductor::domain::MessageId(shown.iter().map(|id| id.0).min().unwrap() + 1);
    bench.command(Command::Conversation(ConversationCommand::Show { at: earlier_version })).await;
    assert!(bench.opened().await.messages.iter().any(|message| message.id == earlier_version));
    let again = asked(&mut bench, "go on").await;
    assert_eq!(again.occasion, Occasion::NewKind);
    assert!(again.contents.unknown.contains(&earlier_version) && !shown.contains(&earlier_version), "{shown:?}");
    assert_eq!(bench.provider.sent().len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn a_yes_is_for_the_conversation_that_asked_and_others_go_on_meanwhile() {
    let mut bench = Bench::with_provider(vec![says("from elsewhere")], false, |_| {});
    let request = asked(&mut bench, "tell me").await;
    bench.command(Command::Conversation(ConversationCommand::New)).await;
    let lines = bench.ask_model("something local", Some("llama3.1:8b")).await;
    assert!(lines.last().is_some_and(|line| line.contains("by llama3.1:8b")), "{lines:?}");
    grant(&bench, &request, request.whole.digest, Scope::Conversation).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: from elsewhere".to_owned()));
    // The conversation that is open is another one.
    let again = asked(&mut bench, "and here?").await;
    assert_eq!(again.contents.earlier, 2);
    bench.end().await;
}

#[tokio::test]
async fn everything_else_is_a_no() {
    let no = |id| ConsentCommand::Deny { id, never: false };
    let wrong = |id| ConsentCommand::Grant { id, digest: Digest::of(b"something else"), scope: Scope::Once };
    let mut bench = Bench::with_provider(vec![says("leaked")], false, |_| {});
    let request = asked(&mut bench, "no").await;
    consent(&bench, no(request.id)).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Denied));
    let request = asked(&mut bench, "another digest").await;
    consent(&bench, wrong(request.id)).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::NotSealed));
    let request = asked(&mut bench, "an answer to something else").await;
    consent(&bench, wrong(RequestId(999))).await;
    consent(&bench, no(request.id)).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Denied));
    let request = asked(&mut bench, "as `never`").await;
    grant(&bench, &request, request.whole.digest, Scope::Never).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::NotSealed));
    let request = asked(&mut bench, "stopped").await;
    bench.command(Command::Cancel { id: request.id }).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Cancelled));
    let request = asked(&mut bench, "nothing").await;
    // The clock runs as fast as nobody does anything, here alone: elsewhere it would not wait for the database's thread.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Denied));
    assert!(begun.elapsed() >= Duration::from_secs(600));
    tokio::time::resume();
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert!(bench.ask("something local").await.last().is_some_and(|line| line.contains("by llama3.1:8b")));
    let request = asked(&mut bench, "quitting").await;
    bench.restart().await;
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(ledger(&bench).await, []);
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn a_conversation_is_asked_about_once_until_something_new_comes() {
    let mut bench = Bench::with_provider(vec![says("one"), says("two"), says("three"), says("four")], false, with_rule);
    let request = asked(&mut bench, "hello").await;
    grant(&bench, &request, request.whole.digest, Scope::Conversation).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: one".to_owned()));
    // Its own questions and answers are nothing new to it.
    let id = bench.send(Prompt::typed("go on"), Some("fake/big")).await;
    assert_eq!(end(&mut bench, id).await, Ok("by fake/big: two".to_owned()));
    // What was said to a local model since is.
    bench.ask("this stays here").await;
    let request = asked(&mut bench, "and on").await;
    assert_eq!(request.occasion, Occasion::NewKind);
    assert!(request.whole.shown.contains("this stays here"));
    grant(&bench, &request, request.whole.digest, Scope::Conversation).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: three".to_owned()));
    let request = asked(&mut bench, &format!("my token is {}", secret())).await;
    assert_eq!((request.occasion, request.findings.len()), (Occasion::NewSecret, 1));
    consent(&bench, ConsentCommand::Deny { id: request.id, never: false }).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Denied));
    let Reply::Privacy(state) = bench.query(Query::Privacy).await else { panic!("no state") };
    assert_eq!(state.grants.len(), 1);
    consent(&bench, ConsentCommand::Revoke(state.grants[0].id)).await;
    assert_eq!(asked(&mut bench, "still?").await.occasion, Occasion::First);
    assert_eq!(bench.provider.sent().len(), 3);
    bench.end().await;
}

#[tokio::test]
async fn secrets_are_shown_masked_and_taken_out() {
    let mut bench = Bench::with_provider(vec![says("one"), says("two")], false, with_rule);
    let question = format!("my token is {}", secret());
    let request = asked(&mut bench, &question).await;
    assert_eq!(request.findings.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), [SECRET_RULE]);
    let redacted = request.redacted.clone().expect("a version without the secret");
    for text in [&request.whole.shown, &redacted.shown, &format!("{request:?}")] {
        assert!(!text.contains(&secret()), "{text}");
    }
    grant(&bench, &request, redacted.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: one".to_owned()));
    let sent = bench.provider.sent();
    assert_eq!(sent[0].1, redacted.bytes);
    assert!(!String::from_utf8_lossy(&sent[0].1).contains(&secret()));
    assert_eq!(intents(&ledger(&bench).await), [(Purpose::Chat, Basis::Consent(Scope::Once), 0, 1)]);
    let request = asked(&mut bench, "and as it is?").await;
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, request.id).await, Ok("by fake/big: two".to_owned()));
    assert_eq!(intents(&ledger(&bench).await).last(), Some(&(Purpose::Chat, Basis::Consent(Scope::Once), 1, 0)));
    bench.end().await;
}

#[tokio::test]
async fn never_is_for_ever_until_it_is_taken_back() {
    let mut bench = Bench::with_provider(vec![says("one")], false, |_| {});
    let request = asked(&mut bench, "hello").await;
    consent(&bench, ConsentCommand::Deny { id: request.id, never: true }).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Denied));
    for round in 0..2 {
        let id = bench.send(Prompt::typed("again"), Some("fake/big")).await;
        assert_eq!(end(&mut bench, id).await, Err(FailureKind::NotSealed), "round {round}");
        bench.restart().await;
    }
    consent(&bench, ConsentCommand::RevokeAll).await;
    let id = bench.send(Prompt::typed("again"), Some("fake/big")).await;
    wants(&mut bench, id).await;
    bench.restart().await;
    let request = asked(&mut bench, "and after a start?").await;
    consent(&bench, ConsentCommand::Deny { id: request.id, never: false }).await;
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn offline_beats_everything() {
    let mut bench = Bench::with_provider(vec![says("one")], true, |_| {});
    let id = bench.send(Prompt::typed("hello"), Some("fake/big")).await;
    assert_eq!(end(&mut bench, id).await, Err(FailureKind::NotSealed));
    consent(&bench, ConsentCommand::Offline(false)).await;
    let id = bench.send(Prompt::typed("hello"), Some("fake/big")).await;
    assert_eq!(end(&mut bench, id).await, Err(FailureKind::NotSealed));
    bench.command(Command::Models(ModelsCommand::Pull { id: RequestId(77), model: ModelId::new("phi3:mini") })).await;
    let failed = bench
        .pick(|event| match event {
            Event::Pull { progress: PullProgress::Failed(failure), .. } => Some(failure.kind),
            Event::Pull { progress, .. } => panic!("{progress:?}"),
            _ => None,
        })
        .await;
    assert_eq!(failed, FailureKind::NotSealed);
    assert!(bench.ask("local goes on").await.last().is_some_and(|line| line.contains("by llama3.1:8b")));
    assert_eq!(ledger(&bench).await, []);
    bench.end().await;

    // Said between the question and the yes.
    let mut bench = Bench::with_provider(vec![says("one")], false, |_| {});
    let request = asked(&mut bench, "hello").await;
    consent(&bench, ConsentCommand::Offline(true)).await;
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::NotSealed));
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn going_offline_cuts_what_is_on_its_way() {
    let mut bench = Bench::with_provider(vec![vec![Step::Text("begun".into()), Step::Hang]], false, |_| {});
    let request = asked(&mut bench, "hello").await;
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    bench.pick(|event| matches!(event, Event::Delta { .. }).then_some(())).await;
    consent(&bench, ConsentCommand::Offline(true)).await;
    let status = bench.pick(|event| if let Event::Finished { status, .. } = event { Some(status) } else { None }).await;
    assert!(matches!(&status, Status::Partial(failure) if failure.what.contains("offline")), "{status:?}");
    let rows = ledger(&bench).await;
    assert!(matches!(rows[1].event, LedgerEvent::Outcome { outcome: LedgerOutcome::Failed(FailureKind::NotSealed), .. }));
    bench.end().await;
}

#[tokio::test]
async fn nothing_leaves_without_a_ledger() {
    let mut bench = Bench::with_provider(vec![says("leaked")], false, |_| {});
    let request = asked(&mut bench, "hello").await;
    let other = rusqlite::Connection::open(bench.database()).unwrap();
    other.execute_batch("DROP TABLE ledger").unwrap();
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, request.id).await, Err(FailureKind::Storage));
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn external_models_are_off_by_default() {
    let mut bench = Bench::with_provider(vec![says("leaked")], false, |config| config.privacy.allow_external = false);
    let id = bench.send(Prompt::typed("hello"), Some("fake/big")).await;
    assert_eq!(end(&mut bench, id).await, Err(FailureKind::NotFound), "it is not even listed");
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn a_server_elsewhere_is_asked_only_after_a_yes_or_where_it_is_trusted() {
    let mut bench = Bench::with_server_elsewhere(vec![says("one")], |_| {});
    assert_eq!(bench.next_models().await, "elsewhere");
    bench.command(Command::Models(ModelsCommand::Refresh)).await;
    let request = wants(&mut bench, RequestId(0)).await;
    assert_eq!((request.purpose, request.host()), (Purpose::ModelList, "box"));
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    while bench.next_models().await != "up: llama3.1:8b" {}
    let id = bench.send_ask("hello").await;
    let request = wants(&mut bench, id).await;
    assert_eq!((request.purpose, request.host()), (Purpose::Chat, "box"));
    grant(&bench, &request, request.whole.digest, Scope::Once).await;
    assert_eq!(end(&mut bench, id).await, Ok("by llama3.1:8b: one".to_owned()));
    let once = Basis::Consent(Scope::Once);
    assert_eq!(intents(&ledger(&bench).await), [(Purpose::ModelList, once, 0, 0), (Purpose::Chat, once, 0, 0)]);
    bench.end().await;

    let mut bench = Bench::with_server_elsewhere(vec![says("one")], |config| config.privacy.trusted_hosts = vec!["BOX".into()]);
    while bench.next_models().await != "up: llama3.1:8b" {}
    let id = bench.send_ask("hello").await;
    assert_eq!(end(&mut bench, id).await, Ok("by llama3.1:8b: one".to_owned()));
    let trusted = Basis::TrustedHost;
    assert_eq!(intents(&ledger(&bench).await), [(Purpose::ModelList, trusted, 0, 0), (Purpose::Chat, trusted, 0, 0)]);
    bench.end().await;
}

#[tokio::test]
async fn a_pull_from_a_foreign_registry_is_asked_about() {
    let mut bench = Bench::with_provider(Vec::new(), false, |_| {});
    for (name, asks) in [("phi3:mini", false), ("hf.co/someone/model:Q4", true)] {
        let id = RequestId(if asks { 88 } else { 87 });
        bench.command(Command::Models(ModelsCommand::Pull { id, model: ModelId::new(name) })).await;
        if asks {
            let request = wants(&mut bench, id).await;
            assert_eq!((request.purpose, request.host()), (Purpose::Pull, "hf.co"));
            grant(&bench, &request, request.whole.digest, Scope::Once).await;
        }
        bench.pick(|event| matches!(event, Event::Pull { progress: PullProgress::Done, .. }).then_some(())).await;
    }
    let bases: Vec<_> = intents(&ledger(&bench).await).into_iter().map(|(purpose, basis, ..)| (purpose, basis)).collect();
    assert_eq!(bases, [(Purpose::Pull, Basis::Command), (Purpose::Pull, Basis::Consent(Scope::Once))]);
    bench.end().await;
}
