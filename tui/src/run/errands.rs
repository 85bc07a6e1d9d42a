//! What the application asked for and others do: commands and questions on their way to the conductor, files that are looked at,
//! copies. The same for the screen and for plain lines.
//!
//! What must stay true: commands go one after the other and none is lost; so many questions are open and no more; nothing in here
//! waits, whoever owns the loop does.

mod files;

use super::{Link, too_many};
use crate::attach::Files;
use crate::clipboard::{self, Desk};
use crate::clock::now_ms;
use crate::msg::{Effect, Msg};
use conductor::protocol::{Command, Event, Query, Reply};
use futures_util::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// So many events are taken in before anything else is looked after again.
pub(crate) const ROUND: usize = 256;
/// So many commands wait for a conductor that has much to do; then what is typed waits, too, and nothing is lost.
pub(crate) const OUTBOX: usize = 64;
/// So many questions may be open.
const QUESTIONS: usize = 8;

type Sending = Pin<Box<dyn Future<Output = ()>>>;
type Asking = Pin<Box<dyn Future<Output = (Option<u64>, Reply)>>>;
type Looking = Pin<Box<dyn Future<Output = Msg>>>;
/// What a copy comes to, and what the terminal is to be told.
type Copying = Pin<Box<dyn Future<Output = (Msg, Option<Vec<u8>>)>>>;

/// All that is under way.
pub(crate) struct Errands<L> {
    link: Option<Rc<L>>,
    pub(crate) events: Option<mpsc::Receiver<Event>>,
    outbox: VecDeque<Command>,
    pub(crate) sending: Option<Sending>,
    pub(crate) asking: FuturesUnordered<Asking>,
    files: Files,
    /// Files and folders that are being looked at, each on a thread of its own.
    pub(crate) looking: FuturesUnordered<Looking>,
    /// Copies on their way to a clipboard.
    pub(crate) copying: FuturesUnordered<Copying>,
    desk: Desk,
    /// Questions asked before there was anybody to ask.
    early: Vec<(Option<u64>, Query)>,
}

/// The time, which tests may hold still.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Waits until then; for ever where there is no then.
pub(crate) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Waits until the command is sent that is on its way; for ever where none is.
pub(crate) async fn sent(sending: &mut Option<Sending>) {
    match sending {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Takes in what is there, up to a round; false where the channel is closed. Without a channel it waits for ever.
pub(crate) async fn received(events: &mut Option<mpsc::Receiver<Event>>, into: &mut Vec<Event>) -> bool {
    match events {
        Some(events) => events.recv_many(into, ROUND).await > 0,
        None => std::future::pending().await,
    }
}

/// An answer to a question as a message.
pub(crate) fn reply(id: Option<u64>, reply: Reply) -> Msg {
    let now_ms = now_ms();
    match id {
        Some(id) => Msg::Looked { id, reply, now_ms },
        None => Msg::Reply { reply, now_ms },
    }
}

impl<L: Link> Errands<L> {
    /// With commands that go before all others.
    pub(crate) fn new(first: Vec<Command>, files: Files) -> Self {
        Self {
            link: None,
            events: None,
            outbox: first.into(),
            sending: None,
            asking: FuturesUnordered::new(),
            files,
            looking: FuturesUnordered::new(),
            copying: FuturesUnordered::new(),
            desk: Desk::of(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())),
            early: Vec::new(),
        }
    }

    /// The conductor is there: what was asked before goes to it.
    pub(crate) fn connect(&mut self, (link, events): (L, mpsc::Receiver<Event>)) {
        self.link = Some(Rc::new(link));
        self.events = Some(events);
        for (id, query) in std::mem::take(&mut self.early) {
            self.ask(id, query);
        }
    }

    /// Does what needs no terminal; gives back what does.
    pub(crate) fn run(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Send(command) => self.outbox.push_back(command),
            Effect::Query(query) => self.ask(None, query),
            Effect::Look { id, query } => self.ask(Some(id), query),
            Effect::Save { to, text } => self.save(to, text),
            Effect::Load(path) => self.load(path),
            Effect::Attach { id, path } => self.attach(id, path),
            Effect::List(folder) => self.list(folder),
            Effect::Copy { what, text } => {
                let desk = self.desk.clone();
                self.copying.push(Box::pin(async move {
                    let (copied, bytes) = clipboard::copy(&desk, &text).await;
                    (Msg::Copied { what, copied }, bytes)
                }));
            }
            effect => return Some(effect),
        }
        None
    }

    fn ask(&mut self, id: Option<u64>, query: Query) {
        if self.asking.len() + self.early.len() >= QUESTIONS {
            return self.asking.push(Box::pin(std::future::ready((id, too_many()))));
        }
        match self.link.clone() {
            Some(link) => self.asking.push(Box::pin(async move { (id, link.query(query).await) })),
            None => self.early.push((id, query)),
        }
    }

    /// Whether more may be typed.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.len() < OUTBOX
    }

    /// Whether every command is with the conductor, or there is none to have them.
    pub(crate) fn is_sent(&self) -> bool {
        self.link.is_none() || self.outbox.is_empty() && self.sending.is_none()
    }

    /// Whether nothing is under way: no command, no question, no file, no copy.
    pub(crate) fn is_idle(&self) -> bool {
        let sent = self.outbox.is_empty() && self.sending.is_none();
        sent && self.asking.is_empty() && self.early.is_empty() && self.looking.is_empty() && self.copying.is_empty()
    }

    /// Puts the next command on its way, if none is.
    pub(crate) fn send_next(&mut self) {
        if let (None, Some(link)) = (&self.sending, self.link.clone())
            && let Some(command) = self.outbox.pop_front()
        {
            self.sending = Some(Box::pin(async move { link.send(command).await }));
        }
    }

    /// Has the conductor put everything away, but not for longer than `limit`.
    pub(crate) async fn farewell(&mut self, limit: Duration) {
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
}
