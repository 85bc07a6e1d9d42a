//! The terminal that a program sees: the screen, the answers to what it asks, and the modes it leaves switched on.

use std::collections::BTreeSet;
use vt100::{Callbacks, MouseProtocolMode, Parser, Screen};

/// What the screen library does not keep.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// To be sent to the program.
    pub(super) replies: Vec<u8>,
    /// Private modes on that the library does not know.
    modes: BTreeSet<u16>,
    /// Keyboard protocols pushed and not popped.
    keyboards: i32,
}

impl Callbacks for Extra {
    fn unhandled_csi(&mut self, screen: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        let first = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (i1, c) {
            // Where is the cursor?
            (None, 'n') if first == 6 => {
                let (row, col) = screen.cursor_position();
                self.replies.extend(format!("\x1b[{};{}R", row + 1, col + 1).bytes());
            }
            // Is all well?
            (None, 'n') if first == 5 => self.replies.extend(b"\x1b[0n"),
            // What are you? A VT220 with colours.
            (None, 'c') => self.replies.extend(b"\x1b[?62;22c"),
            (Some(b'?'), 'h') => self.modes.extend(params.iter().copied().flatten()),
            (Some(b'?'), 'l') => self.modes.retain(|mode| !params.iter().copied().flatten().any(|off| off == mode)),
            (Some(b'>'), 'u') => self.keyboards += 1,
            (Some(b'<'), 'u') => self.keyboards -= i32::from(first.max(1)),
            _ => {}
        }
    }
}

/// The terminal.
pub(super) type Terminal = Parser<Extra>;

pub(super) fn terminal(rows: u16, cols: u16) -> Terminal {
    Parser::new_with_callbacks(rows, cols, 0, Extra::default())
}

/// What a program that wrote these bytes left switched on in the terminal; empty when all is as it was.
#[must_use]
pub fn left_switched_on(raw: &[u8]) -> Vec<String> {
    let mut terminal = terminal(24, 80);
    terminal.process(raw);
    let screen = terminal.screen();
    let mut left: Vec<String> = [
        (screen.alternate_screen(), "the alternate screen"),
        (screen.hide_cursor(), "the hidden cursor"),
        (screen.mouse_protocol_mode() != MouseProtocolMode::None, "the mouse"),
        (screen.bracketed_paste(), "bracketed paste"),
        (screen.application_cursor(), "application cursor keys"),
        (screen.application_keypad(), "the application keypad"),
        (terminal.callbacks().keyboards > 0, "a keyboard protocol"),
        (screen.fgcolor() != vt100::Color::Default || screen.bgcolor() != vt100::Color::Default, "a colour"),
        (screen.bold() || screen.dim() || screen.italic() || screen.underline() || screen.inverse(), "a text style"),
    ]
    .into_iter()
    .filter(|(on, _)| *on)
    .map(|(_, what)| what.to_owned())
    .collect();
    // 12 is a blinking cursor and 7 wrapping: on is how they are found.
    left.extend(terminal.callbacks().modes.iter().filter(|mode| ![7, 12].contains(*mode)).map(|mode| format!("mode {mode}")));
    left
}

/// Whether a program that wrote these bytes left the terminal as it found it.
#[must_use]
pub fn terminal_is_restored(raw: &[u8]) -> bool {
    left_switched_on(raw).is_empty()
}
