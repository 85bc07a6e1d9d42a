//! HTTP/1.1, as much of it as a client of Ollama can meet: keep-alive, bodies with a length or in chunks, answers of both
//! kinds. Written here because a library would not let a body be cut, split and reset at will.

use super::state::Shared;
use serde_json::Value;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::WriteHalf;

/// More than any test sends.
const LARGEST: usize = 64 * 1024 * 1024;

/// A request as read.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub(super) version: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        super::record::header(&self.headers, name)
    }

    /// Whether the connection stays after the answer.
    pub(super) fn keeps_alive(&self) -> bool {
        self.version != "HTTP/1.0" && !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// What was read and not yet used.
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) buffer: Vec<u8>,
}

impl Incoming {
    /// The next request; nothing when the client closed in good order.
    ///
    /// # Errors
    /// `InvalidData` for what is no HTTP, else what reading said.
    pub(super) async fn next(&mut self, stream: &mut TcpStream) -> io::Result<Option<Request>> {
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break self.take(end + 4);
            }
            if !self.fill(stream).await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        };
        let mut request = parse_head(&head).ok_or_else(bad)?;
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let chunked = request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        request.body = match request.header("content-length").map(str::parse) {
            _ if chunked => self.chunks(stream).await?,
            Some(Ok(length)) => self.exactly(stream, length).await?,
            Some(Err(_)) => return Err(bad()),
            None => Vec::new(),
        };
        Ok(Some(request))
    }

    async fn chunks(&mut self, stream: &mut TcpStream) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line(stream).await?;
            let size = line.split(';').next().unwrap_or_default().trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| bad())?;
            if size == 0 {
                while !self.line(stream).await?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(stream, size).await?);
            self.exactly(stream, 2).await?;
        }
    }

    async fn line(&mut self, stream: &mut TcpStream) -> io::Result<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.take(end + 2);
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            self.must_fill(stream).await?;
        }
    }

    async fn exactly(&mut self, stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
        if length > LARGEST {
            return Err(bad());
        }
        while self.buffer.len() < length {
            self.must_fill(stream).await?;
        }
        Ok(self.take(length))
    }

    async fn must_fill(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        if self.fill(stream).await? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    async fn fill(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        if self.buffer.len() > LARGEST {
            return Err(bad());
        }
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.buffer.drain(..length).collect()
    }
}

fn bad() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let mut first = lines.next()?.split(' ');
    let (method, path, version) = (first.next()?.to_owned(), first.next()?.to_owned(), first.next()?.to_owned());
    if !version.starts_with("HTTP/1.") || first.next().is_some() {
        return None;
    }
    let headers = lines
        .map(|line| line.split_once(':').map(|(key, value)| (key.to_owned(), value.trim().to_owned())))
        .collect::<Option<_>>()?;
    Some(Request { method, path, version, headers, body: Vec::new() })
}

/// Writes one answer, and takes down how far it came.
pub(super) struct Out<'a> {
    pub(super) stream: WriteHalf<'a>,
    pub(super) shared: &'a Shared,
    /// The number of the request.
    pub(super) number: usize,
    /// `HEAD`: no bodies.
    pub(super) head_only: bool,
    /// Bytes of the stream in one write; all lines of it where not said.
    pub(super) cut: Option<usize>,
    /// Where the whole stream goes in one write, it gathers here.
    pub(super) held: Option<Vec<u8>>,
}

impl Out<'_> {
    /// A whole answer.
    pub(super) async fn reply(&mut self, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
        self.shared.note(self.number, |request| request.status = Some(status));
        let length = body.len();
        let head = format!("HTTP/1.1 {status} {}\r\n{headers}Content-Length: {length}\r\n\r\n", reason(status));
        let body = if self.head_only { &[][..] } else { body };
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    /// A whole answer in JSON.
    pub(super) async fn json(&mut self, status: u16, body: &Value) -> io::Result<()> {
        self.reply(status, "Content-Type: application/json; charset=utf-8\r\n", body.to_string().as_bytes()).await
    }

    /// A whole answer in plain text.
    pub(super) async fn text(&mut self, status: u16, body: &str) -> io::Result<()> {
        self.reply(status, "Content-Type: text/plain; charset=utf-8\r\n", body.as_bytes()).await
    }

    /// The head of a stream.
    pub(super) async fn start(&mut self) -> io::Result<()> {
        self.shared.note(self.number, |request| request.status = Some(200));
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n").await
    }

    /// A line of a stream.
    pub(super) async fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.chunk(line).await?;
        self.shared.note(self.number, |request| request.lines += 1);
        Ok(())
    }

    /// Bytes of a stream, as one HTTP chunk or in pieces.
    pub(super) async fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(self.cut.unwrap_or(bytes.len()).max(1)) {
            let framed = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            self.raw(&framed).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The end of a stream.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        self.raw(b"0\r\n\r\n").await?;
        match self.held.take() {
            Some(held) => self.stream.write_all(&held).await,
            None => Ok(()),
        }
    }

    async fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            held.extend_from_slice(bytes);
            return Ok(());
        }
        self.stream.write_all(bytes).await
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
