//! What waits for the user's yes, and the answers that stand.
//!
//! What must stay true: one thing is asked at a time; a no, a wrong digest, a late answer and the end of the program are all
//! no; the actor alone changes what stands, and whoever sends something sees the change at once.

use super::Actor;
use super::fetching::Fetch;
use super::tasks::{Done, Kind};
use crate::domain::{BackendId, ConsentRequest, Digest, Failure, FailureKind, GrantId, Location, RequestId, Scope};
use crate::privacy::Pending;
use crate::protocol::{ConsentCommand, Event, Notice, PullProgress};
use crate::session::describe::{self, Denial};
use crate::session::turn::{Ending, Paused};
use crate::store::{StoreError, now_ms};
use std::sync::Arc;
use tokio::time::Instant;

/// Commands that wait until the database is open. Nobody gives more in that time.
const DEFERRED: usize = 64;

/// Questions that wait for an answer at the same time.
pub(super) const ASKED_AT_ONCE: usize = 4;

/// A question for consent.
pub(super) struct Asking {
    what: Asks,
    /// When it was shown plus the time it has; `None` before it is shown.
    until: Option<Instant>,
}

/// What goes on after a yes.
pub(super) enum Asks {
    Turn(Box<Paused>),
    Pull(Fetch, Box<Pending>),
    /// A server on another host is asked for its models.
    Contact(Box<Pending>),
}

impl Asks {
    fn request(&self) -> &ConsentRequest {
        match self {
            Self::Turn(paused) => paused.request(),
            Self::Pull(_, pending) | Self::Contact(pending) => pending.request(),
        }
    }
}

impl Actor {
    pub(super) async fn consent(&mut self, command: ConsentCommand) {
        match command {
            ConsentCommand::Grant { id, digest, scope } => match self.take_asking(id) {
                Some(asking) => self.granted(asking, digest, scope).await,
                None => self.nothing_waits().await,
            },
            ConsentCommand::Deny { id, never } => match self.take_asking(id) {
                Some(asking) => self.denied(asking, if never { Denial::Never } else { Denial::No }).await,
                None => self.nothing_waits().await,
            },
            // Before it is known what earlier runs forbade there is less to take back than the user means.
            ConsentCommand::Revoke(_) | ConsentCommand::RevokeAll if !self.refusals_known => {
                if self.deferred.len() < DEFERRED {
                    self.deferred.push(command);
                }
            }
            ConsentCommand::Revoke(grant) => self.revoke(grant).await,
            ConsentCommand::RevokeAll => {
                for grant in self.standing.state().grants {
                    self.take_back(grant.id);
                }
                self.stands().await;
            }
            ConsentCommand::Offline(offline) => self.offline(offline).await,
        }
        self.show_next().await;
    }

    /// Something has to be asked.
    pub(super) async fn must_ask(&mut self, what: Asks) {
        self.asking.push_back(Asking { what, until: None });
        self.show_next().await;
    }

    /// Whether the user is asked, or will be, whether `host` may be contacted for its models.
    pub(super) fn is_asking_to_contact(&self, host: &BackendId) -> bool {
        let of = |asking: &Asking| matches!(&asking.what, Asks::Contact(pending) if pending.request().provider == *host);
        self.asking.iter().any(of)
    }

    /// Shows the question that is first in the row, once.
    pub(super) async fn show_next(&mut self) {
        let Some(asking) = self.asking.front_mut().filter(|asking| asking.until.is_none()) else { return };
        asking.until = Some(Instant::now() + self.config.privacy.consent_timeout);
        let request = Box::new(asking.what.request().clone());
        self.say(Event::ConsentNeeded(request)).await;
    }

    /// When the question that is shown becomes a no.
    pub(super) fn asking_until(&self) -> Option<Instant> {
        self.asking.front().and_then(|asking| asking.until)
    }

    pub(super) async fn expired(&mut self) {
        if let Some(asking) = self.asking.pop_front() {
            self.denied(asking.what, Denial::TooLate).await;
        }
        self.show_next().await;
    }

    /// Takes the question of turn or pull `id`, wherever it stands in the row.
    pub(super) fn take_asking(&mut self, id: RequestId) -> Option<Asks> {
        let at = self.asking.iter().position(|asking| asking.what.request().id == id)?;
        self.asking.remove(at).map(|asking| asking.what)
    }

    async fn nothing_waits(&mut self) {
        let notice = Notice::warning("that question was answered already, or its time was over", "ask again");
        self.say(Event::Notice { id: None, notice }).await;
    }

    async fn granted(&mut self, what: Asks, digest: Digest, scope: Scope) {
        match what {
            Asks::Turn(paused) => {
                let id = paused.id();
                match paused.grant(digest, scope, &mut self.standing) {
                    Ok(resumed) => self.resume_turn(id, |cancelled| resumed.run(cancelled)),
                    Err(refused) => {
                        let (ending, failure) = *refused;
                        self.end_turn(id, ending, failure);
                    }
                }
            }
            Asks::Pull(fetch, pending) => match pending.grant(digest, scope, &mut self.standing, now_ms()) {
                Ok(cleared) => self.fetch(fetch, cleared),
                Err(refusal) => self.pull_refused(fetch, describe::refusal(&refusal)).await,
            },
            Asks::Contact(pending) => match pending.grant(digest, scope, &mut self.standing, now_ms()) {
                Ok(cleared) => self.contact(cleared),
                Err(refusal) => self.refuse(&describe::refusal(&refusal)).await,
            },
        }
        self.stands().await;
    }

    pub(super) async fn denied(&mut self, what: Asks, why: Denial) {
        let request = what.request();
        if why == Denial::Never {
            let (provider, location) = (request.provider.clone(), request.location.clone());
            self.forbid(provider, location);
            self.stands().await;
        }
        let failure = describe::denied(what.request(), why);
        match what {
            Asks::Turn(paused) if paused.has_a_local_one() => {
                self.resume_turn(paused.id(), |cancelled| paused.run_here(failure, cancelled));
            }
            what => self.give_up(what, failure).await,
        }
    }

    /// Ends what waited, with `failure`.
    pub(super) async fn give_up(&mut self, what: Asks, failure: Failure) {
        match what {
            Asks::Turn(paused) => self.end_turn(paused.id(), paused.end(), failure),
            Asks::Pull(fetch, _) => self.pull_refused(fetch, failure).await,
            Asks::Contact(pending) => {
                self.contacts.refuse(pending.request().provider.clone());
                self.refuse(&failure).await;
            }
        }
    }

    fn end_turn(&mut self, id: RequestId, ending: Ending, failure: Failure) {
        self.tasks.spawn(Kind::Turn(id), async move { Done::Turn(Box::new(ending.with(failure).await)) });
    }

    async fn revoke(&mut self, id: GrantId) {
        if !self.take_back(id) {
            let what = "that answer does not stand any more";
            self.refuse(&Failure::new(FailureKind::NotFound, what, "`/consent` shows those that do")).await;
        }
        self.stands().await;
    }

    fn take_back(&mut self, id: GrantId) -> bool {
        let Some(grant) = self.standing.revoke(id) else { return false };
        if grant.scope == Scope::Never {
            let store = self.store.clone();
            self.tasks.spawn(Kind::Keep, async move {
                keep(store.allow_again(&grant.provider, &grant.location).await);
                Done::Read
            });
        }
        true
    }

    fn forbid(&mut self, provider: BackendId, location: Location) {
        let given_ms = now_ms();
        self.standing.forbid(&provider, &location, given_ms);
        let store = self.store.clone();
        self.tasks.spawn(Kind::Keep, async move {
            keep(store.refuse(&provider, &location, given_ms).await);
            Done::Read
        });
    }

    async fn offline(&mut self, offline: bool) {
        if !self.standing.set_offline(offline) {
            let what = "Segno was started with --offline, which holds until it ends";
            self.refuse(&Failure::new(FailureKind::Refused, what, "start it without --offline")).await;
        }
        self.stands().await;
        // What was known of a server elsewhere is looked at again, or not any more.
        self.look_afresh();
    }

    /// The answers of earlier runs that stand for ever.
    pub(super) async fn refusals(&mut self, found: Result<Vec<(BackendId, Location, i64)>, StoreError>) {
        match found {
            Ok(list) => list.iter().for_each(|(provider, location, given)| self.standing.forbid(provider, location, *given)),
            // Nothing leaves without a ledger, and that is in the same file.
            Err(error) => tracing::error!(%error, "what was forbidden is not known"),
        }
        self.refusals_known = true;
        for command in std::mem::take(&mut self.deferred) {
            Box::pin(self.consent(command)).await;
        }
        self.stands().await;
        self.go_on();
        self.go_on_embedding();
    }

    /// Makes what stands known to all who send, and to the front end.
    async fn stands(&mut self) {
        let changed = self.stands.send_if_modified(|known| {
            let changed = **known != self.standing;
            if changed {
                *known = Arc::new(self.standing.clone());
            }
            changed
        });
        if changed {
            self.say(Event::Privacy(self.standing.state())).await;
        }
    }

    /// Gives up all that waits: Segno ends.
    pub(super) async fn give_up_all(&mut self) {
        while let Some(asking) = self.asking.pop_front() {
            self.give_up(asking.what, describe::cancelled()).await;
        }
    }

    /// A pull that is not begun.
    pub(super) async fn pull_refused(&mut self, fetch: Fetch, failure: Failure) {
        let Fetch { id, model } = fetch;
        self.say(Event::Pull { id, model, progress: PullProgress::Failed(failure) }).await;
    }
}

/// Waits for the end of a question's time; for ever where none is shown.
pub(super) async fn too_late(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn keep(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::error!(%error, "an answer that stands for ever was not stored");
    }
}
