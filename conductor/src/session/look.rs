//! A look at all servers of models: each is asked what it has, all at once.
//!
//! What must stay true: a server that is down or hangs keeps nobody waiting once that is known; each has a deadline.

use crate::backend::guide::Guide;
use crate::backend::{Backend, BackendError, Survey};
use crate::domain::{BackendId, Machine, Model, ModelId};
use crate::privacy::Pass;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a server may take to say what it has. More than enough for a list on loopback; a server that hangs counts as
/// down.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long a server that was down is waited for once another has answered: one that is there again mostly answers in that time, and
/// who asks a question notices nothing.
const GRACE: Duration = Duration::from_millis(250);

/// What a look at one server brought.
pub(super) struct Seen {
    pub(super) id: BackendId,
    pub(super) address: String,
    pub(super) result: Result<Survey, BackendError>,
}

/// What a look brought.
pub(super) struct Found {
    /// When the look began: what it found is at least as old as that.
    pub(super) begun: Instant,
    pub(super) seen: Vec<Seen>,
    /// The models that the configuration names for providers.
    pub(super) of_providers: Vec<Model>,
    /// What the guide advises to begin with.
    pub(super) first_model: Option<ModelId>,
    /// Servers that were down before, and have not answered yet.
    pub(super) slow: Option<Slow>,
}

/// Servers that are still looked at.
pub(super) struct Slow {
    pub(super) hosts: Vec<BackendId>,
    pub(super) rest: BoxFuture<'static, Late>,
}

/// What was found later than the rest.
pub(super) struct Late {
    /// When the look began.
    pub(super) begun: Instant,
    pub(super) seen: Vec<Seen>,
}

/// A server that is to be looked at.
pub(super) struct Wanted {
    pub(super) host: Arc<dyn Backend>,
    /// On another machine it is contacted only with it.
    pub(super) pass: Option<Pass>,
    /// It did not answer the last time: nobody waits for it now.
    pub(super) was_down: bool,
}

/// Looks at the servers, all at once; at the providers, which are not contacted; and, on a thread beside, into the guide, whose
/// pages take some milliseconds to read the first time.
pub(super) async fn look(wanted: Vec<Wanted>, providers: Arc<[Arc<dyn Backend>]>, machine: Machine) -> Found {
    let begun = Instant::now();
    let advice = tokio::task::spawn_blocking(move || Guide::new(machine).first_model());
    let (seen, slow) = survey(wanted, begun).await;
    let mut of_providers = Vec::new();
    for provider in &*providers {
        of_providers.extend(provider.survey(None).await.map(|survey| survey.models).unwrap_or_default());
    }
    Found { begun, seen, of_providers, first_model: advice.await.unwrap_or_default(), slow }
}

/// Asks the servers. Those that were down are not waited for where another answers.
async fn survey(wanted: Vec<Wanted>, begun: Instant) -> (Vec<Seen>, Option<Slow>) {
    let mut open: Vec<(BackendId, bool)> = wanted.iter().map(|wanted| (wanted.host.id(), wanted.was_down)).collect();
    let mut asked: FuturesUnordered<_> = wanted.into_iter().map(|wanted| ask(wanted.host, wanted.pass)).collect();
    let mut seen: Vec<Seen> = Vec::with_capacity(open.len());
    let mut until = None;
    loop {
        let answers = |one: &Seen| one.result.as_ref().is_ok_and(|survey| !survey.models.is_empty());
        let waits = open.iter().any(|(_, was_down)| !was_down) || !seen.iter().any(answers);
        let next = match waits {
            true => asked.next().await,
            false => timeout_at(*until.get_or_insert_with(|| Instant::now() + GRACE), asked.next()).await.unwrap_or(None),
        };
        let Some(one) = next else { break };
        open.retain(|(id, _)| *id != one.id);
        seen.push(one);
    }
    let slow = (!asked.is_empty()).then(|| Slow {
        hosts: open.into_iter().map(|(id, _)| id).collect(),
        rest: asked.collect().map(move |seen| Late { begun, seen }).boxed(),
    });
    (seen, slow)
}

/// Looks at one server, which is contacted on another host only with `pass`.
pub(super) async fn ask(host: Arc<dyn Backend>, pass: Option<Pass>) -> Seen {
    let (id, address) = (host.id(), host.address());
    let result = match timeout(DEADLINE, host.survey(pass)).await {
        Ok(result) => result,
        Err(_) => Err(BackendError::Stalled(format!("it took the connection and said nothing for {} s", DEADLINE.as_secs()))),
    };
    Seen { id, address, result }
}
