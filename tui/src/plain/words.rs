//! The words of plain lines: what the screen says with glyphs and keys, in letters that are read out.
//!
//! What must stay true: what comes out holds no glyph of Segno's own, no key that lines have not, and nothing that a terminal obeys.

use crate::app::is_guide;
use crate::sanitise::clean_line;
use crate::words;
use conductor::domain::{BackendId, Candidate, Location};

/// What the screen says of its keys, and what is said here.
const KEYS: [(&str, &str); 13] = [
    ("F1 the keys and commands", "/help the commands"),
    ("an answer is coming: Esc stops it, /new lets it go on", "an answer is coming: Ctrl-C stops it, /new lets it go on"),
    ("stopping; Ctrl+C again quits", "stopping. Press Ctrl-C again to leave"),
    ("press Ctrl+C again to quit", "Press Ctrl-C again to leave"),
    (
        "Ctrl+C again quits, and stops the answers in the background",
        "Press Ctrl-C again to leave; answers in the background stop then",
    ),
    ("quit with Ctrl+C twice, and", "leave with /quit, and"),
    ("Ctrl+C twice quits", "/quit leaves"),
    ("Esc leaves it as it was", "Enter leaves it as it was"),
    ("Esc stops", "Ctrl-C stops"),
    ("any key looks again", "any line looks again"),
    ("you can type already", "You can type already"),
    ("; o switches it on", "; the word on switches it on"),
    ("d again deletes it", "the same word again deletes it"),
];

/// Glyphs, and what is said for them. What stands for a place is said by the word behind it.
const GLYPHS: [(&str, &str); 23] = [
    ("● ", ""),
    ("◆ ", ""),
    ("☁ ", ""),
    ("○ ", ""),
    ("› ", ""),
    ("→ ", ""),
    ("── ", ""),
    (" · ", ", "),
    (", …", " and more"),
    (" …", ""),
    ("…", "..."),
    ("≈ ", "about "),
    ("\u{a0}", " "),
    ("“", "\""),
    ("”", "\""),
    ("’", "'"),
    ("–", "-"),
    ("—", "-"),
    ("×", " times "),
    ("⟨", "<"),
    ("⟩", ">"),
    ("·", ","),
    ("`", ""),
];

/// A line of Segno's own as it is said: one line, in ASCII as far as it is Segno's.
pub(crate) fn speakable(text: &str) -> String {
    let mut text = clean_line(text).into_owned();
    for (screen, said) in KEYS.iter().chain(&GLYPHS) {
        if text.contains(screen) {
            text = text.replace(screen, said);
        }
    }
    // Bars, and whatever else is drawn.
    text.retain(|c| !matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{27bf}'));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same with a first letter that is a capital, and an end.
pub(crate) fn sentence(text: &str) -> String {
    let text = ended(text);
    let mut letters = text.chars();
    let mut out: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    out.push_str(letters.as_str());
    out
}

/// The same as it stands behind a word, where it may begin with a name.
pub(crate) fn ended(text: &str) -> String {
    let mut text = speakable(text);
    if !text.is_empty() && !text.ends_with(['.', ':', '?', '!']) {
        text.push('.');
    }
    text
}

/// Where something runs: `on this machine`, `on the host gpu.lan`, `external: openai`.
pub(crate) fn place(location: &Location, backend: &BackendId) -> String {
    match location {
        Location::Local => "on this machine".to_owned(),
        Location::Network(host) => format!("on the host {}", clean_line(host)),
        Location::External(_) => format!("external: {}", clean_line(backend.as_str())),
    }
}

/// Who is asked, and where: `llama3.1:8b, on this machine`.
pub(crate) fn who(candidate: &Candidate, names: &words::Names) -> String {
    if is_guide(candidate) {
        return "The built-in guide, which is not a language model, on this machine".to_owned();
    }
    let name = names.model_on(&candidate.model, &candidate.backend);
    format!("{name}, {}", place(&candidate.location, &candidate.backend))
}

/// That somebody is asked now.
pub(crate) fn answers(candidate: &Candidate, names: &words::Names) -> String {
    if is_guide(candidate) {
        return "The built-in guide answers, on this machine. It is not a language model.".to_owned();
    }
    let name = names.model_on(&candidate.model, &candidate.backend);
    format!("{name} answers, {}.", place(&candidate.location, &candidate.backend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_has_no_glyph_and_no_key_of_the_screen() {
        for (given, want) in [
            ("☁ external: to api.example (openai)", "external: to api.example (openai)"),
            ("3.4 kB · ≈ 812 tokens · at most $0.01", "3.4 kB, about 812 tokens, at most $0.01"),
            ("12.3\u{a0}tok/s", "12.3 tok/s"),
            ("▕██████░░░░▏ 62%", "62%"),
            ("`/retry` asks again, `/retry NAME` asks another model", "/retry asks again, /retry NAME asks another model"),
            ("press Ctrl+C again to quit", "Press Ctrl-C again to leave"),
            ("a summary is being written: Esc stops it", "a summary is being written: Ctrl-C stops it"),
            ("looking for Ollama on this machine …", "looking for Ollama on this machine"),
            ("2 models: a, b, …", "2 models: a, b and more"),
            ("a title\u{1b}[2J\nof two lines", "a title of two lines"),
            ("雨の俳句", "雨の俳句"),
        ] {
            assert_eq!(speakable(given), want, "{given:?}");
        }
        assert_eq!(sentence("opened: a title"), "Opened: a title.");
        assert_eq!(sentence("why?"), "Why?");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn where_something_runs_is_said_in_words() {
        let candidate = |location| Candidate {
            model: conductor::domain::ModelId::new("a:1"),
            backend: BackendId::new("openai"),
            location,
            family: String::new(),
        };
        for (location, want) in [
            (Location::Local, "a:1 answers, on this machine."),
            (Location::Network("gpu.lan".into()), "a:1 answers, on the host gpu.lan."),
            (Location::External("api.openai.com".into()), "a:1 answers, external: openai."),
        ] {
            assert_eq!(answers(&candidate(location), &words::Names::default()), want);
        }
    }
}
