//! What a fake saw: every request, and how it ended.

use serde_json::Value;
use std::fmt;

/// How a request ended, seen from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The whole answer was sent.
    Finished,
    /// The script had it cut.
    Cut,
    /// The client went away before the end.
    ClientGone,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// `GET`, `POST`, …
    pub method: String,
    /// With the query, as sent.
    pub path: String,
    /// As sent.
    pub headers: Vec<(String, String)>,
    /// As sent, without the framing.
    pub body: Vec<u8>,
    /// The body, where it is JSON.
    pub json: Option<Value>,
    /// The status of the answer, once its first byte went out.
    pub status: Option<u16>,
    /// Lines or events of a stream sent so far.
    pub lines: usize,
    /// How it ended; nothing while it is going on.
    pub end: Option<End>,
}

impl Recorded {
    /// Whether it was for this path, whatever the method.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        self.path == path
    }

    /// A header; upper and lower case are the same.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// A value in the JSON body, by pointer (`/options/num_ctx`); null where there is none.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.as_ref().and_then(|json| json.pointer(pointer)).unwrap_or(&Value::Null)
    }

    /// Whether the client went away before the end.
    #[must_use]
    pub fn client_gone(&self) -> bool {
        self.end == Some(End::ClientGone)
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, status, lines, end, body, .. } = self;
        write!(f, "{method} {path} -> {status:?}, {lines} lines, {end:?}; body {}", String::from_utf8_lossy(body))
    }
}

pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
