//! Printing: answers to stdout, everything else to stderr, and a reader that hung up is no error.

use crate::sanitise::{Sanitiser, clean};
use std::io::{ErrorKind, IsTerminal, Write};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok,
    /// It failed; the reason was said.
    Failed,
    /// Wrong usage, or a configuration that cannot be read.
    Usage,
    /// The answer broke off.
    Partial,
    /// The built-in guide answered.
    Guide,
    /// The user interrupted it.
    Interrupted,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Guide => 4,
            Self::Interrupted => 130,
        }
    }
}

/// Stdout and stderr. Text that a model or a server made is cleaned where a terminal would see it, and left as it is
/// where a program reads it.
pub struct Console {
    out_is_terminal: bool,
    sanitiser: Sanitiser,
    ends_with_newline: bool,
    closed: Option<Exit>,
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// The process's own.
    pub fn new() -> Self {
        Self {
            out_is_terminal: std::io::stdout().is_terminal(),
            sanitiser: Sanitiser::default(),
            ends_with_newline: true,
            closed: None,
        }
    }

    /// Set once stdout takes nothing more, and there is no use in going on: how to end then. A reader that hung up, as
    /// `| head` does, is no failure.
    pub fn closed(&self) -> Option<Exit> {
        self.closed
    }

    /// Whether a person reads what is printed.
    pub fn is_terminal(&self) -> bool {
        self.out_is_terminal
    }

    /// A piece of an answer, at once.
    pub fn stream(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.ends_with_newline = text.ends_with('\n');
        if self.out_is_terminal {
            let mut cleaned = String::with_capacity(text.len());
            self.sanitiser.push(text, &mut cleaned);
            self.write(&cleaned);
        } else {
            self.write(text);
        }
    }

    /// Ends an answer: the next line begins at the left.
    pub fn end_line(&mut self) {
        if !self.ends_with_newline {
            self.ends_with_newline = true;
            self.write("\n");
        }
    }

    /// A line of ours. What was put into it is cleaned for a terminal.
    pub fn line(&mut self, text: &str) {
        let text = if self.out_is_terminal { clean(text) } else { text.into() };
        self.write(&format!("{text}\n"));
    }

    /// Writes and flushes: a reader sees each piece when it comes.
    fn write(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            self.closed = Some(Exit::Ok);
            if error.kind() != ErrorKind::BrokenPipe {
                self.closed = Some(Exit::Failed);
                complain("error", &format!("stdout cannot be written: {error}"), "");
            }
        }
    }

    /// What to do about a note, if anything.
    pub fn hint(&self, hint: &str) {
        if !hint.is_empty() {
            say(&format!("hint: {}", clean(hint)));
        }
    }

    /// A note beside the answer, on stderr.
    pub fn note(&self, text: &str) {
        say(&clean(text));
    }
}

/// Says on stderr what happened, and what to do next. Where stderr is gone too, there is nobody to tell.
pub fn complain(word: &str, what: &str, hint: &str) {
    say(&format!("{word}: {}", clean(what)));
    if !hint.is_empty() {
        say(&format!("hint: {}", clean(hint)));
    }
}

/// Says on stderr what is a whole complaint already.
pub fn complain_whole(text: &str) {
    for line in text.lines() {
        say(&clean(line));
    }
}

/// Asks on stderr, and stays on the line.
pub(super) fn prompt(text: &str) {
    let mut err = std::io::stderr().lock();
    // Where stderr is gone nobody answers, and that is a no.
    let _ = write!(err, "{}", clean(text)).and_then(|()| err.flush());
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
