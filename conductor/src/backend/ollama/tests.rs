//! The backend against a server that says what each test wrote.

use super::super::{Backend, BackendError, ChatMessage, ChatRequest, Chunk, Completion, PullStep, StopReason};
use super::testing::{Act, Server, ollama, pieces, reply, whole};
use super::{ModelCard, Ollama};
use crate::domain::{Capabilities, Location, Model, ModelId, Residency, Role, Usage};
use crate::privacy::{location::Remote, seal};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;

const TAGS: &str = "GET /api/tags";
const PS: &str = "GET /api/ps";
const VERSION: &str = "GET /api/version";
const SHOW: &str = "POST /api/show";
const CHAT: &str = "POST /api/chat";
const PULL: &str = "POST /api/pull";

fn ok(body: &Value) -> Vec<Act> {
    reply("200 OK", "content-type: application/json\r\n", &body.to_string())
}

/// A row that leaves nothing open.
fn row(name: &str) -> Value {
    json!({"name": name, "model": name, "size": 7, "digest": name, "capabilities": ["completion", "tools"],
        "details": {"family": "llama", "parameter_size": "8.0B", "quantization_level": "Q4_K_M", "context_length": 131072}})
}

/// A server with the models `rows`; `chat` is what it answers to everything but a survey.
async fn with_rows(rows: Vec<Value>, chat: Vec<Act>) -> Server {
    Server::start(move |asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS => ok(&json!({ "models": rows })),
        PS => ok(&json!({"models": [{"name": "m:1", "size": 100, "size_vram": 60, "context_length": 4096}]})),
        _ => chat.clone(),
    })
    .await
}

fn id(name: &str) -> ModelId {
    ModelId::new(name)
}

fn request(model: &str) -> ChatRequest {
    let message = |role, content: &str| ChatMessage { role, content: content.into() };
    ChatRequest {
        model: id(model),
        system: "be brief".into(),
        messages: vec![message(Role::User, "hi"), message(Role::Assistant, "yes?"), message(Role::User, "狐 \"x\"")],
        num_ctx: 8192,
        num_predict: 1024,
    }
}

/// Asks model `m:1`, and gives all that comes.
async fn ask(ollama: &Ollama) -> Vec<Result<Chunk, BackendError>> {
    ollama.survey().await.unwrap();
    let bytes = ollama.encode(&request("m:1")).unwrap();
    let sealed = seal(bytes, ollama.destination(&id("m:1")).unwrap()).unwrap();
    ollama.stream(sealed).collect().await
}

/// Answer, thinking, and the end.
fn sum(chunks: Vec<Result<Chunk, BackendError>>) -> (String, String, Result<Completion, BackendError>) {
    let (mut answer, mut thought, mut end) = (String::new(), String::new(), None);
    for chunk in chunks {
        assert!(end.is_none(), "something came after the end");
        match chunk {
            Ok(Chunk::Text { text, thinking }) => {
                assert!(!text.is_empty() || !thinking.is_empty(), "an empty piece");
                answer += &text;
                thought += &thinking;
            }
            Ok(Chunk::Done(done)) => end = Some(Ok(done)),
            Err(error) => end = Some(Err(error)),
        }
    }
    (answer, thought, end.expect("no end"))
}

fn line(text: &str) -> String {
    format!("{}\n", json!({"model": "m:1", "message": {"role": "assistant", "content": text}, "done": false}))
}

const DONE: &str = r#"{"message":{"content":""},"done":true,"done_reason":"stop","total_duration":9,"load_duration":1000000,"prompt_eval_count":12,"eval_count":34,"eval_duration":2000000}
"#;

#[tokio::test]
async fn an_answer_in_bytes_of_one_is_the_same_answer() {
    let text = [line("狐狸, "), line("über\n"), DONE.to_owned()].concat();
    let whole_at_once = with_rows(vec![row("m:1")], whole([text.as_bytes()])).await;
    let in_bytes = with_rows(vec![row("m:1")], whole(text.as_bytes().chunks(1))).await;
    let done = Completion {
        reason: StopReason::Stop,
        usage: Usage { prompt_tokens: Some(12), answer_tokens: Some(34) },
        load: Some(Duration::from_millis(1)),
        eval: Some(Duration::from_millis(2)),
    };
    let once = ask(&whole_at_once.ollama()).await;
    assert_eq!(once.len(), 2, "the lines of one read are one piece: {once:?}");
    assert_eq!(sum(once), ("狐狸, über\n".into(), String::new(), Ok(done)));
    assert_eq!(sum(ask(&in_bytes.ollama()).await), ("狐狸, über\n".into(), String::new(), Ok(done)));
}

#[tokio::test]
async fn a_fast_answer_comes_in_few_pieces() {
    let lines: Vec<String> = (0..5000).map(|n| line(&format!("{n} "))).collect();
    let server = with_rows(vec![row("m:1")], whole(lines.iter().map(String::as_bytes).chain([DONE.as_bytes()]))).await;
    let chunks = ask(&server.ollama()).await;
    assert!(chunks.len() < 1000, "{} pieces", chunks.len());
    let (text, _, end) = sum(chunks);
    assert!(end.is_ok() && text.ends_with("4999 "), "{end:?}");
}

#[tokio::test]
async fn endings() {
    let broken = |text: &str| Err(BackendError::Broken(text.to_owned()));
    let done = |reason, prompt_tokens| {
        let usage = Usage { prompt_tokens, answer_tokens: None };
        Ok(Completion { reason, usage, load: None, eval: None })
    };
    let cases: Vec<(&str, Vec<Act>, &str, &str, Result<Completion, BackendError>)> = vec![
        (
            "thinking",
            whole([&br#"{"message":{"thinking":"hm","content":null},"x":1}
{"message":{"content":"a"}}
{"done":true,"done_reason":""}"#[..]]),
            "a",
            "hm",
            done(StopReason::Stop, None),
        ),
        (
            "length",
            whole([
                &b"{\"message\":{\"content\":\"a\"},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":3}\r\n"[..],
            ]),
            "a",
            "",
            done(StopReason::Length, Some(3)),
        ),
        (
            "load",
            whole([&br#"{"message":{"content":""},"done":true,"done_reason":"load"}"#[..]]),
            "",
            "",
            done(StopReason::Stop, None),
        ),
        ("no done", whole([line("a").as_bytes()]), "a", "", broken("ollama at ADDRESS ended in the middle of an answer of m:1")),
        ("half a line", whole([&b"{\"message\""[..]]), "", "", broken("ollama at ADDRESS sent what is no answer: {\"message\"")),
        ("nothing", whole([]), "", "", broken("ollama at ADDRESS ended in the middle of an answer of m:1")),
        (
            "an error line",
            whole([line("a").as_bytes(), b"{\"error\":\"CUDA error: out of memory\"}\n", line("b").as_bytes()]),
            "a",
            "",
            broken("ollama at ADDRESS failed with model m:1: CUDA error: out of memory"),
        ),
        (
            "too long, inside",
            whole([&b"{\"error\":\"the input length exceeds the context length\"}\n"[..]]),
            "",
            "",
            Err(BackendError::TooLong("the conversation is too long for the window of model m:1".into())),
        ),
        (
            "garbage",
            whole([line("a").as_bytes(), b"<html><title>hm</title>\n"]),
            "a",
            "",
            broken("ollama at ADDRESS sent what is no answer: hm"),
        ),
        (
            "cut",
            pieces([line("a").as_bytes()]),
            "a",
            "",
            broken("the connection to ollama at ADDRESS broke: it was closed too early"),
        ),
        (
            "reset",
            [pieces([line("a").as_bytes()]), vec![Act::Reset]].concat(),
            "a",
            "",
            broken("the connection to ollama at ADDRESS broke: connection reset"),
        ),
        (
            "passed on",
            whole([&br#"{"remote_host":"https://ollama.com","message":{"content":"a"}}"#[..]]),
            "",
            "",
            Err(BackendError::Refused(
                "ollama at ADDRESS listed m:1 as its own, and then passed the conversation on to https://ollama.com".into(),
            )),
        ),
        (
            "missing",
            reply("404 Not Found", "", r#"{"error":"model \"m:1\" not found"}"#),
            "",
            "",
            Err(BackendError::NotFound("ollama at ADDRESS has no model m:1: model \"m:1\" not found".into())),
        ),
        (
            "busy",
            reply("503 Service Unavailable", "retry-after: 3\r\n", r#"{"error":"full"}"#),
            "",
            "",
            Err(BackendError::Busy {
                what: "ollama at ADDRESS has too much to do (status 503): full".into(),
                retry_after: Some(Duration::from_secs(3)),
            }),
        ),
    ];
    for (name, chat, text, thinking, end) in cases {
        let server = with_rows(vec![row("m:1")], chat).await;
        let address = format!("http://{}", server.address);
        let end = end.map_err(|e| match e {
            BackendError::Broken(t) => BackendError::Broken(t.replace("ADDRESS", &address)),
            BackendError::Refused(t) => BackendError::Refused(t.replace("ADDRESS", &address)),
            BackendError::NotFound(t) => BackendError::NotFound(t.replace("ADDRESS", &address)),
            BackendError::Busy { what, retry_after } => {
                BackendError::Busy { what: what.replace("ADDRESS", &address), retry_after }
            }
            other => other,
        });
        assert_eq!(sum(ask(&server.ollama()).await), (text.into(), thinking.into(), end), "{name}");
        assert_eq!(server.asked().iter().filter(|r| *r == CHAT).count(), 1, "{name}: asked again");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = with_rows(vec![], vec![]).await;
    let to = format!("location: http://{}/api/chat\r\n", other.address);
    let server = with_rows(vec![row("m:1")], reply("307 Temporary Redirect", &to, "")).await;
    let (_, _, end) = sum(ask(&server.ollama()).await);
    let end = end.unwrap_err();
    assert!(matches!(&end, BackendError::Refused(why) if why.contains(&other.address.to_string())), "{end:?}");
    assert_eq!(other.asked(), [""; 0]);
}

#[tokio::test]
async fn dropping_ends_the_request() {
    for begun in [vec![], pieces([line("a").as_bytes()])] {
        let begins = !begun.is_empty();
        let mut server = with_rows(vec![row("m:1")], [begun, vec![Act::Hang]].concat()).await;
        let ollama = server.ollama();
        ollama.survey().await.unwrap();
        let sealed = seal(ollama.encode(&request("m:1")).unwrap(), ollama.destination(&id("m:1")).unwrap()).unwrap();
        let mut stream = ollama.stream(sealed);
        assert!(!server.asked().contains(&CHAT.to_owned()), "sent before it was polled");
        if begins {
            assert!(stream.next().await.is_some_and(|c| c.is_ok()));
        } else {
            // Polled, and waiting for a first byte that does not come, as while a model is loaded.
            while !server.asked().contains(&CHAT.to_owned()) {
                assert!(stream.next().now_or_never().is_none());
                tokio::task::yield_now().await;
            }
        }
        drop(stream);
        server.closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn only_what_is_sealed_for_this_server_now_is_sent() {
    let server = with_rows(vec![row("m:1")], whole([DONE.as_bytes()])).await;
    let other = with_rows(vec![row("m:1")], whole([DONE.as_bytes()])).await;
    let (ours, theirs) = (server.ollama(), other.ollama());
    let sealed = |by: &Ollama| seal(by.encode(&request("m:1")).unwrap(), by.destination(&id("m:1")).unwrap()).unwrap();
    assert!(matches!(ours.destination(&id("m:1")), Err(BackendError::Unreachable(_))));
    ours.survey().await.unwrap();
    theirs.survey().await.unwrap();
    assert!(matches!(ours.destination(&id("n:1")), Err(BackendError::NotFound(_))));
    let wrong: Vec<_> = ours.stream(sealed(&theirs)).collect().await;
    assert!(matches!(wrong.as_slice(), [Err(BackendError::Refused(_))]), "{wrong:?}");
    let guide = crate::privacy::Destination::in_process(crate::domain::BackendId::guide(), id("m:1"));
    let wrong: Vec<_> = ours.stream(seal(bytes::Bytes::new(), guide).unwrap()).collect().await;
    assert!(matches!(wrong.as_slice(), [Err(BackendError::Refused(_))]), "{wrong:?}");
    assert!(!server.asked().contains(&CHAT.to_owned()));
    assert!(!other.asked().contains(&CHAT.to_owned()));
    assert!(sum(ours.stream(sealed(&ours)).collect().await).2.is_ok());
}

#[tokio::test]
async fn a_model_that_moved_away_is_not_sent_to() {
    let moved = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS if moved.swap(true, std::sync::atomic::Ordering::Relaxed) => {
            ok(&json!({"models": [{"name": "m:1", "remote_host": "https://ollama.com"}]}))
        }
        TAGS => ok(&json!({"models": [row("m:1")]})),
        _ => ok(&json!({})),
    })
    .await;
    let ollama = server.ollama();
    ollama.survey().await.unwrap();
    let sealed = seal(ollama.encode(&request("m:1")).unwrap(), ollama.destination(&id("m:1")).unwrap()).unwrap();
    ollama.survey().await.unwrap();
    let chunks: Vec<_> = ollama.stream(sealed).collect().await;
    assert!(matches!(chunks.as_slice(), [Err(BackendError::Refused(_))]), "{chunks:?}");
    assert!(!server.asked().contains(&CHAT.to_owned()));
    assert!(ollama.destination(&id("m:1")).is_ok_and(|d| *d.location() == Location::External("ollama.com".into())));
}

#[tokio::test]
async fn the_request_holds_what_it_must_and_no_more() {
    let server = with_rows(vec![row("m:1")], whole([DONE.as_bytes()])).await;
    let ollama = server.ollama();
    ask(&ollama).await;
    let sent = server.requests().into_iter().find(|r| r.starts_with(CHAT)).unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(head.contains(&format!("host: {}", server.address)) && head.contains("content-type: application/json"), "{head}");
    assert!(!head.contains("origin:") && !head.contains("referer:"), "{head}");
    let want = concat!(
        r#"{"messages":[{"content":"be brief","role":"system"},{"content":"hi","role":"user"},"#,
        r#"{"content":"yes?","role":"assistant"},{"content":"狐 \"x\"","role":"user"}],"model":"m:1","#,
        r#""options":{"num_ctx":8192,"num_predict":1024},"stream":true,"truncate":false}"#
    );
    assert_eq!(body, want);
    assert_eq!(ollama.encode(&request("m:1")).unwrap(), want.as_bytes());
    let endless = ChatRequest { num_predict: 0, ..request("m:1") };
    assert!(matches!(ollama.encode(&endless), Err(BackendError::Refused(_))));
    let plain = ChatRequest { system: String::new(), messages: vec![], num_predict: u32::MAX, ..request("m:1") };
    let plain: Value = serde_json::from_slice(&ollama.encode(&plain).unwrap()).unwrap();
    assert_eq!((&plain["messages"], &plain["options"]["num_predict"]), (&json!([]), &json!(i32::MAX)));
}

#[tokio::test]
async fn a_survey_tells_what_there_is() {
    let rows = vec![
        row("m:1"),
        json!({"name": "alias:latest", "remote_host": "https://ollama.com:443", "remote_model": "big:1", "capabilities": null}),
        json!({"name": "big:120b-cloud", "details": null}),
        json!({"name": "e:1", "digest": "e", "details": {"family": "bert", "context_length": 512}, "capabilities": ["embedding"]}),
        json!({"name": " "}),
    ];
    let server = with_rows(rows, vec![]).await;
    let ollama = server.ollama();
    let found = ollama.survey().await.unwrap();
    assert_eq!((found.address, found.version), (format!("http://{}", server.address), "0.33.0".to_owned()));
    assert_eq!(ollama.location(), Some(Location::Local));
    let names: Vec<_> = found.models.iter().map(|m| (m.id.as_str(), m.location.word(), m.num_ctx)).collect();
    let want =
        [("alias:latest", "external", 8192), ("big:120b-cloud", "external", 8192), ("e:1", "local", 512), ("m:1", "local", 8192)];
    assert_eq!(names, want);
    let model = Model {
        id: id("m:1"),
        backend: ollama.id(),
        location: Location::Local,
        family: "llama".into(),
        parameters: "8.0B".into(),
        quantization: "Q4_K_M".into(),
        size_bytes: 7,
        trained_context: Some(131_072),
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, tools: true, ..Capabilities::default() },
        resident: Some(Residency { size_bytes: 100, vram_bytes: 60, context: Some(4096) }),
    };
    assert_eq!(found.models[3], model);
    assert!(found.models[2].capabilities.embedding && !found.models[2].capabilities.completion);
    assert_eq!(server.asked(), [PS, TAGS, VERSION], "more was asked than needed");
}

#[tokio::test]
async fn an_older_server_is_asked_for_what_it_does_not_list() {
    let server = Server::start(|asked| match asked {
        VERSION => ok(&json!({"version": "0.5.0"})),
        TAGS => ok(&json!({"models": [
            {"name": "q:1", "digest": "d1", "details": {"family": "qwen2"}},
            {"name": "alias:1", "digest": "d2", "remote_host": "https://ollama.com"},
            {"name": "x:cloud", "digest": "d3"},
        ]})),
        SHOW => ok(&json!({"details": {"family": "qwen2", "parameter_size": "7B"}, "capabilities": ["completion", "thinking"],
            "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 4096},
            "license": ["", "Apache License\n\nVersion 2.0"]})),
        _ => reply("404 Not Found", "", "404 page not found"),
    })
    .await;
    let ollama = server.ollama();
    for _ in 0..2 {
        let found = ollama.survey().await.unwrap();
        let model = found.models.iter().find(|m| m.id == id("q:1")).unwrap();
        let got = (model.family.as_str(), model.trained_context, model.num_ctx, model.capabilities.thinking, model.resident);
        assert_eq!(got, ("qwen", Some(4096), 4096, true, None));
    }
    let shows: Vec<_> = server.requests().into_iter().filter(|r| r.starts_with(SHOW)).collect();
    assert_eq!(shows.len(), 1, "asked twice, or for a model that runs elsewhere: {shows:?}");
    let card = ModelCard {
        family: "qwen".into(),
        parameters: "7B".into(),
        quantization: String::new(),
        trained_context: Some(4096),
        capabilities: Capabilities { completion: true, thinking: true, ..Capabilities::default() },
        licence: "Apache License\nVersion 2.0".into(),
    };
    assert_eq!(ollama.show(&id("q:1")).await, Ok(card));
    for cloud in ["alias:1", "x:cloud"] {
        assert!(matches!(ollama.show(&id(cloud)).await, Err(BackendError::Refused(_))), "{cloud}");
    }
    assert_eq!(server.requests().iter().filter(|r| r.starts_with(SHOW)).count(), 2);
}

#[tokio::test]
async fn what_show_says_of_running_elsewhere_is_believed() {
    let server = Server::start(|asked| match asked {
        VERSION => ok(&json!({"version": "0.12.0"})),
        TAGS => ok(&json!({"models": [{"name": "m:1", "digest": "d"}]})),
        SHOW => ok(&json!({"remote_model": "big:1", "capabilities": ["completion"]})),
        _ => ok(&json!({"models": null})),
    })
    .await;
    let ollama = server.ollama();
    assert_eq!(ollama.survey().await.unwrap().models[0].location, Location::External("ollama.com".into()));
    assert!(seal(bytes::Bytes::new(), ollama.destination(&id("m:1")).unwrap()).is_err());
    assert_ne!(Remote { host: None, model: Some("big:1".into()) }, Remote::default());
}

#[tokio::test]
async fn surveys_that_fail() {
    let page = "<html><title>router</title></html>";
    for (body, status, want) in [
        (page, "404 Not Found", "what answers at ADDRESS is not Ollama"),
        (page, "200 OK", "ollama at ADDRESS answered for api/version as no Ollama does: router"),
        ("", "403 Forbidden", "refused the name"),
        (page, "500 Internal Server Error", "ollama at ADDRESS failed with api/version (status 500): router"),
    ] {
        let server = Server::start(move |_| reply(status, "", body)).await;
        let error = server.ollama().survey().await.unwrap_err().to_string();
        let want = want.replace("ADDRESS", &format!("http://{}", server.address));
        assert!(error.contains(&want), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = ollama(&free.to_string()).survey().await.unwrap_err();
    assert_eq!(error, BackendError::Unreachable(format!("no connection to ollama at http://{free}: connection refused")));
}

#[tokio::test]
async fn a_server_elsewhere_is_not_contacted() {
    // An address for documentation: a connection to it would be answered by nobody until the limit.
    let elsewhere = ollama("192.0.2.1");
    assert_eq!(elsewhere.location(), Some(Location::Network("192.0.2.1".into())));
    let begun = std::time::Instant::now();
    let error = elsewhere.survey().await.unwrap_err();
    assert!(matches!(&error, BackendError::Refused(why) if why.contains("192.0.2.1")), "{error:?}");
    let pulled: Vec<_> = elsewhere.pull(&id("m:1")).collect().await;
    assert!(matches!(pulled.as_slice(), [Err(BackendError::Refused(_))]), "{pulled:?}");
    assert!(matches!(elsewhere.destination(&id("m:1")), Err(BackendError::Unreachable(_))));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(elsewhere.address(), "http://192.0.2.1:11434");
    assert_eq!(ollama("box").location(), None);
}

/// The last step or error of a pull of `m:1`, and all the steps' counts.
async fn pull(lines: &[&str]) -> (Vec<(u64, u64)>, Result<String, BackendError>) {
    let text = lines.iter().map(|l| format!("{l}\n")).collect::<String>();
    let server = Server::start(move |_| whole(text.as_bytes().chunks(7))).await;
    let steps: Vec<Result<PullStep, BackendError>> = server.ollama().pull(&id("m:1")).collect().await;
    let counts = steps.iter().flatten().map(|s| (s.completed, s.total)).collect();
    let sent = server.requests().remove(0);
    assert!(sent.starts_with(PULL) && sent.ends_with(r#"{"model":"m:1","stream":true}"#), "{sent}");
    (counts, steps.into_iter().last().unwrap().map(|s| s.status))
}

#[tokio::test]
async fn pulls() {
    let first = r#"{"status":"pulling manifest"}"#;
    let (counts, end) = pull(&[
        first,
        r#"{"status":"pulling a","digest":"a","total":100}"#,
        r#"{"status":"pulling a","digest":"a","total":100,"completed":60}"#,
        r#"{"status":"pulling a","digest":"a","total":100,"completed":40}"#,
        r#"{"status":"pulling b","digest":"b","total":10,"completed":10}"#,
        r#"{"status":"verifying sha256 digest"}"#,
        r#"{"status":"success"}"#,
        r#"{"status":"never read"}"#,
    ])
    .await;
    assert_eq!(counts, [(0, 0), (0, 100), (60, 100), (60, 100), (70, 110), (70, 110), (70, 110)]);
    assert_eq!(end, Ok("success".into()));

    let (_, end) = pull(&[first, r#"{"error":"pull model manifest: file does not exist"}"#]).await;
    assert!(matches!(&end, Err(BackendError::NotFound(why)) if why.contains("m:1")), "{end:?}");
    let (_, end) = pull(&[first, r#"{"error":"max retries exceeded: lookup registry: no such host"}"#]).await;
    assert!(matches!(&end, Err(BackendError::Broken(why)) if why.contains("no such host")), "{end:?}");
    let (_, end) = pull(&[first]).await;
    assert!(matches!(&end, Err(BackendError::Broken(why)) if why.contains("is kept")), "{end:?}");
    let (_, end) = pull(&["<html>"]).await;
    assert!(matches!(&end, Err(BackendError::Broken(_))), "{end:?}");
}

#[tokio::test]
async fn a_cloud_model_is_not_pulled() {
    let server = Server::start(|_| whole([&b"{\"status\":\"success\"}\n"[..]])).await;
    for name in ["gpt-oss:120b-cloud", "x:cloud"] {
        let steps: Vec<_> = server.ollama().pull(&id(name)).collect().await;
        assert!(matches!(steps.as_slice(), [Err(BackendError::Refused(_))]), "{name}: {steps:?}");
    }
    assert_eq!(server.asked(), [""; 0]);
}
