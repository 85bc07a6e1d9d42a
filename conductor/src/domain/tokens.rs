//! An estimate of tokens, for budgets alone; the server's own count replaces it as soon as there is one.

/// About how many tokens `text` is.
///
/// Four bytes a token for ASCII (the rule of thumb that vendors publish), one token a character for everything else,
/// which errs on the high side for European languages and about right for CJK. Never zero for non-empty text.
pub fn estimate_tokens(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let other = text.chars().count() - ascii;
    (ascii.div_ceil(4)) + other
}

#[cfg(test)]
mod tests {
    use super::estimate_tokens;

    #[test]
    fn estimates() {
        for (text, tokens) in [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("狐狸", 2), ("né", 2)] {
            assert_eq!(estimate_tokens(text), tokens, "{text:?}");
        }
    }
}
