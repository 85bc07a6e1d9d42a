//! Which models can be asked at all, before any is judged.

use super::Snapshot;
use crate::domain::{BackendId, Gate, Location, Model, ModelId, ServerState};

/// Of a machine's memory, so many percent may be a model's: the rest of the machine lives, too.
const SHARE_OF_MEMORY: u64 = 70;
/// Tokens that an answer wants at least.
const RESERVE: u32 = 256;

/// Why `model` cannot be asked; `named` are the models that the configuration names for this prompt.
pub(super) fn gate(snapshot: Snapshot<'_>, model: &Model, named: &[ModelId]) -> Option<Gate> {
    let external = matches!(model.location, Location::External(_));
    // The servers of `ollama.host` and `[[backends]]` are the user's own choice, wherever they stand.
    let own = model.location.is_local() || !external && snapshot.config.is_host(model.backend.as_str());
    let refused = snapshot.refused.iter().any(|(backend, location)| *backend == model.backend && *location == model.location);
    let gates = [
        (!model.capabilities.completion, Gate::NoText),
        (!is_there(snapshot, model), Gate::Unreachable),
        (!model.location.is_local() && snapshot.keeps_here(), Gate::Offline),
        (!own && !named.contains(&model.id), Gate::NotNamed),
        (external && !snapshot.config.privacy.allow_external, Gate::NotAllowed),
        (refused, Gate::Refused),
        (model.obstacle.is_some(), Gate::Obstacle),
        (snapshot.pictures && !model.capabilities.vision, Gate::NoVision),
        (snapshot.tokens.saturating_add(RESERVE) > model.num_ctx, Gate::TooLong),
        (snapshot.rests(model), Gate::Resting),
        (!fits(snapshot, model), Gate::TooLarge),
    ];
    gates.into_iter().find(|(closed, _)| *closed).map(|(_, gate)| gate)
}

/// Gates that a model is asked through where there is nobody else: the server may know better.
pub(super) fn is_soft(gate: Gate) -> bool {
    matches!(gate, Gate::TooLarge | Gate::TooLong | Gate::Resting)
}

/// What a server that is down had is not there.
pub(super) fn is_there(snapshot: Snapshot<'_>, model: &Model) -> bool {
    let state = match snapshot.others.iter().find(|host| host.id == model.backend) {
        Some(host) => &host.state,
        None if model.backend == BackendId::ollama() => snapshot.server,
        None => return true,
    };
    matches!(state, ServerState::Up { .. })
}

/// Whether a model leaves room for the rest of the machine; one that runs elsewhere always does.
fn fits(snapshot: Snapshot<'_>, model: &Model) -> bool {
    let here = model.location.is_local() && model.resident.is_none();
    !here || snapshot.machine.memory_bytes.is_none_or(|bytes| model.size_bytes <= bytes / 100 * SHARE_OF_MEMORY)
}
