//! Calls of the store about trainings.

use super::runs::{self, Measured, NewRun, RunOutput};
use super::{Store, StoreError};
use crate::ace::adapt::Checkpoint;
use crate::domain::{Delta, Digest, PlaybookKey, TrainPlan};

impl Store {
    /// Notes that a training begins, and gives its number.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn begin_run(&self, new: NewRun) -> Result<i64, StoreError> {
        self.run(move |db| runs::begin(&db.conn, &new)).await
    }

    /// The last training of a playbook that did not come to its end: its number, what was wanted of it, the sum over its samples, and
    /// where it stands.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn unfinished_run(&self, key: PlaybookKey) -> Result<Option<(i64, TrainPlan, Digest, Checkpoint)>, StoreError> {
        self.run(move |db| runs::unfinished(&db.conn, &key)).await
    }

    /// Notes an answer of a training.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn note_output(&self, run: i64, output: RunOutput) -> Result<(), StoreError> {
        self.run(move |db| runs::output(&db.conn, run, &output)).await
    }

    /// Notes the `n`-th change that a training made of its playbook.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn note_run_delta(&self, run: i64, n: u64, delta: Delta) -> Result<(), StoreError> {
        self.run(move |db| runs::delta(&db.conn, run, n, &delta)).await
    }

    /// Notes where a training stands: a [`Checkpoint`] as JSON.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn keep_checkpoint(&self, run: i64, checkpoint: String) -> Result<(), StoreError> {
        self.run(move |db| runs::checkpoint(&db.conn, run, &checkpoint)).await
    }

    /// Forgets all but the first so many outputs and changes of a training.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn rewind_run(&self, run: i64, outputs: u64, deltas: u64) -> Result<(), StoreError> {
        self.run(move |db| runs::rewind(&mut db.conn, run, outputs, deltas)).await
    }

    /// The first so many answers of a training, as far as they measure.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn run_measured(&self, run: i64, first: u64) -> Result<Vec<Measured>, StoreError> {
        self.run(move |db| runs::measured(&db.conn, run, first)).await
    }

    /// The first so many changes that a training made.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn run_deltas(&self, run: i64, first: u64) -> Result<Vec<Delta>, StoreError> {
        self.run(move |db| runs::deltas(&db.conn, run, first)).await
    }

    /// Notes the end of a training: what came of it, as a JSON object.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn end_run(&self, run: i64, result: String) -> Result<(), StoreError> {
        self.run(move |db| runs::end(&mut db.conn, run, &result)).await
    }
}
