//! A file or an image in few words, for the composer and the transcript.

use crate::sanitise::clean_line;
use crate::words::{bytes, fit};
use conductor::domain::Span;

/// The most columns of a file's name on a chip.
const NAME: usize = 32;

/// A file or an image of a question: `[image cat.png 800x600]`, `[file notes.txt 1.2 kB]`.
pub(crate) fn of(span: &Span) -> String {
    let name = clean_line(&span.name);
    let name = fit(&name, NAME);
    match &span.image {
        Some(image) => format!("[image {name} {}x{}]", image.width, image.height),
        None => format!("[file {name} {}]", bytes(inside(&span.text).len() as u64)),
    }
}

/// The words of a file without the frame that says where they begin and end: three lines before, one behind.
fn inside(framed: &str) -> &str {
    let text = framed.trim_matches('\n');
    let begin = text.match_indices('\n').nth(2).map(|(at, _)| at + 1);
    let end = text.rfind('\n');
    begin.zip(end).and_then(|(begin, end)| text.get(begin..=end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::Image;

    #[test]
    fn chips() {
        let image = Image { media_type: "image/png".into(), width: 800, height: 600, bytes: Vec::new().into() };
        let file = |name: &str, text: &str| Span::file(name, format!("\n\nFile `{name}`:\n\n```\n{text}```\n\n"));
        let thousand = format!("\n{}\n", "x".repeat(998));
        for (span, want) in [
            (Span::image("cat.png", image.clone()), "[image cat.png 800x600]"),
            (file("notes.txt", "hello\n"), "[file notes.txt 6 B]"),
            (file("notes.txt", &thousand), "[file notes.txt 1.0 kB]"),
            (Span::file("other", "from elsewhere"), "[file other 14 B]"),
            (Span::image("a\x1b[2Jb\u{202e}gnp.png", image.clone()), "[image ab\u{27e8}U+202E\u{27e9}gnp.png 800x600]"),
            (
                Span::image("very long name of a picture of a cat.png", image),
                "[image very long name of a picture of \u{2026} 800x600]",
            ),
        ] {
            assert_eq!(of(&span), want);
        }
    }
}
