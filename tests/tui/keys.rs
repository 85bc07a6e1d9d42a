//! Keys of the user's own, the palette, the notices, the themes: messages in, what is seen and asked for out.

use crate::fixtures::*;
use crate::screens::check_at;
use conductor::config::key_lines;
use conductor::domain::{FailureKind, Status, TaskClass};
use conductor::protocol::{Command, ConversationCommand, Event, Notice};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use segno_tui::app::{Notify, Screen, Settings};
use segno_tui::keymap::{Code, Key, Keymap};
use segno_tui::msg::{Effect, Msg};
use segno_tui::view;
use segno_tui::view::theme::{self, Depth, Theme};
use std::path::Path;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (120, 40)];

/// One whose file has these lines of `[keys]`.
fn with_keys(text: &str) -> Session {
    let keymap = Keymap::of(&key_lines("config.toml", text).unwrap()).unwrap();
    Session::of(Settings { keymap, ..settings() })
}

fn with_screen(screen: Screen) -> Session {
    Session::of(Settings { screen, ..settings() })
}

#[test]
fn keys_of_several_are_shown_while_they_are_begun_and_dropped_by_esc_and_by_what_is_unknown() {
    let mut s = with_keys("[keys.any]\n'ctrl-x ctrl-h' = 'help'\n");
    s.typed("draft").ctrl('x');
    assert!(s.shows("Ctrl+X …"));
    s.ctrl('h');
    assert!(s.shows("╭ help"));
    s.press(Code::Esc).ctrl('x').press(Code::Esc);
    assert!(!s.shows("Ctrl+X …") && s.shows("› draft"));
    s.ctrl('x').press(Code::Char('q'));
    assert!(s.shows("Ctrl+X Q does nothing") && s.shows("› draft"));
    s.ctrl('x').msg(Msg::Paste("!".into()));
    assert!(s.shows("› draft!") && !s.shows("Ctrl+X …"));
    s.ctrl('x').ctrl('c');
    assert!(s.shows("cleared"));
}

#[test]
fn a_question_mark_is_help_where_nothing_is_typed_and_a_letter_elsewhere() {
    let mut s = Session::ready();
    s.press(Code::Char('?'));
    assert!(s.shows("╭ help"));
    s.press(Code::Char('?')).typed("what?");
    assert!(!s.shows("╭ help") && s.shows("› what?"));
    let mut s = Session::ready();
    s.entered("/models").typed("?");
    assert!(s.shows("find: ?"));
    let mut s = Session::ready();
    s.entered("/ledger").typed("?");
    assert!(s.shows("╭ help"));
}

#[test]
fn the_help_and_the_hints_are_made_from_the_keys_in_force() {
    let mut s = with_keys("[keys.any]\n'f1' = 'none'\n'f9' = 'help'\n[keys.compose]\n'ctrl-x ctrl-s' = 'send'\n");
    assert!(s.shows("F9 help"));
    s.press(Code::F(1));
    assert!(!s.shows("╭ help"));
    s.press(Code::F(9));
    let screen = s.screen(100, 80);
    assert!(screen.contains("Enter, Ctrl+X Ctrl+S") && screen.contains("F9") && !screen.contains("F1 "), "{screen}");
}

#[test]
fn undo_and_suspend_have_changed_places() {
    let mut s = Session::ready();
    s.typed("one").ctrl('w');
    assert!(!s.shows("› one"));
    s.ctrl('_');
    assert!(s.shows("› one"));
    s.taken();
    s.ctrl('z');
    assert_eq!(s.taken(), [Effect::Suspend]);
    assert!(s.shows("› one"));
    assert_eq!(s.msg(Msg::Back).taken(), [Effect::Redraw]);
}

#[test]
fn the_palette_finds_and_runs_actions_and_commands() {
    let mut s = Session::ready();
    s.ctrl('k');
    check_at(&SIZES, "palette", &mut s);
    s.typed("redraw");
    check_at(&SIZES, "palette_found", &mut s);
    s.taken();
    s.press(Code::Enter);
    assert_eq!(s.taken(), [Effect::Redraw]);
    s.ctrl('k').typed("/new").press(Code::Enter);
    assert_eq!(s.taken(), [Effect::Send(Command::Conversation(ConversationCommand::New))]);
    s.typed("kept").ctrl('k').typed("/rename").press(Code::Enter);
    assert!(s.shows("› /rename"));
    s.ctrl('u').press(Code::Up);
    assert!(s.shows("› kept"), "{}", s.screen(80, 24));
    s.ctrl('k').typed("zzzz");
    assert!(s.shows("no command has these letters"));
    s.press(Code::Enter).ctrl('k');
    assert!(!s.shows("commands and actions"));
}

#[test]
fn every_row_of_the_palette_can_be_chosen() {
    for row in 0..200 {
        let mut s = Session::ready();
        s.ctrl('k');
        for _ in 0..row {
            s.press(Code::Down);
        }
        s.press(Code::Enter);
        assert!(!s.shows("commands and actions"), "row {row}");
    }
}

#[test]
fn notices_are_kept_with_their_time() {
    let mut s = Session::ready();
    s.entered("/notices");
    check_at(&SIZES, "notices_none", &mut s);
    s.press(Code::Esc);
    s.app.set_time(1_700_000_000_000);
    s.event(Event::Notice { id: None, notice: Notice::info("a model came", "") });
    s.app.set_time(1_700_000_061_000);
    let broken =
        failure(FailureKind::Broken, "the connection to qwen2.5-coder:7b broke while it answered", "ask again, or /model auto");
    s.event(Event::Notice { id: None, notice: Notice::error(&broken) });
    s.ctrl('c').entered("/notices");
    check_at(&SIZES, "notices", &mut s);
    for number in 0..600 {
        s.event(Event::Notice { id: None, notice: Notice::info(format!("number {number}"), "") });
    }
    s.press(Code::Home);
    assert!(s.shows("number 100") && !s.shows("number 99 "), "{}", s.screen(80, 24));
    s.press(Code::End);
    assert!(s.shows("number 599"));
    s.press(Code::Char('q'));
    assert!(!s.shows("╭ notices"));
}

/// Each cell of a screen that is not as the terminal draws it by itself: how, and where it begins.
fn styles(theme: Theme, width: u16, height: u16) -> String {
    let mut s = with_screen(Screen { theme, title: false, ..Screen::default() });
    s.event(Event::Models(snapshot(up(), models()))).entered("/models");
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view::draw(&mut s.app, area, &mut buffer);
    let mut out = String::new();
    for y in 0..height {
        let mut last = None;
        for x in 0..width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if last != Some(style) {
                out.push_str(&format!("⟨{:?} {:?} {:?}⟩", cell.fg, cell.bg, cell.modifier));
                last = Some(style);
            }
            out.push_str(cell.symbol());
        }
        out.push('\n');
    }
    out.replace("NONE", "-").replace("Reset", "-")
}

#[test]
fn a_list_in_the_themes() {
    let mut text = String::new();
    for name in ["dark", "light", "high-contrast"] {
        for (depth, size) in [(Depth::True, (80, 8)), (Depth::Sixteen, (40, 8))] {
            let theme = theme::named(name, None, Path::new("/nowhere"), depth).unwrap();
            text.push_str(&format!("── {name} {depth:?} ──\n{}", styles(theme, size.0, size.1)));
        }
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("models_in_themes", text);
    });
}

#[test]
fn in_ascii_nothing_of_ours_is_anything_else() {
    let mut s = with_screen(Screen { ascii: true, title: false, ..Screen::default() });
    s.event(Event::Models(snapshot(up(), models())));
    let id = s.ask("hello");
    s.event(code_plan(id)).event(delta(id, "Hello."));
    check_at(&SIZES, "ascii_answer", &mut s);
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "Hello."), Status::Complete));
    for open in ["", "/help", "/models", "/resume", "/notices", "/why", "/ledger", "/playbook"] {
        if !open.is_empty() {
            s.entered(open);
        }
        for (width, height) in [(40, 10), (80, 24), (140, 40), (20, 4)] {
            let screen = s.screen(width, height);
            assert!(screen.is_ascii(), "{open}: {screen}");
        }
        s.press(Code::Esc);
    }
    check_at(&[(80, 24)], "ascii_palette", s.ctrl('k'));
}

/// A turn that takes so long; what is asked for in the end.
fn after_answer(screen: Screen, away: bool, took_ms: u64) -> Vec<Effect> {
    let mut s = with_screen(screen);
    s.event(Event::Models(snapshot(up(), models())));
    if away {
        s.msg(Msg::Focus(false));
    }
    let id = s.ask("hello");
    s.later(took_ms);
    s.event(finished(id, answer("qwen2.5-coder:7b", TaskClass::CodeGeneration, "Hello."), Status::Complete));
    s.taken().into_iter().filter(|effect| matches!(effect, Effect::Title(_) | Effect::Notify(_))).collect()
}

#[test]
fn who_looks_elsewhere_is_told_of_an_answer_that_took_long() {
    let with = |title, notify| Screen { title, notify, ..Screen::default() };
    let (answered, at_rest) = (Effect::Title("Segno: answered"), Effect::Title("Segno"));
    for (screen, away, took, want) in [
        (with(true, Notify::Bell), true, 11_000, vec![Effect::Notify(Notify::Bell), answered.clone()]),
        (with(true, Notify::Osc9), true, 11_000, vec![Effect::Notify(Notify::Osc9), answered.clone()]),
        (with(true, Notify::Bell), true, 9_000, vec![answered.clone()]),
        (with(true, Notify::Off), true, 11_000, vec![answered]),
        (with(true, Notify::Bell), false, 11_000, vec![at_rest]),
        (with(false, Notify::Bell), false, 11_000, vec![]),
        (with(false, Notify::Bell), true, 11_000, vec![Effect::Notify(Notify::Bell)]),
    ] {
        assert_eq!(after_answer(screen, away, took), want, "away {away}, {took} ms");
    }
    // Whoever comes back has seen it.
    let mut s = with_screen(Screen::default());
    s.event(Event::Models(snapshot(up(), models()))).msg(Msg::Focus(false));
    s.entered("hello");
    assert!(s.taken().contains(&Effect::Title("Segno: answering")));
}

#[test]
fn without_animations_time_does_not_wake() {
    let mut s = with_screen(Screen { animations: false, title: false, ..Screen::default() });
    s.event(Event::Models(snapshot(up(), models())));
    s.entered("hello").key(Key::plain(Code::F(9)));
    assert_eq!(s.app.wake(), None);
}
