//! Questions and answers.

use super::{CHAT, SHOW, TAGS, VERSION, id, ok, row, with_rows};
use crate::backend::ollama::Ollama;
use crate::backend::testing::{Act, Server, pieces, reply, sealed, whole};
use crate::backend::{Backend, BackendError, ChatMessage, ChatRequest, Chunk, Completion, StopReason};
use crate::domain::{BackendId, Image, Location, Purpose, Role, Usage};
use crate::privacy::{Destination, local};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(super) fn request(model: &str) -> ChatRequest {
    let message = |role, content: &str| ChatMessage { role, content: content.into(), images: Vec::new() };
    ChatRequest {
        model: id(model),
        system: "be brief".into(),
        messages: vec![message(Role::User, "hi"), message(Role::Assistant, "yes?"), message(Role::User, "狐 \"x\"")],
        num_ctx: 8192,
        num_predict: 1024,
        format: None,
    }
}

/// Asks model `m:1`, and gives all that comes.
async fn ask(ollama: &Ollama) -> Vec<Result<Chunk, BackendError>> {
    ollama.survey(None).await.unwrap();
    let bytes = ollama.encode(&request("m:1")).unwrap();
    let sealed = local(bytes, ollama.destination(&id("m:1")).unwrap()).unwrap();
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
            Ok(Chunk::Tools(calls)) => calls.iter().for_each(|call| answer += &call.to_string()),
            Ok(Chunk::Done(done)) => end = Some(Ok(done)),
            Err(error) => end = Some(Err(error)),
        }
    }
    (answer, thought, end.expect("no end"))
}

pub(super) fn line(text: &str) -> String {
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
async fn calls_of_tools_come_in_any_line() {
    let call = |content: &str, calls: Value, done: bool| {
        let message = json!({"role": "assistant", "content": content, "tool_calls": calls});
        format!("{}\n", json!({"model": "m:1", "message": message, "done": done, "done_reason": "stop"}))
    };
    let f =
        json!([{"function": {"name": "f", "arguments": {"a": "狐"}}}, {"id": "x", "function": {"name": "g", "arguments": {}}}]);
    let shown = "[tool call: f {\"a\": \"狐\"}][tool call: g {}]";
    for (text, want) in [
        ([call("", f.clone(), false), DONE.to_owned()].concat(), shown.to_owned()),
        (call("", f.clone(), true), shown.to_owned()),
        ([line("one"), call("two", f, false), line("three"), DONE.to_owned()].concat(), format!("onetwo{shown}three")),
        (
            [call("", json!([{"function": {"name": "f", "arguments": "{\"a\":1}"}}]), false), DONE.to_owned()].concat(),
            "[tool call: f {\"a\": 1}]".to_owned(),
        ),
        ([call("a", json!([]), false), call("b", Value::Null, false), DONE.to_owned()].concat(), "ab".to_owned()),
        ([call("a", json!([{}]), false), DONE.to_owned()].concat(), "a[tool call: ? {}]".to_owned()),
    ] {
        for size in [1, 7, text.len()] {
            let server = with_rows(vec![row("m:1")], whole(text.as_bytes().chunks(size))).await;
            let (answer, _, end) = sum(ask(&server.ollama()).await);
            assert!(answer == want && end.is_ok(), "in pieces of {size}: {answer} {end:?}");
        }
    }
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
        ollama.survey(None).await.unwrap();
        let sealed = local(ollama.encode(&request("m:1")).unwrap(), ollama.destination(&id("m:1")).unwrap()).unwrap();
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
    let sealed = |by: &Ollama| local(by.encode(&request("m:1")).unwrap(), by.destination(&id("m:1")).unwrap()).unwrap();
    assert!(matches!(ours.destination(&id("m:1")), Err(BackendError::Unreachable(_))));
    ours.survey(None).await.unwrap();
    theirs.survey(None).await.unwrap();
    assert!(matches!(ours.destination(&id("n:1")), Err(BackendError::NotFound(_))));
    let wrong: Vec<_> = ours.stream(sealed(&theirs)).collect().await;
    assert!(matches!(wrong.as_slice(), [Err(BackendError::Refused(_))]), "{wrong:?}");
    let guide = Destination::in_process(BackendId::guide(), id("m:1"));
    let wrong: Vec<_> = ours.stream(local(bytes::Bytes::new(), guide).unwrap()).collect().await;
    assert!(matches!(wrong.as_slice(), [Err(BackendError::Refused(_))]), "{wrong:?}");
    assert!(!server.asked().contains(&CHAT.to_owned()));
    assert!(!other.asked().contains(&CHAT.to_owned()));
    assert!(sum(ours.stream(sealed(&ours)).collect().await).2.is_ok());
}

#[tokio::test]
async fn a_model_that_moved_away_is_not_sent_to() {
    let moved = AtomicBool::new(false);
    let server = Server::start(move |asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS if moved.swap(true, Ordering::Relaxed) => {
            ok(&json!({"models": [{"name": "m:1", "remote_host": "https://ollama.com"}]}))
        }
        TAGS => ok(&json!({"models": [row("m:1")]})),
        _ => ok(&json!({})),
    })
    .await;
    let ollama = server.ollama();
    ollama.survey(None).await.unwrap();
    let sealed = local(ollama.encode(&request("m:1")).unwrap(), ollama.destination(&id("m:1")).unwrap()).unwrap();
    ollama.survey(None).await.unwrap();
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
        r#"{"keep_alive":"900s","messages":[{"content":"be brief","role":"system"},{"content":"hi","role":"user"},"#,
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

/// Asks `m:1`, which is answered with `chat`; `end` is how [`told`] writes the end.
async fn check(name: &str, chat: Vec<Act>, text: &str, thinking: &str, end: &str) {
    let server = with_rows(vec![row("m:1")], chat).await;
    let (found_text, found_thinking, found_end) = sum(ask(&server.ollama()).await);
    let found = (found_text.as_str(), found_thinking.as_str(), told(&found_end, &server));
    assert_eq!(found, (text, thinking, end.to_owned()), "{name}");
    assert_eq!(server.asked().iter().filter(|r| *r == CHAT).count(), 1, "{name}: asked again");
}

/// An end in one line: the kind and the words, with the server called `ollama`.
fn told(end: &Result<Completion, BackendError>, server: &Server) -> String {
    let kind = match end {
        Ok(done) => return format!("{:?}, prompt {:?}", done.reason, done.usage.prompt_tokens),
        Err(BackendError::Busy { retry_after, .. }) => format!("Busy {retry_after:?}"),
        Err(error) => format!("{error:?}").split('(').next().unwrap_or_default().to_owned(),
    };
    let words = end.as_ref().map_or_else(ToString::to_string, |_| String::new());
    format!("{kind}: {}", words.replace(&format!("ollama at http://{}", server.address), "ollama"))
}

#[tokio::test]
async fn good_endings() {
    let lines = concat!(
        r#"{"message":{"thinking":"hm","content":null},"x":1}"#,
        "\n",
        r#"{"message":{"content":"a"}}"#,
        "\n\n",
        r#"{"done":true,"done_reason":""}"#
    );
    check("thinking", whole([lines.as_bytes()]), "a", "hm", "Stop, prompt None").await;
    let length = "{\"message\":{\"content\":\"a\"},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":3}\r\n";
    check("length", whole([length.as_bytes()]), "a", "", "Length, prompt Some(3)").await;
    let load = r#"{"message":{"content":""},"done":true,"done_reason":"load"}"#;
    check("load", whole([load.as_bytes()]), "", "", "Stop, prompt None").await;
    let after = [line("a").as_bytes(), DONE.as_bytes(), line("b").as_bytes()].concat();
    check("more after the end", whole([&after[..]]), "a", "", "Stop, prompt Some(12)").await;
}

#[tokio::test]
async fn answers_that_break_off() {
    let (a, b) = (line("a"), line("b"));
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let middle = "Broken: ollama ended in the middle of an answer of m:1";
    check("no done", whole([a]), "a", "", middle).await;
    check("nothing", whole([]), "", "", middle).await;
    let half = "Broken: ollama sent what is no answer: {\"message\"";
    check("half a line", whole([&b"{\"message\""[..]]), "", "", half).await;
    let early = "Broken: the connection to ollama broke: it was closed too early";
    check("closed", pieces([a]), "a", "", early).await;
    let reset = [pieces([a]), vec![Act::Reset]].concat();
    check("reset", reset, "a", "", "Broken: the connection to ollama broke: connection reset").await;
    let memory = whole([a, b"{\"error\":\"CUDA error: out of memory\"}\n", b]);
    check("an error line", memory, "a", "", "OutOfMemory: model m:1: out of memory: CUDA error: out of memory").await;
    let garbage = whole([a, b"<html><title>hm</title>\n"]);
    check("garbage", garbage, "a", "", "Broken: ollama sent what is no answer: hm").await;
    let strange = whole([a, b"{\"message\":\"a\"}\n"]);
    check("a strange line", strange, "a", "", "Broken: ollama sent what is no answer: a").await;
}

#[tokio::test]
async fn answers_that_are_refusals() {
    let long = whole([&b"{\"error\":\"the input length exceeds the context length\"}\n"[..]]);
    check("too long, inside", long, "", "", "TooLong: the conversation is too long for the window of model m:1").await;
    let cloud = whole([&br#"{"remote_host":"https://ollama.com","message":{"content":"a"}}"#[..]]);
    let passed = "Refused: ollama listed m:1 as its own, and then passed the conversation on to https://ollama.com";
    check("passed on", cloud, "", "", passed).await;
    let missing = reply("404 Not Found", "", r#"{"error":"model \"m:1\" not found"}"#);
    check("missing", missing, "", "", "NotFound: ollama has no model m:1: model \"m:1\" not found").await;
    let full = reply("503 Service Unavailable", "retry-after: 3\r\n", r#"{"error":"full"}"#);
    check("busy", full, "", "", "Busy Some(3s): ollama has too much to do (status 503): full").await;
}

/// Its answers say where they were made, as the list did.
#[tokio::test]
async fn a_cloud_model_answers_from_where_the_list_says() {
    let row = || json!({"name": "big:1-cloud", "remote_host": "https://ollama.com:443", "remote_model": "big:1"});
    for (host, good) in [("https://ollama.com", true), ("https://elsewhere.example", false)] {
        let said = format!("{}\n{DONE}", json!({"remote_host": host, "message": {"content": "a"}}));
        let server = with_rows(vec![row()], whole([said.as_bytes()])).await;
        let (ollama, model) = (server.ollama(), id("big:1-cloud"));
        ollama.survey(None).await.unwrap();
        let destination = ollama.destination(&model).unwrap();
        assert_eq!(destination.location(), &Location::External("ollama.com".into()));
        let bytes = ollama.encode(&request(model.as_str())).unwrap();
        let (text, _, end) = sum(ollama.stream(sealed(bytes, destination, Purpose::Chat)).collect().await);
        assert_eq!((text.as_str(), end.is_ok()), (if good { "a" } else { "" }, good), "{host}: {end:?}");
        assert!(good || matches!(&end, Err(BackendError::Refused(why)) if why.contains("elsewhere.example")), "{end:?}");
    }
}

/// The list is silent about it before and after.
#[tokio::test]
async fn a_model_that_was_passed_on_is_not_asked_again() {
    let first_text = [line("a"), r#"{"remote_host":"https://ollama.com:443","done":true}"#.to_owned()].concat();
    for said in [
        r#"{"remote_host":"https://ollama.com","message":{"content":"a"}}"#,
        r#"{"remote_model":"big:1","message":{"content":"a"}}"#,
        r#"{"remote_host":"https://ollama.com","error":"too much to do"}"#,
        &first_text,
    ] {
        let server = with_rows(vec![row("m:1"), row("n:1")], whole([said.as_bytes()])).await;
        let ollama = server.ollama();
        let (_, _, end) = sum(ask(&ollama).await);
        assert!(matches!(end, Err(BackendError::Refused(_))), "{said}: {end:?}");
        let cloud = Location::External("ollama.com".into());
        for _ in 0..2 {
            let there = ollama.destination(&id("m:1")).unwrap();
            assert_eq!(there.location(), &cloud, "{said}");
            assert!(local(ollama.encode(&request("m:1")).unwrap(), there).is_err(), "{said}");
            let found = ollama.survey(None).await.unwrap();
            let places: Vec<_> = found.models.into_iter().map(|m| m.location).collect();
            assert_eq!(places, [cloud.clone(), Location::Local], "{said}");
        }
        assert!(matches!(ollama.show(&id("m:1")).await, Err(BackendError::Refused(_))), "{said}");
        // The licences were asked for before it was known.
        let asked = server.asked();
        let count = |what| asked.iter().filter(|r| *r == what).count();
        assert_eq!((count(CHAT), count(SHOW)), (1, 2), "{said}");
    }
}

#[tokio::test]
async fn pictures_go_with_their_message_as_base64() {
    let server = with_rows(vec![row("m:1")], whole([DONE.as_bytes()])).await;
    let ollama = server.ollama();
    let picture = |bytes: &'static [u8]| Image {
        media_type: "image/png".into(),
        width: 1,
        height: 1,
        bytes: bytes::Bytes::from_static(bytes),
    };
    let mut with = request("m:1");
    with.messages[0].images = vec![picture(b"one?>"), picture(b"\xff\xfe")];
    with.messages[2].content = String::new();
    with.messages[2].images = vec![picture(b"three")];
    let want = concat!(
        r#"{"keep_alive":"900s","messages":[{"content":"be brief","role":"system"},{"content":"hi","images":["b25lPz4=","//4="],"role":"user"},"#,
        r#"{"content":"yes?","role":"assistant"},{"content":"","images":["dGhyZWU="],"role":"user"}],"model":"m:1","#,
        r#""options":{"num_ctx":8192,"num_predict":1024},"stream":true,"truncate":false}"#
    );
    assert_eq!(String::from_utf8(ollama.encode(&with).unwrap().to_vec()).unwrap(), want);
    assert_eq!(ollama.encode(&with).unwrap(), ollama.encode(&with).unwrap());
}
