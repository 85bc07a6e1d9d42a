//! Calls of the store about playbooks and what they are learnt from.

use super::lessons::{self, RoleCall};
use super::origins::{self, Trace};
use super::playbooks::{self, Change};
use super::{Store, StoreError, arms, embeddings, switches};
use crate::ace::promote::Lift;
use crate::domain::{
    BulletId, ChatOrigin, Delta, DeltaSeq, DomainConfig, Lesson, LessonCounts, MessageId, ModelId, Playbook, PlaybookKey,
    Provenance, Rating,
};
use std::collections::HashMap;

impl Store {
    /// All playbooks with their bullets, by name.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn playbooks(&self) -> Result<Vec<Playbook>, StoreError> {
        let mut all = self.run(|db| playbooks::all(&mut db.conn)).await?;
        for file in self.shelf.iter().flat_map(|shelf| shelf.all()) {
            let there = file.run(|db| playbooks::all(&mut db.conn)).await?;
            all.retain(|playbook| !there.iter().any(|other| other.key == playbook.key));
            all.extend(there);
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    /// One playbook.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn playbook(&self, key: PlaybookKey) -> Result<Option<Playbook>, StoreError> {
        self.home(&key).await?.run(move |db| playbooks::one(&mut db.conn, &key)).await
    }

    /// Stores what changed a playbook and what it is after, all or nothing, and gives the numbers of the deltas. One that is not
    /// there is made.
    ///
    /// # Errors
    /// `Changed` where the playbook is not what the change was made from, and what a database may do.
    pub async fn change_playbook(&self, change: Change) -> Result<Vec<DeltaSeq>, StoreError> {
        self.home_for_change(&change.playbook.key).await?.run(move |db| playbooks::change(&mut db.conn, &change)).await
    }

    /// What changed a playbook, the newest first: those before `before`, at most `limit`.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn deltas(&self, key: PlaybookKey, before: Option<DeltaSeq>, limit: Option<u32>) -> Result<Vec<Delta>, StoreError> {
        self.home(&key).await?.run(move |db| playbooks::deltas(&db.conn, &key, before, limit)).await
    }

    /// What is noted of a playbook beside its bullets; nothing of one that is not there.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn facts(&self, key: PlaybookKey) -> Result<DomainConfig, StoreError> {
        self.home(&key).await?.run(move |db| playbooks::facts(&db.conn, key)).await
    }

    /// Notes all of this of a playbook. One that is not there is made, without bullets.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn set_facts(&self, facts: DomainConfig) -> Result<(), StoreError> {
        self.home_for_change(&facts.key).await?.run(move |db| playbooks::set_facts(&mut db.conn, facts)).await
    }

    /// How the user turned a switch; `None` where it was never turned.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn switch(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.run(move |db| switches::get(&db.conn, name)).await
    }

    /// Turns a switch, for all processes and later runs.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn set_switch(&self, name: &'static str, value: impl Into<String>) -> Result<(), StoreError> {
        let value = value.into();
        self.run(move |db| switches::set(&db.conn, name, &value)).await
    }

    /// A bullet with what it came from and what touched it; `None` where there is no such bullet.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn bullet_trace(&self, key: PlaybookKey, id: BulletId) -> Result<Option<Trace>, StoreError> {
        let found = self.home(&key).await?.run(move |db| origins::trace(&mut db.conn, &key, id)).await?;
        let Some(mut trace) = found else { return Ok(None) };
        // Answers are in the main database, wherever the playbook is.
        if let (None, Provenance::Chat { message }) = (&trace.chat, &trace.bullet.provenance) {
            trace.chat = self.chat_origins(vec![*message]).await?.pop();
        }
        Ok(Some(trace))
    }

    /// All that touched a bullet, whole, the newest first; nothing where there is no such bullet and was none.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn bullet_deltas(&self, key: PlaybookKey, id: BulletId) -> Result<Vec<Delta>, StoreError> {
        self.home(&key).await?.run(move |db| origins::touching(&db.conn, &key, id)).await
    }

    /// What is stored of these answers for whoever asks what was learnt from them, in their order; those that are gone are left out.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn chat_origins(&self, messages: Vec<MessageId>) -> Result<Vec<ChatOrigin>, StoreError> {
        self.run(move |db| origins::chats(&db.conn, &messages)).await
    }

    /// Notes what the user said of an answer, which waits to be learnt from then, unless its question came from a file; false
    /// where that changes nothing: the same was said before, a mere sign came after a word, or nobody answered.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn rate(&self, message: MessageId, rating: Rating, at_ms: i64) -> Result<bool, StoreError> {
        self.run(move |db| lessons::rate(&mut db.conn, message, &rating, at_ms)).await
    }

    /// Has an answer wait to be learnt from of which the user said nothing. Nothing where it, or its question, came from a file.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn queue_lesson(&self, message: MessageId, at_ms: i64) -> Result<(), StoreError> {
        self.run(move |db| lessons::queue(&db.conn, message, at_ms)).await
    }

    /// The answer that is to be learnt from next, of those that are not put off until later than `now_ms`. It is put off until
    /// `until_ms`, so that nobody else takes it meanwhile.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn claim_lesson(&self, now_ms: i64, until_ms: i64) -> Result<Option<Lesson>, StoreError> {
        self.run(move |db| lessons::claim(&mut db.conn, now_ms, until_ms)).await
    }

    /// Gives an answer back that was claimed and not tried. Nothing where the claim is over, or the user said something new since.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn free_lesson(&self, claim: (MessageId, i64)) -> Result<(), StoreError> {
        self.run(move |db| lessons::free(&db.conn, claim)).await
    }

    /// What was measured of the bullets on trial of a playbook: answers that the user rated, by whether the bullet was drawn for their
    /// prompt or held back.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn arms(&self, key: PlaybookKey) -> Result<HashMap<BulletId, Lift>, StoreError> {
        self.run(move |db| arms::of(&db.conn, &key)).await
    }

    /// The embeddings of those of `texts` that `model` has made before.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn embeddings(&self, model: ModelId, texts: Vec<String>) -> Result<Vec<(String, Vec<f32>)>, StoreError> {
        self.run(move |db| embeddings::get(&db.conn, &model, texts)).await
    }

    /// Keeps embeddings that `model` made.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn keep_embeddings(&self, model: ModelId, made: Vec<(String, Vec<f32>)>) -> Result<(), StoreError> {
        self.run(move |db| embeddings::put(&mut db.conn, &model, &made)).await
    }

    /// Says that an answer that was claimed was learnt from, or why nothing could be learnt. Nothing where the claim is over, or the
    /// user said something new since.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn lesson_ended(&self, claim: (MessageId, i64), failed: Option<String>) -> Result<(), StoreError> {
        self.run(move |db| lessons::ended(&db.conn, claim, failed.as_deref())).await
    }

    /// Puts an answer off that was claimed and tried in vain. Nothing where the claim is over, or the user said something new since.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn lesson_waits(&self, claim: (MessageId, i64), not_before_ms: i64) -> Result<(), StoreError> {
        self.run(move |db| lessons::waits(&db.conn, claim, not_before_ms)).await
    }

    /// How far learning is.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn lesson_counts(&self) -> Result<LessonCounts, StoreError> {
        self.run(|db| lessons::counts(&db.conn)).await
    }

    /// Notes a call of a generator, reflector or curator. Of answers that could not be read the last 200 are kept.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn note_role(&self, call: RoleCall) -> Result<(), StoreError> {
        self.run(move |db| lessons::note_role(&mut db.conn, &call)).await
    }
}
