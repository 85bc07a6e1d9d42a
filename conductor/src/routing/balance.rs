//! One model on several servers: on which of them it is asked.
//!
//! What must stay true: pure; a server on this machine goes before one in the network, and that before what runs elsewhere, however
//! much there is to do; only servers of models share the work: a provider's model is nobody else's.

use crate::domain::{BackendId, Location, Model, ModelId};
use std::collections::HashMap;

/// How much a server has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostLoad {
    /// The server.
    pub id: BackendId,
    /// Requests that it works at, and those that wait for it.
    pub requests: u32,
}

/// The rows of each model, the one that is asked first. `rests` tells of a row that failed too often; `hosts` are in the order of the
/// configuration. Rows of backends that are not among `hosts` stand alone. The groups are in the order in which their models are
/// first seen.
pub fn balance<'a>(rows: &'a [Model], hosts: &[HostLoad], rests: impl Fn(&Model) -> bool) -> Vec<Vec<&'a Model>> {
    let shares = hosts.len() > 1;
    let mut groups: Vec<Vec<&Model>> = Vec::with_capacity(rows.len());
    let mut seen: HashMap<&ModelId, usize> = HashMap::new();
    for row in rows {
        let known = shares.then(|| place(row, hosts)).flatten().map(|_| *seen.entry(&row.id).or_insert(groups.len()));
        match known {
            Some(at) if at < groups.len() => groups[at].push(row),
            _ => groups.push(vec![row]),
        }
    }
    for group in groups.iter_mut().filter(|group| group.len() > 1) {
        group.sort_by_cached_key(|row| rank(row, hosts, rests(row)));
    }
    groups
}

/// All rows, each model's together, the one that is asked first: whoever looks a model up by its name finds that one.
pub fn in_order(rows: &[Model], hosts: &[HostLoad], rests: impl Fn(&Model) -> bool) -> Vec<Model> {
    balance(rows, hosts, rests).into_iter().flatten().cloned().collect()
}

/// How far away a row runs: rows of one distance may share the work.
pub(super) fn distance(row: &Model) -> u8 {
    match row.location {
        Location::Local => 0,
        Location::Network(_) => 1,
        Location::External(_) => 2,
    }
}

/// What decides between two rows of a model, in the order in which it does: the less the better.
fn rank(row: &Model, hosts: &[HostLoad], rests: bool) -> (u8, bool, bool, u32, usize) {
    let place = place(row, hosts);
    let requests = place.map_or(u32::MAX, |at| hosts[at].requests);
    // A model for vectors alone is asked with whatever window it has.
    let there = row.is_warm() || !row.capabilities.completion && row.resident.is_some();
    (distance(row), rests, !there, requests, place.unwrap_or(usize::MAX))
}

fn place(row: &Model, hosts: &[HostLoad]) -> Option<usize> {
    hosts.iter().position(|host| host.id == row.backend)
}

/// Why `first` is asked rather than `other`, in a few words.
pub(super) fn why(first: &Model, other: &Model, hosts: &[HostLoad], rests: impl Fn(&Model) -> bool) -> String {
    let [a, b] = [first, other].map(|row| rank(row, hosts, rests(row)));
    match () {
        () if a.0 < b.0 => "it is nearer".to_owned(),
        () if a.0 > b.0 => "the nearer one cannot be asked".to_owned(),
        () if a.1 != b.1 && b.1 => format!("{} rests", other.backend),
        () if a.2 != b.2 && b.2 => "it is in memory there".to_owned(),
        () if a.3 < b.3 => format!("there is less to do ({}, and {} on {})", a.3, b.3, other.backend),
        () if a < b => "it comes first in the settings".to_owned(),
        () => format!("{} cannot be asked", other.backend),
    }
}

#[cfg(test)]
mod tests;
