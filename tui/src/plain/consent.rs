//! The question for consent in words, and the words that answer it.
//!
//! What must stay true: a yes is one exact word and everything else a no; what is shown is what would go, and the yes names its sum; no
//! secret is in any of it but where the user asked for the bytes.

use super::words::{place, sentence, speakable};
use crate::app::{Answer, Asked};
use crate::msg::Msg;
use crate::sanitise::{clean, clean_line};
use crate::words::{Names, consent as say};
use conductor::domain::{ConsentRequest, Digest, Purpose};

/// What is said of a request, the first time; `elsewhere` is the conversation behind this one that it belongs to.
pub(super) fn lines(asked: &Asked, elsewhere: Option<&str>, names: &Names) -> Vec<String> {
    let request = &asked.request;
    let mut lines = vec![format!(
        "Consent needed, {}. {}",
        place(&request.location, &request.provider),
        sentence(&say::sentence(request, names))
    )];
    lines.extend(elsewhere.map(|title| format!("In: the conversation in the background, {}", sentence(title))));
    lines.extend(facts(asked));
    lines.push("Nothing was sent yet.".to_owned());
    lines.push(choices(asked));
    lines
}

/// What is said after the version was changed.
pub(super) fn changed(asked: &Asked) -> Vec<String> {
    let mut lines = facts(asked);
    lines.push(choices(asked));
    lines
}

fn facts(asked: &Asked) -> Vec<String> {
    let request = &asked.request;
    let mut lines: Vec<String> =
        say::facts(request, asked.fell.as_deref(), asked.redact).iter().map(|(name, text)| fact(name, text)).collect();
    lines.extend(images(request));
    lines.extend(say::secrets(request).map(|found| {
        let (fate, word) = match (asked.redact && request.redacted.is_some(), request.redacted.is_some()) {
            (true, _) => ("taken out before it goes", ". The word redact puts them back"),
            (false, true) => ("they would go along", ". The word redact takes them out"),
            (false, false) => ("they would go along", ""),
        };
        format!("Warning: {found}, {fate}{word}.")
    }));
    lines
}

fn fact(name: &str, text: &str) -> String {
    let name = if name == "sha256" { name.to_owned() } else { sentence(name).trim_end_matches('.').to_owned() };
    format!("{name}: {}", speakable(text))
}

/// Images are cleaned where they are attached.
fn images(request: &ConsentRequest) -> Option<String> {
    match request.contents.images {
        0 => None,
        1 => Some("Image: its metadata, such as place and time, was taken out.".to_owned()),
        n => Some(format!("Images: the metadata of all {n}, such as place and time, was taken out.")),
    }
}

/// The words that are taken.
fn choices(asked: &Asked) -> String {
    let conversation =
        if asked.may_be_for_conversation() { " conversation sends it and asks no more in this conversation." } else { "" };
    format!(
        "Type a word: yes sends it, this once.{conversation} show prints exactly what would be sent, show 20 the next 20 lines of it. \
         never is a no for good. Anything else is no."
    )
}

/// What a line leads to.
#[derive(Debug, PartialEq)]
pub(super) enum Word {
    /// An answer, and what is said of it.
    Answer(Msg, &'static str),
    /// These are said, and it is asked again.
    Say(Vec<String>),
}

/// Reads a line; `None` is the end of input. `digest` is that of the version that was said last. `from` is the line that is shown next, and goes on.
pub(super) fn read(asked: &Asked, digest: Digest, line: Option<&str>, from: &mut usize) -> Word {
    let id = asked.request.id;
    let answer = |answer, said| Word::Answer(Msg::Answer { id, digest, answer }, said);
    match line.map(str::trim).unwrap_or_default() {
        "yes" | "once" => answer(Answer::Once, "Yes, this once."),
        "conversation" if asked.may_be_for_conversation() => answer(Answer::Conversation, "Yes, for this conversation."),
        "never" => answer(Answer::Never, "No, and it is not asked again."),
        "redact" if asked.request.redacted.is_some() => {
            *from = 0;
            answer(Answer::Other, "")
        }
        "show" => Word::Say(show(asked, usize::MAX, from)),
        word => match word.strip_prefix("show ").and_then(|count| count.trim().parse().ok()) {
            Some(count) if count > 0 => Word::Say(show(asked, count, from)),
            _ => answer(Answer::No, "No."),
        },
    }
}

/// The next lines of what would be sent.
fn show(asked: &Asked, count: usize, from: &mut usize) -> Vec<String> {
    let payload = say::payload(&asked.request, asked.redact);
    let shown = clean(&payload.shown);
    let all: Vec<&str> = shown.lines().collect();
    if count == usize::MAX || *from >= all.len() {
        *from = 0;
    }
    let first = *from;
    let last = first.saturating_add(count).min(all.len());
    *from = last;
    let mut lines = vec![sentence(say::heading(&asked.request, asked.redact))];
    lines.extend(all[first..last].iter().map(|line| (*line).to_owned()));
    lines.push(match all.len() - last {
        0 => format!("End of what would be sent, sha256 {}.", payload.digest.short()),
        left => format!("{left} more lines."),
    });
    lines
}

/// What is said where nobody can be asked.
pub(super) fn nobody(request: &ConsentRequest) -> Vec<String> {
    let option = match request.purpose {
        Purpose::Pull => format!("segno pull with --allow-registry {}", clean_line(request.host())),
        _ => format!("segno ask with --allow-external {}", clean_line(request.provider.as_str())),
    };
    vec!["No: lines that are piped in are not asked.".to_owned(), format!("Hint: {option} says yes beforehand, this once.")]
}
