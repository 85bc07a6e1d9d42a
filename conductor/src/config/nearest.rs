//! The nearest right word to a wrong one.

/// The candidate that `given` was most likely meant for, if one is near enough to be worth a question. Case counts for
/// nothing, and `-` is taken for `_`.
pub(crate) fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |word: &str| word.to_lowercase().replace('-', "_");
    let given = fold(given);
    // A hostile file may hold a key of a megabyte; the comparison is quadratic.
    if given.len() > 64 {
        return None;
    }
    let far = |candidate: &str| strsim::damerau_levenshtein(&given, &fold(candidate));
    let (distance, best) = candidates.into_iter().map(|c| (far(c), c)).min_by_key(|(distance, _)| *distance)?;
    (distance <= allowed(given.chars().count().max(best.chars().count()))).then_some(best)
}

/// How many letters may be wrong in a word of so many: a third, at least one.
fn allowed(letters: usize) -> usize {
    (letters / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let words = ["general", "code", "math", "code_keywords", "first_token"];
        for (given, want) in [
            ("genral", Some("general")),
            ("cdoe", Some("code")),
            ("CODE", Some("code")),
            ("code-keyword", Some("code_keywords")),
            ("first_tokens", Some("first_token")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, words), want, "{given:?}");
        }
        assert_eq!(nearest(&"a".repeat(1 << 20), words), None);
        assert_eq!(nearest("code", []), None);
    }
}
