//! A server that keeps its connections, and what the pool makes of it.

mod closed;
mod slots;

use super::*;
use crate::backend::testing::{read_request, route};
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does with a request.
#[derive(Debug, Clone)]
enum Does {
    /// Answers, and keeps the connection.
    Answers(&'static str),
    /// Answers, and closes without having said so.
    AnswersAndCloses(&'static str),
    /// Reads it whole, and closes.
    Closes,
    /// Begins an answer of two pieces, and sends the second when it is told to.
    Pauses,
}

/// An answer that keeps the connection, and its last piece.
const KEPT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const FIRST: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n";
const SECOND: &str = "1\r\nk\r\n0\r\n\r\n";

struct Server {
    address: SocketAddr,
    /// What was asked, each with the number of its connection.
    asked: Arc<Mutex<Vec<(usize, String)>>>,
    /// The numbers of connections that are closed, by whomever.
    closed: mpsc::Receiver<usize>,
    /// Each permit lets one answer that pauses go on.
    go_on: Arc<Semaphore>,
}

impl Server {
    /// What is done hangs on the number of the connection and the first line of the request.
    async fn start(does: impl Fn(usize, &str) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, does, go_on) = (Arc::default(), Arc::new(does), Arc::new(Semaphore::new(0)));
        let (tell, closed) = mpsc::channel(64);
        let (seen, gate) = (Arc::clone(&asked), Arc::clone(&go_on));
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                let (does, seen, gate, tell) = (Arc::clone(&does), Arc::clone(&seen), Arc::clone(&gate), tell.clone());
                tokio::spawn(async move {
                    serve(socket, number, &*does, &seen, &gate).await;
                    tell.send(number).await.unwrap();
                });
            }
        });
        Self { address, asked, closed, go_on }
    }

    fn asked(&self) -> Vec<(usize, String)> {
        self.asked.lock().unwrap().clone()
    }

    fn client(&self, limits: Limits) -> (Pool, Client) {
        client_of(self.address, limits)
    }
}

async fn serve(
    mut socket: TcpStream,
    number: usize,
    does: &(impl Fn(usize, &str) -> Does + Sync),
    seen: &Mutex<Vec<(usize, String)>>,
    gate: &Semaphore,
) {
    socket.set_nodelay(true).unwrap();
    while let Some(request) = read_request(&mut socket).await {
        let line = route(&request).to_owned();
        let does = does(number, &line);
        seen.lock().unwrap().push((number, line));
        match does {
            Does::Answers(bytes) => socket.write_all(bytes.as_bytes()).await.unwrap(),
            Does::AnswersAndCloses(bytes) => return socket.write_all(bytes.as_bytes()).await.unwrap(),
            Does::Closes => return,
            Does::Pauses => {
                socket.write_all(FIRST.as_bytes()).await.unwrap();
                gate.acquire().await.unwrap().forget();
                // Nobody may be there any longer.
                socket.write_all(SECOND.as_bytes()).await.ok();
            }
        }
    }
}

fn client_of(address: SocketAddr, limits: Limits) -> (Pool, Client) {
    let pool = Pool::new(BackendId::ollama(), limits);
    let (host, addresses) = (address.ip().to_string(), [address]);
    let connect = Duration::from_secs(2);
    let target = Target { host: &host, addresses: &addresses, tls: false, connect, loopback_only: true };
    let client = pool.client(target, &Reach::here()).unwrap();
    (pool, client)
}

/// Sends `line` (`GET /a`), and gives the head of what is answered.
async fn begin(server: SocketAddr, pool: &Pool, client: &Client, line: &str, lane: Lane) -> reqwest::Result<Response> {
    let (method, path) = line.split_once(' ').unwrap();
    let url = format!("http://{server}{path}");
    let request = if method == "GET" { client.get(url) } else { client.post(url).body("body") };
    client.send(request, pool.slot(lane).await).await
}

/// What is left of a body.
async fn rest(mut response: Response) -> reqwest::Result<String> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        body.extend_from_slice(&piece);
    }
    Ok(String::from_utf8(body).unwrap())
}

async fn ask(server: SocketAddr, pool: &Pool, client: &Client, line: &str) -> reqwest::Result<String> {
    rest(begin(server, pool, client, line, Lane::Work).await?).await
}

/// The connections: opened, reused, in use, idle, open, failed, recycled.
fn told(pool: &Pool) -> String {
    let PoolState { opened, reused, in_use, idle, open, failed, recycled, .. } = pool.state();
    format!("opened {opened} reused {reused} in_use {in_use} idle {idle} open {open} failed {failed} recycled {recycled}")
}

#[tokio::test]
async fn a_connection_is_reused_where_the_server_keeps_it() {
    for (reply, want) in [
        (KEPT, "opened 1 reused 2 in_use 0 idle 1 open 1"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "opened 1 reused 2 in_use 0 idle 1 open 1"),
        ("HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nok", "opened 1 reused 2 in_use 0 idle 1 open 1"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x, Close\r\n\r\nok", "opened 3 reused 0 in_use 0 idle 0 open 0"),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "opened 3 reused 0 in_use 0 idle 0 open 0"),
    ] {
        let server = Server::start(move |_, _| Does::Answers(reply)).await;
        let (pool, client) = server.client(Limits::default());
        assert!(!pool.state().was_used());
        for line in ["GET /a", "POST /b", "GET /c"] {
            assert_eq!(ask(server.address, &pool, &client, line).await.unwrap(), "ok", "{reply}");
        }
        assert_eq!(told(&pool), format!("{want} failed 0 recycled 0"), "{reply}");
        assert_eq!((pool.state().requests, pool.state().waited), (3, 0));
    }
}

#[tokio::test]
async fn a_connection_is_in_use_until_its_answer_was_read_or_dropped() {
    let mut server = Server::start(|_, _| Does::Pauses).await;
    let (pool, client) = server.client(Limits::default());
    let first = begin(server.address, &pool, &client, "GET /a", Lane::Work).await.unwrap();
    let second = begin(server.address, &pool, &client, "GET /b", Lane::List).await.unwrap();
    assert_eq!(told(&pool), "opened 2 reused 0 in_use 2 idle 0 open 2 failed 0 recycled 0");
    server.go_on.add_permits(2);
    assert_eq!(rest(first).await.unwrap(), "ok");
    assert_eq!(told(&pool), "opened 2 reused 0 in_use 1 idle 1 open 2 failed 0 recycled 0");
    drop(second);
    assert_eq!(told(&pool), "opened 2 reused 0 in_use 0 idle 1 open 1 failed 0 recycled 0");
    drop(client);
    // Without the client nobody keeps anything.
    let mut gone = [server.closed.recv().await, server.closed.recv().await];
    gone.sort_unstable();
    assert_eq!(gone, [Some(0), Some(1)]);
}

#[tokio::test]
async fn connections_are_recycled_by_age_and_by_idleness() {
    let seconds = Duration::from_secs;
    for (steps, recycled) in [
        (&[1, 1][..], 0),
        (&[59, 59, 59], 0),
        (&[60], 1),
        (&[600], 1),
        // Never idle, and too old at the end.
        (&[50; 11], 0),
        (&[50; 12], 1),
        (&[60, 59, 60], 2),
    ] {
        let mut server = Server::start(|_, _| Does::Answers(KEPT)).await;
        let (pool, client) = server.client(Limits { max_age: seconds(600), max_idle: seconds(60), ..Limits::default() });
        ask(server.address, &pool, &client, "GET /").await.unwrap();
        for step in steps {
            pass(seconds(*step)).await;
            ask(server.address, &pool, &client, "POST /").await.unwrap();
        }
        let (opened, reused) = (1 + recycled, steps.len() - recycled);
        let want = format!("opened {opened} reused {reused} in_use 0 idle 1 open 1 failed 0 recycled {recycled}");
        assert_eq!(told(&pool), want, "{steps:?}");
        // Those that were put aside are closed.
        for number in 0..recycled {
            assert_eq!(server.closed.recv().await, Some(number), "{steps:?}");
        }
    }
}

#[tokio::test]
async fn what_is_under_way_outlives_the_recycling_of_its_connection() {
    let server = Server::start(|_, line| if line == "GET /slow" { Does::Pauses } else { Does::Answers(KEPT) }).await;
    let (pool, client) = server.client(Limits::default());
    let slow = begin(server.address, &pool, &client, "GET /slow", Lane::Work).await.unwrap();
    pass(Limits::default().max_age).await;
    assert_eq!(ask(server.address, &pool, &client, "GET /b").await.unwrap(), "ok");
    assert_eq!(told(&pool), "opened 2 reused 0 in_use 1 idle 1 open 2 failed 0 recycled 1");
    server.go_on.add_permits(1);
    assert_eq!(rest(slow).await.unwrap(), "ok");
    // Its connection is one of those that were put aside: it is not kept.
    assert_eq!(told(&pool), "opened 2 reused 0 in_use 0 idle 1 open 1 failed 0 recycled 1");
}

/// Lets time pass without waiting for it.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
