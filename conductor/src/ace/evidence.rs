//! What was counted already: each bullet once for a sample and epoch, or for an answer of a conversation.
//!
//! What must stay true: a reflector's tag and a curator's TAG for one sample are one observation; what a delta counted is free to be
//! counted again once the delta is taken back; all of this can be rebuilt from the deltas, so it is stored nowhere else but in the
//! checkpoint of a training.

use super::replay::undone;
use crate::domain::{BulletId, Cause, Counts, Delta, MessageId, Step};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What a bullet was observed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Observation {
    /// An answer in a conversation.
    Chat(MessageId),
    /// A sample in an epoch of a training.
    Sample {
        /// The training.
        run: i64,
        /// The sample.
        sample: String,
        /// Counted from 1.
        epoch: u32,
    },
}

impl Observation {
    /// What a delta of this cause observed; `None` where nothing was answered.
    pub fn of(cause: &Cause) -> Option<Self> {
        match cause {
            Cause::Chat { message } => Some(Self::Chat(*message)),
            Cause::Sample { run, sample, epoch } => Some(Self::Sample { run: *run, sample: sample.clone(), epoch: *epoch }),
            Cause::User | Cause::Import { .. } | Cause::Dedup | Cause::Promotion | Cause::Budget | Cause::Undo { .. } => None,
        }
    }
}

/// What was counted of one playbook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(BulletId, Observation)>", into = "Vec<(BulletId, Observation)>")]
pub struct Evidence {
    counted: HashSet<(BulletId, Observation)>,
}

impl Evidence {
    /// What `deltas`, all those of one playbook in their order, have counted and not taken back. To be made anew after an undo,
    /// which may itself take back an undo.
    pub fn of(deltas: &[Delta]) -> Self {
        let undone = undone(deltas);
        let mut evidence = Self::default();
        deltas.iter().filter(|delta| !undone.contains(&delta.seq)).for_each(|delta| evidence.note(delta));
        evidence
    }

    /// Counts what `delta` counted.
    pub fn note(&mut self, delta: &Delta) {
        let Some(observation) = Observation::of(&delta.cause) else { return };
        self.counted.extend(counted(delta).map(|id| (id, observation.clone())));
    }

    /// Whether `id` was counted in `observation`.
    pub fn has(&self, id: BulletId, observation: &Observation) -> bool {
        self.counted.contains(&(id, observation.clone()))
    }

    /// How many observations there are.
    pub fn len(&self) -> usize {
        self.counted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }
}

impl From<Vec<(BulletId, Observation)>> for Evidence {
    fn from(list: Vec<(BulletId, Observation)>) -> Self {
        Self { counted: list.into_iter().collect() }
    }
}

/// In one order, so that the same evidence is written alike.
impl From<Evidence> for Vec<(BulletId, Observation)> {
    fn from(evidence: Evidence) -> Self {
        let mut list: Self = evidence.counted.into_iter().collect();
        list.sort_unstable();
        list
    }
}

fn counted(delta: &Delta) -> impl Iterator<Item = BulletId> {
    delta.steps.iter().filter_map(|step| match step {
        Step::Count { id, more, .. } if *more != Counts::NONE => Some(*id),
        _ => None,
    })
}
