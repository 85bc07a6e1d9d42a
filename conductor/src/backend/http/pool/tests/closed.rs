//! Connections that the server closed, and requests that fail.

use super::*;
use std::io::{Read, Write};

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_no_request() {
    for line in ["GET /", "POST /"] {
        // Closed by now: once before the client could hear of it, once after it did.
        for heard in [false, true] {
            let mut server = Server::start(|_, _| Does::AnswersAndCloses(KEPT)).await;
            let (pool, client) = server.client(Limits::default());
            for number in 0..20 {
                assert_eq!(ask(server.address, &pool, &client, line).await.unwrap(), "ok", "{line} {heard} {number}");
                assert_eq!(server.closed.recv().await, Some(number));
                for _ in 0..if heard { 100 } else { 0 } {
                    tokio::task::yield_now().await;
                }
            }
            let want: Vec<_> = (0..20).map(|number| (number, line.to_owned())).collect();
            assert_eq!(server.asked(), want, "each was sent once, over a connection of its own");
            let state = pool.state();
            assert_eq!((state.opened, state.reused, state.failed, state.recycled), (20, 0, 0, 0), "{line} {heard}");
        }
    }
}

/// The server takes a request over a connection that was used before, and closes instead of an answer.
async fn check_taken(line: &str, comes_through: bool, asked: &[(usize, &str)], want: &str) {
    let server = Server::start(|number, line| match (number, line) {
        (_, "GET /first") => Does::Answers(KEPT),
        (0, _) => Does::Closes,
        _ => Does::Answers(KEPT),
    })
    .await;
    let (pool, client) = server.client(Limits::default());
    ask(server.address, &pool, &client, "GET /first").await.unwrap();
    let answer = ask(server.address, &pool, &client, line).await;
    assert_eq!(answer.is_ok(), comes_through, "{line}: {answer:?}");
    let asked: Vec<_> = asked.iter().map(|(number, line)| (*number, (*line).to_owned())).collect();
    assert_eq!((server.asked(), told(&pool)), (asked, want.to_owned()), "{line}");
}

#[tokio::test]
async fn what_a_server_took_before_it_closed_is_sent_again_only_if_it_changes_nothing() {
    let lost = "opened 1 reused 0 in_use 0 idle 0 open 0 failed 1 recycled 0";
    check_taken("POST /", false, &[(0, "GET /first"), (0, "POST /")], lost).await;
    let found = "opened 2 reused 0 in_use 0 idle 1 open 1 failed 0 recycled 1";
    check_taken("GET /", true, &[(0, "GET /first"), (0, "GET /"), (1, "GET /")], found).await;
}

#[tokio::test]
async fn what_breaks_over_a_new_connection_is_not_sent_again() {
    for line in ["GET /", "POST /"] {
        let server = Server::start(|_, _| Does::Closes).await;
        let (pool, client) = server.client(Limits::default());
        assert!(ask(server.address, &pool, &client, line).await.is_err());
        assert_eq!(server.asked(), [(0, line.to_owned())]);
        assert_eq!(told(&pool), "opened 1 reused 0 in_use 0 idle 0 open 0 failed 1 recycled 0", "{line}");
    }
}

#[tokio::test]
async fn what_breaks_in_the_middle_of_an_answer_counts_as_failed_once() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok";
    let server = Server::start(move |_, _| Does::AnswersAndCloses(cut)).await;
    let (pool, client) = server.client(Limits::default());
    let mut response = begin(server.address, &pool, &client, "GET /", Lane::Work).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(&b"ok"[..]));
    assert_eq!(pool.state().failed, 0);
    for _ in 0..2 {
        // Whatever is said when it is asked again.
        let _ = response.chunk().await;
    }
    drop(response);
    assert_eq!(told(&pool), "opened 1 reused 0 in_use 0 idle 0 open 0 failed 1 recycled 0");
}

#[tokio::test]
async fn a_server_that_is_not_there_counts_as_failed_and_as_no_connection() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (pool, client) = client_of(gone, Limits::default());
    for line in ["GET /", "POST /"] {
        assert!(ask(gone, &pool, &client, line).await.unwrap_err().is_connect());
    }
    assert_eq!(told(&pool), "opened 0 reused 0 in_use 0 idle 0 open 0 failed 2 recycled 0");
    assert_eq!(pool.state().requests, 2);
}

/// The client's runtime has had no turn since the server closed: it learns of that by looking before it sends.
#[tokio::test]
async fn a_connection_that_was_closed_this_moment_costs_no_request() {
    const TIMES: usize = 20;
    for line in ["GET /", "POST /"] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, closed) = std::sync::mpsc::sync_channel(TIMES);
        let server = std::thread::spawn(move || {
            for socket in listener.incoming().take(TIMES) {
                let mut socket = socket.unwrap();
                let mut request = [0; 4096];
                let mut read = 0;
                // A request in this test ends with its empty line or with its body.
                while !request[..read].ends_with(b"\r\n\r\n") && !request[..read].ends_with(b"body") {
                    read += socket.read(&mut request[read..]).unwrap();
                }
                socket.write_all(KEPT.as_bytes()).unwrap();
                drop(socket);
                tell.send(()).unwrap();
            }
        });
        let (pool, client) = client_of(address, Limits::default());
        for time in 0..TIMES {
            assert_eq!(ask(address, &pool, &client, line).await.unwrap(), "ok", "{line} {time}");
            // Blocks the runtime, so that it cannot have heard.
            closed.recv_timeout(Duration::from_secs(4)).unwrap();
        }
        server.join().unwrap();
        let state = pool.state();
        assert_eq!((state.opened, state.reused, state.failed, state.recycled), (20, 0, 0, 0), "{line}");
    }
}
