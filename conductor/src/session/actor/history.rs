//! What is deleted, restored, purged and imported, and drafts.
//!
//! What must stay true: a conversation in which an answer is coming is neither deleted nor purged; what grows too old is purged in
//! small steps, and is said; drafts are stored in the order in which they came.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::domain::{ConversationId, ConversationSummary, Doomed, Failure, FailureKind, RequestId};
use crate::protocol::{ConversationEvent, Event, LONGEST_DRAFT, Notice};
use crate::session::{describe, import};
use crate::store::{Store, StoreError, now_ms};

/// Conversations that are purged in one go: others who wait for the database come between.
const STEP: u32 = 16;

const DAY_MS: i64 = 86_400_000;

/// So many days before `now_ms`.
fn days_before(now_ms: i64, days: u32) -> i64 {
    now_ms.saturating_sub(i64::from(days).saturating_mul(DAY_MS))
}

/// Drafts that wait until the one before them is stored.
#[derive(Default)]
pub(super) struct Drafts {
    waiting: Vec<(Option<ConversationId>, String)>,
    busy: bool,
}

/// How a purge ended.
pub(super) enum PurgeEnd {
    /// One that was asked for.
    Asked { id: RequestId, result: Result<u32, StoreError> },
    /// That of the start: how many had grown too old, and whether what is gone is gone from the file.
    AtStart { result: Result<u32, StoreError>, swept: Result<(), StoreError> },
}

impl Actor {
    /// Hides a conversation. While it is the open one, questions wait until it is settled which one they are for.
    pub(super) async fn delete(&mut self, id: ConversationId) {
        let open = self.opened.open.id() == Some(id);
        if self.opened.has_behind(id) || open && self.is_busy() {
            return self.refuse(&StoreError::Answering(id).failure()).await;
        }
        self.resuming = open;
        let store = self.store.clone();
        self.tasks.spawn(Kind::Resume, async move { Done::Deleted(id, store.delete(id, now_ms()).await) });
    }

    pub(super) async fn deleted(&mut self, id: ConversationId, result: Result<ConversationSummary, StoreError>) {
        let open = self.opened.open.id() == Some(id);
        if open {
            self.resuming = false;
        }
        match result {
            Ok(summary) => {
                if open && !self.is_busy_here() {
                    self.opened.begin(false);
                    self.say(Event::Conversation(ConversationEvent::New)).await;
                }
                self.say(Event::Conversation(ConversationEvent::Deleted(summary))).await;
            }
            Err(error) => self.refuse(&error.failure()).await,
        }
        if open {
            self.settle_waiting().await;
            self.go_on();
        }
    }

    pub(super) fn restore(&mut self, id: ConversationId) {
        let store = self.store.clone();
        self.tasks.spawn(Kind::StoreModel, async move { Done::Restored(store.restore(id).await) });
    }

    pub(super) async fn restored(&mut self, result: Result<ConversationSummary, StoreError>) {
        match result {
            Ok(summary) => self.say(Event::Conversation(ConversationEvent::Restored(summary))).await,
            Err(error) => self.refuse(&error.failure()).await,
        }
    }

    /// Purges what has grown too old and what was deleted long enough ago, as the settings say.
    pub(super) fn retain(&mut self) {
        let (keep, undo) = (self.config.history.keep_days, self.config.history.undo_days);
        let (store, now) = (self.store.clone(), now_ms());
        self.tasks.spawn(Kind::Purge, async move {
            let work = async {
                let deleted = purge(&store, Doomed::Deleted(days_before(now, undo))).await?;
                let old = match keep {
                    0 => 0,
                    days => purge(&store, Doomed::OlderThan(days_before(now, days))).await?,
                };
                Ok((old, deleted + old > 0))
            };
            let (result, gone) = work.await.map_or_else(|error| (Err(error), false), |(old, gone)| (Ok(old), gone));
            let swept = if gone { store.sweep(false).await } else { Ok(()) };
            Done::Purged(PurgeEnd::AtStart { result, swept })
        });
    }

    pub(super) fn purge(&mut self, id: RequestId, which: Doomed) {
        let store = self.store.clone();
        self.tasks.spawn(Kind::Purge, async move {
            let work = async {
                let count = purge(&store, which).await?;
                store.sweep(which == Doomed::All).await?;
                Ok(count)
            };
            Done::Purged(PurgeEnd::Asked { id, result: work.await })
        });
    }

    pub(super) async fn purged(&mut self, end: PurgeEnd) {
        // Of the one that is open now: another may have been opened while it was purged. Where it failed, a part may be gone.
        let (store, open) = (self.store.clone(), self.opened.open.id());
        self.tasks.spawn(Kind::Read, async move { Done::Gone(gone(&store, open).await) });
        let (result, swept) = match end {
            PurgeEnd::Asked { id, result } => {
                let result = result.map_err(|error| error.failure());
                return self.say(Event::Conversation(ConversationEvent::Purged { id, result })).await;
            }
            PurgeEnd::AtStart { result, swept } => (result, swept),
        };
        match result {
            Ok(0) => {}
            Ok(count) => {
                let days = self.config.history.keep_days;
                let (what, were) = if count == 1 { ("conversation", "was") } else { ("conversations", "were") };
                let words = format!("{count} {what} older than {days} days {were} deleted");
                let notice = Notice::info(words, "`history.keep_days` says how long they are kept");
                self.say(Event::Notice { id: None, notice }).await;
            }
            Err(error) => return self.storage_failed(error.failure()).await,
        }
        match swept {
            Ok(()) => {}
            // Answers are stored all the same.
            Err(error @ StoreError::Unswept) => {
                let Failure { what, hint, .. } = error.failure();
                self.say(Event::Notice { id: None, notice: Notice::warning(what, hint) }).await;
            }
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }

    /// What was open when a purge had ended is gone, or nothing is. A question that is answered there begins a conversation anew.
    pub(super) async fn gone(&mut self, id: Option<ConversationId>) {
        if id.is_some() && self.opened.open.id() == id && !self.is_busy() {
            self.opened.begin(false);
            self.say(Event::Conversation(ConversationEvent::New)).await;
        }
    }

    /// Reads conversations out of a file and stores them, all or none.
    pub(super) fn import(&mut self, id: RequestId, text: String) {
        let store = self.store.clone();
        self.tasks.spawn(Kind::Import(id), async move {
            let work = async {
                let read = tokio::task::spawn_blocking(move || import::read(&text)).await;
                let trees = read.map_err(|_| describe::crashed())??;
                let ids = store.import(trees).await.map_err(|error| error.failure())?;
                let mut summaries = Vec::with_capacity(ids.len());
                for id in ids {
                    let found = store.conversation(id).await.map_err(|error| error.failure())?;
                    summaries.extend(found.map(|conversation| conversation.summary));
                }
                Ok(summaries)
            };
            Done::Said(Event::Conversation(ConversationEvent::Imported { id, result: work.await }))
        });
    }

    pub(super) async fn draft(&mut self, of: Option<ConversationId>, text: String) {
        if text.len() > LONGEST_DRAFT {
            let what = "what you are writing is too long to be kept across restarts";
            let failure = Failure::new(FailureKind::Refused, what, "send it, or keep it in a file");
            return self.refuse(&failure).await;
        }
        // Of each conversation the last one counts.
        self.drafts.waiting.retain(|(other, _)| *other != of);
        self.drafts.waiting.push((of, text));
        self.keep_drafts();
    }

    /// Stores the next draft, where none is being stored.
    fn keep_drafts(&mut self) {
        if self.drafts.busy || self.drafts.waiting.is_empty() {
            return;
        }
        self.drafts.busy = true;
        let (of, text) = self.drafts.waiting.remove(0);
        let store = self.store.clone();
        self.tasks.spawn(Kind::Draft, async move { Done::DraftKept(store.keep_draft(of, text, now_ms()).await) });
    }

    pub(super) async fn draft_kept(&mut self, result: Result<(), StoreError>) {
        self.drafts.busy = false;
        if let Err(error) = result {
            self.storage_failed(error.failure()).await;
        }
        self.keep_drafts();
    }

    /// Storing one crashed: the next one gets its turn.
    pub(super) fn draft_lost(&mut self) {
        self.drafts.busy = false;
        self.keep_drafts();
    }

    /// Stores the drafts that still wait, before Segno ends.
    pub(super) async fn keep_last_drafts(&mut self) {
        for (of, text) in std::mem::take(&mut self.drafts.waiting) {
            if let Err(error) = self.store.keep_draft(of, text, now_ms()).await {
                tracing::warn!(%error, "a draft is not stored");
            }
        }
    }
}

/// Purges in steps, and says how many conversations are gone.
async fn purge(store: &Store, which: Doomed) -> Result<u32, StoreError> {
    let mut count = 0;
    loop {
        let step = store.purge(which, STEP).await?;
        count += step.gone;
        if !step.more {
            return Ok(count);
        }
    }
}

/// The conversation `id`, where it is not stored any more.
async fn gone(store: &Store, id: Option<ConversationId>) -> Option<ConversationId> {
    let id = id?;
    matches!(store.conversation(id).await, Ok(None)).then_some(id)
}
