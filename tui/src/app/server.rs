//! What is known of the server and its models.

use super::App;
use crate::completion::Names;
use crate::words;
use conductor::domain::{Model, ModelId, ServerState};
use conductor::protocol::{Command, ModelsCommand, ModelsSnapshot, Notice};
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
        let mut notices = words::news(before, after, self.pulled.as_ref());
        let down = matches!(before.server, ServerState::Down { .. });
        if down && matches!(after.server, ServerState::Up { .. }) {
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
        let given_up =
            matches!(self.models.as_ref().map(|snapshot| &snapshot.server), Some(ServerState::Down { watching: false, .. }));
        let lately = self.refreshed.is_some_and(|at| now.saturating_duration_since(at) < REFRESH);
        if given_up && !lately {
            self.refreshed = Some(now);
            self.send(Command::Models(ModelsCommand::Refresh));
        }
    }

    /// The names for completion.
    pub(super) fn names(&self) -> Names {
        let asked = self.known_models().iter().filter(|model| model.capabilities.completion);
        let here: Vec<&Model> = self.known_models().iter().filter(|model| model.location.is_local()).collect();
        let in_memory = here.iter().filter(|model| model.resident.is_some());
        Names {
            in_memory: in_memory.map(|model| model.id.short().to_owned()).collect(),
            here: here.iter().map(|model| model.id.short().to_owned()).collect(),
            installed: asked.map(|model| model.id.short().to_owned()).collect(),
            known: self.settings.known.iter().map(|id| id.short().to_owned()).collect(),
        }
    }

    /// The name meant by `typed`: that of the one installed model that begins so, or what was typed.
    pub(super) fn whole_name(&self, typed: &str) -> ModelId {
        let id = ModelId::new(typed);
        let names = self.names().installed;
        let mut begins = names.iter().filter(|name| name.starts_with(typed));
        match (self.model(&id), begins.next(), begins.next()) {
            (None, Some(only), None) => ModelId::new(only),
            _ => id,
        }
    }
}
