//! The backend against a server that says what each test wrote.

mod chat;
mod embed;
mod limits;
mod memory;
mod pool;

use super::super::testing::{Act, Server, ollama, pass, reply, whole};
use super::super::{Backend, BackendError, PullStep};
use super::ModelCard;
use crate::domain::{Capabilities, Licence, LicenceClass, Location, Model, ModelId, Purpose, Residency};
use crate::privacy::{local, test_pass};
use futures_util::StreamExt;
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

/// A server with the models `rows`, which are under MIT; `chat` is what it answers to everything but a survey.
async fn with_rows(rows: Vec<Value>, chat: Vec<Act>) -> Server {
    Server::start(move |asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS => ok(&json!({ "models": rows })),
        PS => ok(&json!({"models": [{"name": "m:1", "size": 100, "size_vram": 60, "context_length": 4096}]})),
        SHOW => ok(&json!({"license": "MIT", "capabilities": ["completion"]})),
        _ => chat.clone(),
    })
    .await
}

fn id(name: &str) -> ModelId {
    ModelId::new(name)
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
    let found = ollama.survey(None).await.unwrap();
    assert_eq!((found.address.clone(), found.version.clone()), (format!("http://{}", server.address), "0.33.0".to_owned()));
    assert_eq!(found.location, Location::Local);
    let names: Vec<_> = found.models.iter().map(|m| (m.id.as_str(), m.location.word(), m.num_ctx)).collect();
    let want =
        [("alias:latest", "external", 8192), ("big:120b-cloud", "external", 8192), ("e:1", "local", 512), ("m:1", "local", 8192)];
    assert_eq!(names, want);
    let model = Model {
        // It may come after the first list.
        licence: found.models[3].licence.clone(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
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
        resident: Some(Residency { size_bytes: 100, vram_bytes: 60, context: Some(4096), expires_ms: None }),
    };
    assert_eq!(found.models[3], model);
    assert!(found.models[2].capabilities.embedding && !found.models[2].capabilities.completion);
    let asked: Vec<_> = server.asked().into_iter().filter(|asked| asked != SHOW).collect();
    assert_eq!(asked, [PS, TAGS, VERSION], "more was asked than needed");
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
        let found = ollama.survey(None).await.unwrap();
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
        licence: Licence { class: LicenceClass::Permissive, name: "Apache-2.0".into() },
        kv_bytes_per_token: None,
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
    assert_eq!(ollama.survey(None).await.unwrap().models[0].location, Location::External("ollama.com".into()));
    assert!(local(bytes::Bytes::new(), ollama.destination(&id("m:1")).unwrap()).is_err());
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
        let error = server.ollama().survey(None).await.unwrap_err().to_string();
        let want = want.replace("ADDRESS", &format!("http://{}", server.address));
        assert!(error.contains(&want), "{error}");
    }
}

#[tokio::test]
async fn a_name_for_this_machine_is_this_machine() {
    let server = with_rows(vec![row("m:1")], vec![]).await;
    let named = ollama(&format!("http://localhost:{}/", server.address.port()));
    let found = named.survey(None).await.unwrap();
    assert_eq!((found.models.len(), found.location), (1, Location::Local));
    assert!(server.requests().iter().all(|r| r.contains(&format!("localhost:{}\r\n", server.address.port()))));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = ollama(&free.to_string()).survey(None).await.unwrap_err();
    assert_eq!(error, BackendError::Unreachable(format!("no connection to ollama at http://{free}: connection refused")));
}

#[tokio::test]
async fn a_server_elsewhere_is_not_contacted() {
    // An address for documentation, and a name that nobody has: neither is connected to, nor is the name looked up.
    for host in ["192.0.2.1", "box.invalid"] {
        let elsewhere = ollama(host);
        let begun = std::time::Instant::now();
        let found = elsewhere.survey(None).await.unwrap();
        assert_eq!((found.location, found.models), (Location::Network(host.into()), vec![]));
        let pulled: Vec<_> = elsewhere.pull(&id("m:1"), test_pass(Purpose::Pull)).collect().await;
        assert!(matches!(pulled.as_slice(), [Err(BackendError::Refused(why))] if why.contains("no leave")), "{pulled:?}");
        assert!(matches!(elsewhere.destination(&id("m:1")), Err(BackendError::Unreachable(_))));
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(elsewhere.address(), format!("http://{host}:11434"));
        let to = elsewhere.contact(Purpose::ModelList).unwrap();
        assert_eq!(
            (to.target(), to.location()),
            (&*format!("GET http://{host}:11434/api/tags"), &Location::Network(host.into()))
        );
    }
}

/// Checks that a survey with a pass for `to` is refused, and why.
async fn check_refused(host: &str, to: &str, want: &str) {
    let destination = ollama(to).contact(Purpose::ModelList).unwrap();
    let error = ollama(host).survey(Some(pass(destination, Purpose::ModelList))).await.unwrap_err();
    assert!(matches!(&error, BackendError::Refused(why) if why.contains(want)), "{host} with leave for {to}: {error:?}");
}

#[tokio::test]
async fn a_pass_is_for_one_place_and_no_way_around_the_switch() {
    check_refused("192.0.2.1", "192.0.2.2", "the leave is for network (192.0.2.2)").await;
    check_refused("box.invalid", "other.invalid", "the leave is for network (other.invalid)").await;
    check_refused("192.0.2.1", "192.0.2.1", "SEGNO_LOOPBACK_ONLY").await;
    check_refused("box.invalid", "box.invalid", "SEGNO_LOOPBACK_ONLY").await;
}

#[tokio::test]
async fn a_name_counts_as_elsewhere_until_it_was_looked_up() {
    let server = with_rows(vec![row("m:1")], whole([&br#"{"status":"success"}"#[..]])).await;
    let named = ollama(&format!("box.loopback.test:{}", server.address.port()));
    let found = named.survey(None).await.unwrap();
    assert_eq!((found.location, found.models), (Location::Network("box.loopback.test".into()), vec![]));
    assert_eq!(server.asked(), [""; 0]);
    let leave = pass(named.contact(Purpose::ModelList).unwrap(), Purpose::ModelList);
    for leave in [Some(leave), None] {
        let found = named.survey(leave).await.unwrap();
        assert_eq!((found.location, found.models.len()), (Location::Local, 1));
    }
    assert!(named.destination(&id("m:1")).is_ok_and(|to| to.location().is_local()));
    assert_eq!(named.contact(Purpose::ModelList), None);
    assert!(named.pull(&id("m:1"), test_pass(Purpose::Pull)).next().await.unwrap().is_ok());
}

/// The last step or error of a pull of `m:1`, and all the steps' counts.
async fn pull(lines: &[&str]) -> (Vec<(u64, u64)>, Result<String, BackendError>) {
    let text = lines.iter().map(|l| format!("{l}\n")).collect::<String>();
    let server = Server::start(move |_| whole(text.as_bytes().chunks(7))).await;
    let steps: Vec<Result<PullStep, BackendError>> = server.ollama().pull(&id("m:1"), test_pass(Purpose::Pull)).collect().await;
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
        let steps: Vec<_> = server.ollama().pull(&id(name), test_pass(Purpose::Pull)).collect().await;
        assert!(matches!(steps.as_slice(), [Err(BackendError::Refused(_))]), "{name}: {steps:?}");
    }
    assert_eq!(server.asked(), [""; 0]);
}
