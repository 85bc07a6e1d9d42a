//! Which parts of a draft were pasted.
//!
//! What must stay true: ranges are sorted, do not touch, and lie on character boundaries of the draft. Every edit is one
//! contiguous replacement, so it is found again by what the texts before and after have in common at both ends.

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

    /// `old` became `new`; `pasted` says of the text that came in whether it was pasted.
    pub(super) fn edit(&mut self, old: &str, new: &str, pasted: impl FnOnce(&str) -> bool) {
        let prefix = common_prefix(old, new);
        let suffix = common_suffix(&old[prefix..], &new[prefix..]);
        let (removed, inserted) = (prefix..old.len() - suffix, prefix..new.len() - suffix);
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
        if !inserted.is_empty() && pasted(&new[inserted.clone()]) {
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

fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
}

fn common_suffix(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edits as (text after, pasted); the prompt with pasted parts in brackets.
    fn check(edits: &[(&str, bool)], want: &str) {
        let (mut origins, mut text) = (Origins::default(), String::new());
        for (new, pasted) in edits {
            origins.edit(&text, new, |_| *pasted);
            text = (*new).to_owned();
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
        check(&[("typed", false)], "typed");
        check(&[("pasted", true)], "[pasted]");
        check(&[("say ", false), ("say näh", true), ("say näh!", false)], "say [näh]!");
        check(&[("abcd", true), ("abXcd", false)], "[ab]X[cd]");
        check(&[("abcd", true), ("ad", false)], "[ad]");
        check(&[("abcd", true), ("", false), ("x", false)], "x");
        check(&[("a", false), ("aPQ", true), ("aPQRS", true)], "a[PQRS]");
        check(&[("aPQb", true), ("aXb", false)], "[a]X[b]");
        check(&[("狐", false), ("狐狸", true), ("狐x狸", false)], "狐x[狸]");
    }
}
