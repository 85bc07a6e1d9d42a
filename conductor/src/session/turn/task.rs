//! What a turn's prompt is taken for, and the snapshot that a plan is made from.

use super::Turn;
use crate::domain::{
    BackendId, Classification, Failure, Location, Message, ModelId, Origin, Plan, Prompt, Scope, TaskClass, estimate_tokens,
};
use crate::routing::{self, Asked, Choice, DefaultModelSelector, HostLoad, Lexicon, ModelSelector};
use crate::session::embeddings::Means;
use crate::session::{catalog, hosts, opinion};
use std::borrow::Cow;

impl Turn {
    /// What the prompt is taken for, by its words and by what went before.
    pub(in crate::session) fn classified(&self) -> Classification {
        let asked = Asked { text: &words(&self.prompt), previous: previous(&self.history) };
        routing::classify(asked, Lexicon::built_in(), &self.config.routing)
    }

    /// Who is asked, and why.
    ///
    /// # Errors
    /// See [`ModelSelector::select`].
    pub(in crate::session) fn plan(&self, task: Classification) -> Result<Plan, Failure> {
        let grants = self.outlet.standing.borrow().state().grants;
        let refused: Vec<_> = grants
            .into_iter()
            .filter(|grant| grant.scope == Scope::Never)
            .map(|grant| (grant.provider, grant.location))
            .collect();
        // How much each server has to do is looked at as late as can be: others may have been asked since.
        let loads = hosts::loads(&self.backends, &self.memory);
        let mut plan = DefaultModelSelector.select(self.snapshot(&refused, &loads), task, &self.choice)?;
        let by_model = plan.candidates.first().is_some_and(|candidate| !candidate.model.is_guide());
        if let Some(domain) = self.domain.as_ref().filter(|_| by_model) {
            plan.decision.notes.push(format!("its advice is that for {domain}, as you said with /domain"));
        }
        Ok(plan)
    }

    /// What the prompt is taken for; where the router chooses and the words alone do not say, others are asked as well.
    pub(super) async fn judged(&self) -> Classification {
        let first = self.classified();
        match self.choice {
            Choice::Auto => opinion::second(&self.means(), self.examples.as_ref(), &words(&self.prompt), first).await,
            Choice::Model { .. } => first,
        }
    }

    /// The model whose examples would have helped here.
    pub(in crate::session) fn wants_examples(&self) -> Option<ModelId> {
        let auto = self.choice == Choice::Auto;
        auto.then(|| opinion::wants_examples(&self.means(), self.examples.as_ref(), &self.classified())).flatten()
    }

    pub(in crate::session) fn means(&self) -> Means {
        Means {
            backends: self.backends.clone(),
            server: catalog::best(&self.server_state, &self.other_states).clone(),
            models: self.models.clone(),
            outlet: self.outlet.clone(),
            memory: self.memory.clone(),
            fitness: self.fitness.clone(),
            sizes: self.sizes.clone(),
        }
    }

    fn snapshot<'a>(&'a self, refused: &'a [(BackendId, Location)], loads: &'a [HostLoad]) -> routing::Snapshot<'a> {
        routing::Snapshot {
            config: &self.config,
            server: &self.server_state,
            others: &self.other_states,
            loads,
            models: &self.models,
            machine: &self.machine,
            offline: self.outlet.standing.borrow().is_offline(),
            pictures: self.prompt.images().next().is_some(),
            tokens: u32::try_from(estimate_tokens(&self.prompt.text())).unwrap_or(u32::MAX),
            last: last(&self.history),
            measured: &self.measured,
            fitness: &self.fitness,
            refused,
        }
    }
}

/// What a prompt is judged by: all of its words. The fence around a file is Segno's own, and says nothing.
pub(in crate::session) fn words(prompt: &Prompt) -> String {
    let shown = prompt.spans.iter().filter(|span| span.origin != Origin::Image).map(|span| match span.origin {
        Origin::File => Cow::from(span.text.replace("```", "")),
        _ => Cow::from(&span.text),
    });
    shown.collect()
}

/// What the last question that was answered was taken for; the guide's are about Segno, and say nothing of what comes next.
fn previous(history: &[Message]) -> Option<TaskClass> {
    let signature = history.iter().rev().find_map(|message| message.signature.as_ref())?;
    (!signature.is_guide()).then_some(signature.class)
}

fn last(history: &[Message]) -> Option<&ModelId> {
    history.iter().rev().find_map(|message| message.signature.as_ref()).map(|signature| &signature.model)
}
