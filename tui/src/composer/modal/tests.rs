//! The keys of vi as tables: the text and the cursor before, keys, the text and the cursor after.

use super::*;
use crate::keymap::Code;

/// A composer with a text in normal mode, the cursor on the character behind `▏`.
fn composer(text: &str) -> Composer {
    let at = text.chars().position(|c| c == '▏').expect("a cursor");
    let mut c = Composer::default();
    c.set_width(40);
    c.set_vim(true);
    c.load_words(&conductor::domain::Prompt::typed(text.replace('▏', "")));
    c.vim_key(Key::plain(Code::Esc));
    c.go(at);
    c
}

/// Presses keys: `⎋` is Esc, `⟲` Ctrl+R, `⏎` a new line as the keymap has it.
fn press(c: &mut Composer, keys: &str) {
    for k in keys.chars() {
        let key = match k {
            '⎋' => Key::plain(Code::Esc),
            '⟲' => Key::ctrl(Code::Char('r')),
            k => Key::plain(Code::Char(k)),
        };
        if k == '⏎' {
            c.edit(Edit::Newline);
        } else if c.vim_key(key) == Handled::No && !matches!(k, '⎋' | '⟲') {
            c.edit(Edit::Insert(k));
        }
    }
}

fn shown(c: &Composer) -> String {
    let (mut raw, place) = (c.raw(), c.place());
    raw.insert(edits::byte(&raw, place), '▏');
    raw
}

fn check(rows: &[(&str, &str, &str)]) {
    for (text, keys, want) in rows {
        let mut c = composer(text);
        press(&mut c, keys);
        assert_eq!(shown(&c), *want, "{text:?} {keys:?}");
    }
}

#[test]
fn motions() {
    check(&[
        ("ab▏c", "h", "a▏bc"),
        ("▏abc", "5l", "ab▏c"),
        ("▏abc", "h", "▏abc"),
        ("▏one two", "w", "one ▏two"),
        ("▏one two", "ww", "one tw▏o"),
        ("▏one.two x", "w", "one▏.two x"),
        ("▏one.two x", "W", "one.two ▏x"),
        ("▏one.two x", "2w", "one.▏two x"),
        ("▏one\n\n  two", "w", "one\n▏\n  two"),
        ("▏one\n\n  two", "ww", "one\n\n  ▏two"),
        ("one two▏", "b", "one ▏two"),
        ("one.two ▏x", "b", "one.▏two x"),
        ("one.two ▏x", "B", "▏one.two x"),
        ("▏one two", "e", "on▏e two"),
        ("on▏e two", "e", "one tw▏o"),
        ("▏one.x two", "E", "one.▏x two"),
        ("  ab▏c", "0", "▏  abc"),
        ("  ab▏c", "^", "  ▏abc"),
        ("▏  abc", "$", "  ab▏c"),
        ("a\n  b\n▏c", "gg", "▏a\n  b\nc"),
        ("▏a\nb\n  c", "G", "a\nb\n  ▏c"),
        ("▏a\nb\nc", "2G", "a\n▏b\nc"),
        ("▏abc\nde", "lj", "abc\nd▏e"),
        ("abc\nd▏e", "k", "a▏bc\nde"),
        ("▏a,b,c", "f,", "a▏,b,c"),
        ("▏a,b,c", "f,;", "a,b▏,c"),
        ("▏a,b,c", "2f,,", "a▏,b,c"),
        ("▏a,b,c", "t,", "▏a,b,c"),
        ("▏ab,c,d", "t,;", "ab,▏c,d"),
        ("a,b,▏c", "F,", "a,b▏,c"),
        ("a,b,c▏d", "T,", "a,b,▏cd"),
        ("▏abc", "fx", "▏abc"),
        ("▏漢字かな ok", "w", "漢字▏かな ok"),
        ("▏e\u{301}x", "l", "e\u{301}▏x"),
    ]);
}

#[test]
fn deleting_and_changing() {
    check(&[
        ("▏abc", "x", "▏bc"),
        ("ab▏c", "x", "a▏b"),
        ("▏abcd", "2x", "▏cd"),
        ("ab▏c", "X", "a▏c"),
        ("▏one two three", "dw", "▏two three"),
        ("▏one two three", "2dw", "▏three"),
        ("▏one two three", "d2w", "▏three"),
        ("one ▏two\nx", "dw", "one▏ \nx"),
        ("one t▏wo", "db", "one ▏wo"),
        ("▏one two", "de", "▏ two"),
        ("a▏bc", "d$", "▏a"),
        ("a▏bc", "D", "▏a"),
        ("ab▏c", "d0", "▏c"),
        ("▏a,b,c", "df,", "▏b,c"),
        ("▏a,b,c", "dt,", "▏,b,c"),
        ("a\n▏b\nc", "dd", "a\n▏c"),
        ("a\n▏b", "dd", "▏a"),
        ("▏a", "dd", "▏"),
        ("▏a\nb\nc", "2dd", "▏c"),
        ("a\n▏b\nc", "dgg", "▏c"),
        ("▏a\nb\nc", "dj", "▏c"),
        ("a\n▏b\nc", "dG", "▏a"),
        ("▏one two", "cwx⎋", "▏x two"),
        ("▏o two", "cwx⎋", "▏x two"),
        ("▏one two three", "2cwx⎋", "▏x three"),
        ("a\n▏bc\nd", "ccx⎋", "a\n▏x\nd"),
        ("a▏bc", "Cx⎋", "a▏x"),
        ("▏abc", "sx⎋", "▏xbc"),
        ("a▏bc", "Sx⎋", "▏x"),
        ("▏abc", "rx", "▏xbc"),
        ("▏abc", "2rx", "x▏xc"),
        ("▏abc", "9rx", "▏abc"),
        ("▏abC", "3~", "AB▏c"),
        ("▏a\n  b", "J", "a▏ b"),
        ("▏a\nb\nc", "3J", "a b▏ c"),
        ("▏abc", "dx", "▏abc"),
        ("▏abc", "d⎋x", "▏bc"),
    ]);
}

#[test]
fn inserting_putting_and_taking_back() {
    check(&[
        ("a▏b", "ix⎋", "a▏xb"),
        ("a▏b", "ax⎋", "ab▏x"),
        ("  a▏b", "Ix⎋", "  ▏xab"),
        ("▏ab", "Ax⎋", "ab▏x"),
        ("▏a\nb", "ox⎋", "a\n▏x\nb"),
        ("a\n▏b", "Ox⎋", "a\n▏x\nb"),
        ("▏ab", "xp", "b▏a"),
        ("▏ab cd", "dwP", "ab▏ cd"),
        ("▏a\nb", "ddp", "b\n▏a"),
        ("a\n▏b", "ddP", "▏b\na"),
        ("▏a\nb", "yyp", "a\n▏a\nb"),
        ("▏a\nb", "YjP", "a\n▏a\nb"),
        ("▏ab", "yl2p", "aa▏ab"),
        ("one ▏two", "ywP", "one tw▏otwo"),
        ("▏one two", "dwu", "▏one two"),
        ("▏one two", "dwu⟲", "▏two"),
        ("▏one", "cwa b c⎋u", "▏one"),
        ("▏one", "xxuu", "▏one"),
        ("▏one", "xx2u", "▏one"),
        ("▏one", "ax⏎y z⎋u", "o▏ne"),
    ]);
}

#[test]
fn parts_that_have_names() {
    check(&[
        ("one t▏wo three", "diw", "one ▏ three"),
        ("one t▏wo three", "daw", "one ▏three"),
        ("one tw▏o", "daw", "on▏e"),
        ("f(a, ▏b)", "di(", "f(▏)"),
        ("f(a, ▏b)", "dab", "▏f"),
        ("f(a(x), ▏b) c", "ci(y⎋", "f(▏y) c"),
        ("say \"he▏y\" now", "di\"", "say \"▏\" now"),
        ("say \"he▏y\" now", "ca\"x⎋", "say ▏x now"),
        ("{ a▏ }", "di{", "{▏}"),
        ("▏a", "di(", "▏a"),
    ]);
}

#[test]
fn marking() {
    check(&[
        ("a▏bcd", "vld", "a▏d"),
        ("a▏bcd", "vhx", "▏cd"),
        ("▏one two", "vec!⎋", "▏! two"),
        ("▏a\nb\nc", "Vjd", "▏c"),
        ("a\n▏b\nc", "Vyp", "a\nb\n▏b\nc"),
        ("a▏bcd", "vly$p", "abcdb▏c"),
        ("a▏bcd", "vl~", "a▏BCd"),
        ("a▏bcd", "v⎋x", "a▏cd"),
        ("a▏bcd", "vlohd", "▏d"),
        ("f(a, ▏b)", "vi(d", "f(▏)"),
        ("▏a\nb\nc", "VjJ", "a▏ b\nc"),
        ("▏abc", "vlrx", "x▏xc"),
    ]);
}

#[test]
fn a_folded_paste_is_one_character_here_too() {
    let paste: String = (0..20).map(|n| format!("{n}\n")).collect();
    for (keys, want) in [
        ("hx", "ab"),
        ("hxu", "aPb"),
        ("hxp", "abP"),
        ("bdw", "ab"),
        ("0vlld", ""),
        ("h~", "aPb"),
        ("hyl2p", "aPPPb"),
        ("hry", "ayb"),
    ] {
        let mut c = composer("▏ab");
        press(&mut c, "a");
        c.paste(&paste);
        press(&mut c, &format!("⎋l{keys}"));
        assert_eq!(c.text().replace(&paste, "P"), want, "{keys}");
        assert_eq!(c.prompt().typed_text().len(), want.replace('P', "").len(), "{keys}");
    }
}

#[test]
fn modes_and_keys_that_are_not_ours() {
    let mut c = composer("▏a");
    assert_eq!(c.vim_mode(), Some(VimMode::Normal));
    assert_eq!(c.vim_key(Key::plain(Code::Esc)), Handled::No, "stops an answer");
    assert_eq!(c.vim_key(Key::plain(Code::Char('d'))), Handled::Yes);
    assert_eq!(c.vim_key(Key::plain(Code::Esc)), Handled::Yes, "drops what was begun");
    assert_eq!(c.vim_key(Key::plain(Code::Enter)), Handled::No);
    assert_eq!(c.vim_key(Key::ctrl(Code::Char('k'))), Handled::No);
    assert_eq!(c.vim_key(Key::plain(Code::Char(':'))), Handled::Commands);
    assert_eq!(c.vim_mode(), Some(VimMode::Normal), "commands are listed beside the draft");
    press(&mut c, "dd:");
    assert_eq!(c.vim_mode(), Some(VimMode::Insert), "one is typed where nothing stands");
    c.set_vim(false);
    assert_eq!((c.vim_mode(), c.vim_key(Key::plain(Code::Esc))), (None, Handled::No));
}
