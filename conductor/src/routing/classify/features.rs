//! From a prompt to what is weighed of it: words, pairs of words, how it begins, how its last sentence begins, its shape.
//!
//! What must stay true: the command that learns the weights sees exactly what the classifier sees.

use super::lexicon::Lexicon;
use super::signals::{self, Signals};
use super::text::{self, Text, Token};

/// What a feature is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The shape.
    Signal,
    /// A word anywhere.
    Word,
    /// Two words side by side.
    Pair,
    /// The first word that is no politeness.
    Verb,
    /// The first two words.
    Begin,
    /// The first word, or two, of the last sentence, where there are several.
    Last,
    /// A group that words are of.
    Group,
    /// A group that the first word is of.
    Opening,
    /// The first word, and a group that a word after it is of.
    Crossing,
}

/// A feature of a prompt, as it is looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature {
    pub(super) kind: Kind,
    pub(super) key: u64,
    /// How much it counts.
    pub(super) value: f32,
    /// The place of its first word among the words; of a signal or a group, its number.
    pub(super) at: u32,
}

/// FNV-1a of a word.
pub(super) fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// The key of a feature of one word or two; `second` is 0 for one.
pub(super) fn key(kind: Kind, first: u64, second: u64) -> u64 {
    let mixed = (first ^ (kind as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ second;
    let mixed = mixed.wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ mixed >> 29
}

/// Words nearer than this to the beginning or the end count whole.
const NEAR: usize = 48;
/// What words in between count: mostly they are pasted.
const FAR: f32 = 0.4;
/// So many words share out the weight that a prompt has.
const SHARE: f32 = 9.0;
/// So many words after the first are crossed with it.
const CROSSED: usize = 10;
/// What a number is called as a word.
const NUMBER: &str = "0";

/// A word as it is weighed.
pub(super) struct Spoken<'a> {
    pub(super) name: &'a str,
    hash: u64,
    first: bool,
}

impl Spoken<'_> {
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}

/// What is weighed of a prompt.
pub(super) struct Features<'a> {
    pub(super) words: Vec<Spoken<'a>>,
    pub(super) list: Vec<Feature>,
    /// The place of the first word that is no politeness.
    verb: Option<usize>,
}

/// A prompt, read.
pub(super) struct Reading {
    pub(super) text: Text,
    pub(super) signals: Signals,
}

impl Reading {
    pub(super) fn of(prompt: &str) -> Self {
        let sample = text::sampled(prompt);
        let text = Text::read(&sample);
        let signals = Signals::of(prompt, &sample, &text);
        Self { text, signals }
    }

    pub(super) fn features<'a>(&'a self, lexicon: &'a Lexicon) -> Features<'a> {
        let words = self.words(lexicon);
        let mut features = Features { list: Vec::with_capacity(words.len() * 3 + 32), words, verb: None };
        features.signals(&self.signals);
        let verb = features.beginning(lexicon);
        features.everywhere();
        features.groups(lexicon, verb);
        features
    }

    /// The words, each by the name that it is known by.
    fn words<'a>(&'a self, lexicon: &'a Lexicon) -> Vec<Spoken<'a>> {
        let tokens: Vec<&Token> = self.text.tokens.iter().filter(|token| !token.fenced).collect();
        let mut words = Vec::with_capacity(tokens.len());
        let number = hash(NUMBER);
        let mut skip = false;
        for (at, token) in tokens.iter().enumerate() {
            if std::mem::take(&mut skip) {
                continue;
            }
            let (name, first) = (self.text.of(token), token.first);
            match token.kind {
                text::Kind::Number => words.push(Spoken { name: NUMBER, hash: number, first }),
                text::Kind::Unspaced => {
                    let found = lexicon.within(name).enumerate();
                    words.extend(found.map(|(nth, (name, hash))| Spoken { name, hash, first: first && nth == 0 }));
                }
                text::Kind::Word | text::Kind::Name => {
                    let own = hash(name);
                    let next = tokens.get(at + 1).filter(|next| !next.first).map_or(0, |next| hash(self.text.of(next)));
                    let known = lexicon.canonical(own, next);
                    skip = known.is_some_and(|(_, _, both)| both);
                    let (name, hash) = known.map_or((name, own), |(name, hash, _)| (name, hash));
                    words.push(Spoken { name, hash, first });
                }
            }
        }
        words
    }
}

impl Features<'_> {
    fn signals(&mut self, signals: &Signals) {
        for (at, value) in (0..).zip(signals.0).filter(|(_, value)| *value > 0.0) {
            self.list.push(Feature { kind: Kind::Signal, key: 0, value, at });
        }
    }

    fn push(&mut self, kind: Kind, at: usize, two: bool, value: f32) {
        let second = if two { self.words.get(at + 1).map_or(0, |word| word.hash) } else { 0 };
        let key = key(kind, self.words[at].hash, second);
        self.list.push(Feature { kind, key, value, at: u32::try_from(at).unwrap_or(u32::MAX) });
    }

    /// Returns the place of the first word that is no politeness.
    fn beginning(&mut self, lexicon: &Lexicon) -> Option<usize> {
        let count = self.words.len();
        if count > 1 {
            self.push(Kind::Begin, 0, true, 1.0);
        }
        let verb = self.words.iter().take(10).position(|word| !lexicon.is_polite(word.hash));
        if let Some(verb) = verb {
            self.push(Kind::Verb, verb, false, 1.0);
        }
        let last = self.words.iter().rposition(|word| word.first).filter(|at| *at > 0);
        if let Some(at) = last {
            self.push(Kind::Last, at, false, 1.0);
            if at + 1 < count {
                self.push(Kind::Last, at, true, 1.0);
            }
        }
        verb
    }

    fn groups(&mut self, lexicon: &Lexicon, verb: Option<usize>) {
        let count = self.words.len();
        let mut strengths: Vec<(u16, f32, bool)> = Vec::with_capacity(16);
        let mut add = |group: u16, value: f32, crosses: bool| match strengths.iter_mut().find(|(g, ..)| *g == group) {
            Some((_, strength, crossed)) => {
                *strength += value;
                *crossed |= crosses;
            }
            None => strengths.push((group, value, crosses)),
        };
        for at in 0..count {
            let near = at < NEAR || at + NEAR >= count;
            let crosses = verb.is_some_and(|verb| at > verb && at <= verb + CROSSED);
            let next = self.words.get(at + 1).filter(|next| !next.first).map_or(0, |next| next.hash);
            let two = if next == 0 { &[] } else { lexicon.groups_of(self.words[at].hash, next) };
            for group in lexicon.groups_of(self.words[at].hash, 0).iter().chain(two) {
                add(*group, if near { 1.0 } else { FAR }, crosses);
            }
        }
        for (group, strength, crossed) in strengths {
            // The first says most: 0.5, 0.75, 0.875, ...
            let value = 1.0 - 0.5_f32.powf(strength);
            let at = u32::from(group);
            let number = u64::from(group) + 1;
            self.list.push(Feature { kind: Kind::Group, key: key(Kind::Group, number, 0), value, at });
            if let Some(verb) = verb.filter(|_| crossed) {
                let key = key(Kind::Crossing, self.words[verb].hash, number);
                self.list.push(Feature { kind: Kind::Crossing, key, value: 0.7, at });
            }
        }
        for group in verb.map(|verb| lexicon.groups_of(self.words[verb].hash, 0)).unwrap_or_default() {
            let key = key(Kind::Opening, u64::from(*group) + 1, 0);
            self.list.push(Feature { kind: Kind::Opening, key, value: 1.0, at: u32::from(*group) });
        }
        self.verb = verb;
    }

    fn everywhere(&mut self) {
        let count = self.words.len();
        let share = (SHARE / count.max(1) as f32).sqrt().min(1.0);
        let from = self.list.len();
        for at in 0..count {
            let near = at < NEAR || at + NEAR >= count;
            let value = if near { share } else { share * FAR };
            self.push(Kind::Word, at, false, value);
            if at + 1 < count && !self.words[at + 1].first {
                self.push(Kind::Pair, at, true, value);
            }
        }
        // What is said twice is not said louder.
        let mut said = self.list.split_off(from);
        said.sort_unstable_by_key(|feature| (feature.key, feature.at));
        said.dedup_by_key(|feature| feature.key);
        self.list.append(&mut said);
    }

    /// The name under which a feature stands in the file of weights.
    pub(super) fn name(&self, feature: &Feature, lexicon: &Lexicon) -> String {
        let at = feature.at as usize;
        let word = |at: usize| self.words.get(at).map_or("", |word| word.name);
        match feature.kind {
            Kind::Signal => signals::NAMES.get(at).copied().unwrap_or_default().to_owned(),
            Kind::Group | Kind::Opening => lexicon.group_name(at).to_owned(),
            Kind::Crossing => format!("{} + {}", self.verb.map_or("", word), lexicon.group_name(at)),
            Kind::Word | Kind::Verb => word(at).to_owned(),
            Kind::Pair | Kind::Begin => format!("{} {}", word(at), word(at + 1)),
            Kind::Last => {
                let one = key(Kind::Last, self.words.get(at).map_or(0, |word| word.hash), 0) == feature.key;
                if one { word(at).to_owned() } else { format!("{} {}", word(at), word(at + 1)) }
            }
        }
    }
}
