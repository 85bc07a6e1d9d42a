//! Calls of the store about playbooks and what they are learnt from.

use super::lessons::{self, RoleCall};
use super::playbooks::{self, Change};
use super::{Store, StoreError};
use crate::domain::{Delta, DeltaSeq, Lesson, LessonCounts, MessageId, Playbook, PlaybookKey, Rating};

impl Store {
    /// All playbooks with their bullets, by name.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn playbooks(&self) -> Result<Vec<Playbook>, StoreError> {
        self.run(|db| playbooks::all(&mut db.conn)).await
    }

    /// One playbook.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn playbook(&self, key: PlaybookKey) -> Result<Option<Playbook>, StoreError> {
        self.run(move |db| playbooks::one(&mut db.conn, &key)).await
    }

    /// Stores what changed a playbook and what it is after, all or nothing, and gives the numbers of the deltas. One that is not
    /// there is made.
    ///
    /// # Errors
    /// `Changed` where the playbook is not what the change was made from, and what a database may do.
    pub async fn change_playbook(&self, change: Change) -> Result<Vec<DeltaSeq>, StoreError> {
        self.run(move |db| playbooks::change(&mut db.conn, &change)).await
    }

    /// What changed a playbook, the newest first: those before `before`, at most `limit`.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn deltas(&self, key: PlaybookKey, before: Option<DeltaSeq>, limit: Option<u32>) -> Result<Vec<Delta>, StoreError> {
        self.run(move |db| playbooks::deltas(&db.conn, &key, before, limit)).await
    }

    /// Notes what the user said of an answer, which waits to be learnt from then; false where that changes nothing: the same was said
    /// before, a mere sign came after a word, or nobody answered.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn rate(&self, message: MessageId, rating: Rating, at_ms: i64) -> Result<bool, StoreError> {
        self.run(move |db| lessons::rate(&mut db.conn, message, &rating, at_ms)).await
    }

    /// Has an answer wait to be learnt from of which the user said nothing.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn queue_lesson(&self, message: MessageId, at_ms: i64) -> Result<(), StoreError> {
        self.run(move |db| lessons::queue(&db.conn, message, at_ms)).await
    }

    /// The answer that is to be learnt from next, of those that are not put off until later than `now_ms`.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn next_lesson(&self, now_ms: i64) -> Result<Option<Lesson>, StoreError> {
        self.run(move |db| lessons::next(&db.conn, now_ms)).await
    }

    /// Says that an answer was learnt from, or why nothing could be learnt.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn lesson_ended(&self, message: MessageId, failed: Option<String>) -> Result<(), StoreError> {
        self.run(move |db| lessons::ended(&db.conn, message, failed.as_deref())).await
    }

    /// Puts an answer off that was tried in vain.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn lesson_waits(&self, message: MessageId, not_before_ms: i64) -> Result<(), StoreError> {
        self.run(move |db| lessons::waits(&db.conn, message, not_before_ms)).await
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
