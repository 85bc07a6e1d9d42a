//! The learner: works off what the user said of answers, one answer at a time, while nobody needs the machine.
//!
//! What must stay true: a model on this machine is asked, beside those in memory and never in the place of one; who cancels it ends the
//! request at once, and the answer is learnt from later, from the beginning; a change is stored whole or not at all; learning never
//! touches an answer.

mod asker;
mod records;
mod vectors;

use super::books;
use super::embeddings::{Means, Wish};
use crate::ace::apply::{Applied, Rules};
use crate::ace::dedup::Vectors;
use crate::ace::feedback::{self, Heard, Said, Unheard};
use crate::ace::promote::{Gates, Lift};
use crate::ace::roles::{Call, Doors, Roles, Trace};
use crate::domain::{BulletId, Candidate, Delta, Lesson, Model, ModelId, Playbook, PlaybookKey, Shown, Signature};
use crate::gpu::memory::Lease;
use crate::protocol::Changed;
use crate::store::{Change, Store, StoreError, now_ms};
pub(super) use asker::Local;
pub(super) use records::{forbids, role_call};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long one process has an answer to itself: longer than all that is asked of models for it. Where it dies meanwhile, the answer is
/// taken up again after that.
const CLAIM_MS: i64 = 1_200_000;

/// Under which name it is kept whether learning goes on, and the word where it does not.
pub(super) const SWITCH: &str = "learn";
pub(super) const OFF: &str = "off";

/// An answer is tried so often; then nothing is learnt from it.
const TRIES: u32 = 5;

/// The first pause after an answer was tried in vain; each is twice as long as the one before.
const PAUSE_MS: i64 = 60_000;

/// How often a change is made anew because another process was faster.
const AGAIN: u32 = 3;

/// How long a model may take to be loaded.
const LOAD: Duration = Duration::from_secs(120);

/// What an answer is learnt from with.
pub(super) struct Learner {
    pub(super) means: Arc<Means>,
    pub(super) roles: Arc<Roles>,
    pub(super) rules: Rules,
    /// Who is asked; `None` has one chosen.
    pub(super) named: Option<ModelId>,
    pub(super) store: Store,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum End {
    /// It was learnt from.
    Learnt {
        /// What it changed, in this order.
        changed: Vec<Changed>,
        /// Why more could not be learnt; it is tried again.
        lost: Option<String>,
    },
    /// Nothing is to be learnt from.
    Empty,
    /// Somebody needed the machine.
    Yielded,
    /// There is nobody to ask now, or no room for anybody.
    Nobody {
        /// Why.
        why: String,
        /// Only other models, or a server that is there again, would change that.
        lasting: bool,
    },
    /// It is switched off, by another process.
    Off,
    /// This one could not be learnt from, now or ever.
    Put(String),
    /// The database failed.
    Unstored(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Unstored(error)
    }
}

impl Learner {
    /// Learns from the answer that waits longest. Dropping the sender of `cancel` ends it.
    pub(super) async fn run(self, mut cancel: oneshot::Receiver<()>) -> End {
        match self.store.switch(SWITCH).await {
            Ok(Some(word)) if word == OFF => return End::Off,
            Ok(_) => {}
            Err(error) => return error.into(),
        }
        let now = now_ms();
        let lesson = match self.store.claim_lesson(now, now + CLAIM_MS).await {
            Ok(Some(lesson)) => lesson,
            Ok(None) => return End::Empty,
            Err(error) => return error.into(),
        };
        let heard = tokio::select! {
            biased;
            _ = &mut cancel => Err(End::Yielded),
            heard = self.hear(&lesson) => heard,
        };
        // From here on it takes milliseconds.
        let end = match heard {
            Ok(learnt) => self.commit_all(&lesson, learnt).await,
            Err(end) => end,
        };
        self.settle(&lesson, &end).await;
        end
    }

    /// Notes what became of `lesson`.
    async fn settle(&self, lesson: &Lesson, end: &End) {
        let claim = lesson.claim();
        let noted = match end {
            End::Learnt { lost: None, .. } => self.store.lesson_ended(claim, None).await,
            End::Learnt { lost: Some(why), .. } | End::Put(why) if lesson.tries + 1 >= TRIES => {
                self.store.lesson_ended(claim, Some(why.clone())).await
            }
            End::Learnt { .. } | End::Put(_) => {
                self.store.lesson_waits(claim, now_ms() + (PAUSE_MS << lesson.tries.min(TRIES))).await
            }
            End::Yielded | End::Nobody { .. } | End::Unstored(_) => self.store.free_lesson(claim).await,
            End::Empty | End::Off => Ok(()),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "what became of an answer to learn from is not stored");
        }
    }

    /// Asks the roles, and has embeddings made of what they want to write.
    async fn hear(&self, lesson: &Lesson) -> Result<Vec<Learning>, End> {
        let mut shown = lesson.shown.iter().flat_map(Shown::each);
        let first = shown.next();
        let Some(key) = first.map(|shown| shown.playbook.clone()).or_else(|| key(&self.means.models, lesson)) else {
            return Ok(Vec::new());
        };
        let mut all = vec![self.hear_of(lesson, key, first, true).await?];
        for wider in shown {
            all.push(self.hear_of(lesson, wider.playbook.clone(), Some(wider), false).await?);
        }
        Ok(all)
    }

    /// The same, for one of the playbooks that the prompt had something of. For the wider one no model is asked: what the answer named is
    /// counted, and nothing is written.
    async fn hear_of(&self, lesson: &Lesson, key: PlaybookKey, shown: Option<&Shown>, asks: bool) -> Result<Learning, End> {
        let said = Said::new(lesson.message, &lesson.question, lesson.rating.clone(), shown);
        let book = self.store.playbook(key.clone()).await?.unwrap_or_else(|| Playbook::new(key.clone()));
        let (heard, vectors) = if asks && said.asks() { self.ask(lesson, &said, &book).await? } else { Default::default() };
        let arms = self.store.arms(key.clone()).await?;
        Ok(Learning { key, said, heard, vectors, arms })
    }

    async fn ask(&self, lesson: &Lesson, said: &Said, book: &Playbook) -> Result<(Heard, Vectors), End> {
        let (model, _lease) = self.admit().await?;
        let (trace, mut calls) = mpsc::channel(8);
        let (asker, trace) = (Local::new(self.means.clone(), model), Records(trace));
        let heard = feedback::ask(&self.roles, Doors { asker: &asker, trace: &trace }, book, said);
        tokio::pin!(heard);
        let heard = loop {
            tokio::select! {
                biased;
                Some(call) = calls.recv() => self.note(lesson, call).await,
                heard = &mut heard => break heard,
            }
        };
        while let Ok(call) = calls.try_recv() {
            self.note(lesson, call).await;
        }
        let heard = heard.map_err(|unheard| match unheard {
            Unheard::Unanswered(why) => End::Put(why),
            Unheard::Away(why) => End::Nobody { why, lasting: true },
        })?;
        let vectors = match heard.written() {
            written if written.is_empty() => Vectors::default(),
            written => vectors::of(&self.means, &self.store, book, written).await,
        };
        Ok((heard, vectors))
    }

    /// Who is asked: in memory already before who is not, then the largest, since the better reflect better.
    async fn admit(&self) -> Result<(Model, Option<Lease>), End> {
        let models = fitting(&self.means, self.named.as_ref());
        let mut lasting = true;
        let mut why = match &self.named {
            Some(name) => format!("{name} (ace.model) is not installed on this machine"),
            None => "there is no model on this machine that could learn".to_owned(),
        };
        for model in models {
            match self.means.admit(model, Wish::Beside, LOAD).await {
                Ok(lease) => return Ok((model.clone(), lease)),
                Err(failure) => {
                    (why, lasting) = (format!("no memory is free for a model that learns: {}", failure.what), false);
                }
            }
        }
        Err(End::Nobody { why, lasting })
    }

    async fn note(&self, lesson: &Lesson, call: Call) {
        let call = role_call(format!("m{}", lesson.message.0), call);
        if let Err(error) = self.store.note_role(call).await {
            tracing::warn!(%error, "a call of a role is not stored");
        }
    }

    async fn commit_all(&self, lesson: &Lesson, learnt: Vec<Learning>) -> End {
        let (mut changed, mut lost) = (Vec::new(), None);
        for learning in learnt {
            lost = lost.or_else(|| learning.heard.lost.clone());
            match self.commit(lesson, &learning).await {
                Ok(more) => changed.extend(more),
                Err(error) if changed.is_empty() => return error.into(),
                // What was stored stands, and is known.
                Err(error) => lost = Some(error.failure().what),
            }
        }
        End::Learnt { changed, lost }
    }

    /// Changes a playbook, anew where another process was faster.
    async fn commit(&self, lesson: &Lesson, learning: &Learning) -> Result<Vec<Changed>, StoreError> {
        let key = &learning.key;
        let mut tries = 0;
        loop {
            let (book, deltas) = read(&self.store, key).await?;
            let applied = self.changes(&book, &deltas, learning);
            let Some(last) = applied.last() else { return Ok(Vec::new()) };
            let deltas = applied.iter().map(|applied| applied.delta.clone()).collect();
            let change = Change { playbook: last.playbook.clone(), after: book.last, deltas };
            match self.store.change_playbook(change).await {
                Ok(seqs) => {
                    tracing::info!(message = lesson.message.0, changes = seqs.len(), "learnt");
                    let stored = applied.into_iter().zip(seqs).map(|(applied, seq)| applied.stored(seq));
                    return Ok(stored.map(|Applied { playbook, delta }| Changed { playbook, delta }).collect());
                }
                Err(StoreError::Changed { .. }) if tries < AGAIN => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn changes(&self, book: &Playbook, deltas: &[Delta], learning: &Learning) -> Vec<Applied> {
        let forbids = forbids(self.means.outlet.scanner.clone());
        let means = feedback::Means {
            rules: &self.rules,
            gates: &Gates::of(&self.means.outlet.config, &learning.key),
            vectors: &learning.vectors,
            forbids: &forbids,
            lift: &|id| learning.arms.get(&id).copied(),
            now_ms: now_ms(),
        };
        feedback::changes(book, deltas, &learning.said, &learning.heard, means)
    }
}

/// What was heard of an answer, before it changes anything.
struct Learning {
    key: PlaybookKey,
    said: Said,
    heard: Heard,
    vectors: Vectors,
    /// What was measured of bullets on trial.
    arms: HashMap<BulletId, Lift>,
}

/// Hands the records of calls on, to be stored as they come.
struct Records(mpsc::Sender<Call>);

impl Trace for Records {
    fn call(&self, call: Call) {
        // Each is taken before the next call is made.
        _ = self.0.try_send(call);
    }
}

/// The playbook of an answer that had nothing of one in its prompt.
fn key(models: &[Model], lesson: &Lesson) -> Option<PlaybookKey> {
    let Signature { model, backend, location, class, family, .. } = lesson.signature.clone();
    let known = models.iter().find(|row| row.id == model && row.backend == backend).map(|row| row.family.clone());
    let candidate = Candidate { family: known.unwrap_or(family), model, backend, location };
    books::key(lesson.domain.as_ref(), class, &candidate)
}

/// A playbook as it is stored, with all that changed it, the oldest first.
pub(super) async fn read(store: &Store, key: &PlaybookKey) -> Result<(Playbook, Vec<Delta>), StoreError> {
    let book = store.playbook(key.clone()).await?.unwrap_or_else(|| Playbook::new(key.clone()));
    let mut deltas = store.deltas(key.clone(), None, None).await?;
    deltas.reverse();
    Ok((book, deltas))
}

/// The models that may learn, the best first: on this machine; in memory; without long thoughts; large. Of one that is named it alone.
pub(super) fn fitting<'a>(means: &'a Means, named: Option<&ModelId>) -> Vec<&'a Model> {
    let fits = |model: &&Model| {
        let is_it = named.is_none_or(|name| model.id == *name || model.id.short() == name.short());
        is_it && model.capabilities.completion && model.location.is_local() && model.obstacle.is_none()
    };
    let mut models: Vec<&Model> = means.models.iter().filter(fits).collect();
    let size = |model: &Model| model.billions().unwrap_or(0.0);
    models.sort_by(|a, b| {
        let first = |model: &Model| (!means.is_on_hand(model), model.capabilities.thinking);
        first(a).cmp(&first(b)).then(size(b).total_cmp(&size(a))).then_with(|| a.id.cmp(&b.id))
    });
    models
}
