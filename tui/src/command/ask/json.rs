//! The events of `segno ask --json`: one object a line, described in `docs/guide/shell.md`.
//!
//! What must stay true: a key once given keeps its name and its meaning; new keys may come.

use conductor::domain::Status;
use conductor::protocol::Event;
use serde_json::{Value, json};

/// The line for an event; `None` for what a script has no use for.
pub(super) fn line(event: &Event) -> Option<String> {
    value(event).map(|value| value.to_string())
}

fn value(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Planned { plan, .. } => {
            json!({"event": "planned", "class": plan.class.word(), "why": plan.reason, "candidates": plan.candidates})
        }
        Event::Delta { text, thinking, .. } => json!({"event": "delta", "text": text, "thinking": thinking}),
        Event::Fallback { from, to, why, .. } => json!({"event": "fallback", "from": from, "to": to, "failure": why}),
        Event::Notice { notice, .. } => {
            json!({"event": "notice", "level": notice.level, "what": notice.what, "hint": notice.hint})
        }
        Event::Failed { failure, attempts, .. } => json!({"event": "failed", "failure": failure, "attempts": attempts}),
        Event::Finished { answer, status, .. } => {
            let signature = &answer.signature;
            let (word, failure) = match status {
                Status::Partial(failure) => ("partial", Some(failure)),
                Status::Cancelled => ("cancelled", None),
                _ => ("complete", None),
            };
            json!({
                "event": "finished", "status": word, "failure": failure, "text": answer.text, "thinking": answer.thinking,
                "model": signature.model.short(), "backend": signature.backend, "location": signature.location.word(),
                "host": host(&signature.location), "class": signature.class.word(), "why": signature.reason, "usage": answer.usage,
                "timing": answer.timing, "tokens_per_second": answer.timing.tokens_per_second(&answer.usage),
                "cut_by_length": answer.cut_by_length, "attempts": answer.attempts,
            })
        }
        Event::Conversation(_) | Event::Models(_) | Event::Pull { .. } => return None,
        Event::ConsentNeeded(_) | Event::Privacy(_) | Event::Listed { .. } => return None,
    })
}

fn host(location: &conductor::domain::Location) -> Option<&str> {
    use conductor::domain::Location::{External, Local, Network};
    match location {
        Local => None,
        Network(host) | External(host) => Some(host),
    }
}
