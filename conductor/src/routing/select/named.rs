//! A model that the user named: which one is meant, and why it cannot be asked, if it cannot.

use super::Snapshot;
use super::gate::is_there;
use crate::config::Config;
use crate::domain::{BackendId, Failure, FailureKind, Model, ModelId, ServerState};

/// The id that the user means by `name`, installed or not: that of an installed model, else that of the row of the configuration
/// with this display name, else what was typed.
pub fn meant<'a>(config: &Config, models: impl IntoIterator<Item = &'a Model>, name: &ModelId) -> ModelId {
    let is_id = models.into_iter().any(|model| is_called(model, name));
    config.model_called(name).filter(|_| !is_id).unwrap_or(name).clone()
}

fn is_called(model: &Model, name: &ModelId) -> bool {
    model.id.as_str().eq_ignore_ascii_case(name.as_str())
}

/// The installed model that the user means by `name`, which may be a display name: that very one, or, where no tag was given, the
/// only one so called. Where several servers have it, the first of them.
pub fn resolve<'a>(
    config: &Config,
    models: impl IntoIterator<Item = &'a Model, IntoIter: Clone>,
    name: &ModelId,
) -> Option<&'a Model> {
    let mut models = models.into_iter();
    let name = &meant(config, models.clone(), name);
    if let Some(exact) = models.clone().find(|model| is_called(model, name)) {
        return Some(exact);
    }
    let base = name.as_str().strip_suffix(":latest")?;
    let is_so_called = |m: &&Model| m.id.as_str().rsplit_once(':').is_some_and(|(b, _)| b.eq_ignore_ascii_case(base));
    let found = models.by_ref().find(is_so_called)?;
    models.filter(is_so_called).all(|other| other.id == found.id).then_some(found)
}

pub(super) fn named<'a>(snapshot: Snapshot<'a>, rows: &[Vec<&'a Model>], name: &ModelId) -> Result<&'a Model, Failure> {
    let back = "`/model auto` lets Segno choose";
    let models = rows.iter().filter_map(|rows| rows.first().copied());
    let name = &meant(snapshot.config, models.clone(), name);
    let failure = |kind, what, hint: String| Failure::new(kind, what, hint).of(&BackendId::ollama(), name);
    if let Some(model) = resolve(snapshot.config, models, name).filter(|m| is_there(snapshot, m)) {
        return match unfit(model, snapshot.pictures) {
            Some(unfit) => Err(Failure { hint: format!("{}, {back}", unfit.hint), ..unfit }),
            None => Ok(model),
        };
    }
    if let Some(failure) = switched_off(snapshot.config, name) {
        return Err(failure);
    }
    match snapshot.server {
        _ if !snapshot.heard().is_empty() => Err(failure(
            FailureKind::NotFound,
            format!("{name} is not installed on {}", snapshot.heard().join(" or ")),
            format!("`/pull {name}` gets it, `/models` lists what is there, {back}"),
        )),
        state => {
            let what = format!("{name} cannot be asked: {}", why_no_model(snapshot));
            let hint = match state {
                ServerState::Elsewhere { .. } => "`/models` asks it, once you say yes",
                _ => "start the server with `ollama serve`",
            };
            Err(failure(FailureKind::Unreachable, what, format!("{hint}, {back}")))
        }
    }
}

/// Why a model that is there cannot be asked, if it cannot.
pub fn unfit(model: &Model, pictures: bool) -> Option<Failure> {
    let failure = |what, hint: &str| Some(Failure::new(FailureKind::Refused, what, hint).of(&model.backend, &model.id));
    if !model.capabilities.completion {
        return failure(format!("{} makes embeddings and does not chat", model.id), "choose another of `/models`");
    }
    if let Some(obstacle) = &model.obstacle {
        let (what, hint) = obstacle.split_once(": ").unwrap_or((obstacle, "choose another of `/models`"));
        return failure(format!("{} cannot be asked: {what}", model.id), hint);
    }
    if pictures && !model.capabilities.vision {
        return failure(format!("{} does not see images", model.id), "choose one of `/models` that does");
    }
    None
}

/// A model of a provider that the configuration names and does not allow.
pub fn switched_off(config: &Config, name: &ModelId) -> Option<Failure> {
    let row = config.models.iter().find(|row| row.id == *name && !config.is_host(&row.backend))?;
    let what = format!("{name} is external ({}), and external models are switched off", row.backend);
    let hint = "set privacy.allow_external = true in your own config.toml; each use still asks you first";
    let off = !config.privacy.allow_external;
    off.then(|| Failure::new(FailureKind::NotSealed, what, hint).of(&BackendId::new(&*row.backend), name))
}

pub(super) fn why_no_model(snapshot: Snapshot<'_>) -> String {
    let heard = snapshot.heard();
    match snapshot.server {
        _ if heard.len() > 1 => format!("the servers on {} have no model on this machine yet", heard.join(" and ")),
        _ if !heard.is_empty() => format!("the server on {} has no model on this machine yet", heard[0]),
        ServerState::Up { address, .. } => format!("the server on {address} has no model on this machine yet"),
        ServerState::Down { address, why, .. } => format!("no server on {address} ({why})"),
        ServerState::Elsewhere { address, location } => {
            format!("{address} is not on this machine but {}, and was not asked", location.word())
        }
        ServerState::Unknown => "the server was not asked yet".to_owned(),
    }
}
