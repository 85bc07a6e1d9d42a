//! The way out for everything that a session sends: sealed under what stands now, and noted before it goes.
//!
//! What must stay true: what leaves the machine has its row in the ledger first; a ledger that cannot be written lets
//! nothing out.

use super::describe;
use crate::config::Config;
use crate::domain::{Failure, LedgerEvent, LedgerOutcome, LedgerSeq, Location};
use crate::privacy::scan::Scanner;
use crate::privacy::{self, Cleared, Gate, Outgoing, Passage, Pending, Sealed, Standing};
use crate::store::{Store, now_ms};
use std::sync::Arc;
use tokio::sync::watch;

/// What is needed to send something. Cheap to clone.
#[derive(Clone)]
pub(super) struct Outlet {
    pub(super) config: Arc<Config>,
    pub(super) scanner: Arc<Scanner>,
    /// What the user said, as it stands now; the actor alone changes it.
    pub(super) standing: watch::Receiver<Arc<Standing>>,
    pub(super) store: Store,
}

/// Whether something may go.
pub(super) enum Way {
    /// It may; where it leaves the machine, its row in the ledger is this one.
    Open(Sealed, Option<LedgerSeq>),
    /// The user is asked first.
    Ask(Box<Pending>),
}

impl Outlet {
    /// Seals, or says what has to happen first.
    ///
    /// # Errors
    /// Where it may not go.
    pub(super) fn judge(&self, outgoing: Outgoing) -> Result<Passage, Failure> {
        let settings = &self.config.privacy;
        let standing = self.standing.borrow().clone();
        let gate = Gate {
            allow_external: settings.allow_external,
            trusted_hosts: &settings.trusted_hosts,
            scanner: settings.secret_scan_before_external.then_some(&*self.scanner),
            standing: &standing,
            expires_in_s: settings.consent_timeout.as_secs(),
        };
        // A large payload takes milliseconds to search; the screen is drawn on this thread, and waits no longer than that.
        privacy::seal(outgoing, &gate).map_err(|refusal| describe::refusal(&refusal))
    }

    /// Seals, and notes what leaves.
    ///
    /// # Errors
    /// Where it may not go, or the ledger cannot be written.
    pub(super) async fn seal(&self, outgoing: Outgoing) -> Result<Way, Failure> {
        match self.judge(outgoing)? {
            Passage::Stays(sealed) => Ok(Way::Open(sealed, None)),
            Passage::Leaves(cleared) => self.note(*cleared).await.map(|(sealed, row)| Way::Open(sealed, Some(row))),
            Passage::Ask(pending) => Ok(Way::Ask(pending)),
        }
    }

    /// Seals what no model elsewhere is ever shown, whatever the user said yes to.
    ///
    /// # Errors
    /// Where it would leave this machine.
    pub(super) async fn seal_here(&self, outgoing: Outgoing) -> Result<Sealed, Failure> {
        let elsewhere = describe::not_here(outgoing.destination.model());
        if !outgoing.destination.location().is_local() {
            return Err(elsewhere);
        }
        match self.seal(outgoing).await? {
            Way::Open(sealed, None) => Ok(sealed),
            Way::Open(_, Some(_)) | Way::Ask(_) => Err(elsewhere),
        }
    }

    /// Writes the row of what is cleared, and only then gives it out.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub(super) async fn note(&self, cleared: Cleared) -> Result<(Sealed, LedgerSeq), Failure> {
        let intent = LedgerEvent::Intent(cleared.entry().clone());
        let row = self.store.note(intent, now_ms()).await.map_err(|error| describe::unnoted(&error.failure()))?;
        Ok((cleared.noted(row), row))
    }

    /// Writes how it went on.
    pub(super) async fn outcome(&self, intent: LedgerSeq, outcome: LedgerOutcome) {
        if let Err(error) = self.store.note(LedgerEvent::Outcome { intent, outcome }, now_ms()).await {
            tracing::error!(%error, row = intent.0, "the outcome is not in the ledger");
        }
    }

    /// Waits until what is on its way to `location` has to be cut: everything is to stay on this machine. For ever for what
    /// stays there anyway.
    pub(super) async fn cut(&mut self, location: &Location) {
        if location.is_local() {
            return std::future::pending().await;
        }
        if self.standing.wait_for(|standing| standing.is_offline()).await.is_err() {
            // The actor is gone, and cancels in its own way.
            std::future::pending::<()>().await;
        }
    }
}
