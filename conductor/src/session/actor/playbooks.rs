//! Playbooks: what the user does to them, and what the user says of answers.
//!
//! What must stay true: a change is made from what is stored, and where that changed meanwhile it is made anew: nothing is written
//! over.

use super::Actor;
use super::tasks::{Done, Kind};
use crate::ace::apply::{self, Applied, Keep, Rules};
use crate::ace::files;
use crate::ace::keys;
use crate::ace::promote::Gates;
use crate::ace::replay;
use crate::config::Config;
use crate::domain::{
    Bullet, BulletId, Cause, Delta, DeltaSeq, Failure, FailureKind, KeyError, Message, MessageId, Playbook, PlaybookKey, Rating,
    RejectReason, RequestId, Role, Signature,
};
use crate::protocol::{Changed, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use crate::session::learner;
use crate::session::why;
use crate::store::{Change, Measure, Store, StoreError, now_ms};
use tokio::sync::oneshot;

/// How often a change is made anew because another process was faster.
const TRIES: u32 = 3;

/// What became of a change.
pub(super) type Outcome = Result<Box<Changed>, Failure>;

/// What is done to a playbook, given it as it is and all that changed it, the oldest first.
type Work = Box<dyn Fn(&Playbook, &[Delta]) -> Result<Applied, Failure> + Send + Sync>;

impl Actor {
    pub(super) async fn playbook(&mut self, command: PlaybookCommand) {
        let rules = self.rules();
        let (id, key, work): (RequestId, PlaybookKey, Work) = match command {
            PlaybookCommand::Train { id, plan, text } => return self.train(id, plan, text).await,
            PlaybookCommand::Learn(on) => return self.learn(on),
            PlaybookCommand::LearnNow => return self.learn_now().await,
            PlaybookCommand::Change { id, key, change } => {
                let work = move |book: &Playbook, _: &[Delta]| {
                    apply::change(book, &change, &rules, now_ms()).map_err(|reason| refused(&reason))
                };
                (id, key, Box::new(work))
            }
            PlaybookCommand::Undo { id, key, delta } => {
                (id, key, Box::new(move |book: &Playbook, deltas: &[Delta]| undo(book, deltas, delta, &rules)))
            }
            PlaybookCommand::Import { id, key, text, source, whole } => match read(&text, key) {
                Err(failure) => return self.changed(Some(id), Err(failure)).await,
                Ok((key, bullets)) => {
                    let keep = if whole { Keep::All } else { Keep::Words };
                    let forbids = learner::forbids(self.outlet.scanner.clone());
                    let work = move |book: &Playbook, _: &[Delta]| {
                        // A stranger's lines would be in each prompt; the user's own may say what they like.
                        let forbids = |text: &str| if whole { None } else { forbids(text) };
                        Ok(apply::import(book, &bullets, keep, &rules, now_ms(), &source, &forbids).applied)
                    };
                    (id, key, Box::new(work))
                }
            },
        };
        let store = self.store.clone();
        self.tasks.spawn(Kind::Playbook(id), async move { Done::Changed(Some(id), change(&store, key, work).await) });
    }

    pub(super) fn rules(&self) -> Rules {
        Rules { budget_tokens: self.config.ace.budget_tokens, ..Rules::default() }
    }

    /// A playbook is as it is from now on.
    pub(super) async fn changed(&mut self, id: Option<RequestId>, result: Outcome) {
        if let Ok(changed) = &result {
            self.books.put(changed.playbook.clone());
        }
        self.say(Event::Playbook(PlaybookEvent::Changed { id, result })).await;
    }

    /// What earlier runs learnt. What cannot be read is not used.
    pub(super) fn learnt(&mut self, found: Result<Vec<Playbook>, StoreError>) {
        match found {
            Ok(playbooks) => playbooks.iter().for_each(|playbook| self.books.put_newer(playbook)),
            Err(error) => tracing::warn!(%error, "playbooks cannot be read"),
        }
        self.learnt_known = true;
        self.go_on();
    }

    /// Playbooks were read for somebody. Another process may have changed them: what is newer is used from now on.
    pub(super) fn read_playbooks(&mut self, answer: Reply, asker: oneshot::Sender<Reply>) {
        match &answer {
            // One that is not stored is none.
            Reply::Playbook(book) if book.last > DeltaSeq(0) => self.books.put_newer(book),
            Reply::Playbooks(books) => books.iter().for_each(|book| self.books.put_newer(book)),
            _ => {}
        }
        // Who asked may have gone.
        drop(asker.send(answer));
    }

    /// What the user says of an answer; of the last, where none is named.
    pub(super) async fn rate(&mut self, at: Option<MessageId>, rating: Rating) {
        let is_meant = |message: &&Message| {
            message.role == Role::Assistant && message.signature.is_some() && at.is_none_or(|at| message.id == at)
        };
        let meant = self.opened.open.history.iter().rev().find(is_meant);
        let Some((message, by, imported)) = meant.and_then(|of| Some((of.id, of.signature.clone()?, of.imported))) else {
            let what = "there is no answer here to say anything of";
            return self.refuse(&Failure::new(FailureKind::NotFound, what, "ask something first")).await;
        };
        if Signature::is_guide(&by) {
            let what = "the built-in guide is no model, and learns nothing";
            return self.refuse(&Failure::new(FailureKind::Refused, what, "rate the answer of a model")).await;
        }
        if imported {
            let what = "this answer was read from a file: who gave it is a stranger's word, and nothing is learnt from it";
            return self.refuse(&Failure::new(FailureKind::Refused, what, "rate an answer that was given here")).await;
        }
        let store = self.store.clone();
        self.tasks.spawn(Kind::Measure, async move { Done::Rated(rated(&store, message, by, rating).await) });
    }

    /// An answer was rated.
    pub(super) async fn was_rated(&mut self, rated: Result<(MessageId, Rating), StoreError>) {
        match rated {
            Ok((message, rating)) => {
                self.opened.open.rated(message, &rating);
                self.say(Event::Playbook(PlaybookEvent::Rated { message, rating })).await;
                let store = self.store.clone();
                self.tasks.spawn(Kind::Measure, async move { Done::Measured(store.measurements().await) });
                self.read_learning();
            }
            Err(error) => self.storage_failed(error.failure()).await,
        }
    }
}

/// What is asked of playbooks. The database is asked: other processes change them, too.
pub(super) async fn ask(store: &Store, config: &Config, query: Query) -> Result<Reply, StoreError> {
    Ok(match query {
        Query::PlaybookNamed(name) => {
            let all = store.playbooks().await?;
            let stored: Vec<PlaybookKey> = all.iter().map(|playbook| playbook.key.clone()).collect();
            match keys::resolve(&name, &stored) {
                Err(error) => Reply::Failed(unnamed(&error)),
                Ok(key) => {
                    let found = all.into_iter().find(|playbook| playbook.key == key);
                    Reply::Playbook(Box::new(found.unwrap_or_else(|| Playbook::new(key))))
                }
            }
        }
        Query::Deltas { key, limit } => Reply::Deltas(store.deltas(key, None, limit).await?),
        Query::BulletWhy { key, id } => match store.bullet_trace(key.clone(), id).await? {
            None => Reply::Failed(no_bullet(&key, id)),
            Some(trace) => {
                let (gates, lift) = (Gates::of(config, &key), store.arms(key.clone()).await?.get(&id).copied());
                Reply::BulletWhy(Box::new(why::why(key, trace, &gates, lift)))
            }
        },
        Query::BulletDeltas { key, id } => {
            let deltas = store.bullet_deltas(key, id).await?;
            Reply::Deltas(deltas.into_iter().map(|delta| why::about(delta, id)).collect())
        }
        Query::Facts(key) => Reply::Facts(Box::new(store.facts(key).await?)),
        Query::ChatOrigins(messages) => Reply::ChatOrigins(store.chat_origins(messages).await?),
        Query::Exported { key, lines } => match store.playbook(key.clone()).await? {
            None => Reply::Failed(not_there(&key)),
            Some(book) => Reply::Text(if lines { files::to_jsonl(&book) } else { files::to_json(&book) }),
        },
        _ => Reply::Playbooks(store.playbooks().await?),
    })
}

/// Does `work`, and stores it; anew where another process was faster.
async fn change(store: &Store, key: PlaybookKey, work: Work) -> Outcome {
    let mut tries = 0;
    loop {
        let (book, deltas) = learner::read(store, &key).await.map_err(|error| error.failure())?;
        let applied = work(&book, &deltas)?;
        let change = Change { playbook: applied.playbook.clone(), after: book.last, deltas: vec![applied.delta.clone()] };
        match store.change_playbook(change).await {
            Ok(seqs) => {
                let Applied { playbook, delta } = applied.stored(seqs.first().copied().unwrap_or(DeltaSeq(0)));
                return Ok(Box::new(Changed { playbook, delta }));
            }
            Err(StoreError::Changed { .. }) if tries < TRIES => tries += 1,
            Err(error) => return Err(error.failure()),
        }
    }
}

fn undo(book: &Playbook, deltas: &[Delta], which: Option<DeltaSeq>, rules: &Rules) -> Result<Applied, Failure> {
    let undone = replay::undone(deltas);
    let is_undo = |delta: &&Delta| matches!(delta.cause, Cause::Undo { .. });
    let at = match which {
        Some(seq) => deltas.iter().position(|delta| delta.seq == seq),
        None => deltas.iter().rposition(|delta| !undone.contains(&delta.seq) && !is_undo(&delta) && !delta.steps.is_empty()),
    };
    let Some(at) = at else {
        let what = match which {
            Some(seq) => format!("{} has no change {}", book.key, seq.0),
            None => format!("there is nothing to take back in {}", book.key),
        };
        let hint = format!("`segno playbook history {}` shows what changed it", book.key);
        return Err(Failure::new(FailureKind::NotFound, what, hint));
    };
    replay::undo(book, &deltas[at], &deltas[at + 1..], rules, now_ms()).map_err(|conflict| {
        let hint = format!("`segno playbook history {}` shows what changed it since", book.key);
        Failure::new(FailureKind::Refused, format!("change {} cannot be taken back: {conflict}", deltas[at].seq.0), hint)
    })
}

/// The bullets of a file, and whose they are.
fn read(text: &str, key: Option<PlaybookKey>) -> Result<(PlaybookKey, Vec<Bullet>), Failure> {
    let now = now_ms();
    let read = match text.trim_start().starts_with('{') {
        // A line of JSONL is an object, too: the whole is one only where all of it is. Of two errors the one that came further is of
        // the form that was meant.
        true => files::from_json(text, now).or_else(|error| {
            files::from_jsonl(text, now).map_err(|lines| if lines.line >= error.line.max(2) { lines } else { error })
        }),
        false => files::from_jsonl(text, now),
    };
    let read = read.map_err(|error| {
        Failure::new(
            FailureKind::Refused,
            format!("the file is no playbook: {error}"),
            "`segno playbook export` writes such files",
        )
    })?;
    let key = key.or(read.key).ok_or_else(|| {
        let hint = "name it: `segno playbook import FILE --into math-qwen`";
        Failure::new(FailureKind::Refused, "the file does not say which playbook it is", hint)
    })?;
    Ok((key, read.bullets))
}

/// Notes what the user said of an answer, for the learner and for the router.
async fn rated(store: &Store, message: MessageId, by: Signature, rating: Rating) -> Result<(MessageId, Rating), StoreError> {
    let news = store.rate(message, rating.clone(), now_ms()).await?;
    if news && !rating.is_weak() {
        let (model, class, good) = (by.model, by.class, rating.is_good());
        let measure = Measure {
            model,
            class,
            answered: false,
            first_token_ms: None,
            tokens_per_second: None,
            late: None,
            rating: Some(good),
        };
        store.measure(measure).await?;
    }
    Ok((message, rating))
}

fn refused(reason: &RejectReason) -> Failure {
    Failure::new(FailureKind::Refused, reason.to_string(), "`segno playbook show NAME` lists its lines")
}

fn unnamed(error: &KeyError) -> Failure {
    let hint = "write kind and family, `math-qwen`, or say them apart: --base math --family qwen [--sub fractions]";
    Failure::new(FailureKind::NotFound, error.to_string(), hint)
}

fn not_there(key: &PlaybookKey) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no playbook {key}"), "`segno playbook list` shows those that are there")
}

fn no_bullet(key: &PlaybookKey, id: BulletId) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{key} has no line {}", id.0),
        format!("`segno playbook show {key}` lists its lines"),
    )
}
