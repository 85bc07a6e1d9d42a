//! The memory that models share: what fits stays, what does not leaves first, and the server never has to push anybody out.

use super::bench::{Bench, CODER, EMBEDDER, GENERAL, GIB, MATHS, TALK, last, sized};
use conductor::domain::{CapacitySource, MemoryPhase, ModelId};
use conductor::protocol::{ConversationCommand, ModelsCommand};
use segno_tests::ollama::{Builder, FakeOllama, ModelSpec, Phase};
use serde_json::Value;

/// A server with so many GiB, and models of four each.
fn server(gib: u64, models: &[&str]) -> Builder {
    models.iter().fold(FakeOllama::builder().memory(gib * GIB), |server, name| server.model(sized(name, 4)))
}

#[tokio::test]
async fn two_that_fit_beside_each_other_are_loaded_once_each() {
    let mut bench = Bench::new(server(12, &[GENERAL, CODER]).start());
    for _ in 0..3 {
        for model in [GENERAL, CODER] {
            assert_eq!(last(&bench.ask_of(model, TALK).await), format!("finished by {model}: Hello from {model}."));
        }
    }
    assert_eq!((bench.fake.loads(GENERAL), bench.fake.loads(CODER), bench.fake.swaps()), (1, 1, 0));
    bench.fake.assert_never_evicted();
    // One window and one time to stay, whatever is asked: another of either would load the model anew, or let it go early.
    let named = bench.fake.requests().into_iter().filter(|request| request.at("/model").is_string() && !request.is("/api/show"));
    let said: Vec<(Value, Value)> = named.map(|r| (r.at("/options/num_ctx").clone(), r.at("/keep_alive").clone())).collect();
    assert_eq!(said.len(), 8, "two loads and six questions");
    assert!(said.iter().all(|said| *said == (Value::from(8192), Value::from("900s"))), "{said:?}");
    assert_eq!(bench.fake.peak_memory(), 8 * GIB);
    let held = bench.held().await;
    assert_eq!(held, [(CODER.to_owned(), 4096, 0), (GENERAL.to_owned(), 4096, 0)], "as much as was seen");
    bench.end().await;
}

#[tokio::test]
async fn of_two_that_do_not_fit_one_leaves_and_is_gone_before_the_other_comes() {
    let fake = server(6, &[GENERAL, CODER]).frees_after_polls(2).hangs_on_late_requests().start();
    let mut bench = Bench::with(fake, |config| config.gpu.memory_mib = 6 << 10);
    bench.ask_of(GENERAL, TALK).await;
    for (model, other) in [(CODER, GENERAL), (GENERAL, CODER)] {
        let before = bench.requests().len();
        let lines = bench.ask_of(model, TALK).await;
        assert_eq!(last(&lines), format!("finished by {model}: Hello from {model}."));
        assert!(lines.contains(&format!("{model} waits for {other} to leave")), "{lines:?}");
        let requests = bench.requests().split_off(before);
        let at = |wanted: &str| requests.iter().position(|request| request == wanted).expect("it was sent");
        let (unload, load) = (at(&format!("unload {other}")), at(&format!("load {model}")));
        assert!(unload < load && load < at(&format!("chat {model}")), "{requests:?}");
        assert!(requests[unload..load].iter().filter(|request| *request == "ps").count() >= 3, "until it is gone: {requests:?}");
    }
    bench.fake.assert_never_evicted();
    let memory = bench.fake.memory();
    assert_eq!((memory.swaps, memory.peak, memory.hung), (2, 4 * GIB, false), "never both at once");
    assert_eq!(bench.snapshot().await.memory.map(|memory| (memory.swaps, memory.lost)), Some((2, 0)));
    bench.end().await;
}

#[tokio::test]
async fn a_model_for_vectors_gets_its_room_as_others_do() {
    let fake = server(6, &[GENERAL]).model(ModelSpec::new(EMBEDDER).size(3 * GIB)).frees_after_polls(1).start();
    let mut bench = Bench::with(fake, |config| config.gpu.memory_mib = 6 << 10);
    bench.ask(TALK).await;
    let before = bench.asked().len();
    let vectors = bench.send_embed(EMBEDDER, "a text").await;
    bench.until(vectors, "embedded 1").await;
    let model = EMBEDDER;
    assert_eq!(bench.asked()[before..], [format!("unload {GENERAL}"), format!("load {model}"), format!("embed {model}")]);
    bench.fake.assert_never_evicted();
    assert_eq!(bench.fake.loads(EMBEDDER), 1, "the texts are asked of the one that was loaded");
    bench.end().await;
}

#[tokio::test]
async fn what_others_load_is_counted_and_leaves_where_its_room_is_needed() {
    let fake = server(12, &[GENERAL, CODER, MATHS]).start();
    let mut bench = Bench::new(fake);
    bench.look().await;
    assert_eq!(bench.held().await, []);
    let mut stranger = crate::socket::Client::new(&bench.fake.host());
    let body = serde_json::json!({"model": CODER, "keep_alive": "10m"});
    assert_eq!(stranger.post("/api/generate", &body).status, 200);
    bench.look().await;
    let memory = bench.snapshot().await.memory.expect("it is managed");
    // Its own window: 4096 tokens where nobody names another.
    assert_eq!((memory.used_mib, memory.capacity_mib, memory.source), (3584, 12 << 10, CapacitySource::Configured));
    assert!(memory.models.iter().all(|m| (m.model.short(), m.phase, m.users) == (CODER, MemoryPhase::Ready, 0)), "{memory:?}");
    bench.ask_of(GENERAL, TALK).await;
    bench.ask_of(MATHS, TALK).await;
    bench.fake.assert_never_evicted();
    assert_eq!(bench.fake.unloads(CODER), 1, "three are too many");
    // It is loaded again with the window that questions have.
    bench.ask_of(CODER, TALK).await;
    assert_eq!(bench.fake.loaded_num_ctx(CODER), Some(8192));
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_others_loaded_with_another_window_is_unloaded_before_it_is_loaded_anew() {
    let mut bench = Bench::new(server(12, &[GENERAL]).start());
    let mut stranger = crate::socket::Client::new(&bench.fake.host());
    let body = serde_json::json!({"model": GENERAL, "keep_alive": "10m", "options": {"num_ctx": 2048}});
    assert_eq!(stranger.post("/api/generate", &body).status, 200);
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    let asked = bench.asked().split_off(1);
    assert_eq!(asked, [format!("unload {GENERAL}"), format!("load {GENERAL}"), format!("chat {GENERAL}")]);
    assert_eq!((bench.fake.loads(GENERAL), bench.fake.loaded_num_ctx(GENERAL)), (2, Some(8192)));
    bench.end().await;
}

#[tokio::test]
async fn a_model_of_which_a_part_runs_on_the_processor_is_shown_so() {
    let fake = FakeOllama::builder().memory(6 * GIB).model(sized(GENERAL, 8)).start();
    let mut bench = Bench::with(fake, |config| config.gpu.memory_mib = 6 << 10);
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    let snapshot = bench.look().await;
    let residency = snapshot.models.iter().find(|m| m.id.short() == GENERAL).and_then(|m| m.resident).expect("it is there");
    assert_eq!((residency.size_bytes, residency.vram_bytes), (8 * GIB, 6 * GIB));
    assert_eq!(bench.held().await, [(GENERAL.to_owned(), 6 << 10, 0)]);
    // Once more: nothing is loaded anew for it.
    bench.ask(TALK).await;
    assert_eq!(bench.fake.loads(GENERAL), 1);
    bench.end().await;
}

#[tokio::test]
async fn what_a_model_was_seen_to_take_is_known_after_a_restart() {
    // Its file says little of what it takes.
    let heavy = |name: &str| ModelSpec::new(name).size(GIB).memory(5 * GIB);
    let fake = FakeOllama::builder().memory(9 * GIB).model(heavy(GENERAL)).model(heavy(CODER)).start();
    let mut bench = Bench::with(fake, |config| config.gpu.memory_mib = 9 << 10);
    bench.ask_of(GENERAL, TALK).await;
    bench.look().await;
    bench.unload(GENERAL).await;
    bench.ask_of(CODER, TALK).await;
    bench.look().await;
    bench.restart().await;
    bench.ask_of(GENERAL, TALK).await;
    bench.fake.assert_never_evicted();
    assert_eq!(bench.fake.unloads(CODER), 1);
    bench.end().await;
}

#[tokio::test]
async fn what_the_users_row_says_of_a_models_need_counts_until_it_was_seen() {
    let heavy = |name: &str| ModelSpec::new(name).size(GIB).memory(5 * GIB);
    let fake = FakeOllama::builder().memory(9 * GIB).model(heavy(GENERAL)).model(heavy(CODER)).start();
    let mut bench = Bench::with(fake, |config| {
        config.gpu.memory_mib = 9 << 10;
        for row in config.models.iter_mut().filter(|row| [GENERAL, CODER].contains(&row.id.as_str())) {
            row.memory_bytes = 5 * GIB;
        }
    });
    // Their files alone would fit beside each other.
    bench.ask_of(GENERAL, TALK).await;
    bench.ask_of(CODER, TALK).await;
    bench.fake.assert_never_evicted();
    assert_eq!(bench.fake.unloads(GENERAL), 1);
    bench.end().await;
}

#[tokio::test]
async fn the_model_of_the_conversation_is_loaded_while_the_user_writes_where_there_is_room() {
    let mut bench = Bench::new(server(12, &[GENERAL, CODER, MATHS]).start());
    bench.look().await;
    bench.models(ModelsCommand::Prepare).await;
    bench.fake.seen_memory(|memory| memory.phase(GENERAL) == Some(Phase::Loaded)).await;
    assert_eq!(bench.asked(), [format!("load {GENERAL}")]);
    bench.ask_of(CODER, TALK).await;
    // There is no room for a third: it is not loaded before it is asked.
    bench.conversation(ConversationCommand::SetModel(Some(ModelId::new(MATHS)))).await;
    bench.models(ModelsCommand::Prepare).await;
    assert_eq!(bench.held().await.len(), 2, "as it was when the command was taken");
    assert_eq!(bench.fake.loads(MATHS), 0);
    bench.fake.assert_never_evicted();
    bench.end().await;
}
