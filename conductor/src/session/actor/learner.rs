//! When the learner works: nobody waits for an answer, nobody did anything for a while, and something is there to be learnt from.
//!
//! What must stay true: whatever the user wants a model for ends it at once; with nothing to be learnt from there is no timer; nothing
//! is learnt from answers of which the user said nothing, unless that is switched on.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::ace::apply::Rules;
use crate::domain::{Failure, FailureKind, Learning, LessonCounts, Message, ModelId, Rating, Role, Signature, Status};
use crate::protocol::{Command, ConsentCommand, ConversationCommand, Event, ModelsCommand, PlaybookEvent, Reply};
use crate::session::learner::{End, Learner, OFF, SWITCH};
use crate::session::signs;
use crate::store::{Store, StoreError, now_ms};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The word where it goes on.
const ON: &str = "on";

/// The first pause where there is nobody to ask or no room; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_secs(60);

/// The longest.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// How learning stands.
pub(super) struct State {
    /// What earlier runs left is known.
    known: bool,
    on: bool,
    counts: LessonCounts,
    /// One is at work, until it has ended.
    at_work: bool,
    /// Dropping it ends that one.
    cancel: Option<oneshot::Sender<()>>,
    /// The user does not want to wait until nobody is there.
    hurries: bool,
    /// It rests, for this reason.
    rest: Option<Rest>,
    obstacle: String,
    /// What was said of it last.
    said: Learning,
}

/// A pause.
#[derive(Clone, Copy)]
struct Rest {
    /// Until then; for ever where only other models, or a server that comes back, would change anything.
    until: Option<Instant>,
    length: Duration,
}

impl State {
    pub(super) fn new(on: bool) -> Self {
        let (counts, said, obstacle) = (LessonCounts::default(), Learning::default(), String::new());
        Self { known: false, on, counts, at_work: false, cancel: None, hurries: false, rest: None, obstacle, said }
    }
}

/// What is stored of it.
async fn stored(store: &Store, otherwise: bool) -> Result<(bool, LessonCounts), StoreError> {
    let on = store.switch(SWITCH).await?.map_or(otherwise, |word| word != OFF);
    Ok((on, store.lesson_counts().await?))
}

/// Whether a command wants a model, or is about to.
fn wants_a_model(command: &Command) -> bool {
    match command {
        Command::Ask { .. } => true,
        Command::Conversation(command) => {
            use ConversationCommand::{Compact, Edit, Retry};
            matches!(command, Retry { .. } | Edit { .. } | Compact { .. })
        }
        Command::Models(command) => !matches!(command, ModelsCommand::Refresh | ModelsCommand::Seen),
        Command::Consent(command) => matches!(command, ConsentCommand::Grant { .. }),
        Command::Cancel { .. } | Command::Rate { .. } | Command::Playbook(_) | Command::Quit => false,
    }
}

impl Actor {
    /// Reads how learning stands.
    pub(super) fn read_learning(&mut self) {
        let (store, on) = (self.store.clone(), self.config.ace.learn);
        self.tasks.spawn(Kind::Measure, async move { Done::Lessons(stored(&store, on).await) });
    }

    /// How far learning is. Whether it goes on is read once: later the user says so here.
    pub(super) async fn lessons(&mut self, found: Result<(bool, LessonCounts), StoreError>) {
        match found {
            Ok((on, counts)) => {
                self.learner.on = if self.learner.known { self.learner.on } else { on };
                self.learner.counts = counts;
            }
            Err(error) => tracing::warn!(%error, "what is to be learnt from is not known"),
        }
        self.learner.hurries &= self.learner.counts.waiting > 0;
        if !std::mem::replace(&mut self.learner.known, true) {
            // What stands from the beginning is no news.
            self.learner.said = self.learning();
        }
        self.say_learning().await;
    }

    /// How learning stands, for the user. The database is asked: other processes learn, too.
    pub(super) fn tell_learning(&mut self, reply: oneshot::Sender<Reply>) {
        let (store, now) = (self.store.clone(), self.learning());
        self.tasks.spawn(Kind::Read, async move {
            let told = match stored(&store, now.on).await {
                Ok((on, counts)) => Reply::Learning(Learning { on, counts, ..now }),
                Err(error) => Reply::Failed(error.failure()),
            };
            drop(reply.send(told));
            Done::Read
        });
    }

    fn learning(&self) -> Learning {
        let State { on, counts, at_work, obstacle, .. } = &self.learner;
        let idle_s = self.config.ace.idle.as_secs();
        Learning { on: *on, counts: *counts, at_work: *at_work, obstacle: obstacle.clone(), idle_s }
    }

    /// Says how learning stands, where that is news.
    async fn say_learning(&mut self) {
        let learning = self.learning();
        if learning != self.learner.said {
            self.learner.said = learning.clone();
            self.say(Event::Playbook(PlaybookEvent::Learning(learning))).await;
        }
    }

    /// The user has learning go on, or pause.
    pub(super) fn learn(&mut self, on: bool) {
        if !on {
            self.stop_learning();
            self.learner.on = false;
        }
        let store = self.store.clone();
        self.tasks.spawn(Kind::Keep, async move {
            // It goes on only once that is stored: whoever learns looks there.
            Done::Switched(on, store.set_switch(SWITCH, if on { ON } else { OFF }).await)
        });
    }

    /// That is stored now, or it is not.
    pub(super) async fn switched(&mut self, on: bool, stored: Result<(), StoreError>) {
        (self.learner.on, self.learner.rest) = (on, None);
        if let Err(error) = stored {
            self.storage_failed(error.failure()).await;
        }
        // It was asked for, and is said whether it is news or not.
        self.learner.said = self.learning();
        self.say(Event::Playbook(PlaybookEvent::Learning(self.learner.said.clone()))).await;
    }

    /// The user wants what waits learnt from now.
    pub(super) async fn learn_now(&mut self) {
        if !self.learner.on {
            let hint = "`/learn on` has it go on";
            return self.refuse(&Failure::new(FailureKind::Refused, "learning is switched off", hint)).await;
        }
        if self.learner.counts.waiting == 0 {
            let hint = "rate an answer first: `/good`, `/bad WHY`, `/correct TEXT`";
            return self.refuse(&Failure::new(FailureKind::NotFound, "there is nothing to learn from", hint)).await;
        }
        (self.learner.hurries, self.learner.rest) = (true, None);
        self.say_learning().await;
    }

    /// Makes way for `command`, where that wants a model.
    pub(super) fn make_way(&mut self, command: &Command) {
        if wants_a_model(command) {
            self.stop_learning();
            self.learner.hurries = false;
        }
    }

    /// Ends what is at work. It is learnt from later.
    pub(super) fn stop_learning(&mut self) {
        self.learner.cancel = None;
    }

    /// When the next answer may be learnt from; `None` where nothing is to be waited for.
    pub(super) fn lesson_due(&self) -> Option<Instant> {
        let State { known, on, counts, at_work, hurries, rest, .. } = &self.learner;
        // Where nobody is there to see to it, it is not tried again and again.
        if rest.is_some_and(|rest| rest.until.is_none() || self.watch.is_idle()) {
            return None;
        }
        let busy = *at_work || self.training.is_some() || self.is_answering();
        let used = self.config.ace.playbooks;
        let ready = used && *known && *on && counts.waiting > 0 && !busy;
        if !ready || !self.learnt_known || !self.is_known() {
            return None;
        }
        let now = Instant::now();
        let idle = if *hurries { now } else { self.watch.last_activity() + self.config.ace.idle };
        let put_off = counts.next_ms.map_or(0, |at| at.saturating_sub(now_ms())).max(0).unsigned_abs();
        let later = [Some(now + Duration::from_millis(put_off)), rest.and_then(|rest| rest.until)];
        Some(later.into_iter().flatten().fold(idle, Instant::max))
    }

    /// Learns from the answer that waits longest.
    pub(super) async fn begin_lesson(&mut self) {
        let (cancel, cancelled) = oneshot::channel();
        let ace = &self.config.ace;
        let learner = Learner {
            means: Arc::new(self.means()),
            roles: self.roles.clone(),
            rules: Rules { auto_accept: ace.auto_accept, ..self.rules() },
            named: Some(&ace.model).filter(|name| !name.is_empty()).map(|name| ModelId::new(name.as_str())),
            store: self.store.clone(),
        };
        (self.learner.at_work, self.learner.cancel) = (true, Some(cancel));
        self.tasks.spawn(Kind::Learn, async move { Done::Lesson(learner.run(cancelled).await) });
        self.say_learning().await;
    }

    pub(super) async fn lesson_ended(&mut self, end: End) {
        self.stop_learning();
        self.learner.at_work = false;
        self.learner.obstacle.clear();
        match end {
            End::Learnt { changed, lost } => {
                self.learner.rest = None;
                self.learner.obstacle = lost.unwrap_or_default();
                for changed in changed {
                    self.changed(None, Ok(Box::new(changed))).await;
                }
            }
            End::Nobody { why, lasting } => {
                self.rest_from_learning(why, lasting);
                if lasting {
                    // What is known of the server may be out of date.
                    self.look_afresh();
                }
            }
            End::Put(why) => self.learner.obstacle = why,
            End::Unstored(error) => {
                self.rest_from_learning("the database failed".to_owned(), false);
                self.storage_failed(error.failure()).await;
            }
            End::Off => self.learner.on = false,
            End::Empty | End::Yielded => {}
        }
        // Nothing is begun before it is known how far it is.
        self.learner.counts = LessonCounts::default();
        self.read_learning();
    }

    fn rest_from_learning(&mut self, why: String, lasting: bool) {
        let length = self.learner.rest.map_or(FIRST_REST, |rest| (rest.length * 2).min(LONGEST_REST));
        self.learner.rest = Some(Rest { until: (!lasting).then(|| Instant::now() + length), length });
        self.learner.obstacle = why;
    }

    /// There are other models than before: it may be worth another try, but not at once: each try may change what is in memory.
    pub(super) fn learning_may_go_on(&mut self) {
        if let Some(rest) = &mut self.learner.rest {
            rest.until = rest.until.or_else(|| Some(Instant::now() + rest.length));
        }
    }

    /// A question was answered of which the user may never say anything.
    pub(super) fn answered(&mut self, messages: &[Message], whole: bool) {
        let ace = &self.config.ace;
        let answer = messages.iter().find(|message| message.signature.as_ref().is_some_and(|by| !by.is_guide()));
        if let Some(message) = answer.filter(|_| ace.learn_unrated && self.learner.on && whole).map(|message| message.id) {
            let (store, on) = (self.store.clone(), ace.learn);
            self.tasks.spawn(Kind::Measure, async move {
                let queued = store.queue_lesson(message, now_ms()).await;
                Done::Lessons(match queued {
                    Ok(()) => stored(&store, on).await,
                    Err(error) => Err(error),
                })
            });
        }
    }

    /// What a question says of the answer before it, without a word: the same once more, or nearly.
    pub(super) fn take_signs(&mut self, history: &[Message], typed: &str) {
        let Some([question, answer]) = history.last_chunk::<2>() else { return };
        let asked = question.role == Role::User && answer.signature.as_ref().is_some_and(|by| !by.is_guide());
        let came = matches!(answer.status, Status::Complete | Status::Cancelled) && !answer.text.trim().is_empty();
        if let Some(rating) = signs::of(&question.prompt.typed_text(), typed).filter(|_| asked && came) {
            self.note_sign(answer, rating);
        }
    }

    /// Notes a mere sign about an answer; where the user said something of it, that stands.
    pub(super) fn note_sign(&mut self, answer: &Message, rating: Rating) {
        let by_model = answer.signature.as_ref().is_some_and(|by| !Signature::is_guide(by));
        if by_model {
            let (store, message, on) = (self.store.clone(), answer.id, self.config.ace.learn);
            self.tasks.spawn(Kind::Measure, async move {
                let noted = store.rate(message, rating, now_ms()).await;
                Done::Lessons(match noted {
                    Ok(_) => stored(&store, on).await,
                    Err(error) => Err(error),
                })
            });
        }
    }
}
