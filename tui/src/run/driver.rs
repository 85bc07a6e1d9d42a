//! The loop itself, on any stream of keys and any sink for frames.

mod files;

use super::{End, Link, signals::Signals, too_many};
use crate::app::App;
use crate::attach::Files;
use crate::frames::{Due, Frames};
use crate::msg::{Effect, Msg};
use crate::terminal::{self, Painter};
use crate::view;
use conductor::protocol::{Command, Event, Query, Reply};
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;

/// So many events are taken in before the screen is looked after again.
const ROUND: usize = 256;
/// So many commands wait for a conductor that has much to do; then keys wait, too, and nothing is lost.
const OUTBOX: usize = 64;
/// So many questions may be open.
const QUESTIONS: usize = 8;

type Sending = Pin<Box<dyn Future<Output = ()>>>;
type Asking = Pin<Box<dyn Future<Output = Reply>>>;
type Looking = Pin<Box<dyn Future<Output = Msg>>>;

/// All that the loop holds.
pub(super) struct Driver<W, L> {
    app: App,
    painter: Painter,
    frames: Frames,
    size: (u16, u16),
    sink: W,
    link: Option<Rc<L>>,
    events: Option<mpsc::Receiver<Event>>,
    outbox: VecDeque<Command>,
    sending: Option<Sending>,
    asking: FuturesUnordered<Asking>,
    files: Files,
    /// Files and folders that are being looked at, each on a thread of its own.
    looking: FuturesUnordered<Looking>,
    /// Questions asked before there was anybody to ask.
    early: Vec<Query>,
    end: Option<End>,
}

/// The time, which tests may hold still.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

async fn sent(sending: &mut Option<Sending>) {
    match sending {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Takes in what is there, up to a round; false where the channel is closed. Without a channel it waits for ever.
async fn received(events: &mut Option<mpsc::Receiver<Event>>, into: &mut Vec<Event>) -> bool {
    match events {
        Some(events) => events.recv_many(into, ROUND).await > 0,
        None => std::future::pending().await,
    }
}

/// Takes in what was typed or poured in at once, up to a round: one frame for it, not one a key. The last is `None` where
/// the keys have ended.
async fn typed(mut keys: Pin<&mut impl Stream<Item = io::Result<Msg>>>, into: &mut Vec<Option<io::Result<Msg>>>) {
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
            link: None,
            events: None,
            outbox: first.into(),
            sending: None,
            asking: FuturesUnordered::new(),
            files,
            looking: FuturesUnordered::new(),
            early: Vec::new(),
            end: None,
        }
    }

    /// Runs until something ends it. `ours` says whether the terminal is still ours: a panic in a task gives it back.
    pub(super) async fn drive<S>(
        &mut self,
        start: impl FnOnce() -> S,
        keys: impl Stream<Item = io::Result<Msg>>,
        mut signals: Signals,
        ours: impl Fn() -> bool,
    ) -> anyhow::Result<End>
    where
        S: Future<Output = anyhow::Result<(L, mpsc::Receiver<Event>)>>,
    {
        self.draw_if_due()?;
        let (mut keys, mut starting) = (pin!(keys), pin!(start()));
        let mut started = false;
        let mut round = Vec::with_capacity(ROUND);
        let mut keys_round = Vec::new();
        loop {
            if !ours() {
                anyhow::bail!("Segno met an error of its own, and has stored what was said");
            }
            self.look_after_time();
            self.send_next();
            let frame = self.draw_if_due()?;
            if let Some(end) = self.end {
                return Ok(end);
            }
            let wake = self.app.wake().into_iter().chain(frame).min();
            let room = self.outbox.len() < OUTBOX;
            tokio::select! {
                biased;
                () = signals.any() => self.end = Some(End::Signal),
                () = typed(keys.as_mut(), &mut keys_round), if room => {
                    for key in keys_round.drain(..) {
                        match key {
                            Some(Ok(msg)) => self.update(msg)?,
                            Some(Err(_)) | None => self.end = self.end.or(Some(End::Signal)),
                        }
                    }
                }
                link = &mut starting, if !started => {
                    started = true;
                    self.connect(link?);
                }
                () = sent(&mut self.sending) => self.sending = None,
                Some(reply) = self.asking.next() => self.reply(reply)?,
                Some(msg) = self.looking.next() => self.update(msg)?,
                open = received(&mut self.events, &mut round) => {
                    for event in round.drain(..) {
                        self.update(Msg::Conductor(Box::new(event)))?;
                    }
                    if !open {
                        self.events = None;
                        self.update(Msg::Closed)?;
                    }
                }
                () = until(wake) => {}
            }
        }
    }

    /// Has the conductor put everything away, but not for longer than `limit`.
    pub(super) async fn farewell(&mut self, limit: Duration) {
        let (Some(link), Some(events)) = (self.link.clone(), &mut self.events) else { return };
        let outbox = std::mem::take(&mut self.outbox);
        let sending = self.sending.take();
        let _ = tokio::time::timeout(limit, async {
            if let Some(sending) = sending {
                sending.await;
            }
            let out = async {
                for command in outbox.into_iter().chain([Command::Quit]) {
                    link.send(command).await;
                }
            };
            // Its events are taken in meanwhile: a conductor that waits for room in the channel would never end.
            let away = async { while events.recv().await.is_some() {} };
            tokio::join!(out, away);
        })
        .await;
    }

    fn connect(&mut self, (link, events): (L, mpsc::Receiver<Event>)) {
        self.link = Some(Rc::new(link));
        self.events = Some(events);
        for query in std::mem::take(&mut self.early) {
            self.ask(query);
        }
    }

    fn update(&mut self, msg: Msg) -> io::Result<()> {
        if let Msg::Resize(width, height) = msg {
            self.size = (width, height);
        }
        let awaited = matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Attached { .. } | Msg::Listed { .. });
        let effects = self.app.update(msg, now());
        if self.app.take_urgent() || awaited && self.app.take_dirty() {
            self.frames.mark_urgent();
        }
        for effect in effects {
            match effect {
                Effect::Send(command) => self.outbox.push_back(command),
                Effect::Query(query) => self.ask(query),
                Effect::Attach { id, path } => self.attach(id, path),
                Effect::List(folder) => self.list(folder),
                Effect::SetMouse(on) => {
                    self.sink.write_all(terminal::mouse(on))?;
                    self.sink.flush()?;
                }
                Effect::Redraw => {
                    self.painter.forget();
                    self.frames.mark();
                }
                Effect::Quit => self.end = Some(End::Quit),
            }
        }
        Ok(())
    }

    fn ask(&mut self, query: Query) {
        if self.asking.len() + self.early.len() >= QUESTIONS {
            return self.asking.push(Box::pin(std::future::ready(too_many())));
        }
        match self.link.clone() {
            Some(link) => self.asking.push(Box::pin(async move { link.query(query).await })),
            None => self.early.push(query),
        }
    }

    fn reply(&mut self, reply: Reply) -> io::Result<()> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.update(Msg::Reply { reply, now_ms })
    }

    /// Ticks are due by the clock and not by their turn: under a flood of events the timer's turn never comes.
    fn look_after_time(&mut self) {
        let now = now();
        if self.app.wake().is_some_and(|at| at <= now) {
            self.app.update(Msg::Tick, now);
        }
    }

    /// Puts the next command on its way, if none is.
    fn send_next(&mut self) {
        if let (None, Some(link)) = (&self.sending, self.link.clone())
            && let Some(command) = self.outbox.pop_front()
        {
            self.sending = Some(Box::pin(async move { link.send(command).await }));
        }
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
                self.painter.paint(self.size, &mut self.sink, |area, buffer| view::draw(app, area, buffer))?;
                self.frames.drawn(now());
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
