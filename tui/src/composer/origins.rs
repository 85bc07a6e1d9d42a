//! Which parts of a draft were pasted.
//!
//! What must stay true: ranges are sorted, do not touch, and lie on character boundaries of the draft. What is typed inside
//! of a pasted part divides it.

use conductor::domain::{Origin, Prompt};
use std::ops::Range;

/// The pasted byte ranges of a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Origins(Vec<Range<usize>>);

impl Origins {
    /// Those of `prompt`, whose text becomes the draft.
    pub(super) fn of(prompt: &Prompt) -> Self {
        let (mut at, mut ranges) = (0, Vec::new());
        for span in prompt.spans.iter().filter(|span| !span.is_attachment()) {
            if span.origin != Origin::Typed {
                ranges.push(at..at + span.text.len());
            }
            at += span.text.len();
        }
        Self(merged(ranges))
    }

    /// True where nothing was pasted.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `inserted` bytes came in the place of those of `removed`; `pasted` says whether they were.
    pub(super) fn splice(&mut self, removed: Range<usize>, inserted: usize, pasted: bool) {
        let inserted = removed.start..removed.start + inserted;
        let mut ranges = Vec::with_capacity(self.0.len() + 2);
        for range in self.0.drain(..) {
            if range.start < removed.start {
                ranges.push(range.start..range.end.min(removed.start));
            }
            if range.end > removed.end {
                let shifted = |at: usize| at - removed.end + inserted.end;
                ranges.push(shifted(range.start.max(removed.end))..shifted(range.end));
            }
        }
        if pasted {
            ranges.push(inserted);
        }
        self.0 = merged(ranges);
    }

    /// `text` as a prompt of typed and pasted spans.
    pub(super) fn prompt(&self, text: &str) -> Prompt {
        let (mut prompt, mut at) = (Prompt::default(), 0);
        for range in &self.0 {
            prompt.push(Origin::Typed, &text[at..range.start]);
            prompt.push(Origin::Pasted, &text[range.clone()]);
            at = range.end;
        }
        prompt.push(Origin::Typed, &text[at..]);
        prompt
    }
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|r| !r.is_empty());
    ranges.sort_by_key(|r| r.start);
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edits as (bytes from, to, text that comes there, pasted); the prompt with pasted parts in brackets.
    fn check(edits: &[(usize, usize, &str, bool)], want: &str) {
        let (mut origins, mut text) = (Origins::default(), String::new());
        for (from, to, new, pasted) in edits {
            origins.splice(*from..*to, new.len(), *pasted);
            text.replace_range(*from..*to, new);
        }
        let prompt = origins.prompt(&text);
        assert_eq!(prompt.text(), text);
        assert_eq!(Origins::of(&prompt), origins);
        let shown: String = prompt
            .spans
            .iter()
            .map(|s| if s.origin == Origin::Pasted { format!("[{}]", s.text) } else { s.text.clone() })
            .collect();
        assert_eq!(shown, want, "{edits:?}");
    }

    #[test]
    fn pasted_parts_are_followed_through_edits() {
        check(&[(0, 0, "typed", false)], "typed");
        check(&[(0, 0, "pasted", true)], "[pasted]");
        check(&[(0, 0, "say ", false), (4, 4, "näh", true), (8, 8, "!", false)], "say [näh]!");
        check(&[(0, 0, "abcd", true), (2, 2, "X", false)], "[ab]X[cd]");
        check(&[(0, 0, "abcd", true), (1, 3, "", false)], "[ad]");
        check(&[(0, 0, "abcd", true), (0, 4, "", false), (0, 0, "x", false)], "x");
        check(&[(0, 0, "a", false), (1, 1, "PQ", true), (3, 3, "RS", true)], "a[PQRS]");
        check(&[(0, 0, "aPQb", true), (1, 3, "X", false)], "[a]X[b]");
        check(&[(0, 0, "aa", false), (1, 1, "a", true)], "a[a]a");
        check(&[(0, 0, "狐", false), (3, 3, "狐", true)], "狐[狐]");
    }
}
