//! Which part of the conversation is on the screen.
//!
//! What must stay true: following means the end stays in sight; otherwise the text in the first row stays there while more
//! comes and whatever the width, since it is remembered as a place in the text and not as a number of rows.

use super::{Anchor, Spot, Transcript};

/// Where the screen stands in the conversation. Begins by following the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scroll {
    /// What the first row shows; `None` follows the end.
    anchor: Option<Anchor>,
    /// Rows of the screen, as last drawn.
    height: usize,
    /// Columns of the screen, as last drawn.
    width: usize,
    /// Rows below the screen, as last drawn.
    below: usize,
    /// Whether that is exact.
    exact: bool,
}

impl Scroll {
    /// Whether the end stays in sight.
    pub fn is_following(&self) -> bool {
        self.anchor.is_none()
    }

    /// Rows below the screen when it was last drawn, what "↓ more" counts, and whether it is exact.
    pub fn rows_below(&self) -> (usize, bool) {
        (self.below, self.exact)
    }

    /// Some rows up, for keys and the wheel.
    pub fn up(&mut self, transcript: &mut Transcript, rows: usize) {
        if let Some(top) = self.top(transcript) {
            let top = transcript.backward(top, rows);
            self.go(transcript, top);
        }
    }

    /// Some rows down; at the end it follows again.
    pub fn down(&mut self, transcript: &mut Transcript, rows: usize) {
        if let Some(top) = self.top(transcript) {
            let (top, _) = transcript.forward(top, rows);
            self.go(transcript, top);
        }
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
        if let Some(first) = transcript.first() {
            self.go(transcript, first);
        }
    }

    /// To the end, and follows it.
    pub fn to_bottom(&mut self) {
        self.anchor = None;
    }

    /// Brings what is chosen into sight: its first row, and of its others as many as fit.
    pub fn show_chosen(&mut self, transcript: &mut Transcript) {
        let height = self.height.max(1);
        let Some((first, rows)) = transcript.rows_of_chosen(height) else { return };
        let Some(top) = self.top(transcript) else { return };
        let (last, _) = transcript.forward(first, rows.saturating_sub(1));
        let (bottom, _) = transcript.forward(top, height - 1);
        if first < top || rows >= height {
            self.go(transcript, first);
        } else if last > bottom {
            let top = transcript.backward(last, height - 1);
            self.go(transcript, top);
        }
    }

    /// Takes the height of the screen about to be drawn; returns the row of the conversation that is its first.
    pub(crate) fn settle(&mut self, transcript: &mut Transcript, height: u16) -> Option<Spot> {
        let size =
            (std::mem::replace(&mut self.height, usize::from(height)), std::mem::replace(&mut self.width, transcript.width));
        if size != (self.height, self.width) {
            self.show_chosen(transcript);
        }
        (self.below, self.exact) = (0, true);
        let top = self.top(transcript)?;
        if self.anchor.is_some() {
            let (bottom, _) = transcript.forward(top, self.height.saturating_sub(1));
            (self.below, self.exact) = transcript.rows_after(bottom);
        }
        Some(top)
    }

    fn page(&self) -> usize {
        self.height.saturating_sub(1).max(1)
    }

    /// The first row on the screen.
    fn top(&self, transcript: &mut Transcript) -> Option<Spot> {
        let wanted = self.anchor.and_then(|anchor| transcript.find(anchor));
        match wanted.filter(|top| self.fills(transcript, *top)) {
            Some(top) => Some(top),
            None => {
                let last = transcript.last()?;
                Some(transcript.backward(last, self.height.saturating_sub(1)))
            }
        }
    }

    /// Whether there are rows for a whole screen from `top` on.
    fn fills(&self, transcript: &mut Transcript, top: Spot) -> bool {
        let more = self.height.saturating_sub(1);
        transcript.forward(top, more).1 == more
    }

    /// Goes to where `top` is the first row; where that is the last screen, it follows.
    fn go(&mut self, transcript: &mut Transcript, top: Spot) {
        let more = self.fills(transcript, top) && transcript.forward(top, self.height).1 == self.height;
        self.anchor = more.then(|| transcript.anchor(top));
    }
}
