//! Text that models and files bring, made fit for one line of a playbook.
//!
//! What must stay true: what comes out is one line without control characters, without characters that turn the direction of text
//! and without those that no reader sees; cleaning what is clean changes nothing; words are never cut off.

/// On one line, without what cannot be seen: blanks and line ends are folded to one blank, the rest is dropped.
pub fn one_line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == '\u{85}') {
        let before = line.len();
        if !line.is_empty() {
            line.push(' ');
        }
        let seen = line.len();
        line.extend(word.chars().filter(|c| !is_hidden(*c)));
        if line.len() == seen {
            line.truncate(before);
        }
    }
    line
}

/// Whether `text` is one line as it stands, for certain: printable ASCII with single blanks between words. Most are.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let single = text.bytes().all(|byte| {
        let fine = byte.is_ascii_graphic() || byte == b' ' && before != b' ';
        before = byte;
        fine
    });
    single && (before != b' ' || text.is_empty())
}

/// The heading of a section: one line, without marks of a heading around it.
pub fn section(text: &str) -> String {
    one_line(text).trim_matches(|c: char| matches!(c, '#' | '*' | ':' | '[' | ']') || c.is_whitespace()).to_owned()
}

/// What two texts have in common that say the same to the letter: small letters, one blank between words, no mark at the end.
/// Marks inside count: `x > 0` and `x < 0` are two pieces of advice.
pub fn same(text: &str) -> String {
    one_line(text).to_lowercase().trim_end_matches(['.', '!', ',', ';', ':', ' ']).to_owned()
}

/// Control characters, what turns the direction of text, and what is not seen: zero-width blanks, invisible operators, tags and the
/// further variation selectors, in which whole sentences can be hidden. The joiners stay, which scripts and emoji need.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_and_hold_nothing_hidden() {
        for (text, line) in [
            ("  a\n b\r\n\tc  ", "a b c"),
            ("a\u{2028}b\u{85}c", "a b c"),
            ("a\u{1b}[31mb", "a[31mb"),
            ("safe\u{202e}txt", "safetxt"),
            ("\u{e0041}\u{e0042} x \u{200b} y", "x y"),
            ("क्\u{200d}ष", "क्\u{200d}ष"),
            ("\u{0}", ""),
            ("a b", "a b"),
            ("a  b", "a b"),
            ("a ", "a"),
            (" ", ""),
            ("", ""),
        ] {
            assert_eq!(one_line(text), line, "{text:?}");
            assert_eq!(one_line(line), line);
        }
    }

    #[test]
    fn headings_lose_their_marks_and_sameness_keeps_signs() {
        for (text, name) in [("## Common  Errors", "Common Errors"), (" **Units:** ", "Units"), ("[x]", "x"), ("#", "")] {
            assert_eq!(section(text), name, "{text:?}");
        }
        assert_eq!(same(" Check  the UNITS. "), same("check the units"));
        assert_ne!(same("x > 0"), same("x < 0"));
    }
}
