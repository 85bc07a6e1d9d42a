//! The plan: who is asked first, who next, and why.

use crate::config::Config;
use crate::domain::{
    BackendId, Candidate, Failure, FailureKind, Location, Machine, Model, ModelId, Plan, SelectionReason, ServerState, Slot,
    TaskClass,
};

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The settings.
    pub config: &'a Config,
    /// What is known of the server.
    pub server: &'a ServerState,
    /// Its models.
    pub models: &'a [Model],
    /// The computer.
    pub machine: &'a Machine,
    /// Nothing may leave this machine.
    pub offline: bool,
    /// The prompt has images.
    pub pictures: bool,
}

/// Who chooses the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The router.
    Auto,
    /// The user.
    Model(ModelId),
}

/// Who is asked for a prompt of `class`. Only models that write text, and see images where the prompt has some; an external
/// one only where the user or the configuration names it. Whether the prompt may go there is judged where it is sealed.
///
/// # Errors
/// `NotFound`, `Unreachable`, `Refused` or `NotSealed` when the user named a model that cannot be asked; `NoCandidate` when
/// no model sees the images. Otherwise there is always a plan: with no model at all, the guide answers.
pub fn plan(snapshot: Snapshot<'_>, class: TaskClass, choice: &Choice) -> Result<Plan, Failure> {
    let slot = class.slot();
    let chain = chain(snapshot, slot);
    match choice {
        Choice::Model(name) if name.is_guide() => Ok(guide(class, SelectionReason::UserOverride)),
        Choice::Model(name) => {
            let model = named(snapshot, name)?;
            let mut candidates = vec![candidate(model)];
            candidates.extend(chain.into_iter().map(candidate).filter(|c| c.model != model.id));
            Ok(Plan { class, reason: SelectionReason::UserOverride, candidates })
        }
        Choice::Auto if snapshot.pictures && !anybody(snapshot).any(|_| true) && anyone_blind(snapshot) => Err(no_eyes()),
        Choice::Auto => Ok(automatic(snapshot, class, chain)),
    }
}

/// Whether there are models that would be asked, if they saw images.
fn anyone_blind(snapshot: Snapshot<'_>) -> bool {
    anybody(Snapshot { pictures: false, ..snapshot }).any(|_| true)
}

fn no_eyes() -> Failure {
    let hint = "`/pull llava` or `/pull llama3.2-vision` gets one that does, or send the question without the image";
    Failure::new(FailureKind::NoCandidate, "none of the models that are here sees images", hint)
}

fn automatic(snapshot: Snapshot<'_>, class: TaskClass, chain: Vec<&Model>) -> Plan {
    let slot = class.slot();
    let wanted = snapshot.config.defaults.get(slot);
    let mut models = chain;
    if models.first().is_none_or(|first| first.id != *wanted) {
        // Not installed: another that is made for the slot comes before the chain, any other after it.
        let stand_ins = stand_in(snapshot, slot);
        let specialist = stand_ins.iter().find(|m| is_made_for(m, slot) && fits(m, snapshot.machine)).copied();
        let rest = if models.is_empty() { stand_ins } else { models };
        models = specialist.into_iter().chain(rest.into_iter().filter(|m| specialist.is_none_or(|s| s.id != m.id))).collect();
    }
    let candidates: Vec<Candidate> = models.into_iter().map(candidate).collect();
    let Some(first) = candidates.first() else {
        return guide(class, SelectionReason::Guide { why: why_no_model(snapshot) });
    };
    let reason = if first.model != *wanted {
        SelectionReason::Substitute { wanted: wanted.clone() }
    } else if slot == Slot::General {
        SelectionReason::Default
    } else {
        SelectionReason::Specialized { class }
    };
    Plan { class, reason, candidates }
}

/// The installed model that the user means by `name`: that very one, or, where no tag was given, the only one so called.
pub fn resolve<'a>(models: &'a [Model], name: &ModelId) -> Option<&'a Model> {
    if let Some(exact) = models.iter().find(|m| m.id.as_str().eq_ignore_ascii_case(name.as_str())) {
        return Some(exact);
    }
    let base = name.as_str().strip_suffix(":latest")?;
    let mut same_base =
        models.iter().filter(|m| m.id.as_str().rsplit_once(':').is_some_and(|(b, _)| b.eq_ignore_ascii_case(base)));
    same_base.next().filter(|_| same_base.next().is_none())
}

fn named<'a>(snapshot: Snapshot<'a>, name: &ModelId) -> Result<&'a Model, Failure> {
    let back = "`/model auto` lets Segno choose";
    let failure = |kind, what, hint: String| Failure::new(kind, what, hint).of(&BackendId::ollama(), name);
    if let Some(model) = resolve(snapshot.models, name).filter(|m| is_there(snapshot, m)) {
        return match unfit(model, snapshot.pictures) {
            Some(unfit) => Err(Failure { hint: format!("{}, {back}", unfit.hint), ..unfit }),
            None => Ok(model),
        };
    }
    if let Some(failure) = switched_off(snapshot.config, name) {
        return Err(failure);
    }
    match snapshot.server {
        ServerState::Up { address, .. } => Err(failure(
            FailureKind::NotFound,
            format!("{name} is not installed on {address}"),
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
    let row = config.models.iter().find(|row| row.id == *name && row.backend != BackendId::ollama().as_str())?;
    let what = format!("{name} is external ({}), and external models are switched off", row.backend);
    let hint = "set privacy.allow_external = true in your own config.toml; each use still asks you first";
    let off = !config.privacy.allow_external;
    off.then(|| Failure::new(FailureKind::NotSealed, what, hint).of(&BackendId::new(&*row.backend), name))
}

/// The models of the slot's chain that are there, each once.
fn chain(snapshot: Snapshot<'_>, slot: Slot) -> Vec<&Model> {
    let config = snapshot.config;
    let after = config.fallbacks.get(slot).iter().map(|entry| {
        Slot::ALL.into_iter().find(|s| s.key() == entry).map_or_else(|| ModelId::new(entry), |s| config.defaults.get(s).clone())
    });
    let mut models: Vec<&Model> = Vec::new();
    for name in std::iter::once(config.defaults.get(slot).clone()).chain(after) {
        match named_ones(snapshot).find(|m| m.id == name) {
            Some(model) if !models.iter().any(|m| m.id == model.id) => models.push(model),
            _ => {}
        }
    }
    models
}

/// When nothing configured is installed: the largest installed model that leaves memory for the rest of the machine,
/// those first whose name says that they are made for the slot; of two that are equal, the one with the more open licence.
fn stand_in(snapshot: Snapshot<'_>, slot: Slot) -> Vec<&Model> {
    let fits = |m: &Model| fits(m, snapshot.machine);
    let mut models: Vec<&Model> = anybody(snapshot).collect();
    models.sort_by_key(|m| {
        let size = if fits(m) { u64::MAX - m.size_bytes } else { m.size_bytes };
        (!fits(m), !is_made_for(m, slot), size, m.licence.class, m.id.clone())
    });
    models.truncate(3);
    models
}

/// Whether a model leaves room for the rest of the machine.
fn fits(model: &Model, machine: &Machine) -> bool {
    const SHARE_OF_MEMORY: u64 = 70;
    machine.memory_bytes.is_none_or(|bytes| model.size_bytes <= bytes / 100 * SHARE_OF_MEMORY)
}

/// Whether a model's name says that it is made for the slot.
fn is_made_for(model: &Model, slot: Slot) -> bool {
    match slot {
        Slot::Code => model.id.as_str().contains("code"),
        Slot::Math => model.id.as_str().contains("math"),
        _ => false,
    }
}

/// The models that may be asked where the configuration names them.
fn named_ones<'a>(snapshot: Snapshot<'a>) -> impl Iterator<Item = &'a Model> {
    let may = move |m: &&Model| match m.location {
        Location::Local => true,
        Location::Network(_) => !snapshot.offline,
        Location::External(_) => !snapshot.offline && snapshot.config.privacy.allow_external,
    };
    snapshot.models.iter().filter(move |m| is_there(snapshot, m) && may(m) && unfit(m, snapshot.pictures).is_none())
}

/// What a server that is down had is not there.
fn is_there(snapshot: Snapshot<'_>, model: &Model) -> bool {
    matches!(snapshot.server, ServerState::Up { .. }) || model.backend != BackendId::ollama()
}

/// The models that may be asked though nobody names them: not those of somebody else.
fn anybody<'a>(snapshot: Snapshot<'a>) -> impl Iterator<Item = &'a Model> {
    named_ones(snapshot).filter(|m| !matches!(m.location, Location::External(_)))
}

fn why_no_model(snapshot: Snapshot<'_>) -> String {
    match snapshot.server {
        ServerState::Up { address, .. } => format!("the server on {address} has no model on this machine yet"),
        ServerState::Down { address, why, .. } => format!("no server on {address} ({why})"),
        ServerState::Elsewhere { address, location } => {
            format!("{address} is not on this machine but {}, and was not asked", location.word())
        }
        ServerState::Unknown => "the server was not asked yet".to_owned(),
    }
}

fn candidate(model: &Model) -> Candidate {
    Candidate {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        family: model.family.clone(),
    }
}

fn guide(class: TaskClass, reason: SelectionReason) -> Plan {
    let guide =
        Candidate { model: ModelId::guide(), backend: BackendId::guide(), location: Location::Local, family: "guide".to_owned() };
    Plan { class, reason, candidates: vec![guide] }
}

#[cfg(test)]
mod tests;
