//! Grades by what a sample has.
//!
//! What must stay true: a sample's own `grader` goes first; text in a sentence is accepted only where the sentence says nothing else.

use super::clean::clean;
use super::numeric::truth_quantity;
use super::parts::parts;
use super::text::is_same;
use super::verdict::{Verdict, expected, graded};
use super::words::{holds, is_stating, is_turning, words, words_of_clean};
use super::{
    Choice, ContainsAll, ContainsAny, Exact, Extract, F1, Fits, Grader, Matches, Normalised, Numeric, Sample, TaskEnvironment,
    object_in,
};
use std::collections::HashSet;

/// Chooses among the others: the sample's grader, else its pattern, its schema, its choices, else numbers where all truths are such, else text.
///
/// Text is graded as by [`Normalised`]; an answer that is not the truth but holds it is correct where all other words only state it or
/// are the question's (`The capital of France is Paris.`), and unknown elsewhere. `yes` and `no` are the word that an answer begins with.
#[derive(Debug, Clone, Copy)]
pub struct Auto {
    /// Finds the object in an answer that a schema is applied to.
    pub extract: Extract,
}

impl Default for Auto {
    fn default() -> Self {
        Self { extract: object_in }
    }
}

impl TaskEnvironment for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn grade(&self, sample: &Sample, answer: &str) -> Verdict {
        match chosen(sample) {
            Grader::Auto => graded(sample, answer, |truths| in_words(sample, truths, answer)),
            Grader::Exact => Exact.grade(sample, answer),
            Grader::Normalised => Normalised.grade(sample, answer),
            Grader::Numeric => Numeric.grade(sample, answer),
            Grader::Choice => Choice.grade(sample, answer),
            Grader::F1 => F1.grade(sample, answer),
            Grader::ContainsAll => ContainsAll.grade(sample, answer),
            Grader::ContainsAny => ContainsAny.grade(sample, answer),
            Grader::Pattern => Matches.grade(sample, answer),
            Grader::Schema => Fits { extract: self.extract }.grade(sample, answer),
        }
    }
}

/// The grader of a sample: its own, or the one that fits; [`Grader::Auto`] for text.
pub(super) fn chosen(sample: &Sample) -> Grader {
    let truths = sample.truths();
    match sample.grader {
        Some(grader) if grader != Grader::Auto => grader,
        _ if sample.pattern.is_some() => Grader::Pattern,
        _ if sample.schema.is_some() => Grader::Schema,
        _ if !sample.choices.is_empty() => Grader::Choice,
        _ if !truths.is_empty() && truths.iter().all(|truth| truth_quantity(truth).is_some()) => Grader::Numeric,
        _ => Grader::Auto,
    }
}

/// What yes and no are called.
const YES: [&str; 9] = ["yes", "true", "ja", "oui", "si", "sí", "sim", "yeah", "yep"];
const NO: [&str; 7] = ["no", "false", "nein", "non", "não", "nope", "nah"];

/// Whether a word says yes (true) or no (false).
pub(super) fn polarity(word: &str) -> Option<bool> {
    let yes = YES.contains(&word).then_some(true);
    yes.or_else(|| NO.contains(&word).then_some(false))
}

fn in_words(sample: &Sample, truths: &[String], answer: &str) -> Verdict {
    let what = expected(truths, answer);
    if is_same(truths, answer) {
        return Verdict::correct(what);
    }
    let cleaned = clean(answer);
    let marked = parts(&cleaned);
    let text = marked.first().map_or(cleaned.as_str(), |part| part.line);
    let came = words_of_clean(text);
    let asked: HashSet<String> = words(&sample.question).into_iter().collect();
    Verdict::best(truths.iter().map(|truth| one(truth, &came, &asked, &what)))
}

fn one(truth: &str, came: &[String], asked: &HashSet<String>, what: &str) -> Verdict {
    let wanted = words(truth);
    if let [word] = wanted.as_slice()
        && let Some(yes) = polarity(word)
    {
        let said = came.first().and_then(|word| polarity(word));
        return said.map_or_else(
            || Verdict::unknown(format!("{what}; it does not begin with yes or no")),
            |said| Verdict::of(said == yes, what),
        );
    }
    if !holds(came, &wanted) {
        return Verdict::wrong(what);
    }
    // Where the question offers it, its other words are what else it offers.
    let offered = wanted.iter().all(|word| asked.contains(word));
    let beside = |word: &&String| !wanted.contains(word) && !is_stating(word);
    let mut others = came.iter().filter(beside);
    let plainly = others.all(|word| !offered && asked.contains(word) && !is_turning(word));
    let turned = came.iter().any(|word| is_turning(word) && !wanted.contains(word));
    if plainly && !turned {
        Verdict::correct(what)
    } else {
        Verdict::unknown(format!("{what}; the expected words stand in it beside others"))
    }
}
