//! Words of the bullets of a playbook, for finding those that fit a question: BM25 (Robertson, Zaragoza 2009) over postings.
//!
//! What must stay true: made once and used for many questions; it holds no bullet, so one that is older than its playbook gives
//! worse scores and nothing false.

use crate::domain::{BulletId, DeltaSeq, Playbook, PlaybookKey};
use std::collections::HashMap;

/// How soon a word that comes again in a bullet counts no more.
const K1: f32 = 1.2;

/// How much long bullets are held against.
const B: f32 = 0.75;

/// The most words of a question that are looked up.
const MOST_WORDS: usize = 256;

/// The words of a playbook.
#[derive(Debug, Clone)]
pub struct Index {
    key: PlaybookKey,
    last: DeltaSeq,
    /// In ascending order; the place in it is that in `scores`.
    ids: Vec<BulletId>,
    /// For each word the bullets that hold it: the place, and its weight there without that of the word.
    postings: HashMap<String, Vec<(u32, f32)>>,
}

impl Index {
    /// Of the active bullets of `book`: their content and section.
    pub fn new(book: &Playbook) -> Self {
        let mut postings: HashMap<String, Vec<(u32, f32)>> = HashMap::new();
        let (mut ids, mut lengths) = (Vec::new(), Vec::new());
        for bullet in book.bullets.values().filter(|bullet| bullet.stage.is_active()) {
            let place = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let mut length = 0.0;
            for text in [&bullet.text.section, &bullet.text.content] {
                words(text, &mut |word| {
                    length += 1.0;
                    let list = match postings.get_mut(word) {
                        Some(list) => list,
                        None => postings.entry(word.to_owned()).or_default(),
                    };
                    match list.last_mut() {
                        Some((at, times)) if *at == place => *times += 1.0,
                        _ => list.push((place, 1.0)),
                    }
                });
            }
            ids.push(bullet.id);
            lengths.push(length);
        }
        let mean = (lengths.iter().sum::<f32>() / lengths.len().max(1) as f32).max(1.0);
        for (place, times) in postings.values_mut().flatten() {
            let length = lengths.get(*place as usize).copied().unwrap_or(mean);
            *times = *times * (K1 + 1.0) / (*times + K1 * (1.0 - B + B * length / mean));
        }
        Self { key: book.key.clone(), last: book.last, ids, postings }
    }

    /// Whether it is of `book` as it is now, as far as the number of the last stored delta says.
    pub fn fits(&self, book: &Playbook) -> bool {
        self.key == book.key && self.last == book.last
    }

    /// The places of bullets that are asked for in ascending order.
    pub(super) fn places(&self) -> impl FnMut(BulletId) -> Option<usize> {
        let mut at = 0;
        move |id| {
            while self.ids.get(at).is_some_and(|other| *other < id) {
                at += 1;
            }
            (self.ids.get(at) == Some(&id)).then_some(at)
        }
    }

    /// How well each bullet fits `query`, 0 for not at all.
    pub(super) fn scores(&self, query: &str) -> Vec<f32> {
        let mut asked: Vec<String> = Vec::new();
        words(query, &mut |word| {
            if asked.len() < MOST_WORDS && !asked.iter().any(|known| known == word) {
                asked.push(word.to_owned());
            }
        });
        let mut scores = vec![0.0; self.ids.len()];
        let all = self.ids.len() as f32;
        for list in asked.iter().filter_map(|word| self.postings.get(word)) {
            let holds = list.len() as f32;
            let weight = (1.0 + (all - holds + 0.5) / (holds + 0.5)).ln();
            for (place, times) in list {
                if let Some(score) = scores.get_mut(*place as usize) {
                    *score += weight * times;
                }
            }
        }
        scores
    }
}

/// The words of `text` in small letters, without a plural `s`; of scripts without blanks between words, each character.
fn words(text: &str, each: &mut dyn FnMut(&str)) {
    let text = text.to_lowercase();
    let mut rest = &text[..];
    while let Some(from) = rest.find(char::is_alphanumeric) {
        rest = &rest[from..];
        let mut chars = rest.char_indices();
        let alone = chars.next().filter(|(_, c)| stands_alone(*c));
        let end = match alone {
            Some((_, c)) => c.len_utf8(),
            None => rest.find(|c: char| !c.is_alphanumeric() || stands_alone(c)).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        let plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss");
        let stem = if plural { &word[..word.len() - 1] } else { word };
        if stem.len() > 1 || stem.bytes().all(|byte| byte.is_ascii_digit()) {
            each(stem);
        }
    }
}

/// Of a script that writes no blanks between words.
fn stands_alone(c: char) -> bool {
    c >= '\u{3040}'
        && matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}
