//! What the user said of an answer, and what is learnt from it.

use super::{BulletId, ConversationId, Domain, MessageId, PlaybookKey, Prompt, Signature};
use serde::{Deserialize, Serialize};

/// What the user said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "rating")]
pub enum Rating {
    /// It was good.
    Good,
    /// It was not.
    Bad {
        /// Why; empty where nothing was said.
        #[serde(default)]
        why: String,
        /// Some of it was pasted, and may have been written by anybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pasted: bool,
    },
    /// It should have been this.
    Correct {
        /// The right answer.
        text: String,
        /// Some of it was pasted, and may have been written by anybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pasted: bool,
    },
    /// The user asked the same anew: a weak sign that it was not good.
    Again,
    /// The user changed the question and sent it again: as weak.
    Edited,
}

impl Rating {
    /// It was not good, as the user typed.
    pub fn bad(why: impl Into<String>) -> Self {
        Self::Bad { why: why.into(), pasted: false }
    }

    /// It should have been this, as the user typed.
    pub fn correct(text: impl Into<String>) -> Self {
        Self::Correct { text: text.into(), pasted: false }
    }

    /// The same, in words that were pasted at least in part.
    #[must_use]
    pub fn in_pasted_words(mut self) -> Self {
        if let Self::Bad { pasted, .. } | Self::Correct { pasted, .. } = &mut self {
            *pasted = true;
        }
        self
    }

    /// Whether some of its words were pasted.
    pub fn is_pasted(&self) -> bool {
        matches!(self, Self::Bad { pasted: true, .. } | Self::Correct { pasted: true, .. })
    }

    /// Whether it is only a sign, and not said in words.
    pub fn is_weak(&self) -> bool {
        matches!(self, Self::Again | Self::Edited)
    }

    /// Whether the answer was right, as far as that was said.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }
}

/// What a prompt had of a playbook, and maybe of that of the wider subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The playbook.
    pub playbook: PlaybookKey,
    /// The bullets that were in the prompt, in their order.
    pub bullets: Vec<BulletId>,
    /// Those of them that were on trial.
    #[serde(default)]
    pub trial: Vec<BulletId>,
    /// Those of them that the answer named.
    #[serde(default)]
    pub cited: Vec<BulletId>,
    /// Bullets on trial that were not drawn for it: the arm without them. At most 500.
    #[serde(default)]
    pub held_back: Vec<BulletId>,
    /// What it had of the playbook of the wider subject, where it had anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wider: Option<Box<Shown>>,
}

impl Shown {
    /// Nothing of `playbook`.
    pub fn nothing(playbook: PlaybookKey) -> Self {
        Self { playbook, bullets: Vec::new(), trial: Vec::new(), cited: Vec::new(), held_back: Vec::new(), wider: None }
    }

    /// What it had of each playbook, the narrower first.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |shown| shown.wider.as_deref())
    }
}

/// An answer to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The answer.
    pub message: MessageId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// The question.
    pub question: Prompt,
    /// The words of the answer.
    pub answer: String,
    /// What the user said its conversation is about.
    pub domain: Option<Domain>,
    /// Who answered.
    pub signature: Signature,
    /// What the user said of it; `None` where the user has answers learnt from without a word.
    pub rating: Option<Rating>,
    /// What its prompt had of a playbook.
    pub shown: Option<Shown>,
    /// How often it was tried before, in vain.
    pub tries: u32,
    /// Until when it is whoever's who claimed it: what names the claim. Milliseconds since 1970-01-01 UTC.
    pub claimed_until_ms: i64,
}

impl Lesson {
    /// What names the claim.
    pub fn claim(&self) -> (MessageId, i64) {
        (self.message, self.claimed_until_ms)
    }
}

/// How far learning is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCounts {
    /// Answers that wait to be learnt from.
    pub waiting: u32,
    /// Those that were.
    pub done: u32,
    /// Those from which nothing could be learnt.
    pub failed: u32,
    /// When the first of those that wait may be taken up, in milliseconds since 1970-01-01 UTC; `None` where none waits.
    pub next_ms: Option<i64>,
}

/// How learning stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learning {
    /// Answers that were rated are learnt from.
    pub on: bool,
    /// How far it is.
    pub counts: LessonCounts,
    /// It is at work just now.
    pub at_work: bool,
    /// Why it does not go on though something waits; empty where nothing is in the way.
    pub obstacle: String,
    /// Seconds in which nobody may have done anything before it begins.
    pub idle_s: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_segno_stored_of_a_prompt_is_read() {
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        let old = r#"{"playbook":{"base":"math","family":"qwen"},"bullets":[1,2],"trial":[2],"cited":[1]}"#;
        let shown: Shown = serde_json::from_str(old).unwrap();
        let ids = |numbers: &[u32]| numbers.iter().map(|number| BulletId(*number)).collect::<Vec<_>>();
        let want = Shown { bullets: ids(&[1, 2]), trial: ids(&[2]), cited: ids(&[1]), ..Shown::nothing(key.clone()) };
        assert_eq!(shown, want);
        let narrower = Shown { wider: Some(Box::new(shown)), ..Shown::nothing(PlaybookKey { sub: Some("sums".into()), ..key }) };
        let again: Shown = serde_json::from_str(&serde_json::to_string(&narrower).unwrap()).unwrap();
        assert_eq!(again, narrower);
        let names: Vec<String> = again.each().map(|shown| shown.playbook.to_string()).collect();
        assert_eq!(names, ["math-qwen-sums", "math-qwen"]);
    }
}
