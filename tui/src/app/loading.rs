//! Models into memory and out of it, and the last question asked anew.

use super::App;
use conductor::domain::{ModelId, RequestId, Waits};
use conductor::protocol::{Command, ModelsCommand};
use std::time::Instant;

/// A model on its way.
#[derive(Debug)]
pub struct Moving {
    pub(crate) id: RequestId,
    pub(crate) model: ModelId,
    /// Into memory, or out of it.
    pub(crate) into: bool,
    pub(crate) waits: Option<Waits>,
}

impl App {
    /// Has a model loaded, or unloaded; false where another is on its way, and the draft stays.
    pub(super) fn move_model(&mut self, name: &str, into: bool, now: Instant) -> bool {
        if let Some(moving) = &self.moving {
            self.say(format!("{} is on its way: wait for it", self.settings.names.model(&moving.model)), now);
            return false;
        }
        let (id, model) = (self.fresh_id(), self.any_name(name));
        self.send(Command::Models(match into {
            true => ModelsCommand::Load { id, model: model.clone() },
            false => ModelsCommand::Unload { id, model: model.clone() },
        }));
        self.moving = Some(Moving { id, model, into, waits: None });
        self.touch();
        true
    }

    /// A word came that ends the way of a model, where it is the one for it.
    pub(super) fn moved(&mut self, id: Option<RequestId>) {
        if id.is_some() && self.moving.as_ref().map(|moving| moving.id) == id {
            self.moving = None;
        }
    }

    /// The whole name of a model of any kind: those that make vectors are loaded, too.
    fn any_name(&self, typed: &str) -> ModelId {
        self.name_among(typed, |_| true)
    }

    /// Asks the last question anew, of `name` where it is given; false where that cannot be, and the draft stays.
    pub(super) fn retry(&mut self, name: Option<&str>, now: Instant) -> bool {
        let model = name.map(|name| self.whole_name(name));
        self.ask_again_at(None, model, now)
    }

    /// A draft begins: whoever is likely asked next may be loaded while the user types.
    pub(super) fn prepare(&mut self) {
        let draft = self.composer.text();
        if draft.is_empty() {
            self.prepared = false;
        }
        let shares = self.models.as_ref().is_some_and(|snapshot| snapshot.memory.is_some());
        if self.prepared || draft.is_empty() || draft.starts_with('/') || self.room.turn.is_some() || !shares {
            return;
        }
        self.prepared = true;
        self.send(Command::Models(ModelsCommand::Prepare));
    }
}
