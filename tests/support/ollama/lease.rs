//! A request's hold on a model: it waits for memory, loads where it has to, waits for its turn, and lets go when it is dropped.
//!
//! What must stay true: whatever ends a request (the last line, an error, a client that leaves, a server that stops) drops the
//! lease, and the lease leaves nothing behind.

use super::ModelSpec;
use super::sched::{Id, Keep, Refused};
use super::state::{Out, Runner, Shared};
use serde_json::json;
use std::io;

/// While it lives, the model stays in memory.
pub(super) struct Lease<'a> {
    shared: &'a Shared,
    id: Id,
    /// The model was loaded for this request.
    pub(super) loaded_now: bool,
}

/// Has the model in memory, and its turn with it. A model that runs elsewhere needs neither.
pub(super) async fn admit<'a>(
    shared: &'a Shared,
    model: &ModelSpec,
    runner: Runner,
    keep: Option<Keep>,
) -> Result<Option<Lease<'a>>, Refused> {
    if model.remote.is_some() {
        return Ok(None);
    }
    let (id, need) = shared.change(|state| {
        let need = model.need(runner, keep, state.sched.limits.parallel());
        state.sched.enqueue().map(|id| (id, need))
    })?;
    let mut lease = Lease { shared, id, loaded_now: false };
    lease.loaded_now = shared.until(|state| state.sched.schedule(id, &need)).await?;
    if lease.loaded_now {
        let loaded = model.load.play().await;
        shared.change(|state| if loaded.is_ok() { state.sched.is_loaded(id) } else { state.sched.has_failed(id) });
        loaded?;
    }
    shared.until(|state| state.sched.has_turn(id).then_some(())).await;
    Ok(Some(lease))
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.shared.change(|state| state.sched.release(self.id));
    }
}

/// Says no, in the words of the real server.
pub(super) async fn refuse(refused: &Refused, out: &mut Out<'_>) -> io::Result<()> {
    let (status, error) = match refused {
        // Two blanks, as there.
        Refused::Queue => (503, "server busy, please try again.  maximum pending requests exceeded".to_owned()),
        Refused::TooLarge(need, free) => {
            (500, format!("model requires more system memory ({}) than is available ({})", human(*need), human(*free)))
        }
        Refused::Load(error) => (500, error.clone()),
    };
    out.json(status, &json!({ "error": error })).await
}

/// Bytes as Ollama writes them.
fn human(bytes: u64) -> String {
    let units = [(1u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} B"),
    }
}
