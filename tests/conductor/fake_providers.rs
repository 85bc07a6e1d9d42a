//! The fake providers and the witness themselves, byte by byte over a plain socket: what the other tests stand on must be
//! right first.
#![expect(clippy::unwrap_used, reason = "helpers of tests are outside #[test], and fail as tests do")]

use super::socket::{Client, Reply};
use segno_tests::provider::{Behaviour, Builder, End, FakeProvider, Finish, Gate, Script};
use segno_tests::witness::Witness;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Begins a fake; the path and the headers of a good request to it.
type Kind = (fn() -> Builder, &'static str, &'static str);

/// Both kinds.
fn both() -> [Kind; 2] {
    [
        (FakeProvider::openai, "/v1/chat/completions", "Authorization: Bearer a-key\r\nContent-Type: application/json\r\n"),
        (
            FakeProvider::anthropic,
            "/v1/messages",
            "x-api-key: a-key\r\nanthropic-version: 2023-06-01\r\nContent-Type: application/json\r\n",
        ),
    ]
}

/// A question that streams, good for either.
fn question(model: &str) -> Value {
    json!({ "model": model, "stream": true, "max_tokens": 4096, "messages": [{ "role": "user", "content": "hello" }] })
}

/// The same without what would be refused.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut question = question("m");
    change(&mut question);
    question
}

fn post(fake: &FakeProvider, headers: &str, body: &Value) -> Reply {
    let mut client = Client::new(&fake.host());
    client.ask_with(fake.chat_path(), headers, body);
    client.reply()
}

/// A stream as text, and whether its body ended as it has to.
fn streamed(fake: &FakeProvider, headers: &str, body: &Value) -> (String, bool) {
    let mut client = Client::new(&fake.host());
    client.ask_with(fake.chat_path(), headers, body);
    let head = client.head();
    assert!(head.status == 200 && head.head.contains("text/event-stream"), "{}", head.head);
    let (chunks, error) = client.chunks();
    (String::from_utf8(chunks.concat()).unwrap(), error.is_none())
}

/// The JSON of all events.
fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start);
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// What the events say: answer, thinking, reason for the end.
fn said(text: &str) -> (String, String, String) {
    let mut said = (String::new(), String::new(), String::new());
    for event in events(text) {
        let delta = [&event["choices"][0]["delta"], &event["delta"]].into_iter().find(|delta| delta.is_object());
        let word = |key: &str| delta.and_then(|delta| delta[key].as_str()).unwrap_or_default();
        said.0 += if event["choices"].is_array() { word("content") } else { word("text") };
        said.1 += if event["choices"].is_array() { word("reasoning_content") } else { word("thinking") };
        said.2 += event["choices"][0]["finish_reason"].as_str().unwrap_or_else(|| word("stop_reason"));
    }
    said
}

#[test]
fn an_answer_is_streamed_in_the_providers_events() {
    let script = Script::tokens(["Grüße", ", 世", "界"]).thinking(["hm", " so"]).usage(11, 5);
    for (builder, _, headers) in both() {
        let fake = builder().key("a-key").model_with("m", script.clone()).start();
        let (text, whole) = streamed(&fake, headers, &question("m"));
        let (answer, thinking, reason) = said(&text);
        assert_eq!((answer.as_str(), thinking.as_str(), whole), ("Grüße, 世界", "hm so", true), "{text}");
        let request = &fake.wait_for(|requests| requests.iter().any(|request| request.end == Some(End::Finished)))[0];
        assert_eq!(request.body, question("m").to_string().as_bytes());
        if fake.chat_path() == "/v1/messages" {
            assert_eq!(reason, "end_turn");
            let kinds: Vec<_> = events(&text).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
            let block = |n| ["content_block_start"].into_iter().chain(std::iter::repeat_n("content_block_delta", n));
            let want: Vec<_> = ["message_start", "ping"]
                .into_iter()
                .chain(block(3))
                .chain(["content_block_stop"])
                .chain(block(3))
                .chain(["content_block_stop", "message_delta", "message_stop"])
                .collect();
            assert_eq!(kinds, want);
            assert!(text.starts_with("event: message_start\ndata: {"), "{text}");
            assert_eq!(events(&text)[0].pointer("/message/usage/input_tokens"), Some(&json!(11)));
            assert_eq!(events(&text).iter().find(|e| e["type"] == "message_delta").unwrap()["usage"]["output_tokens"], 5);
        } else {
            assert_eq!(reason, "stop");
            assert!(text.ends_with("data: [DONE]\n\n") && !text.contains("\"usage\""), "{text}");
            let (text, _) = streamed(&fake, headers, &changed(|q| q["stream_options"] = json!({ "include_usage": true })));
            let last = events(&text).pop().unwrap();
            assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(16)));
        }
    }
}

#[test]
fn without_a_stream_it_is_one_object() {
    let script = Script::says("all of it").finish(Finish::Length);
    for (builder, _, headers) in both() {
        let fake = builder().model_with("m", script.clone()).model_with("stubborn", Behaviour::NotStreamed).start();
        let whole = post(&fake, headers, &changed(|q| q["stream"] = json!(false))).json();
        let (text, reason) = match fake.chat_path() {
            "/v1/messages" => (&whole["content"][0]["text"], &whole["stop_reason"]),
            _ => (&whole["choices"][0]["message"]["content"], &whole["choices"][0]["finish_reason"]),
        };
        assert_eq!(text, "all of it");
        assert!(reason == "length" || reason == "max_tokens", "{reason}");
        assert!(post(&fake, headers, &question("stubborn")).json().is_object());
    }
}

#[test]
fn what_a_provider_would_refuse_is_refused() {
    let user = |content: Value| json!([{ "role": "user", "content": content }]);
    let wrong = [
        (changed(|q| q["num_ctx"] = json!(8192)), 400),
        (changed(|q| q["messages"] = json!([])), 400),
        (changed(|q| q["messages"] = user(Value::Null)), 400),
        (changed(|q| q["messages"] = user(json!([]))), 400),
        (changed(|q| q["messages"][0]["role"] = json!("robot")), 400),
        (changed(|q| q["model"] = json!("")), 400),
        (changed(|q| q["max_tokens"] = json!(0)), 400),
        (changed(|q| q["model"] = json!("another")), 404),
    ];
    for (builder, path, headers) in both() {
        let fake = builder().key("a-key").model("m").start();
        for (body, status) in &wrong {
            let reply = post(&fake, headers, body);
            assert_eq!(reply.status, *status, "{path} {body}: {}", reply.body);
            assert!(reply.json()["error"]["message"].is_string(), "{}", reply.body);
        }
        for headers in ["Content-Type: application/json\r\n", &headers.replace("a-key", "another-key")] {
            assert_eq!(post(&fake, headers, &question("m")).status, 401);
        }
        assert_eq!(post(&fake, &headers.replace("application/json", "text/plain"), &question("m")).status, 400);
        assert_eq!(Client::new(&fake.host()).get("/v1/elsewhere").status, 404);
        assert_eq!(Client::new(&fake.host()).get(path).status, 405);
    }
    let (openai, anthropic) = (FakeProvider::openai().model("m").start(), FakeProvider::anthropic().model("m").start());
    let [(.., openai_headers), (.., anthropic_headers)] = both();
    for (fake, headers, body) in [
        (
            &openai,
            openai_headers,
            changed(|q| q["stream"] = json!(false))
                .as_object()
                .map(|q| {
                    let mut q = q.clone();
                    q.insert("stream_options".to_owned(), json!({ "include_usage": true }));
                    Value::Object(q)
                })
                .unwrap(),
        ),
        (
            &openai,
            openai_headers,
            changed(|q| q["messages"] = user(json!([{ "type": "image_url", "image_url": { "url": "iVBOR" } }]))),
        ),
        (&anthropic, anthropic_headers, changed(|q| q["messages"] = user(json!("")))),
        (&anthropic, anthropic_headers, changed(|q| q["messages"] = user(json!([{ "type": "text", "text": "" }])))),
        (&anthropic, anthropic_headers, changed(|q| q["messages"][0]["role"] = json!("system"))),
        (&anthropic, anthropic_headers, changed(|q| q["messages"][0]["role"] = json!("assistant"))),
        (&anthropic, anthropic_headers, changed(|q| q["system"] = json!([{ "type": "text", "text": "" }]))),
        (&anthropic, anthropic_headers, changed(|q| q["thinking"] = json!({ "type": "enabled", "budget_tokens": 4096 }))),
        (&anthropic, &anthropic_headers.replace("2023-06-01", "2021"), question("m")),
    ] {
        assert_eq!(post(fake, headers, &body).status, 400, "{body}");
    }
}

#[test]
fn errors_are_the_providers_own() {
    for (builder, path, headers) in both() {
        let openai = path == "/v1/chat/completions";
        for (behaviour, status, words) in [
            (Behaviour::Status(401), 401, if openai { "invalid_api_key" } else { "authentication_error" }),
            (Behaviour::Status(404), 404, if openai { "model_not_found" } else { "not_found_error" }),
            (Behaviour::Status(413), 413, if openai { "too large" } else { "request_too_large" }),
            (Behaviour::Busy(Some(7)), 429, if openai { "rate_limit_exceeded" } else { "rate_limit_error" }),
            (Behaviour::NoCredit, if openai { 429 } else { 400 }, if openai { "insufficient_quota" } else { "credit balance" }),
            (Behaviour::TooLong, 400, if openai { "context_length_exceeded" } else { "prompt is too long" }),
            (Behaviour::Status(500), 500, if openai { "server_error" } else { "api_error" }),
            (Behaviour::Status(529), 529, "verloaded"),
            (Behaviour::EchoKey(403), 403, "Bearer a-key"),
            (Behaviour::Html502, 502, "<html>"),
            (Behaviour::LoginPage, 200, "<p>"),
            (Behaviour::Raw(418, "X-Pot: tea\r\n".to_owned(), "short".to_owned()), 418, "short"),
        ] {
            let fake = builder().model_with("m", behaviour.clone()).start();
            let reply = post(&fake, headers, &question("m"));
            assert_eq!(reply.status, status, "{path} {behaviour:?}");
            assert!(reply.body.contains(words), "{path} {behaviour:?}: {}", reply.body);
            assert_eq!(reply.head.contains("Retry-After: 7\r\n"), behaviour == Behaviour::Busy(Some(7)));
            assert_eq!(reply.head.contains("X-Pot: tea\r\n"), status == 418);
        }
        let witness = Witness::start();
        let fake = builder().model_with("m", Behaviour::Redirect(format!("{}{path}", witness.url()))).start();
        let reply = post(&fake, headers, &question("m"));
        assert!(reply.status == 307 && reply.head.contains(&format!("Location: {}", witness.url())), "{}", reply.head);
        witness.assert_untouched();
    }
}

#[test]
fn it_ends_as_badly_as_it_is_told_to() {
    let message = || "it broke".to_owned();
    for (builder, path, headers) in both() {
        let last = if path == "/v1/messages" { "message_stop" } else { "[DONE]" };
        for (behaviour, words, ends, whole) in [
            (Behaviour::Plain, "abcd", true, true),
            (Behaviour::SplitUtf8, "abcd", true, true),
            (Behaviour::OneWrite, "abcd", true, true),
            (Behaviour::Noisy, "abcd", true, true),
            (Behaviour::NoLastEvent, "abcd", false, true),
            (Behaviour::EndsEarly, "ab", false, true),
            (Behaviour::ErrorEvent(message()), "ab", false, true),
            (Behaviour::ErrorEventThenEnd(message()), "ab", true, true),
            (Behaviour::EmptyAnswer, "", true, true),
        ] {
            let fake = builder().model_with("m", Script::tokens(["a", "b", "c", "d"]).behaving(behaviour.clone())).start();
            let (text, ended) = streamed(&fake, headers, &question("m"));
            assert_eq!(
                (said(&text).0.as_str(), text.contains(last), ended),
                (words, ends, whole),
                "{path} {behaviour:?}: {text}"
            );
            assert_eq!(text.contains("it broke"), format!("{behaviour:?}").contains("it broke"));
        }
        for behaviour in
            [Behaviour::EofMidStream, Behaviour::ResetMidStream, Behaviour::GarbageEvent, Behaviour::HugeEvent(70_000)]
        {
            let fake = builder().model_with("m", Script::tokens(["a", "b", "c", "d"]).behaving(behaviour.clone())).start();
            let (text, ended) = streamed(&fake, headers, &question("m"));
            let goes_on = matches!(behaviour, Behaviour::GarbageEvent | Behaviour::HugeEvent(_));
            assert_eq!((ended, text.contains(last)), (goes_on, goes_on), "{path} {behaviour:?}: {text}");
        }
    }
}

#[test]
fn a_gate_holds_it_back() {
    for (builder, _, headers) in both() {
        let (first, each) = (Gate::closed(), Gate::closed());
        let script = Script::tokens(["one", "two"]).slow_first_token(&first).step_by_step(&each);
        let fake = builder().model_with("m", script).start();
        let mut client = Client::new(&fake.host());
        client.ask_with(fake.chat_path(), headers, &question("m"));
        assert_eq!(fake.wait_for(|requests| requests.len() == 1)[0].status, None);
        first.open();
        client.head();
        assert_eq!(fake.wait_for(|requests| requests[0].status.is_some())[0].lines, 0);
        each.release(1);
        fake.wait_for(|requests| requests[0].lines == 1);
        drop(client);
        fake.wait_for(|requests| requests[0].client_gone());
    }
}

#[test]
fn models_are_listed_for_those_with_a_key() {
    let names: Vec<String> = (0..23).map(|n| format!("model-{n}")).collect();
    for (builder, _, headers) in both() {
        let fake = names.iter().fold(builder().key("a-key"), |builder, name| builder.model(name)).start();
        let get = |path: &str, headers: &str| {
            let mut client = Client::new(&fake.host());
            client.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"));
            client.reply()
        };
        assert_eq!(get("/v1/models", "").status, 401);
        let mut list = get("/v1/models", headers).json();
        let mut found = list["data"].as_array().unwrap().clone();
        while list["has_more"] == json!(true) {
            let after = list["last_id"].as_str().unwrap().to_owned();
            list = get(&format!("/v1/models?limit=2&after_id={after}"), headers).json();
            found.extend(list["data"].as_array().unwrap().clone());
        }
        assert_eq!(found.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), names);
    }
}

#[test]
fn every_connection_and_every_byte_is_taken_down() {
    let touched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&touched);
    let look = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let fake = FakeProvider::openai().when_touched(look).start();
    let witness = Witness::start();
    fake.assert_untouched();
    witness.assert_untouched();
    // Nothing is sent on it.
    let silent = TcpStream::connect(fake.host()).unwrap();
    assert_eq!(fake.connections().iter().map(|c| c.received.len()).collect::<Vec<_>>(), [0]);
    assert_eq!(touched.load(Ordering::SeqCst), 0, "nothing came on it");
    drop(silent);
    // Half a request, and no HTTP.
    let mut half = Client::new(&fake.host());
    half.send("POST /v1/chat/completions HTTP/1.1\r\nAuthoriz");
    let mut tls = Client::new(&witness.host());
    tls.send("\u{16}\u{3}\u{1}");
    assert_eq!(tls.head().status, 400, "it does not wait for more");
    assert_eq!(witness.connections()[0].received, b"\x16\x03\x01");
    let mut proxied = Client::new(&witness.host());
    proxied.send("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n");
    assert_eq!((proxied.head().status, witness.requests()[0].method.as_str()), (502, "CONNECT"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| witness.assert_untouched())).is_err());
    half.send("ation: Bearer x\r\nContent-Length: 0\r\n\r\n");
    half.reply();
    assert_eq!((fake.connections().len(), fake.requests().len()), (2, 1));
    assert!(fake.connections()[1].received.ends_with(b"Authorization: Bearer x\r\nContent-Length: 0\r\n\r\n"));
    assert!(touched.load(Ordering::SeqCst) >= 1);
    fake.stop();
    assert!(TcpStream::connect(fake.host()).is_err());
    fake.start_again();
    assert_eq!(post(&fake, "Authorization: Bearer x\r\nContent-Type: application/json\r\n", &question("m")).status, 404);
}
