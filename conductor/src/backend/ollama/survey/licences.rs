//! Licences, which no list tells: `/api/show` is asked for each model once.
//!
//! What must stay true: no list waits for that longer than [`WAIT`]; what comes later is there for the next one.

use super::super::known::Known;
use super::super::wire::TagRow;
use super::super::{Inner, Server};
use super::SHOWS;
use crate::domain::ModelId;
use crate::privacy::location;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a survey waits for licences: less than a person notices, and enough for some ten models.
const WAIT: Duration = Duration::from_millis(100);

impl Inner {
    /// Asks for the cards of the rows that tell all but the licence, each digest once, whatever comes of it. Done when they
    /// are there or the wait is over; asking goes on beside.
    pub(super) async fn licences(self: &Arc<Self>, server: &Server, rows: &[TagRow]) {
        // What may be asked of another machine is for the survey to say, and it is over by then.
        if !server.location.is_local() {
            return;
        }
        let wanted = {
            let mut known = self.known();
            let new = |row: &&TagRow| !is_silent(row) && is_open(&known, server, row) && known.tries(&row.digest) == 0;
            let wanted = named(rows.iter().filter(new));
            // Here, not when its turn comes: another survey may begin before that.
            wanted.iter().for_each(|(digest, _)| known.count_try(&server.addresses, digest));
            wanted
        };
        if !wanted.is_empty() {
            let (inner, server) = (Arc::clone(self), server.clone());
            let asked = tokio::spawn(async move { inner.fetch(&server, wanted).await });
            tokio::time::timeout(WAIT, asked).await.ok();
        }
    }
}

/// Whether the list leaves open what the model can do, or its context.
pub(super) fn is_silent(row: &TagRow) -> bool {
    row.capabilities.is_none() || row.details.trained_context().is_none()
}

/// Whether `/api/show` may be asked for it, and was not answered yet.
pub(super) fn is_open(known: &Known, server: &Server, row: &TagRow) -> bool {
    let here = location::of_model(&server.location, row.name(), &row.remote()) == server.location;
    let here = here && known.caught(&ModelId::new(row.name())).is_none();
    here && !row.digest.is_empty() && !row.name().trim().is_empty() && known.card(&row.digest).is_none()
}

/// What one survey asks for: each digest once.
pub(super) fn named<'a>(rows: impl IntoIterator<Item = &'a TagRow>) -> Vec<(String, ModelId)> {
    let mut seen = HashSet::new();
    let rows = rows.into_iter().filter(|row| seen.insert(&row.digest)).take(SHOWS);
    rows.map(|row| (row.digest.clone(), ModelId::new(row.name()))).collect()
}
