//! Who waits for whom: turns with one model, the queue of the server, and what a stop does to both.

use super::{begin, ended, ps, say, touch};
use crate::socket::Client;
use segno_tests::ollama::{Builder, End, FakeOllama, Gate, ModelSpec, Recorded, Script};
use serde_json::json;

const GIB: u64 = 1 << 30;

/// A server with memory, and a model whose answers are two lines that pass the gate.
fn server(gate: &Gate) -> Builder {
    let talks = Script::tokens(["a"]).step_by_step(gate);
    FakeOllama::builder()
        .memory(10 * GIB)
        .model(ModelSpec::new("a:1b").memory(6 * GIB).script(talks))
        .model(ModelSpec::new("b:1b").memory(6 * GIB))
}

fn ends(requests: &[Recorded]) -> Vec<Option<End>> {
    requests.iter().map(|request| request.end).collect()
}

#[test]
fn a_model_answers_one_request_at_a_time_in_the_order_in_which_they_came() {
    let gate = Gate::closed();
    let fake = server(&gate).start();
    let mut clients = Vec::new();
    for waiting in 0..4 {
        clients.push(begin(&fake, "a:1b"));
        fake.wait_for_memory(|memory| {
            memory.waiting == waiting && memory.resident("a:1b").map(|row| row.requests) == Some(waiting + 1)
        });
    }
    // The third one has had enough.
    drop(clients.remove(2));
    fake.wait_for_memory(|memory| memory.waiting == 2);
    let over = Some(End::Finished);
    for (at, expected) in [
        [over, None, Some(End::ClientGone), None],
        [over, over, Some(End::ClientGone), None],
        [over, over, Some(End::ClientGone), over],
    ]
    .into_iter()
    .enumerate()
    {
        gate.release(2);
        let seen = fake.wait_for(ended(at + 2));
        assert_eq!(ends(&seen), expected);
    }
    assert!(clients.iter_mut().all(|client| client.lines().len() == 2));
    assert_eq!((fake.loads("a:1b"), fake.busy().len(), fake.memory().waiting), (1, 0, 0));
}

#[test]
fn more_are_answered_at_the_same_time_where_the_server_is_set_so_or_has_no_memory_to_mind() {
    let gate = Gate::closed();
    let unlimited = FakeOllama::builder().model_with("a:1b", Script::tokens(["a"]).step_by_step(&gate));
    for (fake, waiting) in [(server(&gate).parallel(2).start(), 1), (unlimited.start(), 0)] {
        let gone: Vec<Client> = (0..3).map(|_| begin(&fake, "a:1b")).collect();
        let memory = fake.wait_for_memory(|memory| memory.resident("a:1b").is_some_and(|row| row.requests == 3));
        assert_eq!(memory.waiting, waiting);
        drop(gone);
        fake.wait_for_memory(|memory| memory.busy().is_empty());
    }
}

#[test]
fn a_queue_that_is_full_is_a_503() {
    let gate = Gate::closed();
    let fake = server(&gate).max_queue(1).start();
    let mut first = begin(&fake, "a:1b");
    fake.wait_for_memory(|memory| memory.busy() == ["a:1b"]);
    // Turns with a model in memory are not counted.
    let mut turns = [begin(&fake, "a:1b"), begin(&fake, "a:1b")];
    fake.wait_for_memory(|memory| memory.waiting == 2);
    // One is being scheduled, one waits, and no more may.
    let (mut second, third) = (begin(&fake, "b:1b"), begin(&fake, "b:1b"));
    fake.wait_for_memory(|memory| memory.waiting == 4);
    let words = json!({ "error": "server busy, please try again.  maximum pending requests exceeded" });
    for refused in [say(&fake, "a:1b"), touch(&fake, "b:1b", json!(60))] {
        assert_eq!((refused.status, refused.json()), (503, words.clone()));
    }
    assert_eq!(touch(&fake, "a:1b", json!(0)).status, 200, "an unload is no load");
    drop(third);
    fake.wait_for_memory(|memory| memory.waiting == 3);
    let mut fourth = begin(&fake, "b:1b");
    fake.wait_for_memory(|memory| memory.waiting == 4);
    gate.open();
    assert_eq!([first.lines().len(), turns[0].lines().len(), turns[1].lines().len()], [2; 3]);
    assert!(!second.lines().is_empty() && !fourth.lines().is_empty());
    assert_eq!((fake.loads("a:1b"), fake.loads("b:1b")), (1, 1));
}

#[test]
fn a_stop_drops_what_is_loaded_loading_and_waited_for() {
    let (gate, load) = (Gate::closed(), Gate::closed());
    let slow = ModelSpec::new("c:1b").memory(GIB).loads_when(&load);
    let fake = server(&gate).model(slow).start();
    touch(&fake, "b:1b", json!(-1));
    touch(&fake, "b:1b", json!(0));
    let mut clients = vec![begin(&fake, "a:1b")];
    fake.wait_for_memory(|memory| memory.busy() == ["a:1b"]);
    clients.push(begin(&fake, "c:1b"));
    fake.wait_for_memory(|memory| memory.busy() == ["a:1b", "c:1b"]);
    clients.extend([begin(&fake, "a:1b"), begin(&fake, "b:1b")]);
    fake.wait_for_memory(|memory| memory.waiting == 2);
    fake.stop();
    let memory = fake.memory();
    assert_eq!((memory.residents.len(), memory.used, memory.waiting), (0, 0, 0));
    assert!(clients.iter_mut().all(|client| client.rest().is_empty()), "nobody was answered");
    assert_eq!((memory.evictions.len(), memory.aborted.len(), fake.unloads("a:1b")), (0, 0, 0), "a stop counts for nothing");

    fake.start_again();
    assert_eq!(ps(&fake), []);
    assert_eq!((say(&fake, "b:1b").status, fake.loads("b:1b"), fake.loads("a:1b"), fake.loads("c:1b")), (200, 2, 1, 1));
    gate.open();
    load.open();
    assert_eq!((touch(&fake, "a:1b", json!(60)).status, fake.loads("a:1b")), (200, 2));
}

#[tokio::test(start_paused = true)]
async fn memory_is_waited_for_without_blocking_the_runtime() {
    use tokio::io::AsyncWriteExt;
    let fake = FakeOllama::builder().memory(GIB).model(ModelSpec::new("a:1b").memory(GIB).never_loads()).start();
    let host = fake.host();
    let client = async {
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let asked = r#"{"model":"a:1b"}"#;
        let head = format!("POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", asked.len());
        stream.write_all(format!("{head}{asked}").as_bytes()).await.unwrap();
        stream
    };
    let (memory, _stream) = tokio::join!(fake.seen_memory(|memory| memory.busy() == ["a:1b"]), client);
    assert_eq!(memory.used, GIB);
}
