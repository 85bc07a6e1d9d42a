//! Texts that vectors are wanted of: they wait for a fresh list of models, as questions do.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::domain::{Failure, FailureKind, ModelId, RequestId};
use crate::protocol::{Event, TEXTS_AT_ONCE};
use crate::session::embeddings::{self, Made, Means, Order, Wish};
use std::sync::Arc;

/// Commands that may wait for the list.
const WAITING: usize = 16;

/// What waits for the list.
#[derive(Default)]
pub(super) struct Embeds {
    waiting: Vec<Order>,
    /// A look was begun for them.
    looked: bool,
}

impl Actor {
    pub(super) async fn embed(&mut self, id: RequestId, model: Option<ModelId>, texts: Vec<String>) {
        let refused = match texts.len() {
            0 => Some(("there is nothing to embed", "give at least one text")),
            n if n > TEXTS_AT_ONCE => Some(("there are too many texts for one command", "send fewer at a time")),
            _ if self.embeds.waiting.len() >= WAITING => Some(("too much waits to be embedded already", "wait for it first")),
            _ => None,
        };
        if let Some((what, hint)) = refused {
            let result = Err(Failure::new(FailureKind::Refused, what, hint));
            return self.say(Event::Embedded { id, model, result }).await;
        }
        // The model may have to be loaded first, and is as likely to be as any.
        let limit = self.config.timeouts.first_token;
        self.embeds.waiting.push(Order { id, model, texts, wish: Wish::Now, limit });
        self.go_on_embedding();
    }

    /// Begins what waits, if there is nothing left to wait for; else sees to it that there will be.
    pub(super) fn go_on_embedding(&mut self) {
        if self.embeds.waiting.is_empty() || !self.refusals_known || self.contacts.any_begun() {
            return;
        }
        // A look that found nothing for questions is as fresh as can be, if it began after the texts came.
        if self.catalog.is_fresh() || (self.embeds.looked && !self.looking) {
            self.embeds.looked = false;
            for order in std::mem::take(&mut self.embeds.waiting) {
                self.start_embedding(order);
            }
        } else if !self.embeds.looked {
            self.embeds.looked = true;
            self.look_again = self.looking;
            self.look();
        }
    }

    /// What there is to make vectors with.
    pub(super) fn means(&self) -> Means {
        let (memory, fitness) = (self.memory.clone(), Arc::new(self.fitness()));
        Means {
            backends: self.backends.clone(),
            server: self.catalog.best().clone(),
            models: self.catalog.models.clone(),
            outlet: self.outlet.clone(),
            memory,
            fitness,
            sizes: self.sizes.clone(),
        }
    }

    fn start_embedding(&mut self, order: Order) {
        let means = self.means();
        self.tasks.spawn(Kind::Embed(order.id), async move {
            let id = order.id;
            let Made { model, result } = embeddings::embed(&means, order).await;
            Done::Said(Event::Embedded { id, model, result })
        });
    }
}
