//! What an answer says, from the bytes as they come: the same for both formats.
//!
//! What must stay true: no I/O; how the network cut the bytes makes no difference; whatever ends an answer but the word of
//! the server that it is whole, is an error.

use super::super::tools::Said;
use super::super::words::words;
use super::super::{Completion, anthropic, openai, sse};
use super::{BackendError, From};
use crate::config::WireFormat;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The longest answer in one piece, in bytes.
const WHOLE_CAP: usize = 16 * 1024 * 1024;

/// What one look at the network brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::backend) struct Batch {
    /// Words, and calls of tools.
    pub(in crate::backend) said: Said,
    /// The end, where it came.
    pub(in crate::backend) end: Option<Result<Completion, BackendError>>,
}

/// Makes an answer of bytes.
#[derive(Debug)]
pub(super) struct Decoder {
    from: From,
    body: Body,
    answer: Answer,
}

/// What the body is; its first byte tells.
#[derive(Debug)]
enum Body {
    Unknown,
    Events(sse::Decoder),
    /// One object, from a server that does not stream; or no answer at all.
    Whole(Vec<u8>),
}

#[derive(Debug)]
enum Answer {
    Openai(openai::Answer),
    Anthropic(anthropic::Answer),
}

impl Decoder {
    pub(super) fn new(format: WireFormat, from: From) -> Self {
        let answer = match format {
            WireFormat::Openai => Answer::Openai(openai::Answer::default()),
            WireFormat::Anthropic => Answer::Anthropic(anthropic::Answer::default()),
        };
        Self { from, body: Body::Unknown, answer }
    }

    /// Adds what one read brought.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if matches!(self.body, Body::Unknown) {
            bytes = bytes.trim_ascii_start();
            self.body = match bytes.first() {
                None => return,
                // No line of events begins so; a page of HTML and JSON do.
                Some(b'{' | b'[' | b'<') => Body::Whole(Vec::new()),
                Some(_) => Body::Events(sse::Decoder::default()),
            };
        }
        match &mut self.body {
            Body::Unknown => {}
            Body::Events(events) => events.feed(bytes),
            Body::Whole(whole) => whole.extend_from_slice(&bytes[..bytes.len().min(WHOLE_CAP + 1 - whole.len())]),
        }
    }

    /// What came since the last call. `ended` says that nothing more comes.
    pub(super) fn take(&mut self, ended: bool) -> Batch {
        let mut batch = Batch::default();
        let Self { from, body, answer } = self;
        match body {
            Body::Unknown => {}
            Body::Whole(whole) if whole.len() > WHOLE_CAP => {
                batch.end = Some(Err(from.nonsense(&format!("an answer of more than {WHOLE_CAP} bytes"))));
            }
            Body::Whole(whole) if ended => match (serde_json::from_slice(whole), answer) {
                (Ok(Value::Object(said)), Answer::Openai(answer)) => answer.whole(&said, from, &mut batch),
                (Ok(Value::Object(said)), Answer::Anthropic(answer)) => answer.whole(&said, from, &mut batch),
                _ => batch.end = Some(Err(from.nonsense(&words(whole)))),
            },
            Body::Whole(_) => {}
            Body::Events(events) => {
                while batch.end.is_none() {
                    match events.next_event() {
                        Ok(Some(event)) => answer.event(&event, from, &mut batch),
                        Ok(None) => break,
                        Err(error) => batch.end = Some(Err(from.nonsense(&error.to_string()))),
                    }
                }
                if ended
                    && batch.end.is_none()
                    && let Some(event) = events.finish().filter(is_whole)
                {
                    answer.event(&event, from, &mut batch);
                }
            }
        }
        if ended {
            batch.end.get_or_insert_with(|| Err(from.cut()));
        }
        batch
    }
}

/// An event that the stream ended in is dropped, unless nothing but the end of its line is missing.
fn is_whole(event: &sse::Event) -> bool {
    event.data.trim() == openai::DONE || serde_json::from_str::<IgnoredAny>(&event.data).is_ok()
}

impl Answer {
    fn event(&mut self, event: &sse::Event, from: &From, batch: &mut Batch) {
        match self {
            Self::Openai(answer) => answer.event(event, from, batch),
            Self::Anthropic(answer) => answer.event(event, from, batch),
        }
    }
}
