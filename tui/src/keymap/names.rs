//! Keys as they are written in a file, and as they are shown.
//!
//! What must stay true: what a terminal sends for a key is what its name is read as: two names for what no terminal tells apart are
//! one key, or an error that says so.

use super::{Code, Key};
use std::fmt;

/// The keys that have names, and the names that they are shown by.
const NAMED: [(&str, Code, &str); 18] = [
    ("enter", Code::Enter, "Enter"),
    ("tab", Code::Tab, "Tab"),
    ("space", Code::Char(' '), "Space"),
    ("backspace", Code::Backspace, "Backspace"),
    ("delete", Code::Delete, "Delete"),
    ("left", Code::Left, "Left"),
    ("right", Code::Right, "Right"),
    ("up", Code::Up, "Up"),
    ("down", Code::Down, "Down"),
    ("home", Code::Home, "Home"),
    ("end", Code::End, "End"),
    ("pageup", Code::PageUp, "PgUp"),
    ("pagedown", Code::PageDown, "PgDn"),
    ("esc", Code::Esc, "Esc"),
    ("escape", Code::Esc, "Esc"),
    ("pgup", Code::PageUp, "PgUp"),
    ("pgdn", Code::PageDown, "PgDn"),
    ("return", Code::Enter, "Enter"),
];
const HELD: [&str; 3] = ["ctrl", "alt", "shift"];

/// Why a name is no key, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoKey {
    pub(super) what: String,
    pub(super) hint: String,
}

fn no_key<T>(what: impl Into<String>, hint: impl Into<String>) -> Result<T, NoKey> {
    Err(NoKey { what: what.into(), hint: hint.into() })
}

/// Reads the name of a key: `ctrl-x`, `alt-shift-u`, `f9`; what the help writes (`Ctrl+X`) is taken, too.
pub(super) fn parse(name: &str) -> Result<Key, NoKey> {
    let (mut ctrl, mut alt, mut shift, mut rest) = (false, false, false, name);
    while let Some((held, after)) = held(rest) {
        match held {
            "ctrl" => ctrl = true,
            "alt" => alt = true,
            _ => shift = true,
        }
        rest = after;
    }
    let mut characters = rest.chars();
    let code = match (characters.next(), characters.next()) {
        (Some(c), None) if !c.is_control() => Code::Char(c),
        _ => word(name, rest)?,
    };
    whole(name, Key { code, ctrl, alt, shift })
}

/// What is held at the start of `name`, and what comes after it.
fn held(name: &str) -> Option<(&'static str, &str)> {
    HELD.into_iter().find_map(|held| {
        let after = name.get(held.len()..)?;
        let rest = after.strip_prefix(['-', '+']).filter(|rest| !rest.is_empty())?;
        name.get(..held.len()).is_some_and(|start| start.eq_ignore_ascii_case(held)).then_some((held, rest))
    })
}

fn word(whole: &str, name: &str) -> Result<Code, NoKey> {
    let lower = name.to_lowercase();
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|n| (1..=24).contains(n)) {
        return Ok(Code::F(number));
    }
    if let Some((_, code, _)) = NAMED.iter().find(|(known, ..)| *known == lower) {
        return Ok(*code);
    }
    let near = crate::nearest::nearest(&lower, NAMED.iter().map(|(name, ..)| *name).chain(HELD));
    let hint = match near {
        Some(near) if HELD.contains(&near) => format!("did you mean `{near}-` and a key?"),
        Some(near) => format!("did you mean `{}`?", whole.replacen(name, near, 1)),
        None => "write a character, f1 to f24, or a name such as enter, after any of ctrl-, alt- and shift-".to_owned(),
    };
    no_key(format!("there is no key `{whole}`"), hint)
}

/// The key as a terminal reports it.
fn whole(name: &str, key: Key) -> Result<Key, NoKey> {
    let Key { code, ctrl, alt, shift } = key;
    match code {
        Code::Tab if shift => Ok(Key { code: Code::BackTab, ctrl, alt, shift: false }),
        Code::Char(c) if ctrl => match c.to_ascii_lowercase() {
            _ if shift => no_key(
                format!("`{name}` is the same as without shift"),
                "terminals do not tell them apart: leave `shift-` out".to_owned(),
            ),
            same @ ('i' | 'm' | '[') => {
                let other = match same {
                    'i' => "tab",
                    'm' => "enter",
                    _ => "esc",
                };
                no_key(format!("`{name}` is the same as `{other}`"), format!("terminals do not tell them apart: write `{other}`"))
            }
            c => Ok(Key { code: Code::Char(c), ctrl, alt, shift: false }.canonical()),
        },
        Code::Char(c) if shift && !c.is_alphabetic() => {
            no_key(format!("`{name}` depends on the keyboard"), "write the character that the two keys make together")
        }
        Code::Char(c) if shift => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => Ok(Key { code: Code::Char(upper), ctrl, alt, shift: false }),
                _ => no_key(format!("`{name}` is no single character"), "write another key"),
            }
        }
        _ => Ok(key),
    }
}

impl Key {
    /// The one of the keys that terminals do not tell apart: Ctrl with `/`, `7` or `_` is one byte, and so are some others.
    pub(crate) fn canonical(self) -> Self {
        let code = match self.code {
            Code::Char('/' | '7') if self.ctrl => Code::Char('_'),
            Code::Char('4') if self.ctrl => Code::Char('\\'),
            Code::Char('5') if self.ctrl => Code::Char(']'),
            Code::Char('6') if self.ctrl => Code::Char('^'),
            Code::Char('2' | '@') if self.ctrl => Code::Char(' '),
            code => code,
        };
        Self { code, ..self }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The case of a letter is Shift; with Ctrl no terminal tells.
        let upper = matches!(self.code, Code::Char(c) if c.is_uppercase() && !self.ctrl);
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift || upper, "Shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            Code::F(n) => write!(f, "F{n}"),
            Code::BackTab => f.write_str("Shift+Tab"),
            code => match NAMED.iter().find(|(_, known, _)| *known == code) {
                Some((.., shown)) => f.write_str(shown),
                None => match code {
                    Code::Char(c) => write!(f, "{}", c.to_uppercase()),
                    _ => Ok(()),
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_shown() {
        for (name, shown) in [
            ("enter", "Enter"),
            ("ctrl-x", "Ctrl+X"),
            ("Ctrl+X", "Ctrl+X"),
            ("CTRL-X", "Ctrl+X"),
            ("alt-u", "Alt+U"),
            ("alt-shift-u", "Alt+Shift+U"),
            ("alt-U", "Alt+Shift+U"),
            ("shift-up", "Shift+Up"),
            ("shift-tab", "Shift+Tab"),
            ("ctrl-alt-f12", "Ctrl+Alt+F12"),
            ("F9", "F9"),
            ("ctrl-_", "Ctrl+_"),
            ("ctrl-/", "Ctrl+_"),
            ("ctrl--", "Ctrl+-"),
            ("ctrl-space", "Ctrl+Space"),
            ("alt-+", "Alt++"),
            ("-", "-"),
            ("?", "?"),
            ("q", "Q"),
            ("pgup", "PgUp"),
            ("ä", "Ä"),
        ] {
            let key = parse(name).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
            assert_eq!(key.to_string(), shown, "{name}");
            let again = parse(shown).map(|again| again.code == key.code || matches!(key.code, Code::Char(_)));
            assert_eq!(again, Ok(true), "{shown}");
        }
    }

    #[test]
    fn what_is_no_key_says_what_is_near() {
        for (name, part) in [
            ("", "write a character"),
            ("entre", "did you mean `enter`?"),
            ("ctrl-pgupp", "did you mean `ctrl-pgup`?"),
            ("f25", "write a character"),
            ("f0", "write a character"),
            ("cttrl-x", "write a character"),
            ("crtl", "did you mean `ctrl-` and a key?"),
            ("ctrl-shift-x", "leave `shift-` out"),
            ("ctrl-i", "write `tab`"),
            ("ctrl-m", "write `enter`"),
            ("ctrl-[", "write `esc`"),
            ("shift-1", "the character that the two keys make"),
            ("zzzzzz", "write a character"),
        ] {
            let wrong = parse(name).expect_err(name);
            assert!(wrong.hint.contains(part), "{name}: {wrong:?}");
        }
    }
}
