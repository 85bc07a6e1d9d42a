//! Models into memory and out of it: what is sent, and what the answers mean.

use super::{id, ok, row, with_rows};
use crate::backend::testing::{Act, reply};
use crate::backend::{Backend, BackendError};
use serde_json::json;

const GENERATE: &str = "POST /api/generate";

/// What is sent, and what comes of it, where the server answers with `acts`.
async fn asked(what: &str, acts: Vec<Act>) -> (String, Result<(), BackendError>) {
    let server = with_rows(vec![row("m:1")], acts).await;
    let ollama = server.ollama();
    ollama.survey(None).await.unwrap();
    let result = match what {
        "load" => ollama.load(&id("m:1"), 8192).await,
        "unload" => ollama.unload(&id("m:1")).await,
        "probe" => ollama.probe(&id("m:1"), 8192).await,
        other => panic!("{other}"),
    };
    let sent = server.requests().into_iter().find(|request| request.starts_with(GENERATE)).unwrap_or_default();
    (sent.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()), result)
}

#[tokio::test]
async fn each_says_its_model_and_no_word_of_the_users() {
    for (what, body) in [
        ("load", r#"{"keep_alive":"900s","model":"m:1","options":{"num_ctx":8192},"stream":false}"#),
        ("unload", r#"{"keep_alive":0,"model":"m:1","stream":false}"#),
        (
            "probe",
            r#"{"keep_alive":"900s","model":"m:1","options":{"num_ctx":8192,"num_predict":1},"prompt":"Hi","stream":false,"truncate":false}"#,
        ),
    ] {
        let done = ok(&json!({"model": "m:1", "response": "", "done": true, "done_reason": "load"}));
        assert_eq!(asked(what, done).await, (body.to_owned(), Ok(())), "{what}");
    }
}

#[tokio::test]
async fn one_for_vectors_alone_is_loaded_by_asking_for_none() {
    let server = with_rows(vec![row("m:1")], ok(&json!({"model": "m:1", "embeddings": []}))).await;
    let ollama = server.ollama();
    ollama.survey(None).await.unwrap();
    assert_eq!(ollama.load(&id("m:1"), 0).await, Ok(()));
    let sent = server.requests().into_iter().find(|request| request.starts_with("POST /api/embed")).unwrap();
    assert!(sent.ends_with("\r\n\r\n{\"input\":[],\"keep_alive\":\"900s\",\"model\":\"m:1\"}"), "{sent}");
}

#[tokio::test]
async fn what_the_server_says_of_it() {
    let json = |value: serde_json::Value| ok(&value);
    for (name, acts, kind) in [
        ("not done", json(json!({"model": "m:1", "done": false})), "Broken"),
        ("an error with a good status", json(json!({"error": "CUDA error: out of memory"})), "OutOfMemory"),
        (
            "out of memory",
            reply("500 Internal Server Error", "", r#"{"error":"model requires more system memory (9 GiB) than is available"}"#),
            "OutOfMemory",
        ),
        ("gone", reply("404 Not Found", "", r#"{"error":"model 'm:1' not found"}"#), "NotFound"),
        ("full", reply("503 Service Unavailable", "", r#"{"error":"server busy"}"#), "Busy"),
        ("garbage", reply("200 OK", "", "hello"), "Broken"),
        ("it dies", vec![Act::Reset], "Broken"),
    ] {
        let (_, result) = asked("load", acts).await;
        let found = format!("{:?}", result.unwrap_err());
        assert!(found.starts_with(kind), "{name}: {found}");
    }
}

#[tokio::test]
async fn what_runs_elsewhere_is_in_no_memory_here_and_is_not_named_to_the_server() {
    let mut cloud = row("m:1");
    cloud["remote_host"] = json!("https://ollama.com:443");
    let server = with_rows(vec![cloud], Vec::new()).await;
    let ollama = server.ollama();
    ollama.survey(None).await.unwrap();
    for result in [ollama.load(&id("m:1"), 8192).await, ollama.unload(&id("m:1")).await, ollama.probe(&id("m:1"), 8192).await] {
        assert!(matches!(result, Err(BackendError::Refused(_))), "{result:?}");
    }
    assert!(server.requests().iter().all(|request| !request.starts_with(GENERATE)));
}
