//! Models into memory and out of it at the user's word, and before it.
//!
//! What must stay true: what is loaded before anybody asked for it takes nobody's place.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::backend::BackendError;
use crate::domain::{Candidate, Failure, FailureKind, Location, Model, ModelId, RequestId, Signature};
use crate::gpu::memory::{Demand, GpuMemoryManager, mib};
use crate::gpu::semaphore::Priority;
use crate::protocol::{Event, ModelsCommand, Notice};
use crate::routing;
use crate::session::{describe, hosts, memory};

/// So many may be asked for before the first look is over.
const EARLY: usize = 16;

impl Actor {
    /// The model that the user means, and the memory that it lives in, if that is ours to manage: where several servers have it, the
    /// one that is asked now.
    fn managed(&self, name: &ModelId) -> Result<(Model, GpuMemoryManager), Failure> {
        let refused = |kind, what: String, hint: String| Err(Failure::new(kind, what, hint));
        let name = &routing::meant(&self.config, &*self.catalog.models, name);
        let any = self.backends.hosts().any(|host| host.has_memory());
        if !any || !self.catalog.is_up() {
            let what = format!("{name} cannot be reached: there is no server on this machine");
            return refused(FailureKind::Unreachable, what, "`segno doctor` says what is wrong with it".to_owned());
        }
        let models = hosts::ordered(&self.catalog.models, &self.backends, &self.memory, &self.fitness());
        let model = routing::resolve(&self.config, &*models, name);
        match model.map(|model| (model, self.memory.of_model(model))) {
            None => {
                let hint = format!("`/pull {name}` gets it, `/models` lists what is there");
                refused(FailureKind::NotFound, format!("{name} is not installed"), hint)
            }
            Some((model, None)) => {
                let what = format!("{} is {}: it is in no memory here", model.id, model.location);
                refused(FailureKind::Refused, what, "name one that runs on this machine".to_owned())
            }
            Some((model, Some(memory))) => Ok((model.clone(), memory.clone())),
        }
    }

    /// Where several servers of this machine have it, those that hold it in memory; else the one that is asked now.
    fn held(&self, name: &ModelId) -> Result<Vec<(Model, GpuMemoryManager)>, Failure> {
        let (model, memory) = self.managed(name)?;
        let rows = self.catalog.models.iter().filter(|row| row.id == model.id);
        let managed = rows.filter_map(|row| Some((row.clone(), self.memory.of_model(row)?.clone())));
        let held: Vec<_> = managed.filter(|(row, memory)| memory.is_ready(&row.id)).collect();
        Ok(if held.is_empty() { vec![(model, memory)] } else { held })
    }

    /// Has a model loaded or unloaded. What comes before it is known what is there waits for that: the first look is under way.
    pub(super) async fn move_model(&mut self, command: ModelsCommand) {
        if !self.catalog.is_known() && self.moves.len() < EARLY {
            return self.moves.push(command);
        }
        match command {
            ModelsCommand::Load { id, model } => self.load(id, model).await,
            ModelsCommand::Unload { id, model } => self.unload(id, model).await,
            _ => {}
        }
    }

    async fn load(&mut self, id: RequestId, name: ModelId) {
        let (model, memory) = match self.managed(&name) {
            Ok(found) => found,
            Err(failure) => return self.answer(id, Notice::error(&failure)).await,
        };
        let (there, called) = (self.there(&model), self.config.name_of(&model.id).to_owned());
        let demand = memory::demand(&model, &self.sizes, Priority::User, self.config.timeouts.first_token);
        let events = self.events.clone();
        self.tasks.spawn(Kind::Move(id), async move {
            if memory.is_ready(&model.id) {
                // Time may have taken it out since it was seen.
                memory.look().await;
            }
            let told = |stage| {
                let waits = memory::waits(stage);
                // A front end that has no room now hears of the end.
                let _ = events.try_send(Event::Waiting { id, model: model.id.clone(), waits });
            };
            let notice = match memory.admit(&demand, told).await {
                Ok(lease) if lease.loaded().is_none() => Notice::info(format!("{called} is in memory already{there}"), ""),
                Ok(lease) => {
                    let seconds = lease.loaded().unwrap_or_default().as_secs_f64();
                    Notice::info(format!("{called} is in memory{there} ({seconds:.1} s)"), "")
                }
                Err(error) => Notice::error(&describe::admission(&error, &candidate(&model), model.num_ctx)),
            };
            Done::Moved(Event::Notice { id: Some(id), notice })
        });
    }

    async fn unload(&mut self, id: RequestId, name: ModelId) {
        let held = match self.held(&name) {
            Ok(held) => held,
            Err(failure) => return self.answer(id, Notice::error(&failure)).await,
        };
        let held: Vec<_> = held.into_iter().map(|(model, memory)| (self.there(&model), model, memory)).collect();
        let config = self.config.clone();
        self.tasks.spawn(Kind::Move(id), async move {
            let mut notice = None;
            for (there, model, memory) in held {
                let left = left(config.name_of(&model.id), &model, &there, memory.unload(&model.id).await);
                // What did not go well is said before what did.
                notice = notice.filter(|said: &Notice| said.level > left.level).or(Some(left));
            }
            let notice = notice.unwrap_or_else(|| Notice::info(format!("{} is in no memory", config.name_of(&name)), ""));
            Done::Moved(Event::Notice { id: Some(id), notice })
        });
    }

    /// On which server a model is, where there are several: ` on desk`.
    fn there(&self, model: &Model) -> String {
        if self.backends.has_several() { format!(" on {}", model.backend) } else { String::new() }
    }

    async fn answer(&mut self, id: RequestId, notice: Notice) {
        self.say(Event::Notice { id: Some(id), notice }).await;
    }

    /// Something was moved: what is in memory is looked at before it is said.
    pub(super) fn moved(&mut self, event: Event) {
        self.after_look.push(event);
        self.announce = true;
        self.look_afresh();
    }

    /// Loads whoever is likely asked next, where there is room beside the others: the conversation's model, who answered last, or
    /// the general one.
    pub(super) fn prepare(&mut self) {
        let settled = self.config.gpu.preload && self.catalog.is_up();
        if !settled || self.is_answering() {
            return;
        }
        let fixed = self.opened.open.model_override.as_ref().map(|fixed| &fixed.model);
        let signatures = self.opened.open.history.iter().rev().filter_map(|message| message.signature.as_ref());
        let last = signatures.filter(|by| !Signature::is_guide(by)).map(|by| &by.model).next();
        let Some(name) = fixed.or(last).or(Some(&self.config.defaults.general)) else { return };
        let models = hosts::ordered(&self.catalog.models, &self.backends, &self.memory, &self.fitness());
        let Some(model) = routing::resolve(&self.config, &*models, name).filter(|model| model.capabilities.completion) else {
            return;
        };
        let Some(memory) = self.memory.of_model(model).cloned() else { return };
        let demand = memory::demand(model, &self.sizes, Priority::Background, self.config.timeouts.first_token);
        if !memory.is_ready(&model.id) {
            return preload(&memory, &demand);
        }
        // Time may have taken it out since it was seen.
        self.tasks.spawn(Kind::Memory, async move {
            memory.look().await;
            preload(&memory, &demand);
            Done::Read
        });
    }
}

fn preload(memory: &GpuMemoryManager, demand: &Demand) {
    let begun = memory.preload(demand);
    tracing::debug!(model = %demand.model, needs = mib(demand.weight), begun, "preload");
}

/// What there is to say of a model that was to leave.
fn left(called: &str, model: &Model, there: &str, left: Result<(), BackendError>) -> Notice {
    match left {
        Ok(()) => Notice::info(format!("{called} has left the memory{there}"), ""),
        Err(BackendError::NotFound(what)) => Notice::info(what, ""),
        Err(BackendError::Busy { what, .. }) => Notice::warning(what, "wait until its answer is there, or stop it (Esc)"),
        Err(BackendError::Stalled(what)) => Notice::warning(what, "somebody else may be using it"),
        Err(error) => Notice::error(&describe::backend(&error, &candidate(model), model.num_ctx)),
    }
}

fn candidate(model: &Model) -> Candidate {
    Candidate { model: model.id.clone(), backend: model.backend.clone(), location: Location::Local, family: model.family.clone() }
}
