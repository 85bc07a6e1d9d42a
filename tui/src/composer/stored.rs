//! The draft as one text, for the store.
//!
//! What must stay true: what is read again is the draft as it was, with what was pasted told apart; what stands in the store is cleaned
//! as pasted text is before it is shown.

use super::clean_paste;
use conductor::domain::{Origin, Prompt};

/// Around what was pasted. Neither can be typed, and pasted text is cleaned of both.
const PASTED: (char, char) = ('\u{2}', '\u{3}');

/// The words of `prompt` as one text; what is attached is left out.
pub fn write(prompt: &Prompt) -> String {
    let mut out = String::new();
    for span in prompt.spans.iter().filter(|span| !span.is_attachment()) {
        let text: String = span.text.chars().filter(|c| *c != PASTED.0 && *c != PASTED.1).collect();
        if span.origin == Origin::Typed {
            out.push_str(&text);
        } else {
            out.extend([PASTED.0]);
            out.push_str(&text);
            out.extend([PASTED.1]);
        }
    }
    out
}

/// What [`write()`] wrote.
pub fn read(text: &str) -> Prompt {
    let mut prompt = Prompt::default();
    let mut push = |origin, part: &str| {
        let part = clean_paste(part);
        if !part.is_empty() {
            prompt.push(origin, part);
        }
    };
    let mut rest = text;
    while let Some((typed, after)) = rest.split_once(PASTED.0) {
        let (pasted, next) = after.split_once(PASTED.1).unwrap_or((after, ""));
        push(Origin::Typed, typed);
        push(Origin::Pasted, pasted);
        rest = next;
    }
    push(Origin::Typed, rest);
    prompt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let parts: &[&[(Origin, &str)]] = &[
            &[],
            &[(Origin::Typed, "hello\n狐")],
            &[(Origin::Pasted, "a\nb")],
            &[(Origin::Typed, "x "), (Origin::Pasted, "a\nb"), (Origin::Typed, " y"), (Origin::Pasted, "c")],
        ];
        for parts in parts {
            let mut prompt = Prompt::default();
            for (origin, text) in *parts {
                prompt.push(*origin, *text);
            }
            assert_eq!(read(&write(&prompt)), prompt, "{parts:?}");
        }
    }

    #[test]
    fn what_another_wrote_there_is_cleaned() {
        assert_eq!(read("a\u{1b}[31mb\u{2}c\r\nd").text(), "abc\nd");
        assert_eq!(read("\u{3}a\u{2}\u{2}b\u{3}").text(), "ab");
    }
}
