//! The open conversation, and the commands about conversations.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::domain::{
    Conversation, ConversationId, ConversationSummary, Failure, FailureKind, Location, Message, Model, ModelId, Override, Role,
};
use crate::privacy::Refusal;
use crate::protocol::{ConversationCommand, ConversationEvent, Event, Notice};
use crate::routing;
use crate::session::context::Density;
use crate::session::describe;
use crate::session::outlet::now_ms;
use crate::store::StoreError;
use std::sync::Arc;

/// The open conversation. Not stored until something was asked.
#[derive(Default)]
pub(super) struct Open {
    summary: Option<ConversationSummary>,
    pub(super) model_override: Option<Override>,
    pub(super) history: Arc<Vec<Message>>,
    pub(super) density: Density,
}

impl Open {
    pub(super) fn id(&self) -> Option<ConversationId> {
        self.summary.as_ref().map(|s| s.id)
    }

    /// Takes what a turn brought.
    pub(super) fn grow(&mut self, summary: Option<ConversationSummary>, messages: Vec<Message>) {
        if let Some(new) = summary {
            // What was renamed meanwhile keeps its title.
            let title = self.summary.take().filter(|old| old.id == new.id).map(|old| old.title);
            self.summary = Some(ConversationSummary { title: title.unwrap_or(new.title), ..new });
        }
        Arc::make_mut(&mut self.history).extend(messages);
    }

    /// Forgets the question at `at` and its answer: it was asked anew. Both stay stored.
    pub(super) fn forget(&mut self, at: usize) {
        let history = Arc::make_mut(&mut self.history);
        let answered = history.get(at + 1).is_some_and(|message| message.role == Role::Assistant);
        history.drain(at..(at + 1 + usize::from(answered)).min(history.len()));
    }
}

/// Characters of a title that the user gives; lists show less of it.
const LONGEST_TITLE: usize = 200;

/// Of a conversation in which nothing was asked.
pub(super) fn nothing_yet(what: &str) -> Failure {
    let what = format!("there is nothing to {what} yet");
    Failure::new(FailureKind::NotFound, what, "ask something first: a conversation is kept from its first question on")
}

impl Actor {
    pub(super) async fn conversation(&mut self, command: ConversationCommand) {
        match command {
            ConversationCommand::SetModel(model) => return self.set_model(model).await,
            ConversationCommand::LockModel(locked) => return self.lock_model(locked).await,
            ConversationCommand::Rename(title) => return self.rename(title).await,
            _ => {}
        }
        if self.is_busy() || self.resuming {
            return self.refuse(&describe::one_at_a_time()).await;
        }
        match command {
            ConversationCommand::New => {
                self.open = Open::default();
                self.say(Event::Conversation(ConversationEvent::New)).await;
            }
            ConversationCommand::Resume(id) => self.resume(Some(id)),
            ConversationCommand::ResumeLast => self.resume(None),
            ConversationCommand::Fork => self.fork().await,
            ConversationCommand::Retry { id, model } => self.retry(id, model).await,
            ConversationCommand::Rename(_) | ConversationCommand::SetModel(_) | ConversationCommand::LockModel(_) => {}
        }
    }

    /// Reads a stored conversation: `id`, or the one last written to.
    fn resume(&mut self, id: Option<ConversationId>) {
        self.resuming = true;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move {
            let read = async {
                let id = match id {
                    Some(id) => Some(id),
                    None => store.latest().await?,
                };
                match id {
                    Some(id) => Ok(store.conversation(id).await?.map(Box::new)),
                    None => Ok(None),
                }
            };
            Done::Resumed(read.await)
        });
    }

    /// Copies the open conversation and opens the copy, as if it were an earlier one.
    async fn fork(&mut self) {
        let Some(id) = self.open.id() else { return self.refuse(&nothing_yet("copy")).await };
        self.resuming = true;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move {
            Done::Resumed(store.fork(id, now_ms()).await.map(|conversation| Some(Box::new(conversation))))
        });
    }

    async fn rename(&mut self, title: String) {
        let title: String = title.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect();
        let title = title.trim().to_owned();
        if title.is_empty() {
            let failure = Failure::new(FailureKind::Refused, "a title needs at least one letter", "`/rename TITLE`");
            return self.refuse(&failure).await;
        }
        // The first answer of a conversation brings its number.
        if self.open.summary.is_none() && self.is_busy() {
            return self.refuse(&describe::one_at_a_time()).await;
        }
        let Some(summary) = &mut self.open.summary else { return self.refuse(&nothing_yet("name")).await };
        summary.title.clone_from(&title);
        let (store, id) = (self.store.clone(), summary.id);
        self.tasks.spawn(Kind::StoreModel, async move { Done::ModelStored(store.rename(id, title).await) });
    }

    pub(super) async fn resumed(&mut self, found: Result<Option<Box<Conversation>>, StoreError>) {
        self.resuming = false;
        match found {
            Ok(Some(conversation)) => {
                self.open = Open {
                    model_override: conversation.summary.model_override.clone(),
                    summary: Some(conversation.summary.clone()),
                    history: Arc::new(conversation.messages.clone()),
                    density: Density::default(),
                };
                self.say(Event::Conversation(ConversationEvent::Opened(conversation))).await;
            }
            Ok(None) => {
                let what = "there is no conversation to resume";
                let failure = Failure::new(FailureKind::NotFound, what, "ask something: it is kept by itself");
                self.refuse(&failure).await;
            }
            Err(error) => self.refuse(&error.failure()).await,
        }
        self.go_on();
    }

    /// Fixes the model, or gives the choice back. A name is looked up in a list that is fresh.
    async fn set_model(&mut self, model: Option<ModelId>) {
        match model {
            Some(name) if name.is_guide() => self.fix_model(Some(name)).await,
            Some(name) if self.catalog.is_fresh() => self.name_model(name).await,
            Some(name) => {
                self.naming = Some(name);
                self.look_again = self.looking;
                self.look();
            }
            None => self.fix_model(None).await,
        }
    }

    /// Fixes the model that the user named. A name that no installed model has is refused while the server is up; while it
    /// is down the name is taken as it is, and the question says what is wrong.
    pub(super) async fn name_model(&mut self, name: ModelId) {
        if !self.catalog.is_up() {
            return self.fix_model(Some(name)).await;
        }
        let refused = match routing::resolve(&self.catalog.models, &name) {
            Some(found) => match routing::unfit(found, false).or_else(|| self.not_allowed(found)) {
                None => return self.fix_model(Some(found.id.clone())).await,
                Some(failure) => failure,
            },
            None => routing::switched_off(&self.config, &name).unwrap_or_else(|| self.not_installed(&name)),
        };
        self.refuse(&refused).await;
        self.tell_model().await;
    }

    fn not_installed(&self, name: &ModelId) -> Failure {
        let names = self.catalog.models.iter().map(|model| model.id.short());
        let near = crate::config::nearest(name.short(), names).map(|near| format!("did you mean `/model {near}`? "));
        let hint = format!("{}`/pull {name}` gets it, `/models` lists what is there", near.unwrap_or_default());
        Failure::new(FailureKind::NotFound, format!("{name} is not installed"), hint)
    }

    /// Why a model of somebody else cannot be chosen, if it cannot.
    fn not_allowed(&self, model: &Model) -> Option<Failure> {
        let off = matches!(model.location, Location::External(_)) && !self.config.privacy.allow_external;
        off.then(|| describe::refusal(&Refusal::NotAllowed { model: model.id.clone(), location: model.location.clone() }))
    }

    async fn fix_model(&mut self, model: Option<ModelId>) {
        // The same again changes nothing of it.
        let locked = |model: &ModelId| self.open.model_override.as_ref().is_some_and(|old| old.locked && old.model == *model);
        self.open.model_override = model.map(|model| Override { locked: locked(&model), model });
        self.keep_model();
        self.tell_model().await;
    }

    /// Forbids that somebody stands in for the fixed model, or allows it again.
    async fn lock_model(&mut self, locked: bool) {
        match &mut self.open.model_override {
            Some(fixed) => fixed.locked = locked,
            None => {
                let hint = "`/model NAME` fixes one; then `/model lock` lets nobody stand in for it";
                self.refuse(&Failure::new(FailureKind::Refused, "no model is fixed: Segno chooses", hint)).await;
            }
        }
        self.keep_model();
        self.tell_model().await;
    }

    async fn tell_model(&mut self) {
        let in_force = ConversationEvent::ModelInForce(self.open.model_override.clone());
        self.say(Event::Conversation(in_force)).await;
    }

    /// Stores the model in force, where the stored conversation has another. One that is not stored yet takes it along
    /// with its first question.
    pub(super) fn keep_model(&mut self) {
        let model = self.open.model_override.clone();
        let Some(summary) = self.open.summary.as_mut().filter(|summary| summary.model_override != model) else { return };
        summary.model_override.clone_from(&model);
        let (store, id) = (self.store.clone(), summary.id);
        self.tasks.spawn(Kind::StoreModel, async move { Done::ModelStored(store.set_model(id, model).await) });
    }

    pub(super) async fn model_stored(&mut self, stored: Result<ConversationSummary, StoreError>) {
        match stored {
            Ok(summary) => self.say(Event::Conversation(ConversationEvent::Changed(summary))).await,
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }

    pub(super) async fn refuse(&mut self, failure: &Failure) {
        self.say(Event::Notice { id: None, notice: Notice::error(failure) }).await;
    }
}
