//! The left button: rows of lists are marked and taken with it; the question for consent hears none of it (`consent`).

use crate::fixtures::Session;
use crate::update::set_model;
use segno_tui::keymap::Code;
use segno_tui::msg::Msg;

/// The row of the screen that shows `words`.
fn row_of(s: &mut Session, words: &str) -> u16 {
    let screen = s.screen(80, 24);
    u16::try_from(screen.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {screen}"))).unwrap()
}

#[test]
fn a_click_marks_a_row_and_takes_the_marked_one() {
    let mut s = Session::ready();
    s.entered("/models");
    for name in ["phi3:mini", "llama3.1:8b", "phi3:mini"] {
        let row = row_of(&mut s, name);
        s.msg(Msg::Click(9, row));
        assert!(s.shows(&format!("›  {name}")), "{}", s.screen(80, 24));
    }
    // Beside the list, and on its frame, there is nothing.
    s.taken();
    for (column, row) in [(9, 0), (9, 23), (79, 5), (200, 200)] {
        s.msg(Msg::Click(column, row));
    }
    assert!(s.taken().is_empty() && s.shows("›  phi3:mini"));
    let row = row_of(&mut s, "phi3:mini");
    s.msg(Msg::Click(20, row));
    assert_eq!(s.taken().last(), Some(&set_model(Some("phi3:mini"))));

    s.typed("/mo");
    let row = row_of(&mut s, "/mouse");
    s.msg(Msg::Click(3, row)).screen(80, 24);
    assert!(s.shows("› /mouse"), "{}", s.screen(80, 24));
    s.press(Code::Esc).ctrl('k');
    for _ in 0..2 {
        let row = row_of(&mut s, "/models  ");
        s.msg(Msg::Click(3, row));
    }
    assert!(s.shows("╭ models"), "{}", s.screen(80, 24));
}

#[test]
fn whether_the_mouse_is_ours_is_said_where_it_is_asked() {
    let mut s = Session::ready();
    for (typed, want) in [("/mouse off", "the mouse selects text"), ("/mouse on", "the wheel scrolls; Shift selects text")] {
        s.entered(typed).later(3000);
        s.taken();
        assert!(s.entered("/mouse").shows(want), "{typed}: {}", s.screen(80, 24));
        assert_eq!(s.taken(), [], "nothing is switched");
    }
}
