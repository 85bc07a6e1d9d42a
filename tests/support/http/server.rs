//! The thread, the listener and the connections.

use super::journal::Journal;
use super::read::{Incoming, Request};
use super::record::{End, Recorded};
use super::write::Out;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::ReadHalf;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next request.
    Keep,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
}

/// What a fake does with requests.
pub(crate) trait Service: fmt::Debug + Send + Sync + Sized + 'static {
    /// Where it is all taken down.
    fn journal(&self) -> &Journal;

    /// The first byte of a request came; nothing was answered yet.
    fn touched(&self) {}

    /// Answers a request.
    fn answer(request: &Request, out: &mut Out<'_, Self>) -> impl Future<Output = io::Result<Next>> + Send;
}

/// Whether it listens.
#[derive(Debug)]
pub(super) enum Life {
    /// The port is ours, and connections to it are refused.
    Held(TcpSocket),
    /// It listens on a thread; dropping the sender ends it.
    Running(oneshot::Sender<()>, JoinHandle<()>),
    /// Neither.
    Over,
}

/// Holds a port without listening; 0 for a free one.
pub(super) fn hold(port: u16) -> (Life, u16) {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    // So that a port comes back at once, whatever is left of its old connections.
    socket.set_reuseaddr(true).expect("an address can be used again");
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Err(error) = socket.bind(wanted) {
        panic!("the fake server cannot have {wanted}: {error}");
    }
    let port = socket.local_addr().expect("a bound socket has an address").port();
    (Life::Held(socket), port)
}

impl Life {
    /// Listens; when this returns, connections are taken.
    pub(super) fn start<S: Service>(&mut self, shared: &Arc<S>) {
        let socket = match std::mem::replace(self, Self::Over) {
            Self::Held(socket) => socket,
            other => {
                *self = other;
                return;
            }
        };
        let shared = Arc::clone(shared);
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("fake-server".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
                runtime.block_on(async move {
                    let listener = socket.listen(1024).expect("a bound socket can listen");
                    ready.send(()).expect("the test waits for it");
                    serve(&listener, &shared, stopped).await;
                });
            })
            .expect("a thread can be made");
        is_ready.recv().expect("the fake server comes up");
        *self = Self::Running(stop, thread);
    }

    /// Stops listening, closes every connection and keeps the port.
    pub(super) fn stop(&mut self, port: u16) {
        if matches!(self, Self::Running(..)) {
            self.end();
            *self = hold(port).0;
        }
    }

    /// Stops for good.
    pub(super) fn end(&mut self) {
        if let Self::Running(stop, thread) = std::mem::replace(self, Self::Over) {
            drop(stop);
            // What went wrong in there was said by its own panic.
            let _ = thread.join();
        }
    }
}

async fn serve<S: Service>(listener: &TcpListener, shared: &Arc<S>, mut stopped: oneshot::Receiver<()>) {
    // Dropped at the end, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        if let Ok((stream, from)) = accepted {
            let number = shared.journal().connected(from);
            connections.spawn(connection(stream, number, Arc::clone(shared)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection<S: Service>(mut stream: TcpStream, number: usize, shared: Arc<S>) {
    // Without it the kernel would glue small writes together, and nothing would ever be split.
    let _ = stream.set_nodelay(true);
    let mut incoming = Incoming { buffer: Vec::new(), shared: &*shared, number };
    loop {
        let request = match incoming.next(&mut stream).await {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request").await;
                }
                return;
            }
        };
        if !answer(&mut stream, &mut incoming, request).await {
            return;
        }
    }
}

/// Answers one request; whether the connection stays.
async fn answer<S: Service>(stream: &mut TcpStream, incoming: &mut Incoming<'_, S>, request: Request) -> bool {
    let shared = incoming.shared;
    let journal = shared.journal();
    let number = journal.record(Recorded {
        connection: incoming.number,
        method: request.method.clone(),
        path: request.path.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        json: serde_json::from_slice(&request.body).ok(),
        status: None,
        lines: 0,
        end: None,
    });
    let keep = request.keeps_alive();
    let (mut read, write) = stream.split();
    let head_only = request.method == "HEAD";
    let mut out = Out { stream: write, shared, number, head_only, cut: None, held: None };
    // The client is watched while it is answered, so that its leaving is seen even where nothing is being written.
    let next = tokio::select! {
        biased;
        next = S::answer(&request, &mut out) => next,
        () = gone(&mut read, incoming) => Err(io::ErrorKind::ConnectionAborted.into()),
    };
    match next {
        Ok(Next::Keep) => journal.ended(number, End::Finished),
        Ok(Next::Close | Next::Reset) => journal.ended(number, End::Cut),
        Err(_) => journal.ended(number, End::ClientGone),
    }
    if matches!(next, Ok(Next::Reset)) {
        // Closing with nothing allowed to linger sends RST in place of FIN.
        let _ = stream.set_zero_linger();
    }
    matches!(next, Ok(Next::Keep)) && keep
}

/// Comes back when the client has closed or reset. What it sends in the meantime is kept for the next request.
async fn gone<S: Service>(read: &mut ReadHalf<'_>, incoming: &mut Incoming<'_, S>) {
    loop {
        let before = incoming.buffer.len();
        if !matches!(read.read_buf(&mut incoming.buffer).await, Ok(length) if length > 0) {
            return;
        }
        incoming.note(before);
    }
}
