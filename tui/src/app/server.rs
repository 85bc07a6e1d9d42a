//! What is known of the server and its models.

use super::App;
use crate::completion::Names;
use crate::words;
use conductor::domain::{Model, ModelId, ServerState};
use conductor::protocol::{Command, ModelsCommand, ModelsSnapshot, Notice};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A key looks again for a server at most so often.
const REFRESH: Duration = Duration::from_secs(60);

impl App {
    pub(super) fn models_event(&mut self, snapshot: ModelsSnapshot) {
        let before = self.models.replace(snapshot);
        // What was found at the start is what a new user looks for.
        self.urgent |= before.is_none();
        self.tell_news(before.as_ref());
        if self.popup.is_some() {
            self.reopen_popup();
        }
        self.clamp_overlay();
        self.touch();
    }

    /// In a conversation that has begun, says which models and servers came and went. The first screen shows it by itself.
    fn tell_news(&mut self, before: Option<&ModelsSnapshot>) {
        let (Some(before), Some(after), false) = (before, &self.models, self.room.blank) else { return };
        let mut notices = words::news(before, after, self.pulled.as_ref(), &self.settings.names);
        let down = matches!(before.best(), ServerState::Down { .. });
        if down && matches!(after.best(), ServerState::Up { .. }) {
            notices.push(match self.names().installed.len() {
                0 => Notice::info("Ollama is there now, without a model yet", "`/pull NAME` gets one, `/help` says more"),
                1 => Notice::info("Ollama is there now, with 1 model", ""),
                n => Notice::info(format!("Ollama is there now, with {n} models"), ""),
            });
        }
        notices.iter().for_each(|notice| self.notice(notice));
    }

    /// The models that are known.
    pub(crate) fn known_models(&self) -> &[Model] {
        self.models.as_ref().map_or(&[], |snapshot| &snapshot.models)
    }

    /// The model named `id`, where it is known.
    pub(crate) fn model(&self, id: &ModelId) -> Option<&Model> {
        self.known_models().iter().find(|model| model.id == *id)
    }

    /// A key was pressed: where nobody looks for the server any more, somebody sits here who may want it.
    pub(super) fn look_again(&mut self, now: Instant) {
        let gave_up = |state: &ServerState| matches!(state, ServerState::Down { watching: false, .. });
        let given_up = self.models.as_ref().is_some_and(|snapshot| snapshot.states().any(|(_, state)| gave_up(state)));
        let lately = self.refreshed.is_some_and(|at| now.saturating_duration_since(at) < REFRESH);
        if given_up && !lately {
            self.refreshed = Some(now);
            self.send(Command::Models(ModelsCommand::Refresh));
        }
    }

    /// The names for completion.
    pub(super) fn names(&self) -> Names {
        // What several servers have is one name.
        let names = |of: &dyn Fn(&Model) -> bool| {
            let mut seen = HashSet::new();
            let called = |model: &Model| self.settings.names.model(&model.id);
            let names = self.known_models().iter().filter(|model| of(model)).map(called);
            names.filter(|name| seen.insert(name.clone())).collect()
        };
        Names {
            in_memory: names(&|model| model.location.is_local() && model.resident.is_some()),
            here: names(&|model| model.location.is_local()),
            installed: names(&|model| model.capabilities.completion),
            known: self.settings.known.iter().map(|id| id.short().to_owned()).collect(),
        }
    }

    /// The name meant by `typed`: that of the one installed model whose id or display name begins so, or what was typed.
    pub(super) fn whole_name(&self, typed: &str) -> ModelId {
        self.name_among(typed, |model| model.capabilities.completion)
    }

    /// The same among the models that are as wanted. An id goes before a display name, and what is whole before what begins so.
    pub(super) fn name_among(&self, typed: &str, wanted: impl Fn(&Model) -> bool) -> ModelId {
        let (id, names) = (ModelId::new(typed), &self.settings.names);
        if self.model(&id).is_some() {
            return id;
        }
        if let Some(called) = names.called(typed) {
            return called.clone();
        }
        let lower = typed.to_lowercase();
        let begins = |model: &&Model| {
            let of_name = names.display(&model.id).is_some_and(|name| name.to_lowercase().starts_with(&lower));
            wanted(model) && (of_name || model.id.short().starts_with(typed))
        };
        let mut begins = self.known_models().iter().filter(begins);
        match begins.next() {
            Some(first) if begins.all(|other| other.id == first.id) => first.id.clone(),
            _ => id,
        }
    }
}
