//! What `segno playbook` asks of the conductor, and what it hears.
//!
//! What must stay true: events are taken in all the time, so that the conductor never waits for a reader.

use crate::args::Parts;
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words::Names;
use anyhow::{Context, Result, bail};
use conductor::Conductor;
use conductor::domain::{
    Bullet, BulletId, BulletWhy, Delta, DomainConfig, Failure, FailureKind, Playbook, PlaybookKey, RequestId,
};
use conductor::protocol::{Changed, Command, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The one request that is under way.
pub(super) const ID: RequestId = RequestId(1);

type Outcome = Result<Box<Changed>, Failure>;

/// See the module.
pub(super) struct Door {
    conductor: Conductor,
    changed: mpsc::Receiver<Outcome>,
    pump: JoinHandle<()>,
    /// What models are called.
    pub(super) names: Names,
}

impl Door {
    /// To a conductor of its own.
    pub(super) fn open(start: &Start) -> Result<Self> {
        let (conductor, events) = start.conductor()?;
        // One change is under way at a time, and its answer is taken before the next.
        let (sender, changed) = mpsc::channel(1);
        let pump = tokio::spawn(pump(events, sender));
        Ok(Self { conductor, changed, pump, names: Names::of(&start.config) })
    }

    /// Ends the conductor.
    pub(super) async fn close(self) {
        self.conductor.send(Command::Quit).await;
        // It ends when the conductor has; a panic in it changes nothing here.
        let _ = self.pump.await;
    }

    async fn ask(&self, query: Query) -> Result<Reply> {
        match self.conductor.query(query).await {
            Reply::Failed(failure) => Err(failure.into()),
            reply => Ok(reply),
        }
    }

    /// All playbooks, by name.
    pub(super) async fn all(&self) -> Result<Vec<Playbook>> {
        match self.ask(Query::Playbooks).await? {
            Reply::Playbooks(books) => Ok(books),
            _ => bail!(ODD),
        }
    }

    /// The playbook that is meant; one without bullets where it is not there yet.
    pub(super) async fn named(&self, name: Option<&str>, parts: &Parts) -> Result<Playbook> {
        if let (Some(base), Some(family)) = (&parts.base, &parts.family) {
            let key = PlaybookKey::new(base, family, parts.sub.as_deref())
                .map_err(|error| Failure::new(FailureKind::Refused, error.to_string(), "as in `--base math --family qwen`"))?;
            let found = self.all().await?.into_iter().find(|book| book.key == key);
            return Ok(found.unwrap_or_else(|| Playbook::new(key)));
        }
        let name = name.context("say which playbook: `math-qwen`, or --base and --family")?;
        match self.ask(Query::PlaybookNamed(name.to_owned())).await? {
            Reply::Playbook(book) => Ok(*book),
            _ => bail!(ODD),
        }
    }

    /// What is noted of it beside its lines.
    pub(super) async fn facts(&self, key: PlaybookKey) -> Result<DomainConfig> {
        match self.ask(Query::Facts(key)).await? {
            Reply::Facts(facts) => Ok(*facts),
            _ => bail!(ODD),
        }
    }

    /// What changed it, the newest first.
    pub(super) async fn deltas(&self, key: PlaybookKey) -> Result<Vec<Delta>> {
        match self.ask(Query::Deltas { key, limit: None }).await? {
            Reply::Deltas(deltas) => Ok(deltas),
            _ => bail!(ODD),
        }
    }

    /// Why a line stands where it stands.
    pub(super) async fn why(&self, key: PlaybookKey, id: BulletId) -> Result<BulletWhy> {
        match self.ask(Query::BulletWhy { key, id }).await? {
            Reply::BulletWhy(why) => Ok(*why),
            _ => bail!(ODD),
        }
    }

    /// It as a file.
    pub(super) async fn exported(&self, key: PlaybookKey, lines: bool) -> Result<String> {
        match self.ask(Query::Exported { key, lines }).await? {
            Reply::Text(text) => Ok(text),
            _ => bail!(ODD),
        }
    }

    /// Does what is asked for under [`ID`], and waits until it is stored.
    pub(super) async fn change(&mut self, command: PlaybookCommand) -> Result<Changed> {
        self.conductor.send(Command::Playbook(command)).await;
        match self.changed.recv().await {
            Some(Ok(changed)) => Ok(*changed),
            Some(Err(failure)) => Err(failure.into()),
            None => Err(Failure::new(FailureKind::Broken, "the core of Segno has ended", "start it again").into()),
        }
    }
}

const ODD: &str = "a question about playbooks was answered with something else";

async fn pump(mut events: mpsc::Receiver<Event>, changed: mpsc::Sender<Outcome>) {
    while let Some(event) = events.recv().await {
        if let Event::Playbook(PlaybookEvent::Changed { id: Some(ID), result }) = event {
            // Nobody waits any more where the command is over.
            let _ = changed.send(result).await;
        }
    }
}

/// An error where `book` is none that is there.
pub(super) fn there(book: Playbook) -> Result<Playbook> {
    if book.last.0 > 0 {
        return Ok(book);
    }
    let (what, hint) = (
        format!("there is no playbook {}", book.key),
        format!("`segno playbook list` shows those that are there; `segno playbook add {} TEXT` makes it", book.key),
    );
    Err(Failure::new(FailureKind::NotFound, what, hint).into())
}

/// The line of `book` that is called `name`.
pub(super) fn bullet<'a>(book: &'a Playbook, name: &str) -> Result<&'a Bullet> {
    if let Some(bullet) = book.bullets.values().find(|bullet| bullet.is_called(name)) {
        return Ok(bullet);
    }
    let near: Vec<String> = near(book, name).into_iter().map(|bullet| clean_line(&bullet.name()).into_owned()).collect();
    let hint = match near.is_empty() {
        true => format!("`segno playbook show {}` lists its lines", book.key),
        false => format!("near it: {}; `segno playbook show {}` lists all", near.join(", "), book.key),
    };
    Err(Failure::new(FailureKind::NotFound, format!("{} has no line {}", book.key, clean_line(name)), hint).into())
}

/// At most this many are named.
const NEAR: usize = 3;

/// The lines whose names come closest: by the same number, then by the same beginning, then by how far their numbers are.
fn near<'a>(book: &'a Playbook, name: &str) -> Vec<&'a Bullet> {
    let number = conductor::domain::BulletId::parse(name).map(|id| id.0);
    let word: String = name.trim().trim_start_matches('[').chars().take_while(|c| c.is_alphabetic()).collect();
    let word = word.to_lowercase();
    let rank = |bullet: &&Bullet| {
        let begins = !word.is_empty() && bullet.name().starts_with(&word);
        let away = number.map_or(0, |number| number.abs_diff(bullet.id.0));
        (number.is_none() || away > 0, !begins, away, bullet.id)
    };
    let mut all: Vec<&Bullet> = book.bullets.values().collect();
    all.sort_by_key(rank);
    all.truncate(NEAR);
    all
}
