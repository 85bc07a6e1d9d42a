//! Why the last model was asked, and a question for one model alone.

use super::{App, Overlay};
use crate::msg::Effect;
use conductor::domain::{Decision, Failure, Prompt, SelectionReason};
use conductor::protocol::{Notice, Query};

/// How the last model was chosen, and why it was it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    decision: Box<Decision>,
    reason: SelectionReason,
    /// What became of it, where that is no whole answer.
    pub(super) failed: Option<String>,
}

impl App {
    /// Keeps how a model was chosen.
    pub(super) fn decide(&mut self, decision: Option<&Decision>, reason: &SelectionReason) {
        if let Some(decision) = decision {
            self.room.decided = Some(Decided { decision: Box::new(decision.clone()), reason: reason.clone(), failed: None });
        }
    }

    /// How the last model was chosen.
    pub(crate) fn decided(&self) -> Option<(&Decision, &SelectionReason)> {
        self.room.decided.as_ref().map(|decided| (&*decided.decision, &decided.reason))
    }

    /// Keeps that nothing whole came of it.
    pub(super) fn decided_in_vain(&mut self, failure: &Failure) {
        if let Some(decided) = &mut self.room.decided {
            decided.failed = Some(failure.what.clone());
        }
    }

    /// What became of the last model that was asked, where that is no whole answer.
    pub(crate) fn vain(&self) -> Option<&str> {
        self.room.decided.as_ref()?.failed.as_deref()
    }

    pub(super) fn open_why(&mut self) {
        if let Some(decided) = &self.room.decided {
            let shown = decided.decision.shown.as_ref().map(|shown| shown.playbook.to_string());
            self.overlay = Some(Overlay::Why(0));
            self.advice = None;
            // The words of the lines that the answer named stand in their playbook.
            if let Some(name) = shown {
                self.effect(Effect::Query(Query::PlaybookNamed(name)));
            }
        } else {
            self.notice(&Notice::info("nothing was asked yet", "`/why` after an answer says why it came from there"));
        }
    }
}

/// Takes `/with NAME` away from a question.
pub(super) fn drop_with(prompt: &mut Prompt, name: &str) {
    let text = prompt.text();
    let command = text.find("/with").map_or(0, |at| at + "/with".len());
    let Some(at) = text[command..].find(name).map(|at| command + at) else { return };
    let after = &text[at + name.len()..];
    let mut drop = at + name.len() + (after.len() - after.trim_start().len());
    for span in prompt.spans.iter_mut().filter(|span| span.image.is_none()) {
        let here = drop.min(span.text.len());
        span.text.drain(..here);
        drop -= here;
    }
    prompt.spans.retain(|span| span.is_attachment() || !span.text.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::Origin;

    #[test]
    fn the_command_is_no_part_of_the_question() {
        for (typed, pasted, want) in [
            ("/with phi3 why?", "", "why?"),
            ("  /with  phi3:mini \n why\nnot?", "", "why\nnot?"),
            ("/with phi3 ", "pasted", "pasted"),
            ("/with with with", "", "with"),
        ] {
            let name = typed.split_whitespace().nth(1).unwrap();
            let mut prompt = Prompt::typed(typed);
            prompt.push(Origin::Pasted, pasted);
            drop_with(&mut prompt, name);
            assert_eq!(prompt.text(), want, "{typed:?}");
        }
    }
}
