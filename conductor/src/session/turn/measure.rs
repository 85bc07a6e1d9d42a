//! What an answer tells of its model and costs: how soon it came, how fast, how much of a quota.

use super::Turn;
use crate::config::Timeouts;
use crate::domain::{Answer, BackendId, Milli, Signature, Spent, Status, TaskClass, estimate_tokens};
use crate::session::context::Earlier;
use crate::store::Measure;

/// Tokens that an answer is thought to have before it is there.
const ANSWER_TOKENS: usize = 256;

/// A server that says that it spent so long on loading had the model not in memory.
const LOADED_MS: u64 = 250;

impl Turn {
    /// What a provider was sent. Where it did not count, what came is estimated.
    pub(super) fn spent(&self, answer: &Answer) -> Option<(BackendId, Spent)> {
        let Signature { backend, location, .. } = &answer.signature;
        let counted = answer.usage.total().unwrap_or_else(|| {
            let came = estimate_tokens(&answer.text) + estimate_tokens(&answer.thinking);
            self.about_tokens().saturating_add(u32::try_from(came).unwrap_or(u32::MAX))
        });
        let spent = Spent { tokens: u64::from(counted), money: answer.cost.unwrap_or_default() };
        (!location.is_local()).then(|| (backend.clone(), spent))
    }

    /// Whether the first token of a model that was in memory came later than its budget.
    pub(super) fn late(&self, answer: &Answer, warm: bool) -> Option<bool> {
        let budget = budget(answer.signature.class, &self.config.timeouts);
        answer.timing.first_token_ms.filter(|_| warm && answer.signature.location.is_local()).map(|ms| ms > budget)
    }

    /// What a whole answer tells of its model. The first token of one that had to be loaded tells of the disk.
    pub(super) fn measure(&self, answer: &Answer, status: &Status) -> Option<Measure> {
        let signature = &answer.signature;
        let warm = is_warm(answer);
        let speed = answer.timing.tokens_per_second(&answer.usage).map(|speed| Milli::of(speed as f32));
        (*status == Status::Complete).then(|| Measure {
            model: signature.model.clone(),
            class: signature.class,
            answered: true,
            first_token_ms: answer.timing.first_token_ms.filter(|_| warm),
            tokens_per_second: speed,
            late: self.late(answer, warm),
            rating: None,
        })
    }

    /// About how many tokens the question is, with all of the conversation, and the beginning of an answer.
    pub(super) fn about_tokens(&self) -> u32 {
        self.about_tokens_with(self.earlier())
    }

    /// The same, where only so much of what was `earlier` goes along.
    pub(super) fn about_tokens_with(&self, earlier: Earlier<'_>) -> u32 {
        let summary = earlier.summary.map_or(0, |(summary, _)| estimate_tokens(&summary.text));
        let earlier: usize = earlier.messages.iter().map(|m| estimate_tokens(&m.text) + estimate_tokens(&m.prompt.text())).sum();
        let tokens = earlier + summary + estimate_tokens(&self.prompt.text()) + ANSWER_TOKENS;
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

/// How soon the first token of a model in memory should come, in milliseconds.
pub(super) fn budget(class: TaskClass, timeouts: &Timeouts) -> u64 {
    match class {
        TaskClass::QuickResponse => timeouts.quick_ms,
        TaskClass::DeepThinking | TaskClass::Mathematical => timeouts.deep_ms,
        _ => timeouts.standard_ms,
    }
}

/// Whether a model was in memory when it was asked, as far as its answer tells.
pub(super) fn is_warm(answer: &Answer) -> bool {
    answer.timing.load_ms.is_none_or(|ms| ms < LOADED_MS)
}
