//! What comes to the application and what it asks for.
//!
//! What must stay true: plain values; whoever makes a [`Msg`] has done its input already, whoever gets an [`Effect`] has
//! yet to do its output.

use crate::attach::Entry;
use crate::keymap::Key;
use conductor::domain::{Failure, Span};
use conductor::protocol::{Command, Event, Query, Reply};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// A bracketed paste, as the terminal gave it.
    Paste(String),
    /// The wheel: rows, down is positive.
    Wheel(i16),
    /// Columns and rows of the screen.
    Resize(u16, u16),
    /// The conductor says something.
    Conductor(Box<Event>),
    /// An answer to an [`Effect::Query`].
    Reply {
        /// The reply.
        reply: Reply,
        /// The time it came: milliseconds since 1970-01-01 UTC, for "5 h ago".
        now_ms: i64,
    },
    /// What came of an [`Effect::Attach`].
    Attached {
        /// Its number.
        id: u64,
        /// The file as a part of a question, or why it is none.
        result: Result<Span, Failure>,
    },
    /// An answer to an [`Effect::List`].
    Listed {
        /// The folder, as it was asked for.
        folder: String,
        /// What is in it, by name.
        entries: Vec<Entry>,
    },
    /// The conductor is gone.
    Closed,
    /// The time that [`App::wake`](crate::app::App::wake) named has come.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Sends a command; it must not get lost.
    Send(Command),
    /// Asks; the reply comes as [`Msg::Reply`].
    Query(Query),
    /// Reads a file for the question; what comes of it comes as [`Msg::Attached`].
    Attach {
        /// Names the reading.
        id: u64,
        /// The path, as the user gave it.
        path: String,
    },
    /// Lists a folder for the completion; the list comes as [`Msg::Listed`].
    List(String),
    /// Takes or leaves the wheel.
    SetMouse(bool),
    /// Paints the whole screen anew.
    Redraw,
    /// Ends the program.
    Quit,
}
