//! The user who looks elsewhere while an answer comes: the title of the window, and a word when it has ended.
//!
//! What must stay true: nothing of a question or an answer is in a title or a word; whoever has the terminal in front is told nothing
//! but by the screen; where the terminal does not say whether it is, it counts as in front.

use super::App;
use crate::msg::Effect;
use std::time::Duration;

/// An answer that took longer is worth a word.
const LONG: Duration = Duration::from_secs(10);

/// How the user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Not at all.
    Off,
    /// By the bell.
    Bell,
    /// By a message that the terminal shows, in the form of OSC 9.
    Osc9,
}

impl Notify {
    /// That of this word of the configuration.
    pub fn of(word: &str) -> Self {
        match word {
            "off" => Self::Off,
            "osc9" => Self::Osc9,
            _ => Self::Bell,
        }
    }
}

/// What is known of where the user looks.
#[derive(Debug, Default)]
pub(super) struct Away {
    /// The terminal is not in front.
    away: bool,
    /// An answer ended since.
    answered: bool,
    /// The title that was given last.
    title: &'static str,
}

impl App {
    pub(super) fn focus(&mut self, focused: bool) {
        self.away.away = !focused;
        if focused {
            self.away.answered = false;
            // Another process may have changed what is shown.
            self.read_playbooks();
        }
    }

    /// An answer has ended that took so long.
    pub(super) fn answer_ended(&mut self, took: Duration) {
        if !self.away.away {
            return;
        }
        self.away.answered = true;
        let notify = self.settings.screen.notify;
        if took >= LONG && notify != Notify::Off {
            self.effect(Effect::Notify(notify));
        }
    }

    /// Gives the window its title, where it is another than before.
    pub(super) fn retitle(&mut self) {
        if !self.settings.screen.title {
            return;
        }
        let answering = self.room.turn.is_some() || self.answers_behind() > 0;
        let title = match (answering, self.away.answered, self.away.title) {
            (true, ..) => "Segno: answering",
            (false, true, _) => "Segno: answered",
            // Until there is something to say the title is left alone.
            (false, false, "") => return,
            (false, false, _) => "Segno",
        };
        if title != self.away.title {
            self.away.title = title;
            self.effect(Effect::Title(title));
        }
    }
}
