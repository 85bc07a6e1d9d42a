//! GPU memory: what fits, what spills, who is evicted, and when memory is free again.

use super::{begin, chat, ps, say, touch};
use crate::socket::Client;
use segno_tests::ollama::{Builder, Eviction, FakeOllama, Gate, ModelSpec, Phase, Script};
use serde_json::{Value, json};

const GIB: u64 = 1 << 30;

/// A server with so many GiB, and models of so many.
fn server(memory: u64, models: &[(&str, u64)]) -> Builder {
    let builder = FakeOllama::builder().memory(memory * GIB);
    models.iter().fold(builder, |builder, (name, size)| builder.model(ModelSpec::new(name).memory(size * GIB)))
}

fn evicted(fake: &FakeOllama) -> Vec<(String, String)> {
    fake.evictions().into_iter().map(|Eviction { model, by }| (model, by)).collect()
}

fn names(fake: &FakeOllama) -> Vec<String> {
    ps(fake).into_iter().map(|(name, ..)| name).collect()
}

fn pair(model: &str, by: &str) -> (String, String) {
    (model.to_owned(), by.to_owned())
}

#[test]
fn the_idle_model_that_is_kept_for_the_shortest_time_goes_first_whenever_it_was_used() {
    // How long a and b are kept, b being used last, and who goes for c.
    for (a, b, goes) in [
        (json!("10m"), json!(60), "b:1b"),
        (json!(60), json!("10m"), "a:1b"),
        (json!("5m"), json!(-1), "a:1b"),
        (json!(-1), json!("24h"), "b:1b"),
        (json!(null), json!(null), "a:1b"),
        (json!("500ms"), json!(0.9), "a:1b"),
    ] {
        let fake = server(10, &[("a:1b", 4), ("b:1b", 4), ("c:1b", 4)]).start();
        touch(&fake, "a:1b", a.clone());
        touch(&fake, "b:1b", b.clone());
        assert_eq!(evicted(&fake), [], "{a} {b}");
        assert_eq!(say(&fake, "c:1b").status, 200);
        assert_eq!(evicted(&fake), [pair(goes, "c:1b")], "{a} {b}");
        assert_eq!((fake.swaps(), fake.peak_memory()), (1, 8 * GIB), "{a} {b}");
    }
}

#[test]
fn a_load_beside_others_evicts_until_it_fits_in_a_part_of_what_is_free() {
    // Percent of the free memory and models at most, where set; GiB of those before and of the last; who goes for it.
    let nobody: &[&str] = &[];
    for (what, share, most, before, last, gone) in [
        ("80 % of what is free", None, None, &[5][..], 4, nobody),
        ("more than 80 %", None, None, &[6], 4, &["m0:1b"]),
        ("all that is free", Some(100), None, &[6], 4, &[]),
        ("the first one has it all", None, None, &[], 10, &[]),
        ("one after the other", None, None, &[3, 3, 1], 9, &["m0:1b", "m1:1b", "m2:1b"]),
        ("the fourth model", None, None, &[1, 1, 1], 1, &["m0:1b"]),
        ("the third where two are let in", None, Some(2), &[1, 1], 1, &["m0:1b"]),
    ] {
        let mut builder = server(10, &[("last:1b", last)]);
        for (at, size) in before.iter().enumerate() {
            builder = builder.model(ModelSpec::new(&format!("m{at}:1b")).memory(size * GIB));
        }
        let builder = share.into_iter().fold(builder, Builder::fits_within);
        let fake = most.into_iter().fold(builder, Builder::max_loaded).start();
        for at in 0..before.len() {
            assert_eq!(touch(&fake, &format!("m{at}:1b"), json!(60)).status, 200, "{what}");
        }
        assert_eq!(touch(&fake, "last:1b", json!(60)).status, 200, "{what}");
        let expected: Vec<_> = gone.iter().map(|name| pair(name, "last:1b")).collect();
        assert_eq!(evicted(&fake), expected, "{what}");
        assert_eq!(names(&fake).len(), before.len() + 1 - gone.len(), "{what}");
    }
}

#[test]
fn what_is_larger_than_all_memory_spills_or_is_refused() {
    let big = |name: &str| ModelSpec::new(name).memory(9 * GIB);
    let fake = FakeOllama::builder()
        .memory(GIB * 71 / 10)
        .model(big("spills:1b"))
        .model(big("whole:1b").refuses_to_spill())
        .model(ModelSpec::new("small:1b").memory(GIB).refuses_to_spill())
        .start();
    touch(&fake, "spills:1b", json!(60));
    assert_eq!(ps(&fake), [("spills:1b".to_owned(), 9 * GIB, GIB * 71 / 10)]);
    let refused = say(&fake, "whole:1b");
    let words = r#"{"error":"model requires more system memory (9.0 GiB) than is available (7.1 GiB)"}"#;
    assert_eq!((refused.status, refused.body.as_str()), (500, words));
    assert_eq!(evicted(&fake), [pair("spills:1b", "whole:1b")], "it went all the same");
    assert_eq!((fake.loads("whole:1b"), ps(&fake)), (0, vec![]));
    assert_eq!(say(&fake, "small:1b").status, 200);

    let mut on_cpu = chat("spills:1b");
    on_cpu["options"] = json!({ "num_gpu": 0 });
    Client::new(&fake.host()).ask("/api/chat", &on_cpu);
    fake.wait_for_memory(|memory| memory.phase("spills:1b").is_some());
    assert_eq!(ps(&fake)[1], ("spills:1b".to_owned(), 9 * GIB, 0));
    assert_eq!(fake.evictions().len(), 1, "the CPU has room");
}

#[test]
fn a_model_that_answers_is_never_evicted_and_all_wait_behind_the_load_that_waits_for_it() {
    let gate = Gate::closed();
    let talks = ModelSpec::new("a:1b").memory(6 * GIB).script(Script::tokens(["a"]).step_by_step(&gate));
    let fake = server(10, &[("b:1b", 6), ("c:1b", 1)]).model(talks).start();
    touch(&fake, "c:1b", json!(-1));
    let mut first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.busy() == ["a:1b"]);
    let mut second = begin(&fake, "b:1b");
    // The idle model goes first, and then the one that answers is waited for.
    let memory = fake.wait_for_memory(|memory| memory.waiting == 1 && memory.phase("c:1b").is_none());
    assert_eq!((memory.phase("a:1b"), memory.phase("b:1b")), (Some(Phase::Loaded), None));
    let third = begin(&fake, "c:1b");
    let again = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.waiting == 3);
    let mut client = Client::new(&fake.host());
    assert_eq!((client.get("/api/tags").status, client.get("/api/ps").status), (200, 200), "it looks healthy");
    assert_eq!((evicted(&fake), fake.busy()), (vec![pair("c:1b", "b:1b")], vec!["a:1b".to_owned()]));

    gate.open();
    assert_eq!(first.lines().len(), 2, "it came to its end");
    assert_eq!(second.lines().last().unwrap()["done_reason"], json!("stop"));
    fake.wait_for_memory(|memory| memory.waiting == 0 && memory.busy().is_empty());
    drop((third, again));
    // b is kept as long as c and comes before it by name.
    assert_eq!(evicted(&fake)[..3], [pair("c:1b", "b:1b"), pair("a:1b", "b:1b"), pair("b:1b", "a:1b")]);
}

#[test]
fn a_victim_goes_when_it_is_idle_even_if_the_load_that_wanted_its_place_was_given_up() {
    let gate = Gate::closed();
    let talks = ModelSpec::new("a:1b").memory(6 * GIB).script(Script::tokens(["a"]).step_by_step(&gate));
    let fake = server(10, &[("b:1b", 6)]).model(talks).start();
    let _first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.busy() == ["a:1b"]);
    let second = begin(&fake, "b:1b");
    fake.wait_for_memory(|memory| memory.waiting == 1);
    drop(second);
    fake.wait_for_memory(|memory| memory.waiting == 0);
    gate.open();
    fake.wait_for_memory(|memory| memory.residents.is_empty());
    assert_eq!((evicted(&fake), fake.loads("b:1b"), fake.unloads("a:1b")), (vec![pair("a:1b", "b:1b")], 0, 0));
}

#[test]
fn memory_of_an_unloaded_model_is_free_after_so_many_polls() {
    let fake = server(10, &[("a:1b", 6), ("b:1b", 6), ("c:1b", 1)]).frees_after_polls(2).start();
    let unload = || assert_eq!(touch(&fake, "a:1b", json!(0)).json()["done_reason"], json!("unload"));
    touch(&fake, "a:1b", json!(60));
    unload();
    assert_eq!((fake.memory().phase("a:1b"), fake.loaded_num_ctx("a:1b")), (Some(Phase::Leaving), None));
    // Who loads too early gets what is left.
    touch(&fake, "b:1b", json!(60));
    assert_eq!(ps(&fake), [("a:1b".to_owned(), 6 * GIB, 6 * GIB), ("b:1b".to_owned(), 6 * GIB, 4 * GIB)]);
    assert_eq!(names(&fake), ["a:1b", "b:1b"]);
    assert_eq!(names(&fake), ["b:1b"]);
    assert_eq!(fake.memory().used, 4 * GIB);
    fake.assert_never_evicted();

    // Who waits for it gets it whole.
    touch(&fake, "b:1b", json!(0));
    while names(&fake).contains(&"b:1b".to_owned()) {}
    touch(&fake, "a:1b", json!(60));
    assert_eq!(ps(&fake), [("a:1b".to_owned(), 6 * GIB, 6 * GIB)]);
    assert_eq!((fake.swaps(), fake.unloads("a:1b"), fake.unloads("b:1b")), (2, 1, 1));

    // Beside others there is no spilling: somebody is evicted, and there the server looks for itself.
    touch(&fake, "c:1b", json!(60));
    unload();
    touch(&fake, "b:1b", json!(60));
    assert_eq!(evicted(&fake), [pair("c:1b", "b:1b")]);
}

#[test]
fn a_request_that_reaches_a_model_while_it_leaves_can_hang_every_load_until_the_server_is_started_again() {
    let fake = server(10, &[("a:1b", 6), ("b:1b", 1)]).frees_after_polls(1).hangs_on_late_requests().start();
    for late in [true, false] {
        touch(&fake, "a:1b", json!(60));
        touch(&fake, "a:1b", json!(0));
        if !late {
            assert_eq!((names(&fake).len(), names(&fake).len()), (1, 0), "the end was waited for");
        }
        let client = begin(&fake, "a:1b");
        fake.wait_for_memory(|memory| memory.hung == late && (late || memory.loads["a:1b"] == 3));
        drop(client);
        let mut other = begin(&fake, "b:1b");
        if late {
            fake.wait_for_memory(|memory| memory.waiting == 1);
            assert_eq!((Client::new(&fake.host()).get("/api/tags").status, names(&fake).len()), (200, 1), "it looks healthy");
            assert_eq!(names(&fake).len(), 0);
            assert!(fake.memory().hung && fake.loads("b:1b") == 0);
            fake.stop();
            fake.start_again();
        } else {
            assert!(!other.lines().is_empty());
        }
        assert!(!fake.memory().hung);
    }
}

#[test]
#[should_panic(expected = "the server evicted models by itself")]
fn an_eviction_by_the_server_is_told() {
    let fake = server(10, &[("a:1b", 6), ("b:1b", 6)]).start();
    touch(&fake, "a:1b", json!(60));
    touch(&fake, "b:1b", json!(60));
    fake.assert_never_evicted();
}

#[test]
fn a_gate_holds_the_memory_of_models_that_left_and_the_server_waits_where_it_evicts() {
    let gate = Gate::closed();
    let fake = server(10, &[("a:1b", 6), ("b:1b", 6), ("c:1b", 1)]).frees_when(&gate).start();
    touch(&fake, "a:1b", json!(60));
    touch(&fake, "a:1b", json!(0));
    assert_eq!((names(&fake), names(&fake)), (vec!["a:1b".to_owned()], vec!["a:1b".to_owned()]));
    gate.release(1);
    assert_eq!(names(&fake), [] as [&str; 0]);

    touch(&fake, "b:1b", json!(60));
    let mut first = begin(&fake, "a:1b");
    let mut second = begin(&fake, "c:1b");
    let memory = fake.wait_for_memory(|memory| memory.waiting == 2);
    assert_eq!((memory.phase("b:1b"), memory.phase("a:1b"), memory.used), (Some(Phase::Leaving), None, 6 * GIB));
    gate.release(1);
    assert_eq!((first.lines().is_empty(), second.lines().is_empty()), (false, false));
    assert_eq!((evicted(&fake), fake.peak_memory()), (vec![pair("b:1b", "a:1b")], 7 * GIB));
}

#[test]
fn another_window_is_another_load_which_waits_and_makes_room_like_any() {
    let gate = Gate::closed();
    // 128 KiB a token: 4096 tokens are 0.5 GiB, 32768 are 4 GiB.
    let grows = ModelSpec::new("a:8b").size(4 * GIB).script(Script::tokens(["a"]).step_by_step(&gate));
    let fake = server(10, &[("c:1b", 2)]).model(grows).start();
    let ask = |num_ctx: u64| {
        let mut client = Client::new(&fake.host());
        let mut asked = chat("a:8b");
        asked["options"] = json!({ "num_ctx": num_ctx });
        client.ask("/api/chat", &asked);
        client
    };
    touch(&fake, "c:1b", json!(60));
    let mut first = ask(4096);
    fake.wait_for_memory(|memory| memory.busy() == ["a:8b"]);
    let mut second = ask(32_768);
    fake.wait_for_memory(|memory| memory.waiting == 1);
    assert_eq!((fake.loads("a:8b"), fake.loaded_num_ctx("a:8b")), (1, Some(4096)), "not while it answers");
    gate.open();
    first.lines();
    second.lines();
    assert_eq!((fake.loads("a:8b"), fake.loaded_num_ctx("a:8b")), (2, Some(32_768)));
    assert_eq!(ps(&fake), [("a:8b".to_owned(), 8 * GIB, 8 * GIB)]);
    assert_eq!((evicted(&fake), fake.unloads("a:8b")), (vec![pair("c:1b", "a:8b")], 0), "a reload is no eviction");
}

#[test]
fn the_shape_of_a_model_tells_its_kv_cache() {
    let small = ModelSpec::new("phi3:4b").size(GIB).shape(20, 16, 4, 2048).key_length(96).context_length(8192);
    let fake = FakeOllama::builder().memory(40 * GIB).parallel(2).model(small).model("llama3.1:8b").start();
    let mut client = Client::new(&fake.host());
    for (name, family, shape, key, weights) in [
        ("phi3:4b", "phi", [20, 16, 4, 2048, 8192], Some(96), GIB),
        ("llama3.1:8b", "llama", [32, 32, 8, 4096, 131_072], None, 4_800_000_000),
    ] {
        let info = client.post("/api/show", &json!({ "model": name })).json()["model_info"].clone();
        assert_eq!(info["general.architecture"], json!(family));
        let at = |key: &str| info[format!("{family}.{key}")].as_u64();
        let keys = ["block_count", "attention.head_count", "attention.head_count_kv", "embedding_length", "context_length"];
        assert_eq!(keys.map(at), shape.map(Some), "{name}");
        assert_eq!([at("attention.key_length"), at("attention.value_length")], [key, key], "{name}");
        touch(&fake, name, json!(60));
        let head = key.unwrap_or(shape[3] / shape[1]);
        let kv = 2 * shape[0] * shape[2] * head * 4096 * 2;
        let row = ps(&fake).into_iter().find(|row| row.0 == name);
        assert_eq!(row, Some((name.to_owned(), weights + 2 * kv, weights + 2 * kv)), "a cache for each of two requests");
    }
}

#[test]
fn the_end_of_its_time_is_told_and_stays_as_it_was_said_last() {
    let fake = server(10, &[("a:1b", 1)]).start();
    let mut client = Client::new(&fake.host());
    let mut years = || -> Value { json!(client.get("/api/ps").json()["models"][0]["expires_at"].as_str().unwrap()[..4]) };
    touch(&fake, "a:1b", json!(60));
    let now = years();
    touch(&fake, "a:1b", json!(-1));
    let ever = years();
    say(&fake, "a:1b");
    assert!(ever != now && years() == ever, "who says nothing changes nothing: {ever} {now}");
    touch(&fake, "a:1b", json!("10ms"));
    fake.wait_for_memory(|memory| memory.resident("a:1b").is_some_and(|row| row.requests == 0));
    while !ps(&fake).is_empty() {}
    assert_eq!((fake.unloads("a:1b"), fake.evictions().len(), fake.loads("a:1b")), (0, 0, 1), "nobody asked for it");
}
