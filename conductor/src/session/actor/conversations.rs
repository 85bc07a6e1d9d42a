//! The open conversation, and the commands about conversations.

use super::{Actor, describe};
use crate::domain::{Conversation, ConversationId, ConversationSummary, Failure, FailureKind, Message, ModelId};
use crate::protocol::{ConversationCommand, ConversationEvent, Event, Notice};
use crate::routing;
use std::sync::Arc;

/// The open conversation. Not stored until something was asked.
#[derive(Default)]
pub(super) struct Open {
    summary: Option<ConversationSummary>,
    pub(super) model_override: Option<ModelId>,
    pub(super) history: Arc<Vec<Message>>,
}

impl Open {
    pub(super) fn id(&self) -> Option<ConversationId> {
        self.summary.as_ref().map(|s| s.id)
    }

    /// Takes what a turn brought.
    pub(super) fn grow(&mut self, summary: Option<ConversationSummary>, messages: Vec<Message>) {
        if summary.is_some() {
            self.summary = summary;
        }
        Arc::make_mut(&mut self.history).extend(messages);
    }
}

impl Actor {
    pub(super) async fn conversation(&mut self, command: ConversationCommand) {
        if let ConversationCommand::SetModel(model) = command {
            return self.set_model(model).await;
        }
        if self.turn.is_some() || self.waiting.is_some() {
            return self.refuse(&describe::one_at_a_time()).await;
        }
        match command {
            ConversationCommand::New => {
                self.open = Open::default();
                self.say(Event::Conversation(ConversationEvent::New)).await;
            }
            ConversationCommand::Resume(id) => self.resume(Some(id)).await,
            ConversationCommand::ResumeLast => match self.store.latest().await {
                Ok(id) => self.resume(id).await,
                Err(error) => self.refuse(&error.failure()).await,
            },
            ConversationCommand::SetModel(_) => {}
        }
    }

    async fn resume(&mut self, id: Option<ConversationId>) {
        let found = match id {
            Some(id) => self.store.conversation(id).await,
            None => Ok(None),
        };
        match found {
            Ok(Some(conversation)) => self.take(conversation).await,
            Ok(None) => {
                let failure = Failure::new(
                    FailureKind::NotFound,
                    "there is no conversation to resume",
                    "ask something: it is kept by itself",
                );
                self.refuse(&failure).await;
            }
            Err(error) => self.refuse(&error.failure()).await,
        }
    }

    async fn take(&mut self, conversation: Conversation) {
        self.open = Open {
            model_override: conversation.summary.model_override.clone(),
            summary: Some(conversation.summary.clone()),
            history: Arc::new(conversation.messages.clone()),
        };
        self.say(Event::Conversation(ConversationEvent::Opened(Box::new(conversation)))).await;
    }

    /// Fixes the model. A name that no installed model has is refused while the server is up; while it is down the name is
    /// taken as it is, and the question says what is wrong.
    async fn set_model(&mut self, model: Option<ModelId>) {
        let resolved = match &model {
            Some(name) if self.catalog.is_up() => match routing::resolve(&self.catalog.models, name) {
                Some(found) => Ok(Some(found.id.clone())),
                None => Err(name.clone()),
            },
            _ => Ok(model),
        };
        match resolved {
            Ok(model) => self.fix_model(model).await,
            Err(name) => {
                let what = format!("{name} is not installed");
                let hint = format!("`/pull {name}` gets it, `/models` lists what is there");
                self.refuse(&Failure::new(FailureKind::NotFound, what, hint)).await;
            }
        }
        let in_force = ConversationEvent::ModelInForce(self.open.model_override.clone());
        self.say(Event::Conversation(in_force)).await;
    }

    async fn fix_model(&mut self, model: Option<ModelId>) {
        self.open.model_override.clone_from(&model);
        let Some(id) = self.open.id() else { return };
        match self.store.set_model(id, model).await {
            Ok(summary) => {
                self.open.summary = Some(summary.clone());
                self.say(Event::Conversation(ConversationEvent::Changed(summary))).await;
            }
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }

    async fn refuse(&self, failure: &Failure) {
        self.say(Event::Notice { id: None, notice: Notice::error(failure) }).await;
    }
}
