//! Answers on their way: a front end that does not read, and a second model that is asked where the first is slow.

use super::bench::{Bench, CODER, EMBEDDER, GENERAL, GIB, TALK, last, sized};
use conductor::protocol::{Event, Query};
use segno_tests::ollama::{FakeOllama, Gate, ModelSpec, Script};
use std::time::Duration;

fn server() -> FakeOllama {
    let builder = FakeOllama::builder().memory(12 * GIB);
    builder.model(sized(GENERAL, 3)).model(sized(CODER, 3)).start()
}

/// More than wait for a front end.
const PIECES: usize = 300;

#[tokio::test]
async fn a_front_end_that_does_not_read_loses_nothing() {
    let gate = Gate::closed();
    let pieces: Vec<String> = (0..PIECES).map(|n| format!("piece {n}, ")).collect();
    let mut bench = Bench::new(server());
    bench.load(GENERAL).await;
    bench.fake.set(GENERAL, Script::tokens(pieces.clone()).step_by_step(&gate));
    let id = bench.send(TALK, None).await;
    for n in 1..=PIECES {
        // One by one: each is read by itself, and there are more than there is room for.
        gate.release(1);
        bench.fake.seen(move |requests| requests.iter().any(|r| r.is("/api/chat") && r.lines == n)).await;
    }
    // What is asked of the conductor meanwhile is answered.
    bench.query(Query::Privacy).await;
    let mut came = String::new();
    while came.len() < pieces.concat().len() {
        came += &bench.pick(|event| if let Event::Delta { text, .. } = event { Some(text.clone()) } else { None }).await;
    }
    assert_eq!(came, pieces.concat());
    gate.open();
    assert_eq!(last(&bench.ended(id).await), format!("finished by {GENERAL}: {}", pieces.concat()));
    bench.end().await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_can_be_stopped() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.load(GENERAL).await;
    bench.fake.set(GENERAL, Script::tokens((0..PIECES).map(|n| format!("{n} "))).step_by_step(&gate));
    let id = bench.send(TALK, None).await;
    for n in 1..=PIECES {
        gate.release(1);
        bench.fake.seen(move |requests| requests.iter().any(|r| r.is("/api/chat") && r.lines == n)).await;
    }
    bench.cancel(id).await;
    // Its connection is closed although nothing was read.
    bench.fake.seen(|requests| requests.iter().any(|r| r.is("/api/chat") && r.client_gone())).await;
    assert!(last(&bench.ended(id).await).starts_with(&format!("cancelled by {GENERAL}: 0 1 2 ")));
    bench.end().await;
}

#[tokio::test]
async fn where_the_first_is_slow_one_in_memory_is_asked_too_and_who_speaks_first_answers() {
    let gate = Gate::closed();
    let mut bench = Bench::with(server(), |config| {
        config.routing.hedge = true;
        config.timeouts.standard_ms = 20;
    });
    bench.load(GENERAL).await;
    bench.load(CODER).await;
    bench.fake.set(GENERAL, Script::default().slow_first_token(&gate));
    let lines = bench.ask(TALK).await;
    let slow = format!("{GENERAL} did not answer in its budget of 0.02 s");
    let wanted = [
        format!("planned general: {GENERAL}"),
        format!("notice {slow}; asking {CODER}, too"),
        format!("fallback {GENERAL} -> {CODER}: Stalled: {slow}"),
        format!("finished by {CODER} after {GENERAL}: Hello from {CODER}."),
    ];
    assert_eq!(lines, wanted);
    bench.fake.seen(|requests| requests.iter().any(|r| r.at("/model") == GENERAL && r.is("/api/chat") && r.client_gone())).await;
    gate.open();
    // Slow is no failure: it is asked again, and answers.
    bench.fake.set(GENERAL, Script::default());
    bench.fake.seen_memory(|memory| memory.busy().is_empty()).await;
    assert!(last(&bench.ask(TALK).await).starts_with("finished by"));
    assert_eq!((bench.fake.loads(GENERAL), bench.fake.loads(CODER)), (1, 1), "nothing is loaded for it");
    bench.end().await;
}

#[tokio::test]
async fn what_the_second_really_took_is_what_counts_of_it() {
    let gate = Gate::closed();
    let mut bench = Bench::with(server(), |config| {
        config.routing.hedge = true;
        config.timeouts.standard_ms = 20;
        // An answer is thought to take 256 tokens, and these take few: without their count there would be no room for two.
        let row = config.models.iter_mut().find(|row| row.id.as_str() == CODER).expect("it has a row");
        row.tokens_per_minute = 450;
    });
    bench.load(GENERAL).await;
    bench.load(CODER).await;
    bench.fake.set(GENERAL, Script::default().slow_first_token(&gate));
    assert!(last(&bench.ask(TALK).await).starts_with(&format!("finished by {CODER} after {GENERAL}")));
    gate.open();
    let lines = bench.ask_of(CODER, TALK).await;
    assert_eq!(lines.len(), 2, "it does not wait for its turn: {lines:?}");
    bench.end().await;
}

#[tokio::test]
async fn where_the_first_speaks_first_the_second_is_let_go() {
    let gate = Gate::closed();
    let mut bench = Bench::with(server(), |config| {
        config.routing.hedge = true;
        config.timeouts.standard_ms = 1;
    });
    bench.load(GENERAL).await;
    bench.load(CODER).await;
    bench.fake.set(GENERAL, Script::default().slow_first_token(&gate));
    bench.fake.set(CODER, Script::default().slow_first_token(&Gate::closed()));
    let id = bench.send(TALK, None).await;
    let both =
        |requests: &[segno_tests::ollama::Recorded]| requests.iter().filter(|request| request.is("/api/chat")).count() == 2;
    bench.fake.seen(both).await;
    gate.open();
    let lines = bench.ended(id).await;
    assert_eq!(last(&lines), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    // The other one is let go.
    bench.fake.seen(|requests| requests.iter().any(|r| r.at("/model") == CODER && r.is("/api/chat") && r.client_gone())).await;
    bench.end().await;
}

#[tokio::test]
async fn a_second_whose_room_others_wait_for_is_not_waited_for_and_the_first_is_listened_to() {
    let (gate, busy) = (Gate::closed(), Gate::closed());
    let coder = sized(CODER, 3).capabilities(["completion", "embedding"]);
    let large = ModelSpec::new(EMBEDDER).size(10 * GIB);
    let fake = FakeOllama::builder().memory(12 * GIB).model(sized(GENERAL, 3)).model(coder).model(large).start();
    let mut bench = Bench::with(fake, |config| {
        config.routing.hedge = true;
        config.timeouts.standard_ms = 0;
        config.gpu.bypass = 1;
    });
    bench.load(GENERAL).await;
    bench.load(CODER).await;
    bench.fake.set(GENERAL, Script::default().slow_first_token(&gate));
    bench.fake.set(CODER, Script::default().slow_first_token(&busy));
    // The coder is at work, a large one waits for its room, and the one request is made that still goes to the coder.
    bench.send_embed(CODER, "a text").await;
    bench.fake.seen(|requests| requests.iter().filter(|request| request.is("/api/embed")).count() == 1).await;
    bench.send_embed(EMBEDDER, "a text").await;
    while bench.snapshot().await.memory.is_none_or(|memory| memory.waiting == 0) {}
    bench.send_embed(CODER, "another").await;
    bench.fake.seen(|requests| requests.iter().filter(|request| request.is("/api/embed")).count() == 2).await;
    let id = bench.send(TALK, None).await;
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/chat"))).await;
    gate.open();
    assert_eq!(last(&bench.ended(id).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert!(!bench.asked().contains(&format!("chat {CODER}")));
    busy.open();
    bench.end().await;
}

#[tokio::test]
async fn nobody_is_loaded_only_because_another_is_slow() {
    let gate = Gate::closed();
    let mut bench = Bench::with(server(), |config| {
        config.routing.hedge = true;
        config.timeouts.standard_ms = 1;
        config.timeouts.first_token_resident = Duration::from_secs(60);
    });
    bench.load(GENERAL).await;
    bench.fake.set(GENERAL, Script::default().slow_first_token(&gate));
    let id = bench.send(TALK, None).await;
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/chat"))).await;
    gate.open();
    let lines = bench.ended(id).await;
    assert_eq!(lines, [format!("planned general: {GENERAL}"), format!("finished by {GENERAL}: Hello from {GENERAL}.")]);
    assert_eq!(bench.fake.loads(CODER), 0);
    bench.end().await;
}
