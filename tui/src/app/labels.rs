//! Warnings under answers, and those that the user does not want to see.
//!
//! What must stay true: a kind that is switched off is off for all answers on the screen, until it is switched on or Segno
//! ends; nothing is lost by it.

use super::App;
use crate::transcript::{BlockId, BlockKind};
use crate::words::label;
use conductor::domain::{Label, LabelKind};
use conductor::protocol::Notice;
use std::time::Instant;

/// The warnings in a conversation: where each stands, and its words.
pub(super) type Blocks = Vec<(BlockId, LabelKind, String)>;

impl App {
    /// Adds the warnings of an answer, right under its sign.
    pub(super) fn label(&mut self, labels: &[Label]) {
        for kind in LabelKind::ALL {
            for label in labels.iter().filter(|label| label.kind == kind) {
                let text = label::lines(label).join("\n");
                let shown = if self.hidden_labels.contains(&kind) { "" } else { text.as_str() };
                let block = self.room.transcript.add(BlockKind::Label, shown);
                self.room.labels.push((block, kind, text));
            }
        }
    }

    /// Shows or hides the warnings of a kind.
    pub(super) fn switch_label(&mut self, kind: LabelKind, on: bool, now: Instant) {
        let changed = if on { self.hidden_labels.remove(&kind) } else { self.hidden_labels.insert(kind) };
        if changed {
            self.relabel();
        }
        let state = if on { "shown" } else { "hidden until Segno ends" };
        self.say(format!("{} labels are {state}", label::kind(kind)), now);
    }

    /// Shows what is to be shown of the warnings, and no more: what is hidden may have changed while the user was elsewhere.
    pub(super) fn relabel(&mut self) {
        for (block, kind, text) in &self.room.labels {
            self.room.transcript.replace(*block, if self.hidden_labels.contains(kind) { "" } else { text });
        }
    }

    /// Says which kinds there are, and which are hidden.
    pub(super) fn list_labels(&mut self) {
        let state = |kind: LabelKind| if self.hidden_labels.contains(&kind) { "off" } else { "on" };
        let kinds: Vec<String> = LabelKind::ALL.iter().map(|kind| format!("{} {}", kind.key(), state(*kind))).collect();
        let hint = "`/labels off maths` hides a kind, `/labels on maths` shows it again";
        self.notice(&Notice::info(format!("labels under answers: {}", kinds.join(", ")), hint));
        self.room.scroll.to_bottom();
    }
}
