//! What the terminal says, as a stream.
//!
//! What must stay true: what came in one piece is handed out in one piece, so that it costs one frame and not one a key; no
//! more of it is held than [`TOGETHER`].

use crate::msg::Msg;
use crate::terminal;
use crossterm::event::{self, Event, EventStream};
use futures_util::Stream;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Events that are taken from the terminal's buffer at once.
const TOGETHER: usize = 256;

/// How long to look into the terminal's buffer. It may not be nought: the source that crossterm reads the terminal with
/// does not even look at what it has read already then, and its stream would start a thread for each key of a burst.
const GLANCE: Duration = Duration::from_micros(20);

/// Keys, pastes, the mouse and changes of the size.
pub(super) struct Keys {
    terminal: EventStream,
    /// Read, and not handed out yet.
    read: VecDeque<io::Result<Event>>,
}

impl Keys {
    /// Begins to read.
    pub(super) fn open() -> Self {
        Self { terminal: EventStream::new(), read: VecDeque::new() }
    }

    /// Takes what came together with what was just read.
    fn take_more(&mut self) {
        while self.read.len() < TOGETHER {
            match event::poll(GLANCE) {
                Ok(true) => self.read.push_back(event::read()),
                Ok(false) => return,
                Err(error) => return self.read.push_back(Err(error)),
            }
        }
    }
}

impl Stream for Keys {
    type Item = io::Result<Msg>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.read.pop_front() {
                match event.map(terminal::translate) {
                    Ok(None) => continue,
                    Ok(Some(msg)) => return Poll::Ready(Some(Ok(msg))),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            match Pin::new(&mut self.terminal).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(event)) => {
                    self.read.push_back(event);
                    self.take_more();
                }
            }
        }
    }
}
