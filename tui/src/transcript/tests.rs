//! The conversation as it stands on a screen.

use super::*;
use crate::view::theme::Theme;
use crate::view::transcript::draw;
use conductor::protocol::Level;
use proptest::prelude::*;
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;

/// What is on the screen, row by row, without the blanks at its right and below. Checks that no character hides what
/// stands after it or leaves the screen, and that none is a control character.
fn lines(buffer: &Buffer) -> Vec<String> {
    let mut lines: Vec<String> = (0..buffer.area.height)
        .map(|y| {
            let (mut line, mut x) = (String::new(), 0);
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                let next = x + symbol.cell_width();
                assert!(next > x && next <= buffer.area.width && !symbol.contains(char::is_control), "{symbol:?} at {x}");
                assert!((x + 1..next).all(|hidden| buffer[(hidden, y)].symbol() == " "), "{symbol:?} hides something");
                line.push_str(symbol);
                x = next;
            }
            line.trim_end().to_owned()
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn screen(transcript: &mut Transcript, scroll: &mut Scroll, width: u16, height: u16) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    draw(transcript, scroll, &Theme::new(false), area, &mut buffer);
    lines(&buffer)
}

fn shown(kind: BlockKind, text: &str, width: u16) -> Vec<String> {
    let mut transcript = Transcript::new();
    transcript.add(kind, text);
    screen(&mut transcript, &mut Scroll::default(), width, 500)
}

fn sign(place: Place) -> BlockKind {
    BlockKind::Sign(SignStyle { place, outcome: Outcome::Ok })
}

#[test]
fn a_conversation_looks_like_this() {
    let mut transcript = Transcript::new();
    transcript.add(BlockKind::Welcome, "Segno");
    transcript.add(BlockKind::User, "Explain borrowing in one\nsentence.");
    transcript.add(BlockKind::HandOff, "code question, asking qwen2.5-coder:7b");
    transcript.add(BlockKind::Thinking, "\nThe user wants\none sentence.");
    let answer = transcript.push(BlockKind::Answer, "\n\nA reference may ");
    transcript.append(answer, "not outlive\n\nits owner.\n\n");
    transcript.add(sign(Place::Local), "local  qwen2.5-coder:7b · code");
    transcript.add(BlockKind::Notice(Level::Warning), "the server has gone away");
    transcript.add(BlockKind::Hint, "start it with `ollama serve`");
    transcript.add(BlockKind::User, "again");
    transcript.add(BlockKind::Notice(Level::Error), "nobody answers");
    transcript.add(BlockKind::Notice(Level::Info), "  \n");
    let expected = [
        "  Segno",
        "",
        "› Explain borrowing in one",
        "  sentence.",
        "→ code question, asking",
        "  qwen2.5-coder:7b",
        "",
        "  thought for 5 words",
        "  A reference may not",
        "  outlive",
        "",
        "  its owner.",
        "● local  qwen2.5-coder:7b ·",
        "  code",
        "",
        "  warning: the server has",
        "  gone away",
        "  hint: start it with",
        "  `ollama serve`",
        "",
        "› again",
        "  error: nobody answers",
    ];
    assert_eq!(screen(&mut transcript, &mut Scroll::default(), 28, 40), expected);
    assert_eq!(transcript.height(), expected.len());
}

#[test]
fn words_have_their_styles_and_colour_can_be_off() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 2));
    let (area, theme) = (buffer.area, Theme::new(false));
    let mut transcript = Transcript::new();
    transcript.add(BlockKind::Notice(Level::Error), "no");
    transcript.add(sign(Place::Network), "network");
    draw(&mut transcript, &mut Scroll::default(), &theme, area, &mut buffer);
    assert_eq!(buffer[(2, 0)].fg, theme.error.fg.unwrap());
    assert_eq!(buffer[(9, 0)].fg, ratatui::style::Color::Reset);
    assert_eq!((buffer[(0, 1)].symbol(), buffer[(0, 1)].fg), ("◆", theme.network.fg.unwrap()));

    let mut plain = Buffer::empty(area);
    draw(&mut transcript, &mut Scroll::default(), &Theme::new(true), area, &mut plain);
    assert!(plain.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
}

#[test]
fn thinking_is_folded() {
    let mut transcript = Transcript::new();
    let mut scroll = Scroll::default();
    let thinking = transcript.push(BlockKind::Thinking, "");
    assert_eq!(transcript.height(), 0);
    transcript.append(thinking, "first this\nthen that and more");
    assert_eq!(screen(&mut transcript, &mut scroll, 15, 9), ["  thinking:", "  more"]);
    transcript.close(thinking);
    assert_eq!(screen(&mut transcript, &mut scroll, 30, 9), ["  thought for 6 words"]);
    assert!(!transcript.append(thinking, "late"));
    assert_eq!(transcript.text(thinking), Some("first this\nthen that and more"));
    assert_eq!(shown(BlockKind::Thinking, "Hm.", 30), ["  thought for 1 word"]);
    assert!(shown(BlockKind::Thinking, " \n", 30).is_empty());
}

#[test]
fn every_script_keeps_to_its_columns() {
    for (text, width, expected) in [
        ("日本語の文章です。", 12, vec!["  日本語の文", "  章です。"]),
        ("👨‍👩‍👧‍👦👩🏽‍💻❤️🇩🇪 ok", 10, vec!["  👨‍👩‍👧‍👦👩🏽‍💻❤️🇩🇪", "  ok"]),
        ("cafe\u{301} e\u{301}te\u{301}", 10, vec!["  cafe\u{301} e\u{301}te\u{301}"]),
        ("\u{301}a", 10, vec!["   \u{301}a"]),
        ("שלום \u{200f}עולם", 10, vec!["  שלום", "  עולם"]),
        ("مرحبا بالعالم", 12, vec!["  مرحبا", "  بالعالم"]),
        ("a\tb\n\tc\n日\td", 12, vec!["  a   b", "  c", "  日  d"]),
        // A cluster of three columns hides nothing after it.
        ("क्षि|ｶﾞｶﾞ|あﾞ|", 20, vec!["  क्षि|ｶﾞｶﾞ|あﾞ|"]),
        ("日本", 1, vec!["…", "…"]),
        ("日本 x", 2, vec!["日", "本", "x"]),
        ("abc", 1, vec!["a", "b", "c"]),
    ] {
        assert_eq!(shown(BlockKind::Answer, text, width), expected, "{text:?} in {width}");
    }
}

#[test]
fn what_a_model_writes_does_not_reach_the_terminal_as_it_is() {
    let mut transcript = Transcript::new();
    let id = transcript.push(BlockKind::Answer, "a\x1b[3");
    transcript.append(id, "1mred\x1b]0;own");
    transcript.append(id, "ed\x07 \u{9b}2J\u{202e}x");
    assert_eq!(transcript.text(id), Some("ared 2J⟨U+202E⟩x"));
    // A closed block does not leave its sequence open for the next.
    transcript.append(id, "\x1b]");
    transcript.replace(id, "new");
    assert_eq!(transcript.text(id), Some("new"));
}

#[test]
fn progress_is_one_line_that_changes() {
    let mut transcript = Transcript::new();
    let id = transcript.push(BlockKind::Notice(Level::Info), "pulling 10 %");
    transcript.add(BlockKind::User, "meanwhile");
    transcript.replace(id, "pulling 20 %");
    let mut scroll = Scroll::default();
    assert_eq!(screen(&mut transcript, &mut scroll, 40, 9), ["  note: pulling 20 %", "", "› meanwhile"]);
    transcript.replace_as(id, BlockKind::Notice(Level::Error), "the disk is full");
    assert_eq!(screen(&mut transcript, &mut scroll, 40, 9)[0], "  error: the disk is full");
    transcript.clear();
    transcript.push(BlockKind::User, "new");
    assert!(!transcript.append(id, "stale"));
    assert_eq!(screen(&mut transcript, &mut scroll, 40, 9), ["› new"]);
}

/// Forty numbered lines, as an answer that is open.
fn numbered() -> (Transcript, BlockId) {
    let mut transcript = Transcript::new();
    transcript.add(BlockKind::User, "count");
    let text: String = (0..40).map(|n| format!("line {n} of a text with some more words\n")).collect();
    let id = transcript.push(BlockKind::Answer, &text);
    (transcript, id)
}

#[test]
fn following_keeps_the_end_in_sight() {
    let (mut transcript, id) = numbered();
    let mut scroll = Scroll::default();
    assert_eq!(screen(&mut transcript, &mut scroll, 50, 5)[4], "  line 39 of a text with some more words");
    transcript.append(id, "the end");
    assert_eq!(screen(&mut transcript, &mut scroll, 50, 5)[4], "  the end");
    assert_eq!(screen(&mut transcript, &mut scroll, 20, 5)[4], "  the end");
    assert!(scroll.is_following() && scroll.rows_below() == (0, true));
}

#[test]
fn the_text_read_stays_where_it_is() {
    let (mut transcript, id) = numbered();
    let mut scroll = Scroll::default();
    screen(&mut transcript, &mut scroll, 50, 5);
    scroll.up(&mut transcript, 10);
    let before = screen(&mut transcript, &mut scroll, 50, 5);
    assert_eq!(before[0], "  line 25 of a text with some more words");
    assert_eq!(scroll.rows_below(), (10, true));
    for n in 0..20 {
        transcript.append(id, &format!("\nmore {n}"));
        assert_eq!(screen(&mut transcript, &mut scroll, 50, 5), before);
    }
    // And the empty row that the two line breaks make.
    assert_eq!(scroll.rows_below(), (10 + 1 + 20, true));
    for width in [20, 7, 3, 120, 50] {
        transcript.append(id, "\nand while it comes");
        assert!(before[0].contains(screen(&mut transcript, &mut scroll, width, 5)[0].trim()), "{width}");
    }
    assert_eq!(screen(&mut transcript, &mut scroll, 50, 5), before);
    assert!(!scroll.is_following());
}

#[test]
fn keys_go_where_they_say() {
    let (mut transcript, _) = numbered();
    let mut scroll = Scroll::default();
    screen(&mut transcript, &mut scroll, 50, 11);
    let top = |scroll: &mut Scroll, transcript: &mut Transcript| screen(transcript, scroll, 50, 11)[0].clone();
    scroll.page_up(&mut transcript);
    assert_eq!(top(&mut scroll, &mut transcript), "  line 19 of a text with some more words");
    scroll.to_top(&mut transcript);
    assert_eq!(top(&mut scroll, &mut transcript), "› count");
    scroll.up(&mut transcript, 5);
    assert_eq!(top(&mut scroll, &mut transcript), "› count");
    scroll.down(&mut transcript, 1);
    assert_eq!(top(&mut scroll, &mut transcript), "", "the row between two blocks is a place too");
    scroll.page_down(&mut transcript);
    assert_eq!(top(&mut scroll, &mut transcript), "  line 9 of a text with some more words");
    for _ in 0..3 {
        scroll.page_down(&mut transcript);
    }
    assert!(scroll.is_following());
    scroll.to_top(&mut transcript);
    scroll.to_bottom();
    assert!(scroll.is_following());
    // A short conversation has nowhere to scroll to.
    let mut short = Transcript::new();
    short.add(BlockKind::User, "hi");
    scroll.up(&mut short, 3);
    assert!(scroll.is_following());
}

#[test]
fn folding_above_does_not_move_what_is_read() {
    let mut transcript = Transcript::new();
    let thinking = transcript.push(BlockKind::Thinking, "hm hm");
    let text: String = (0..40).map(|n| format!("line {n}\n")).collect();
    transcript.add(BlockKind::Answer, &text);
    let mut scroll = Scroll::default();
    screen(&mut transcript, &mut scroll, 50, 5);
    scroll.up(&mut transcript, 10);
    let before = screen(&mut transcript, &mut scroll, 50, 5);
    transcript.close(thinking);
    assert_eq!(screen(&mut transcript, &mut scroll, 50, 5), before);
    transcript.clear();
    assert!(screen(&mut transcript, &mut scroll, 50, 5).is_empty());
}

#[test]
fn a_line_of_ten_thousand_characters_streams() {
    let mut transcript = Transcript::new();
    let mut scroll = Scroll::default();
    let id = transcript.push(BlockKind::Answer, "");
    for n in 0..1000 {
        transcript.append(id, "0123456789");
        let rows = screen(&mut transcript, &mut scroll, 42, 4);
        assert_eq!(rows.last().unwrap().len(), 2 + (n % 4 + 1) * 10);
    }
    assert_eq!(transcript.height(), 250);
}

/// Were a frame to cost by the whole conversation, this would take minutes.
#[test]
fn a_hundred_thousand_lines_scroll_and_stream() {
    let mut transcript = Transcript::new();
    let text: String = (0..50).map(|n| format!("line {n} of an answer\n")).collect();
    for _ in 0..2000 {
        transcript.add(BlockKind::Answer, &text);
    }
    let id = transcript.push(BlockKind::Answer, "");
    let mut scroll = Scroll::default();
    for _ in 0..500 {
        transcript.append(id, "a few more words ");
        screen(&mut transcript, &mut scroll, 40, 10);
        scroll.up(&mut transcript, 190);
        screen(&mut transcript, &mut scroll, 40, 10);
    }
    let (below, exact) = scroll.rows_below();
    assert!(transcript.height() > 100_000);
    // Not all of it was looked at.
    assert!(below > 90_000 && below < 130_000, "{below}");
    assert!(!exact);
    transcript.close(id);
    let height = transcript.height();
    let mut fresh = Scroll::default();
    screen(&mut transcript, &mut fresh, 40, 10);
    fresh.to_top(&mut transcript);
    screen(&mut transcript, &mut fresh, 40, 10);
    assert_eq!(fresh.rows_below(), (height - 10, true), "by now all of it was");
}

/// Text in which a character may join, widen or narrow the one before.
/// What others hold is not copied, but where there is something to clean in it.
#[test]
fn a_text_that_is_clean_is_shared() {
    for (kind, text, shared) in [
        (BlockKind::Answer, "one **two**\n\n- three\twide 世界", true),
        (BlockKind::Thinking, "hmm, hmm", true),
        (BlockKind::Answer, "", true),
        (BlockKind::Answer, "\n\nmodels begin so", false),
        (BlockKind::Answer, "a\u{1b}[31mred", false),
        (BlockKind::Notice(Level::Warning), "with a label", false),
    ] {
        let text: Arc<str> = text.into();
        let (mut theirs, mut own) = (Transcript::new(), Transcript::new());
        let id = theirs.share(kind, &text);
        own.add(kind, &text);
        let seen = |transcript: &mut Transcript| screen(transcript, &mut Scroll::default(), 30, 8);
        assert_eq!(seen(&mut theirs), seen(&mut own), "{text:?}");
        assert_eq!(Arc::strong_count(&text) == 2, shared, "{text:?}");
        assert!(!theirs.append(id, "more"), "it is closed");
    }
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        3 => "[a-z]{0,6} ?".prop_map(String::from),
        1 => "[ \n\t]{1,3}".prop_map(String::from),
        4 => proptest::sample::select(vec![
            "日", "。", "\u{301}", "\u{200d}", "👩", "💻", "⌚", "\u{fe0e}", "❤", "\u{fe0f}", "🇩", "🇪", "ﾞ", "\u{93e}", "क", "\u{94d}", "\u{1b}[1m",
            "\u{1100}", "\u{1161}", "\u{200f}", "\u{202e}", "🏽",
        ]).prop_map(String::from),
    ];
    proptest::collection::vec(piece, 1..50)
}

proptest! {
    /// However it comes, and whatever the widths in between: what is shown is what a fresh start would show.
    #[test]
    fn streamed_is_whole(pieces in pieces(), widths in proptest::collection::vec(1u16..24, 50)) {
        let mut streamed = Transcript::new();
        let id = streamed.push(BlockKind::Answer, "");
        for (piece, width) in pieces.iter().zip(widths) {
            streamed.append(id, piece);
            streamed.set_width(if width < 12 { 9 } else { width });
            prop_assert!(streamed.height() < 500);
        }
        for width in [1, 2, 9, 30] {
            let expected = shown(BlockKind::Answer, &pieces.concat(), width);
            prop_assert_eq!(screen(&mut streamed, &mut Scroll::default(), width, 500), expected);
        }
    }

    #[test]
    fn a_place_is_found_again(pieces in pieces(), widths in proptest::collection::vec(1u16..24, 1..8), row in 0usize..40) {
        let mut transcript = Transcript::new();
        transcript.add(BlockKind::User, "who?");
        transcript.add(BlockKind::Answer, &pieces.concat());
        transcript.set_width(14);
        let row = row.min(transcript.height().saturating_sub(1));
        let first = transcript.first().unwrap();
        let (spot, gone) = transcript.forward(first, row);
        prop_assert_eq!(gone, row);
        prop_assert_eq!(transcript.backward(spot, row), first);
        prop_assert_eq!(transcript.rows_after(spot), (transcript.height() - row - 1, true));
        let anchor = transcript.anchor(spot);
        for width in widths {
            transcript.set_width(width);
            prop_assert!(transcript.find(anchor).is_some());
        }
        transcript.set_width(14);
        prop_assert_eq!(transcript.find(anchor), Some(spot));
    }
}
