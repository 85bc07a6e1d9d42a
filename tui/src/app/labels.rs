//! Warnings under answers, and those that the user does not want to see.
//!
//! What must stay true: a kind that is switched off is off for all answers on the screen, until it is switched on or Segno
//! ends; nothing is lost by it.

use super::App;
use crate::transcript::{BlockId, BlockKind};
use crate::words::label;
use conductor::domain::{Label, LabelKind};
use conductor::protocol::Notice;
use std::collections::HashSet;
use std::time::Instant;

/// The warnings on the screen.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    hidden: HashSet<LabelKind>,
    blocks: Vec<(BlockId, LabelKind, String)>,
}

impl Labels {
    /// The conversation is another one.
    pub(super) fn forget(&mut self) {
        self.blocks.clear();
    }
}

impl App {
    /// Adds the warnings of an answer, right under its sign.
    pub(super) fn label(&mut self, labels: &[Label]) {
        for kind in LabelKind::ALL {
            for label in labels.iter().filter(|label| label.kind == kind) {
                let text = label::lines(label).join("\n");
                let shown = if self.labels.hidden.contains(&kind) { "" } else { text.as_str() };
                let block = self.transcript.add(BlockKind::Label, shown);
                self.labels.blocks.push((block, kind, text));
            }
        }
    }

    /// Shows or hides the warnings of a kind.
    pub(super) fn switch_label(&mut self, kind: LabelKind, on: bool, now: Instant) {
        let changed = if on { self.labels.hidden.remove(&kind) } else { self.labels.hidden.insert(kind) };
        if changed {
            for (block, _, text) in self.labels.blocks.iter().filter(|(_, of, _)| *of == kind) {
                self.transcript.replace(*block, if on { text } else { "" });
            }
        }
        let state = if on { "shown" } else { "hidden until Segno ends" };
        self.say(format!("{} labels are {state}", label::kind(kind)), now);
    }

    /// Says which kinds there are, and which are hidden.
    pub(super) fn list_labels(&mut self) {
        let state = |kind: LabelKind| if self.labels.hidden.contains(&kind) { "off" } else { "on" };
        let kinds: Vec<String> = LabelKind::ALL.iter().map(|kind| format!("{} {}", kind.key(), state(*kind))).collect();
        let hint = "`/labels off maths` hides a kind, `/labels on maths` shows it again";
        self.notice(&Notice::info(format!("labels under answers: {}", kinds.join(", ")), hint));
        self.scroll.to_bottom();
    }
}
