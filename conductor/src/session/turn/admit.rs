//! Before a candidate is asked: its place in memory.

use super::Turn;
use super::receive::End;
use crate::domain::{Candidate, Waits};
use crate::gpu::memory::Lease;
use crate::gpu::semaphore::Priority;
use crate::protocol::Event;
use crate::session::{describe, memory};
use tokio::sync::{mpsc, oneshot};

impl Turn {
    /// Has the model of `candidate` in memory, and keeps it there while the lease is held. `None` for a model whose memory is not
    /// ours to share.
    pub(super) async fn admit(
        &self,
        candidate: &Candidate,
        cancel: &mut oneshot::Receiver<()>,
    ) -> Result<Option<Lease>, Box<End>> {
        let Some((memory, model)) = self.memory.of_candidate(candidate).zip(self.model(candidate)) else { return Ok(None) };
        let demand = memory::demand(model, &self.sizes, Priority::User, self.config.timeouts.first_token);
        // What is said of the wait is only good while it lasts: a front end that is slow misses some of it.
        let (tell, mut told) = mpsc::channel(16);
        let admitted = memory.admit(&demand, move |stage| _ = tell.try_send(memory::waits(stage)));
        tokio::pin!(admitted);
        let mut waited = false;
        let result = loop {
            tokio::select! {
                biased;
                _ = &mut *cancel => return Err(Box::new(End::Nothing(describe::cancelled()))),
                result = &mut admitted => break result,
                Some(waits) = told.recv() => {
                    waited = true;
                    self.waits(candidate, waits).await;
                }
            }
        };
        match result {
            Ok(lease) => {
                if waited {
                    self.waits(candidate, Waits::Answer).await;
                }
                Ok(Some(lease))
            }
            Err(error) => Err(Box::new(End::Nothing(describe::admission(&error, candidate, model.num_ctx)))),
        }
    }

    pub(super) async fn waits(&self, candidate: &Candidate, waits: Waits) {
        self.say(Event::Waiting { id: self.id, model: candidate.model.clone(), waits }).await;
    }
}
