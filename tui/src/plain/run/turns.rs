//! Lines in their turn: what a line leads to, what waits for an answer, and when the next line of a pipe is taken.
//!
//! What must stay true: a question that was typed is asked or refused with a word, never lost; a line of a pipe is taken when all is done
//! that those before it asked for.

use super::super::input::Heard;
use super::super::reader::{Reader, Typed};
use super::super::say::Out;
use super::Lines;
use crate::msg::{Effect, Msg};
use crate::run::{End, Link};
use crate::sanitise::clean_line;
use conductor::protocol::{Event, Query};
use std::io::{self, Write};

/// So many questions wait for an answer that is coming.
const WAITING: usize = 16;
/// The number of the question whether all is done that was asked for before it.
pub(super) const BARRIER: u64 = u64::MAX;

/// Whether what a line asked for is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barrier {
    /// It is.
    Passed,
    /// It has to be asked.
    Due,
    /// It was asked.
    Asked,
}

impl<W: Write, L: Link> Lines<W, L> {
    pub(super) fn typed(&mut self, typed: Typed, reader: &mut Reader) -> io::Result<()> {
        let line = match &typed {
            Typed::TooLong => {
                return self.put(vec![Out::Line("Error: the line is longer than 16 MiB, and was not taken.".to_owned())]);
            }
            // A word that was not sent off with Enter answers nothing.
            Typed::Line { ended: false, .. } if self.app.is_asking() => None,
            Typed::Line { text, .. } => Some(text.as_str()),
            Typed::End => None,
        };
        if self.input.piped {
            let shown = line.map(clean_line).filter(|line| !line.is_empty());
            self.put(shown.into_iter().map(|line| Out::Line(format!("You: {line}"))).collect())?;
        } else {
            // Enter went to the next line; the end of input goes nowhere.
            self.paper.moved(matches!(typed, Typed::End | Typed::Line { ended: false, .. }));
        }
        self.barrier = Barrier::Due;
        match self.input.read(&self.app, &self.said, line) {
            Heard::Does(msgs, words) => {
                if !words.is_empty() {
                    self.put(vec![Out::Line(words)])?;
                }
                for msg in msgs {
                    self.update(msg, reader)?;
                }
            }
            Heard::Say(lines) => self.put(lines.into_iter().map(Out::Line).collect())?,
            Heard::Waits(_) if self.waiting.len() == WAITING => {
                self.put(vec![Out::Line(format!("Error: {WAITING} questions wait already. This one was not taken."))])?;
            }
            Heard::Waits(text) => {
                self.waiting.push_back(text);
                self.put(vec![Out::Line("Note: this waits until the answer stands.".to_owned())])?;
            }
            Heard::GoesOn => {}
            Heard::Leaves => {
                if !self.input.piped && self.app.is_busy() {
                    self.put(vec![Out::Line("Note: Segno leaves when the answer stands. Ctrl-C stops it.".to_owned())])?;
                }
                self.leaving = true;
            }
        }
        Ok(())
    }

    /// What waited for an answer, and the end once there is nothing more.
    pub(super) fn go_on(&mut self, reader: &mut Reader) -> io::Result<()> {
        if !self.app.is_busy() && !self.app.is_asking() && self.editing.is_none() {
            if let Some(text) = self.waiting.pop_front() {
                self.tell(text, reader)?;
            } else if self.leaving && (!self.input.piped || self.is_done()) {
                self.end = self.end.or(Some(End::Quit));
            }
        }
        if self.input.piped && self.app.is_closed() {
            self.end = self.end.or(Some(End::Quit));
        }
        let is_quiet = if self.input.piped { self.is_quiet() } else { self.errands.is_idle() && self.said.is_settled(&self.app) };
        if self.barrier == Barrier::Due && is_quiet {
            self.barrier = Barrier::Asked;
            self.errands.run(Effect::Look { id: BARRIER, query: Query::Settled });
        }
        Ok(())
    }

    /// Asks what was not seen as it was typed.
    pub(super) fn tell(&mut self, text: String, reader: &mut Reader) -> io::Result<()> {
        let before = std::mem::replace(&mut self.said.echo, true);
        let told = self.update(Msg::Line(text), reader);
        self.said.echo = before;
        told
    }

    /// Whether nothing goes on that a line may have begun.
    pub(super) fn is_quiet(&self) -> bool {
        !self.app.is_at_work() && self.errands.is_idle() && self.said.is_settled(&self.app)
    }

    pub(super) fn is_done(&self) -> bool {
        self.barrier == Barrier::Passed && self.is_quiet()
    }

    /// Whether a line is to be read: of a pipe once all is done that those before it asked for.
    pub(super) fn wants_line(&self) -> bool {
        let free = self.editing.is_none() && !self.leaving && self.errands.has_room();
        free && (!self.input.piped || self.is_done())
    }

    /// All that was asked for before is done: what came of it is taken in.
    pub(super) fn passed(&mut self, round: &mut Vec<Event>, reader: &mut Reader) -> io::Result<()> {
        // Another line came meanwhile.
        if self.barrier == Barrier::Due {
            return Ok(());
        }
        if let Some(events) = &mut self.errands.events {
            while let Ok(event) = events.try_recv() {
                round.push(event);
            }
        }
        self.barrier = Barrier::Passed;
        self.take_events(round, true, reader)
    }
}
