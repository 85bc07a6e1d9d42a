//! The files of the vocabulary and of the weights, as they are written.

use super::CLASSES;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What one feature says: for each class, and of how hard a prompt is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in super::super) struct Weights {
    tools: f32,
    code: f32,
    math: f32,
    creative: f32,
    deep: f32,
    quick: f32,
    general: f32,
    /// Steps of complexity.
    pub(super) level: f32,
}

impl Weights {
    pub(super) fn classes(&self) -> [f32; CLASSES] {
        [self.tools, self.code, self.math, self.creative, self.deep, self.quick, self.general]
    }
}

/// `config/vocabulary.toml`: what is written by hand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    pub(super) polite: Vec<String>,
    pub(super) conversation: Conversation,
    pub(super) groups: BTreeMap<String, String>,
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) examples: BTreeMap<String, String>,
}

pub(super) type Table = BTreeMap<String, Weights>;

/// `config/routing.toml`: what is learnt, or set by hand.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Learnt {
    pub(super) calibration: Calibration,
    pub(super) base: Weights,
    pub(super) levels: BTreeMap<String, f32>,
    pub(super) signals: Table,
    pub(super) groups: Table,
    pub(super) openings: Table,
    pub(super) crossings: Table,
    pub(super) words: Table,
    pub(super) pairs: Table,
    pub(super) verbs: Table,
    pub(super) begins: Table,
    pub(super) last: Table,
}

/// How sure a score makes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calibration {
    pub(super) temperature: f32,
    #[serde(default = "one")]
    pub(super) tail: f32,
}

fn one() -> f32 {
    1.0
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0, tail: 1.0 }
    }
}

/// How a conversation bears upon its next prompt.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Conversation {
    /// What the class of the last question is worth to a prompt that only makes sense after it.
    pub(in super::super) sticky: f32,
    /// How prompts begin that go on.
    pub(in super::super) goes_on: Vec<String>,
    /// Words that stand for something said before.
    pub(in super::super) refers: Vec<String>,
    /// Words of prompts that begin something else.
    pub(in super::super) switches: Vec<String>,
}
