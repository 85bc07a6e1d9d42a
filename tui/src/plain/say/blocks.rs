//! The conversation: each block once, an answer as it comes.
//!
//! What must stay true: of an answer every word is said once and in order; of a conversation that is opened again the last question and
//! its answer are said, and how many stand before them.

use super::super::stream;
use super::super::words::{ended, who};
use super::{Out, Said, Voice};
use crate::app::App;
use crate::transcript::{BlockId, BlockKind, Text};
use conductor::protocol::Level;

/// The number of the conversation that the chat begins with.
const FIRST: u64 = 1;

/// Of a conversation, how far it was said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    room: u64,
    /// The number of the first block that was not begun.
    next: u64,
    /// Blocks to which more may come, and how many bytes of each were said.
    open: Vec<(BlockId, usize)>,
    /// The line that says what a model does not see any more.
    mark: Option<BlockId>,
}

impl Said {
    pub(super) fn blocks(&mut self, app: &App, out: &mut Vec<Out>) {
        let there = app.rooms();
        self.rooms.retain(|heard| there.contains(&heard.room));
        let number = app.room.number;
        let known = self.rooms.iter().position(|heard| heard.room == number);
        // What the first conversation holds was said in it.
        let stored = known.is_none() && !app.room.blank;
        if known.is_none() && app.room.blank && number > FIRST {
            self.line(out, "Note: this is a new conversation.".to_owned());
        }
        let mut heard = match known {
            Some(at) => self.rooms.swap_remove(at),
            None => Heard { room: number, next: if stored { self.skip(app, out) } else { 0 }, ..Heard::default() },
        };
        self.go_on(app, &mut heard, out);
        let first = heard.next;
        heard.next = app.room.transcript.end();
        let mut before = None;
        for (id, kind, text) in app.room.transcript.blocks_from(first) {
            self.block(app, &mut heard, (id, kind, text), (stored, before), out);
            before = Some((kind, text.text));
        }
        self.mark(app, &mut heard, out);
        self.rooms.push(heard);
    }

    /// Says how much of an opened conversation is not said; the number of the block from which on it is.
    fn skip(&mut self, app: &App, out: &mut Vec<Out>) -> u64 {
        let blocks: Vec<(u64, BlockKind)> =
            (0..).zip(app.room.transcript.blocks_from(0)).map(|(at, (_, kind, _))| (at, kind)).collect();
        let Some(last) = blocks.iter().rposition(|(_, kind)| *kind == BlockKind::User) else { return 0 };
        let messages = blocks[..last].iter().filter(|(_, kind)| matches!(kind, BlockKind::User | BlockKind::Answer)).count();
        if messages > 0 {
            let count =
                if messages == 1 { "1 earlier message is".to_owned() } else { format!("{messages} earlier messages are") };
            self.line(out, format!("Note: {count} not said again; /messages lists them."));
        }
        app.room.transcript.end() - (blocks.len() - last) as u64
    }

    /// More of the blocks that were begun.
    fn go_on(&mut self, app: &App, heard: &mut Heard, out: &mut Vec<Out>) {
        for (id, said) in std::mem::take(&mut heard.open) {
            let Some((kind, Text { text, whole })) = app.room.transcript.look(id) else { continue };
            let rest = text.get(said..).unwrap_or_default();
            let length = stream::whole(rest, whole);
            if length > 0 {
                let above = match kind {
                    BlockKind::Thinking => "Thinking:",
                    _ if app.room.compacting.is_some() => "Summary:",
                    _ => "",
                };
                self.head(app, above, out);
                out.push(Out::Piece(rest[..length].to_owned()));
            }
            if whole {
                self.end(out);
            } else {
                heard.open.push((id, said + length));
            }
        }
    }

    /// A block that was not begun. `stored` where it was said before this run; `before` is what stands above it.
    fn block(
        &mut self,
        app: &App,
        heard: &mut Heard,
        (id, kind, Text { text, whole }): (BlockId, BlockKind, Text<'_>),
        (stored, before): (bool, Option<(BlockKind, &str)>),
        out: &mut Vec<Out>,
    ) {
        let said = |prefix: &str| if text.trim().is_empty() { String::new() } else { format!("{prefix}{}", ended(text)) };
        match kind {
            BlockKind::Welcome => {}
            BlockKind::User if stored || self.echo => self.user(text, out),
            BlockKind::User => {}
            BlockKind::Thinking => self.thinking(app, heard, (id, Text { text, whole }), stored, out),
            BlockKind::Answer => {
                let above = match before {
                    Some((BlockKind::HandOff, line)) if line.starts_with("summary of ") => "Summary:",
                    _ if stored => "Answer:",
                    _ if app.room.compacting.is_some() => "Summary:",
                    _ => "",
                };
                let length = stream::whole(text, whole);
                if length > 0 {
                    self.head(app, above, out);
                    out.push(Out::Piece(text[..length].to_owned()));
                }
                if whole {
                    self.end(out);
                } else {
                    heard.open.push((id, length));
                }
            }
            BlockKind::Sign(_) => {
                let line = self.next.ending.take().unwrap_or_else(|| said("Answered: "));
                self.line(out, line);
            }
            BlockKind::HandOff => {
                let prefix = if self.next.planned { "Hand-off: " } else { "Note: " };
                self.line(out, said(prefix));
            }
            BlockKind::Label => self.line(out, said("Caution: ")),
            BlockKind::Hint => self.line(out, said("Hint: ")),
            BlockKind::Notice(level) => {
                let prefix = match level {
                    Level::Warning if std::mem::take(&mut self.next.fallback) => "Fallback: ",
                    Level::Info => "Note: ",
                    Level::Warning => "Warning: ",
                    Level::Error => "Error: ",
                };
                self.line(out, said(prefix));
            }
        }
    }

    /// A question as it was typed, line by line.
    fn user(&mut self, text: &str, out: &mut Vec<Out>) {
        for (at, line) in text.trim_end().lines().enumerate() {
            self.line(out, if at == 0 { format!("You: {line}") } else { line.to_owned() });
        }
    }

    /// What a model thinks: that it does, once, or its words.
    fn thinking(&mut self, app: &App, heard: &mut Heard, (id, text): (BlockId, Text<'_>), stored: bool, out: &mut Vec<Out>) {
        if app.room.transcript.is_unfolded() {
            let length = stream::whole(text.text, text.whole);
            if length > 0 {
                self.head(app, "Thinking:", out);
                out.push(Out::Piece(text.text[..length].to_owned()));
            }
            if text.whole {
                self.end(out);
            } else {
                heard.open.push((id, length));
            }
        } else if !stored {
            let turn = app.room.turn.as_ref().map(|turn| turn.id);
            if self.thought != turn || turn.is_none() {
                self.thought = turn;
                self.line(out, "Thinking.".to_owned());
            }
        }
    }

    /// The line above an answer, where what was said last does not say who answers.
    fn head(&mut self, app: &App, above: &str, out: &mut Vec<Out>) {
        // The last words may come with the end of the turn.
        let candidate = self.asked.as_ref().map(|(_, candidate)| candidate);
        match (self.voice, above, candidate) {
            (Voice::Model, ..) | (Voice::Announced, "", _) | (_, "", None) => {}
            (_, "", Some(candidate)) => out.push(Out::Line(format!("{}:", who(candidate, &app.settings.names)))),
            (_, above, _) => out.push(Out::Line(above.to_owned())),
        }
        self.voice = Voice::Model;
    }

    /// Nothing more comes of what a model says.
    fn end(&mut self, out: &mut Vec<Out>) {
        if self.voice == Voice::Model {
            self.voice = Voice::Segno;
            out.push(Out::Break);
        }
    }

    /// What a model does not see any more of the conversation, where that is news.
    fn mark(&mut self, app: &App, heard: &mut Heard, out: &mut Vec<Out>) {
        let now = app.room.seen_from;
        if heard.mark == now {
            return;
        }
        heard.mark = now;
        if let Some((_, Text { text, .. })) = now.and_then(|id| app.room.transcript.look(id))
            && !text.is_empty()
        {
            self.line(out, format!("Note: {}", ended(text)));
        }
    }
}
