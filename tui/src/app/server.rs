//! What is known of the server and its models.

use super::App;
use crate::completion::Names;
use crate::slash::{Wrong, nearest};
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
        self.tell_arrival(before.as_ref());
        if self.popup.is_some() {
            self.reopen_popup();
        }
        self.clamp_overlay();
        self.touch();
    }

    /// In a conversation that the guide has begun, says that models answer from now on. The first screen shows it by itself.
    fn tell_arrival(&mut self, before: Option<&ModelsSnapshot>) {
        let was_down = before.is_some_and(|snapshot| matches!(snapshot.server, ServerState::Down { .. }));
        let is_up = self.models.as_ref().is_some_and(|snapshot| matches!(snapshot.server, ServerState::Up { .. }));
        if self.blank || !was_down || !is_up {
            return;
        }
        let notice = match self.names().installed.len() {
            0 => Notice::info("Ollama is there now, without a model yet", "`/pull NAME` gets one, `/help` says more"),
            1 => Notice::info("Ollama is there now, with 1 model", ""),
            n => Notice::info(format!("Ollama is there now, with {n} models"), ""),
        };
        self.notice(&notice);
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
        Names {
            installed: asked.map(|model| model.id.short().to_owned()).collect(),
            known: self.settings.known.iter().map(|id| id.short().to_owned()).collect(),
        }
    }

    /// The model meant by `typed`: its name, or the start of one name alone. Where the server was not seen, any name goes:
    /// the model may be there when the server is.
    pub(super) fn find_model(&self, typed: &str) -> Result<ModelId, Wrong> {
        let id = ModelId::new(typed);
        let up = matches!(self.models.as_ref().map(|s| &s.server), Some(ServerState::Up { .. }));
        if !up {
            return Ok(id);
        }
        let names = self.names().installed;
        let begins: Vec<&String> = names.iter().filter(|name| name.starts_with(typed)).collect();
        match self.model(&id) {
            Some(model) if model.capabilities.completion => return Ok(id),
            Some(_) => {
                let hint = "/models shows what each model can do".to_owned();
                return Err(Wrong { what: format!("{id} makes embeddings and cannot be asked"), hint });
            }
            None => {}
        }
        if let [only] = begins.as_slice() {
            return Ok(ModelId::new(only));
        }
        let hint = match nearest(typed, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}? /pull {} gets a model that is not here", id.short()),
            None => format!("/pull {} gets it, /models shows what is here", id.short()),
        };
        let what = if begins.is_empty() { "is not installed" } else { "could be several models" };
        Err(Wrong { what: format!("{typed} {what}"), hint })
    }
}
