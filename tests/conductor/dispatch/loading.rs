//! Models into memory and out of it at the user's word; what is stopped on the way; models and servers that go away.

use super::bench::{Bench, CODER, EMBEDDER, GENERAL, GIB, TALK, last, sized};
use conductor::protocol::Event;
use segno_tests::ollama::{Builder, FakeOllama, Gate, ModelSpec, Phase, Script};

fn server(models: impl IntoIterator<Item = ModelSpec>) -> Builder {
    models.into_iter().fold(FakeOllama::builder().memory(6 * GIB), |server, model| server.model(model))
}

/// With as much memory as the server has.
fn bench(fake: FakeOllama) -> Bench {
    Bench::with(fake, |config| config.gpu.memory_mib = 6 << 10)
}

#[tokio::test]
async fn a_model_is_loaded_and_unloaded_at_the_users_word() {
    let mut bench = bench(server([sized(GENERAL, 4), ModelSpec::new(EMBEDDER).size(GIB / 2)]).start());
    // Before anybody knows what is there.
    let lines = bench.load(GENERAL).await;
    assert_eq!(lines[0], format!("{GENERAL} waits for its load"));
    assert!(last(&lines).starts_with(&format!("notice {GENERAL} is in memory (")), "{lines:?}");
    assert_eq!(bench.load(GENERAL).await, [format!("notice {GENERAL} is in memory already")]);
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert_eq!(bench.fake.loads(GENERAL), 1);
    assert_eq!(bench.unload(GENERAL).await, [format!("notice {GENERAL} has left the memory")]);
    assert_eq!((bench.held().await, bench.fake.memory().residents), (vec![], vec![]));
    assert_eq!(bench.unload(GENERAL).await, [format!("notice {GENERAL} is not in memory")]);
    // One for vectors comes by another way.
    let lines = bench.load(EMBEDDER).await;
    assert!(last(&lines).starts_with("notice nomic-embed-text is in memory ("), "{lines:?}");
    assert_eq!(bench.fake.memory().phase(EMBEDDER), Some(Phase::Loaded));
    assert_eq!(bench.unload(EMBEDDER).await, ["notice nomic-embed-text has left the memory"]);
    for (name, words) in [("nobody:1b", "notice nobody:1b is not installed")] {
        assert_eq!(bench.load(name).await, [words]);
        assert_eq!(bench.unload(name).await, [words]);
    }
    bench.end().await;
}

/// Time takes `model` out of the server's memory, and nobody is told.
fn expire(bench: &Bench, model: &str) {
    let mut stranger = crate::socket::Client::new(&bench.fake.host());
    let body = serde_json::json!({"model": model, "keep_alive": 0});
    assert_eq!(stranger.post("/api/generate", &body).status, 200);
}

#[tokio::test]
async fn what_has_expired_at_the_server_is_not_said_to_be_in_memory() {
    let mut bench = bench(server([sized(GENERAL, 4)]).start());
    bench.load(GENERAL).await;
    expire(&bench, GENERAL);
    let lines = bench.load(GENERAL).await;
    assert!(last(&lines).starts_with(&format!("notice {GENERAL} is in memory (")), "{lines:?}");
    assert_eq!(bench.fake.loads(GENERAL), 2);
    // Nor is it taken to be there when the user begins to write.
    expire(&bench, GENERAL);
    bench.models(conductor::protocol::ModelsCommand::Prepare).await;
    bench.fake.seen_memory(|memory| memory.phase(GENERAL) == Some(Phase::Loaded)).await;
    assert_eq!(bench.fake.loads(GENERAL), 3);
    bench.end().await;
}

#[tokio::test]
async fn a_model_for_vectors_that_is_asked_questions_too_has_one_window() {
    let both = sized(GENERAL, 4).capabilities(["completion", "embedding"]);
    let mut bench = bench(server([both]).start());
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    let id = bench.send_embed(GENERAL, "a text").await;
    bench.until(id, "embedded 1").await;
    bench.ask(TALK).await;
    assert_eq!((bench.fake.loads(GENERAL), bench.fake.loaded_num_ctx(GENERAL)), (1, Some(8192)));
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_answers_is_not_unloaded() {
    let gate = Gate::closed();
    let talks = sized(GENERAL, 4).script(Script::tokens(["a"]).step_by_step(&gate));
    let mut bench = bench(server([talks]).start());
    let question = bench.send(TALK, None).await;
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/chat"))).await;
    assert_eq!(bench.unload(GENERAL).await, [format!("notice {GENERAL} is in use")]);
    gate.open();
    assert_eq!(last(&bench.ended(question).await), format!("finished by {GENERAL}: a"));
    assert_eq!(bench.fake.unloads(GENERAL), 0);
    bench.end().await;
}

#[tokio::test]
async fn what_is_larger_than_all_memory_is_refused_in_words() {
    let mut bench = bench(server([sized(GENERAL, 64)]).start());
    let lines = bench.load(GENERAL).await;
    assert!(lines.len() == 1 && lines[0].starts_with(&format!("notice {GENERAL} was not loaded: it needs 64.")), "{lines:?}");
    assert_eq!(bench.asked(), [""; 0]);
    bench.end().await;
}

#[tokio::test]
async fn stopped_while_it_loads_it_leaves_nothing_behind() {
    let gate = Gate::closed();
    let mut bench = bench(server([sized(GENERAL, 4).loads_when(&gate), sized(CODER, 4)]).start());
    let question = bench.send(TALK, None).await;
    bench.fake.seen_memory(|memory| memory.phase(GENERAL) == Some(Phase::Loading)).await;
    bench.until(question, &format!("{GENERAL} waits for its load")).await;
    bench.cancel(question).await;
    assert_eq!(last(&bench.ended(question).await), "failed Cancelled: stopped before anything came");
    bench.fake.seen_memory(|memory| memory.residents.is_empty() && memory.aborted.values().sum::<usize>() == 1).await;
    // Another takes its place at once.
    assert_eq!(last(&bench.ask_of(CODER, TALK).await), format!("finished by {CODER}: Hello from {CODER}."));
    bench.fake.assert_never_evicted();
    gate.open();
    assert_eq!(last(&bench.ask_of(GENERAL, TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn stopped_while_it_waits_for_memory_it_is_not_loaded() {
    let gate = Gate::closed();
    let embedder = ModelSpec::new(EMBEDDER).size(3 * GIB).script(Script::default().slow_first_token(&gate));
    let mut bench = bench(server([sized(GENERAL, 4), embedder]).start());
    let vectors = bench.send_embed(EMBEDDER, "a text").await;
    // Its load passes the gate, and its request does not.
    gate.release(1);
    bench.fake.seen(|requests| requests.iter().filter(|request| request.is("/api/embed")).count() == 2).await;
    let question = bench.send(TALK, None).await;
    bench.until(question, &format!("{GENERAL} waits for memory held by nomic-embed-text")).await;
    bench.cancel(question).await;
    assert_eq!(last(&bench.ended(question).await), "failed Cancelled: stopped before anything came");
    assert_eq!(bench.held().await.len(), 1, "nothing waits any more");
    gate.open();
    bench.until(vectors, "embedded 1").await;
    assert_eq!((bench.fake.loads(GENERAL), bench.fake.unloads(EMBEDDER)), (0, 0));
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert_eq!(bench.fake.unloads(EMBEDDER), 1);
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn stopped_in_the_middle_of_an_answer_what_came_is_kept_and_the_model_stays() {
    let gate = Gate::closed();
    let talks = sized(GENERAL, 4).script(Script::tokens(["half", " more"]).step_by_step(&gate));
    let mut bench = bench(server([talks]).start());
    let question = bench.send(TALK, None).await;
    gate.release(1);
    bench.pick(|event| matches!(event, Event::Delta { text, .. } if text == "half").then_some(())).await;
    bench.cancel(question).await;
    assert_eq!(last(&bench.ended(question).await), format!("cancelled by {GENERAL}: half"));
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/chat") && request.client_gone())).await;
    gate.open();
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: half more"));
    assert_eq!(bench.fake.loads(GENERAL), 1);
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_was_taken_away_is_named_and_the_next_is_asked() {
    let mut bench = bench(server([sized(GENERAL, 3), sized(CODER, 3)]).start());
    bench.ask_of(CODER, TALK).await;
    bench.fake.remove(CODER);
    // The list is seconds old, and still has it.
    let id = bench.send(super::bench::CODE, None).await;
    let hint = bench.pick(|event| if let Event::Fallback { why, .. } = event { Some(why.hint.clone()) } else { None }).await;
    assert!(hint.contains(&format!("`/pull {CODER}`")), "{hint}");
    let lines = bench.ended(id).await;
    assert_eq!(last(&lines), format!("finished by {GENERAL} after {CODER}: Hello from {GENERAL}."));
    assert!(lines.iter().any(|line| line.starts_with("fallback") && line.contains("NotFound")), "{lines:?}");
    // Now that it is known, it is planned without.
    let lines = bench.ask(super::bench::CODE).await;
    assert!(!lines[0].contains(CODER), "{lines:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_is_taken_away_while_it_answers_leaves_what_came() {
    let gate = Gate::closed();
    let talks = sized(GENERAL, 3).script(Script::tokens(["half", " more"]).step_by_step(&gate));
    let mut bench = bench(server([talks, sized(CODER, 3)]).start());
    let question = bench.send(TALK, None).await;
    gate.release(1);
    bench.pick(|event| matches!(event, Event::Delta { .. }).then_some(())).await;
    bench.fake.remove(GENERAL);
    bench.fake.stop();
    let lines = bench.ended(question).await;
    assert!(last(&lines).starts_with("partial (") && last(&lines).ends_with(&format!("by {GENERAL}: half")), "{lines:?}");
    bench.fake.start_again();
    bench.look().await;
    assert_eq!(last(&bench.retry(Some(CODER)).await), format!("finished by {CODER}: Hello from {CODER}."));
    bench.end().await;
}

#[tokio::test]
async fn a_server_that_starts_anew_has_nothing_in_memory_and_that_is_seen() {
    let mut bench = bench(server([sized(GENERAL, 4), sized(CODER, 4)]).start());
    bench.ask_of(GENERAL, TALK).await;
    assert_eq!(bench.held().await.len(), 1);
    bench.fake.stop();
    bench.fake.start_again();
    bench.look().await;
    assert_eq!(bench.held().await, []);
    bench.ask_of(CODER, TALK).await;
    assert_eq!(bench.fake.unloads(GENERAL), 0, "it was not there to leave");
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn a_server_that_goes_down_during_a_load_fails_that_question_alone() {
    let gate = Gate::closed();
    let mut bench = bench(server([sized(GENERAL, 4).loads_when(&gate), sized(CODER, 4)]).start());
    let question = bench.send(TALK, None).await;
    bench.fake.seen_memory(|memory| memory.phase(GENERAL) == Some(Phase::Loading)).await;
    bench.fake.stop();
    let lines = bench.ended(question).await;
    assert!(last(&lines).starts_with("failed "), "{lines:?}");
    bench.fake.start_again();
    gate.open();
    bench.look().await;
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    bench.fake.assert_never_evicted();
    bench.end().await;
}
