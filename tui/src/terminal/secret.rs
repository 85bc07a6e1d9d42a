//! A secret that is typed, or pasted, in the terminal without being seen.
//!
//! What must stay true: the echo is off before anything asks for the secret, so that none of what is typed at once is shown; what is typed
//! or pasted behind it reaches nobody; the terminal is as it was when reading has ended, unless the process is killed in it. No copy that
//! is ours stays in memory; the library that reads the terminal keeps its last bytes until the process ends.

use crate::tty::Tty;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use secrecy::zeroize::{Zeroize, Zeroizing};
use std::io::{self, Write};

/// The terminal as it is while a secret is typed.
struct Unseen;

impl Drop for Unseen {
    fn drop(&mut self) {
        // More lines of what was pasted are not for the shell.
        Tty::Stdin.forget();
        // Nobody is there to be told, and the shell sets its own modes.
        let _ = disable_raw_mode();
        let _ = writeln!(io::stderr());
    }
}

/// Says `prompt`, and reads a line of at most `most` bytes; `None` where the user broke off.
///
/// # Errors
/// Where there is no terminal, it fails, or the line is longer.
pub(crate) fn read_secret(prompt: &str, most: usize) -> io::Result<Option<Zeroizing<String>>> {
    enable_raw_mode()?;
    let unseen = Unseen;
    let mut out = io::stderr();
    write!(out, "{prompt}")?;
    out.flush()?;
    // All the room at once: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(String::with_capacity(most));
    let whole = loop {
        let Event::Key(key) = event::read()? else { continue };
        match take(key, &mut line, most) {
            Taken::More => {}
            Taken::Whole => break true,
            Taken::Left => break false,
            Taken::TooLong => return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is longer than {most} bytes"))),
        }
    };
    drop(unseen);
    Ok(whole.then_some(line))
}

/// What a key does to the line.
#[derive(Debug, PartialEq)]
enum Taken {
    More,
    Whole,
    Left,
    TooLong,
}

fn take(key: KeyEvent, line: &mut String, most: usize) -> Taken {
    if key.kind == KeyEventKind::Release {
        return Taken::More;
    }
    let held = key.modifiers - KeyModifiers::SHIFT;
    // On Windows that is AltGr, with which many keyboards write `@` and `{`.
    let alt_gr = cfg!(windows) && held == KeyModifiers::CONTROL | KeyModifiers::ALT;
    match (key.code, if alt_gr { KeyModifiers::NONE } else { held }) {
        (KeyCode::Enter, _) | (KeyCode::Char('j' | 'm'), KeyModifiers::CONTROL) => return Taken::Whole,
        (KeyCode::Char('c'), KeyModifiers::CONTROL) | (KeyCode::Esc, _) => return Taken::Left,
        (KeyCode::Char('d'), KeyModifiers::CONTROL) if line.is_empty() => return Taken::Left,
        (KeyCode::Char('u'), KeyModifiers::CONTROL) => line.zeroize(),
        (KeyCode::Backspace, _) | (KeyCode::Char('h'), KeyModifiers::CONTROL) => _ = line.pop(),
        (KeyCode::Char(c), KeyModifiers::NONE) if line.len() + c.len_utf8() > most => return Taken::TooLong,
        (KeyCode::Char(c), KeyModifiers::NONE) => line.push(c),
        _ => {}
    }
    Taken::More
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_make_a_line_that_ends_or_is_left() {
        let plain = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        let ctrl = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let upper = KeyEvent::new(KeyCode::Char('K'), KeyModifiers::SHIFT);
        let enter = key(KeyCode::Enter);
        for (keys, line, last) in [
            (vec![plain('s'), upper, plain('é'), enter], "sKé", Taken::Whole),
            (vec![plain('s'), plain('k'), key(KeyCode::Backspace), ctrl('j')], "s", Taken::Whole),
            (vec![plain('a'), ctrl('u'), plain('b'), ctrl('h'), plain('c'), ctrl('d')], "c", Taken::More),
            (vec![key(KeyCode::Backspace), key(KeyCode::Left), ctrl('d')], "", Taken::Left),
            (vec![plain('a'), ctrl('c')], "a", Taken::Left),
            (vec![plain('1'), plain('2'), plain('3'), plain('4'), plain('é')], "1234", Taken::TooLong),
        ] {
            let mut typed = String::new();
            let took = keys.into_iter().map(|key| take(key, &mut typed, 5)).last();
            assert_eq!((typed.as_str(), took), (line, Some(last)));
        }
    }
}
