//! The draft as data: what is done, and what is there then.

use super::*;
use crate::keymap::Edit;

fn typed(composer: &mut Composer, text: &str) {
    for c in text.chars() {
        composer.edit(if c == '\n' { Edit::Newline } else { Edit::Insert(c) });
    }
}

fn composer(width: u16) -> Composer {
    let mut composer = Composer::default();
    composer.set_width(width);
    composer
}

#[test]
fn typed_and_pasted_parts_are_told_apart() {
    let mut c = composer(40);
    typed(&mut c, "explain: ");
    c.paste("fn x()\r\n{}\x1b[31m\u{202e}\r");
    typed(&mut c, "please");
    let prompt = c.take();
    assert_eq!(prompt.typed_text(), "explain: please");
    assert_eq!(prompt.spans[1].text, "fn x()\n{}⟨U+202E⟩\n");
    assert_eq!(prompt.spans[1].origin, Origin::Pasted);
    assert!(c.is_empty());
    c.up();
    assert_eq!(c.prompt(), prompt, "the history keeps the origins");
}

#[test]
fn undo_and_yank_bring_a_paste_back_as_a_paste() {
    let mut c = composer(40);
    typed(&mut c, "x ");
    c.paste("secret words");
    c.edit(Edit::DeleteToHead);
    assert!(c.is_empty());
    c.edit(Edit::Undo);
    assert_eq!(c.text(), "x secret words");
    assert!(c.prompt().spans.iter().all(|s| s.origin == Origin::Typed || s.text.contains("secret")), "{:?}", c.prompt());
    let mut c = composer(40);
    c.paste("secret words");
    c.edit(Edit::DeleteWord);
    c.edit(Edit::Yank);
    assert_eq!(c.prompt().typed_text(), "");
}

#[test]
fn up_and_down_go_by_rows_and_then_through_history() {
    let mut c = composer(10);
    typed(&mut c, "first");
    c.take();
    typed(&mut c, "one two three four");
    assert_eq!(c.rows(), 2);
    c.up();
    assert_eq!(c.text(), "one two three four", "there is a row above");
    c.up();
    assert_eq!(c.text(), "first");
    c.down();
    assert_eq!(c.text(), "one two three four", "the draft is there again");
}

#[test]
fn rows_and_cursor_at_the_edges() {
    for (width, text, rows) in [
        (10, "", 1),
        (10, "abc", 1),
        (10, "abc\n", 2),
        (10, "0123456789abc", 2),
        (4, "狐狸狐狸", 2),
        (10, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj", 10),
    ] {
        let mut c = composer(width);
        typed(&mut c, text);
        assert_eq!(c.rows(), rows, "{text:?} at {width}");
        let area = Rect::new(0, 0, width, 3);
        let mut buffer = Buffer::empty(area);
        let cursor = c.render(area, &mut buffer);
        assert!(cursor.is_some_and(|p| area.contains(p)), "{text:?}: {cursor:?}");
    }
}

#[test]
fn no_empty_rows_while_text_is_hidden_above() {
    let mut c = composer(10);
    let area = Rect::new(0, 0, 10, 3);
    typed(&mut c, "1\n2\n3\n4\n5\n6");
    c.render(area, &mut Buffer::empty(area));
    for _ in 0..6 {
        c.edit(Edit::Backspace);
    }
    let mut buffer = Buffer::empty(area);
    c.render(area, &mut buffer);
    assert_eq!(buffer[(0, 0)].symbol(), "1", "{buffer:?}");
    c.set_width(9);
    let mut buffer = Buffer::empty(area);
    c.render(area, &mut buffer);
    assert_eq!(buffer[(0, 0)].symbol(), "1", "after a resize");
}

#[test]
fn a_paste_of_one_very_long_line_keeps_the_cursor() {
    let mut c = composer(80);
    c.paste(&"x".repeat(70_000));
    typed(&mut c, "!");
    assert!(c.text().ends_with("x!"));
    assert!(c.at_end());
}

fn picture() -> Span {
    let image = conductor::domain::Image { media_type: "image/png".into(), width: 8, height: 6, bytes: vec![1].into() };
    Span::image("cat.png", image)
}

#[test]
fn what_is_attached_takes_the_place_of_the_words_that_named_it() {
    // Typed before, the words, typed after, where the cursor is then.
    for (before, words, after, left, cursor) in [
        ("", "/a/cat.png", "", "", (0, 0)),
        ("see ", "/a/cat.png", "", "see ", (0, 4)),
        ("see\n狐 ", "@cat.png", " now", "see\n狐  now", (1, 6)),
        ("@cat.png and ", "@cat.png", "", "@cat.png and ", (0, 13)),
    ] {
        let mut c = composer(40);
        typed(&mut c, before);
        c.paste(words);
        typed(&mut c, after);
        let draft = c.text();
        c.attach(picture(), Some(words));
        assert_eq!((c.text().as_str(), c.attached().len()), (left, 1), "{draft:?}");
        let at = c.area.cursor();
        assert_eq!((at.0, at.1), cursor, "{draft:?}");
        let prompt = c.prompt();
        assert_eq!((prompt.typed_text().as_str(), prompt.images().count()), (left, 1));
        c.edit(Edit::Undo);
        assert_eq!((c.text(), c.attached().len()), (draft, 0), "undo brings the words back");
        assert!(c.prompt().spans.iter().any(|span| span.origin == Origin::Pasted && span.text == words));
    }
    let mut c = composer(40);
    c.attach(picture(), Some("not there"));
    typed(&mut c, "x");
    c.edit(Edit::Undo);
    assert_eq!((c.text().as_str(), c.attached().len()), ("", 1), "undo takes back what came last");
    c.attach(picture(), None);
    c.edit(Edit::Undo);
    assert_eq!(c.attached().len(), 1);
}

#[test]
fn what_is_attached_goes_and_comes_with_the_draft() {
    let mut c = composer(40);
    c.attach(picture(), None);
    assert!(!c.is_empty() && !c.has_words());
    typed(&mut c, "who is it");
    c.edit(Edit::Head);
    c.edit(Edit::Right);
    c.edit(Edit::Backspace);
    assert_eq!((c.text().as_str(), c.attached().len()), ("ho is it", 1));
    let sent = c.take();
    assert!(c.is_empty());
    c.up();
    assert_eq!(c.prompt(), sent);
    assert_eq!((c.text().as_str(), c.attached().len()), ("ho is it", 1));
    c.edit(Edit::Head);
    c.edit(Edit::Backspace);
    assert_eq!((c.text().as_str(), c.attached().len()), ("ho is it", 0));
    c.edit(Edit::Backspace);
    c.down();
    c.attach(picture(), None);
    typed(&mut c, "/model x");
    c.take_words();
    assert_eq!((c.text().as_str(), c.attached().len()), ("", 1), "a command is no question");
    c.up();
    assert_eq!(c.text(), "/model x");
}

#[test]
fn a_word_before_the_cursor_is_replaced() {
    for (draft, old, new, want) in
        [("see @sr", "sr", "src/", "see @src/"), ("see @SR", "SR", "src/", "see @src/"), ("@", "", "a/", "@a/")]
    {
        let mut c = composer(40);
        typed(&mut c, draft);
        assert_eq!(c.before_cursor().as_deref(), Some(draft));
        c.replace_before(old, new);
        assert_eq!(c.text(), want);
    }
    let mut c = composer(40);
    typed(&mut c, "ab cd");
    c.edit(Edit::Left);
    assert_eq!(c.before_cursor(), None, "inside of a word");
    c.edit(Edit::WordLeft);
    c.edit(Edit::Left);
    assert_eq!(c.before_cursor().as_deref(), Some("ab"));
}

fn long(lines: usize) -> String {
    (0..lines).map(|line| format!("line {line}]\n")).collect()
}

/// What is shown, with `▏` at the cursor; marks as `[`.
fn shown(c: &Composer) -> String {
    let (mut raw, place) = (c.raw(), c.place());
    raw.insert(edits::byte(&raw, place), '▏');
    raw.replace(chips::is_mark, "[").replace('\u{a0}', " ")
}

fn edits(c: &mut Composer, edits: &[Edit]) {
    for edit in edits {
        c.edit(*edit);
    }
}

#[test]
fn a_long_paste_is_one_character() {
    use Edit::{
        Backspace, Delete, DeleteToEnd, DeleteToHead, DeleteWord, Head, Left, Redo, Right, Undo, WordLeft, WordRight, Yank,
    };
    let chip = "[pasted 20 lines · 170 B]";
    // What is done with `a ` before the paste and ` b` behind it, the cursor right behind the chip.
    for (done, want) in [
        (&[][..], "a [C]▏ b"),
        (&[Left], "a ▏[C] b"),
        (&[Left, Right, Right], "a [C] ▏b"),
        (&[WordLeft, WordLeft], "▏a [C] b"),
        (&[Head, WordRight, WordRight], "a [C] ▏b"),
        (&[Backspace], "a ▏ b"),
        (&[Backspace, Undo], "a [C]▏ b"),
        (&[Backspace, Undo, Redo], "a ▏ b"),
        (&[Backspace, Backspace, Undo, Undo], "a [C]▏ b"),
        (&[Left, Delete], "a ▏ b"),
        (&[DeleteWord, Head, Yank], "[C]▏a  b"),
        (&[DeleteWord, Yank, Yank], "a [C][C]▏ b"),
        (&[DeleteToHead], "▏ b"),
        (&[Head, DeleteToEnd, Undo], "▏a [C] b"),
        (&[Left, Edit::Insert('x')], "a x▏[C] b"),
        (&[Edit::Insert('x'), Edit::Newline], "a [C]x\n▏ b"),
    ] {
        let mut c = composer(80);
        typed(&mut c, "a  b");
        edits(&mut c, &[Left, Left]);
        let pasted = long(20);
        assert_eq!(c.paste(&pasted), "");
        edits(&mut c, done);
        assert_eq!(shown(&c).replace(chip, "[C]"), want, "{done:?}");
        // What is sent is what is seen, whole.
        let text = shown(&c).replace('▏', "").replace(chip, &pasted);
        assert_eq!(c.text(), text, "{done:?}");
        assert_eq!(c.prompt().text(), text, "{done:?}");
        let typed = shown(&c).replace('▏', "").replace(chip, "");
        assert_eq!(c.prompt().typed_text(), typed, "{done:?}");
        // Through the store, the history and back.
        let again = stored::read(&stored::write(&c.words()));
        assert_eq!(again, c.words(), "{done:?}");
        let words = c.words();
        c.take();
        c.up();
        assert_eq!((c.words(), c.text()), (words, text), "{done:?}");
    }
}

#[test]
fn what_is_long_and_what_stands_for_it() {
    for (text, want) in [
        (long(10), "line 0]".to_owned()),
        (long(11), "[pasted 11 lines · 89 B]▏".to_owned()),
        ("x".repeat(2000), "xxx".to_owned()),
        ("x".repeat(2001), "[pasted 1 line · 2.0 kB]▏".to_owned()),
        ("狐\n".repeat(1500), "[pasted 1,500 lines · 6.0 kB]▏".to_owned()),
        ("\u{10f000}fake]".to_owned(), "\u{fffd}fake]▏".to_owned()),
    ] {
        let mut c = composer(80);
        c.paste(&text);
        assert!(shown(&c).starts_with(&want), "{}", shown(&c));
        assert_eq!(c.prompt().typed_text(), "");
        assert_eq!(c.text().chars().count(), text.chars().count());
    }
}

#[test]
fn a_folded_paste_is_shown_whole_and_folded_again_by_undo() {
    let mut c = composer(80);
    typed(&mut c, "see ");
    c.paste(&long(12));
    typed(&mut c, "now ");
    c.paste(&long(15));
    let folded = shown(&c);
    assert!(c.unfold());
    assert!(
        shown(&c).starts_with("see [pasted 12 lines · 98 B]now line 0]\n") && shown(&c).ends_with("line 14]\n▏"),
        "{}",
        shown(&c)
    );
    assert_eq!(c.prompt().typed_text(), "see now ");
    c.edit(Edit::Undo);
    assert_eq!(shown(&c), folded);
    assert!(c.unfold() && c.unfold() && !c.unfold());
    assert_eq!(c.prompt().typed_text(), "see now ");
    let text = format!("see {}now {}", long(12), long(15));
    assert_eq!(c.text(), text);
    c.replace(&format!("{text}!"));
    assert_eq!(c.prompt().typed_text(), format!("{text}!"), "what an editor saved is typed");
}

#[test]
fn up_and_down_stop_beside_a_chip() {
    let mut c = composer(80);
    typed(&mut c, "0123456789\n\n0123456789");
    c.up();
    c.paste(&long(12));
    edits(&mut c, &[Edit::Head]);
    c.down();
    edits(&mut c, &[Edit::Right; 5]);
    c.up();
    assert!(shown(&c).contains("\n▏[pasted"), "{}", shown(&c));
    typed(&mut c, "x");
    assert!(shown(&c).contains("\nx▏[pasted"), "{}", shown(&c));
}

#[test]
fn a_chip_is_drawn_as_what_it_stands_for() {
    for width in [40, 12] {
        let mut c = composer(width);
        typed(&mut c, "see: ");
        c.paste(&long(12));
        typed(&mut c, "?");
        let area = Rect::new(0, 0, width, 5);
        let mut buffer = Buffer::empty(area);
        c.render(area, &mut buffer);
        let text: String = buffer.content().iter().map(|cell| cell.symbol()).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if width == 40 {
            assert_eq!(text, "see: [pasted 12 lines · 98 B]?");
        }
        assert!(text.contains("[pasted") && !text.contains(chips::is_mark), "{text:?}");
    }
}

#[test]
fn undo_takes_back_words_and_pastes() {
    let mut c = composer(40);
    typed(&mut c, "one two");
    c.paste(" three four");
    typed(&mut c, " five");
    for want in ["one two three four", "one two", "one", "", ""] {
        c.edit(Edit::Undo);
        assert_eq!(c.text(), want);
    }
    for want in ["one", "one two", "one two three four", "one two three four five", "one two three four five"] {
        c.edit(Edit::Redo);
        assert_eq!(c.text(), want);
    }
    edits(&mut c, &[Edit::Backspace; 9]);
    assert_eq!(c.text(), "one two three ");
    for want in ["one two three four", "one two three four five"] {
        c.edit(Edit::Undo);
        assert_eq!(c.text().trim_end(), want);
    }
    // A move ends a change.
    typed(&mut c, "ab");
    edits(&mut c, &[Edit::Left]);
    typed(&mut c, "cd");
    c.edit(Edit::Undo);
    assert!(c.text().ends_with("ab"), "{}", c.text());
}

#[test]
fn keys_for_words_and_characters() {
    use Edit::{Backspace, Delete, DeleteNextWord, DeleteWord, Head, Left, Right, WordLeft, WordRight};
    for (text, done, want) in [
        ("foo.bar(x)", &[DeleteWord][..], "foo.bar(x▏"),
        ("foo.bar(x)", &[DeleteWord, DeleteWord, DeleteWord, DeleteWord], "foo.▏"),
        ("one  two  ", &[DeleteWord], "one  ▏"),
        ("one\n  two", &[DeleteWord, DeleteWord], "one\n▏"),
        ("one\n", &[DeleteWord], "one▏"),
        ("漢字かな", &[DeleteWord], "漢字▏"),
        ("漢字かな", &[WordLeft, WordLeft], "▏漢字かな"),
        ("漢字かな ok", &[Head, WordRight, WordRight], "漢字かな ▏ok"),
        ("x 👍🏽", &[Backspace], "x ▏"),
        ("x👨‍👩‍👧y", &[Left, Left], "x▏👨‍👩‍👧y"),
        ("x👨‍👩‍👧y", &[Left, Left, Right], "x👨‍👩‍👧▏y"),
        ("e\u{301}x", &[Left, Left], "▏e\u{301}x"),
        ("e\u{301}x", &[Head, Delete], "▏x"),
        ("one, two", &[Head, DeleteNextWord], "▏, two"),
        ("one, two", &[Head, DeleteNextWord, DeleteNextWord, DeleteNextWord], "▏"),
        ("a\nb", &[Left, Left, Right], "a\n▏b"),
        ("a\nb", &[Left, Backspace], "a▏b"),
        ("a\nb", &[Left, Left, Delete], "a▏b"),
    ] {
        let mut c = composer(40);
        typed(&mut c, text);
        edits(&mut c, done);
        assert_eq!(shown(&c), want, "{text:?} {done:?}");
    }
}

#[test]
fn the_cursor_is_where_the_next_character_comes() {
    // Width, text, moves left, and where the cursor is.
    for (width, text, left, want) in [
        (10, "", 0, (0, 0)),
        (10, "abc", 0, (3, 0)),
        (10, "狐狸", 0, (4, 0)),
        (10, "狐狸x", 1, (4, 0)),
        (10, "e\u{301}x", 1, (1, 0)),
        (10, "👨‍👩‍👧x", 0, (3, 0)),
        (10, "\tx", 0, (5, 0)),
        (10, "a\tx", 1, (4, 0)),
        (10, "a\n狐", 0, (2, 1)),
        (10, "0123456789", 1, (9, 0)),
        (10, "one two three", 5, (0, 1)),
        (5, "狐狸狐狸", 1, (2, 1)),
    ] {
        let mut c = composer(width);
        c.paste(text);
        edits(&mut c, &vec![Edit::Left; left]);
        let area = Rect::new(0, 0, width + 1, 4);
        let at = c.render(Rect { width, ..area }, &mut Buffer::empty(area)).map(|at| (at.x, at.y));
        assert_eq!(at, Some(want), "{text:?} at {width}");
    }
}
