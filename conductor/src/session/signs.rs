//! What a question says of the answer before it, without a word: who asks the same once more was not content with what came.
//!
//! What must stay true: pure; where it is not clear, nothing is said.

use crate::domain::Rating;
use std::collections::BTreeSet;

/// Of the words of both questions, those in common have to be so many in a hundred.
const ALIKE_PERCENT: usize = 70;

/// Questions of fewer words say too little: `and then?`
const FEWEST: usize = 3;

/// What `next` says of the answer to `before`, both as they were typed.
pub(super) fn of(before: &str, next: &str) -> Option<Rating> {
    let (before, next) = (words(before), words(next));
    if before.len() < FEWEST || next.len() < FEWEST {
        return None;
    }
    let (one, other): (BTreeSet<&String>, BTreeSet<&String>) = (before.iter().collect(), next.iter().collect());
    // The same question about another number is another question.
    let numbers = |words: &BTreeSet<&String>| -> BTreeSet<String> {
        words.iter().filter(|word| word.chars().any(char::is_numeric)).map(|word| (*word).clone()).collect()
    };
    if numbers(&one) != numbers(&other) {
        return None;
    }
    let (common, all) = (one.intersection(&other).count(), one.union(&other).count());
    match () {
        () if before == next => Some(Rating::Again),
        () if common * 100 >= all * ALIKE_PERCENT => Some(Rating::Edited),
        () => None,
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_again_and_nearly_the_same_are_signs_and_a_new_question_is_none() {
        for (before, next, sign) in [
            ("What is 7/8 of 40?", "what is 7/8 of 40", Some(Rating::Again)),
            ("What is 7/8 of 40?", "What is 7/8 of 40, in words?", Some(Rating::Edited)),
            ("Write a short poem about rain", "Write a short sad poem about rain", Some(Rating::Edited)),
            ("Write a short poem about rain", "Write a long letter to my landlord", None),
            ("What is 7 + 5 in words?", "What is 7 + 6 in words?", None),
            ("Why?", "Why?", None),
            ("and then what", "", None),
            ("", "what is the sum of these", None),
        ] {
            assert_eq!(of(before, next), sign, "{before:?} {next:?}");
        }
    }
}
