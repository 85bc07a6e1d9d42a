//! Texts that are made to take long, to recurse, or to panic.

use super::*;
use std::time::{Duration, Instant};

/// The length of the texts, and more time than any of them takes, by far, but less than square time would.
const LENGTH: usize = 1 << 16;
const LONG: Duration = Duration::from_secs(2);

#[test]
fn the_time_is_linear_whatever_the_text() {
    for piece in [
        "{",
        "[",
        "}",
        "]",
        "{\"",
        "{\"a\":",
        "{\"a\":[",
        "[{",
        "{'",
        "{“",
        "{‘",
        "{/*",
        "{//",
        "{#",
        "{a",
        "{a:",
        "{a:{",
        "\"",
        "`",
        "```\n",
        "```json\n",
        "```css\n",
        "~~~\n{\"a\":1}\n",
        "<",
        "<think>",
        "</",
        "<think></",
        "</think>",
        "{\"a\":“</think>",
        "{\"a\":1,</think>",
        "<|channel|>",
        "<|channel|>final",
        "[THINK]",
        "◁think▷",
        "{}",
        "{} ",
        "{}\"",
        "{}'",
        "{},a",
        "{}:",
        "{\"a\":1}",
        "{a:1}\n",
        " ",
        "\n",
        "{ ",
        "{\"a\":\"\\",
        "\\",
        "\\u",
        "{...",
        "…",
        "{a:…",
        "analysis",
        "{\"a\":1\n",
        "{\"a\":<",
        "{\"a\":\n```\n",
    ] {
        let begin = Instant::now();
        let text = piece.repeat(LENGTH / piece.len());
        for text in
            [text.clone(), format!("{{\"x\":\"{text}"), format!("```\n{text}"), format!("<think>{text}"), format!("{text}\"}}")]
        {
            recover(&text, false);
        }
        assert!(begin.elapsed() < LONG, "{piece:?} took {:?}", begin.elapsed());
    }
}

#[test]
fn nesting_has_a_limit_and_needs_no_stack() {
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let mixed = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    for text in [nested(MAX_DEPTH), mixed(MAX_DEPTH)] {
        assert!(matches!(recover(&text, false), Verdict::Value(_)), "{text}");
    }
    for text in [nested(MAX_DEPTH + 1), mixed(MAX_DEPTH + 1), nested(100_000), "{\"a\":[".repeat(100_000)] {
        assert_eq!(recover(&text, false), Verdict::Invalid(Why::TooDeep));
    }
}

#[test]
fn long_texts_are_looked_at_up_to_a_limit() {
    for (text, want) in [
        ("{".repeat(1 << 20), Verdict::Truncated),
        ("{ ".repeat(1 << 19) + "!", Verdict::Invalid(Why::NoObject)),
        (format!("{{\"a\":\"{}", "x".repeat(10 << 20)), Verdict::Truncated),
        ("x".repeat(MAX_BYTES + 1), Verdict::Invalid(Why::TooLong)),
    ] {
        assert_eq!(recover(&text, false), want);
    }
}

#[test]
fn what_went_wrong_is_taken_for_thinking_a_few_times_only() {
    let again = |times: usize| format!("{}{{\"a\":1}}", "{\"x\": oops\n</think>".repeat(times));
    assert_eq!(told(&recover(&again(16), false)), r#"{"a":1}"#);
    assert_eq!(told(&recover(&again(17), false)), "bare_word");
}
