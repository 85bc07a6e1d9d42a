//! Lines of standard input, read on a thread of their own, one when one is wanted.
//!
//! What must stay true: nothing is read that was not asked for, so that an editor has the terminal for itself; the end of the program
//! does not wait for a line; a line that never ends takes so much memory and no more.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio::sync::mpsc;

/// Bytes of the longest line.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A line without its end; `ended` where it had one.
    Line {
        /// The words.
        text: String,
        /// It was sent off with Enter.
        ended: bool,
    },
    /// It is longer than what is taken.
    TooLong,
    /// There is nothing more, for now where that is a terminal.
    End,
}

/// The lines.
pub(crate) struct Reader {
    ask: SyncSender<()>,
    lines: mpsc::Receiver<Typed>,
    asked: bool,
}

impl Reader {
    /// Those of standard input.
    pub(crate) fn stdin() -> Self {
        // Through a buffer of our own: what the library's holds could not be thrown away.
        Self::of(io::stdin())
    }

    /// Those of `source`.
    pub(crate) fn of(source: impl Read + Send + 'static) -> Self {
        let (ask, asked) = sync_channel::<()>(1);
        let (tell, lines) = mpsc::channel(1);
        // No thread of the runtime, whose end would wait for it.
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            while asked.recv().is_ok() && tell.blocking_send(line(&mut source)).is_ok() {}
        });
        Self { ask, lines, asked: false }
    }

    /// A line is wanted.
    pub(crate) fn want(&mut self) {
        if !self.asked {
            // The thread has ended where it cannot be asked: then nothing comes any more.
            self.asked = self.ask.try_send(()).is_ok();
        }
    }

    /// The line that was wanted; for ever none where none was.
    pub(crate) async fn next(&mut self) -> Typed {
        if !self.asked {
            return std::future::pending().await;
        }
        let read = self.lines.recv().await.unwrap_or(Typed::End);
        self.asked = false;
        read
    }

    /// Throws away what was typed so far.
    pub(crate) fn forget(&mut self) {
        crate::tty::Tty::Stdin.forget();
        if self.lines.try_recv().is_ok() {
            self.asked = false;
        }
    }
}

/// The next line.
fn line(source: &mut impl BufRead) -> Typed {
    let mut bytes = Vec::new();
    let read = source.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
    if read.is_err() || bytes.is_empty() {
        return Typed::End;
    }
    let ended = bytes.ends_with(b"\n");
    if !ended && bytes.len() as u64 == LONGEST {
        // The rest of it is no line of its own.
        let _ = source.skip_until(b'\n');
        return Typed::TooLong;
    }
    let text = String::from_utf8_lossy(&bytes);
    Typed::Line { text: text.trim_end_matches(['\n', '\r']).to_owned(), ended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one() {
        let said = |text: &str, ended| Typed::Line { text: text.to_owned(), ended };
        let mut source = io::Cursor::new(b"one\r\n\ntw\xffo\nrest".to_vec());
        for want in [said("one", true), said("", true), said("tw\u{fffd}o", true), said("rest", false), Typed::End] {
            assert_eq!(line(&mut source), want);
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut source = BufReader::new(io::repeat(b'x').take(LONGEST + 5).chain(&b"\nnext\n"[..]));
        assert_eq!(line(&mut source), Typed::TooLong);
        assert_eq!(line(&mut source), Typed::Line { text: "next".to_owned(), ended: true });
    }

    #[tokio::test]
    async fn nothing_is_read_that_was_not_asked_for() {
        let (read, mut write) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut write, b"first\nsecond\n").unwrap();
        let mut reader = Reader::of(read);
        reader.want();
        reader.want();
        assert_eq!(reader.next().await, Typed::Line { text: "first".to_owned(), ended: true });
        assert!(!reader.asked && reader.lines.try_recv().is_err());
        drop(write);
        reader.want();
        assert_eq!(reader.next().await, Typed::Line { text: "second".to_owned(), ended: true });
        reader.want();
        assert_eq!(reader.next().await, Typed::End);
    }
}
