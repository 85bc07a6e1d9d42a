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
use crate::session::{describe, memory};

/// So many may be asked for before the first look is over.
const EARLY: usize = 16;

impl Actor {
    /// The model that the user means, if its memory is ours to manage.
    fn managed(&self, name: &ModelId) -> Result<&Model, Failure> {
        let refused = |kind, what: String, hint: String| Err(Failure::new(kind, what, hint));
        if !self.backends.server.has_memory() || !self.catalog.is_up() {
            let what = format!("{name} cannot be reached: there is no server on this machine");
            return refused(FailureKind::Unreachable, what, "`segno doctor` says what is wrong with it".to_owned());
        }
        match routing::resolve(&self.catalog.models, name) {
            None => {
                let hint = format!("`/pull {name}` gets it, `/models` lists what is there");
                refused(FailureKind::NotFound, format!("{name} is not installed"), hint)
            }
            Some(model) if !memory::is_managed(&model.backend, &model.location) => {
                let what = format!("{} is {}: it is in no memory here", model.id, model.location);
                refused(FailureKind::Refused, what, "name one that runs on this machine".to_owned())
            }
            Some(model) => Ok(model),
        }
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
        let model = match self.managed(&name) {
            Ok(model) => model.clone(),
            Err(failure) => return self.answer(id, Notice::error(&failure)).await,
        };
        let demand = memory::demand(&model, &self.sizes, Priority::User, self.config.timeouts.first_token);
        let (memory, events) = (self.memory.clone(), self.events.clone());
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
                Ok(lease) if lease.loaded().is_none() => Notice::info(format!("{} is in memory already", model.id), ""),
                Ok(lease) => {
                    let seconds = lease.loaded().unwrap_or_default().as_secs_f64();
                    Notice::info(format!("{} is in memory ({seconds:.1} s)", model.id), "")
                }
                Err(error) => Notice::error(&describe::admission(&error, &candidate(&model), model.num_ctx)),
            };
            Done::Moved(Event::Notice { id: Some(id), notice })
        });
    }

    async fn unload(&mut self, id: RequestId, name: ModelId) {
        let model = match self.managed(&name) {
            Ok(model) => model.clone(),
            Err(failure) => return self.answer(id, Notice::error(&failure)).await,
        };
        let memory = self.memory.clone();
        self.tasks.spawn(Kind::Move(id), async move {
            let notice = match memory.unload(&model.id).await {
                Ok(()) => Notice::info(format!("{} has left the memory", model.id), ""),
                Err(BackendError::NotFound(what)) => Notice::info(what, ""),
                Err(BackendError::Busy { what, .. }) => Notice::warning(what, "wait until its answer is there, or stop it (Esc)"),
                Err(BackendError::Stalled(what)) => Notice::warning(what, "somebody else may be using it"),
                Err(error) => Notice::error(&describe::backend(&error, &candidate(&model), model.num_ctx)),
            };
            Done::Moved(Event::Notice { id: Some(id), notice })
        });
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
        let settled = self.config.gpu.preload && self.backends.server.has_memory() && self.catalog.is_up();
        if !settled || self.is_answering() {
            return;
        }
        let fixed = self.opened.open.model_override.as_ref().map(|fixed| &fixed.model);
        let signatures = self.opened.open.history.iter().rev().filter_map(|message| message.signature.as_ref());
        let last = signatures.filter(|by| !Signature::is_guide(by)).map(|by| &by.model).next();
        let Some(name) = fixed.or(last).or(Some(&self.config.defaults.general)) else { return };
        let Some(model) = routing::resolve(&self.catalog.models, name) else { return };
        let can = model.capabilities.completion && memory::is_managed(&model.backend, &model.location);
        if !can {
            return;
        }
        let demand = memory::demand(model, &self.sizes, Priority::Background, self.config.timeouts.first_token);
        if !self.memory.is_ready(&model.id) {
            return preload(&self.memory, &demand);
        }
        // Time may have taken it out since it was seen.
        let memory = self.memory.clone();
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

fn candidate(model: &Model) -> Candidate {
    Candidate { model: model.id.clone(), backend: model.backend.clone(), location: Location::Local, family: model.family.clone() }
}
