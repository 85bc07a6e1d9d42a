//! Loads: by which requests, how long they go on, who joins them, and how they end.

use super::{begin, chat, ended, ps, say, touch};
use crate::socket::Client;
use segno_tests::ollama::{Builder, FakeOllama, Gate, ModelSpec, Phase, Script};
use serde_json::{Value, json};

const GIB: u64 = 1 << 30;

/// A server with memory for one of these models.
fn server(model: ModelSpec) -> Builder {
    FakeOllama::builder().memory(8 * GIB).model(model.memory(6 * GIB)).model(ModelSpec::new("other:1b").memory(6 * GIB))
}

#[test]
fn every_route_loads_and_those_without_a_word_answer_in_one_object() {
    let word = json!([{ "role": "user", "content": "hello" }]);
    for (path, asked, one) in [
        ("/api/chat", json!({ "messages": word }), None),
        ("/api/chat", json!({ "messages": [] }), Some("load")),
        ("/api/chat", json!({}), Some("load")),
        ("/api/generate", json!({ "prompt": "hello" }), None),
        ("/api/generate", json!({ "prompt": "" }), Some("load")),
        ("/api/generate", json!({ "keep_alive": "10m" }), Some("load")),
        ("/api/embed", json!({ "input": "a" }), None),
        ("/api/embed", json!({ "input": [] }), None),
    ] {
        let fake = server(ModelSpec::new("a:1b")).start();
        let mut client = Client::new(&fake.host());
        let mut body = asked.clone();
        body["model"] = json!("a:1b");
        body["options"] = json!({ "num_ctx": 2048 });
        client.ask(path, &body);
        match one {
            Some(reason) => {
                let reply = client.reply().json();
                assert_eq!((&reply["done"], &reply["done_reason"]), (&json!(true), &json!(reason)), "{path} {asked}");
            }
            None if path == "/api/embed" => assert_eq!(client.reply().status, 200),
            None => assert_eq!(client.lines().last().unwrap()["done_reason"], json!("stop")),
        }
        fake.wait_for_memory(|memory| memory.busy().is_empty());
        assert_eq!((fake.loads("a:1b"), fake.loaded_num_ctx("a:1b")), (1, Some(2048)), "{path} {asked}");
        let unload = client.post("/api/chat", &json!({ "model": "a:1b", "messages": [], "keep_alive": 0 })).json();
        assert_eq!((&unload["done"], &unload["done_reason"]), (&json!(true), &json!("unload")), "{path} {asked}");
        assert_eq!((ps(&fake), fake.unloads("a:1b"), fake.swaps()), (vec![], 1, 0), "{path} {asked}");
    }
}

#[test]
fn a_model_that_is_not_to_be_kept_goes_with_its_last_answer() {
    let fake = server(ModelSpec::new("a:1b")).start();
    let mut asked = chat("a:1b");
    asked["keep_alive"] = json!(0);
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &asked);
    client.lines();
    fake.wait_for_memory(|memory| memory.residents.is_empty());
    assert_eq!((fake.loads("a:1b"), fake.unloads("a:1b")), (1, 1));
}

#[test]
fn a_load_goes_on_until_its_gate_opens_and_others_join_it() {
    let gate = Gate::closed();
    let fake = server(ModelSpec::new("a:1b").loads_when(&gate)).parallel(2).start();
    let mut first = begin(&fake, "a:1b");
    let memory = fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    assert_eq!((memory.used, memory.busy(), memory.waiting), (6 * GIB, vec!["a:1b"], 0));
    assert_eq!(ps(&fake), [("a:1b".to_owned(), 6 * GIB, 6 * GIB)], "it is shown while it loads");
    let mut second = begin(&fake, "a:1b");
    let mut third = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.waiting == 2);
    gate.release(1);
    let load = |lines: Vec<Value>| lines.last().unwrap()["load_duration"].as_u64().unwrap();
    let durations = [load(first.lines()), load(second.lines()), load(third.lines())];
    assert!(durations[0] > durations[1] && durations[1] == durations[2], "only the first one loaded: {durations:?}");
    assert_eq!((fake.loads("a:1b"), fake.aborted_loads("a:1b")), (1, 0));
}

#[test]
fn a_client_that_leaves_takes_its_load_along_and_who_joined_it_loads_again() {
    let gate = Gate::closed();
    let fake = server(ModelSpec::new("a:1b").loads_when(&gate)).start();
    let first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    drop(first);
    let memory = fake.wait_for_memory(|memory| memory.residents.is_empty());
    assert_eq!((memory.used, fake.loads("a:1b"), fake.aborted_loads("a:1b")), (0, 1, 1));

    let first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    let mut second = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.waiting == 1);
    drop(first);
    fake.wait_for_memory(|memory| memory.waiting == 0 && memory.loads["a:1b"] == 3);
    gate.open();
    assert_eq!(second.lines().last().unwrap()["done_reason"], json!("stop"));
    assert_eq!((fake.loads("a:1b"), fake.aborted_loads("a:1b"), fake.unloads("a:1b")), (3, 2, 0));
}

#[test]
fn a_load_can_fail_and_leaves_nothing_behind() {
    let words = "llama runner process has terminated: cudaMalloc failed: out of memory";
    for (model, error) in [
        (ModelSpec::new("a:1b").runs_out_of_memory(), words),
        (ModelSpec::new("a:1b").fails_to_load("unable to load model: bad magic"), "unable to load model: bad magic"),
    ] {
        let gate = Gate::closed();
        let fake = server(model.loads_when(&gate)).start();
        let mut first = begin(&fake, "a:1b");
        fake.wait_for_memory(|memory| memory.used == 6 * GIB);
        let mut second = begin(&fake, "a:1b");
        fake.wait_for_memory(|memory| memory.waiting == 1);
        gate.open();
        for client in [&mut first, &mut second] {
            let reply = client.reply();
            assert_eq!((reply.status, reply.json()), (500, json!({ "error": error })));
        }
        assert_eq!((fake.memory().used, fake.loads("a:1b"), ps(&fake)), (0, 2, vec![]), "each tried for itself");
        let embed = Client::new(&fake.host()).post("/api/embed", &json!({ "model": "a:1b", "input": "a" }));
        assert_eq!(embed.status, 500);
        fake.add(ModelSpec::new("a:1b").memory(GIB));
        assert_eq!(say(&fake, "a:1b").status, 200);
        assert_eq!(fake.peak_memory(), 6 * GIB);
    }
}

#[test]
fn a_load_that_never_ends_holds_up_all_while_the_server_looks_healthy() {
    let fake = server(ModelSpec::new("a:1b").never_loads()).start();
    let first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    let mut other = begin(&fake, "other:1b");
    fake.wait_for_memory(|memory| memory.waiting == 1);
    let mut client = Client::new(&fake.host());
    assert_eq!((client.get("/api/tags").status, client.get("/api/ps").status), (200, 200));
    assert_eq!(fake.requests_to("/api/chat")[1].status, None);
    drop(first);
    assert_eq!(other.lines().last().unwrap()["done_reason"], json!("stop"), "the load was given up, and its memory is free");
    fake.assert_never_evicted();
}

#[test]
fn who_asks_for_an_unload_has_it_when_the_model_is_idle() {
    let (load, talk) = (Gate::closed(), Gate::closed());
    let script = Script::tokens(["a"]).step_by_step(&talk);
    let fake = server(ModelSpec::new("a:1b").loads_when(&load).script(script)).start();
    assert_eq!(touch(&fake, "a:1b", json!(0)).json()["done_reason"], json!("unload"), "also where there is nothing to unload");
    assert_eq!(fake.unloads("a:1b"), 0);
    let mut first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    let mut unload = Client::new(&fake.host());
    unload.ask("/api/generate", &json!({ "model": "a:1b", "keep_alive": 0 }));
    let seen =
        fake.wait_for(|requests| requests.iter().any(|request| request.at("/keep_alive") == &json!(0) && request.end.is_none()));
    assert_eq!(seen.len(), 3, "it waits for the load");
    load.open();
    assert_eq!(unload.reply().json()["done_reason"], json!("unload"));
    assert_eq!((fake.memory().phase("a:1b"), fake.unloads("a:1b")), (Some(Phase::Loaded), 0), "it still answers");
    talk.open();
    assert_eq!(first.lines().len(), 2);
    fake.wait_for_memory(|memory| memory.residents.is_empty());
    assert_eq!((fake.unloads("a:1b"), fake.evictions().len()), (1, 0));
    fake.wait_for(ended(3));
}

#[test]
fn a_model_that_is_taken_away_leaves_memory_and_lets_its_requests_end() {
    let gate = Gate::closed();
    let fake = server(ModelSpec::new("a:1b").loads_when(&gate)).start();
    let mut first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.phase("a:1b") == Some(Phase::Loading));
    fake.remove("a:1b");
    assert_eq!(fake.memory().used, 0);
    gate.open();
    assert_eq!(first.lines().last().unwrap()["done_reason"], json!("stop"));
    assert_eq!(say(&fake, "a:1b").status, 404);
}

#[test]
fn a_model_that_runs_elsewhere_takes_no_memory() {
    let fake = server(ModelSpec::new("a:1b")).remote("big:cloud", "https://ollama.com:443").start();
    assert_eq!((say(&fake, "big:cloud").status, touch(&fake, "big:cloud", json!(60)).status), (200, 200));
    assert_eq!((ps(&fake), fake.loads("big:cloud"), fake.peak_memory()), (vec![], 0, 0));
}
