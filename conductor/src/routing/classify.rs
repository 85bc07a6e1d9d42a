//! What a prompt wants, told by the words of `[routing]`, each matched whole and without regard to case.

use crate::config::Routing;
use crate::domain::TaskClass;

/// A class, and the words that spoke for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The class.
    pub class: TaskClass,
    /// The keywords found for it; empty for [`TaskClass::General`].
    pub evidence: Vec<String>,
}

/// The class with the most keywords in `text`; on equal counts code before mathematics before invented text, since a
/// program asked for "to calculate" something is a program. A fenced block counts as one word for code.
pub fn classify(text: &str, routing: &Routing) -> Classified {
    let words = words(text);
    let mut best = Classified { class: TaskClass::General, evidence: Vec::new() };
    for (class, keywords) in [
        (TaskClass::CodeGeneration, &routing.code_keywords),
        (TaskClass::Mathematical, &routing.math_keywords),
        (TaskClass::Creative, &routing.creative_keywords),
    ] {
        let mut evidence: Vec<String> = keywords.iter().filter(|k| occurs(k, &words, text)).cloned().collect();
        if class == TaskClass::CodeGeneration && text.contains("```") {
            evidence.push("```".to_owned());
        }
        if evidence.len() > best.evidence.len() {
            best = Classified { class, evidence };
        }
    }
    best
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Whether `keyword`, of one word or several, stands in the text as whole words. Scripts that write no spaces have no
/// word ends to look for: there a keyword counts wherever it stands.
fn occurs(keyword: &str, words: &[String], text: &str) -> bool {
    let wanted = self::words(keyword);
    if wanted.is_empty() {
        return false;
    }
    if keyword.chars().any(is_unspaced) {
        return text.contains(keyword);
    }
    words.windows(wanted.len()).any(|window| window == wanted)
}

/// Han, Hiragana, Katakana and Thai.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskClass::{CodeGeneration, Creative, General, Mathematical};

    #[test]
    fn keywords_are_whole_words() {
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        let routing = Routing {
            code_keywords: list(&["function", "debug", "unit test", "函数"]),
            math_keywords: list(&["prove", "calculate"]),
            creative_keywords: list(&["story", "poem"]),
        };
        for (text, class) in [
            ("Write a FUNCTION that sorts", CodeGeneration),
            ("debug: why?", CodeGeneration),
            ("add a unit  test please", CodeGeneration),
            ("unit of test", General),
            ("how can I improve the history page", General),
            ("prove it", Mathematical),
            ("a function to calculate tax", CodeGeneration),
            ("calculate and prove this function", Mathematical),
            ("a story, a poem", Creative),
            ("what is this?\n```\nx\n```", CodeGeneration),
            ("写一个函数吧", CodeGeneration),
            ("", General),
        ] {
            assert_eq!(classify(text, &routing).class, class, "{text:?}");
        }
    }
}
