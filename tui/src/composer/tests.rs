//! The draft as data: what is done, and what is there then.

use super::*;
use conductor::domain::Origin;

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
