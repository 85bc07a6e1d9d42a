//! Grades multiple choice: by a choice's letter or its text.
//!
//! What must stay true: an answer that offers two choices and takes none is wrong; one in which several are mentioned, so that
//! only a reader could tell which is meant, is unknown. A letter and a text that belong to two choices contradict each other: unknown.

use super::clean::clean;
use super::measure::{Match, compare};
use super::numeric::truth_quantity;
use super::parts::parts;
use super::verdict::{Verdict, graded};
use super::words::{is_turning, words, words_of_clean};
use super::{Sample, TaskEnvironment, spelled};
use std::collections::BTreeSet;

/// The most choices: as many as there are letters.
pub(super) const MOST: usize = 26;

/// Compares the choice that an answer names with the right one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice;

impl TaskEnvironment for Choice {
    fn name(&self) -> &'static str {
        "choice"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| {
            let right: BTreeSet<usize> = truths.iter().filter_map(|truth| right(&sample.choices, truth).ok()).collect();
            let named =
                |at: usize| sample.choices.get(at).map_or_else(String::new, |text| format!("{}) {}", letter(at), spelled(text)));
            let wanted: Vec<String> = right.iter().map(|at| named(*at)).collect();
            let wanted = wanted.join(" or ");
            let came = spelled(answer);
            match taken(&sample.choices, answer) {
                _ if right.is_empty() => Verdict::unknown("the expected answer is none of the choices"),
                Taken::One(at) => {
                    Verdict::of(right.contains(&at), format!("expected {wanted}, and the answer took {}", named(at)))
                }
                Taken::Offered => Verdict::wrong(format!("expected {wanted}, and the answer took no single one: {came}")),
                Taken::Unclear => {
                    Verdict::unknown(format!("expected {wanted}, and the answer does not say clearly which it takes: {came}"))
                }
                Taken::None => Verdict::wrong(format!("expected {wanted}, and the answer named none of the choices: {came}")),
            }
        })
    }
}

/// The letter of a choice.
pub(super) fn letter(at: usize) -> char {
    u8::try_from(at).ok().filter(|at| usize::from(*at) < MOST).map_or('?', |at| char::from(b'A' + at))
}

/// Which choice a truth is: by its text, or by its letter.
///
/// # Errors
/// In words, where it is none, or where its letter belongs to another choice than its text.
pub(super) fn right(choices: &[String], truth: &str) -> Result<usize, String> {
    let wanted = words(truth);
    let same = |text: &String| text.trim() == truth.trim() || (!wanted.is_empty() && words(text) == wanted);
    let by_text = choices.iter().position(same);
    let by_letter = label(truth.trim(), choices.len()).filter(|(_, rest)| rest.is_empty()).map(|(at, _)| at);
    match (by_text, by_letter) {
        (Some(text), Some(letter)) if text != letter => Err("it is the letter of one choice and the text of another".to_owned()),
        (Some(at), _) | (None, Some(at)) => Ok(at),
        (None, None) => match label(truth.trim(), choices.len()) {
            // `B) Paris`
            Some((at, rest)) if words(rest) == words(&choices[at]) => Ok(at),
            _ => Err("it is none of the choices, by its letter or its text".to_owned()),
        },
    }
}

/// What an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    One(usize),
    /// It lists several and takes none.
    Offered,
    Unclear,
    None,
}

fn taken(choices: &[String], answer: &str) -> Taken {
    let cleaned = clean(answer);
    let all = words_of_clean(&cleaned);
    if let Some(at) =
        choices.iter().position(|choice| choice.trim() == answer.trim() || (!all.is_empty() && words(choice) == all))
    {
        return Taken::One(at);
    }
    for part in parts(&cleaned) {
        for text in [part.sentence, part.line] {
            match stated(choices, text) {
                Taken::None => {}
                found => return found,
            }
        }
        match mentioned(choices, part.sentence) {
            Taken::None => {}
            found => return found,
        }
    }
    match stated(choices, cleaned.trim()) {
        Taken::None => mentioned(choices, &cleaned),
        found => found,
    }
}

/// The choice that `text` is, with nothing else beside it but its own text or a reason after its letter.
fn stated(choices: &[String], text: &str) -> Taken {
    let text = without_noun(text.trim());
    if is_offer(text, choices.len()) {
        return Taken::Offered;
    }
    let said = words_of_clean(text);
    let by_text = choices.iter().position(|choice| !said.is_empty() && words(choice) == said);
    if let Some(at) = by_text {
        return Taken::One(at);
    }
    if let Some((at, rest)) = label(text, choices.len()) {
        let rest = words_of_clean(rest);
        // `(B) is wrong, so (C)`
        if rest.iter().take(3).any(|word| is_turning(word)) && words(&choices[at]) != rest {
            return Taken::None;
        }
        let other = choices.iter().position(|choice| !rest.is_empty() && words(choice) == rest);
        return if other.is_none_or(|other| other == at || words(&choices[at]) == rest) {
            Taken::One(at)
        } else {
            Taken::Unclear
        };
    }
    by_number(choices, text).map_or(Taken::None, Taken::One)
}

/// `option B`, `choice (b)`: without the noun.
fn without_noun(text: &str) -> &str {
    let nouns = ["option ", "choice ", "answer ", "letter ", "antwort "];
    let found = nouns.iter().find_map(|noun| {
        let (head, rest) = text.split_at_checked(noun.len())?;
        head.eq_ignore_ascii_case(noun).then_some(rest)
    });
    found.unwrap_or(text).trim()
}

/// The label that begins `text`, `B`, `(b)`, `B)`, `B.`, `B:`, `[B]`, `B -`, and what stands after it. A small letter needs a sign beside it,
/// or to be all there is.
fn label(text: &str, choices: usize) -> Option<(usize, &str)> {
    let open = text.starts_with(['(', '[']);
    let inner = text.trim_start_matches(['(', '[', '"', '\'']);
    let first = inner.chars().next().filter(char::is_ascii_alphabetic)?;
    let at = usize::from(first.to_ascii_uppercase() as u8 - b'A');
    let rest = &inner[1..];
    let closed = rest.starts_with([')', ']', '.', ':', ',']) || rest.starts_with(" -") || rest.starts_with(" –");
    let after = rest.trim_start_matches([')', ']', '.', ':', ',', '"', '\'', '-', '–', '!', ' ']);
    let whole = after.is_empty();
    // `A.B.` and `e.g.` are no labels.
    let spelled = closed && rest[1..].starts_with(char::is_alphanumeric);
    // `B because A is too small`
    let reason = first.is_ascii_uppercase()
        && [" because ", " since ", " as ", " which ", " for "].iter().any(|word| rest.starts_with(word));
    ((whole || (closed && !spelled) || (open && closed) || reason) && at < choices).then_some((at, after))
}

/// `A or B`, `A/B`, `A, C and D`: letters and words that join them, nothing else.
fn is_offer(text: &str, choices: usize) -> bool {
    if text.len() > 60 {
        return false;
    }
    let pieces = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    let (letters, joints): (Vec<&str>, Vec<&str>) = pieces.partition(|piece| piece.len() == 1 && label(piece, choices).is_some());
    let distinct: BTreeSet<String> = letters.iter().map(|letter| letter.to_uppercase()).collect();
    distinct.len() > 1
        && joints
            .iter()
            .all(|joint| matches!(joint.to_lowercase().as_str(), "or" | "and" | "both" | "either" | "oder" | "und" | "ou" | "et"))
}

/// A number that is the value of one choice: `1/2` for `0.5`.
fn by_number(choices: &[String], text: &str) -> Option<usize> {
    let came = truth_quantity(text)?;
    let same =
        |choice: &&String| truth_quantity(choice).is_some_and(|wanted| compare(&wanted, &came, None, false) == Match::Same);
    let mut found = choices.iter().enumerate().filter(|(_, choice)| same(choice));
    let first = found.next();
    if found.next().is_some() { None } else { first.map(|(at, _)| at) }
}

/// The choices that stand somewhere in `text`, by a letter that is written as a label or alone as a capital, or by their text.
fn mentioned(choices: &[String], text: &str) -> Taken {
    let said = words_of_clean(text);
    let mut found: BTreeSet<usize> = letters(choices, text);
    found.extend(texts(choices, &said));
    let turned = said.iter().any(|word| is_turning(word));
    match found.len() {
        0 => Taken::None,
        1 if !turned => found.first().map_or(Taken::None, |at| Taken::One(*at)),
        _ => Taken::Unclear,
    }
}

/// Capital letters of choices. `A` and `I` are words, too, and need a sign after them.
fn letters(choices: &[String], text: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let alone = !before.is_alphanumeric()
            && !next.is_alphanumeric()
            && !matches!(before, '\'' | '-' | '.')
            && !matches!(next, '\'' | '-');
        let marked = next == ')' || (next == '.' && before == ' ') || next == ':';
        let capital = c.is_ascii_uppercase() && (!matches!(c, 'A' | 'I') || marked);
        if alone && (capital || (c.is_ascii_lowercase() && before == '(' && next == ')')) {
            found.extend(label(&c.to_string(), choices.len()).map(|(at, _)| at));
        }
        before = c;
    }
    found
}

/// Choices whose text stands in `said`; those that are a part of another one that stands there do not count.
fn texts(choices: &[String], said: &[String]) -> Vec<usize> {
    let texts: Vec<Vec<String>> = choices.iter().map(|choice| words(choice)).collect();
    let mut left = format!(" {} ", said.join(" "));
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(texts[*at].len()));
    let mut found = Vec::new();
    for at in order {
        let phrase = format!(" {} ", texts[at].join(" "));
        // A text of one letter is a label of its own kind, and left to `letters`.
        if phrase.trim().chars().count() > 1 && left.contains(&phrase) {
            found.push(at);
            left = left.replace(&phrase, " | ");
        }
    }
    found
}
