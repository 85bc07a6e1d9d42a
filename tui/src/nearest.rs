//! The nearest right word to a wrong one.

/// The candidate nearest to `word`: one that begins with it, or one that few changes make of it.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let word = word.to_lowercase();
    if word.is_empty() {
        return None;
    }
    let begins = candidates.clone().filter(|c| c.to_lowercase().starts_with(&word)).min_by_key(|c| c.len());
    begins.or_else(|| {
        let near = candidates.map(|c| (strsim::osa_distance(&word, &c.to_lowercase()), c)).min_by_key(|(d, _)| *d);
        near.filter(|(d, c)| *d <= (c.chars().count().max(2) / 3).max(1)).map(|(_, c)| c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_comes_before_what_is_near() {
        let words = ["model", "models", "retry", "resume"];
        for (word, want) in [
            ("MOD", Some("model")),
            ("modle", Some("model")),
            ("rety", Some("retry")),
            ("res", Some("resume")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words.into_iter()), want, "{word}");
        }
    }
}
