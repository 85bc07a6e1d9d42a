//! Limits a minute, waits that a server asks for, and quotas of a day.

use super::bench::{Bench, CODER, GENERAL, GIB, TALK, last, sized};
use conductor::config::Config;
use conductor::domain::ModelId;
use segno_tests::ollama::{FakeOllama, Gate};
use segno_tests::provider::{Behaviour, FakeProvider, Script};

fn server() -> FakeOllama {
    let builder = FakeOllama::builder().memory(12 * GIB);
    builder.model(sized(GENERAL, 3)).model(sized(CODER, 3)).start()
}

/// The provider's model is the general one, and that of this machine stands in for it.
fn provider_first(config: &mut Config) {
    config.defaults.general = ModelId::new("fake/m");
    config.fallbacks.general = vec![GENERAL.to_owned()];
}

fn provider(script: impl Into<Script>) -> FakeProvider {
    FakeProvider::openai().open().model_with("m", script).start()
}

#[tokio::test]
async fn a_provider_that_asks_for_a_pause_gets_it() {
    let provider = provider(Behaviour::Busy(Some(30)));
    let mut bench = Bench::with_provider(server(), &provider, ("", ""), provider_first);
    let lines = bench.ask(TALK).await;
    assert_eq!(lines[0], format!("planned general: fake/m, {GENERAL}"));
    assert!(lines[1].starts_with(&format!("fallback fake/m -> {GENERAL}: Busy: ")), "{lines:?}");
    assert_eq!(last(&lines), format!("finished by {GENERAL} after fake/m: Hello from {GENERAL}."));
    provider.set("m", Script::default());
    let lines = bench.ask(TALK).await;
    assert!(lines[1].starts_with(&format!("fallback fake/m -> {GENERAL}: Busy: fake asked to wait; the next in ")), "{lines:?}");
    assert_eq!(provider.chats().len(), 1, "it was left alone");
    // Who was asked is said, also where the reason is that of a whole provider.
    bench.fake.set(GENERAL, segno_tests::ollama::Behaviour::EmptyAnswer);
    let said = last(&bench.ask(TALK).await).to_owned();
    let words = "failed Empty: none of the 2 models that were asked answered: fake/m: fake asked to wait; ";
    assert!(said.starts_with(words) && said.ends_with(&format!("{GENERAL}: answered nothing")), "{said}");
    // Where there is nobody else the question waits, and can be stopped.
    bench.conversation(conductor::protocol::ConversationCommand::SetModel(Some(ModelId::new("fake/m")))).await;
    bench.conversation(conductor::protocol::ConversationCommand::LockModel(true)).await;
    let id = bench.send(TALK, None).await;
    bench.until(id, "fake/m waits for its turn").await;
    bench.cancel(id).await;
    assert_eq!(last(&bench.ended(id).await), "failed Cancelled: stopped before anything came");
    assert_eq!(provider.chats().len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn a_short_pause_is_waited_for() {
    let provider = provider(Behaviour::Busy(Some(1)));
    let mut bench = Bench::with_provider(server(), &provider, ("", ""), provider_first);
    bench.ask(TALK).await;
    provider.set("m", Script::default());
    let lines = bench.ask(TALK).await;
    let waits = ["fake/m waits for its turn", "fake/m waits for its answer"];
    assert_eq!(lines[1..3], waits, "{lines:?}");
    assert_eq!(last(&lines), "finished by fake/m, network (127.0.0.1): Hello from m.");
    assert_eq!(provider.chats().len(), 2);
    bench.end().await;
}

#[tokio::test]
async fn above_a_limit_a_minute_another_is_asked() {
    let mut bench = Bench::with(server(), |config| {
        config.fallbacks.general = vec!["code".to_owned()];
        let row = config.models.iter_mut().find(|row| row.id == ModelId::new(GENERAL)).expect("it has a row");
        row.requests_per_minute = 1;
    });
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    let lines = bench.ask(TALK).await;
    let why = format!("fallback {GENERAL} -> {CODER}: Busy: {GENERAL} allows 1 request a minute; the next in ");
    assert!(lines[1].starts_with(&why), "{lines:?}");
    assert_eq!(last(&lines), format!("finished by {CODER} after {GENERAL}: Hello from {CODER}."));
    let chats = bench.asked().iter().filter(|request| **request == format!("chat {GENERAL}")).count();
    assert_eq!(chats, 1);
    bench.end().await;
}

/// The general one may be asked so often in a minute, and nobody stands in for it.
fn at_most(requests: u32) -> impl FnOnce(&mut Config) {
    move |config| {
        config.fallbacks.general = Vec::new();
        let row = config.models.iter_mut().find(|row| row.id == ModelId::new(GENERAL)).expect("it has a row");
        row.requests_per_minute = requests;
    }
}

#[tokio::test]
async fn what_was_not_sent_takes_nothing_of_a_limit() {
    let gate = Gate::closed();
    let builder = FakeOllama::builder().memory(12 * GIB).model(sized(GENERAL, 3).loads_when(&gate));
    let mut bench = Bench::with(builder.start(), at_most(1));
    let id = bench.send(TALK, None).await;
    bench.until(id, &format!("{GENERAL} waits for its load")).await;
    bench.cancel(id).await;
    assert_eq!(last(&bench.ended(id).await), "failed Cancelled: stopped before anything came");
    gate.open();
    let lines = bench.ask(TALK).await;
    assert_eq!(last(&lines), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    // It was sent: the next has to wait for its turn.
    let id = bench.send(TALK, None).await;
    bench.until(id, &format!("{GENERAL} waits for its turn")).await;
    bench.cancel(id).await;
    bench.ended(id).await;
    bench.end().await;
}

#[tokio::test]
async fn a_question_that_is_sent_once_more_with_half_of_the_history_counts_twice() {
    let mut bench = Bench::with(server(), at_most(3));
    bench.ask(TALK).await;
    bench.fake.set(GENERAL, segno_tests::ollama::Behaviour::TooLong);
    let lines = bench.ask(TALK).await;
    assert!(last(&lines).starts_with("failed TooLong: "), "{lines:?}");
    bench.fake.set(GENERAL, segno_tests::ollama::Script::default());
    let id = bench.send(TALK, None).await;
    bench.until(id, &format!("{GENERAL} waits for its turn")).await;
    bench.cancel(id).await;
    bench.ended(id).await;
    assert_eq!(bench.asked().iter().filter(|request| request.starts_with("chat")).count(), 3);
    bench.end().await;
}

#[tokio::test]
async fn a_quota_is_told_of_from_four_fifths_on_and_then_kept() {
    let provider = provider(Script::default().usage(700, 120));
    let mut bench = Bench::with_provider(server(), &provider, ("tokens_per_day = 1000\n", ""), provider_first);
    assert_eq!(last(&bench.ask(TALK).await), "finished by fake/m, network (127.0.0.1): Hello from m.");
    provider.set("m", Script::default().usage(100, 100));
    let lines = bench.ask(TALK).await;
    assert!(lines.contains(&"notice 82% of today's quota of fake is used".to_owned()), "{lines:?}");
    assert!(last(&lines).starts_with("finished by fake/m"), "{lines:?}");
    let over = format!("fallback fake/m -> {GENERAL}: Busy: today's quota of fake is used up, so fake/m was not asked");
    for _ in 0..2 {
        let lines = bench.ask(TALK).await;
        assert_eq!(lines[1], over);
        assert_eq!(last(&lines), format!("finished by {GENERAL} after fake/m: Hello from {GENERAL}."));
        bench.restart().await;
    }
    assert_eq!(provider.chats().len(), 2);
    let quotas = bench.snapshot().await.quotas;
    let used: Vec<u32> = quotas.iter().flat_map(|(_, states)| states.iter().map(|state| state.percent)).collect();
    assert_eq!(used, [102]);
    bench.end().await;
}
