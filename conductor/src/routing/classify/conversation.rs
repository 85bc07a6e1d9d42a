//! Whether a prompt only makes sense after the one before it: "and in Rust?", "make it shorter", "why?".

use super::features::{Features, Spoken, hash};
use super::lexicon::Conversation;

/// Longer prompts stand for themselves.
const LONGEST: usize = 14;
/// Of a prompt that says that it begins something else, so much is left.
const SWITCHED: f32 = 0.15;

/// From 0, stands for itself, to 1, does not.
pub(super) fn goes_on(features: &Features<'_>, conversation: &Conversation) -> f32 {
    let words = &features.words;
    if words.len() > LONGEST {
        return 0.0;
    }
    let begins = conversation.goes_on.iter().any(|phrase| is_at(words, phrase));
    let refers = conversation.refers.iter().any(|phrase| is_in(words, phrase));
    let switches = conversation.switches.iter().any(|phrase| is_in(words, phrase));
    let strength: f32 = match (begins, refers, words.len()) {
        (true, true, _) | (true, _, 0..=4) => 1.0,
        (true, false, 5..=8) => 0.6,
        (true, false, _) => 0.25,
        (false, true, 0..=6) => 0.7,
        (false, true, _) => 0.4,
        (false, false, 0..=2) => 0.5,
        _ => 0.0,
    };
    if switches { strength * SWITCHED } else { strength }
}

fn is_at(words: &[Spoken<'_>], phrase: &str) -> bool {
    let mut wanted = phrase.split(' ').map(hash);
    let mut there = words.iter().map(Spoken::hash);
    wanted.all(|word| there.next() == Some(word))
}

fn is_in(words: &[Spoken<'_>], phrase: &str) -> bool {
    (0..words.len()).any(|from| is_at(&words[from..], phrase))
}
