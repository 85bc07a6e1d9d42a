//! One line of a playbook.

use super::delta::Text;
use crate::domain::MessageId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a bullet in its playbook. Written with the section before it: `errors-00012`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BulletId(pub u32);

impl BulletId {
    /// The number in a name that a model or a person wrote: `errors-00012`, `[errors-00012]`, `e12`, `12`. The word before it is
    /// for the eye; a number that is not there is found out where it is looked up. `None` where there is no number at the end.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(['[', ']', '#', '`']);
        let start =
            text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let before = &text[..start];
        let plain = before.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '&' | '/'));
        text[start..].parse().ok().filter(|number| plain && *number > 0).map(Self)
    }

    /// `errors-00012`, for a bullet in the section `errors`.
    pub fn name(self, section: &str) -> String {
        format!("{}-{:05}", section_word(section), self.0)
    }

    /// `e12`, for a bullet in the section `errors`.
    pub fn short(self, section: &str) -> String {
        let letter = section_word(section).chars().next().unwrap_or('b');
        format!("{letter}{}", self.0)
    }
}

impl fmt::Display for BulletId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05}", self.0)
    }
}

/// The word that names of bullets of a section begin with: its first in small letters, of at most 12; `bullet` where there is none.
pub fn section_word(section: &str) -> String {
    let word: String =
        section.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or("bullet").to_lowercase();
    word.chars().take(12).collect()
}

/// How often a bullet was found helpful, harmful, or neither. Never below 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    /// It helped.
    pub helpful: u32,
    /// It did harm.
    pub harmful: u32,
    /// Neither.
    pub neutral: u32,
}

impl Counts {
    /// Nothing.
    pub const NONE: Self = Self { helpful: 0, harmful: 0, neutral: 0 };

    /// Both together; what would be too much stays at the most.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            helpful: self.helpful.saturating_add(more.helpful),
            harmful: self.harmful.saturating_add(more.harmful),
            neutral: self.neutral.saturating_add(more.neutral),
        }
    }

    /// Without `less`; what would be below 0 is 0.
    #[must_use]
    pub fn minus(self, less: Self) -> Self {
        Self {
            helpful: self.helpful.saturating_sub(less.helpful),
            harmful: self.harmful.saturating_sub(less.harmful),
            neutral: self.neutral.saturating_sub(less.neutral),
        }
    }

    /// All that was observed.
    pub fn observed(self) -> u32 {
        self.helpful.saturating_add(self.harmful).saturating_add(self.neutral)
    }
}

/// How far a bullet has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It waits for the user's yes, and is in no prompt.
    Proposed,
    /// It is on trial, in a share of the prompts.
    Shadow,
    /// It did well, and is in all prompts that have room.
    Staging,
    /// It is relied upon.
    Prod,
    /// It did harm or was refused, is in no prompt, and is kept so that it is not proposed again.
    Quarantine,
    /// It had to make room for others, and is in no prompt.
    Archived,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [Self::Proposed, Self::Shadow, Self::Staging, Self::Prod, Self::Quarantine, Self::Archived];

    /// The word for a person and in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Shadow => "shadow",
            Self::Staging => "staging",
            Self::Prod => "prod",
            Self::Quarantine => "quarantine",
            Self::Archived => "archived",
        }
    }

    /// The stage called `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word().eq_ignore_ascii_case(word.trim()))
    }

    /// Whether bullets in it may be in a prompt.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Shadow | Self::Staging | Self::Prod)
    }
}

/// What a bullet came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "from")]
pub enum Provenance {
    /// An answer in a conversation, and what the user said of it.
    Chat {
        /// The answer.
        message: MessageId,
    },
    /// A sample of a training.
    Sample {
        /// The training.
        run: i64,
        /// Its name.
        sample: String,
    },
    /// The user wrote it.
    User,
    /// A file, or another playbook.
    Import {
        /// Its name.
        source: String,
    },
}

/// A line of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bullet {
    /// Its number.
    pub id: BulletId,
    /// Its words and where they stand.
    #[serde(flatten)]
    pub text: Text,
    /// What was observed of it.
    #[serde(flatten)]
    pub counts: Counts,
    /// How far it has come.
    pub stage: Stage,
    /// The user wants it kept: models do not touch it, it is neither quarantined nor archived by itself, and while it is in an
    /// active stage it goes into every prompt.
    #[serde(default)]
    pub pinned: bool,
    /// What it came from.
    pub provenance: Provenance,
    /// Milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
    /// When anything of it changed last: its words, counts, stage or pin. Milliseconds since 1970-01-01 UTC.
    pub updated_ms: i64,
}

impl Bullet {
    /// `errors-00012`.
    pub fn name(&self) -> String {
        self.id.name(&self.text.section)
    }

    /// Whether `name` means it: its number, alone or after its section, the word or the letter of that, or `bullet`. Models make up
    /// names such as `sums-00012`, whose number belongs to something else.
    pub fn is_called(&self, name: &str) -> bool {
        let written = name.trim().trim_matches(['[', ']', '#', '`']).to_lowercase();
        let before = written.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_', ' ']);
        let (section, word) = (self.text.section.to_lowercase(), section_word(&self.text.section));
        let letter = word.chars().next().map(String::from);
        BulletId::parse(name) == Some(self.id)
            && (["", "bullet", &section, &word].contains(&before) || letter.as_deref() == Some(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bullet_is_called_by_its_number_and_not_with_another_section() {
        let text = Text { section: "Common Errors".to_owned(), content: "x".to_owned() };
        let (counts, stage, provenance) = (Counts::NONE, Stage::Prod, Provenance::User);
        let bullet = Bullet { id: BulletId(12), text, counts, stage, pinned: false, provenance, created_ms: 0, updated_ms: 0 };
        for (name, called) in [
            ("common-00012", true),
            ("[Common-00012]", true),
            ("c12", true),
            ("12", true),
            ("bullet 12", true),
            ("common errors-12", true),
            ("errors-00012", false),
            ("e12", false),
            ("common-00013", false),
            ("common", false),
            ("", false),
        ] {
            assert_eq!(bullet.is_called(name), called, "{name:?}");
        }
    }
}
