//! Leave to contact servers on other machines for their models: each by itself, with a row of its own in the ledger.
//!
//! What must stay true: a server elsewhere is contacted only where it is trusted, or once the user said yes; after a no it is asked
//! about no more until the user asks for the models again.

use super::Actor;
use super::consent::Asks;
use super::fetching::names_only;
use super::tasks::{Done, Kind};
use crate::backend::Backend;
use crate::domain::{BackendId, Failure, FailureKind, LedgerOutcome, LedgerSeq, Purpose, RequestId, ServerState};
use crate::privacy::{Cleared, Pass, Passage};
use crate::session::look::Seen;
use std::collections::HashMap;
use std::sync::Arc;

/// The question whether a server on another host may be asked for its models. Front ends count from 1.
const CONTACT: RequestId = RequestId(0);

/// How it stands with each server that is elsewhere.
#[derive(Default)]
pub(super) struct Contacts(HashMap<BackendId, Contact>);

#[derive(Default)]
struct Contact {
    /// Leave to ask it, and the row of the ledger that has no outcome yet.
    pass: Option<Pass>,
    row: Option<LedgerSeq>,
    /// The user does not want it asked.
    unwanted: bool,
    /// Its row is being written.
    begun: bool,
}

impl Contacts {
    /// The leave there is.
    pub(super) fn passes(&self) -> HashMap<BackendId, Pass> {
        self.0.iter().filter_map(|(id, contact)| Some((id.clone(), contact.pass.clone()?))).collect()
    }

    /// Whether the row of any is being written: it will have more to say.
    pub(super) fn any_begun(&self) -> bool {
        self.0.values().any(|contact| contact.begun)
    }

    /// The user asks for the models: a no is over.
    pub(super) fn forgive(&mut self) {
        self.0.values_mut().for_each(|contact| contact.unwanted = false);
    }

    fn is_open(&self, id: &BackendId) -> bool {
        self.0.get(id).is_none_or(|contact| contact.pass.is_none() && !contact.begun && !contact.unwanted)
    }

    fn of(&mut self, id: BackendId) -> &mut Contact {
        self.0.entry(id).or_default()
    }

    /// Nobody knows how writing the rows went on.
    pub(super) fn give_up(&mut self) {
        for contact in self.0.values_mut().filter(|contact| contact.begun) {
            (contact.begun, contact.unwanted) = (false, true);
        }
    }

    /// The user said no.
    pub(super) fn refuse(&mut self, id: BackendId) {
        self.of(id).unwanted = true;
    }
}

impl Actor {
    /// A server on another host is asked for its models where it is trusted, or where the user wants to see them and says
    /// yes. At most once until something changes.
    pub(super) async fn maybe_contact(&mut self) {
        let wanted = std::mem::take(&mut self.contact_wanted);
        if self.standing.is_offline() {
            return;
        }
        let elsewhere = |host: &&Arc<dyn Backend>| matches!(self.catalog.state(&host.id()), ServerState::Elsewhere { .. });
        let open = self.backends.hosts().filter(elsewhere).filter(|host| self.contacts.is_open(&host.id()));
        let destinations: Vec<_> = open.filter_map(|host| host.contact(Purpose::ModelList)).collect();
        for destination in destinations {
            if self.is_asking_to_contact(destination.backend()) {
                continue;
            }
            match self.outlet.judge(names_only(CONTACT, Purpose::ModelList, destination, String::new())) {
                Ok(Passage::Leaves(cleared)) => self.contact(*cleared),
                Ok(Passage::Ask(pending)) if wanted => self.must_ask(Asks::Contact(pending)).await,
                Err(failure) if wanted => self.refuse(&failure).await,
                _ => {}
            }
        }
    }

    /// Contacts a server on another host, now that its row may be written.
    pub(super) fn contact(&mut self, cleared: Cleared) {
        let (outlet, id) = (self.outlet.clone(), cleared.entry().provider.clone());
        self.contacts.of(id.clone()).begun = true;
        self.tasks.spawn(Kind::Contact, async move {
            let noted = outlet.note(cleared).await;
            Done::Contact(id, noted.map(|(sealed, row)| (sealed.into_pass(), row)))
        });
    }

    pub(super) async fn contacted(&mut self, id: BackendId, pass: Result<(Pass, LedgerSeq), Failure>) {
        let contact = self.contacts.of(id);
        contact.begun = false;
        match pass {
            Ok((pass, row)) => {
                (contact.pass, contact.row) = (Some(pass), Some(row));
                self.announce = true;
            }
            Err(failure) => {
                contact.unwanted = true;
                self.refuse(&failure).await;
            }
        }
        self.look_afresh();
    }

    /// What came of contacting a server on another host goes into the ledger.
    pub(super) async fn note_contact(&mut self, seen: &Seen) {
        if let Some(row) = self.contacts.of(seen.id.clone()).row.take() {
            let outcome = match &seen.result {
                Ok(_) => LedgerOutcome::Answered,
                Err(_) => LedgerOutcome::Failed(FailureKind::Unreachable),
            };
            self.outlet.outcome(row, outcome).await;
        }
    }
}
