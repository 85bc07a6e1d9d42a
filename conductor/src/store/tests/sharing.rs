//! Several processes on one file, processes that die, and the thread that does the work.

use super::*;
use crate::domain::Doomed;
use futures_util::FutureExt;
use std::collections::BTreeSet;

/// Twenty pieces to an answer, and its end.
async fn answer(store: &Store, id: MessageId, word: &str) {
    for _ in 0..20 {
        store.say(id, word).await;
    }
    store.finish(id, end(&word.repeat(20), "", Status::Complete)).await.unwrap();
}

#[tokio::test]
async fn two_stores_write_one_conversation() {
    let (_folder, path) = place();
    let (a, b) = (Store::open(path.clone()), Store::open(path));
    let of_a = a.begin_turn(ask(None, "first", 1)).await.unwrap();
    let id = of_a.conversation.id;
    let of_b = b.begin_turn(ask(Some(id), "second", 2)).await.unwrap();
    a.say(of_a.answer, "a").await;
    b.say(of_b.answer, "b").await;
    let seen_by_a = [said("a", Status::Streaming), said("b", Status::Interrupted)];
    let seen_by_b = [said("a", Status::Interrupted), said("b", Status::Streaming)];
    assert_eq!((a.answers(id).await, b.answers(id).await), (seen_by_a.to_vec(), seen_by_b.to_vec()));

    // Having been read as interrupted elsewhere takes nothing from an answer that goes on.
    a.say(of_a.answer, "a").await;
    a.finish(of_a.answer, end("aa", "", Status::Complete)).await.unwrap();
    b.finish(of_b.answer, end("b", "", Status::Cancelled)).await.unwrap();
    let ended = [said("aa", Status::Complete), said("b", Status::Cancelled)];
    assert_eq!((a.answers(id).await, b.answers(id).await), (ended.to_vec(), ended.to_vec()));

    // Both at the same time, as fast as they can.
    let (more_a, more_b) =
        (a.begin_turn(ask(Some(id), "3", 3)).await.unwrap(), b.begin_turn(ask(Some(id), "4", 4)).await.unwrap());
    tokio::join!(answer(&a, more_a.answer, "x"), answer(&b, more_b.answer, "y"));
    let all: Vec<_> = b.answers(id).await.into_iter().map(|(text, _)| text).collect();
    assert_eq!(all, ["aa", "b", &"x".repeat(20), &"y".repeat(20)]);
    a.close().await;
    assert_eq!(b.answers(id).await.len(), 4, "one closes, the other goes on");
}

#[tokio::test]
async fn many_make_one_database_at_once() {
    let (_folder, path) = place();
    let stores: Vec<_> = (0..6).map(|_| Store::open(path.clone())).collect();
    let (mut made, mut ids) = (0, BTreeSet::new());
    for store in &stores {
        ids.insert(store.begin_turn(ask(None, "hello", 1)).await.unwrap().conversation.id);
        made += usize::from(store.opened().await.unwrap() == Opened::Created);
    }
    assert_eq!((made, ids.len(), stores[0].conversations(99).await.unwrap().len()), (1, 6, 6));
}

#[tokio::test]
async fn a_process_that_dies_leaves_what_had_come() {
    let (folder, path) = place();
    let store = Store::open(path.clone());
    let whole = store.begin_turn(ask(None, "first", 1)).await.unwrap();
    store.finish(whole.answer, end("whole", "", Status::Complete)).await.unwrap();
    let id = whole.conversation.id;
    let cut = store.begin_turn(ask(Some(id), "second", 2)).await.unwrap();
    store.sign(cut.answer, &signature("llama3.1:8b")).await.unwrap();
    for piece in ["half ", "an ", "ans"] {
        store.say(cut.answer, piece).await;
    }
    // What is on disk at this moment is what a killed process leaves.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(folder.path().join("segno.db-wal"), folder.path().join("copy.db-wal")).unwrap();

    let after = Store::open(copy);
    assert_eq!(after.opened().await, Ok(Opened::Existing));
    assert_eq!(after.latest().await, Ok(Some(id)));
    for _ in 0..2 {
        assert_eq!(after.answers(id).await, [said("whole", Status::Complete), said("half an ans", Status::Interrupted)]);
    }
    assert_eq!(after.messages(id).await[3].signature, Some(signature("llama3.1:8b")));
    let next = after.begin_turn(ask(Some(id), "go on", 3)).await.unwrap();
    assert_eq!(next.conversation.messages, 6);
    assert_eq!(store.answers(id).await[1], said("half an ans", Status::Streaming), "the living one goes on");
}

#[tokio::test]
async fn a_job_that_was_sent_is_done() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let begun = store.begin_turn(ask(None, "go", 1)).await.unwrap();
    let (go, wait) = std::sync::mpsc::sync_channel::<()>(1);
    assert!(store.run(move |_| Ok(wait.recv())).now_or_never().is_none(), "the thread is held");
    let waits = store.append(begun.answer, "kept".to_owned(), String::new()).now_or_never();
    assert!(waits.is_none(), "nobody waits for this one any more");
    let other = store.clone();
    let closing = tokio::spawn(store.close());
    tokio::task::yield_now().await;
    go.send(()).unwrap();
    closing.await.unwrap();
    assert_eq!(other.latest().await, Err(StoreError::Closed));
    other.close().await;
    let store = Store::open(path);
    assert_eq!(store.answers(begun.conversation.id).await, [said("kept", Status::Interrupted)]);
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let (_folder, path) = place();
    let store = Store::open(path);
    store.opened().await.unwrap();
    let (go, wait) = std::sync::mpsc::sync_channel::<()>(1);
    let (held, is_held) = oneshot::channel();
    let hold = move |_: &mut Database| {
        held.send(()).unwrap();
        Ok(wait.recv())
    };
    assert!(store.run(hold).now_or_never().is_none());
    is_held.await.unwrap();
    let mut sent = 0;
    while store.jobs.capacity() > 0 {
        assert!(store.latest().now_or_never().is_none());
        sent += 1;
    }
    assert_eq!(sent, 64);
    let mut one_more = Box::pin(store.latest());
    assert!((&mut one_more).now_or_never().is_none());
    go.send(()).unwrap();
    assert_eq!(one_more.await, Ok(None), "a caller that had to wait is served");
}

#[test]
fn the_thread_ends_with_the_last_handle() {
    let (folder, path) = place();
    let (store, thread) = start(&path, PATIENCE);
    let other = store.clone();
    drop(store);
    assert!(!thread.is_finished());
    drop(other);
    thread.join().unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["segno.db"], "everything is in the one file");
}

#[tokio::test]
async fn one_in_which_another_process_answers_is_neither_deleted_nor_purged() {
    let (_folder, path) = place();
    let (a, b) = (Store::open(path.clone()), Store::open(path));
    let (now, minute) = (clock::now_ms(), 60_000);
    let mut begun = Vec::new();
    for at in [now, now - 29 * minute, now - 31 * minute, now + 31 * minute] {
        begun.push(a.begin_turn(ask(None, "go", at)).await.unwrap());
    }
    let ids: Vec<_> = begun.iter().map(|begun| begun.conversation.id).collect();
    for (id, answering) in ids.iter().zip([true, true, false, false]) {
        let want = if answering { Err(StoreError::Answering(*id)) } else { Ok(*id) };
        assert_eq!(b.delete(*id, now).await.map(|summary| summary.id), want);
    }
    assert_eq!(b.purge(Doomed::One(ids[0]), 9).await, Err(StoreError::Answering(ids[0])));
    assert_eq!(a.purge(Doomed::All, 9).await.unwrap().gone, 0, "it writes all of them itself");
    assert_eq!(b.purge(Doomed::All, 9).await.unwrap(), Purged { gone: 2, more: false }, "what a dead process left goes");
    for one in &begun[..2] {
        a.finish(one.answer, end("done", "", Status::Complete)).await.unwrap();
    }
    assert_eq!(b.purge(Doomed::All, 9).await.unwrap().gone, 2);
}
