//! What is written on: lines, pieces of a line, and what stands before what is typed.
//!
//! What must stay true: each thing that is said begins a line, but for what goes on in an answer; no control character is written but the
//! end of a line and a tab.

use super::say::Out;
use std::io::{self, Write};

/// The output.
pub(super) struct Paper<W> {
    sink: W,
    /// The last line has no end yet.
    is_mid_line: bool,
    /// What stands before what is typed.
    prompt: Option<String>,
}

impl<W: Write> Paper<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink, is_mid_line: false, prompt: None }
    }

    /// Somebody else wrote there: the terminal what was typed, or an editor.
    pub(super) fn moved(&mut self, is_mid_line: bool) {
        (self.prompt, self.is_mid_line) = (None, is_mid_line);
    }

    /// Writes what is said, at once.
    pub(super) fn put(&mut self, out: Vec<Out>) -> io::Result<()> {
        let mut text = String::new();
        for out in out {
            match out {
                Out::Piece(piece) => {
                    self.leave_prompt(&mut text);
                    text.push_str(&piece);
                    self.is_mid_line = !piece.ends_with('\n');
                }
                Out::Line(line) => {
                    self.leave_prompt(&mut text);
                    self.break_line(&mut text);
                    text.push_str(&line);
                    text.push('\n');
                }
                Out::Break => {
                    self.leave_prompt(&mut text);
                    self.break_line(&mut text);
                }
            }
        }
        self.write(&text)
    }

    fn leave_prompt(&mut self, text: &mut String) {
        if self.prompt.take().is_some() {
            self.is_mid_line = true;
            self.break_line(text);
        }
    }

    fn break_line(&mut self, text: &mut String) {
        if std::mem::take(&mut self.is_mid_line) {
            text.push('\n');
        }
    }

    /// Has what is typed next stand behind this.
    pub(super) fn show_prompt(&mut self, wanted: String) -> io::Result<()> {
        if self.prompt.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let mut text = String::new();
        self.leave_prompt(&mut text);
        self.break_line(&mut text);
        text.push_str(&wanted);
        self.prompt = Some(wanted);
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        // All of it was cleaned; should it ever not be, nothing that a terminal obeys gets there.
        let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if text.contains(obeyed) {
            self.sink.write_all(text.replace(obeyed, "\u{fffd}").as_bytes())?;
        } else {
            self.sink.write_all(text.as_bytes())?;
        }
        self.sink.flush()
    }
}
