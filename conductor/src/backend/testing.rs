//! A server for the tests of this folder: says what the test wrote, byte for byte, and remembers what it was asked. And
//! leave to contact one, got as the session gets it.

use super::Wiring;
use super::ollama::Ollama;
use crate::config::{Config, OllamaSettings, SecondOpinion, Timeouts};
use crate::domain::{BackendId, Contents, LedgerSeq, Purpose, RequestId, Scope};
use crate::privacy::{Destination, Gate, Outgoing, Pass, Passage, Sealed, Standing, seal};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What is done with a connection after a request.
#[derive(Debug, Clone)]
pub(in crate::backend) enum Act {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends nothing more until the client closes.
    Hang,
    /// Closes with a reset.
    Reset,
}

/// The server. It stops with the runtime of the test.
pub(in crate::backend) struct Server {
    pub(in crate::backend) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    /// One message for each connection that the client closed.
    pub(in crate::backend) closed: mpsc::Receiver<()>,
}

impl Server {
    /// A server that answers a request by its first line (`GET /api/tags`) with what `script` says; the connection is
    /// closed after it.
    pub(in crate::backend) async fn start(script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::start_reading(move |request| script(route(request))).await
    }

    /// The same, by the whole request.
    pub(in crate::backend) async fn start_reading(script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, script) = (Arc::new(Mutex::new(Vec::new())), Arc::new(script));
        let (tell, closed) = mpsc::channel(64);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&script), Arc::clone(&seen), tell.clone()));
            }
        });
        Self { address, requests, closed }
    }

    /// All that was asked: first line, then the whole request.
    pub(in crate::backend) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The first lines of what was asked, in order of the alphabet, since a survey asks several things at once.
    pub(in crate::backend) fn asked(&self) -> Vec<String> {
        let mut asked: Vec<_> = self.requests().iter().map(|r| route(r).to_owned()).collect();
        asked.sort();
        asked
    }

    /// The backend that talks to it.
    pub(in crate::backend) fn ollama(&self) -> Ollama {
        ollama(&self.address.to_string())
    }
}

/// A backend for `host`.
pub(in crate::backend) fn ollama(host: &str) -> Ollama {
    Ollama::new(
        BackendId::ollama(),
        &OllamaSettings {
            host: host.to_owned(),
            num_ctx: 8192,
            num_predict: 1024,
            second_opinion: SecondOpinion::Off,
            keep_alive: Duration::from_secs(900),
        },
        Wiring { timeouts: &timeouts(), pools: &Config::default().pools, loopback_only: false },
    )
    .unwrap()
}

/// What the configuration has by default.
pub(in crate::backend) fn timeouts() -> Timeouts {
    let seconds = Duration::from_secs;
    Timeouts {
        second_opinion: Duration::from_millis(400),
        quick_ms: 100,
        standard_ms: 2000,
        deep_ms: 30_000,
        connect: seconds(2),
        first_token: seconds(120),
        first_token_resident: seconds(30),
        stall: seconds(60),
    }
}

/// `bytes`, sealed for `destination` with a yes of the user's where one is needed.
pub(in crate::backend) fn sealed(bytes: Bytes, destination: Destination, purpose: Purpose) -> Sealed {
    let (id, contents) = (RequestId(1), Contents::default());
    let outgoing = Outgoing { id, purpose, bytes, destination, contents, conversation: None, tokens: 0, cost: None };
    let mut standing = Standing::default();
    let gate = Gate { allow_external: true, trusted_hosts: &[], scanner: None, standing: &standing, expires_in_s: 600 };
    match seal(outgoing, &gate).unwrap() {
        Passage::Stays(sealed) => sealed,
        Passage::Leaves(cleared) => cleared.noted(LedgerSeq(1)),
        Passage::Ask(pending) => {
            let digest = pending.request().whole.digest;
            pending.grant(digest, Scope::Once, &mut standing, 0).unwrap().noted(LedgerSeq(1))
        }
    }
}

/// A pass for `destination`.
pub(in crate::backend) fn pass(destination: Destination, purpose: Purpose) -> Pass {
    sealed(Bytes::new(), destination, purpose).into_pass()
}

/// A reply with a status line, headers and a body that ends with the connection.
pub(in crate::backend) fn reply(status: &str, headers: &str, body: &str) -> Vec<Act> {
    vec![Act::Send(format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes())]
}

/// A good reply in chunked pieces: the client reads each apart. Without the last chunk that says that all is said.
pub(in crate::backend) fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Act> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let framed = pieces.into_iter().map(|p| [format!("{:x}\r\n", p.len()).as_bytes(), p, b"\r\n"].concat());
    std::iter::once(head).chain(framed).map(Act::Send).collect()
}

/// A whole good reply in chunked pieces.
pub(in crate::backend) fn whole<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Act> {
    let mut acts = pieces(parts);
    acts.push(Act::Send(b"0\r\n\r\n".to_vec()));
    acts
}

pub(in crate::backend) fn route(request: &str) -> &str {
    request.split(" HTTP/").next().unwrap_or_default()
}

async fn serve(
    mut socket: TcpStream,
    script: Arc<impl Fn(&str) -> Vec<Act>>,
    requests: Arc<Mutex<Vec<String>>>,
    tell: mpsc::Sender<()>,
) {
    socket.set_nodelay(true).unwrap();
    let Some(request) = read_request(&mut socket).await else { return };
    let acts = script(&request);
    requests.lock().unwrap().push(request);
    for act in acts {
        match act {
            Act::Send(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    break;
                }
            }
            Act::Hang => {
                let mut rest = [0; 64];
                while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
                tell.send(()).await.ok();
            }
            Act::Reset => {
                // What was sent has to arrive first: a reset overtakes it.
                tokio::task::yield_now().await;
                socket.set_zero_linger().unwrap();
                return;
            }
        }
    }
}

/// A request with its body; `None` where the client closed before.
pub(in crate::backend) async fn read_request(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ").and_then(|n| n.parse().ok()));
        if body.len() >= length.unwrap_or(0_usize) {
            return Some(text.into_owned());
        }
    }
}
