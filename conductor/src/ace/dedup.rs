//! Bullets that say nearly the same: by the cosine of their embeddings, by their words where there are none.
//!
//! What must stay true: an embedding belongs to the words that it was made of, so other words want another one; what says the opposite
//! or has other numbers is never the same, whatever the cosine; the same bullets and embeddings give the same pairs.

mod matrix;
mod words;

pub use words::likeness;

use crate::domain::{BulletId, Playbook, Stage};
use matrix::{Matrix, normalised};
use std::collections::{BTreeMap, HashMap};
use words::{Lexicon, Words, differ};

/// The cosine from which on two say the same; that of the paper's authors.
pub const THRESHOLD: f32 = 0.85;

/// Embeddings by the words they were made of.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    by_text: HashMap<String, Vec<f32>>,
}

impl Vectors {
    /// Those of `texts` for which there is none yet, each once.
    pub fn missing<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        for text in texts {
            if !self.by_text.contains_key(text) && !missing.iter().any(|known| known == text) {
                missing.push(text.to_owned());
            }
        }
        missing
    }

    /// Keeps the embedding of `text`, of whatever length. False where it is none: empty, zero, or with what is no number in it.
    pub fn insert(&mut self, text: String, vector: Vec<f32>) -> bool {
        match normalised(vector) {
            Some(vector) => {
                self.by_text.insert(text, vector);
                true
            }
            None => false,
        }
    }

    /// The embedding of `text`, of length 1.
    pub fn get(&self, text: &str) -> Option<&[f32]> {
        self.by_text.get(text).map(Vec::as_slice)
    }

    /// Forgets those of no bullet of `book`.
    pub fn keep(&mut self, book: &Playbook) {
        let said: std::collections::HashSet<&str> = book.bullets.values().map(|bullet| bullet.text.content.as_str()).collect();
        self.by_text.retain(|text, _| said.contains(text.as_str()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_text.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_text.is_empty()
    }
}

/// The bullets of a playbook, ready to be compared. Made anew after a change of the playbook.
#[derive(Debug)]
pub struct Near<'a> {
    vectors: &'a Vectors,
    threshold: f32,
    lexicon: Lexicon,
    /// By their section in small letters.
    sections: BTreeMap<String, Section>,
}

/// The bullets of a section.
#[derive(Debug, Default)]
struct Section {
    /// In the order of their numbers.
    bullets: Vec<Known>,
    /// The embeddings of those that have one, in this order.
    matrix: Matrix,
    /// The place in `bullets` of each row.
    rows: Vec<usize>,
}

#[derive(Debug)]
struct Known {
    id: BulletId,
    words: Words,
    embedded: bool,
    quarantined: bool,
}

impl<'a> Near<'a> {
    /// Of all bullets of `book`, those that are in no prompt included: what did harm is not to be proposed again.
    pub fn new(book: &Playbook, vectors: &'a Vectors, threshold: f32) -> Self {
        let mut near = Self { vectors, threshold, lexicon: Lexicon::default(), sections: BTreeMap::new() };
        for bullet in book.bullets.values() {
            let section = near.sections.entry(bullet.text.section.to_lowercase()).or_default();
            let words = near.lexicon.words(&bullet.text.content);
            let vector = vectors.get(&bullet.text.content);
            let embedded = vector.is_some_and(|vector| section.matrix.push(vector));
            if embedded {
                section.rows.push(section.bullets.len());
            }
            let quarantined = bullet.stage == Stage::Quarantine;
            section.bullets.push(Known { id: bullet.id, words, embedded, quarantined });
        }
        near
    }

    /// The bullet of `section` that says nearly what `content` does, the nearest first: one product of the matrix with the embedding of
    /// `content`, where there is one.
    pub fn nearest(&self, section: &str, content: &str) -> Option<BulletId> {
        let section = self.sections.get(&section.to_lowercase())?;
        let words = self.lexicon.lookup(content);
        let mut best: Option<(f32, BulletId)> = None;
        let mut note = |score: f32, bullet: &Known| {
            let better = best.is_none_or(|(most, _)| score > most);
            if score >= self.threshold && better && !differ(&bullet.words, &words) {
                best = Some((score, bullet.id));
            }
        };
        let cosines = self.vectors.get(content).and_then(|vector| section.matrix.times(vector));
        for (row, cosine) in cosines.iter().flatten().enumerate() {
            if let Some(bullet) = section.rows.get(row).and_then(|at| section.bullets.get(*at)) {
                note(*cosine, bullet);
            }
        }
        let by_words = section.bullets.iter().filter(|bullet| cosines.is_none() || !bullet.embedded);
        by_words.for_each(|bullet| note(bullet.words.likeness(&words), bullet));
        best.map(|(_, id)| id)
    }

    /// All pairs within a section that say nearly the same, the lower number first, by section and number. None holds a bullet in
    /// quarantine.
    pub fn pairs(&self) -> Vec<(BulletId, BulletId)> {
        let mut pairs = Vec::new();
        for section in self.sections.values() {
            let mut found: Vec<(usize, usize)> = section.matrix.pairs(self.threshold);
            for (a, b) in &mut found {
                (*a, *b) = (section.rows[*a], section.rows[*b]);
            }
            // By words all others: where one of the two has no embedding.
            if section.rows.len() < section.bullets.len() {
                let words: Vec<&Words> = section.bullets.iter().map(|bullet| &bullet.words).collect();
                let of = |at: usize| section.bullets.get(at).is_some_and(|bullet| bullet.embedded);
                let by_words = self.lexicon.pairs(&words, self.threshold);
                found.extend(by_words.into_iter().filter(|(a, b)| !(of(*a) && of(*b))));
            }
            found.sort_unstable();
            for (a, b) in found {
                let (Some(a), Some(b)) = (section.bullets.get(a), section.bullets.get(b)) else { continue };
                if !a.quarantined && !b.quarantined && !differ(&a.words, &b.words) {
                    pairs.push((a.id, b.id));
                }
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests;
