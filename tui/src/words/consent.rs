//! The question whether something may leave the machine, in words: the same for the screen and for a line of a terminal.
//!
//! What must stay true: where it would go is said by symbol and word; no secret is in any of it; nothing urges.

use super::{Names, bytes, place};
use crate::sanitise::clean_line;
use conductor::domain::{ConsentRequest, Contents, Finding, Occasion, Payload, Purpose};

/// One sentence: what would go where.
pub fn sentence(request: &ConsentRequest, names: &Names) -> String {
    let (place, host) = (place(&request.location), clean_line(request.host()));
    let (provider, model) = (clean_line(request.provider.as_str()), names.exact(&request.model));
    match request.purpose {
        Purpose::Chat => format!("{place}: this would be sent to {host} ({provider}), model {model}"),
        Purpose::Pull => format!("{place}: {provider} would fetch {model} from {host}, which sees its name and your address"),
        Purpose::ModelList => format!("{place}: {host} ({provider}) would be asked for its list of models"),
        Purpose::KeyCheck => format!("{place}: your key for {provider} would be tried at {host}"),
        Purpose::Embed => format!("{place}: your texts would be sent to {host} ({provider}), model {model}"),
    }
}

/// The sentence where there is little room.
pub fn short_sentence(request: &ConsentRequest, names: &Names) -> String {
    let (host, provider) = (clean_line(request.host()), clean_line(request.provider.as_str()));
    format!("{}: to {host} ({provider}), {}", place(&request.location), names.exact(&request.model))
}

/// Why it is asked.
pub fn occasion(request: &ConsentRequest) -> &'static str {
    match (request.purpose, request.occasion) {
        (Purpose::Chat, Occasion::First) => "you have not said yes to it for this conversation",
        (Purpose::Pull, Occasion::First) => "the name says another registry than Ollama's own",
        (Purpose::ModelList | Purpose::KeyCheck | Purpose::Embed, Occasion::First) => "that is not on this machine",
        (_, Occasion::NewKind) => "there is something in it that you were not shown when you said yes",
        (_, Occasion::NewSecret) => "there is a secret in it that was not in what you said yes to",
    }
}

/// What kinds of data: `your question, 2 earlier messages, 1 file`.
pub fn contents(contents: &Contents) -> String {
    let counted = |count: u32, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let kinds = [
        contents.prompt.then(|| "your question".to_owned()),
        counted(contents.earlier, "earlier message", "earlier messages"),
        summary(contents.summarised),
        counted(contents.bullets, "playbook line", "playbook lines"),
        counted(contents.files, "file", "files"),
        counted(contents.images, "image", "images"),
    ];
    let kinds: Vec<String> = kinds.into_iter().flatten().collect();
    if kinds.is_empty() { "no words of yours".to_owned() } else { kinds.join(", ") }
}

/// `a summary of 14 messages`
fn summary(messages: u32) -> Option<String> {
    (messages > 0).then(|| format!("a summary of {}", super::context::messages(messages)))
}

/// The kinds of data alone: `your question, earlier messages, files`.
pub fn kinds(contents: &Contents) -> String {
    let kinds = [
        (contents.prompt, "your question"),
        (contents.earlier > 0, "earlier messages"),
        (contents.summarised > 0, "a summary"),
        (contents.bullets > 0, "playbook lines"),
        (contents.files > 0, "files"),
        (contents.images > 0, "images"),
    ];
    kinds.iter().filter(|(there, _)| *there).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

/// How much it is: `3.4 kB · ≈ 812 tokens · at most $0.0123`.
pub fn size(request: &ConsentRequest, payload: &Payload) -> String {
    let mut text = bytes(payload.bytes.len() as u64);
    if request.tokens > 0 {
        text.push_str(&format!(" · ≈ {} tokens", request.tokens));
    }
    if let Some(cost) = request.cost {
        text.push_str(&format!(" · at most {cost}"));
    }
    text
}

/// How many secrets there are: `2 secrets found`; `None` where there are none.
pub fn secrets(request: &ConsentRequest) -> Option<String> {
    match request.findings.len() {
        0 => None,
        1 => Some("1 secret found".to_owned()),
        n => Some(format!("{n} secrets found")),
    }
}

/// The secrets, masked, each once: `GitHub token ghp_…3f9a`, `password hun…er2 (3 times)`.
pub fn findings(request: &ConsentRequest) -> Vec<String> {
    let mut rows: Vec<(&Finding, usize)> = Vec::new();
    for finding in &request.findings {
        match rows.iter_mut().find(|(seen, _)| seen.fingerprint == finding.fingerprint && seen.rule == finding.rule) {
            Some((_, count)) => *count += 1,
            None => rows.push((finding, 1)),
        }
    }
    let row = |(finding, count): (&Finding, usize)| {
        let what = if finding.what.is_empty() { &finding.rule } else { &finding.what };
        let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
        format!("{} {}{times}", clean_line(what), clean_line(&finding.masked))
    };
    rows.into_iter().map(row).collect()
}

/// What is asked, as a fact and its value each; the exact bytes follow them. Where it goes and how many secrets there are
/// is not among them: that is always in sight. `fell` is who did not answer before, where somebody did not.
pub fn facts(request: &ConsentRequest, fell: Option<&str>, redact: bool) -> Vec<(&'static str, String)> {
    let payload = payload(request, redact);
    let why = match fell {
        Some(fell) => format!("{}; {}", clean_line(fell), occasion(request)),
        None => occasion(request).to_owned(),
    };
    let mut facts = vec![
        ("why", why),
        ("holds", contents(&request.contents)),
        ("size", size(request, payload)),
        ("request", clean_line(&request.target).into_owned()),
        ("sha256", payload.digest.short()),
    ];
    facts.extend(findings(request).into_iter().map(|row| ("secret", row)));
    facts
}

/// The version that would go.
pub fn payload(request: &ConsentRequest, redact: bool) -> &Payload {
    request.redacted.as_ref().filter(|_| redact).unwrap_or(&request.whole)
}

/// The line above the exact bytes.
pub fn heading(request: &ConsentRequest, redact: bool) -> &'static str {
    match (request.findings.is_empty(), redact && request.redacted.is_some()) {
        (true, _) => "exactly this would be sent:",
        (false, true) => "exactly this would be sent, without the secrets:",
        (false, false) => "exactly this would be sent; the secrets are masked here alone:",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_data() {
        let question = || Contents { prompt: true, ..Contents::default() };
        for (given, want) in [
            (Contents::default(), "no words of yours"),
            (question(), "your question"),
            (Contents { earlier: 1, files: 1, images: 2, ..question() }, "your question, 1 earlier message, 1 file, 2 images"),
            (Contents { earlier: 9, bullets: 3, ..question() }, "your question, 9 earlier messages, 3 playbook lines"),
        ] {
            assert_eq!(contents(&given), want);
        }
    }
}
