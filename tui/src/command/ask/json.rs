//! The events of `segno ask --json`: one object a line, described in `docs/guide/shell.md`.
//!
//! What must stay true: a key once given keeps its name and its meaning; new keys may come.

use crate::words::Names;
use conductor::domain::{ConsentRequest, Cost, Status};
use conductor::protocol::Event;
use serde_json::{Value, json};

/// The line for an event; `None` for what a script has no use for.
pub(super) fn line(event: &Event, names: &Names) -> Option<String> {
    let mut value = value(event)?;
    names.beside(&mut value);
    Some(value.to_string())
}

fn value(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Planned { plan, .. } => {
            json!({"event": "planned", "class": plan.class.word(), "why": plan.reason, "candidates": plan.candidates})
        }
        Event::Delta { text, thinking, .. } => json!({"event": "delta", "text": text, "thinking": thinking}),
        Event::Fallback { from, to, why, .. } => json!({"event": "fallback", "from": from, "to": to, "failure": why}),
        Event::Waiting { model, waits, .. } => {
            let mut value = json!(waits);
            value["event"] = json!("waiting");
            value["model"] = json!(model.short());
            value
        }
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
                "cut_by_length": answer.cut_by_length, "attempts": answer.attempts, "cost_usd": answer.cost.map(dollars),
                "labels": answer.labels,
            })
        }
        Event::ConsentNeeded(request) => consent(request),
        Event::Conversation(_) | Event::Models(_) | Event::Pull { .. } => return None,
        Event::Privacy(_) | Event::Listed { .. } | Event::Embedded { .. } | Event::Playbook(_) => return None,
    })
}

/// What would be sent, and never a secret of it.
fn consent(request: &ConsentRequest) -> Value {
    let secrets: Vec<Value> =
        request.findings.iter().map(|finding| json!({"rule": finding.rule, "masked": finding.masked})).collect();
    json!({
        "event": "consent", "purpose": request.purpose, "occasion": request.occasion, "provider": request.provider,
        "model": request.model.short(), "location": request.location.word(), "host": host(&request.location),
        "target": request.target, "contents": request.contents, "bytes": request.whole.bytes.len(), "tokens": request.tokens,
        "cost_usd": request.cost.map(dollars), "secrets": secrets, "sha256": request.whole.digest,
        "sha256_redacted": request.redacted.as_ref().map(|payload| payload.digest), "expires_in_s": request.expires_in_s,
    })
}

fn dollars(cost: Cost) -> f64 {
    cost.0 as f64 / 1e9
}

fn host(location: &conductor::domain::Location) -> Option<&str> {
    use conductor::domain::Location::{External, Local, Network};
    match location {
        Local => None,
        Network(host) | External(host) => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::consent::tests::request;

    #[test]
    fn a_request_says_all_but_what_would_be_sent() {
        let value = value(&Event::ConsentNeeded(Box::new(request(1)))).unwrap();
        for (key, want) in [
            ("event", json!("consent")),
            ("purpose", json!("chat")),
            ("occasion", json!("first")),
            ("provider", json!("openai")),
            ("model", json!("gpt-5-mini")),
            ("location", json!("external")),
            ("host", json!("api.openai.com")),
            ("tokens", json!(20)),
            ("bytes", json!(9)),
            ("cost_usd", Value::Null),
            ("secrets", json!([{"rule": "github-token", "masked": "ghp_…0"}])),
            ("sha256", json!(request(1).whole.digest)),
            ("sha256_redacted", json!(request(1).redacted.map(|payload| payload.digest))),
        ] {
            assert_eq!(value[key], want, "{key}");
        }
        let text = value.to_string();
        assert!(!text.contains("the whole") && !text.contains("the masked") && !text.contains("fingerprint"), "{text}");
    }
}
