//! Words as the ranking compares them: lower case, without endings, without the words that every question has.
//!
//! What must stay true: pages and questions go through the same function, and only equal words match.

/// Words that say nothing of what a question is about. English, and the commonest of German, French and Spanish, since
/// sections name their words in those languages, too.
const STOP: &[&str] = &[
    "a", "about", "actually", "all", "also", "am", "an", "and", "any", "anyone", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "did", "do", "does", "doing", "don", "else", "ever", "exactly", "explain", "for", "from", "give", "going",
    "had", "has", "have", "here", "hey", "hi", "how", "i", "if", "im", "in", "into", "is", "isn", "it", "its", "just", "know",
    "let", "like", "ll", "may", "me", "might", "mine", "more", "most", "must", "my", "need", "needed", "needs", "of", "on", "or",
    "our", "out", "please", "pls", "really", "s", "say", "see", "shall", "should", "so", "some", "somehow", "t", "tell", "than",
    "thanks", "that", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "to", "us",
    "ve", "very", "want", "was", "way", "we", "well", "were", "what", "whats", "when", "where", "wheres", "which", "who", "whom",
    "whose", "why", "will", "with", "would", "you", "your", "yours", // German
    "auf", "bitte", "das", "dem", "den", "der", "die", "ein", "eine", "einen", "es", "ich", "ist", "kann", "man", "mein",
    "meine", "mir", "mit", "nicht", "sind", "soll", "und", "von", "wann", "warum", "wie", "wir", "wo", "zu", // French
    "au", "ce", "comment", "dans", "de", "des", "du", "est", "et", "je", "la", "le", "les", "mes", "mon", "ou", "où", "pour",
    "pourquoi", "quel", "quelle", "un", "une", // Spanish
    "como", "cómo", "cuál", "del", "dónde", "el", "en", "los", "mi", "mis", "para", "por", "puedo", "qué", "se", "una", "y",
];

/// The words of `text` for comparing, in order, with repetitions.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut modifier: Option<String> = None;
    for token in tokens(text) {
        // `Ctrl+C`, `ctrl-c`, `ctrl c` and `^C` are one word; one letter alone is none.
        if let Some(held) = modifier.take() {
            found.push(format!("{held}+{token}"));
        }
        if let Some(name) = modifier_name(&token) {
            modifier = Some(name.to_owned());
            found.push(name.to_owned());
        } else if token.chars().any(is_ideograph) {
            found.extend(pairs(&token));
        } else if token.len() > 1 && !STOP.contains(&token.as_str()) {
            found.push(stem(&token));
        }
    }
    found
}

/// `text` without punctuation and case: equal for two phrases that are the same to the letter.
pub(super) fn literal(text: &str) -> String {
    tokens(text).join(" ")
}

/// Runs of letters and digits, in lower case; `/pull` is a word besides `pull`.
fn tokens(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace("'s", " ").replace("’s", " ");
    let mut tokens = Vec::new();
    for part in text.split_whitespace() {
        if part.starts_with('^') {
            tokens.push("ctrl".to_owned());
        }
        let command = part.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
        if command.strip_prefix('/').is_some_and(|name| name.len() > 1 && name.chars().all(char::is_alphanumeric)) {
            tokens.push(command.to_owned());
        }
        for run in part.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
            split_scripts(run, &mut tokens);
        }
    }
    tokens
}

/// Scripts without blanks stand in one run with Latin letters: `安装ollama` is two words at least.
fn split_scripts(run: &str, tokens: &mut Vec<String>) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let kind = is_ideograph(first);
        let end = rest.find(|c| is_ideograph(c) != kind).unwrap_or(rest.len());
        tokens.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
}

fn modifier_name(token: &str) -> Option<&'static str> {
    match token {
        "ctrl" | "control" | "strg" => Some("ctrl"),
        "alt" => Some("alt"),
        "shift" => Some("shift"),
        _ => None,
    }
}

/// Han and kana: written without blanks between words.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Each two neighbouring characters, the usual stand-in for words in such scripts.
fn pairs(run: &str) -> Vec<String> {
    let chars: Vec<char> = run.chars().collect();
    if chars.len() < 2 { vec![run.to_owned()] } else { chars.windows(2).map(|pair| pair.iter().collect()).collect() }
}

/// The word without its English ending: `pulling`, `pulled` and `pulls` are `pul`, as is `pull`. Not a dictionary form;
/// all that matters is that forms of one word come out alike and different words do not.
fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() < 4 || word.starts_with('/') || word.bytes().any(|b| b.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut stem = singular(word);
    for ending in ["ations", "ation", "ing", "ed"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 3
            && rest.contains(['a', 'e', 'i', 'o', 'u', 'y'])
        {
            stem.truncate(rest.len());
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let bytes = stem.as_bytes();
    if let [.., a, b] = bytes
        && a == b
        && bytes.len() > 3
    {
        stem.pop();
    }
    stem
}

fn singular(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies") {
        return format!("{rest}y");
    }
    let es = ["sses", "shes", "ches", "xes"].iter().any(|ending| word.ends_with(ending));
    let kept = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    match word {
        _ if es => word[..word.len() - 2].to_owned(),
        _ if kept || !word.ends_with('s') => word.to_owned(),
        _ => word[..word.len() - 1].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for forms in [
            vec!["pull", "Pulls", "pulling", "pulled"],
            vec!["install", "installs", "installed", "installing", "installation", "installations"],
            vec!["configure", "configured", "configuring", "configuration"],
            vec!["memory", "memories"],
            vec!["resume", "resumed", "resuming", "resumes"],
            vec!["stop", "stopping", "stopped", "stops"],
            vec!["key", "keys"],
            vec!["fix", "fixes", "fixed", "fixing"],
            vec!["cancel", "cancelled", "canceling"],
            vec!["playbook", "playbook's", "playbooks"],
        ] {
            let stems: Vec<_> = forms.iter().map(|form| words(form)).collect();
            assert!(stems.iter().all(|s| *s == stems[0] && s.len() == 1), "{forms:?} became {stems:?}");
        }
    }

    #[test]
    fn different_words_stay_different() {
        for (a, b) in [("model", "mode"), ("install", "instance"), ("host", "hosting2"), ("status", "state"), ("this", "thus")] {
            assert_ne!(words(a), words(b), "{a} and {b}");
        }
    }

    #[test]
    fn what_counts_as_a_word() {
        for (text, want) in [
            ("How do I do this?", vec![]),
            ("Ctrl+C", vec!["ctrl", "ctrl+c"]),
            ("control-c", vec!["ctrl", "ctrl+c"]),
            ("^C", vec!["ctrl", "ctrl+c"]),
            ("F1", vec!["f1"]),
            ("`/models`?", vec!["/models", "model"]),
            ("~/.config/segno", vec!["config", "segno"]),
            ("llama3.1:8b", vec!["llama3", "8b"]),
            ("安装ollama", vec!["安装", "ollama"]),
            ("怎么退出", vec!["怎么", "么退", "退出"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), want, "{text:?}");
        }
    }
}
