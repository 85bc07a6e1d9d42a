//! A server's own words in what it answers, for a person.
//!
//! What must stay true: they are one line and no longer than a few; of a page of HTML the title is left.

use serde_json::Value;

/// How much of the server's words is repeated, in characters.
const WORDS_CAP: usize = 300;

/// The server's words in a body: of JSON its `error`, of HTML its title, else the text.
pub(super) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => words_in(&value),
        Err(_) => words_of(&without_markup(&text)),
    }
}

/// The words in a value; a string that holds JSON is opened, as the refusals of Ollama's engines come that way.
pub(super) fn words_in(value: &Value) -> String {
    match value {
        Value::Object(map) => match map.get("error").or_else(|| map.get("message")) {
            Some(inner) => words_in(inner),
            None => words_of(&value.to_string()),
        },
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => words_in(&inner),
            _ => words_of(text),
        },
        Value::Null => String::new(),
        other => words_of(&other.to_string()),
    }
}

/// One line, of limited length, without control characters.
pub(super) fn words_of(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let line = text.chars().map(printable).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS_CAP) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// The title of a page of HTML, or its text without tags; other text as it is.
fn without_markup(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<html") && !lower.contains("<!doctype") {
        return text.to_owned();
    }
    let title = lower.find("<title").and_then(|tag| {
        let from = tag + lower[tag..].find('>')? + 1;
        Some(&text[from..from + lower[from..].find("</title")?])
    });
    if let Some(title) = title.filter(|t| !t.trim().is_empty()) {
        return title.to_owned();
    }
    let visible = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, after)| after));
    visible.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_short_line() {
        for (body, want) in [
            ("", ""),
            ("null", ""),
            ("a\n\u{1b}[31mb", "a [31mb"),
            (r#"{"error":{"message":"m"}}"#, "m"),
            (r#"{"other":1}"#, r#"{"other":1}"#),
            ("<html><body><h1>It</h1><p>broke</body></html>", "It broke"),
        ] {
            assert_eq!(words(body.as_bytes()), want, "{body:?}");
        }
        assert_eq!(words("狐".repeat(1000).as_bytes()).chars().count(), WORDS_CAP + 1);
    }
}
