//! Vectors of texts.

use super::{CHAT, id, ok, row, with_rows};
use crate::backend::ollama::Ollama;
use crate::backend::testing::{Act, reply};
use crate::backend::{Backend, BackendError, EmbedRequest};
use crate::domain::Location;
use crate::privacy::local;
use futures_util::StreamExt;
use serde_json::{Value, json};

const EMBED: &str = "POST /api/embed";

fn request(texts: &[&str]) -> EmbedRequest {
    EmbedRequest { model: id("e:1"), texts: texts.iter().map(|text| (*text).to_owned()).collect(), num_ctx: 0 }
}

/// What comes of asking for the vectors of `a` and `b`.
async fn embed(ollama: &Ollama) -> Result<Vec<Vec<f32>>, BackendError> {
    ollama.survey(None).await.unwrap();
    let bytes = ollama.encode_embed(&request(&["a", "b"])).unwrap();
    ollama.embed(local(bytes, ollama.embed_destination(&id("e:1")).unwrap()).unwrap()).await
}

async fn answered(acts: Vec<Act>) -> Result<Vec<Vec<f32>>, BackendError> {
    embed(&with_rows(vec![row("e:1")], acts).await.ollama()).await
}

#[tokio::test]
async fn texts_go_as_they_are_and_vectors_come_as_they_are() {
    let server = with_rows(vec![row("e:1")], ok(&json!({"model": "e:1", "embeddings": [[0.5, -1], [0.1, 1e-9]]}))).await;
    let ollama = server.ollama();
    assert_eq!(embed(&ollama).await, Ok(vec![vec![0.5, -1.0], vec![0.1, 1e-9]]));
    let sent = server.requests().into_iter().find(|request| request.starts_with(EMBED)).unwrap();
    assert!(
        sent.ends_with("\r\n\r\n{\"input\":[\"a\",\"b\"],\"keep_alive\":\"900s\",\"model\":\"e:1\",\"truncate\":false}"),
        "{sent}"
    );
    // A model that is asked questions too is asked with their window.
    let bytes = ollama.encode_embed(&EmbedRequest { num_ctx: 8192, ..request(&["a"]) }).unwrap();
    let want = json!({"input": ["a"], "keep_alive": "900s", "model": "e:1", "options": {"num_ctx": 8192}, "truncate": false});
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), want);
    let destination = ollama.embed_destination(&id("e:1")).unwrap();
    assert_eq!(destination.target(), format!("POST http://{}/api/embed", server.address));
}

#[tokio::test]
async fn what_are_no_vectors_is_no_answer() {
    for (body, want) in [
        (json!({"embeddings": [[1.0]]}), "sent 1 vectors for 2 texts"),
        (json!({"embeddings": [[1], [2], [3]]}), "sent 3 vectors for 2 texts"),
        (json!({"embeddings": []}), "sent 0 vectors for 2 texts"),
        (json!({"embeddings": [[], []]}), "sent a vector without numbers"),
        (json!({"embeddings": [[1, 2], [1]]}), "sent vectors of different lengths"),
        (json!({"embeddings": [[1], []]}), "sent vectors of different lengths"),
        (json!({"embeddings": [[1], [1e300]]}), "not finite"),
        (json!({"embeddings": [[1], [null]]}), "sent what are no vectors"),
        (json!({"embeddings": [[1], ["1"]]}), "sent what are no vectors"),
        (json!({"embeddings": null}), "sent what are no vectors"),
        (json!({"embedding": [1]}), "sent what are no vectors"),
        (json!({"error": "it broke"}), "sent what are no vectors: it broke"),
        (Value::Null, "sent what are no vectors"),
    ] {
        match answered(ok(&body)).await {
            Err(BackendError::Broken(why)) => assert!(why.contains(want), "{body}: {why}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    let torn = answered(reply("200 OK", "content-length: 900\r\n", r#"{"embeddings":[[1"#)).await;
    assert!(matches!(torn, Err(BackendError::Broken(_))), "{torn:?}");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let much = format!("{{\"embeddings\":[[{}", "0.123456789,".repeat(3_000_000));
    let error = answered(reply("200 OK", "", &much)).await.unwrap_err();
    assert!(matches!(&error, BackendError::Broken(why) if why.contains("more than")), "{error:?}");
}

#[tokio::test]
async fn refusals_are_told_by_their_status() {
    for (status, body, want) in [
        ("400 Bad Request", r#"{"error":"the input length exceeds the context length"}"#, "TooLong: a text is too long for"),
        ("404 Not Found", r#"{"error":"model \"e:1\" not found, try pulling it first"}"#, "NotFound: "),
        ("501 Not Implemented", r#"{"error":"This server does not support embeddings"}"#, "Broken: "),
        ("503 Service Unavailable", r#"{"error":"queue full"}"#, "Busy: "),
        ("307 Temporary Redirect", "", "Refused: "),
    ] {
        let error = answered(reply(status, "location: http://192.0.2.1/api/embed\r\n", body)).await.unwrap_err();
        let kind = format!("{error:?}").split(['(', ' ']).next().unwrap_or_default().to_owned();
        assert!(format!("{kind}: {error}").starts_with(want), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn texts_that_were_passed_on_are_found_out() {
    let body = json!({"embeddings": [[1], [2]], "remote_host": "https://ollama.com:443", "remote_model": "e"});
    let ollama = with_rows(vec![row("e:1")], ok(&body)).await.ollama();
    let error = embed(&ollama).await.unwrap_err();
    assert!(matches!(&error, BackendError::Refused(why) if why.contains("https://ollama.com:443")), "{error:?}");
    let now = ollama.embed_destination(&id("e:1")).unwrap();
    assert_eq!(now.location(), &Location::External("ollama.com".into()), "it stays known");
}

#[tokio::test]
async fn a_seal_for_questions_is_none_for_texts() {
    let server = with_rows(vec![row("e:1")], ok(&json!({"embeddings": [[1], [2]]}))).await;
    let ollama = server.ollama();
    ollama.survey(None).await.unwrap();
    let bytes = || ollama.encode_embed(&request(&["a", "b"])).unwrap();
    let for_questions = local(bytes(), ollama.destination(&id("e:1")).unwrap()).unwrap();
    assert!(matches!(ollama.embed(for_questions).await, Err(BackendError::Refused(_))));
    let for_texts = local(bytes(), ollama.embed_destination(&id("e:1")).unwrap()).unwrap();
    let chunks: Vec<_> = ollama.stream(for_texts).collect().await;
    assert!(matches!(chunks.as_slice(), [Err(BackendError::Refused(_))]), "{chunks:?}");
    assert!(!server.asked().iter().any(|asked| asked == EMBED || asked == CHAT), "{:?}", server.asked());
}
