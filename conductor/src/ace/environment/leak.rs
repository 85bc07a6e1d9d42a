//! Whether a bullet holds a sample's answer: a playbook that learns answers by heart is worth nothing on the next question.
//!
//! The rule, for each truth of the sample:
//!
//! 1. The truth must stand in the bullet: its words, whole, or a number of the same value.
//! 2. A *telling* truth is enough by itself: three words or more, a name (a word of four letters or more with a capital), a long word (nine letters or
//!    more), a number of four digits or more that are no trailing zeros.
//! 3. All others (`4`, `yes`, `B`, `blue`, `100`), and those that stand in the question, occur by chance. Beside them the bullet must either say
//!    `answer` right before (`the answer is 4`, for numbers and letters), or speak of this question: hold its numbers (all, or two where it
//!    has more), or half of its words that say what it is about, where three are enough and two needed; for yes, no and the like three, for a letter four.
//!
//! What must stay true: words and numbers are whole, so that `4` is not found in `14` nor `no` in `note`.

use super::auto::polarity;
use super::clean::clean;
use super::measure::stem;
use super::numeric::truth_quantity;
use super::quantity::{Quantity, quantities};
use super::tolerance::Tolerance;
use super::words::{holds, is_common, is_unspaced, words_of_clean};
use super::{Sample, choice};
use std::collections::BTreeSet;

/// Two numbers that are the same but for what binary arithmetic does to them.
const SAME: Tolerance = Tolerance { absolute: 0.0, relative: 1e-9 };

/// Whether `bullet` holds the answer to `sample`: see the rule above. False where no answer is known, but for one that a pattern finds.
pub fn holds_answer(bullet: &str, sample: &Sample) -> bool {
    let bullet = Text::new(bullet);
    let question = Text::new(&sample.question);
    let by_pattern = sample.pattern.as_ref().is_some_and(|pattern| {
        !pattern.is_match("")
            && pattern.is_match(&bullet.clean)
            && !pattern.is_match(&question.clean)
            && bullet.speaks_of(&question, None, 2)
    });
    by_pattern || truths(sample).iter().any(|truth| holds_truth(&bullet, &question, truth))
}

/// The texts of the truth; for a choice its letter and its text.
fn truths(sample: &Sample) -> Vec<String> {
    let mut all = sample.truths();
    if !sample.choices.is_empty() {
        let right: Vec<usize> = all.iter().filter_map(|truth| choice::right(&sample.choices, truth).ok()).collect();
        all = right.iter().flat_map(|at| [sample.choices[*at].clone(), choice::letter(*at).to_string()]).collect();
    }
    all
}

/// A text, its words and its numbers.
struct Text {
    clean: String,
    words: Vec<String>,
    numbers: Vec<Quantity>,
}

impl Text {
    fn new(text: &str) -> Self {
        let clean = clean(text);
        Self { words: words_of_clean(&clean), numbers: quantities(&clean), clean }
    }

    fn has_number(&self, value: f64) -> bool {
        self.numbers
            .iter()
            .any(|number| SAME.accepts(number.value, value) || number.other.is_some_and(|other| SAME.accepts(other, value)))
    }

    /// Whether it holds the numbers of `question`, or its words: half of them, and no fewer than `least`. Those of the truth do not count.
    fn speaks_of(&self, question: &Self, truth: Option<&Self>, least: usize) -> bool {
        let of_truth = |value: f64| truth.is_some_and(|truth| truth.has_number(value));
        let mut numbers: Vec<f64> = Vec::new();
        for number in question.numbers.iter().filter(|number| number.value.is_finite() && !of_truth(number.value)) {
            if !numbers.iter().any(|known| SAME.accepts(*known, number.value)) {
                numbers.push(number.value);
            }
        }
        let found = numbers.iter().filter(|number| self.has_number(**number)).count();
        // One small number occurs by chance, too.
        let enough = if numbers.len() == 1 { numbers[0].abs() >= 100.0 } else { found >= 2 };
        if found > 0 && enough {
            return true;
        }
        let (wanted, own) = (question.about(), self.about());
        let of_truth = truth.map(Self::about).unwrap_or_default();
        let wanted: Vec<&String> = wanted.difference(&of_truth).collect();
        let found = wanted.iter().filter(|word| own.contains(**word)).count();
        found >= wanted.len().div_ceil(2).clamp(least, least.max(3))
    }

    /// The words that say what it is about, without the endings of plurals.
    fn about(&self) -> BTreeSet<String> {
        let says = |word: &&String| {
            word.chars().any(is_unspaced)
                || (word.chars().count() > 2 && !is_common(word) && word.chars().any(char::is_alphabetic))
        };
        self.words.iter().filter(says).map(|word| stem(word).to_owned()).collect()
    }

    /// Whether `answer`, `answer is` or the like stands right before `phrase`.
    fn answers(&self, phrase: &[String], value: Option<f64>) -> bool {
        let joints = ["is", "=", "was", "should", "be", "must", "always", "option", "choice", "letter"];
        self.words
            .iter()
            .enumerate()
            .filter(|(_, word)| matches!(word.as_str(), "answer" | "antwort" | "choose" | "select" | "pick"))
            .any(|(at, _)| {
                let rest = &self.words[at + 1..];
                let skipped = rest.iter().take(4).take_while(|word| joints.contains(&word.as_str())).count();
                let rest = &rest[skipped..];
                let number = rest.first().and_then(|word| word.parse::<f64>().ok());
                rest.starts_with(phrase) || matches!((number, value), (Some(number), Some(value)) if SAME.accepts(number, value))
            })
    }
}

fn holds_truth(bullet: &Text, question: &Text, truth: &str) -> bool {
    let number = truth_quantity(truth);
    let text = Text::new(truth);
    let stands = |text_of: &Text| match &number {
        Some(number) => text_of.has_number(number.value),
        None => holds(&text_of.words, &text.words),
    };
    if !stands(bullet) {
        return false;
    }
    let value = number.as_ref().map(|number| number.value);
    if is_telling(truth, &text, number.as_ref()) && !stands(question) {
        return true;
    }
    let letter = text.words.len() == 1 && truth.trim().chars().count() == 1;
    if (letter || number.is_some()) && bullet.answers(&text.words, value) {
        return true;
    }
    // A single letter stands in every text.
    let common = text.words.iter().all(|word| polarity(word).is_some() || is_common(word));
    let least = if letter && number.is_none() {
        4
    } else if common && number.is_none() {
        3
    } else {
        2
    };
    bullet.speaks_of(question, Some(&text), least)
}

/// Whether a truth hardly occurs by chance.
fn is_telling(truth: &str, text: &Text, number: Option<&Quantity>) -> bool {
    if let Some(number) = number {
        return number.decimal.as_ref().is_some_and(|decimal| decimal.digits.len() >= 4);
    }
    let capital = truth.split_whitespace().any(|word| word.chars().count() >= 4 && word.starts_with(char::is_uppercase));
    let common = text.words.iter().all(|word| is_common(word) || polarity(word).is_some());
    let unspaced = text.words.iter().flat_map(|word| word.chars()).filter(|c| is_unspaced(*c)).count();
    let words = text.words.iter().filter(|word| !word.chars().any(is_unspaced)).count();
    let long = text.words.iter().any(|word| word.chars().count() >= 9);
    !common && (words >= 3 || capital || long || unspaced >= 3)
}
