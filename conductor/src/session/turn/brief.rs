//! From a candidate to what is sent to it: the exact bytes, and whether they may go.

use super::Turn;
use crate::cost;
use crate::domain::{Candidate, ContextUse, ConversationId, Failure, LedgerSeq, Purpose, TaskClass};
use crate::privacy::{Outgoing, Pending, Sealed};
use crate::protocol::{ConversationEvent, Event, Notice};
use crate::session::books::Advice;
use crate::session::context::{self, Brief, Earlier, Window};
use crate::session::outlet::Way;

/// What is ready for a candidate.
pub(super) enum Prepared {
    /// It may go; its row in the ledger, where it leaves.
    Ready(Sealed, Option<LedgerSeq>),
    /// The user is asked first.
    Asks(Box<Pending>),
    /// It cannot go.
    Not(Failure),
}

impl Turn {
    /// The exact bytes for `candidate`, sealed. Says what of the conversation is not in them.
    pub(super) async fn prepare(
        &self,
        candidate: &Candidate,
        class: TaskClass,
        earlier: Earlier<'_>,
        conversation: Option<ConversationId>,
    ) -> Prepared {
        let num_ctx = self.num_ctx(candidate);
        let num_predict = self.config.ollama.num_predict;
        let vision = self.model(candidate).is_some_and(|model| model.capabilities.vision);
        let window = Window { num_ctx, num_predict, density: self.density, vision };
        let advice = self.advice(candidate, class).map(|advice| (advice.text(), advice.bullets()));
        let advice = advice.as_ref().map_or(("", 0), |(text, bullets)| (text.as_str(), *bullets));
        let brief = context::brief(candidate, window, earlier, &self.prompt, advice);
        let outgoing = match self.outgoing(candidate, &brief, conversation) {
            Ok(outgoing) => outgoing,
            Err(failure) => return Prepared::Not(failure),
        };
        let prepared = match self.outlet.seal(outgoing).await {
            Ok(Way::Open(sealed, row)) => Prepared::Ready(sealed, row),
            Ok(Way::Ask(pending)) => Prepared::Asks(pending),
            Err(failure) => return Prepared::Not(failure.of(&candidate.backend, &candidate.model)),
        };
        let before = self.earlier().messages.len() - earlier.messages.len();
        let first = earlier.messages.first().filter(|_| before > 0).map(|message| message.id);
        let now = ContextUse {
            left_out: count(brief.left_out + before),
            first_seen: brief.context.first_seen.or(first.filter(|_| brief.left_out == 0)),
            ..brief.context.clone()
        };
        self.say_left_out(candidate, &brief, &now).await;
        self.say(Event::Conversation(ConversationEvent::Context { id: Some(self.id), now })).await;
        prepared
    }

    /// What of a playbook `candidate` is shown for a question of this kind. The same each time in one turn.
    pub(super) fn advice(&self, candidate: &Candidate, class: TaskClass) -> Option<Advice> {
        let of_turn = (self.seed, &*self.prompt.text(), self.num_ctx(candidate));
        self.books.advice(&self.config, candidate, (self.domain.as_ref(), class), of_turn)
    }

    fn outgoing(&self, candidate: &Candidate, brief: &Brief, conversation: Option<ConversationId>) -> Result<Outgoing, Failure> {
        let backend = self.backend(&candidate.backend);
        let failed = |error| self.backends.failure(&error, candidate, brief.request.num_ctx);
        let bytes = backend.encode(&brief.request).map_err(failed)?;
        let destination = backend.destination(&candidate.model).map_err(failed)?;
        let prices = self.model(candidate).and_then(|model| model.prices);
        Ok(Outgoing {
            id: self.id,
            purpose: Purpose::Chat,
            bytes,
            destination,
            contents: brief.contents.clone(),
            conversation,
            tokens: brief.tokens,
            cost: prices.map(|prices| cost::most(brief.tokens, brief.request.num_predict, prices)),
        })
    }

    async fn say_left_out(&self, candidate: &Candidate, brief: &Brief, now: &ContextUse) {
        let (model, num_ctx) = (self.config.name_of(&candidate.model), brief.request.num_ctx);
        if now.left_out > 0 {
            let up_to = context::up_to(&self.history, now.first_seen).map(|words| format!(", up to “{words}”,"));
            let which = match now.left_out {
                1 => format!("the oldest message{} was", up_to.unwrap_or_default()),
                n => format!("the {n} oldest messages{} were", up_to.unwrap_or_default()),
            };
            let what = format!("{which} left out: they do not fit the {num_ctx} tokens of {model}");
            self.notice(Notice::warning(what, "`/compact` sums up what was before; or raise ollama.num_ctx")).await;
        }
        if brief.unseen > 0 {
            let what = format!("{model} sees no images: the {} of earlier messages were left out", brief.unseen);
            self.notice(Notice::warning(what, "choose a model of `/models` that sees images")).await;
        }
    }

    pub(super) async fn notice(&self, notice: Notice) {
        self.say(Event::Notice { id: Some(self.id), notice }).await;
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
