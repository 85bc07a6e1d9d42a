//! Which number of an answer counts.
//!
//! What must stay true: a calculation that begins or ends in the number does not hide it; in time proportional to the answer.

use super::super::measure::join;
use super::super::parts::parts;
use super::super::quantity::{Quantity, quantities};
use super::super::words::{is_turning, words_of_clean};
use crate::arithmetic::evaluate;

/// The most numbers beside the one that counts that are looked at: each may ask for a conversion.
const MOST_BESIDE: usize = 16;

/// What stands between two numbers of which neither is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Or,
    And,
}

/// The number that counts, and those beside it.
pub(super) struct Found<'a> {
    /// The sentence or the part in which it stands.
    pub(super) text: &'a str,
    pub(super) chosen: Option<Quantity>,
    pub(super) beside: Vec<Quantity>,
    /// One that is offered in its place: `14 or 15`, and the word between.
    pub(super) offered: Option<(Quantity, Joint)>,
}

impl<'a> Found<'a> {
    /// In a cleaned answer. `None` where it has no numbers.
    pub(super) fn in_answer(answer: &'a str) -> Option<Self> {
        for part in parts(answer) {
            let all = quantities(part.sentence);
            if !all.is_empty() {
                let after = part.sentence.rfind(['=', '≈']).unwrap_or(0);
                let at = all.iter().position(|quantity| quantity.at.start >= after).unwrap_or(0);
                return Some(Self::choose(part.sentence, all, at));
            }
        }
        let all = quantities(answer);
        // Numbers of list items count only where there are no others.
        let mut kept: Vec<Quantity> = all.iter().filter(|quantity| !quantity.item).cloned().collect();
        if kept.is_empty() {
            kept = all;
        }
        let last = kept.last()?.at.start;
        let (start, end) = sentence_around(answer, last);
        kept.retain(|quantity| quantity.at.start >= start);
        for quantity in &mut kept {
            quantity.at = quantity.at.start - start..quantity.at.end.min(end) - start;
        }
        let at = kept.iter().rposition(|quantity| !quantity.aside).unwrap_or(kept.len() - 1);
        Some(Self::choose(&answer[start..end], kept, at))
    }

    fn choose(text: &'a str, mut all: Vec<Quantity>, at: usize) -> Self {
        let at = join(text, &mut all, at);
        let neighbours = [at.checked_sub(1), Some(at)].into_iter().flatten();
        let offered = neighbours.filter_map(|first| offer(text, &all, first, at)).next();
        let chosen = (at < all.len()).then(|| all.remove(at));
        let beside = all.split_off(all.len().saturating_sub(MOST_BESIDE));
        Self { text, chosen, beside, offered }
    }

    /// Whether a word in the sentence says no to something in it.
    pub(super) fn turned(&self) -> bool {
        words_of_clean(self.text).iter().any(|word| is_turning(word))
    }

    /// What the part comes to where it is a calculation that was left as it is: `2^10`, `sqrt(16)`.
    pub(super) fn calculated(&self) -> Option<f64> {
        let text = self.text.trim().trim_end_matches('.');
        (text.len() <= 100).then(|| evaluate(text).ok())?.and_then(|worked| worked.result.parse().ok())
    }
}

/// The neighbour of the quantity at `chosen`, of the pair that begins at `first`, if a joint alone stands between the two.
fn offer(text: &str, all: &[Quantity], first: usize, chosen: usize) -> Option<(Quantity, Joint)> {
    let (left, right) = all.get(first).zip(all.get(first + 1))?;
    let joint = match text.get(left.at.end..right.at.start)?.trim().trim_start_matches(',').trim() {
        "or" | "oder" | "ou" | "o" => Joint::Or,
        "and" | "und" | "et" | "y" => Joint::And,
        _ => return None,
    };
    Some((if first == chosen { right.clone() } else { left.clone() }, joint))
}

/// The sentence that holds `at`: where it begins and ends.
fn sentence_around(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let ends = |i: usize| {
        bytes[i] == b'\n' || (matches!(bytes[i], b'.' | b'!' | b'?') && bytes.get(i + 1).is_none_or(|b| b" \n".contains(b)))
    };
    let start = (0..at).rev().find(|i| ends(*i)).map_or(0, |i| i + 1);
    let end = (at..bytes.len()).find(|i| ends(*i)).unwrap_or(bytes.len());
    (start, end)
}
