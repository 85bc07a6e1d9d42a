//! The terminal: raw mode and its restoration, events in our own words, and frames painted in one write.
//!
//! What must stay true: however Segno ends (return, error, panic, signal), the terminal is as it was; no other module
//! knows crossterm; a frame reaches the terminal in one write, or not at all where nothing differs.
//!
//! Why not `ratatui::Terminal`: its `clear`, which every resize calls, asks the terminal where the cursor is and waits
//! up to two seconds for an answer that a live event stream may have eaten; and it flushes more than once a frame.

use crate::keymap::{Code, Key};
use crate::msg::Msg;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEventKind, KeyModifiers, MouseEventKind};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use unicode_width::UnicodeWidthStr;

/// True while the terminal is ours.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Buttons and the wheel (1000) in the form without limits (1006). Not motion (1002, 1003): it would wake us for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
const SYNC_ON: &[u8] = b"\x1b[?2026h";
const SYNC_OFF: &[u8] = b"\x1b[?2026l";
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";

/// The terminal while it is ours; dropping it gives it back.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, and the wheel where `mouse` says so.
    ///
    /// # Errors
    /// Where there is no terminal, or it refuses.
    pub fn take(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        ACTIVE.store(true, Ordering::SeqCst);
        let guard = Self(());
        let mut out = Vec::with_capacity(64);
        crossterm::queue!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        if mouse {
            out.extend_from_slice(MOUSE_ON);
        }
        emit(&out)?;
        Ok(guard)
    }

    /// False once the terminal was given back, as the panic hook does.
    pub fn active(&self) -> bool {
        ACTIVE.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Does nothing where it is not ours; errors have nobody left to be told to.
pub fn restore() {
    if !ACTIVE.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(SYNC_OFF);
    out.extend_from_slice(MOUSE_OFF);
    let _ = crossterm::queue!(out, DisableBracketedPaste);
    out.extend_from_slice(SHOW_CURSOR);
    let _ = crossterm::queue!(out, LeaveAlternateScreen);
    let _ = emit(&out);
    let _ = disable_raw_mode();
}

/// Makes a panic give the terminal back before it is reported.
pub fn install_panic_hook() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        previous(info);
    }));
}

/// Columns and rows.
///
/// # Errors
/// Where there is no terminal.
pub fn size() -> io::Result<(u16, u16)> {
    crossterm::terminal::size()
}

/// Takes in and forgets what was typed so far.
///
/// # Errors
/// Where there is no terminal.
#[cfg(not(unix))]
pub(crate) fn forget_typed() -> io::Result<()> {
    enable_raw_mode()?;
    let drained = loop {
        match crossterm::event::poll(std::time::Duration::ZERO) {
            Ok(true) => _ = crossterm::event::read(),
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    disable_raw_mode()?;
    drained
}

/// What switches the wheel.
pub(crate) fn mouse(on: bool) -> &'static [u8] {
    if on { MOUSE_ON } else { MOUSE_OFF }
}

fn emit(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Paints frames: keeps what is on the screen and writes what differs.
#[derive(Debug, Default)]
pub struct Painter {
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
    /// The screen holds something else than `shown`.
    stale: bool,
    out: Vec<u8>,
}

impl Painter {
    /// A painter for a screen that holds nobody knows what.
    pub fn new() -> Self {
        Self { stale: true, ..Self::default() }
    }

    /// The next frame is painted whole.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// Has `draw` fill a buffer of this size (it returns where the cursor goes, if anywhere) and paints it to `sink`.
    ///
    /// # Errors
    /// Where `sink` cannot be written to.
    pub fn paint(
        &mut self,
        (width, height): (u16, u16),
        sink: &mut impl Write,
        draw: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, width, height);
        self.next.resize(area);
        self.next.reset();
        let cursor = draw(area, &mut self.next);
        self.stale |= self.shown.area != area;
        if self.stale {
            self.shown.resize(area);
            self.shown.reset();
        }
        self.out.clear();
        self.out.extend_from_slice(SYNC_ON);
        let start = self.out.len();
        if self.stale {
            self.out.extend_from_slice(b"\x1b[0m\x1b[2J");
        }
        distrust_doubtful_rows(&mut self.shown, &self.next);
        let updates = self.shown.diff(&self.next);
        let same = updates.is_empty() && !self.stale && cursor == self.cursor;
        if same {
            return Ok(());
        }
        if !updates.is_empty() && self.cursor.is_some() {
            self.out.extend_from_slice(HIDE_CURSOR);
        }
        if !updates.is_empty() {
            CrosstermBackend::new(&mut self.out).draw(updates.into_iter())?;
        }
        match cursor {
            Some(at) => {
                CrosstermBackend::new(&mut self.out).set_cursor_position(at)?;
                self.out.extend_from_slice(SHOW_CURSOR);
            }
            None => self.out.extend_from_slice(HIDE_CURSOR),
        }
        debug_assert!(self.out.len() > start);
        self.out.extend_from_slice(SYNC_OFF);
        std::mem::swap(&mut self.shown, &mut self.next);
        self.cursor = cursor;
        self.stale = false;
        sink.write_all(&self.out)?;
        sink.flush()
    }
}

/// Terminals disagree on how wide glyphs fill their cells (some keep two half flags, some a half of what was written over),
/// so what is written cell by cell may leave a part of one behind. Rows that change and held such are written whole.
fn distrust_doubtful_rows(shown: &mut Buffer, next: &Buffer) {
    let joined = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}' | '\u{200D}' | '\u{FE0F}');
    let doubtful = |symbol: &str| !symbol.is_ascii() && (symbol.width() > 1 || symbol.chars().any(joined));
    let width = usize::from(shown.area.width).max(1);
    for (old, new) in shown.content.chunks_mut(width).zip(next.content.chunks(width)) {
        if old != new && old.iter().any(|cell| doubtful(cell.symbol())) {
            // The last of the private characters, that no frame has: every cell of the row differs.
            for cell in old {
                cell.set_symbol("\u{10FFFD}");
            }
        }
    }
}

/// A terminal event in our words; `None` for what does not concern us.
pub fn translate(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => translate_key(key.code, key.modifiers).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => Some(Msg::Wheel(-3)),
            MouseEventKind::ScrollDown => Some(Msg::Wheel(3)),
            _ => None,
        },
        _ => None,
    }
}

fn translate_key(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    let code = match code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Esc => Code::Esc,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    let shift = modifiers.contains(KeyModifiers::SHIFT) && !matches!(code, Code::Char(_) | Code::BackTab);
    let (ctrl, alt) = (modifiers.contains(KeyModifiers::CONTROL), modifiers.contains(KeyModifiers::ALT));
    // Ctrl with a capital is how some terminals report Ctrl with Shift.
    let code = match code {
        Code::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        code => code,
    };
    Some(Key { code, ctrl, alt, shift })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyEvent, MouseEvent};

    /// Counts the writes.
    #[derive(Default)]
    struct Sink(Vec<Vec<u8>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn paint(painter: &mut Painter, sink: &mut Sink, size: (u16, u16), text: &str) {
        let draw = |_: Rect, buffer: &mut Buffer| {
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
            Some(Position::new(0, 0))
        };
        painter.paint(size, sink, draw).unwrap();
    }

    #[test]
    fn one_write_a_frame_and_none_for_the_same() {
        let (mut painter, mut sink) = (Painter::new(), Sink::default());
        paint(&mut painter, &mut sink, (20, 2), "hello");
        paint(&mut painter, &mut sink, (20, 2), "hello");
        assert_eq!(sink.0.len(), 1, "nothing differed");
        paint(&mut painter, &mut sink, (20, 2), "hallo");
        assert_eq!(sink.0.len(), 2);
        let text = String::from_utf8(sink.0[1].clone()).unwrap();
        assert!(text.starts_with("\x1b[?2026h") && text.ends_with("\x1b[?2026l"), "{text:?}");
        assert!(text.contains('a') && !text.contains("llo"), "only what differs: {text:?}");
        painter.forget();
        paint(&mut painter, &mut sink, (20, 2), "hallo");
        assert!(String::from_utf8_lossy(&sink.0[2]).contains("hallo"), "painted whole");
        paint(&mut painter, &mut sink, (10, 2), "hallo");
        assert!(String::from_utf8_lossy(&sink.0[3]).contains("hallo"), "another size is painted whole");
    }

    #[test]
    fn a_row_that_held_a_wide_glyph_is_written_whole() {
        let (mut painter, mut sink) = (Painter::new(), Sink::default());
        paint(&mut painter, &mut sink, (8, 1), "a🇩🇪 bcd");
        paint(&mut painter, &mut sink, (8, 1), "ab  bcd");
        assert!(String::from_utf8_lossy(&sink.0[1]).contains("ab  bcd "), "{:?}", String::from_utf8_lossy(&sink.0[1]));
        paint(&mut painter, &mut sink, (8, 1), "狐  bcd");
        paint(&mut painter, &mut sink, (8, 1), "a   bcd");
        assert!(String::from_utf8_lossy(&sink.0[3]).contains("a   bcd "), "{:?}", String::from_utf8_lossy(&sink.0[3]));
    }

    #[test]
    fn events_in_our_words() {
        let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        let none = KeyModifiers::NONE;
        let wheel = |kind| Event::Mouse(MouseEvent { kind, column: 0, row: 0, modifiers: none });
        for (event, want) in [
            (key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Msg::Key(Key::ctrl(Code::Char('c'))))),
            (key(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT), Some(Msg::Key(Key::ctrl(Code::Char('c'))))),
            (key(KeyCode::Char('X'), KeyModifiers::SHIFT), Some(Msg::Key(Key::plain(Code::Char('X'))))),
            (key(KeyCode::Enter, KeyModifiers::SHIFT), Some(Msg::Key(Key::shift(Code::Enter)))),
            (key(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Msg::Key(Key::plain(Code::BackTab)))),
            (Event::Paste("a\r\nb".into()), Some(Msg::Paste("a\r\nb".into()))),
            (Event::Resize(80, 24), Some(Msg::Resize(80, 24))),
            (wheel(MouseEventKind::ScrollUp), Some(Msg::Wheel(-3))),
            (wheel(MouseEventKind::Moved), None),
            (Event::FocusGained, None),
        ] {
            assert_eq!(translate(event.clone()), want, "{event:?}");
        }
    }
}
