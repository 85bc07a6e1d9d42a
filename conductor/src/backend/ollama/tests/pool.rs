//! How much a server is asked at once.

use super::chat::{line, request};
use super::{CHAT, PS, TAGS, VERSION, id, ok, row};
use crate::backend::ollama::Ollama;
use crate::backend::testing::{Act, Server, pieces};
use crate::backend::{Backend, BackendError, ChunkStream};
use crate::domain::PoolState;
use crate::privacy::local;
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn question(ollama: &Ollama) -> ChunkStream {
    let sealed = local(ollama.encode(&request("m:1")).unwrap(), ollama.destination(&id("m:1")).unwrap()).unwrap();
    ollama.stream(sealed)
}

/// A server whose answers do not end, and whose model runs elsewhere once the second value is set.
async fn endless() -> (Server, Arc<AtomicBool>) {
    let moved = Arc::new(AtomicBool::new(false));
    let away = Arc::clone(&moved);
    let server = Server::start(move |asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS if away.load(Ordering::Relaxed) => ok(&json!({"models": [{"name": "m:1", "remote_host": "https://ollama.com"}]})),
        TAGS => ok(&json!({"models": [row("m:1")]})),
        PS => ok(&json!({"models": []})),
        CHAT => [pieces([line("a").as_bytes()]), vec![Act::Hang]].concat(),
        _ => ok(&json!({"license": "MIT", "capabilities": ["completion"]})),
    })
    .await;
    (server, moved)
}

fn chats(server: &Server) -> usize {
    server.asked().iter().filter(|asked| *asked == CHAT).count()
}

#[tokio::test]
async fn long_answers_hold_up_each_other_and_no_survey() {
    let (server, moved) = endless().await;
    let ollama = server.ollama();
    assert_eq!(ollama.pool().unwrap().requests, 0, "making one does no I/O");
    ollama.survey(None).await.unwrap();
    let limit = usize::try_from(ollama.pool().unwrap().limit).unwrap();
    let mut streams = Vec::new();
    for _ in 0..limit {
        let mut stream = question(&ollama);
        assert!(stream.next().await.is_some_and(|chunk| chunk.is_ok()));
        streams.push(stream);
    }
    let mut waits = question(&ollama);
    let mut waits_too = question(&ollama);
    assert!(waits.next().now_or_never().is_none() && waits_too.next().now_or_never().is_none());
    let PoolState { waiting, waited, .. } = ollama.pool().unwrap();
    assert_eq!((waiting, waited, chats(&server)), (2, 2, limit));

    assert_eq!(ollama.survey(None).await.unwrap().models.len(), 1, "it has slots of its own");
    assert_eq!(ollama.pool().unwrap().waited, 2);

    streams.pop();
    assert!(waits.next().await.is_some_and(|chunk| chunk.is_ok()));
    assert_eq!(chats(&server), limit + 1);

    // What was sealed is looked at again after the wait: by now the model is not here any longer.
    moved.store(true, Ordering::Relaxed);
    ollama.survey(None).await.unwrap();
    drop(streams);
    let refused = waits_too.next().await;
    assert!(matches!(&refused, Some(Err(BackendError::Refused(why))) if why.contains("m:1")), "{refused:?}");
    assert_eq!(chats(&server), limit + 1);
    let PoolState { waiting, waited, failed, .. } = ollama.pool().unwrap();
    assert_eq!((waiting, waited, failed), (0, 2, 0));
}

#[tokio::test]
async fn a_server_that_is_away_counts_failures() {
    let ollama = crate::backend::testing::ollama("127.0.0.1:1");
    assert!(ollama.survey(None).await.is_err());
    let PoolState { requests, opened, open, failed, .. } = ollama.pool().unwrap();
    assert!(requests > 0 && failed > 0 && failed <= requests && opened == 0 && open == 0, "{requests} {failed} {opened} {open}");
}
