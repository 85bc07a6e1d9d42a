//! A plain socket that speaks HTTP byte by byte, for the tests of the fakes.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are outside #[test], and fail as tests do")]

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection.
pub(crate) struct Client(BufReader<TcpStream>);

/// The head of an answer, and the body where it has a length.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Client {
    pub(crate) fn new(host: &str) -> Self {
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, raw: &str) {
        self.0.get_mut().write_all(raw.as_bytes()).unwrap();
    }

    pub(crate) fn head(&mut self) -> Reply {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).unwrap() > 0, "it ended in {head:?}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head, body: String::new() }
    }

    /// An answer with a length, read whole.
    pub(crate) fn reply(&mut self) -> Reply {
        let mut reply = self.head();
        let length =
            reply.head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length").parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        reply.body = String::from_utf8(body).unwrap();
        reply
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        self.reply()
    }

    pub(crate) fn ask(&mut self, path: &str, body: &Value) {
        self.ask_with(path, "", body);
    }

    /// Asks with more headers, each ended by CRLF.
    pub(crate) fn ask_with(&mut self, path: &str, headers: &str, body: &Value) {
        let body = body.to_string();
        let length = body.len();
        self.send(&format!("POST {path} HTTP/1.1\r\nHost: localhost:1\r\n{headers}Content-Length: {length}\r\n\r\n{body}"));
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.ask(path, body);
        self.reply()
    }

    /// What comes until the end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest);
        rest
    }

    /// The next HTTP chunk; empty for the last one.
    pub(crate) fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut size = String::new();
        self.0.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk)?;
        chunk.truncate(size);
        Ok(chunk)
    }

    /// All HTTP chunks up to the end, and the error where there is no end.
    pub(crate) fn chunks(&mut self) -> (Vec<Vec<u8>>, Option<io::ErrorKind>) {
        let mut chunks = Vec::new();
        loop {
            match self.chunk() {
                Ok(chunk) if chunk.is_empty() => return (chunks, None),
                Ok(chunk) => chunks.push(chunk),
                Err(error) => return (chunks, Some(error.kind())),
            }
        }
    }

    /// The lines of a stream that ends well.
    pub(crate) fn lines(&mut self) -> Vec<Value> {
        assert_eq!(self.head().status, 200);
        let (chunks, error) = self.chunks();
        assert_eq!(error, None);
        let text = String::from_utf8(chunks.concat()).unwrap();
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
