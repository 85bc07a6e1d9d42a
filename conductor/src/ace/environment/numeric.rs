//! Grades numbers: by value, within a tolerance, in any unit that measures the same.
//!
//! Which number counts: in a part that is marked as the answer (`Final answer: …`, a box) the one after the last `=`, else the first;
//! without such a part the last one of the answer, where one in parentheses counts only if no other stands in its sentence.
//!
//! What must stay true: an answer that offers two numbers, `14 or 15`, takes neither, and is wrong; where the truth's number stands beside the one that counts, it is unknown which was meant, unless a word says no.

mod found;

use super::clean::clean;
use super::measure::{Match, compare, join, stem};
use super::parts::parts;
use super::quantity::{Quantity, Unit, quantities};
use super::tolerance::Tolerance;
use super::verdict::{Verdict, graded};
use super::words::words_of_clean;
use super::{Sample, TaskEnvironment, spelled};
use found::{Found, Joint};

/// Compares the number that an answer ends in with the truth's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Numeric;

impl TaskEnvironment for Numeric {
    fn name(&self) -> &'static str {
        "numeric"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| {
            let answer = clean(answer);
            let found = Found::in_answer(&answer);
            let percent = asks_for_percent(&sample.question);
            let wanted: Vec<Option<Quantity>> = truths.iter().map(|truth| truth_quantity(truth)).collect();
            let right = |quantity: &Quantity| {
                wanted.iter().flatten().any(|wanted| compare(wanted, quantity, sample.tolerance, percent) == Match::Same)
            };
            let offered = found.as_ref().and_then(|found| found.offered.as_ref());
            let offered = offered.filter(|(quantity, _)| !right(quantity)).map(|(_, joint)| *joint);
            Verdict::best(truths.iter().zip(&wanted).map(|(truth, wanted)| match (wanted, &found) {
                (None, _) => Verdict::unknown(format!("the expected answer {} is no number", spelled(truth))),
                (Some(wanted), None) => without_number(truth, wanted, &answer, sample.tolerance),
                (Some(wanted), Some(found)) => {
                    let judge = |quantity: &Quantity| compare(wanted, quantity, sample.tolerance, percent);
                    judged(truth, wanted, found, &answer, offered, judge)
                }
            }))
        })
    }
}

/// The quantity that a truth is, with nothing beside it but a sign of money before and a unit after.
pub(super) fn truth_quantity(truth: &str) -> Option<Quantity> {
    let clean = clean(truth);
    let text = clean.trim().trim_end_matches(['.', ',', ';', ':', '!']);
    let mut all = quantities(text);
    if all.len() > 1 && all.len() <= 3 {
        join(text, &mut all, 0);
    }
    let [one] = all.as_slice() else { return None };
    let fits = one.whole && one.at == (0..text.len()) && one.value.is_finite();
    fits.then(|| one.clone())
}

/// Judges the number that was found. `offered`: another one, which is wrong, stands in its place as well.
fn judged(
    truth: &str,
    expected: &Quantity,
    found: &Found<'_>,
    answer: &str,
    offered: Option<Joint>,
    judge: impl Fn(&Quantity) -> Match,
) -> Verdict {
    let came = found.chosen.as_ref().map_or(found.text, |chosen| &found.text[chosen.at.clone()]);
    let what = |note: &str| format!("expected {}, and the answer's number was {}{note}", spelled(truth), spelled(came));
    let verdict = found.chosen.as_ref().filter(|chosen| chosen.whole).map_or(Match::Different, &judge);
    let other_style = |chosen: &Quantity| {
        chosen.other.is_some_and(|value| judge(&Quantity { value, decimal: None, other: None, ..chosen.clone() }) == Match::Same)
    };
    match verdict {
        Match::Same if offered == Some(Joint::Or) => Verdict::wrong(what(", with another one offered in its place")),
        Match::Same if offered == Some(Joint::And) => Verdict::unknown(what(", with another one beside it")),
        Match::Same => Verdict::correct(what("")),
        Match::OtherWord if names_thing(expected, answer) => Verdict::correct(what("")),
        Match::OtherWord => Verdict::unknown(what("; the number is right, but it may count something else")),
        Match::OtherUnit => Verdict::wrong(what(", in a unit that does not fit")),
        Match::Different if found.calculated().is_some_and(|value| judge(&plain(value)) == Match::Same) => {
            Verdict::correct(what(""))
        }
        Match::Different if found.chosen.as_ref().is_some_and(other_style) => {
            Verdict::unknown(what(", which can be read in two ways"))
        }
        Match::Different if found.beside.iter().any(|other| judge(other) == Match::Same) && !found.turned() => {
            Verdict::unknown(what("; the expected number stands beside it"))
        }
        Match::Different => Verdict::wrong(what("")),
    }
}

/// Whether the thing that the truth counts is named in the answer.
fn names_thing(expected: &Quantity, answer: &str) -> bool {
    let Unit::Word(thing, _) = &expected.unit else { return false };
    words_of_clean(answer).iter().any(|word| stem(word) == stem(thing))
}

fn plain(value: f64) -> Quantity {
    let negative = value < 0.0;
    Quantity { value, decimal: None, negative, other: None, whole: true, unit: Unit::None, at: 0..0, aside: false, item: false }
}

/// Whether a question asks for percent: only then `0.5%` is the answer where the truth is `0.5`.
fn asks_for_percent(question: &str) -> bool {
    let question = question.to_lowercase();
    ["%", "percent", "per cent", "prozent", "pourcent", "porcentaje"].iter().any(|word| question.contains(word))
}

/// An answer without digits: a number in English words, up to ninety-nine, or none.
fn without_number(truth: &str, expected: &Quantity, answer: &str, tolerance: Option<Tolerance>) -> Verdict {
    let marked = parts(answer);
    let text = marked.first().map_or(answer, |part| part.sentence);
    let words = words_of_clean(&text.replace('-', " "));
    let numbers: Vec<(usize, f64)> = words.iter().enumerate().filter_map(|(at, word)| Some((at, number_word(word)?))).collect();
    let what = format!("expected {}, and the answer had no number in digits: {}", spelled(truth), spelled(text));
    let larger = ["hundred", "thousand", "million", "billion", "dozen", "half", "third", "quarter", "minus", "negative"];
    if words.iter().any(|word| larger.contains(&stem(word))) {
        return Verdict::unknown(what);
    }
    let value = match numbers.as_slice() {
        [] => return Verdict::wrong(what),
        [(_, value)] => *value,
        [(at, tens), (next, ones)] if at + 1 == *next && *tens >= 20.0 && *ones < 10.0 && *ones > 0.0 => tens + ones,
        _ => return Verdict::unknown(what),
    };
    // More than the number and what it counts: the word may be none, as in `the one that`.
    if words.len() > numbers.len() + 1 {
        return Verdict::unknown(what);
    }
    match compare(expected, &plain(value), tolerance, false) {
        Match::Same => Verdict::correct(what),
        _ => Verdict::wrong(what),
    }
}

fn number_word(word: &str) -> Option<f64> {
    const ONES: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let found = ONES.iter().position(|known| *known == word);
    let found = found.or_else(|| TENS.iter().position(|known| *known == word).map(|at| at * 10));
    found.and_then(|value| u8::try_from(value).ok()).map(f64::from)
}
