//! What comes to the application and what it asks for.
//!
//! What must stay true: plain values; whoever makes a [`Msg`] has done its input already, whoever gets an [`Effect`] has
//! yet to do its output.

use crate::app::{Answer, Notify, Pick};
use crate::attach::Entry;
use crate::clipboard::Copied;
use crate::editor::Fault;
use crate::file::SaveTo;
use crate::keymap::Key;
use conductor::domain::{Digest, Failure, RequestId, Span};
use conductor::protocol::{Command, Event, Query, Reply};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// A bracketed paste, as the terminal gave it.
    Paste(String),
    /// A whole line, where there is no screen: what is typed and sent.
    Line(String),
    /// What a line says of the list that was printed last, where there is no screen.
    Pick(Pick),
    /// A typed word about what may leave the machine, where there is no screen.
    Answer {
        /// What waits.
        id: RequestId,
        /// Of the version that was said.
        digest: Digest,
        /// The word.
        answer: Answer,
    },
    /// Ctrl+C, where the terminal makes a signal of it.
    Interrupt,
    /// The wheel: rows, down is positive.
    Wheel(i16),
    /// The left button went down in this column and row.
    Click(u16, u16),
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
    /// An answer to an [`Effect::Look`].
    Looked {
        /// Its number.
        id: u64,
        /// The reply.
        reply: Reply,
        /// The time it came: milliseconds since 1970-01-01 UTC.
        now_ms: i64,
    },
    /// What came of an [`Effect::Save`]: where the file is, or why it is not.
    Saved(Result<String, Failure>),
    /// What came of an [`Effect::Load`].
    Loaded(Result<String, Failure>),
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
    /// Whether the terminal is in front now.
    Focus(bool),
    /// The shell brought the program back: the screen is nobody knows what.
    Back,
    /// What came of an [`Effect::Copy`].
    Copied {
        /// What was copied.
        what: &'static str,
        /// How.
        copied: Copied,
    },
    /// What came of an [`Effect::Edit`].
    Edited {
        /// The text that the editor was opened with.
        given: String,
        /// What was saved, or why there is nothing.
        saved: Result<String, Fault>,
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
    /// Asks for something that is told from other replies by its number; it comes as [`Msg::Looked`].
    Look {
        /// Names the question.
        id: u64,
        /// The question.
        query: Query,
    },
    /// Writes a file, for the user alone; what comes of it comes as [`Msg::Saved`].
    Save {
        /// Where.
        to: SaveTo,
        /// What stands in it.
        text: String,
    },
    /// Reads a file of conversations; what comes of it comes as [`Msg::Loaded`].
    Load(String),
    /// Reads a file for the question; what comes of it comes as [`Msg::Attached`].
    Attach {
        /// Names the reading.
        id: u64,
        /// The path, as the user gave it.
        path: String,
    },
    /// Copies to the clipboard; what comes of it comes as [`Msg::Copied`].
    Copy {
        /// What it is, for a person: "the answer".
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Lists a folder for the completion; the list comes as [`Msg::Listed`].
    List(String),
    /// Takes or leaves the wheel.
    SetMouse(bool),
    /// Paints the whole screen anew.
    Redraw,
    /// Stops the program until the shell brings it back.
    Suspend,
    /// Opens the user's editor on a text; what comes of it comes as [`Msg::Edited`].
    Edit(String),
    /// Makes the cursor a block, or a bar.
    Block(bool),
    /// Gives the terminal's window this title.
    Title(&'static str),
    /// Tells a user who looks elsewhere.
    Notify(Notify),
    /// Ends the program.
    Quit,
}
