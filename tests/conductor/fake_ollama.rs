//! The fake server itself, byte by byte over a plain socket: what the other tests stand on must be right first.

mod loads;
mod memory;
mod queue;

use super::socket::{Client, Reply};
use segno_tests::ollama::{Behaviour, End, FakeOllama, Gate, ModelSpec, PullScript, Recorded, Script};
use serde_json::{Value, json};
use std::io;
use std::net::TcpStream;

fn chat(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

/// A chat that is answered in one object.
fn say(fake: &FakeOllama, model: &str) -> Reply {
    let mut asked = chat(model);
    asked["stream"] = json!(false);
    Client::new(&fake.host()).post("/api/chat", &asked)
}

/// A chat that is asked and not read.
fn begin(fake: &FakeOllama, model: &str) -> Client {
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat(model));
    client
}

/// A request without a word, which loads; with how long the model is to stay, or to unload it.
fn touch(fake: &FakeOllama, model: &str, keep_alive: Value) -> Reply {
    Client::new(&fake.host()).post("/api/generate", &json!({ "model": model, "keep_alive": keep_alive }))
}

/// The rows of `/api/ps`: name, size, bytes of it on the GPU.
fn ps(fake: &FakeOllama) -> Vec<(String, u64, u64)> {
    let ps = Client::new(&fake.host()).get("/api/ps").json();
    let number = |row: &Value, key: &str| row[key].as_u64().unwrap();
    let row = |row: &Value| (row["name"].as_str().unwrap().to_owned(), number(row, "size"), number(row, "size_vram"));
    ps["models"].as_array().unwrap().iter().map(row).collect()
}

/// What a stream says, and how it ends.
fn said(lines: &[Value]) -> (String, String, Value) {
    let all = |key: &str| lines.iter().filter_map(|line| line["message"][key].as_str()).collect::<String>();
    (all("thinking"), all("content"), lines.last().map_or(Value::Null, |line| line["done_reason"].clone()))
}

fn ended(count: usize) -> impl Fn(&[Recorded]) -> bool {
    move |requests| requests.iter().filter(|request| request.end.is_some()).count() >= count
}

#[test]
fn the_lists_say_what_is_there() {
    let fake = FakeOllama::builder()
        .model("llama3.1:8b")
        .model_with("qwen3:4b", Script::says("hi").thinking(["hm"]))
        .remote("gpt-oss:120b-cloud", "https://ollama.com:443")
        .start();
    let mut client = Client::new(&fake.host());
    assert_eq!(client.get("/").body, "Ollama is running");
    assert_eq!(client.get("/api/version").json(), json!({ "version": "0.33.0" }));
    assert_eq!(client.get("/api/status").json()["cloud"]["disabled"], json!(false));
    let tags = client.get("/api/tags").json();
    let row = &tags["models"][0];
    assert_eq!((&row["name"], &row["model"]), (&json!("llama3.1:8b"), &json!("llama3.1:8b")));
    assert_eq!((row["details"]["family"].as_str(), row["details"]["parameter_size"].as_str()), (Some("llama"), Some("8.0B")));
    assert_eq!((row["size"].as_u64(), row["digest"].as_str().unwrap().len()), (Some(4_800_000_000), 64));
    assert!(row["remote_host"].is_null());
    assert_eq!(tags["models"][1]["capabilities"], json!(["completion", "thinking"]));
    assert_eq!(tags["models"][2]["remote_host"], json!("https://ollama.com:443"));
    assert_eq!(tags["models"][2]["remote_model"], json!("gpt-oss:120b"));
    let show = client.post("/api/show", &json!({ "model": "llama3.1:8b" })).json();
    assert_eq!(show["model_info"]["llama.attention.head_count_kv"], json!(8));
    assert_eq!(client.post("/api/show", &json!({ "model": "none" })).status, 404);

    fake.remove("llama3.1:8b");
    fake.add("phi3");
    let names: Vec<Value> =
        client.get("/api/tags").json()["models"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, [json!("qwen3:4b"), json!("gpt-oss:120b-cloud"), json!("phi3:latest")]);
    assert!(fake.requests().iter().all(|request| request.connection == 0), "one connection was kept alive");
}

#[test]
fn an_answer_is_streamed_with_thinking_and_usage() {
    let fake = FakeOllama::builder()
        .model_with("qwen3:4b", Script::tokens(["Hel", "lo"]).thinking(["hm", "m"]).then_says("Again"))
        .start();
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat("qwen3:4b"));
    let lines = client.lines();
    assert_eq!(lines.len(), 5);
    assert_eq!(said(&lines), ("hmm".to_owned(), "Hello".to_owned(), json!("stop")));
    let done = &lines[4];
    assert_eq!((&done["done"], done["eval_count"].as_u64()), (&json!(true), Some(4)));
    assert!(done["total_duration"].as_u64() > done["load_duration"].as_u64());
    let mut quiet = chat("qwen3:4b");
    quiet["think"] = json!(false);
    quiet["options"] = json!({ "num_predict": 1 });
    client.ask("/api/chat", &quiet);
    let lines = client.lines();
    assert_eq!(said(&lines), (String::new(), "Again".to_owned(), json!("stop")));
    assert_eq!(lines[1]["eval_duration"], json!(1000), "a single token");
    quiet["stream"] = json!(false);
    quiet["options"] = json!({ "num_predict": 0 });
    assert_eq!(client.post("/api/chat", &quiet).json()["message"]["content"], json!("Hello"), "0 is no limit");
    client.ask("/api/generate", &json!({ "model": "qwen3:4b", "prompt": "x", "think": false, "options": { "num_predict": 1 } }));
    assert_eq!(client.lines()[0]["response"], json!("Again"));
}

#[test]
fn what_cannot_be_is_refused_as_the_server_does() {
    let fake = FakeOllama::builder()
        .model("llama3.1:8b")
        .model("nomic-embed-text")
        .remote("big:cloud", "https://ollama.com:443")
        .model_with("gone:1b", Behaviour::Missing)
        .model_with("ill:1b", Behaviour::Status(500, r#"{"error":"CUDA error: out of memory"}"#.to_owned()))
        .model_with("away:1b", Behaviour::Redirect("http://127.0.0.1:1/api/chat".to_owned()))
        .model_with("proxy:1b", Behaviour::Html502)
        .model_with("long:1b", Behaviour::TooLong)
        .route_with("/api/status", Behaviour::Status(404, "404 page not found".to_owned()))
        .cloud_disabled()
        .start();
    let mut client = Client::new(&fake.host());
    let with = |model: &str, key: &str, value: Value| {
        let mut asked = chat(model);
        asked[key] = value;
        asked
    };
    for (asked, status, words) in [
        (chat("none:1b"), 404, r#"{"error":"model \"none:1b\" not found"}"#),
        (chat("gone:1b"), 404, "not found"),
        (chat("ill:1b"), 500, "out of memory"),
        (chat("away:1b"), 307, ""),
        (chat("proxy:1b"), 502, "<html>"),
        (chat("big:cloud"), 403, "disabled"),
        (chat("big:cloud:local"), 404, "not found"),
        (chat("nomic-embed-text"), 400, "does not support chat"),
        (json!({ "messages": [] }), 400, "model is required"),
        (with("llama3.1:8b", "think", json!(true)), 400, "does not support thinking"),
        (with("llama3.1:8b", "tools", json!([{}])), 400, "does not support tools"),
        (with("llama3.1:8b", "options", json!({ "num_ctx": "4096" })), 500, "must be of type integer"),
        (chat("long:1b"), 400, "exceeds the available context size"),
    ] {
        let reply = client.post("/api/chat", &asked);
        assert_eq!(reply.status, status, "{asked}: {}", reply.body);
        assert!(reply.body.contains(words), "{asked}: {}", reply.body);
    }
    assert_eq!(client.get("/api/status").status, 404);
    assert_eq!(client.get("/nothing").status, 404);
}

#[test]
fn the_front_door_is_guarded() {
    let fake = FakeOllama::builder().start();
    for (raw, status, words) in [
        ("GET /api/tags HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, ""),
        ("GET /api/tags HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", 403, ""),
        ("GET /api/tags HTTP/1.1\r\nHost: [::1]:11434\r\nOrigin: http://localhost:3000\r\n\r\n", 200, ""),
        ("GET /api/tags HTTP/1.1\r\nHost: 127.0.0.1:11434\r\n\r\n", 200, ""),
        ("GET /api/tags HTTP/1.1\r\n\r\n", 400, ""),
        ("POST //api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", 301, "Location: /api/chat\r\n"),
        ("POST /api/chat HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, ""),
        ("DELETE /api/chat HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, ""),
    ] {
        let mut client = Client::new(&fake.host());
        client.send(raw);
        let reply = client.reply();
        assert_eq!(reply.status, status, "{raw}");
        assert!(reply.head.contains(words), "{raw}: {}", reply.head);
        assert!(status != 403 || reply.body.is_empty(), "{raw}: {}", reply.body);
    }
    let mut client = Client::new(&fake.host());
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(client.head().head.contains("Content-Length: 17\r\n"));
    assert_eq!(client.get("/").body, "Ollama is running", "HEAD brought no body");
    client.send("no http\r\n\r\n");
    assert_eq!(client.head().status, 400);
}

#[test]
fn streams_go_wrong_as_told() {
    let text = ["a", "b", "ç世", "d"];
    let healthy = Some("abç世d");
    for (behaviour, content, reason, end, finish) in [
        (Behaviour::Plain, healthy, json!("stop"), None, End::Finished),
        (Behaviour::SplitUtf8, healthy, json!("stop"), None, End::Finished),
        (Behaviour::OneWrite, healthy, json!("stop"), None, End::Finished),
        (Behaviour::EmptyLines, healthy, json!("stop"), None, End::Finished),
        (Behaviour::UnknownFields, healthy, json!("stop"), None, End::Finished),
        (Behaviour::LengthStop, healthy, json!("length"), None, End::Finished),
        (Behaviour::EmptyAnswer, Some(""), json!("stop"), None, End::Finished),
        (Behaviour::NoDone, Some("ab"), Value::Null, None, End::Finished),
        (Behaviour::ErrorLineMidStream("out of memory".to_owned()), Some("ab"), Value::Null, None, End::Finished),
        (Behaviour::EofMidStream, Some("ab"), Value::Null, Some(io::ErrorKind::UnexpectedEof), End::Cut),
        (Behaviour::GarbageLine, None, Value::Null, None, End::Finished),
        (Behaviour::ResetMidStream, None, Value::Null, Some(io::ErrorKind::ConnectionReset), End::Cut),
    ] {
        let fake = FakeOllama::builder().model_with("m:1b", Script::tokens(text).behaving(behaviour.clone())).start();
        let mut client = Client::new(&fake.host());
        client.ask("/api/chat", &chat("m:1b"));
        assert_eq!(client.head().status, 200);
        let (chunks, error) = client.chunks();
        assert_eq!(error, end, "{behaviour:?}");
        let text = String::from_utf8(chunks.concat()).unwrap();
        let lines: Vec<Result<Value, _>> = text.lines().filter(|line| !line.is_empty()).map(serde_json::from_str).collect();
        assert_eq!(lines.iter().any(Result::is_err), content.is_none(), "{behaviour:?}: {text}");
        let lines: Vec<Value> = lines.into_iter().flatten().collect();
        if let Some(content) = content {
            let (_, said, why) = said(&lines);
            assert_eq!((said.as_str(), why), (content, reason), "{behaviour:?}");
        }
        let longest = chunks.iter().map(Vec::len).max();
        assert_eq!(longest <= Some(7), behaviour == Behaviour::SplitUtf8, "{behaviour:?}");
        assert_eq!(text.contains("{\"error\":\"out of memory\"}"), matches!(behaviour, Behaviour::ErrorLineMidStream(_)));
        fake.wait_for(ended(1));
        assert_eq!(fake.requests()[0].end, Some(finish), "{behaviour:?}");
    }
}

#[test]
fn a_huge_line_comes_whole() {
    let fake =
        FakeOllama::builder().model_with("m:1b", Script::tokens(["a", "b"]).behaving(Behaviour::HugeLine(2_000_000))).start();
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat("m:1b"));
    assert_eq!(said(&client.lines()).1.len(), 2_000_002);
}

#[test]
fn a_gate_holds_back_what_is_not_released() {
    let (first, step) = (Gate::closed(), Gate::closed());
    let script = Script::tokens(["a", "b"]).slow_first_token(&first).step_by_step(&step);
    let fake = FakeOllama::builder().model_with("m:1b", script).start();
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat("m:1b"));
    assert_eq!(fake.wait_for(|requests| requests.len() == 1)[0].status, None);
    first.release(1);
    step.release(1);
    assert_eq!(client.head().status, 200);
    assert!(String::from_utf8(client.chunk().unwrap()).unwrap().contains(r#""content":"a""#));
    assert_eq!(fake.wait_for(|requests| requests[0].lines == 1)[0].end, None);
    step.open();
    assert_eq!(client.chunks().0.len(), 2, "the other piece, and the end");
    assert_eq!(fake.wait_for(ended(1))[0].end, Some(End::Finished));
}

#[test]
fn everything_is_recorded_and_a_client_that_leaves_is_seen() {
    let fake = FakeOllama::builder().model_with("m:1b", Behaviour::Hang).start();
    let mut client = Client::new(&fake.host());
    client.send("POST /api/chat?x=1 HTTP/1.1\r\nHost: localhost\r\nX-Mine: yes\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("a;ext=1\r\n{\"model\":\"\r\n6\r\nm:1b\"}\r\n0\r\nTrailer: t\r\n\r\n");
    let seen = fake.wait_for(|requests| requests.len() == 1);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str(), seen[0].header("x-mine")),
        ("POST", "/api/chat?x=1", Some("yes"))
    );
    assert_eq!((seen[0].body.as_slice(), seen[0].at("/model")), (&br#"{"model":"m:1b"}"#[..], &json!("m:1b")));
    assert_eq!((seen[0].status, seen[0].end), (None, None));
    drop(client);
    assert!(fake.wait_for(ended(1))[0].client_gone());
}

#[test]
fn another_window_loads_again_and_a_long_prompt_is_cut_or_refused() {
    let fake = FakeOllama::builder().model("llama3.1:8b").start();
    let mut client = Client::new(&fake.host());
    let mut ask = |num_ctx: u64, truncate: Option<bool>, content: &str| {
        let mut asked = chat("llama3.1:8b");
        asked["messages"][0]["content"] = json!(content);
        asked["options"] = json!({ "num_ctx": num_ctx });
        asked["truncate"] = json!(truncate);
        asked["stream"] = json!(false);
        let reply = client.post("/api/chat", &asked);
        (reply.status, reply.json())
    };
    let long = "word ".repeat(1000);
    assert_eq!(ask(8192, None, "hi").0, 200);
    assert_eq!(ask(8192, Some(false), &long).0, 200);
    assert_eq!((fake.loads("llama3.1:8b"), fake.loaded_num_ctx("llama3.1:8b")), (1, Some(8192)));
    assert_eq!(ask(256, None, &long).1["prompt_eval_count"], json!(130));
    assert_eq!((fake.loads("llama3.1:8b"), fake.loaded_num_ctx("llama3.1:8b")), (2, Some(256)));
    let (status, refused) = ask(256, Some(false), &long);
    let inner: Value = serde_json::from_str(refused["error"].as_str().unwrap()).unwrap();
    assert_eq!((status, &inner["error"]["n_ctx"], &inner["error"]["n_prompt_tokens"]), (400, &json!(256), &json!(1254)));

    let ps = client.get("/api/ps").json();
    let row = &ps["models"][0];
    assert_eq!((&row["context_length"], &row["size_vram"]), (&json!(256), &row["size"]));
    assert_eq!(row["size"].as_u64(), Some(4_800_000_000 + 256 * 128 * 1024));
    let unload = client.post("/api/chat", &json!({ "model": "llama3.1:8b", "keep_alive": 0 })).json();
    assert_eq!((&unload["done"], &unload["done_reason"]), (&json!(true), &json!("unload")));
    assert_eq!(client.get("/api/ps").json(), json!({ "models": [] }));
    assert_eq!(client.post("/api/chat", &json!({ "model": "llama3.1:8b" })).json()["done_reason"], json!("load"));
    assert_eq!(fake.loaded_num_ctx("llama3.1:8b"), Some(4096));
}

#[test]
fn a_pull_shows_progress_goes_on_and_fails_inside_a_200() {
    let gate = Gate::closed();
    let pull = PullScript::of("phi3:mini").layers([1000, 10]).steps(2).gated(&gate);
    let fake = FakeOllama::builder().pullable(pull).start();
    let mut client = Client::new(&fake.host());
    client.ask("/api/pull", &json!({ "model": "phi3:mini" }));
    assert_eq!(client.head().status, 200);
    gate.release(2);
    let lines: Vec<Value> = (0..3).map(|_| serde_json::from_slice(&client.chunk().unwrap()).unwrap()).collect();
    assert_eq!(lines[0], json!({ "status": "pulling manifest" }));
    assert_eq!((&lines[1]["total"], lines[1].get("completed")), (&json!(1000), None));
    assert_eq!(lines[2]["completed"], json!(500));
    drop(client);
    assert!(fake.wait_for(ended(1))[0].client_gone());
    assert!(fake.models().is_empty());

    gate.open();
    let mut client = Client::new(&fake.host());
    client.ask("/api/pull", &json!({ "model": "phi3:mini" }));
    let lines = client.lines();
    assert_eq!(lines[1]["completed"], json!(500), "it goes on");
    assert_eq!(lines.last(), Some(&json!({ "status": "success" })));
    assert_eq!(fake.models(), ["phi3:mini"]);

    client.ask("/api/pull", &json!({ "model": "nobody" }));
    assert_eq!(
        client.lines(),
        [json!({ "status": "pulling manifest" }), json!({ "error": "pull model manifest: file does not exist" })]
    );
    fake.set_pull(PullScript::of(ModelSpec::new("b:1b")).failing(3, "no space left on device"));
    client.ask("/api/pull", &json!({ "model": "b:1b" }));
    assert_eq!(client.lines().last(), Some(&json!({ "error": "no space left on device" })));
    fake.set_pull(PullScript::of("c:1b").cut_short());
    client.ask("/api/pull", &json!({ "model": "c:1b" }));
    assert_eq!(client.lines().last(), Some(&json!({ "status": "writing manifest" })));
    assert_eq!(fake.models(), ["phi3:mini"]);
}

#[test]
fn it_stops_and_comes_back_on_its_port() {
    let fake = FakeOllama::builder().model_with("m:1b", Behaviour::Hang).stopped();
    assert_eq!(TcpStream::connect(fake.host()).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    fake.start_again();
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat("m:1b"));
    fake.wait_for(|requests| requests.len() == 1);
    fake.stop();
    assert_eq!(client.rest(), b"", "closed in the middle");
    assert!(TcpStream::connect(fake.host()).is_err());
    fake.start_again();
    fake.set("m:1b", Script::says("back"));
    let mut client = Client::new(&fake.host());
    client.ask("/api/chat", &chat("m:1b"));
    assert_eq!(said(&client.lines()).1, "back");
    let port = fake.port();
    drop(fake);
    assert_eq!(FakeOllama::builder().start_on(port).port(), port);
}

#[tokio::test(start_paused = true)]
async fn requests_are_waited_for_without_blocking_the_runtime() {
    use tokio::io::AsyncWriteExt;
    let fake = FakeOllama::builder().start();
    let host = fake.host();
    let client = async {
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream.write_all(b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        stream
    };
    let (seen, _stream) = tokio::join!(fake.seen(|requests| requests.iter().any(|request| request.is("/api/tags"))), client);
    assert_eq!(seen.len(), 1);
}

#[test]
fn embeddings_are_the_same_for_the_same_text() {
    let fake = FakeOllama::builder().model("nomic-embed-text").start();
    let mut client = Client::new(&fake.host());
    let reply =
        client.post("/api/embed", &json!({ "model": "nomic-embed-text", "input": ["a", "b", "a"], "dimensions": 8 })).json();
    let vectors = reply["embeddings"].as_array().unwrap();
    assert_eq!((vectors.len(), vectors[0].as_array().unwrap().len()), (3, 8));
    assert!(vectors[0] == vectors[2] && vectors[0] != vectors[1]);
    let length: f64 = vectors[0].as_array().unwrap().iter().map(|x| x.as_f64().unwrap().powi(2)).sum();
    assert!((length - 1.0).abs() < 1e-9);
    assert_eq!(client.post("/api/embed", &json!({ "model": "none", "input": "a" })).status, 404);
}
