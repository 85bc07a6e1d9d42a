//! The loop of plain lines: lines, the conductor's events and signals in; lines, commands and questions out.
//!
//! What must stay true: keys are the terminal's own until a line is whole; while an editor has the terminal nothing is read or written;
//! with nothing going on there is no timer.

mod editor;
mod turns;

use super::input::Input;
use super::paper::Paper;
use super::reader::Reader;
use super::say::{Out, Said};
use crate::app::{Answer, App};
use crate::attach::Files;
use crate::clipboard::Copied;
use crate::clock::now_ms;
use crate::msg::{Effect, Msg};
use crate::run::errands::{self, Errands, ROUND, now, received, sent, until};
use crate::run::signals::{self, Signals};
use crate::run::{End, FAREWELL, Link};
use conductor::domain::Digest;
use conductor::protocol::{Command, Event};
use editor::{Editing, edited};
use futures_util::StreamExt;
use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::pin::pin;
use tokio::sync::mpsc;
use turns::{BARRIER, Barrier};

/// All that the loop holds.
struct Lines<W, L> {
    app: App,
    said: Said,
    input: Input,
    errands: Errands<L>,
    paper: Paper<W>,
    /// Questions that were typed while an answer was coming.
    waiting: VecDeque<String>,
    barrier: Barrier,
    /// There are no more lines.
    leaving: bool,
    end: Option<End>,
    lending: Option<String>,
    editing: Option<Editing>,
}

/// Runs the chat in lines until it ends. `start` and `first` are as those of the chat on the screen.
///
/// # Errors
/// Where the output cannot be written to, or the conductor does not start.
pub(crate) async fn run<L, S>(app: App, first: Vec<Command>, files: Files, start: impl FnOnce() -> S) -> anyhow::Result<End>
where
    L: Link,
    S: Future<Output = anyhow::Result<(L, mpsc::Receiver<Event>)>>,
{
    let signals = Signals::listen()?;
    let piped = !io::stdin().is_terminal();
    let mut lines = Lines::new(app, first, files, io::stdout(), piped);
    let end = match lines.drive(start, Reader::stdin(), signals).await {
        // Whoever read it has gone: that is no failure.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            Ok(End::Quit)
        }
        end => end,
    };
    lines.errands.farewell(FAREWELL).await;
    end
}

impl<W: Write, L: Link> Lines<W, L> {
    fn new(app: App, first: Vec<Command>, files: Files, sink: W, piped: bool) -> Self {
        Self {
            app,
            said: Said::default(),
            input: Input::new(piped),
            errands: Errands::new(first, files),
            paper: Paper::new(sink),
            waiting: VecDeque::new(),
            barrier: Barrier::Due,
            leaving: false,
            end: None,
            lending: None,
            editing: None,
        }
    }

    async fn drive<S>(&mut self, start: impl FnOnce() -> S, mut reader: Reader, mut signals: Signals) -> anyhow::Result<End>
    where
        S: Future<Output = anyhow::Result<(L, mpsc::Receiver<Event>)>>,
    {
        self.put(vec![Out::Line("Segno, in plain lines. /help lists the commands.".to_owned())])?;
        let first = self.app.begin();
        self.perform(first);
        self.look(&mut reader)?;
        let (mut starting, mut started) = (pin!(start()), false);
        let mut round = Vec::with_capacity(ROUND);
        loop {
            self.look_after_time(&mut reader)?;
            self.go_on(&mut reader)?;
            self.errands.send_next();
            if let Some(end) = self.end {
                self.put(vec![Out::Break])?;
                let last = self.app.leave();
                self.perform(last);
                return Ok(end);
            }
            if let Some(text) = self.lending.take() {
                self.lend(text);
            }
            self.show_prompt()?;
            if self.wants_line() {
                reader.want();
            }
            let wake = self.app.wake();
            tokio::select! {
                biased;
                heard = signals.any() => self.heard(heard, &mut reader)?,
                typed = reader.next(), if self.editing.is_none() => self.typed(typed, &mut reader)?,
                link = &mut starting, if !started => {
                    started = true;
                    self.errands.connect(link?);
                }
                () = sent(&mut self.errands.sending) => self.errands.sending = None,
                Some((id, reply)) = self.errands.asking.next() => match id {
                    Some(BARRIER) => self.passed(&mut round, &mut reader)?,
                    id => self.update(errands::reply(id, reply), &mut reader)?,
                },
                Some(msg) = self.errands.looking.next() => self.update(msg, &mut reader)?,
                (given, saved) = edited(&mut self.editing) => {
                    // What came before its end was for the editor.
                    while let Some(heard) = signals.come().await {
                        self.heard(heard, &mut reader)?;
                    }
                    self.take_from_editor(given, saved, &mut reader)?;
                }
                Some((msg, bytes)) = self.errands.copying.next() => self.copied(msg, bytes.is_some(), &mut reader)?,
                open = received(&mut self.errands.events, &mut round) => self.take_events(&mut round, open, &mut reader)?,
                () = until(wake) => {}
            }
        }
    }

    fn heard(&mut self, heard: signals::Heard, reader: &mut Reader) -> io::Result<()> {
        match heard {
            // They are for the editor, with which we share the terminal.
            signals::Heard::Interrupt | signals::Heard::Back if self.editing.is_some() => {}
            signals::Heard::End => self.end = Some(End::Signal),
            signals::Heard::Back => self.paper.moved(false),
            signals::Heard::Interrupt => {
                // The terminal shows `^C` where the line was.
                self.paper.moved(true);
                self.input.forget();
                self.leaving &= self.input.piped;
                if !self.waiting.is_empty() {
                    self.waiting.clear();
                    self.put(vec![Out::Line("Note: the questions that waited are not asked.".to_owned())])?;
                }
                let before = self.app.log().count();
                self.update(Msg::Interrupt, reader)?;
                if self.app.log().count() == before {
                    self.put(vec![Out::Break])?;
                }
            }
        }
        Ok(())
    }

    fn take_events(&mut self, round: &mut Vec<Event>, open: bool, reader: &mut Reader) -> io::Result<()> {
        for event in round.drain(..) {
            self.said.hear(&event, &self.app);
            self.update(Msg::Conductor(Box::new(event)), reader)?;
        }
        if !open {
            self.errands.events = None;
            self.update(Msg::Closed, reader)?;
        }
        Ok(())
    }

    fn copied(&mut self, msg: Msg, ask_the_terminal: bool, reader: &mut Reader) -> io::Result<()> {
        let msg = match msg {
            Msg::Copied { what, copied } if ask_the_terminal || copied == Copied::TooLong => {
                Msg::Copied { what, copied: Copied::Nowhere }
            }
            msg => msg,
        };
        self.update(msg, reader)
    }

    fn update(&mut self, msg: Msg, reader: &mut Reader) -> io::Result<()> {
        if matches!(msg, Msg::Line(_)) {
            self.said.begin_line();
        }
        self.app.set_time(now_ms());
        let effects = self.app.update(msg, now());
        self.perform(effects);
        self.look(reader)
    }

    /// Says what is new.
    fn look(&mut self, reader: &mut Reader) -> io::Result<()> {
        // It is said when the editor has ended.
        if self.editing.is_some() {
            return Ok(());
        }
        let before = self.said.said_version();
        let out = self.said.look(&self.app);
        self.put(out)?;
        if !self.input.piped {
            if self.app.is_asking() && self.said.said_version() != before {
                // What was typed before it was asked is no answer.
                reader.forget();
            }
            return Ok(());
        }
        while let Some(asked) = self.app.question() {
            let (id, lines) = (asked.request.id, super::consent::nobody(&asked.request));
            self.put(lines.into_iter().map(Out::Line).collect())?;
            let no = Msg::Answer { id, digest: Digest::of(&[]), answer: Answer::No };
            let effects = self.app.update(no, now());
            self.perform(effects);
            let out = self.said.look(&self.app);
            self.put(out)?;
        }
        Ok(())
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match self.errands.run(effect) {
                Some(Effect::Edit(text)) => self.lending = Some(text),
                Some(Effect::Quit) => self.end = Some(End::Quit),
                // There is no screen.
                Some(Effect::SetMouse(_) | Effect::Redraw | Effect::Title(_) | Effect::Block(_) | Effect::Notify(_)) => {}
                // The terminal stops the program by itself.
                Some(Effect::Suspend) => {}
                // Something else is done now, which may lead to more.
                None => self.barrier = Barrier::Due,
                // Done already: no terminal is needed for them.
                Some(Effect::Send(_) | Effect::Query(_) | Effect::Look { .. } | Effect::Save { .. } | Effect::Load(_)) => {}
                Some(Effect::Attach { .. } | Effect::List(_) | Effect::Copy { .. }) => {}
            }
        }
    }

    /// Ticks are due by the clock and not by their turn: under a flood of events the timer's turn never comes.
    fn look_after_time(&mut self, reader: &mut Reader) -> io::Result<()> {
        let now = now();
        if self.app.wake().is_some_and(|at| at <= now) {
            let effects = self.app.update(Msg::Tick, now);
            self.perform(effects);
            self.look(reader)?;
        }
        Ok(())
    }

    fn put(&mut self, out: Vec<Out>) -> io::Result<()> {
        self.paper.put(out)
    }

    fn show_prompt(&mut self) -> io::Result<()> {
        // What a line led to is said before the next is asked for.
        let is_early = self.barrier != Barrier::Passed && !self.app.is_asking() && !self.input.is_begun();
        if self.input.piped || self.editing.is_some() || is_early {
            return Ok(());
        }
        let wanted = if self.input.is_begun() { Some("Next line: ".to_owned()) } else { self.said.prompt(&self.app) };
        wanted.map_or(Ok(()), |wanted| self.paper.show_prompt(wanted))
    }
}
