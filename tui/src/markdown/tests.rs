//! Markdown as rows: what a reader sees, and that it does not matter in which pieces it came.

use super::*;
use proptest::prelude::*;

/// All rows of a text, with the rows between its chunks.
fn rows_of(chunker: &Chunker, text: &str, width: usize, lights: &mut Option<Highlighter>) -> Vec<String> {
    let mut rows = Vec::new();
    for chunk in chunker.chunks().iter().copied().chain(chunker.tail(text)) {
        let rendered = render(chunker, text, chunk, width, lights.as_mut().map(|lights| (lights, 1)));
        if rendered.height() > 0 && !rows.is_empty() && !chunk.kind.goes_on() {
            rows.push(String::new());
        }
        rows.extend((0..rendered.height()).map(|row| {
            let pieces: String = rendered.row(row).map(|(piece, _, _)| piece).collect();
            assert_eq!(pieces, rendered.plain(row), "the pieces of a row are the row");
            pieces.trim_end().to_owned()
        }));
    }
    rows
}

fn shown(text: &str, width: usize) -> Vec<String> {
    let mut chunker = Chunker::default();
    chunker.advance(text, true);
    rows_of(&chunker, text, width, &mut None)
}

#[test]
fn markdown_is_drawn_like_this() {
    for (text, width, expected) in [
        ("plain text", 40, vec!["plain text"]),
        ("one\ntwo\n\nthree", 40, vec!["one", "two", "", "three"]),
        ("# Title\n\n## Part\ntext", 40, vec!["# Title", "", "## Part", "", "text"]),
        ("Title\n=====\ntext", 40, vec!["# Title", "", "text"]),
        ("## A long heading here", 14, vec!["## A long", "   heading", "   here"]),
        ("- a\n- b\n  - c\n- d", 40, vec!["• a", "• b", "  • c", "• d"]),
        ("- a\n\n- b", 40, vec!["• a", "", "• b"]),
        ("- one two three four", 12, vec!["• one two", "  three four"]),
        ("9. a\n10. b", 40, vec![" 9. a", "10. b"]),
        ("1. a\n\n   more\n2. b", 40, vec!["1. a", "", "   more", "", "2. b"]),
        ("- [x] done\n- [ ] open", 40, vec!["• [x] done", "• [ ] open"]),
        ("> said\n> so\n>\n> > and he\n\nafter", 40, vec!["│ said", "│ so", "│", "│ │ and he", "", "after"]),
        ("> [!WARNING]\n> hot", 40, vec!["│ Warning", "│ hot"]),
        ("a\n\n---\n\nb", 5, vec!["a", "", "─────", "", "b"]),
        ("some **bold**, *soft*, ~~gone~~ and `code`", 60, vec!["some bold, soft, gone and code"]),
        ("see [the page](https://a.example/b)", 60, vec!["see the page (https://a.example/b)"]),
        ("<https://a.example>", 60, vec!["https://a.example"]),
        ("![a cat](cat.png)", 60, vec!["image: a cat (cat.png)"]),
        ("a [link][1] there\n\n[1]: https://a.example", 60, vec!["a link (https://a.example) there"]),
        ("word[^1]\n\n[^1]: the note", 40, vec!["word[1]", "", "[1] the note"]),
        ("<b>html</b> a<br>b", 40, vec!["<b>html</b> a", "b"]),
        ("<div>\nx\n</div>", 40, vec!["<div>", "x", "</div>"]),
        ("```rust\nfn main() {\n    go();\n}\n```", 12, vec!["─ rust ─────", "fn main() {", "    go();", "}", "────────────"]),
        ("```\na\n\nb\n```\nafter", 4, vec!["────", "a", "", "b", "────", "", "afte", "r"]),
        ("```\nabcdefgh\n```", 5, vec!["─────", "abcde", "fgh", "─────"]),
        ("~~~\n```\n~~~", 3, vec!["───", "```", "───"]),
        ("```\nnever closed", 3, vec!["───", "nev", "er", "clo", "sed", "───"]),
        ("- a\n  ```sh\n  ls\n  ```", 12, vec!["• a", "  ─ sh ─────", "  ls", "  ──────────"]),
        ("    indented", 10, vec!["──────────", "indented", "──────────"]),
        ("| a | b |\n|---|--:|\n| 1 | 22 |\n| long | 3 |", 40, vec!["a    │  b", "─────┼───", "1    │ 22", "long │  3"]),
        ("where \\(x^2\\) is", 40, vec!["where x² is"]),
        ("$$\nx = \\frac{1}{2}\n$$", 40, vec!["  x = 1/2"]),
        ("\\[\na = b \\\\\nc - d\n\\]\n\nend", 40, vec!["  a = b", "  c - d", "", "end"]),
        ("it costs $5 or $6", 40, vec!["it costs $5 or $6"]),
        ("日本語の文章", 6, vec!["日本語", "の文章"]),
        ("", 40, vec![]),
        ("\n\n", 40, vec![]),
    ] {
        assert_eq!(shown(text, width), expected, "{text:?}");
    }
}

/// Markdown writes characters as numbers: what was cleaned before it was read may hold them again.
#[test]
fn characters_written_as_numbers_are_cleaned_too() {
    for text in [
        "a&#27;[2Jb",
        "[a&#x1b;]8;;b](https://a.example/&#27;c)",
        "**&#x9b;31m**",
        "| a&#7; |\n|---|\n| &#x202e;b |",
        "- x\n  ```rust&#27;[1m\n  y\n  ```",
        "![&#27;](b&#27;)",
        "[^a&#27;]: b",
        "# &#8; &#127;",
    ] {
        for row in shown(text, 60) {
            assert!(!row.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}: {row:?}");
        }
    }
}

#[test]
fn tables_fit() {
    let table = "| Name | What it does |\n|---|---|\n| alpha | the first letter of all |\n| beta | another |\n";
    assert_eq!(
        shown(table, 24),
        [
            "Name  │ What it does",
            "──────┼─────────────────",
            "alpha │ the first letter",
            "      │ of all",
            "──────┼─────────────────",
            "beta  │ another",
        ]
    );
    assert_eq!(
        shown(table, 8),
        [
            "Name:", "alpha", "What it", "does:", "the", "first", "letter", "of all", "", "Name:", "beta", "What it", "does:",
            "another"
        ]
    );
    for width in 1..60 {
        let mut letters: Vec<char> = shown(table, width).concat().chars().filter(char::is_ascii_lowercase).collect();
        letters.sort_unstable();
        let cells: String = letters.iter().collect();
        for (letter, least) in [('a', 5), ('t', 6), ('e', 6), ('p', 1)] {
            assert!(cells.matches(letter).count() >= least, "{letter} at {width}: {cells}");
        }
    }
}

/// The chunks and the rows of a text that came in pieces.
fn in_pieces(text: &str, cuts: &[usize], width: usize) -> (Vec<Chunk>, Vec<String>) {
    let mut chunker = Chunker::default();
    let mut lights = Some(Highlighter::default());
    let mut at = 0;
    for cut in cuts {
        let cut = text.floor_char_boundary(*cut % (text.len() + 1)).max(at);
        at = cut;
        chunker.advance(&text[..cut], false);
        // What is on the screen meanwhile changes nothing.
        rows_of(&chunker, &text[..cut], width, &mut lights);
    }
    chunker.advance(text, true);
    let rows = rows_of(&chunker, text, width, &mut lights);
    (chunker.chunks().to_vec(), rows)
}

/// What Markdown is made of, and what breaks it.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "# ", "## ", "- ", "  - ", "1. ", "10. ", "> ", ">", "```", "```rust\n", "~~~", "    ", "\t", "| a | b |",
    "|---|---|", "---", "===", "***", "**", "*", "_", "`", "``", "~~", "[", "]", "(", ")", "]: ", "[a]: /u", "[a]:",
    "\n/u", "[^1]", "[^1]: ", "![", "<div>", "</div>", "<!--", "-->", "<br>", "$", "$$", "$$\n", "\\[", "\\]", "\\(",
    "\\)", "\\", "- [ ] ", "- [x] ", "\n", "\n", "\n", "\n\n", " ", "  ", "x", "word ", "text text ", "日本",
    "e\u{301}", "👩\u{200d}💻", "fn main() {}", "a^2", "&amp;", "&#27;[2J", "&#x1b;", "&#x202e;", "&#7;", "&#155;", "&#13;", "&#10;", "&#9;", "&NewLine;", "https://a.example/", "1", "=", "+", "\n- ", "\n> ",
    "\n```\n", "\"t\"",
];

/// Markdown as models write it, and as nobody does.
fn markdown() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn in_which_pieces_a_text_came_does_not_matter(text in markdown(), mut cuts in proptest::collection::vec(any::<usize>(), 0..12), width in 1usize..50) {
        cuts.iter_mut().for_each(|cut| *cut %= text.len() + 1);
        cuts.sort_unstable();
        let (chunks, rows) = in_pieces(&text, &cuts, width);
        let (whole, at_once) = in_pieces(&text, &[], width);
        prop_assert_eq!(&rows, &at_once, "{:?} {:?}", chunks, whole);
        // Every byte is in one chunk.
        let mut at = 0;
        for chunk in &chunks {
            prop_assert_eq!(chunk.start, at);
            at = chunk.end;
        }
        prop_assert_eq!(at as usize, text.len());
    }

    #[test]
    fn no_row_is_too_wide_and_none_has_a_control_character(text in markdown(), width in 8usize..50) {
        use unicode_width::UnicodeWidthStr as _;
        for row in shown(&text, width) {
            prop_assert!(row.width() <= width + 8, "{row:?}");
            prop_assert!(!row.contains(|c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{row:?}");
        }
    }
}

#[test]
fn what_never_ends_is_cut() {
    for text in [
        "word ".repeat(20_000),
        "x".repeat(60_000),
        "- item of a list\n".repeat(6_000),
        "> said\n".repeat(10_000),
        "> ".repeat(30_000),
        "| a | b |\n|---|---|\n".to_owned() + &"| 1 | 2 |\n".repeat(8_000),
        "```rust\n".to_owned() + &"let a = 1;\n".repeat(6_000),
        "[a]: /u\n".repeat(5_000),
        "* a\n  ".repeat(10_000),
        "<div>\n".repeat(10_000),
    ] {
        let mut chunker = Chunker::default();
        let mut at = 0;
        while at < text.len() {
            at = text.floor_char_boundary((at + 777).min(text.len()));
            chunker.advance(&text[..at], false);
            let tail = chunker.tail(&text[..at]).map_or(0, |tail| tail.end - tail.start);
            assert!(tail as usize <= chunk::WINDOW + 1024, "{} of {:?}", tail, &text[..20]);
        }
        chunker.advance(&text, true);
        let mut whole = Chunker::default();
        whole.advance(&text, true);
        assert_eq!(chunker.chunks(), whole.chunks(), "{:?}", &text[..20]);
    }
}

#[test]
fn a_definition_that_comes_later_serves_what_stood_before() {
    let text = "see [there][x]\n\nmore\n\n[X]: https://a.example\n\nend";
    assert_eq!(shown(text, 60), ["see there (https://a.example)", "", "more", "", "end"]);
}
