//! What runs beside the actor, and what it comes back with. A task that panics comes back, too, by what it was.

use super::fetching::Ended;
use super::history::PurgeEnd;
use super::open::Place;
use crate::domain::{
    BackendId, Conversation, ConversationId, ConversationSummary, Failure, LedgerSeq, LessonCounts, Location, Measurements,
    MessageId, Playbook, Rating, RequestId, Spent, Summary, Target, Trained,
};
use crate::privacy::Pass;
use crate::protocol::{Event, Reply};
use crate::session::learner::End;
use crate::session::look::{Found, Late};
use crate::session::opinion::Examples;
use crate::session::turn::{self, Outcome, Paused};
use crate::store::{Begun, Day, Opened, Remembered, StoreError};
use std::collections::HashMap;
use std::future::Future;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, Id, JoinSet};

/// What a task beside the actor came back with.
pub(super) enum Done {
    Opened(Result<Opened, StoreError>),
    Looked(Box<Found>),
    LookedLate(Late),
    Turn(Box<Outcome>),
    /// The conversation of a turn is stored.
    Begun(RequestId, Box<Begun>),
    /// A summary was written, or why not.
    Compacted(RequestId, Result<Summary, Failure>),
    /// A summary was taken back, or was not.
    TakenBack(RequestId, Result<Summary, Failure>),
    /// A retry that brought nothing: what is shown in its conversation again.
    Back(Place, Result<Conversation, StoreError>),
    Deleted(ConversationId, Result<ConversationSummary, StoreError>),
    Restored(Result<ConversationSummary, StoreError>),
    Purged(PurgeEnd),
    /// Whether the conversation that was open then is gone.
    Gone(Option<ConversationId>),
    DraftKept(Result<(), StoreError>),
    Asks(Box<Paused>),
    Refusals(Result<Vec<(BackendId, Location, i64)>, StoreError>),
    Contact(BackendId, Result<(Pass, LedgerSeq), Failure>),
    /// What it has to say, and nothing else.
    Said(Event),
    Pull(Ended),
    Resumed(Result<Option<Box<Conversation>>, StoreError>),
    ModelStored(Result<ConversationSummary, StoreError>),
    Measured(Result<Measurements, StoreError>),
    Examples(Option<Examples>),
    /// What earlier runs left for dispatch.
    Remembered(Result<Remembered, StoreError>),
    /// What a provider was sent in a day.
    Spent(BackendId, Day, Spent),
    /// A probe came back.
    Probed(Target, Result<(), Failure>),
    /// A model was moved, or was not: what there is to say once that is looked at.
    Moved(Event),
    /// Bytes of all graphics cards.
    Graphics(Option<u64>),
    /// All playbooks.
    Learnt(Result<Vec<Playbook>, StoreError>),
    /// Playbooks as they are stored, for whoever asked.
    ReadPlaybooks(Box<Reply>, oneshot::Sender<Reply>),
    /// A playbook was changed, or was not.
    Changed(Option<RequestId>, super::playbooks::Outcome),
    /// Whether learning goes on, and how far it is.
    Lessons(Result<(bool, LessonCounts), StoreError>),
    /// It is stored that learning goes on, or pauses.
    Switched(bool, Result<(), StoreError>),
    /// An answer was learnt from, or was not.
    Lesson(End),
    /// A training ended.
    Trained(RequestId, Result<Box<Trained>, Failure>),
    /// What the user said of an answer is noted.
    Rated(Result<(MessageId, Rating), StoreError>),
    Read,
    Crashed(Kind),
}

impl Done {
    /// How a pass of a turn ended.
    pub(super) fn of(pass: turn::Pass) -> Self {
        match pass {
            turn::Pass::Over(outcome) => Self::Turn(outcome),
            turn::Pass::Asks(paused) => Self::Asks(paused),
        }
    }
}

/// What a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Look,
    /// Servers that were down are still looked at.
    LateLook,
    Turn(RequestId),
    Pull(RequestId),
    /// A summary is written.
    Compact(RequestId),
    /// A summary is taken back.
    TakeBack(RequestId),
    /// A draft is stored.
    Draft,
    Embed(RequestId),
    /// A model is loaded or unloaded at the user's word.
    Move(RequestId),
    /// A model is tried, asked or loaded when nobody waits for it, or a driver is asked what there is.
    Memory,
    /// What earlier runs left is read.
    Remember,
    /// Playbooks are read.
    Learnt,
    /// A playbook is changed.
    Playbook(RequestId),
    /// An answer is learnt from.
    Learn,
    /// A playbook is trained.
    Train(RequestId),
    Resume,
    /// Conversations are purged.
    Purge,
    /// Conversations are read from a file.
    Import(RequestId),
    StoreModel,
    /// What was measured of models is noted, or read.
    Measure,
    Read,
    Refusals,
    Contact,
    /// An answer that stands for ever is stored.
    Keep,
}

#[derive(Default)]
pub(super) struct Tasks {
    set: JoinSet<Done>,
    running: HashMap<Id, (Kind, AbortHandle)>,
}

impl Tasks {
    pub(super) fn spawn(&mut self, kind: Kind, task: impl Future<Output = Done> + Send + 'static) {
        let handle = self.set.spawn(task);
        self.running.insert(handle.id(), (kind, handle));
    }

    /// The next that ends; `None` where none runs.
    pub(super) async fn next(&mut self) -> Option<Done> {
        loop {
            match self.set.join_next_with_id().await? {
                Ok((id, done)) => {
                    self.running.remove(&id);
                    return Some(done);
                }
                Err(error) => {
                    let kind = self.running.remove(&error.id()).map(|(kind, _)| kind);
                    let Some(kind) = kind.filter(|_| error.is_panic()) else { continue };
                    // Not the panic's own words: they may quote a message.
                    tracing::error!(?kind, "a task crashed");
                    return Some(Done::Crashed(kind));
                }
            }
        }
    }

    /// Whether one of such a kind runs, or has ended and was not taken yet.
    pub(super) fn any(&self, wanted: impl Fn(Kind) -> bool) -> bool {
        self.running.values().any(|(kind, _)| wanted(*kind))
    }

    /// Drops what nobody needs any more when Segno ends.
    pub(super) fn abort_all_but_turns(&mut self) {
        for (kind, handle) in self.running.values() {
            let keeps = matches!(
                kind,
                Kind::StoreModel
                    | Kind::Measure
                    | Kind::Keep
                    | Kind::TakeBack(_)
                    | Kind::Draft
                    | Kind::Import(_)
                    | Kind::Playbook(_)
                    | Kind::Learn
                    | Kind::Train(_)
            );
            if !keeps && !matches!(kind, Kind::Turn(_) | Kind::Open) {
                handle.abort();
            }
        }
    }
}
