//! Models that several servers have: which of their rows is considered, and who stands in for it.
//!
//! What must stay true: a model is considered once; its rows on other servers stand in for it only where they run as near and may be
//! asked as it may.

use super::Snapshot;
use super::gate::{gate, is_soft};
use super::search::{Search, candidate};
use crate::domain::{Candidate, Model, ModelId};
use crate::routing::balance::{self, balance, distance};

/// The rows of each model, the one first that is considered: the first that can be asked of those that are as near as the nearest.
/// `named` are the models that the configuration names for this prompt.
pub(super) fn rows<'a>(snapshot: Snapshot<'a>, named: &[ModelId]) -> Vec<Vec<&'a Model>> {
    let mut groups = balance(snapshot.models, snapshot.loads, |model| snapshot.rests(model));
    for group in groups.iter_mut().filter(|group| group.len() > 1) {
        let nearest = distance(group[0]);
        let closed = |row: &Model| match gate(snapshot, row, named) {
            None => 0,
            Some(gate) if is_soft(gate) => 1,
            Some(_) => 2,
        };
        let near = group.iter().enumerate().filter(|(_, row)| distance(row) == nearest);
        // Of several the first.
        if let Some(at) = near.min_by_key(|(_, row)| closed(row)).map(|(at, _)| at) {
            group[..=at].rotate_right(1);
        }
    }
    groups
}

impl<'a> Search<'a> {
    /// Each candidate, and right after it the same model on other servers. Says why the first is asked where it is.
    pub(super) fn on_all_hosts(&mut self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut all = Vec::with_capacity(candidates.len());
        for (at, first) in candidates.into_iter().enumerate() {
            let rows = self.rows.iter().find(|rows| rows.first().is_some_and(|row| is_of(&first, row)));
            let rows = rows.cloned().unwrap_or_default();
            if let (0, [row, other, ..]) = (at, &rows[..]) {
                let why = balance::why(row, other, self.snapshot.loads, |model| self.snapshot.rests(model));
                self.notes.push(format!("{} is asked on {}: {why}", row.id, row.backend));
            }
            all.push(first);
            if let Some((first, others)) = rows.split_first() {
                all.extend(others.iter().filter(|other| self.stands_in(first, other)).map(|other| candidate(other)));
            }
        }
        all
    }

    /// Whether `other` may be asked for the same model where `first` fails.
    fn stands_in(&self, first: &Model, other: &'a Model) -> bool {
        // Whoever is a candidate was named, or needs no name.
        let named = [first.id.clone()];
        let of_other = gate(self.snapshot, other, &named);
        let as_open = of_other.is_none() || of_other.is_some_and(is_soft) && of_other == gate(self.snapshot, first, &named);
        distance(first) == distance(other) && as_open
    }
}

fn is_of(candidate: &Candidate, row: &Model) -> bool {
    candidate.model == row.id && candidate.backend == row.backend
}
