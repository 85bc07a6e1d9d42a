//! Playbooks as turns read them: who gets which, and what of it goes into a prompt.
//!
//! What must stay true: the same playbooks, question and turn make the same selection; nothing of a playbook that is off, or for the
//! guide, goes anywhere.

use crate::ace::keys;
use crate::ace::prompt::{Form, cited_in};
use crate::ace::select::{Index, Policy, Selection, Trial, select, shared, together, whole_tokens};
use crate::config::{Config, Layout};
use crate::domain::{Candidate, Domain, Milli, Playbook, PlaybookKey, Shown, TaskClass};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How bullets are written in prompts of a conversation: a quarter fewer tokens than the long form.
const FORM: Form = Form::Short;

/// And those of the wider subject, where they stand in one block with those of the narrower.
const FORM_OF_WIDER: Form = Form::Wider;

/// Of a window, the part that bullets may take.
const PART_OF_WINDOW: u32 = 8;

/// Of the bullets on trial that are not in a prompt, so many are remembered.
const MOST_HELD_BACK: usize = 500;

/// A playbook with what is needed to find in it.
pub(super) struct Book {
    pub(super) playbook: Playbook,
    index: Index,
    /// About how many tokens all that is in use of it would be.
    tokens: usize,
}

/// All playbooks. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Books(Arc<BTreeMap<PlaybookKey, Arc<Book>>>);

/// What of a playbook goes into a prompt, and of that of the wider subject.
pub(super) struct Advice {
    /// The playbook for such questions, whether it is there or not.
    key: PlaybookKey,
    /// The narrower first.
    parts: Vec<Part>,
}

/// What of one playbook goes into a prompt.
struct Part {
    book: Arc<Book>,
    selection: Selection,
    form: Form,
}

impl Books {
    /// Takes one as it is now.
    pub(super) fn put(&mut self, playbook: Playbook) {
        let index = Index::new(&playbook);
        // The wider form is the longer of the two.
        let tokens = whole_tokens(&playbook, &index, FORM_OF_WIDER);
        Arc::make_mut(&mut self.0).insert(playbook.key.clone(), Arc::new(Book { playbook, index, tokens }));
    }

    /// Takes one as it was read, unless what is known of it is as new.
    pub(super) fn put_newer(&mut self, playbook: &Playbook) {
        if self.0.get(&playbook.key).is_none_or(|known| known.playbook.last < playbook.last) {
            self.put(playbook.clone());
        }
    }

    /// What goes into a prompt to `candidate`, whose window is `num_ctx` tokens; `None` for nothing, where nothing is tried either. The
    /// question is about what the user said of its conversation, else of this class. `seed` draws the bullets on trial.
    pub(super) fn advice(
        &self,
        config: &Config,
        candidate: &Candidate,
        (domain, class): (Option<&Domain>, TaskClass),
        (seed, question, num_ctx): (u64, &str, u32),
    ) -> Option<Advice> {
        let key = config.ace.playbooks.then(|| key(domain, class, candidate)).flatten()?;
        let both = config.ace.layout == Layout::Hierarchical && key.sub.is_some();
        let wider = both.then(|| PlaybookKey { sub: None, ..key.clone() });
        let books: Vec<Arc<Book>> =
            [Some(&key), wider.as_ref()].into_iter().flatten().filter_map(|key| self.usable(config, key)).collect();
        let budget = config.ace.prompt_tokens.min((num_ctx / PART_OF_WINDOW) as usize);
        let budgets = match &books[..] {
            [narrower, wider] => <[usize; 2]>::from(shared(budget, narrower.tokens, wider.tokens)),
            _ => [budget, 0],
        };
        // The same number in two playbooks names two bullets, which are drawn apart.
        let ways = [(FORM, seed), (FORM_OF_WIDER, !seed.rotate_left(32))];
        let parts = books.into_iter().zip(budgets).zip(ways).map(|((book, budget), (form, seed))| {
            let trial = Trial { share: trial_share(config, &book.playbook.key), seed };
            let policy = Policy { form, ..Policy::default() };
            let selection = select(&book.playbook, &book.index, question, budget, &policy, trial, None);
            Part { book, selection, form }
        });
        let parts: Vec<Part> = parts.collect();
        // Where nothing is shown but something was held back, it is an answer of the arm without it.
        let used = |part: &Part| !part.selection.is_empty() || !part.selection.held_back.is_empty();
        parts.iter().any(used).then_some(Advice { key, parts })
    }

    /// A playbook that is there and switched off by nobody.
    fn usable(&self, config: &Config, key: &PlaybookKey) -> Option<Arc<Book>> {
        let off = config.playbook(key).is_some_and(|row| row.off);
        self.0.get(key).filter(|book| !off && !book.playbook.off).cloned()
    }
}

impl Advice {
    /// The block for the prompt; empty for none.
    pub(super) fn text(&self) -> String {
        let parts = self.parts.iter().map(|part| (&part.selection, &part.book.playbook, part.form));
        together(&parts.collect::<Vec<_>>())
    }

    /// How many bullets there are in it.
    pub(super) fn bullets(&self) -> u32 {
        let bullets: usize = self.parts.iter().map(|part| part.selection.shown().len()).sum();
        u32::try_from(bullets).unwrap_or(u32::MAX)
    }

    /// What was in the prompt, and which of it `answer` names.
    pub(super) fn shown(&self, answer: &str) -> Shown {
        let mut wider = None;
        for part in self.parts.iter().rev() {
            wider = Some(Shown { wider: wider.map(Box::new), ..part.shown(answer) });
        }
        match wider {
            Some(shown) if shown.playbook == self.key => shown,
            // The playbook for such questions is not there yet, or is off.
            wider => Shown { wider: wider.map(Box::new), ..Shown::nothing(self.key.clone()) },
        }
    }
}

impl Part {
    fn shown(&self, answer: &str) -> Shown {
        let (playbook, shown) = (&self.book.playbook, self.selection.shown());
        let Selection { core, tail, trial, held_back, .. } = &self.selection;
        Shown {
            playbook: playbook.key.clone(),
            bullets: [&core[..], tail, trial].concat(),
            trial: trial.clone(),
            cited: cited_in(answer, playbook, &shown, self.form),
            held_back: held_back.iter().take(MOST_HELD_BACK).copied().collect(),
            wider: None,
        }
    }
}

/// The share of prompts in which a bullet of a playbook is that is on trial.
fn trial_share(config: &Config, key: &PlaybookKey) -> Milli {
    let percent = config.playbook(key).and_then(|row| row.trial).unwrap_or(config.ace.trial);
    Milli(i32::from(percent) * 10)
}

/// The playbook for a question to a model: for what the user said of its conversation, else for its class; `None` for the guide.
pub(super) fn key(domain: Option<&Domain>, class: TaskClass, candidate: &Candidate) -> Option<PlaybookKey> {
    if candidate.model.is_guide() {
        return None;
    }
    let family = keys::family(candidate.model.short(), Some(&candidate.family));
    let key = domain.map_or_else(|| PlaybookKey::new(class.word(), &family, None), |domain| domain.key(&family));
    key.ok()
}
