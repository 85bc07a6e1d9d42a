//! The glyphs that Segno draws, and what stands for them where a terminal shows ASCII alone.
//!
//! What must stay true: each takes one column in both forms, so that nothing moves; this is the only place that knows the second form.
//!
//! A frame is drawn with glyphs and changed at its end: whatever draws, and whatever will, cannot forget it. The same glyphs in an
//! answer are changed, too; its other letters are its own.

use ratatui::buffer::Buffer;

/// The glyphs and their second forms.
const FORMS: [(&str, char); 18] = [
    ("●", '*'),
    ("○◌", 'o'),
    ("◆◇✓✔", '+'),
    ("☁", '@'),
    ("›→▸▶▷⟩", '>'),
    ("‹←◂◀◁⟨", '<'),
    ("↑▴▲", '^'),
    ("↓▾▼", 'v'),
    ("·•∙–—‑", '-'),
    ("…≈", '~'),
    ("✗×", 'x'),
    ("“”„", '"'),
    ("‘’", '\''),
    ("█▓▉▊▋▌▍▎", '#'),
    ("▏▕▐", '|'),
    ("░▒▁▂▃▄▅▆▇▀", '.'),
    // Blanks at which no line is broken.
    ("\u{a0}\u{202f}", ' '),
    ("µ", 'u'),
];

/// Whether the locale is known to be none of UTF-8: the first of these that is set decides.
pub fn is_not_utf8(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
    let set = [lc_all, lc_ctype, lang].into_iter().flatten().find(|value| !value.is_empty());
    set.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

/// What stands for `glyph`; `None` where it is none of ours.
fn ascii(glyph: char) -> Option<char> {
    match glyph {
        '─' | '━' | '┄' | '┅' | '┈' | '┉' | '╌' | '╍' | '═' | '╴' | '╶' | '╸' | '╺' => Some('-'),
        '│' | '┃' | '┆' | '┇' | '┊' | '┋' | '╎' | '╏' | '║' | '╵' | '╷' | '╹' | '╻' => Some('|'),
        // Corners and crossings.
        '\u{2500}'..='\u{257F}' => Some('+'),
        _ => FORMS.iter().find(|(glyphs, _)| glyphs.contains(glyph)).map(|(_, form)| *form),
    }
}

/// A text with all glyphs in their second form.
pub(crate) fn text_in_ascii(text: &str) -> String {
    text.chars().map(|glyph| ascii(glyph).unwrap_or(glyph)).collect()
}

/// Gives all glyphs of a frame their second form.
pub(super) fn in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut letters = cell.symbol().chars();
        if let (Some(glyph), None) = (letters.next(), letters.next())
            && !glyph.is_ascii()
            && let Some(form) = ascii(glyph)
        {
            cell.set_char(form);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn each_form_is_as_wide_as_its_glyph() {
        let lines = ('\u{2500}'..='\u{257F}').chain(FORMS.iter().flat_map(|(glyphs, _)| glyphs.chars()));
        for glyph in lines {
            assert!(
                ascii(glyph).is_some_and(|form| form.is_ascii() && !form.is_control()) && glyph.width() == Some(1),
                "{glyph}"
            );
        }
        assert_eq!((ascii('ä'), ascii('雨')), (None, None));
    }

    #[test]
    fn the_first_variable_that_is_set_says_the_locale() {
        for (lc_all, lc_ctype, lang, want) in [
            (None, None, None, false),
            (None, None, Some("en_US.UTF-8"), false),
            (None, None, Some("C.utf8"), false),
            (None, None, Some("C"), true),
            (Some("POSIX"), None, Some("en_US.UTF-8"), true),
            (Some(""), Some("de_DE.UTF-8"), Some("C"), false),
            (None, Some("de_DE.ISO-8859-1"), None, true),
        ] {
            assert_eq!(is_not_utf8(lc_all, lc_ctype, lang), want, "{lc_all:?} {lc_ctype:?} {lang:?}");
        }
    }
}
