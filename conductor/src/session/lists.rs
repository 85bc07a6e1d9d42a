//! Lists of models that a provider is asked for.

use super::describe;
use super::outlet::Outlet;
use crate::backend::Backend;
use crate::domain::{Candidate, Failure, LedgerOutcome, ModelId};
use crate::privacy::Passage;
use std::sync::Arc;

/// Asks `backend` for its models, once the row of it is in the ledger.
///
/// # Errors
/// What went wrong, in words.
pub(super) async fn list(backend: Arc<dyn Backend>, passage: Passage, outlet: &Outlet) -> Result<Vec<String>, Failure> {
    let (sealed, row) = match passage {
        Passage::Leaves(cleared) => outlet.note(*cleared).await.map(|(sealed, row)| (sealed, Some(row)))?,
        Passage::Stays(sealed) => (sealed, None),
        // Whoever has to ask does not come here.
        Passage::Ask(_) => return Ok(Vec::new()),
    };
    let location = sealed.destination().location().clone();
    let result = backend.list(sealed.into_pass()).await.map_err(|error| {
        let (model, backend, family) = (ModelId::new(""), backend.id(), String::new());
        describe::provider(&error, &Candidate { model, backend, location, family })
    });
    let outcome = result.as_ref().map_or_else(|failure| LedgerOutcome::Failed(failure.kind), |_| LedgerOutcome::Answered);
    if let Some(row) = row {
        outlet.outcome(row, outcome).await;
    }
    result
}
