//! The terminal: raw mode and its restoration, events in our own words, and frames painted in one write.
//!
//! What must stay true: however Segno ends (return, error, panic, signal), the terminal is as it was; no other module
//! knows crossterm; a frame reaches the terminal in one write, or not at all where nothing differs.
//!
//! Why not `ratatui::Terminal`: its `clear`, which every resize calls, asks the terminal where the cursor is and waits
//! up to two seconds for an answer that a live event stream may have eaten; and it flushes more than once a frame.

mod modes;
mod secret;

pub use modes::{Modes, tells_keys_apart};
pub(crate) use modes::{notification, title};
pub(crate) use secret::read_secret;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::keymap::{Code, Key};
use crate::msg::Msg;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// What is on while the terminal is ours; `None` while it is not.
static OURS: Mutex<Option<Modes>> = Mutex::new(None);
/// What is to be on again when a program that we started has ended, while it has the terminal.
static LENT: Mutex<Option<Modes>> = Mutex::new(None);

pub(crate) const SYNC_ON: &[u8] = b"\x1b[?2026h";
pub(crate) const SYNC_OFF: &[u8] = b"\x1b[?2026l";
pub(crate) const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
pub(crate) const HIDE_CURSOR: &[u8] = b"\x1b[?25l";

/// Empties so many rows, one by one, and goes to the first: where a whole screen is erased at once, many terminals keep what was on it
/// among what is scrolled back to.
pub(crate) fn wipe(rows: usize) -> Vec<u8> {
    let row = |row| format!("\x1b[{row};1H\x1b[2K");
    (1..=rows.max(1)).rev().map(row).collect::<String>().into_bytes()
}

/// Rows of the terminal; one that does not say so is taken for a usual one.
fn rows() -> usize {
    size().map_or(24, |(_, rows)| usize::from(rows))
}

/// The terminal while it is ours; dropping it gives it back.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal: raw mode, a screen (its own or another), bracketed paste, and what `modes` says.
    ///
    /// # Errors
    /// Where there is no terminal, or it refuses.
    pub fn take(modes: Modes) -> io::Result<Self> {
        let guard = Self(());
        enter(modes)?;
        Ok(guard)
    }

    /// False once the terminal was given back, as the panic hook does.
    pub fn active(&self) -> bool {
        ours(|ours| ours.is_some()) || lent(|lent| lent.is_some())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// A panic while it was held must not keep the terminal from being given back.
fn ours<T>(look: impl FnOnce(&mut Option<Modes>) -> T) -> T {
    look(&mut OURS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn lent<T>(look: impl FnOnce(&mut Option<Modes>) -> T) -> T {
    look(&mut LENT.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Gives the terminal to a program that is started next. Does nothing where it is not ours.
pub(crate) fn lend() {
    let Some(modes) = ours(|ours| *ours) else { return };
    restore();
    lent(|lent| *lent = Some(modes));
}

/// Takes it back when that program has ended. Does nothing where it was not lent.
///
/// # Errors
/// Where it refuses.
pub(crate) fn take_back() -> io::Result<()> {
    match lent(Option::take) {
        Some(modes) => enter(modes),
        None => Ok(()),
    }
}

fn enter(modes: Modes) -> io::Result<()> {
    enable_raw_mode()?;
    ours(|ours| *ours = Some(modes));
    let mut out = Vec::with_capacity(96);
    if modes.inline {
        // What the shell shows above the cursor moves up, and is scrolled back to.
        let rows = rows();
        out.extend(std::iter::repeat_n(b'\n', rows.saturating_sub(1)));
        out.extend(wipe(rows));
    } else {
        crossterm::queue!(out, EnterAlternateScreen)?;
    }
    crossterm::queue!(out, EnableBracketedPaste)?;
    out.extend_from_slice(modes.on().as_bytes());
    emit(&out)
}

/// Takes the terminal anew, as after the shell had it. Does nothing where it is not ours.
///
/// # Errors
/// Where it refuses.
pub(crate) fn take_again() -> io::Result<()> {
    let Some(modes) = ours(|ours| *ours) else { return Ok(()) };
    // Raw mode that crossterm believes to be on would stay off.
    restore();
    enter(modes)
}

/// Gives the terminal to the shell and stops, with all of the job; returns when the shell brings it back. Where no shell could, as in
/// a window that holds nothing else, the system passes the stop over, and this returns at once.
///
/// # Errors
/// Where the terminal cannot be taken again.
#[cfg(unix)]
pub(crate) fn suspend() -> io::Result<()> {
    let Some(modes) = ours(|ours| *ours) else { return Ok(()) };
    restore();
    // Errors mean that nothing was stopped: then it goes on.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
    enter(modes)
}

/// There is nothing like it here; the application says so before.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub(crate) fn suspend() -> io::Result<()> {
    Ok(())
}

/// Gives the terminal back. Does nothing where it is not ours; errors have nobody left to be told to.
pub fn restore() {
    lent(|lent| *lent = None);
    let Some(modes) = ours(Option::take) else { return };
    let mut out = Vec::with_capacity(96);
    out.extend_from_slice(SYNC_OFF);
    out.extend_from_slice(modes.off().as_bytes());
    let _ = crossterm::queue!(out, DisableBracketedPaste);
    out.extend_from_slice(SHOW_CURSOR);
    if SHAPED.swap(false, Ordering::Relaxed) {
        out.extend_from_slice(modes::OWN_CURSOR);
    }
    if modes.inline {
        out.extend(wipe(rows()));
    } else {
        let _ = crossterm::queue!(out, LeaveAlternateScreen);
    }
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

/// What switches the wheel; it is so, too, when the terminal is taken again.
pub(crate) fn mouse(on: bool) -> &'static [u8] {
    ours(|ours| {
        if let Some(modes) = ours {
            modes.mouse = on;
        }
    });
    modes::mouse(on)
}

/// Whether the cursor has a shape of ours.
static SHAPED: AtomicBool = AtomicBool::new(false);

/// What makes the cursor a block, or a bar; it has its own shape again when the terminal is given back.
pub(crate) fn cursor(block: bool) -> &'static [u8] {
    SHAPED.store(true, Ordering::Relaxed);
    modes::cursor(block)
}

fn emit(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Whether a terminal of this name (`TERM`) leaves out what it does not know of links, instead of writing it on the screen.
pub fn takes_links(term: &str) -> bool {
    !(term.is_empty() || term == "dumb" || term.starts_with("linux") || term.starts_with("vt") || term.starts_with("cons"))
}

/// A terminal event in our words; `None` for what does not concern us.
pub fn translate(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => translate_key(key.code, key.modifiers).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::FocusGained => Some(Msg::Focus(true)),
        Event::FocusLost => Some(Msg::Focus(false)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => Some(Msg::Wheel(-3)),
            MouseEventKind::ScrollDown => Some(Msg::Wheel(3)),
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click(mouse.column, mouse.row)),
            _ => None,
        },
        Event::Key(_) => None,
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
    let held = modifiers.contains(KeyModifiers::SHIFT);
    let code = match code {
        // What Ctrl and `_` are on many keyboards, told by a terminal that tells all keys apart.
        Code::Char('-') if ctrl && held => Code::Char('_'),
        // Ctrl with a capital is how some terminals report Ctrl with Shift.
        Code::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        Code::Char(c) if held && c.is_ascii_lowercase() => Code::Char(c.to_ascii_uppercase()),
        code => code,
    };
    Some(Key { code, ctrl, alt, shift }.canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyEvent, MouseEvent};

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
            (wheel(MouseEventKind::Down(MouseButton::Left)), Some(Msg::Click(0, 0))),
            (wheel(MouseEventKind::Down(MouseButton::Right)), None),
            (key(KeyCode::Char('u'), KeyModifiers::ALT | KeyModifiers::SHIFT), Some(Msg::Key(Key::alt(Code::Char('U'))))),
            (key(KeyCode::Char('7'), KeyModifiers::CONTROL), Some(Msg::Key(Key::ctrl(Code::Char('_'))))),
            (key(KeyCode::Char('/'), KeyModifiers::CONTROL), Some(Msg::Key(Key::ctrl(Code::Char('_'))))),
            (Event::FocusGained, Some(Msg::Focus(true))),
            (Event::FocusLost, Some(Msg::Focus(false))),
        ] {
            assert_eq!(translate(event.clone()), want, "{event:?}");
        }
    }
}
