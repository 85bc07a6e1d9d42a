//! What is switched on in a terminal while it is ours, and off again; and the few things that are said to it beside frames.
//!
//! What must stay true: all that `Modes::on` writes is undone by what `Modes::off` writes, on every way out.

use crate::app::Notify;

/// Buttons and the wheel (1000) in the form without limits (1006). Not motion (1002, 1003): it would wake us for nothing.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
const FOCUS_ON: &str = "\x1b[?1004h";
const FOCUS_OFF: &str = "\x1b[?1004l";
/// Keys that the old way cannot tell apart are told by numbers; what a terminal without it knows nothing of, it passes over.
const KEYS_ON: &str = "\x1b[>1u";
const KEYS_OFF: &str = "\x1b[<1u";
/// The title is put aside, and taken back.
const TITLE_ASIDE: &str = "\x1b[22;0t";
const TITLE_BACK: &str = "\x1b[23;0t";
/// The cursor as the user's terminal has it.
pub(super) const OWN_CURSOR: &[u8] = b"\x1b[0 q";
const BELL: &[u8] = b"\x07";
const OSC9: &[u8] = b"\x1b]9;Segno: the answer is there\x07";

/// What is wanted of the terminal beside the screen itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    /// The wheel and the buttons.
    pub mouse: bool,
    /// It says whether it is in front.
    pub focus: bool,
    /// It tells all keys apart.
    pub keys: bool,
    /// Its title is ours.
    pub title: bool,
    /// Its own screen is drawn on, and no other is taken.
    pub inline: bool,
}

impl Modes {
    /// What switches them on.
    pub(super) fn on(self) -> String {
        let wanted = [(self.mouse, MOUSE_ON), (self.focus, FOCUS_ON), (self.keys, KEYS_ON), (self.title, TITLE_ASIDE)];
        wanted.into_iter().filter(|(on, _)| *on).map(|(_, text)| text).collect()
    }

    /// What switches them off. Of the keys and the title only what was taken: both are kept in a pile.
    pub(super) fn off(self) -> String {
        let always = [MOUSE_OFF, FOCUS_OFF];
        let taken = [(self.keys, KEYS_OFF), (self.title, TITLE_BACK)];
        always.into_iter().chain(taken.into_iter().filter(|(on, _)| *on).map(|(_, text)| text)).collect()
    }
}

/// Whether the environment names a terminal that tells all keys apart (kitty's keyboard protocol). It is not asked: the answer would
/// come as keys do, and those that never answer would hold up the first frame.
pub fn tells_keys_apart(term: Option<&str>, program: Option<&str>) -> bool {
    const TERMS: [&str; 4] = ["kitty", "ghostty", "foot", "alacritty"];
    const PROGRAMS: [&str; 4] = ["ghostty", "WezTerm", "iTerm.app", "rio"];
    // In between stands a multiplexer, which has its own.
    if term.is_some_and(|term| term.starts_with("screen") || term.starts_with("tmux")) {
        return false;
    }
    term.is_some_and(|term| TERMS.iter().any(|name| term.contains(name)))
        || program.is_some_and(|program| PROGRAMS.contains(&program))
}

/// What makes the cursor a block that stands still, or a bar.
pub(super) fn cursor(block: bool) -> &'static [u8] {
    if block { b"\x1b[2 q" } else { b"\x1b[6 q" }
}

/// What switches the wheel.
pub(super) fn mouse(on: bool) -> &'static [u8] {
    if on { MOUSE_ON.as_bytes() } else { MOUSE_OFF.as_bytes() }
}

/// What gives the window this title.
pub(crate) fn title(title: &str) -> Vec<u8> {
    format!("\x1b]0;{title}\x07").into_bytes()
}

/// What tells a user who looks elsewhere that an answer is there.
pub(crate) fn notification(notify: Notify) -> &'static [u8] {
    match notify {
        Notify::Off => b"",
        Notify::Bell => BELL,
        Notify::Osc9 => OSC9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_on_is_switched_off() {
        let all = Modes { mouse: true, focus: true, keys: true, title: true, inline: false };
        for (mode, on, off) in [("1000", 'h', 'l'), ("1006", 'h', 'l'), ("1004", 'h', 'l')] {
            assert!(all.on().contains(&format!("[?{mode}{on}")) && all.off().contains(&format!("[?{mode}{off}")), "{mode}");
        }
        assert!(all.on().contains(KEYS_ON) && all.off().contains(KEYS_OFF));
        assert!(all.on().contains(TITLE_ASIDE) && all.off().contains(TITLE_BACK));
        let none = Modes { mouse: false, focus: false, keys: false, title: false, inline: true };
        assert_eq!((none.on(), none.off()), (String::new(), format!("{MOUSE_OFF}{FOCUS_OFF}")));
    }

    #[test]
    fn the_environment_names_the_terminal() {
        for (term, program, want) in [
            (Some("xterm-kitty"), None, true),
            (Some("xterm-256color"), None, false),
            (Some("xterm-256color"), Some("WezTerm"), true),
            (Some("tmux-256color"), Some("WezTerm"), false),
            (Some("foot"), None, true),
            (None, None, false),
        ] {
            assert_eq!(tells_keys_apart(term, program), want, "{term:?} {program:?}");
        }
    }
}
