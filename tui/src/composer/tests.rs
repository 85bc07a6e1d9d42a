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
