//! A playbook in figures, for people and for the curator's prompt.

use super::apply::tokens;
use super::prompt::Form;
use crate::domain::{Counts, Playbook, PlaybookKey, Stage};
use std::fmt;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Of which playbook.
    pub key: PlaybookKey,
    /// It is not used.
    pub off: bool,
    /// All bullets.
    pub bullets: usize,
    /// Those that the user keeps.
    pub pinned: usize,
    /// The sections in the order in which they were begun, and how many bullets stand under each.
    pub sections: Vec<(String, usize)>,
    /// How many are in each stage, in the order of [`Stage::ALL`].
    pub stages: [usize; Stage::ALL.len()],
    /// All observations.
    pub counts: Counts,
    /// About how many tokens the active bullets are in a prompt.
    pub tokens: usize,
}

impl Stats {
    /// Of `book`, with its tokens counted in `form`.
    pub fn of(book: &Playbook, form: Form) -> Self {
        Self {
            key: book.key.clone(),
            off: book.off,
            bullets: book.bullets.len(),
            pinned: book.bullets.values().filter(|bullet| bullet.pinned).count(),
            sections: book.sections().into_iter().map(|(name, list)| (name.to_owned(), list.len())).collect(),
            stages: Stage::ALL.map(|stage| book.in_stage(stage).count()),
            counts: book.bullets.values().fold(Counts::NONE, |sum, bullet| sum.plus(bullet.counts)),
            tokens: tokens(book, form),
        }
    }

    /// How many are in `stage`.
    pub fn in_stage(&self, stage: Stage) -> usize {
        Stage::ALL.iter().zip(self.stages).find(|(other, _)| **other == stage).map_or(0, |(_, count)| count)
    }
}

impl fmt::Display for Stats {
    /// `math-qwen: 12 bullets in 3 sections, about 410 tokens`, then the stages, the observations and the sections, a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let off = if self.off { " (off)" } else { "" };
        let (bullets, sections) = (counted(self.bullets, "bullet"), counted(self.sections.len(), "section"));
        write!(f, "{}{off}: {bullets} in {sections}, about {}", self.key, counted(self.tokens, "token"))?;
        let stages = Stage::ALL.iter().zip(self.stages).filter(|(_, count)| *count > 0);
        let mut parts: Vec<String> = stages.map(|(stage, count)| format!("{} {count}", stage.word())).collect();
        if self.pinned > 0 {
            parts.push(format!("pinned {}", self.pinned));
        }
        if !parts.is_empty() {
            write!(f, "\nstages: {}", parts.join(", "))?;
        }
        let Counts { helpful, harmful, neutral } = self.counts;
        write!(f, "\nobserved: helpful {helpful}, harmful {harmful}, neutral {neutral}")?;
        self.sections.iter().try_for_each(|(name, count)| write!(f, "\n  {name}: {count}"))
    }
}

fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ace::testing::{book, bullet};

    #[test]
    fn figures_are_said_in_a_few_lines() {
        let mut first = bullet(1, Stage::Prod, "Check units");
        (first.counts.helpful, first.pinned) = (5, true);
        let mut second = bullet(2, Stage::Proposed, "Round late");
        second.text.section = "Sums".to_owned();
        let stats = Stats::of(&book([first, second]), Form::Long);
        assert_eq!((stats.in_stage(Stage::Prod), stats.in_stage(Stage::Shadow)), (1, 0));
        assert_eq!(
            stats.to_string(),
            format!(
                "math-qwen: 2 bullets in 2 sections, about {} tokens\nstages: proposed 1, prod 1, pinned 1\n\
                 observed: helpful 5, harmful 0, neutral 0\n  Errors: 1\n  Sums: 1",
                stats.tokens
            )
        );
        assert!(Stats::of(&book([]), Form::Long).to_string().starts_with("math-qwen: 0 bullets in 0 sections, about 0 tokens\n"));
    }
}
