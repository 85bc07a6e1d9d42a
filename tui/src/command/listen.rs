//! The conductor's events, and Ctrl-C beside them.

use conductor::protocol::Event;
use std::future::Future;
use std::io;
use std::pin::Pin;
use tokio::sync::mpsc;

/// What is heard next.
pub(super) enum Heard {
    /// The conductor said something.
    Event(Box<Event>),
    /// The user pressed Ctrl-C; heard once.
    Interrupt,
}

/// Listens for both from its first use on. A listener made anew for each event would miss a signal that comes between two.
pub(super) struct Listener {
    events: mpsc::Receiver<Event>,
    interrupt: Option<Pin<Box<dyn Future<Output = io::Result<()>>>>>,
}

impl Listener {
    /// On these events.
    pub(super) fn new(events: mpsc::Receiver<Event>) -> Self {
        Self { events, interrupt: Some(Box::pin(tokio::signal::ctrl_c())) }
    }

    /// The next thing heard; `None` when the conductor has ended.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        loop {
            let interrupt = async {
                match &mut self.interrupt {
                    Some(interrupt) => interrupt.await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                came = interrupt => {
                    self.interrupt = None;
                    // Where signals cannot be listened to, none is heard.
                    if came {
                        return Some(Heard::Interrupt);
                    }
                }
                event = self.events.recv() => return event.map(|event| Heard::Event(Box::new(event))),
            }
        }
    }
}
