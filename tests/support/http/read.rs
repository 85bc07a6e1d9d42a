//! Requests of HTTP/1.1, as much of it as a client of a model server can say: keep-alive, bodies with a length or in chunks.

use super::server::Service;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More than any test sends.
const LARGEST: usize = 64 * 1024 * 1024;

/// A request as read.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub(crate) version: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        super::header(&self.headers, name)
    }

    /// Whether the connection stays after the answer.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.version != "HTTP/1.0" && !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// What was read and not yet used. All that comes is taken down as it comes.
pub(crate) struct Incoming<'a, S> {
    pub(super) buffer: Vec<u8>,
    pub(super) shared: &'a S,
    /// The number of the connection.
    pub(super) number: usize,
}

impl<S: Service> Incoming<'_, S> {
    /// The next request; nothing when the client closed in good order.
    ///
    /// # Errors
    /// `InvalidData` for what is no HTTP, else what reading said.
    pub(crate) async fn next(&mut self, stream: &mut TcpStream) -> io::Result<Option<Request>> {
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break self.take(end + 4);
            }
            // What is no HTTP (TLS begins with 0x16) waits for an answer before it goes on, so there is no end to wait for.
            if self.buffer.first().is_some_and(|first| !first.is_ascii_uppercase()) {
                return Err(bad());
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
        let before = self.buffer.len();
        let came = stream.read_buf(&mut self.buffer).await? > 0;
        self.note(before);
        Ok(came)
    }

    /// Takes down what came after the first `before` bytes of the buffer.
    pub(super) fn note(&self, before: usize) {
        if before == 0 && !self.buffer.is_empty() {
            self.shared.touched();
        }
        self.shared.journal().received(self.number, &self.buffer[before..]);
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
