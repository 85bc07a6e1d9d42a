//! The keymap in force: the built-in lines with the user's over them.
//!
//! What must stay true: no keys twice in a place, and none that begin longer ones there; Ctrl+C and the keys of the question for
//! consent are in no line; what is wrong with a line of the user's is said with its place in the file.

use super::actions::{ACTIONS, Row, named};
use super::names::{self, NoKey};
use super::{Action, Code, Edit, Key, Mode};
use crate::nearest::nearest;
use conductor::config::{ConfigError, KEYMAP, KeyLine, Place, key_lines};
use std::fmt;

/// The most keys that are pressed one after the other.
const LONGEST: usize = 3;
/// The word that takes a key's meaning away.
const NONE: &str = "none";
/// What stops everything, whatever a file says.
const INTERRUPT: Key = Key::ctrl(Code::Char('c'));

/// Keys that are pressed one after the other; one to three.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chord(Vec<Key>);

impl Chord {
    /// The keys.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            write!(f, "{}{key}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

/// Keys, where they count, and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub mode: Mode,
    /// What is pressed.
    pub chord: Chord,
    /// What it does; `None` has it do nothing.
    pub action: Option<Action>,
}

/// What keys pressed one after the other mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An action.
    Action(Action),
    /// They begin longer ones.
    Begins,
    /// Nothing.
    Nothing,
}

/// All keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    /// The built-in one.
    fn default() -> Self {
        // A line of it that could not be read would be missing; a test reads them all.
        let lines = key_lines("keymap.toml", KEYMAP).unwrap_or_default();
        let bindings = lines.iter().filter_map(|line| read(line).ok()).collect();
        Self { bindings }
    }
}

impl Keymap {
    /// The built-in keymap with the user's lines over it.
    ///
    /// # Errors
    /// All that is wrong with the lines.
    pub fn of(lines: &[KeyLine]) -> Result<Self, Vec<ConfigError>> {
        let mut keymap = Self::default();
        let mut errors = Vec::new();
        let mut own: Vec<(Binding, &KeyLine)> = Vec::new();
        for line in lines {
            match read(line) {
                Ok(binding) => match conflict(&binding, &own) {
                    Some((what, hint)) => errors.push(wrong(&line.keys_at, what, hint)),
                    None => own.push((binding, line)),
                },
                Err(error) => errors.push(error),
            }
        }
        for (binding, line) in &own {
            keymap.bindings.retain(|old| old.mode != binding.mode || old.chord != binding.chord);
            let is_said = |old: &&Binding| own.iter().any(|(new, _)| new.mode == old.mode && new.chord == old.chord);
            if let Some(old) = keymap.bindings.iter().filter(|old| !is_said(old)).find(|old| overlaps(old, binding)) {
                let (short, does) = (&old.chord, old.action.map(name_of).unwrap_or(NONE));
                let what = format!("`{}` begins with {short}, which is bound to `{does}` in `{}`", line.keys, line.place);
                let hint = format!("free it with a line \"{}\" = \"{NONE}\" there, or choose other keys", typed(short));
                errors.push(wrong(&line.keys_at, what, hint));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        keymap.bindings.extend(own.into_iter().map(|(binding, _)| binding));
        // What was freed for longer keys must not stand in their way.
        let freed = |b: &Binding| b.action.is_none();
        let begun: Vec<Binding> = keymap.bindings.iter().filter(|b| freed(b)).cloned().collect();
        let in_the_way = |short: &Binding, all: &[Binding]| all.iter().any(|b| b != short && !freed(b) && overlaps(short, b));
        let away: Vec<Binding> = begun.into_iter().filter(|short| in_the_way(short, &keymap.bindings)).collect();
        keymap.bindings.retain(|binding| !away.contains(binding));
        Ok(keymap)
    }

    /// What is wrong with the user's lines.
    pub fn check(lines: &[KeyLine]) -> Vec<ConfigError> {
        if lines.is_empty() { Vec::new() } else { Self::of(lines).err().unwrap_or_default() }
    }

    /// All bindings.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The keys that do `action` in `mode`, in the order of the file.
    pub fn keys_of(&self, mode: Mode, action: Action) -> impl Iterator<Item = &Chord> {
        self.bindings.iter().filter(move |b| b.mode == mode && b.action == Some(action)).map(|b| &b.chord)
    }

    /// The first keys that do `action` wherever that is, for a hint; those of the composer before others.
    pub fn shortest(&self, action: Action) -> Option<&Chord> {
        let first = [Mode::Compose, Mode::Any];
        first.into_iter().chain(Mode::PLACES.map(|(_, mode, _)| mode)).find_map(|mode| self.keys_of(mode, action).next())
    }

    /// What `pressed` mean in `mode`; `blank` where nothing is typed. A character alone without Ctrl and Alt that is bound to nothing
    /// is typed.
    pub fn meaning(&self, mode: Mode, blank: bool, pressed: &[Key]) -> Meaning {
        let pressed: Vec<Key> = pressed.iter().map(|key| bare(*key)).collect();
        let [.., last] = pressed.as_slice() else { return Meaning::Nothing };
        if *last == INTERRUPT {
            return Meaning::Action(Action::Interrupt);
        }
        let places = [
            Some(Mode::Blank).filter(|_| blank),
            Some(mode),
            // With completions open, all other keys go to the composer below them.
            Some(Mode::Compose).filter(|_| mode == Mode::Complete),
            Some(Mode::List).filter(|_| mode == Mode::Conversations),
            Some(Mode::Any),
        ];
        for place in places.into_iter().flatten() {
            let mut here = self.bindings.iter().filter(|b| b.mode == place && b.chord.0.starts_with(&pressed));
            match here.next() {
                Some(Binding { action: Some(action), chord, .. }) if chord.0.len() == pressed.len() => {
                    return Meaning::Action(*action);
                }
                Some(Binding { action: None, chord, .. }) if chord.0.len() == pressed.len() => return typed_key(mode, &pressed),
                Some(_) => return Meaning::Begins,
                None => {}
            }
        }
        typed_key(mode, &pressed)
    }
}

/// Shift is in the character.
fn bare(key: Key) -> Key {
    match key.code {
        Code::Char(_) => Key { shift: false, ..key }.canonical(),
        _ => key,
    }
}

fn typed_key(mode: Mode, pressed: &[Key]) -> Meaning {
    match pressed {
        [Key { code: Code::Char(c), ctrl: false, alt: false, .. }]
            if !matches!(mode, Mode::Page | Mode::Choosing | Mode::Compare) && !c.is_control() =>
        {
            Meaning::Action(Action::Edit(Edit::Insert(*c)))
        }
        _ => Meaning::Nothing,
    }
}

/// True where one of the two begins the other, in one place.
fn overlaps(a: &Binding, b: &Binding) -> bool {
    let (a_keys, b_keys) = (&a.chord.0, &b.chord.0);
    a.mode == b.mode && a_keys.len() != b_keys.len() && (a_keys.starts_with(b_keys) || b_keys.starts_with(a_keys))
}

/// What is wrong between a line and those before it.
fn conflict(new: &Binding, before: &[(Binding, &KeyLine)]) -> Option<(String, String)> {
    let line = |line: &KeyLine| match &line.keys_at {
        Place::File { position: Some((number, _)), .. } => format!("line {number}"),
        _ => "another line".to_owned(),
    };
    if let Some((_, other)) = before.iter().find(|(old, _)| old.mode == new.mode && old.chord == new.chord) {
        let what = format!("{} is bound twice in `{}`", new.chord, other.place);
        return Some((what, format!("the other one is on {}: take one of the two out", line(other))));
    }
    // A key that is only freed stands in nobody's way.
    let real = |binding: &Binding| binding.action.is_some();
    let (_, other) = before.iter().find(|(old, _)| real(old) && real(new) && overlaps(old, new))?;
    let what = format!("{} and `{}` cannot both be bound in `{}`: one begins the other", new.chord, other.keys, other.place);
    Some((what, format!("the other one is on {}: choose other keys for one of the two", line(other))))
}

fn wrong(at: &Place, what: impl Into<String>, hint: impl Into<String>) -> ConfigError {
    ConfigError { place: at.clone(), what: what.into(), hint: hint.into() }
}

/// The name of an action.
fn name_of(action: Action) -> &'static str {
    ACTIONS.iter().find(|row| row.action == action).map_or("", |row| row.name)
}

/// Keys as they are written in a file.
fn typed(chord: &Chord) -> String {
    chord.to_string().to_lowercase().replace('+', "-")
}

/// Reads a line.
fn read(line: &KeyLine) -> Result<Binding, ConfigError> {
    let mode = place(line)?;
    let chord = chord(&line.keys).map_err(|no| wrong(&line.keys_at, no.what, no.hint))?;
    if chord.0.contains(&INTERRUPT) {
        let what = "Ctrl+C cannot be bound: it stops, clears and quits, whatever a file says";
        return Err(wrong(&line.keys_at, what, "choose another key"));
    }
    let first = chord.0.first().copied();
    if let Some(Key { code: Code::Char(c), ctrl: false, alt: false, .. }) = first
        && !matches!(mode, Mode::Page | Mode::Blank | Mode::Choosing | Mode::Compare)
    {
        let what = format!(
            "`{}` is typed in `{}`, so it cannot be bound there",
            if c == ' ' { "space".into() } else { c.to_string() },
            line.place
        );
        return Err(wrong(&line.keys_at, what, "hold ctrl or alt with it, or bind it in [keys.blank]: where nothing is typed"));
    }
    let action = if line.action == NONE { None } else { Some(action(line, mode)?.action) };
    Ok(Binding { mode, chord, action })
}

fn place(line: &KeyLine) -> Result<Mode, ConfigError> {
    if let Some(mode) = Mode::named(&line.place) {
        return Ok(mode);
    }
    if line.place == "consent" {
        let what = "the keys of the question whether something may leave this machine cannot be bound";
        return Err(wrong(&line.place_at, what, "take the lines out: nobody shall bind a yes to another key"));
    }
    let names = || Mode::PLACES.iter().map(|(name, _, _)| *name);
    let hint = match nearest(&line.place, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the places are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(wrong(&line.place_at, format!("there is no place `{}` for keys", line.place), hint))
}

fn chord(text: &str) -> Result<Chord, NoKey> {
    let keys = text.split_whitespace().map(names::parse).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() || keys.len() > LONGEST {
        let what = format!("`{text}` is {} keys", keys.len());
        return Err(NoKey { what, hint: format!("write one key, or up to {LONGEST} with blanks between them") });
    }
    if keys.len() > 1 && keys.iter().any(|key| key.code == Code::Esc) {
        let what = format!("`{text}`: Esc drops keys that were begun, so it is none of several");
        return Err(NoKey { what, hint: "choose another key".to_owned() });
    }
    Ok(Chord(keys))
}

fn action(line: &KeyLine, mode: Mode) -> Result<&'static Row, ConfigError> {
    let Some(row) = named(&line.action) else {
        let near = nearest(&line.action.replace('_', "-"), ACTIONS.iter().map(|row| row.name).chain([NONE]));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "Ctrl+K in the chat shows all actions, and docs/guide/configuration.md".to_owned(),
        };
        return Err(wrong(&line.action_at, format!("there is no action `{}`", line.action), hint));
    };
    if !row.places.contains(&mode) {
        let places: Vec<String> = row.places.iter().map(|mode| format!("[keys.{}]", mode.name())).collect();
        let what = format!("`{}` does nothing in `{}`", row.name, line.place);
        return Err(wrong(&line.action_at, what, format!("bind it in {}", places.join(" or "))));
    }
    Ok(row)
}

#[cfg(test)]
mod tests;
