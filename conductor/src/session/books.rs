//! Playbooks as turns read them: who gets which, and what of it goes into a prompt.
//!
//! What must stay true: the same playbooks, question and turn make the same selection; nothing of a playbook that is off, or for the
//! guide, goes anywhere.

use crate::ace::keys;
use crate::ace::prompt::{Form, cited};
use crate::ace::select::{Index, Policy, Selection, Trial, select};
use crate::config::AceSettings;
use crate::domain::{Candidate, Milli, Playbook, PlaybookKey, Shown, TaskClass};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How bullets are written in prompts of a conversation: a quarter fewer tokens than the long form.
const FORM: Form = Form::Short;

/// Of a window, the part that bullets may take.
const PART_OF_WINDOW: u32 = 8;

/// A playbook with what is needed to find in it.
pub(super) struct Book {
    pub(super) playbook: Playbook,
    index: Index,
}

/// All playbooks. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Books(Arc<BTreeMap<PlaybookKey, Arc<Book>>>);

/// What of a playbook goes into a prompt.
pub(super) struct Advice {
    book: Arc<Book>,
    selection: Selection,
}

impl Books {
    pub(super) fn of(playbooks: Vec<Playbook>) -> Self {
        let mut books = Self::default();
        playbooks.into_iter().for_each(|playbook| books.put(playbook));
        books
    }

    /// Takes one as it is now.
    pub(super) fn put(&mut self, playbook: Playbook) {
        let index = Index::new(&playbook);
        Arc::make_mut(&mut self.0).insert(playbook.key.clone(), Arc::new(Book { playbook, index }));
    }

    /// What goes into a prompt to `candidate`, whose window is `num_ctx` tokens; `None` for nothing. `seed` draws the bullets on trial.
    pub(super) fn advice(
        &self,
        settings: &AceSettings,
        candidate: &Candidate,
        class: TaskClass,
        (seed, question, num_ctx): (u64, &str, u32),
    ) -> Option<Advice> {
        let book = settings.playbooks.then(|| self.0.get(&key(class, candidate)?)).flatten()?;
        let budget = settings.prompt_tokens.min((num_ctx / PART_OF_WINDOW) as usize);
        let trial = Trial { share: Milli(i32::from(settings.trial) * 10), seed };
        let policy = Policy { form: FORM, ..Policy::default() };
        let selection = select(&book.playbook, &book.index, question, budget, &policy, trial, None);
        let used = !book.playbook.off && !selection.is_empty();
        used.then(|| Advice { book: book.clone(), selection })
    }
}

impl Advice {
    /// The block for the prompt.
    pub(super) fn text(&self) -> String {
        self.selection.as_prompt(&self.book.playbook, FORM)
    }

    /// How many bullets there are in it.
    pub(super) fn bullets(&self) -> u32 {
        u32::try_from(self.selection.shown().len()).unwrap_or(u32::MAX)
    }

    /// What was in the prompt, and which of it `answer` names.
    pub(super) fn shown(&self, answer: &str) -> Shown {
        let shown = self.selection.shown();
        let Selection { core, tail, trial, .. } = &self.selection;
        Shown {
            playbook: self.book.playbook.key.clone(),
            bullets: [&core[..], tail, trial].concat(),
            trial: trial.clone(),
            cited: cited(answer, &self.book.playbook, &shown),
        }
    }
}

/// The playbook for a kind of question to a model; `None` for the guide.
pub(super) fn key(class: TaskClass, candidate: &Candidate) -> Option<PlaybookKey> {
    let family = keys::family(candidate.model.short(), Some(&candidate.family));
    (!candidate.model.is_guide()).then(|| PlaybookKey::new(class.word(), &family, None).ok()).flatten()
}
