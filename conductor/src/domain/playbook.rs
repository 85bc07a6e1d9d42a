//! Playbooks: what was learnt of a kind of task with a family of models, as short lines that a person can read and correct.
//!
//! What must stay true: a bullet's number is given by Segno alone and never again; a playbook is what its deltas made of it, in
//! their order, and nothing else; each step of a delta can be taken back by its opposite.

mod bullet;
mod change;
mod delta;
mod domain;
mod facts;
mod key;
mod why;

pub use bullet::{Bullet, BulletId, Counts, Provenance, Stage, section_word};
pub use change::UserChange;
pub use delta::{Cause, Delta, DeltaSeq, Reject, RejectReason, Step, Text};
pub use domain::Domain;
pub use facts::{DomainConfig, Transfer};
pub use key::{KeyError, PlaybookKey};
pub use why::{BulletWhy, ChatOrigin};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A playbook. [`crate::ace`](../../ace/index.html) holds the rules by which it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    /// What it is about.
    pub key: PlaybookKey,
    /// Its bullets, those that are in no prompt included.
    pub bullets: BTreeMap<BulletId, Bullet>,
    /// The number of the next bullet.
    pub next: u32,
    /// The delta that changed it last; 0 for none.
    pub last: DeltaSeq,
    /// No prompt gets anything of it.
    #[serde(default)]
    pub off: bool,
}

impl Playbook {
    /// One without bullets.
    pub fn new(key: PlaybookKey) -> Self {
        Self { key, bullets: BTreeMap::new(), next: 1, last: DeltaSeq(0), off: false }
    }

    /// The sections, in the order in which they were begun, each with its bullets.
    pub fn sections(&self) -> Vec<(&str, Vec<&Bullet>)> {
        let mut sections: Vec<(&str, Vec<&Bullet>)> = Vec::new();
        for bullet in self.bullets.values() {
            match sections.iter_mut().find(|(name, _)| *name == bullet.text.section) {
                Some((_, list)) => list.push(bullet),
                None => sections.push((&bullet.text.section, vec![bullet])),
            }
        }
        sections
    }

    /// The bullets in `stage`.
    pub fn in_stage(&self, stage: Stage) -> impl Iterator<Item = &Bullet> {
        self.bullets.values().filter(move |bullet| bullet.stage == stage)
    }
}
