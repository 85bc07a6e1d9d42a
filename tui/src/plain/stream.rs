//! An answer as it comes, in whole words: what is read out does not stutter.
//!
//! What must stay true: all of a text comes out once and in order, however it was cut; a word that has no end is not held back for
//! ever.

use unicode_segmentation::UnicodeSegmentation as _;

/// Bytes of a word that is held back at most.
const LONGEST: usize = 256;

/// How many bytes at the start of `text` are whole words; all of them where nothing more comes.
pub(super) fn whole(text: &str, ended: bool) -> usize {
    if ended || text.len() > LONGEST && !text.contains(char::is_whitespace) {
        return text.len();
    }
    match text.split_word_bound_indices().next_back() {
        Some((_, last)) if last.contains(char::is_whitespace) => text.len(),
        Some((at, _)) => at,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_held_back_until_they_are_whole() {
        for (text, ended, want) in [
            ("", false, ""),
            ("hel", false, ""),
            ("hello ", false, "hello "),
            ("hello wor", false, "hello "),
            ("hello\n", false, "hello\n"),
            ("hello, ", false, "hello, "),
            ("hel", true, "hel"),
            ("雨の俳", false, "雨の"),
        ] {
            assert_eq!(&text[..whole(text, ended)], want, "{text:?} {ended}");
        }
        assert_eq!(whole(&"x".repeat(LONGEST + 1), false), LONGEST + 1);
    }
}
