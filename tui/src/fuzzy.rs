//! Finding by a few letters: a row fits that holds them in this order, the better the nearer they stand.
//!
//! What must stay true: without letters nothing changes its place.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Leaves the rows that fit `typed`, the best first; equal ones stay in their order.
pub(crate) fn sort<T>(rows: &mut Vec<T>, typed: &str, words: impl Fn(&T) -> String) {
    if typed.trim().is_empty() {
        return;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut letters = Vec::new();
    let mut score = |row: &T| pattern.score(Utf32Str::new(&words(row), &mut letters), &mut matcher);
    let mut scored: Vec<(u32, T)> = rows.drain(..).filter_map(|row| score(&row).map(|score| (score, row))).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    rows.extend(scored.into_iter().map(|(_, row)| row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_are_enough() {
        let names = ["llama3.1:8b", "qwen2.5-coder:7b", "deepseek-coder:6.7b", "phi3:mini", "auto"];
        for (typed, want) in [
            ("", vec!["llama3.1:8b", "qwen2.5-coder:7b", "deepseek-coder:6.7b", "phi3:mini", "auto"]),
            ("qwcod", vec!["qwen2.5-coder:7b"]),
            ("CODER", vec!["qwen2.5-coder:7b", "deepseek-coder:6.7b"]),
            ("coder deep", vec!["deepseek-coder:6.7b"]),
            ("mini", vec!["phi3:mini"]),
            ("zzz", vec![]),
        ] {
            let mut rows = names.to_vec();
            sort(&mut rows, typed, |row| (*row).to_owned());
            assert_eq!(rows, want, "{typed:?}");
        }
    }
}
