//! A line typed at the terminal, where a command without a screen asks something.
//!
//! What must stay true: what was typed before the question is thrown away; where there is no terminal there is no answer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};

/// Where a person can be asked.
#[derive(Debug)]
pub(crate) enum Tty {
    /// Standard input is the terminal.
    Stdin,
    /// Something was piped in: the terminal itself is opened.
    Device(BufReader<File>),
}

impl Tty {
    /// The terminal, where somebody sees what is asked on stderr and can answer.
    pub(crate) fn find() -> Option<Self> {
        if !io::stderr().is_terminal() {
            return None;
        }
        if io::stdin().is_terminal() {
            return Some(Self::Stdin);
        }
        #[cfg(unix)]
        return File::open("/dev/tty").ok().filter(File::is_terminal).map(|file| Self::Device(BufReader::new(file)));
        #[cfg(not(unix))]
        None
    }

    /// Throws away what was typed so far, a line that was not ended included. False where that is not possible.
    pub(crate) fn forget(&self) -> bool {
        #[cfg(unix)]
        {
            use rustix::termios::{QueueSelector, tcflush};
            match self {
                Self::Stdin => tcflush(io::stdin(), QueueSelector::IFlush),
                Self::Device(reader) => tcflush(reader.get_ref(), QueueSelector::IFlush),
            }
            .is_ok()
        }
        #[cfg(not(unix))]
        crate::terminal::forget_typed().is_ok()
    }

    /// The next line, without its end; `None` at the end of input or where it cannot be read.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = match self {
            Self::Stdin => io::stdin().read_line(&mut line),
            Self::Device(reader) => reader.read_line(&mut line),
        };
        // A line that was not ended was not sent off.
        read.ok().filter(|_| line.ends_with('\n')).map(|_| line.trim_end_matches(['\n', '\r']).to_owned())
    }
}
