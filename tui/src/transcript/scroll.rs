//! Which part of the conversation is on the screen.
//!
//! What must stay true: following means the end stays in sight; otherwise the text in the first row stays there while more
//! comes and whatever the width, since it is remembered as a place in the text and not as a number of rows.

use super::{Anchor, Transcript};

/// Where the screen stands in the conversation. Begins by following the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scroll {
    /// What the first row shows; `None` follows the end.
    anchor: Option<Anchor>,
    /// Rows of the screen, as last drawn.
    height: usize,
    /// Rows below the screen, as last drawn.
    below: usize,
}

impl Scroll {
    /// Whether the end stays in sight.
    pub fn is_following(&self) -> bool {
        self.anchor.is_none()
    }

    /// Rows below the screen when it was last drawn: what "↓ more" counts.
    pub fn rows_below(&self) -> usize {
        self.below
    }

    /// Some rows up, for keys and the wheel.
    pub fn up(&mut self, transcript: &mut Transcript, rows: usize) {
        let top = self.top_row(transcript).saturating_sub(rows);
        self.go(transcript, top);
    }

    /// Some rows down; at the end it follows again.
    pub fn down(&mut self, transcript: &mut Transcript, rows: usize) {
        let top = self.top_row(transcript).saturating_add(rows);
        self.go(transcript, top);
    }

    /// A screen up, less one row to read on from.
    pub fn page_up(&mut self, transcript: &mut Transcript) {
        self.up(transcript, self.page());
    }

    /// A screen down, less one row.
    pub fn page_down(&mut self, transcript: &mut Transcript) {
        self.down(transcript, self.page());
    }

    /// To the first row.
    pub fn to_top(&mut self, transcript: &mut Transcript) {
        self.go(transcript, 0);
    }

    /// To the end, and follows it.
    pub fn to_bottom(&mut self) {
        self.anchor = None;
    }

    /// Takes the height of the screen about to be drawn; returns the row of the conversation that is its first.
    pub(crate) fn settle(&mut self, transcript: &mut Transcript, height: u16) -> usize {
        self.height = usize::from(height);
        let top = self.top_row(transcript);
        self.below = transcript.height().saturating_sub(top + self.height);
        top
    }

    fn page(&self) -> usize {
        self.height.saturating_sub(1).max(1)
    }

    fn top_row(&self, transcript: &mut Transcript) -> usize {
        let last = transcript.height().saturating_sub(self.height);
        self.anchor.and_then(|anchor| transcript.find(anchor)).map_or(last, |row| row.min(last))
    }

    fn go(&mut self, transcript: &mut Transcript, top: usize) {
        let last = transcript.height().saturating_sub(self.height);
        self.anchor = if top >= last { None } else { transcript.anchor(top) };
    }
}
