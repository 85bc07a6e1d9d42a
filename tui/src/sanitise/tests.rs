//! Tables of hostile and of ordinary text, and properties over random mixtures of both.

use super::*;
use proptest::prelude::*;

#[test]
fn hostile_text_is_removed_or_shown() {
    for (given, expected) in [
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x1bPq#0;2;0\x1b\\b", "ab"),
        ("a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", "abcd"),
        ("a\x1b[1;2\x18b\x1b]52;c;aGk=\x1ac", "abc"),
        // Silent returns of the parser to text.
        ("a\x1b[1>2mb\tc", "ab\tc"),
        ("a\x1b[31m\tb", "a\tb"),
        ("\x1bcreset", "reset"),
        ("a\x1b(Bb", "ab"),
        ("a\x1b[\u{e9}31mb", "ab"),
        ("bell\x07 back\x08 nul\0 del\x7f", "bell back nul del"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("c1 \u{9b}31m \u{85}\u{90}x", "c1 31m x"),
        ("line\u{2028}para\u{2029}end", "line\npara\nend"),
        // A line break ends what was never finished.
        ("a\x1b]0;lost\nb", "a\nb"),
        ("a\x1b[\nb", "a\nb"),
        ("evil\u{202e}txt.exe", "evil⟨U+202E⟩txt.exe"),
        ("\u{2066}a\u{2069}\u{202a}", "⟨U+2066⟩a⟨U+2069⟩⟨U+202A⟩"),
        ("a\u{200b}b\u{2060}c\u{feff}d\u{ad}e", "a⟨U+200B⟩b⟨U+2060⟩c⟨U+FEFF⟩d⟨U+00AD⟩e"),
        ("a\u{e0061}b\u{e007f}", "a⟨U+E0061⟩b⟨U+E007F⟩"),
        ("🏴\u{e007f}🏴\u{e0041}", "🏴⟨U+E007F⟩🏴⟨U+E0041⟩"),
        ("😀\u{e0101}\u{e0102}", "😀⟨U+E0101⟩⟨U+E0102⟩"),
        ("葛\u{e0101}\u{e0102}", "葛\u{e0101}⟨U+E0102⟩"),
        ("😀\u{fe00}\u{fe01}", "😀\u{fe00}⟨U+FE01⟩"),
    ] {
        assert_eq!(clean(given), expected, "{given:?}");
    }
}

/// Nothing here may change.
const ORDINARY: [&str; 14] = [
    "",
    "plain text,\n\twith a tab",
    "👨‍👩‍👧‍👦 👩🏽‍💻 ❤️ 1️⃣ 🏳️‍🌈 🇩🇪",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "日本語と中文、한국어",
    "葛\u{e0100}飾区",
    "e\u{301}\u{323} n\u{303}",
    "ཧྐྵྨླྺྼྻྂ",
    "שָׁלוֹם עֲלֵיכֶם\u{200f}",
    "السَّلَامُ عَلَيْكُمْ \u{200e}(abc)",
    "می\u{200c}خواهم",
    "क्षि ক্ষ தமிழ் ไทย",
    "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
    "𝒳 ∑ → “quoted” …",
];

#[test]
fn ordinary_text_is_left_alone() {
    for text in ORDINARY {
        assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text:?}");
    }
}

#[test]
fn piles_of_marks_are_capped() {
    let pile = format!("a{}b", "\u{301}".repeat(500));
    assert_eq!(clean(&pile), format!("a{}b", "\u{301}".repeat(8)));
    let joiners = format!("a{}b", "\u{200d}\u{200c}".repeat(50));
    assert_eq!(clean(&joiners).chars().count(), 10);
}

#[test]
fn a_name_has_one_line() {
    assert_eq!(clean_line("a\r\nb\tc\x1b[2Jd"), "a b cd");
    assert!(matches!(clean_line("llama3.1:8b"), Cow::Borrowed(_)));
}

#[test]
fn an_endless_sequence_costs_no_more_than_its_limit() {
    let text = format!("a\x1b]{}", "x".repeat(LONGEST_SEQUENCE * 2));
    assert_eq!(clean(&text), format!("a{}", "x".repeat(LONGEST_SEQUENCE + 1)));
}

#[test]
fn an_unfinished_sequence_is_dropped_at_the_end() {
    let mut sanitiser = Sanitiser::new();
    let mut out = String::new();
    sanitiser.push("a\x1b[3", &mut out);
    sanitiser.finish();
    sanitiser.push("1m", &mut out);
    assert_eq!(out, "a1m");
}

fn forbidden(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{200b}' | '\u{feff}' | '\u{ad}')
        || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Pieces of which hostile text is made, between any characters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        4 => "[ -~]{0,8}",
        6 => proptest::sample::select(vec![
            "\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b\\", "\x07", "\x18", ";1", "m", "\n", "\r\n", "\t", "\u{9c}", "\u{9b}", "Ü",
            "✜", "\u{301}", "\u{200d}", "\u{fe0f}", "🏴", "\u{e0067}", "\u{e007f}", "葛", "\u{e0100}", "\u{202e}", "👩", "\u{1160}",
        ]).prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same(text in text(), cuts in proptest::collection::vec(0usize..200, 0..6)) {
        let mut whole = String::new();
        Sanitiser::new().push(&text, &mut whole);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| text.floor_char_boundary(cut)).collect();
        cuts.sort_unstable();
        cuts.push(text.len());
        let (mut sanitiser, mut split, mut from) = (Sanitiser::new(), String::new(), 0);
        for cut in cuts {
            sanitiser.push(&text[from..cut], &mut split);
            from = cut;
        }
        prop_assert_eq!(split, whole);
    }

    #[test]
    fn nothing_forbidden_comes_out_and_twice_is_once(text in text()) {
        let once = clean(&text).into_owned();
        prop_assert!(!once.contains(forbidden), "{:?}", once);
        prop_assert_eq!(clean(&once).into_owned(), once);
    }

    #[test]
    fn plain_text_is_unchanged(text in "[ -~\n\täßéαβγдж一-龥あ-んァ-ヶ가-힣א-תء-ي]{0,300}") {
        prop_assert!(matches!(clean(&text), Cow::Borrowed(_)));
    }
}
