//! The words of a text, and which keywords of the configuration are among them: whole, and without regard to case.

use std::collections::HashSet;

/// A text as words.
#[derive(Debug)]
pub struct Words<'a> {
    text: &'a str,
    list: Vec<String>,
    set: HashSet<String>,
}

impl<'a> Words<'a> {
    /// The words of `text`: runs of letters and digits.
    pub fn of(text: &'a str) -> Self {
        let list: Vec<String> = split(text).collect();
        let set = list.iter().cloned().collect();
        Self { text, list, set }
    }

    /// Whether `keyword`, of one word or several, stands in the text as whole words. Scripts that write no spaces have no
    /// word ends to look for: there a keyword counts wherever it stands.
    pub fn have(&self, keyword: &str) -> bool {
        if keyword.chars().any(is_unspaced) {
            return self.text.contains(keyword);
        }
        let wanted: Vec<String> = split(keyword).collect();
        // Cheap first: most keywords are not there at all.
        match &wanted[..] {
            [] => false,
            [word] => self.set.contains(word),
            several => several.iter().all(|w| self.set.contains(w)) && self.list.windows(several.len()).any(|w| w == several),
        }
    }
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase)
}

/// Han, Hiragana, Katakana and Thai.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn keywords_are_found_whole() {
        for (text, keyword, want) in [
            ("My TAX return", "tax", true),
            ("a taxi", "tax", false),
            ("the tax-free sum", "tax", true),
            ("Steuererklärung 2024", "steuererklärung", true),
            ("side  effects of it", "side effects", true),
            ("effects on the side", "side effects", false),
            ("ÄRZTIN", "ärztin", true),
            ("我要报税吗", "报税", true),
            ("anything", "", false),
            ("anything", "--", false),
            ("", "tax", false),
        ] {
            assert_eq!(Words::of(text).have(keyword), want, "{text:?} {keyword:?}");
        }
    }
}
