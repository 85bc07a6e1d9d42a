//! How full a model's window is, and the summaries that stand in prompts for earlier messages.
//!
//! What must stay true: a summary is what a model wrote, whatever it covers; it counts only where the last message that it covers is
//! on the path that is shown.

use super::{BackendId, Location, Message, MessageId, ModelId};
use serde::{Deserialize, Serialize};

/// Names a stored summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SummaryId(pub i64);

/// What a model wrote of the beginning of a conversation. It stands for those messages in prompts; the messages stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its number.
    pub id: SummaryId,
    /// The last message that it covers; all before it on the path are covered, too.
    pub last: MessageId,
    /// The words, raw.
    pub text: String,
    /// Who wrote it.
    pub model: ModelId,
    /// The family of models.
    pub family: String,
    /// Whose backend.
    pub backend: BackendId,
    /// Where it was written.
    pub location: Location,
    /// It, or something that it covers, was read from a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// It covers words of a model that is not on this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
    /// When it was written: milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
}

impl Summary {
    /// Which of `all` stands for the beginning of the messages that are `shown`, and for how many of them: the one that covers most,
    /// of those the newest.
    pub fn in_force<'a>(all: &'a [Self], shown: &[Message]) -> Option<(&'a Self, usize)> {
        let place = |summary: &'a Self| {
            let at = shown.iter().position(|message| message.id == summary.last)?;
            Some((summary, at + 1))
        };
        all.iter().filter_map(place).max_by_key(|(summary, covers)| (*covers, summary.id))
    }
}

/// How full the window of a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextUse {
    /// Whose window.
    pub model: ModelId,
    /// Tokens of the prompt.
    pub used: u32,
    /// Tokens of the window.
    pub window: u32,
    /// Tokens of it that are kept free for the answer.
    pub reserve: u32,
    /// Messages of the conversation that are left out.
    pub left_out: u32,
    /// The first message that is still seen, where one is left out.
    pub first_seen: Option<MessageId>,
    /// `used` is estimated; else the server counted it.
    pub estimated: bool,
}

/// From so many percent on the window is nearly full.
pub const NEARLY_FULL: u32 = 80;

impl ContextUse {
    /// Tokens that a prompt may have without anything being left out.
    pub fn room(&self) -> u32 {
        self.window.saturating_sub(self.reserve)
    }

    /// How much of [`Self::room`] is used, in percent; more than 100 where it does not fit.
    pub fn percent(&self) -> u32 {
        let percent = u64::from(self.used) * 100 / u64::from(self.room().max(1));
        u32::try_from(percent).unwrap_or(u32::MAX).min(999)
    }

    /// Whether little room is left.
    pub fn is_nearly_full(&self) -> bool {
        self.percent() >= NEARLY_FULL
    }
}

/// What takes the tokens of a prompt, estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextParts {
    /// Advice of a playbook.
    pub advice: u32,
    /// The summary of what was before.
    pub summary: u32,
    /// Earlier messages, without their files and images.
    pub earlier: u32,
    /// The question, without its files and images.
    pub question: u32,
    /// Files, those of earlier messages included.
    pub files: u32,
    /// Images, those of earlier messages included.
    pub images: u32,
}

/// What of the open conversation a model would be shown now, with the last question and its answer as the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextReport {
    /// How full the window is.
    pub now: ContextUse,
    /// What takes the tokens.
    pub parts: ContextParts,
    /// Earlier messages that are seen word by word.
    pub seen: u32,
    /// The newest question that is left out, on one line; empty where nothing is.
    pub up_to: String,
    /// The summary that stands for the messages before them, and how many those are.
    pub summary: Option<(Summary, u32)>,
    /// Messages that a summary made now would stand for beyond those; 0 where there is nothing to sum up.
    pub compactable: u32,
    /// Who would write it; `None` where no model on this machine can.
    pub by: Option<ModelId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Prompt;

    #[test]
    fn what_is_kept_free_is_no_room() {
        let of = |used, window, reserve| ContextUse {
            model: ModelId::new("m"),
            used,
            window,
            reserve,
            left_out: 0,
            first_seen: None,
            estimated: true,
        };
        for (used, window, reserve, percent, full) in [
            (0, 4096, 1024, 0, false),
            (1536, 4096, 1024, 50, false),
            (2458, 4096, 1024, 80, true),
            (3072, 4096, 1024, 100, true),
            (u32::MAX, 4096, 1024, 999, true),
            (1, 0, 0, 100, true),
        ] {
            let now = of(used, window, reserve);
            assert_eq!((now.percent(), now.is_nearly_full()), (percent, full), "{used} of {window}");
        }
    }

    #[test]
    fn a_summary_counts_on_its_path_alone() {
        let summary = |id, last| Summary {
            id: SummaryId(id),
            last: MessageId(last),
            text: "s".into(),
            model: ModelId::new("m"),
            family: String::new(),
            backend: BackendId::ollama(),
            location: Location::Local,
            imported: false,
            external: false,
            created_ms: 0,
        };
        let shown = |ids: &[i64]| -> Vec<Message> {
            ids.iter().map(|id| Message::question(MessageId(*id), Prompt::typed("x"), 0)).collect()
        };
        let all = [summary(1, 2), summary(2, 4), summary(3, 4), summary(4, 9)];
        for (path, want) in [
            (&[1, 2, 3, 4, 5][..], Some((3, 4))),
            (&[1, 2, 7, 8], Some((1, 2))),
            (&[1, 2, 7, 9], Some((4, 4))),
            (&[5, 6], None),
            (&[], None),
        ] {
            let found = Summary::in_force(&all, &shown(path)).map(|(summary, covers)| (summary.id.0, covers));
            assert_eq!(found, want, "{path:?}");
        }
    }
}
