//! Grades text: to the letter, by its words, by how many of them it shares, by what stands in it.

use super::clean::{clean, said};
use super::parts::parts;
use super::verdict::{Verdict, expected, graded};
use super::words::{holds, words, words_of_clean};
use super::{Sample, TaskEnvironment, spelled};
use std::collections::HashMap;

/// What is enough of [`F1`] where a sample does not say.
pub(super) const ENOUGH: f32 = 0.6;

/// To the letter, but for blanks around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exact;

impl TaskEnvironment for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| Verdict::of(truths.iter().any(|truth| is_truth(truth, answer)), expected(truths, answer)))
    }
}

/// To the letter.
fn is_truth(truth: &str, answer: &str) -> bool {
    truth.trim() == answer.trim() || truth.trim() == said(answer)
}

/// By its words: case, punctuation, English articles, blanks, separators of thousands and forms of Unicode do not count. A part that
/// is marked as the answer counts as well as the whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Normalised;

impl TaskEnvironment for Normalised {
    fn name(&self) -> &'static str {
        "normalised"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| Verdict::of(is_same(truths, answer), expected(truths, answer)))
    }
}

/// Whether an answer, or what it marks as such, has the words of one of `truths`.
pub(super) fn is_same(truths: &[String], answer: &str) -> bool {
    let cleaned = clean(answer);
    let marked = parts(&cleaned);
    // The part that came last is the answer; what was marked before it was corrected.
    let readings = marked.first().into_iter().flat_map(|part| [part.sentence, part.line]).chain([cleaned.as_str()]);
    let readings: Vec<Vec<String>> = readings.map(words_of_clean).collect();
    truths.iter().any(|truth| {
        let wanted = words(truth);
        // A truth of signs alone has no words, and is compared as it is.
        if wanted.is_empty() { is_truth(truth, answer) } else { readings.contains(&wanted) }
    })
}

/// By the words that it shares with the truth: the harmonic mean of precision and recall, as for SQuAD (Rajpurkar et al. 2016). Correct from
/// the sample's threshold on.
#[derive(Debug, Clone, Copy, Default)]
pub struct F1;

impl TaskEnvironment for F1 {
    fn name(&self) -> &'static str {
        "f1"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| {
            let came = words(answer);
            let best = truths.iter().map(|truth| shared(&words(truth), &came, is_truth(truth, answer))).fold(0.0, f32::max);
            let enough = sample.threshold.unwrap_or(ENOUGH);
            let what = format!(
                "{}; {:.0} % of the words agree, and {:.0} % are enough",
                expected(truths, answer),
                best * 100.0,
                enough * 100.0
            );
            Verdict { score: best, ..Verdict::of(best >= enough, what) }
        })
    }
}

fn shared(wanted: &[String], came: &[String], same: bool) -> f32 {
    if same {
        return 1.0;
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in wanted {
        *left.entry(word).or_default() += 1;
    }
    let mut both = 0_usize;
    for word in came {
        if let Some(count) = left.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            both += 1;
        }
    }
    let total = wanted.len() + came.len();
    if total == 0 { 0.0 } else { small(2 * both) / small(total) }
}

/// A count as a number to divide by; exact below 16 million.
fn small(count: usize) -> f32 {
    count as f32
}

/// All truths stand in it, as whole words.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContainsAll;

impl TaskEnvironment for ContainsAll {
    fn name(&self) -> &'static str {
        "contains_all"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| {
            let missing = missing(truths, answer);
            let named: Vec<String> = missing.iter().take(5).map(|truth| spelled(truth)).collect();
            let found = truths.len() - missing.len();
            let what = if missing.is_empty() {
                format!("all that was expected stands in the answer: {}", expected(truths, answer))
            } else {
                format!("expected {} too, and the answer was {}", named.join(" and "), spelled(said(answer)))
            };
            Verdict { score: small(found) / small(truths.len()), ..Verdict::of(missing.is_empty(), what) }
        })
    }
}

/// One of the truths stands in it, as whole words.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContainsAny;

impl TaskEnvironment for ContainsAny {
    fn name(&self) -> &'static str {
        "contains_any"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        graded(sample, answer, |truths| Verdict::of(missing(truths, answer).len() < truths.len(), expected(truths, answer)))
    }
}

fn missing<'a>(truths: &'a [String], answer: &str) -> Vec<&'a String> {
    let came = words(answer);
    let stands = |truth: &String| {
        let wanted = words(truth);
        if wanted.is_empty() { answer.contains(truth.trim()) } else { holds(&came, &wanted) }
    };
    truths.iter().filter(|truth| !stands(truth)).collect()
}
