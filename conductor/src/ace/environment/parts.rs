//! Where in an answer the answer stands: in a box, after `Final answer:` and the like, between `<answer>` tags.
//!
//! What must stay true: a part is a piece of the cleaned text; the last one stands first, since models correct themselves;
//! in time proportional to the text.

use super::clean::{BOX, UNBOX};
use super::words::is_turning;

/// The most parts that are looked at.
const MOST: usize = 4;

/// What stands before an answer, in small letters.
const MARKERS: [&str; 27] = [
    "final answer",
    "answer is",
    "answer's",
    "answer:",
    "answer =",
    "answer would be",
    "result is",
    "result:",
    "solution is",
    "solution:",
    "antwort ist",
    "antwort lautet",
    "antwort:",
    "ergebnis ist",
    "ergebnis:",
    "réponse est",
    "réponse :",
    "réponse:",
    "respuesta es",
    "respuesta:",
    "risposta è",
    "risposta:",
    "resposta é",
    "resposta:",
    "答案是",
    "答案:",
    "答えは",
];

/// Two readings of a part: until its first sentence ends, and until its line does. `St. Louis` is no end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) sentence: &'a str,
    pub(super) line: &'a str,
}

/// The parts of a cleaned text that are marked as the answer, the last one first. Empty where none is.
pub(super) fn parts(clean: &str) -> Vec<Part<'_>> {
    let lower = clean.to_ascii_lowercase();
    let mut found: Vec<(usize, Part<'_>)> = Vec::new();
    found.extend(last(boxes(clean)));
    found.extend(last(tags(clean, &lower)));
    for marker in MARKERS {
        found.extend(lower.rmatch_indices(marker).take(MOST).filter_map(|(at, _)| after(clean, at, at + marker.len())));
    }
    found.extend(hashes(clean));
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    // `Final answer: the answer is 14` marks one place twice, the second time better.
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (_, part) in found {
        if parts.len() < MOST && !parts.iter().any(|known| known.line.as_ptr() == part.line.as_ptr()) {
            parts.push(part);
        }
    }
    parts
}

fn last<'a>(found: impl Iterator<Item = (usize, Part<'a>)>) -> Vec<(usize, Part<'a>)> {
    let mut all: Vec<_> = found.collect();
    all.split_off(all.len().saturating_sub(MOST))
}

fn boxes(clean: &str) -> impl Iterator<Item = (usize, Part<'_>)> {
    clean.match_indices(BOX).filter_map(|(at, _)| {
        let inside = &clean[at + 1..];
        // Of a box in a box the inner one counts, being found, too.
        let end = inside.find([BOX, UNBOX])?;
        let inside = inside[..end].trim();
        (!inside.is_empty()).then_some((at, Part { sentence: inside, line: inside }))
    })
}

/// `<answer>…</answer>`
fn tags<'a>(clean: &'a str, lower: &str) -> impl Iterator<Item = (usize, Part<'a>)> {
    let mut from = 0;
    let lower = lower.to_owned();
    std::iter::from_fn(move || {
        let start = from + lower[from..].find("<answer>")? + "<answer>".len();
        let end = start + lower[start..].find("</answer>")?;
        from = end;
        let inside = clean[start..end].trim();
        Some((start, Part { sentence: inside, line: inside }))
    })
}

/// `#### 14`, on the last line.
fn hashes(clean: &str) -> Option<(usize, Part<'_>)> {
    let line = clean.trim_end().lines().next_back()?;
    let inside = line.trim_start().strip_prefix("####")?.trim();
    let at = clean.trim_end().len() - line.len();
    (!inside.is_empty() && !inside.starts_with('#')).then_some((at, Part { sentence: inside, line: inside }))
}

/// What stands after a marker at `at..end`: the rest of its line, or the next line where that is empty.
fn after(clean: &str, at: usize, end: usize) -> Option<(usize, Part<'_>)> {
    let whole_word = !clean[..at].ends_with(char::is_alphanumeric) || !clean[at..end].is_ascii();
    let rest = clean[end..].trim_start_matches(|c: char| c == ' ' || ":=>".contains(c));
    let rest = ["is ", "is:", "would be "].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":=>".contains(c));
    let line = rest.lines().next()?.trim();
    let sentence = first_sentence(line);
    let opens = line.chars().next().is_some_and(|c| !matches!(c, '.' | ',' | ';' | ')' | '?' | '!') || line.len() > 1);
    // `The answer is not 14.` marks nothing; `The answer is no.` does.
    let first = sentence.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    let refused = is_turning(&first) && !matches!(first.as_str(), "no" | "false" | "non" | "");
    (whole_word && opens && !refused).then_some((at, Part { sentence, line }))
}

/// Until a full stop, an exclamation or a question mark that blanks follow.
fn first_sentence(line: &str) -> &str {
    let ends = |(at, c): (usize, char)| (".!?".contains(c) && line[at + c.len_utf8()..].starts_with(' ')).then_some(at);
    let end = line.char_indices().find_map(ends);
    end.map_or(line, |at| &line[..at]).trim()
}
