//! What a terminal sends for a key.

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Control and a letter.
    Ctrl(char),
    /// Alt and a letter.
    Alt(char),
    /// Control C.
    CtrlC,
    /// Control D.
    CtrlD,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// First column.
    Home,
    /// Last column.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Tab.
    Tab,
    /// Tab backwards.
    ShiftTab,
    /// Alt and return.
    AltEnter,
    /// F1.
    F1,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// One notch of the wheel up, at the middle of the screen.
    WheelUp,
    /// One notch of the wheel down, at the middle of the screen.
    WheelDown,
}

impl Key {
    /// The bytes, as xterm sends them. Arrows differ where the program asked for "application cursor keys".
    pub(super) fn bytes(self, screen: &vt100::Screen) -> Vec<u8> {
        let arrow = |letter: u8| vec![0x1b, if screen.application_cursor() { b'O' } else { b'[' }, letter];
        let (rows, cols) = screen.size();
        let wheel = |button: u8| format!("\x1b[<{button};{};{}M", cols / 2 + 1, rows / 2 + 1).into_bytes();
        match self {
            Self::Enter => b"\r".to_vec(),
            Self::Esc => b"\x1b".to_vec(),
            Self::Ctrl(letter) => vec![letter as u8 & 0x1f],
            Self::Alt(letter) => format!("\x1b{letter}").into_bytes(),
            Self::CtrlC => vec![0x03],
            Self::CtrlD => vec![0x04],
            Self::Up => arrow(b'A'),
            Self::Down => arrow(b'B'),
            Self::Right => arrow(b'C'),
            Self::Left => arrow(b'D'),
            Self::Home => arrow(b'H'),
            Self::End => arrow(b'F'),
            Self::PageUp => b"\x1b[5~".to_vec(),
            Self::PageDown => b"\x1b[6~".to_vec(),
            Self::Tab => b"\t".to_vec(),
            Self::ShiftTab => b"\x1b[Z".to_vec(),
            Self::AltEnter => b"\x1b\r".to_vec(),
            Self::F1 => b"\x1bOP".to_vec(),
            Self::Backspace => vec![0x7f],
            Self::Delete => b"\x1b[3~".to_vec(),
            Self::WheelUp => wheel(64),
            Self::WheelDown => wheel(65),
        }
    }
}
