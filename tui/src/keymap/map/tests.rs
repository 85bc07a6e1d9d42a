//! Keys of a file over the built-in ones: what they mean, and what is wrong with them.

use super::*;
use crate::keymap::Move;
use Code::{BackTab, Char, Down, Enter, Esc, F, Tab, Up};

/// The keymap with these lines of the user's, or what is wrong.
fn of(text: &str) -> Result<Keymap, String> {
    let lines = key_lines("config.toml", text).map_err(|errors| errors.to_string())?;
    Keymap::of(&lines).map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect())
}

#[test]
fn every_line_of_the_built_in_file_is_read_and_none_stands_in_the_way_of_another() {
    let lines = key_lines("keymap.toml", KEYMAP).unwrap();
    assert_eq!(Keymap::default().bindings().len(), lines.len());
    assert_eq!(Keymap::of(&lines).map(|keymap| keymap.bindings().len()), Ok(lines.len()), "as a user's file it says the same");
    for row in ACTIONS.iter().filter(|row| !["interrupt", "notices"].contains(&row.name)) {
        assert!(Keymap::default().shortest(row.action).is_some(), "`{}` has no key", row.name);
    }
}

/// What a key does everywhere it does where one is most of the time, too: with a question that is written, and with none.
#[test]
fn no_key_that_counts_everywhere_does_something_else_in_the_composer() {
    let keymap = Keymap::default();
    for binding in keymap.bindings().iter().filter(|binding| binding.mode == Mode::Any) {
        let meant = [true, false].map(|blank| keymap.meaning(Mode::Compose, blank, binding.chord.keys()));
        let want = binding.action.map_or(Meaning::Nothing, Meaning::Action);
        assert_eq!(meant, [want; 2], "{}", binding.chord);
    }
}

#[test]
fn keys_do_what_the_file_says() {
    let keymap = Keymap::default();
    let ctrl = |c| Key::ctrl(Char(c));
    let edit = |edit| Some(Action::Edit(edit));
    for (mode, key, want) in [
        (Mode::Compose, Key::plain(Enter), Some(Action::Accept)),
        (Mode::Compose, Key::alt(Enter), edit(Edit::Newline)),
        (Mode::Compose, Key::shift(Enter), edit(Edit::Newline)),
        (Mode::Compose, ctrl('j'), edit(Edit::Newline)),
        (Mode::Compose, Key::plain(Char('x')), edit(Edit::Insert('x'))),
        (Mode::Compose, Key::shift(Char('X')), edit(Edit::Insert('X'))),
        (Mode::Compose, Key::plain(Char('?')), edit(Edit::Insert('?'))),
        (Mode::Compose, ctrl('x'), None),
        (Mode::Compose, ctrl('7'), edit(Edit::Undo)),
        (Mode::Compose, Key::alt(Char('U')), edit(Edit::Redo)),
        (Mode::Compose, Key::plain(Up), Some(Action::Up)),
        (Mode::Complete, Key::plain(Up), Some(Action::Up)),
        (Mode::Complete, Key::plain(BackTab), Some(Action::Up)),
        (Mode::Complete, Key::plain(Tab), Some(Action::Complete)),
        (Mode::Complete, Key::plain(Char('a')), edit(Edit::Insert('a'))),
        (Mode::Page, Key::plain(Char('a')), None),
        (Mode::Page, Key::plain(Char('q')), Some(Action::Close)),
        (Mode::Page, Key::plain(Down), Some(Action::Scroll(Move::LineDown))),
        (Mode::List, Key::plain(Char('q')), edit(Edit::Insert('q'))),
        (Mode::List, Key::plain(Esc), Some(Action::Escape)),
        (Mode::List, ctrl('c'), Some(Action::Interrupt)),
        (Mode::Compose, Key::plain(F(1)), Some(Action::Help)),
        (Mode::Compose, Key::plain(F(9)), None),
        (Mode::Compose, ctrl('z'), Some(Action::Suspend)),
    ] {
        let want = want.map_or(Meaning::Nothing, Meaning::Action);
        assert_eq!(keymap.meaning(mode, false, &[key]), want, "{mode:?} {key}");
    }
    let help = Meaning::Action(Action::Help);
    assert_eq!([Mode::Compose, Mode::Page].map(|mode| keymap.meaning(mode, true, &[Key::plain(Char('?'))])), [help, help]);
}

#[test]
fn lines_of_the_users_change_it() {
    let x = Key::ctrl(Char('x'));
    let e = Key::ctrl(Char('e'));
    let keymap = of("[keys.compose]\n'ctrl-x ctrl-e' = 'undo'\n'f4' = 'none'\n'tab' = 'new-line'\n\
                     [keys.blank]\n'g g' = 'scroll-top'\n'?' = 'none'\n[keys.list]\n'ctrl-x' = 'close'\n")
    .unwrap();
    let action = Meaning::Action;
    let g = Key::plain(Char('g'));
    for (mode, blank, pressed, want) in [
        (Mode::Compose, false, &[x][..], Meaning::Begins),
        (Mode::Compose, false, &[x, e], action(Action::Edit(Edit::Undo))),
        (Mode::Compose, false, &[x, x], Meaning::Nothing),
        (Mode::Complete, false, &[x, e], action(Action::Edit(Edit::Undo))),
        (Mode::Compose, false, &[Key::plain(F(4))], Meaning::Nothing),
        (Mode::Compose, false, &[Key::plain(Tab)], action(Action::Edit(Edit::Newline))),
        (Mode::List, false, &[x], action(Action::Close)),
        (Mode::Page, false, &[x], Meaning::Nothing),
        (Mode::Compose, true, &[g], Meaning::Begins),
        (Mode::Compose, true, &[g, g], action(Action::Scroll(Move::Top))),
        (Mode::Compose, false, &[g], action(Action::Edit(Edit::Insert('g')))),
        (Mode::Compose, true, &[Key::plain(Char('?'))], action(Action::Edit(Edit::Insert('?')))),
        (Mode::Compose, false, &[x, INTERRUPT], action(Action::Interrupt)),
    ] {
        assert_eq!(keymap.meaning(mode, blank, pressed), want, "{mode:?} {pressed:?}");
    }
    // What the place frees, no wider place takes.
    let freed = of("[keys.compose]\n'f1' = 'none'\n").unwrap();
    assert_eq!(freed.meaning(Mode::Compose, false, &[Key::plain(F(1))]), Meaning::Nothing);
    assert_eq!(freed.meaning(Mode::List, false, &[Key::plain(F(1))]), action(Action::Help));
    // A key that was freed may begin longer ones.
    let chords = of("[keys.any]\n'f1' = 'none'\n'f1 f1' = 'help'\n").unwrap();
    assert_eq!(chords.meaning(Mode::List, false, &[Key::plain(F(1))]), Meaning::Begins);
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_what_is_near() {
    for (text, parts) in [
        ("[keys.compose]\n'ctrl-c' = 'send'", &["Ctrl+C cannot be bound", "config.toml:2:1"][..]),
        ("[keys.compose]\n'ctrl-x ctrl-c' = 'send'", &["Ctrl+C cannot be bound"]),
        ("[keys.consent]\n'y' = 'send'", &["the question whether something may leave this machine cannot be bound", ":1:7"]),
        ("[keys.composer]\n'f9' = 'send'", &["there is no place `composer`", "did you mean `compose`?"]),
        ("[keys.compose]\n'f9' = 'sned'", &["there is no action `sned`", "did you mean `send`?", ":2:8"]),
        ("[keys.compose]\n'f99' = 'send'", &["there is no key `f99`"]),
        ("[keys.compose]\n'x' = 'send'", &["`x` is typed in `compose`", "[keys.blank]"]),
        ("[keys.any]\n'X' = 'help'", &["`X` is typed in `any`"]),
        ("[keys.list]\n'q' = 'close'", &["`q` is typed in `list`"]),
        ("[keys.page]\n'f9' = 'send'", &["`send` does nothing in `page`", "[keys.compose]"]),
        ("[keys.any]\n'f9' = 'help'\n'F9' = 'palette'", &["F9 is bound twice in `any`", "on line 2", ":3:1"]),
        ("[keys.any]\n'f9' = 'help'\n'f9 f9' = 'palette'", &["one begins the other", "on line 2"]),
        ("[keys.any]\n'f1 f1' = 'help'", &["begins with F1, which is bound to `help`", "\"f1\" = \"none\""]),
        ("[keys.any]\n'f9 esc' = 'help'", &["Esc drops keys"]),
        ("[keys.any]\n'f9 f9 f9 f9' = 'help'", &["is 4 keys"]),
        ("[keys.any]\n'  ' = 'help'", &["is 0 keys"]),
        ("[keys.any]\n'f9' = 1", &["wants the name of an action in quotes, found a whole number"]),
        ("[keys]\n'f9' = 'help'", &["the key `f9` stands in no place"]),
        ("keys = 1", &["`keys` is a table"]),
    ] {
        let said = of(text).expect_err(text);
        for part in parts {
            assert!(said.contains(part), "{text}\n{said}");
        }
    }
}
