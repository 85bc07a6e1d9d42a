//! Answers of HTTP/1.1, whole or as a stream. Written here because a library would not let a body be cut, split and reset at
//! will.

use super::server::Service;
use serde_json::Value;
use std::io;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::WriteHalf;

/// Writes one answer, and takes down how far it came.
pub(crate) struct Out<'a, S> {
    pub(crate) stream: WriteHalf<'a>,
    pub(crate) shared: &'a S,
    /// The number of the request.
    pub(crate) number: usize,
    /// `HEAD`: no bodies.
    pub(crate) head_only: bool,
    /// Bytes of the stream in one write; all lines of it where not said.
    pub(crate) cut: Option<usize>,
    /// Where the whole stream goes in one write, it gathers here.
    pub(crate) held: Option<Vec<u8>>,
}

impl<S: Service> Out<'_, S> {
    /// A whole answer.
    pub(crate) async fn reply(&mut self, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
        self.shared.journal().note(self.number, |request| request.status = Some(status));
        let length = body.len();
        let head = format!("HTTP/1.1 {status} {}\r\n{headers}Content-Length: {length}\r\n\r\n", reason(status));
        let body = if self.head_only { &[][..] } else { body };
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    /// A whole answer in JSON.
    pub(crate) async fn json(&mut self, status: u16, body: &Value) -> io::Result<()> {
        self.reply(status, "Content-Type: application/json; charset=utf-8\r\n", body.to_string().as_bytes()).await
    }

    /// A whole answer in plain text.
    pub(crate) async fn text(&mut self, status: u16, body: &str) -> io::Result<()> {
        self.reply(status, "Content-Type: text/plain; charset=utf-8\r\n", body.as_bytes()).await
    }

    /// The head of a stream of this type; more headers end with CRLF each.
    pub(crate) async fn start(&mut self, content_type: &str, headers: &str) -> io::Result<()> {
        self.shared.journal().note(self.number, |request| request.status = Some(200));
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n");
        self.raw(head.as_bytes()).await
    }

    /// A line or an event of a stream.
    pub(crate) async fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.chunk(line).await?;
        self.shared.journal().note(self.number, |request| request.lines += 1);
        Ok(())
    }

    /// Bytes of a stream, as one HTTP chunk or in pieces.
    pub(crate) async fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(self.cut.unwrap_or(bytes.len()).max(1)) {
            let framed = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            self.raw(&framed).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The end of a stream.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
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
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
