//! From a candidate to what is sent to it: the exact bytes, and whether they may go.

use super::Turn;
use crate::cost;
use crate::domain::{Candidate, ConversationId, Failure, LedgerSeq, Message, Purpose, TaskClass};
use crate::privacy::{Outgoing, Pending, Sealed};
use crate::protocol::{Event, Notice};
use crate::session::books::Advice;
use crate::session::context::{self, Brief, Window};
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
        history: &[Message],
        conversation: Option<ConversationId>,
    ) -> Prepared {
        let num_ctx = self.num_ctx(candidate);
        let num_predict = self.config.ollama.num_predict;
        let vision = self.model(candidate).is_some_and(|model| model.capabilities.vision);
        let window = Window { num_ctx, num_predict, density: self.density, vision };
        let advice = self.advice(candidate, class).map(|advice| (advice.text(), advice.bullets()));
        let advice = advice.as_ref().map_or(("", 0), |(text, bullets)| (text.as_str(), *bullets));
        let brief = context::brief(candidate, window, history, &self.prompt, advice);
        let outgoing = match self.outgoing(candidate, &brief, conversation) {
            Ok(outgoing) => outgoing,
            Err(failure) => return Prepared::Not(failure),
        };
        let prepared = match self.outlet.seal(outgoing).await {
            Ok(Way::Open(sealed, row)) => Prepared::Ready(sealed, row),
            Ok(Way::Ask(pending)) => Prepared::Asks(pending),
            Err(failure) => return Prepared::Not(failure.of(&candidate.backend, &candidate.model)),
        };
        self.say_left_out(candidate, &brief, self.history.len() - history.len()).await;
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
            contents: brief.contents,
            conversation,
            tokens: brief.tokens,
            cost: prices.map(|prices| cost::most(brief.tokens, brief.request.num_predict, prices)),
        })
    }

    async fn say_left_out(&self, candidate: &Candidate, brief: &Brief, before: usize) {
        let (model, num_ctx) = (&candidate.model, brief.request.num_ctx);
        let left_out = brief.left_out + before;
        if left_out > 0 {
            let what = format!("the {left_out} oldest messages were left out: they do not fit the {num_ctx} tokens of {model}");
            self.notice(Notice::warning(what, "raise ollama.num_ctx, or begin anew with `/new`")).await;
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
