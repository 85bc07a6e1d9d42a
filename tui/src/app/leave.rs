//! What is left in the terminal when Segno ends, where it was drawn on the terminal's own screen.
//!
//! What must stay true: it is the open conversation as it was shown, cleaned as that was; nothing else moves or colours the terminal.

use super::App;
use crate::transcript::BlockKind;
use crate::view::icons;

impl App {
    /// The open conversation as text, with an end to each line; `None` where nothing is left or there is nothing to leave.
    pub fn left_behind(&self) -> Option<String> {
        if !self.settings.screen.inline || self.room.blank {
            return None;
        }
        let mut words = String::new();
        let mut before = None;
        for (_, kind, block) in self.room.transcript.blocks_from(0) {
            // A place that was kept for a word that never came is nothing.
            if matches!(kind, BlockKind::Welcome | BlockKind::Thinking) || block.text.is_empty() {
                continue;
            }
            if before.is_some_and(|before| kind.parts_from(before)) {
                words.push('\n');
            }
            before = Some(kind);
            let head = [kind.mark(), kind.label()].concat();
            let gap = if kind.mark().is_empty() { "" } else { " " };
            words.push_str(&format!("{head}{gap}{}\n", block.text.trim_end()));
        }
        Some(if self.settings.screen.ascii { icons::text_in_ascii(&words) } else { words })
    }
}
