//! What a prompt wants, told by the words of `[routing]`, each matched whole and without regard to case.

use super::words::Words;
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
    let words = Words::of(text);
    let mut best = Classified { class: TaskClass::General, evidence: Vec::new() };
    for (class, keywords) in [
        (TaskClass::CodeGeneration, &routing.code_keywords),
        (TaskClass::Mathematical, &routing.math_keywords),
        (TaskClass::Creative, &routing.creative_keywords),
    ] {
        let mut evidence: Vec<String> = keywords.iter().filter(|k| words.have(k)).cloned().collect();
        if class == TaskClass::CodeGeneration && text.contains("```") {
            evidence.push("```".to_owned());
        }
        if evidence.len() > best.evidence.len() {
            best = Classified { class, evidence };
        }
    }
    best
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
