//! The title of a conversation: its first words, made here and without asking a model.

use crate::domain::Prompt;

/// The most characters of a title.
const LONGEST: usize = 48;

/// Where there are no words.
const NONE: &str = "(no words)";

/// The most characters of a title that the user gives; lists show less of it.
pub(crate) const LONGEST_GIVEN: usize = 200;

/// What a copy is called.
const COPY: &str = " (copy)";

/// The title of a copy: no longer than one that the user gives, however many copies of copies there were.
pub(super) fn title_of_copy(title: &str) -> String {
    let room = LONGEST_GIVEN - COPY.len();
    if title.chars().count() <= room {
        return format!("{title}{COPY}");
    }
    let kept: String = title.chars().take(room - 1).collect();
    format!("{kept}…{COPY}")
}

/// The title of a conversation that begins with `prompt`: what was typed counts more than what was piped in before it, and that
/// more than the names of what is attached.
pub(super) fn title_of_prompt(prompt: &Prompt) -> String {
    let words: String = prompt.spans.iter().filter(|span| !span.is_attachment()).map(|span| span.text.as_str()).collect();
    let names: Vec<&str> = prompt.spans.iter().map(|span| span.name.as_str()).collect();
    let titles = [prompt.typed_text(), words, names.join(" ")].map(|text| title_of(&text));
    titles.into_iter().find(|title| title != NONE).unwrap_or_else(|| NONE.to_owned())
}

/// The first words of the first line that has any: at most 48 characters, blanks folded, control characters dropped, an
/// ellipsis where the line goes on. Only a first word longer than that is cut inside.
fn title_of(text: &str) -> String {
    text.lines().map(of_line).find(|title| !title.is_empty()).unwrap_or_else(|| NONE.to_owned())
}

fn of_line(line: &str) -> String {
    let mut title = String::new();
    let mut length = 0;
    let words = line.split_whitespace().map(|word| word.chars().filter(|c| !is_control(*c)).collect::<String>());
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let gap = usize::from(!title.is_empty());
        let more = gap + word.chars().count();
        // The last place is kept for the ellipsis while anything follows.
        if length + more + usize::from(words.peek().is_some()) > LONGEST {
            if title.is_empty() {
                title.extend(word.chars().take(LONGEST - 1));
            }
            title.push('…');
            break;
        }
        if gap == 1 {
            title.push(' ');
        }
        title.push_str(&word);
        length += more;
    }
    title
}

/// Control characters, and those that turn the direction of the text after them: a title stands between others.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Span};

    #[test]
    fn titles() {
        for (text, title) in [
            ("why is the sky blue?", "why is the sky blue?".to_owned()),
            ("  why \t is\u{a0}it   blue \nand more", "why is it blue".to_owned()),
            ("\n \t\n\u{1b}\nsecond\nthird", "second".to_owned()),
            ("a\u{1b}[31mred\u{7}\u{202e} word\u{0}", "a[31mred word".to_owned()),
            ("", NONE.to_owned()),
            (" \r\n\t", NONE.to_owned()),
            (&"x".repeat(48), "x".repeat(48)),
            (&"x".repeat(49), format!("{}…", "x".repeat(47))),
            (&"狐".repeat(60), format!("{}…", "狐".repeat(47))),
            (&format!("{} b", "x".repeat(46)), format!("{} b", "x".repeat(46))),
            (&format!("{} bc", "x".repeat(46)), format!("{}…", "x".repeat(46))),
            (&format!("{} b", "x".repeat(48)), format!("{}…", "x".repeat(47))),
            (
                "write me a function that sorts a list of names by their length",
                "write me a function that sorts a list of names…".to_owned(),
            ),
        ] {
            assert_eq!(title_of(text), title, "{text:?}");
            assert!(title_of(text).chars().count() <= LONGEST, "{text:?}");
        }
    }

    #[test]
    fn copies_of_copies_have_titles_that_are_no_longer_than_given_ones() {
        for (title, want) in [
            ("plan".to_owned(), "plan (copy)".to_owned()),
            ("plan (copy)".to_owned(), "plan (copy) (copy)".to_owned()),
            ("狐".repeat(193), format!("{} (copy)", "狐".repeat(193))),
            ("狐".repeat(194), format!("{}… (copy)", "狐".repeat(192))),
            ("x".repeat(256), format!("{}… (copy)", "x".repeat(192))),
        ] {
            assert_eq!(title_of_copy(&title), want);
        }
        let deep = (0..60).fold("plan".to_owned(), |title, _| title_of_copy(&title));
        assert_eq!(deep.chars().count(), LONGEST_GIVEN);
    }

    #[test]
    fn what_was_typed_counts_first() {
        let mut prompt = Prompt::default();
        prompt.push(Origin::Stdin, "fn main() {}\n");
        assert_eq!(title_of_prompt(&prompt), "fn main() {}");
        prompt.attach(Span::file("notes.txt", "File `notes.txt`:\n"));
        assert_eq!(title_of_prompt(&prompt), "fn main() {}");
        prompt.push(Origin::Typed, "explain");
        assert_eq!(title_of_prompt(&prompt), "explain");
        prompt.spans = vec![Span::file("notes.txt", "File `notes.txt`:\n"), Span::file("b.txt", "")];
        assert_eq!(title_of_prompt(&prompt), "notes.txt b.txt");
    }
}
