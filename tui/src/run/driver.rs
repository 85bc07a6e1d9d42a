//! The loop itself, on any stream of keys and any sink for frames.

mod editor;

use super::errands::{self, Errands, OUTBOX, ROUND, now, received, sent, until};
use super::signals::{Heard, Signals};
use super::{End, Link};
use crate::app::App;
use crate::attach::Files;
use crate::clock::now_ms;
use crate::frames::{Due, Frames};
use crate::msg::{Effect, Msg};
use crate::painter::{Drawn, Painter};
use crate::terminal;
use crate::view;
use conductor::protocol::{Command, Event};
use futures_util::{Stream, StreamExt};
use std::future::Future;
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// All that the loop holds.
pub(super) struct Driver<W, L> {
    app: App,
    painter: Painter,
    frames: Frames,
    size: (u16, u16),
    sink: W,
    errands: Errands<L>,
    end: Option<End>,
    /// The user wants the shell.
    suspending: bool,
    /// A text for the user's editor, which wants the terminal.
    lending: Option<String>,
    /// The editor that has the terminal.
    editing: Option<editor::Editing>,
    /// The title of the window, as last said.
    title: Option<&'static str>,
    /// The cursor is a block, as last said.
    block: Option<bool>,
}

/// Takes in what was typed or poured in at once, up to a round: one frame for it, not one a key. The last is `None` where
/// the keys have ended.
async fn typed<K>(keys: &mut Option<Pin<Box<K>>>, into: &mut Vec<Option<io::Result<Msg>>>)
where
    K: Stream<Item = io::Result<Msg>>,
{
    let Some(keys) = keys else { return std::future::pending().await };
    // By hand and not by `now_or_never`, whose waker is a dummy: the terminal's stream remembers the first waker it sees.
    std::future::poll_fn(|context| {
        while into.len() < OUTBOX {
            match keys.as_mut().poll_next(context) {
                Poll::Ready(key @ Some(_)) => into.push(key),
                Poll::Ready(None) => {
                    into.push(None);
                    break;
                }
                Poll::Pending => break,
            }
        }
        if into.is_empty() { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

impl<W: Write, L: Link> Driver<W, L> {
    pub(super) fn new(app: App, size: (u16, u16), sink: W, first: Vec<Command>, files: Files) -> Self {
        Self {
            app,
            painter: Painter::new(),
            frames: Frames::default(),
            size,
            sink,
            errands: Errands::new(first, files),
            end: None,
            suspending: false,
            lending: None,
            editing: None,
            title: None,
            block: None,
        }
    }

    /// Runs until something ends it. `open` begins to read keys; that is done anew after an editor had the terminal. `ours` says whether the terminal is still ours: a panic in a task gives it back.
    pub(super) async fn drive<S, K>(
        &mut self,
        start: impl FnOnce() -> S,
        mut open: impl FnMut() -> K,
        mut signals: Signals,
        ours: impl Fn() -> bool,
    ) -> anyhow::Result<End>
    where
        S: Future<Output = anyhow::Result<(L, mpsc::Receiver<Event>)>>,
        K: Stream<Item = io::Result<Msg>>,
    {
        self.draw_if_due()?;
        let first = self.app.begin();
        self.perform(first)?;
        let (mut keys, mut starting) = (Some(Box::pin(open())), pin!(start()));
        let mut started = false;
        let mut round = Vec::with_capacity(ROUND);
        let mut keys_round = Vec::new();
        loop {
            if !ours() {
                anyhow::bail!("Segno met an error of its own, and has stored what was said");
            }
            self.look_after_time()?;
            self.errands.send_next();
            let lent = self.editing.is_some();
            let frame = if lent { None } else { self.draw_if_due()? };
            if let Some(end) = self.end {
                let last = self.app.leave();
                self.perform(last)?;
                return Ok(end);
            }
            // What was asked for before it is on its way.
            if self.suspending && self.errands.is_sent() {
                self.suspending = false;
                self.come_back(terminal::suspend)?;
                continue;
            }
            if let (Some(text), false) = (self.lending.take(), lent) {
                // The thread that reads for the stream would eat what is typed in the editor.
                keys = None;
                self.lend(text);
                continue;
            }
            let wake = self.app.wake().into_iter().chain(frame).min();
            let room = self.errands.has_room();
            tokio::select! {
                biased;
                heard = signals.any() => self.heard(heard)?,
                () = typed(&mut keys, &mut keys_round), if room => self.take_keys(&mut keys_round)?,
                link = &mut starting, if !started => {
                    started = true;
                    self.errands.connect(link?);
                }
                () = sent(&mut self.errands.sending) => self.errands.sending = None,
                Some((id, reply)) = self.errands.asking.next() => self.update(errands::reply(id, reply))?,
                Some(msg) = self.errands.looking.next() => self.update(msg)?,
                msg = editor::ended(&mut self.editing) => {
                    // What came before its end was for the editor.
                    while let Some(heard) = signals.come().await {
                        self.heard(heard)?;
                    }
                    self.take_from_editor(msg)?;
                    keys = Some(Box::pin(open()));
                }
                Some((msg, bytes)) = self.errands.copying.next(), if !lent => self.copied(msg, &bytes.unwrap_or_default())?,
                open = received(&mut self.errands.events, &mut round) => self.take_events(&mut round, open)?,
                () = until(wake) => {}
            }
        }
    }

    fn heard(&mut self, heard: Heard) -> io::Result<()> {
        match heard {
            // They are for the editor, with which we share the terminal.
            Heard::Interrupt | Heard::Back if self.editing.is_some() => {}
            Heard::End | Heard::Interrupt => self.end = Some(End::Signal),
            Heard::Back => self.come_back(terminal::take_again)?,
        }
        Ok(())
    }

    fn take_keys(&mut self, round: &mut Vec<Option<io::Result<Msg>>>) -> io::Result<()> {
        for key in round.drain(..) {
            match key {
                Some(Ok(msg)) => self.update(msg)?,
                Some(Err(_)) | None => self.end = self.end.or(Some(End::Signal)),
            }
        }
        Ok(())
    }

    /// Takes in events; after the last, the conductor is gone.
    fn take_events(&mut self, round: &mut Vec<Event>, open: bool) -> io::Result<()> {
        for event in round.drain(..) {
            self.update(Msg::Conductor(Box::new(event)))?;
        }
        if !open {
            self.errands.events = None;
            self.update(Msg::Closed)?;
        }
        Ok(())
    }

    fn copied(&mut self, msg: Msg, bytes: &[u8]) -> io::Result<()> {
        self.emit(bytes)?;
        self.update(msg)
    }

    /// Leaves the conversation as text, where it was drawn on the terminal's own screen, which has been given back.
    pub(super) fn leave_words(&mut self) -> io::Result<()> {
        match self.app.left_behind() {
            Some(words) => self.emit(words.as_bytes()),
            None => Ok(()),
        }
    }

    /// Has the conductor put everything away, but not for longer than `limit`.
    pub(super) async fn farewell(&mut self, limit: Duration) {
        self.errands.farewell(limit).await;
    }

    fn update(&mut self, msg: Msg) -> io::Result<()> {
        if let Msg::Resize(width, height) = msg {
            self.size = (width, height);
        }
        let awaited = matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Attached { .. } | Msg::Listed { .. });
        self.app.set_time(now_ms());
        let effects = self.app.update(msg, now());
        if self.app.take_urgent() || awaited && self.app.take_dirty() {
            self.frames.mark_urgent();
        }
        self.perform(effects)
    }

    /// Does what the application asks for.
    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            let Some(effect) = self.errands.run(effect) else { continue };
            match effect {
                Effect::SetMouse(on) => self.emit(terminal::mouse(on))?,
                Effect::Redraw => {
                    self.painter.forget();
                    self.frames.mark();
                }
                Effect::Title(title) => {
                    self.title = Some(title);
                    self.emit(&terminal::title(title))?;
                }
                Effect::Block(block) => {
                    self.block = Some(block);
                    self.emit(terminal::cursor(block))?;
                }
                Effect::Notify(notify) => self.emit(terminal::notification(notify))?,
                Effect::Edit(text) => self.lending = Some(text),
                Effect::Suspend => self.suspending = true,
                Effect::Quit => self.end = Some(End::Quit),
                // Done already: no terminal is needed for them.
                Effect::Send(_) | Effect::Query(_) | Effect::Look { .. } | Effect::Save { .. } | Effect::Load(_) => {}
                Effect::Attach { .. } | Effect::List(_) | Effect::Copy { .. } => {}
            }
        }
        Ok(())
    }

    /// After the shell had the terminal, which `take` takes anew: its size may be another, and all that was on it is gone.
    fn come_back(&mut self, take: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        take()?;
        // Where there is none, as in a test, it is what it was.
        self.size = terminal::size().unwrap_or(self.size);
        if let Some(block) = self.block {
            self.emit(terminal::cursor(block))?;
        }
        self.update(Msg::Back)
    }

    /// Ticks are due by the clock and not by their turn: under a flood of events the timer's turn never comes.
    fn look_after_time(&mut self) -> io::Result<()> {
        let now = now();
        if self.app.wake().is_some_and(|at| at <= now) {
            let effects = self.app.update(Msg::Tick, now);
            self.perform(effects)?;
        }
        Ok(())
    }

    /// Draws, or says when.
    pub(super) fn draw_if_due(&mut self) -> io::Result<Option<Instant>> {
        if self.app.take_dirty() {
            self.frames.mark();
        }
        match self.frames.due(now()) {
            Due::Idle => Ok(None),
            Due::At(at) => Ok(Some(at)),
            Due::Now => {
                let app = &mut self.app;
                self.painter.paint(self.size, &mut self.sink, |area, buffer| Drawn {
                    cursor: view::draw(app, area, buffer),
                    links: std::mem::take(&mut app.links),
                })?;
                self.frames.drawn(now());
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
