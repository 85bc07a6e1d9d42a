//! Playbooks in words: the same for the screen and for the command line.
//!
//! What must stay true: what came from elsewhere (advice, headings, names of files) is cleaned here.

use crate::sanitise::clean_line;
use conductor::domain::{
    Bullet, BulletId, Cause, Counts, Delta, Playbook, PlaybookKey, Provenance, Reject, RejectReason, Stage, Step, estimate_tokens,
};
use std::collections::HashMap;

/// Said where there is no playbook.
pub const EMPTY: &str = "there is no playbook yet";

/// Tokens that the name of a line and its line end take in a prompt, about.
const TOKENS_BESIDE: usize = 8;

/// How a line took part in the last answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It was not in the prompt.
    None,
    /// It was in the prompt.
    Shown,
    /// The answer named it.
    Cited,
}

impl Part {
    /// One column.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::None => " ",
            Self::Shown => "·",
            Self::Cited => "*",
        }
    }

    /// For a person; empty where it took none.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Shown => " · in the last prompt",
            Self::Cited => " · named by the last answer",
        }
    }
}

/// What a line came from.
pub fn provenance(provenance: &Provenance) -> String {
    match provenance {
        Provenance::User => "by you".to_owned(),
        Provenance::Chat { message } => format!("from answer {}", message.0),
        Provenance::Sample { run, .. } => format!("from training {run}"),
        Provenance::Import { source } if source.is_empty() => "from a file".to_owned(),
        Provenance::Import { source } => format!("from {}", clean_line(source)),
    }
}

/// Why a playbook was changed.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::User => "you".to_owned(),
        Cause::Chat { message } => format!("what you said of answer {}", message.0),
        Cause::Sample { run, sample, epoch } => format!("training {run}, sample {}, round {epoch}", clean_line(sample)),
        Cause::Import { source } => format!("import of {}", clean_line(source)),
        Cause::Dedup => "two lines said the same".to_owned(),
        Cause::Promotion => "what was observed".to_owned(),
        Cause::Budget => "no room".to_owned(),
        Cause::Undo { of } => format!("undo of {}", of.0),
    }
}

/// `+3 -1`: how often a line helped and did harm.
pub fn counts(counts: Counts) -> String {
    format!("+{} -{}", counts.helpful, counts.harmful)
}

/// What is known of a line beside its words: `staging · +3 -1 · pinned · by you`.
pub fn standing(bullet: &Bullet) -> String {
    let pinned = if bullet.pinned { " · pinned" } else { "" };
    format!("{} · {}{pinned} · {}", bullet.stage.word(), counts(bullet.counts), provenance(&bullet.provenance))
}

/// `[errors-00012] the advice`
pub fn line(bullet: &Bullet) -> String {
    format!("[{}] {}", clean_line(&bullet.name()), clean_line(&bullet.text.content))
}

/// About how many tokens the lines of `book` are that may be in a prompt.
pub fn tokens(book: &Playbook) -> usize {
    let active = book.bullets.values().filter(|bullet| bullet.stage.is_active());
    active.map(|bullet| estimate_tokens(&bullet.text.content) + TOKENS_BESIDE).sum()
}

/// How many lines of `book` are in `stage`.
pub fn in_stage(book: &Playbook, stage: Stage) -> usize {
    book.in_stage(stage).count()
}

/// `1 line`, `2 lines`
pub fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{} lines", super::grouped(count)) }
}

/// `1 waits for your yes`, `2 wait for your yes`
pub fn wait(count: usize) -> String {
    if count == 1 { "1 waits for your yes".to_owned() } else { format!("{} wait for your yes", super::grouped(count)) }
}

/// The names of lines, those that are gone by now included.
#[derive(Debug, Default)]
pub struct Names(HashMap<BulletId, String>);

impl Names {
    /// Of the lines of `book`, and of those that `deltas` tell of.
    pub fn of(book: &Playbook, deltas: &[Delta]) -> Self {
        let mut names = Self::default();
        for step in deltas.iter().flat_map(|delta| &delta.steps) {
            if let Step::Insert { bullet } | Step::Delete { bullet } = step {
                names.0.insert(bullet.id, bullet.name());
            }
        }
        names.learn(book);
        names
    }

    /// Of one line of the playbook `key`, and of those that `deltas` tell of.
    pub fn of_one(key: &PlaybookKey, bullet: &Bullet, deltas: &[Delta]) -> Self {
        let mut book = Playbook::new(key.clone());
        book.bullets.insert(bullet.id, bullet.clone());
        Self::of(&book, deltas)
    }

    /// Those of `book`, too.
    pub fn learn(&mut self, book: &Playbook) {
        self.0.extend(book.bullets.values().map(|bullet| (bullet.id, bullet.name())));
    }

    /// `[errors-00012]`
    fn name(&self, id: BulletId) -> String {
        let name = self.0.get(&id).cloned().unwrap_or_else(|| id.to_string());
        format!("[{}]", clean_line(&name))
    }

    /// What was done.
    pub fn step(&self, step: &Step) -> String {
        match step {
            Step::Insert { bullet } => format!("new: {} ({})", line(bullet), bullet.stage.word()),
            Step::Delete { bullet } => format!("gone: {}", line(bullet)),
            Step::Edit { id, before, after } => {
                let moved = if before.section == after.section {
                    String::new()
                } else {
                    format!(" under {}", clean_line(&after.section))
                };
                let (before, after) = (clean_line(&before.content), clean_line(&after.content));
                if before == after {
                    format!("{} now{moved}", self.name(*id))
                } else {
                    format!("{} now{moved}: {after} (was: {before})", self.name(*id))
                }
            }
            Step::Count { id, more, less } => {
                let parts = [("counted", more), ("taken back", less)].into_iter().filter(|(_, n)| **n != Counts::NONE);
                let parts: Vec<String> = parts.map(|(word, n)| format!("{word} {}", tally(*n))).collect();
                format!("{} {}", self.name(*id), parts.join(", "))
            }
            Step::Move { id, from, to } => format!("{} from {} to {}", self.name(*id), from.word(), to.word()),
            Step::Pin { id, pinned: true } => format!("{} pinned", self.name(*id)),
            Step::Pin { id, pinned: false } => format!("{} no longer pinned", self.name(*id)),
            Step::Switch { off: true } => "not used any more".to_owned(),
            Step::Switch { off: false } => "used again".to_owned(),
        }
    }

    /// What was not done, and why.
    pub fn reject(&self, reject: &Reject) -> String {
        format!("refused: proposal {}: {}", reject.at.saturating_add(1), reason(&reject.reason))
    }
}

/// Why something was not done.
pub fn reason(reason: &RejectReason) -> String {
    let words = match reason {
        RejectReason::NoSuchBullet { id } if id.trim().is_empty() => "it names no line".to_owned(),
        RejectReason::NoSuchBullet { id } => format!("the playbook has no line called “{id}”"),
        other => other.to_string(),
    };
    clean_line(&words).into_owned()
}

fn tally(counts: Counts) -> String {
    let parts = [(counts.helpful, "helpful"), (counts.harmful, "harmful"), (counts.neutral, "neutral")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    parts.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{DeltaSeq, MessageId, Text};

    #[test]
    fn a_line_that_is_not_there_is_said_in_plain_words() {
        for (id, want) in [("", "it names no line"), ("text", "the playbook has no line called “text”")] {
            assert_eq!(reason(&RejectReason::NoSuchBullet { id: id.to_owned() }), want);
        }
    }

    fn bullet(id: u32, section: &str, content: &str) -> Bullet {
        Bullet {
            id: BulletId(id),
            text: Text { section: section.to_owned(), content: content.to_owned() },
            counts: Counts { helpful: 3, harmful: 1, neutral: 9 },
            stage: Stage::Staging,
            pinned: id == 1,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    #[test]
    fn each_step_is_told_with_the_name_of_its_line() {
        let mut book = Playbook::new(PlaybookKey::new("math", "qwen", None).unwrap());
        book.bullets.insert(BulletId(1), bullet(1, "Errors", "check signs"));
        let gone = Box::new(bullet(2, "Units\u{1b}[2J", "name\nthem"));
        let text = |section: &str, content: &str| Text { section: section.to_owned(), content: content.to_owned() };
        let edit = |before, after| Step::Edit { id: BulletId(1), before, after };
        let steps = [
            (Step::Insert { bullet: gone.clone() }, "new: [units-00002] name them (staging)"),
            (Step::Delete { bullet: gone }, "gone: [units-00002] name them"),
            (edit(text("Errors", "a"), text("Errors", "b")), "[errors-00001] now: b (was: a)"),
            (edit(text("Errors", "a"), text("Sums", "a")), "[errors-00001] now under Sums"),
            (edit(text("Errors", "a"), text("Sums", "b")), "[errors-00001] now under Sums: b (was: a)"),
            (
                Step::Count { id: BulletId(2), more: Counts { helpful: 2, harmful: 1, neutral: 0 }, less: Counts::NONE },
                "[units-00002] counted 2 helpful and 1 harmful",
            ),
            (Step::Move { id: BulletId(7), from: Stage::Shadow, to: Stage::Prod }, "[00007] from shadow to prod"),
            (Step::Pin { id: BulletId(1), pinned: false }, "[errors-00001] no longer pinned"),
            (Step::Switch { off: true }, "not used any more"),
        ];
        let delta = Delta {
            seq: DeltaSeq(1),
            at_ms: 0,
            cause: Cause::User,
            reasoning: String::new(),
            steps: steps.iter().map(|(step, _)| step.clone()).collect(),
            rejects: Vec::new(),
        };
        let names = Names::of(&book, &[delta]);
        for (step, want) in steps {
            assert_eq!(names.step(&step), want);
        }
        assert_eq!(standing(&book.bullets[&BulletId(1)]), "staging · +3 -1 · pinned · by you");
        assert_eq!(tokens(&book), estimate_tokens("check signs") + 8);
    }

    #[test]
    fn causes_and_origins_are_words() {
        for (cause_of, want) in [
            (Cause::User, "you"),
            (Cause::Chat { message: MessageId(4) }, "what you said of answer 4"),
            (Cause::Import { source: "a\u{1b}]0;x\u{7}b".to_owned() }, "import of ab"),
            (Cause::Undo { of: DeltaSeq(12) }, "undo of 12"),
        ] {
            assert_eq!(cause(&cause_of), want);
        }
        assert_eq!(provenance(&Provenance::Import { source: "book.json".to_owned() }), "from book.json");
    }
}
