//! A gate on which the fake waits until the test lets it pass; so that "slow" needs no clock.

use std::sync::Arc;
use tokio::sync::{Semaphore, TryAcquireError};

/// Holds back what a script would send. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate through which nothing passes yet.
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets `n` more steps pass.
    pub fn release(&self, n: usize) {
        self.0.add_permits(n);
    }

    /// Lets everything pass, from now on.
    pub fn open(&self) {
        self.0.close();
    }

    /// Passes where that needs no waiting; whether it did.
    pub(crate) fn try_pass(&self) -> bool {
        match self.0.try_acquire() {
            Ok(permit) => {
                permit.forget();
                true
            }
            Err(TryAcquireError::Closed) => true,
            Err(TryAcquireError::NoPermits) => false,
        }
    }

    /// Waits for one step.
    pub(crate) async fn pass(&self) {
        // A closed semaphore is an open gate: that error is the permission.
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

/// Waits where there is a gate.
pub(crate) async fn pass(gate: Option<&Gate>) {
    if let Some(gate) = gate {
        gate.pass().await;
    }
}
