//! An answer on its way: event after event, well or badly.

use super::play::Plan;
use super::shared::Out;
use super::{Behaviour, Format, anthropic, openai};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;

/// The events of one answer, as bytes.
pub(super) struct Frames {
    /// Before the first piece.
    pub(super) opening: Vec<u8>,
    /// One for each piece of thinking and of the answer, with what begins and ends a block.
    pub(super) pieces: Vec<Vec<u8>>,
    /// Why it ends, and the usage.
    pub(super) finish: Vec<u8>,
    /// `[DONE]`, `message_stop`.
    pub(super) last: Vec<u8>,
}

impl Plan {
    /// An event with JSON in it, in the manner of the script.
    pub(super) fn event(&self, name: Option<&str>, mut data: Value) -> Vec<u8> {
        if self.script.behaviour != Behaviour::Noisy {
            let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
            return format!("{name}data: {data}\n\n").into_bytes();
        }
        data["an_unknown_field"] = json!({ "nested": [1, 2.5, "three", null] });
        data["system_fingerprint"] = Value::Null;
        let name = name.map(|name| format!("event:{name}\r\n")).unwrap_or_default();
        // A space after the colon is optional.
        format!(": still here\r\n\r\n{name}id: 7\r\ndata:{data}\r\n\r\n").into_bytes()
    }

    fn frames(&self) -> Frames {
        match self.format {
            Format::OpenAi => openai::frames(self),
            Format::Anthropic => anthropic::frames(self),
        }
    }

    fn error_event(&self, message: &str) -> Vec<u8> {
        match self.format {
            Format::OpenAi => self.event(None, json!({ "error": { "message": message, "type": "server_error", "code": null } })),
            Format::Anthropic => {
                self.event(Some("error"), json!({ "type": "error", "error": { "type": "overloaded_error", "message": message } }))
            }
        }
    }

    fn piece(&self, text: &str) -> Vec<u8> {
        match self.format {
            Format::OpenAi => openai::piece(self, text),
            Format::Anthropic => anthropic::piece(self, text),
        }
    }
}

/// The answer in one object.
pub(super) fn whole(plan: &Plan) -> Value {
    match plan.format {
        Format::OpenAi => openai::whole(plan),
        Format::Anthropic => anthropic::whole(plan),
    }
}

/// Sends the answer as a stream.
pub(super) async fn send(plan: &Plan, out: &mut Out<'_>) -> io::Result<Next> {
    match plan.script.behaviour {
        Behaviour::SplitUtf8 => out.cut = Some(7),
        Behaviour::OneWrite => out.held = Some(Vec::new()),
        _ => {}
    }
    let Frames { opening, pieces, finish, last } = plan.frames();
    let half = (pieces.len() / 2).max(1).min(pieces.len());
    let gate = plan.script.each_token.as_ref();
    out.start("text/event-stream; charset=utf-8", "Cache-Control: no-cache\r\nx-request-id: req_4f1c\r\n").await?;
    out.chunk(&opening).await?;
    for (at, piece) in pieces.iter().chain([&finish]).enumerate() {
        if at == half
            && let Some(trouble) = Trouble::of(plan, piece)
        {
            pass(gate).await;
            match trouble {
                Trouble::Event(bytes) => out.line(&bytes).await?,
                Trouble::Last(bytes, next) => return cut(&bytes, next, out).await,
                Trouble::End(bytes) => {
                    out.line(&[bytes.as_slice(), &finish, &last].concat()).await?;
                    return end(out).await;
                }
            }
        }
        pass(gate).await;
        out.line(piece).await?;
    }
    if plan.script.behaviour != Behaviour::NoLastEvent {
        out.line(&last).await?;
    }
    end(out).await
}

async fn end(out: &mut Out<'_>) -> io::Result<Next> {
    out.end().await?;
    Ok(Next::Keep)
}

/// Last bytes, and then the end that is meant.
async fn cut(bytes: &[u8], next: Next, out: &mut Out<'_>) -> io::Result<Next> {
    out.chunk(bytes).await?;
    if next == Next::Keep {
        out.end().await?;
    }
    Ok(next)
}

/// What comes half way.
enum Trouble {
    /// An event, and the answer goes on.
    Event(Vec<u8>),
    /// An event, and the ordinary end.
    End(Vec<u8>),
    /// These bytes, and it is over.
    Last(Vec<u8>, Next),
}

impl Trouble {
    /// `next` is the event that would come.
    fn of(plan: &Plan, next: &[u8]) -> Option<Self> {
        let torn = next[..next.len() / 2].to_vec();
        Some(match &plan.script.behaviour {
            Behaviour::ErrorEvent(message) => Self::Last(plan.error_event(message), Next::Keep),
            Behaviour::ErrorEventThenEnd(message) => Self::End(plan.error_event(message)),
            Behaviour::EndsEarly => Self::Last(Vec::new(), Next::Keep),
            Behaviour::EofMidStream => Self::Last(torn, Next::Close),
            Behaviour::ResetMidStream => Self::Last(torn, Next::Reset),
            Behaviour::GarbageEvent => Self::Event(b"data: {\"choices\":[{\"delta\":{\"con\n\n".to_vec()),
            Behaviour::HugeEvent(length) => Self::Event(plan.piece(&"H".repeat(*length))),
            _ => return None,
        })
    }
}
