//! `segno playbook train` and `measure`: a playbook learns from a file of samples, or is measured on them. What came of it goes to stdout, how far it is to stderr.
//!
//! What must stay true: Ctrl-C stops it where it stands, and says how it goes on; what is kept is said with what it was measured
//! against.

use super::door::{Door, ID};
use super::print::Printer;
use super::{files, split};
use crate::args::{Measure, Parts, Train};
use crate::command::Console;
use crate::command::listen::{Heard, Listener};
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words::training::{self as say, Progress};
use anyhow::Result;
use conductor::Conductor;
use conductor::domain::{Failure, FailureKind, ModelId, PlaybookKey, TrainPlan, TrainStep, Trained};
use conductor::protocol::{Command, Event, PlaybookCommand, PlaybookEvent, Query};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Trains, and prints what came of it.
///
/// # Errors
/// What is in the way.
pub(super) async fn train(train: &Train, model: Option<&str>, start: &Start, console: &mut Console) -> Result<()> {
    let key = named(&train.words, &train.parts, start).await?;
    let plan = TrainPlan {
        key,
        model: model.map(ModelId::new),
        epochs: train.epochs,
        rounds: train.rounds,
        aside_percent: train.aside,
        seed: train.seed,
        online: train.online,
        resume: train.resume,
    };
    let trained = samples(&train.file, plan, start).await?;
    let mut out = Printer::new(console, train.output);
    if train.output.json {
        return out.json(&value(&trained));
    }
    say::result(&trained).iter().for_each(|line| out.line(line));
    Ok(())
}

/// Measures, and prints what came of it.
///
/// # Errors
/// What is in the way.
pub(super) async fn measure(measure: &Measure, model: Option<&str>, start: &Start, console: &mut Console) -> Result<()> {
    let key = named(&measure.words, &measure.parts, start).await?;
    let model = model.map(ModelId::new);
    let plan = TrainPlan { key, model, epochs: 0, rounds: 1, aside_percent: 100, seed: 0, online: false, resume: false };
    let trained = samples(&measure.file, plan, start).await?;
    let mut out = Printer::new(console, measure.output);
    if measure.output.json {
        return out.json(&value(&trained));
    }
    say::measured(&trained).iter().for_each(|line| out.line(line));
    Ok(())
}

/// The playbook that is meant; the conductor that knows it has ended then.
async fn named(words: &[String], parts: &Parts, start: &Start) -> Result<PlaybookKey> {
    let (name, rest) = split(words, parts)?;
    super::none(rest)?;
    let door = Door::open(start)?;
    let named = door.named(name, parts).await;
    door.close().await;
    Ok(named?.key)
}

async fn samples(file: &Path, plan: TrainPlan, start: &Start) -> Result<Trained> {
    let (_, text) = files::read(file, "name a file of samples, one JSON object a line")?;
    let (conductor, events) = start.conductor()?;
    let mut listener = Listener::new(events);
    let result = run(&conductor, &mut listener, plan, text).await;
    conductor.send(Command::Quit).await;
    while listener.next().await.is_some() {}
    Ok(result?)
}

async fn run(conductor: &Conductor, listener: &mut Listener, plan: TrainPlan, text: String) -> Result<Trained, Failure> {
    // Which models there are is known after that; events are taken in meanwhile.
    let known = conductor.query(Query::Models);
    tokio::pin!(known);
    loop {
        tokio::select! {
            biased;
            _ = &mut known => break,
            heard = listener.next() => if heard.is_none() { return Err(ended()) },
        }
    }
    let mut progress = Progress::new(&plan);
    conductor.send(Command::Playbook(PlaybookCommand::Train { id: ID, plan, text })).await;
    let mut line = Line::new();
    while let Some(heard) = listener.next().await {
        match heard {
            Heard::Interrupt => {
                conductor.send(Command::Cancel { id: ID }).await;
            }
            Heard::Event(event) => match *event {
                Event::Playbook(PlaybookEvent::Training { id: ID, step }) => tell(&mut line, &mut progress, &step),
                Event::Playbook(PlaybookEvent::Trained { id: ID, result }) => {
                    line.clear();
                    return result.map(|trained| *trained);
                }
                _ => {}
            },
        }
    }
    Err(ended())
}

fn tell(line: &mut Line, progress: &mut Progress, step: &TrainStep) {
    for said in progress.lines(step) {
        line.say(&clean_line(&said));
    }
    line.show(&progress.now());
}

fn ended() -> Failure {
    Failure::new(FailureKind::Broken, "the core of Segno has ended", "start it again")
}

/// The last line of stderr, written over where that is a terminal and left out where it is none.
struct Line {
    terminal: bool,
    shown: bool,
}

impl Line {
    fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), shown: false }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.write("\r\u{1b}[K");
        }
    }

    fn say(&mut self, text: &str) {
        self.clear();
        self.write(&format!("{text}\n"));
    }

    fn show(&mut self, text: &str) {
        if self.terminal {
            self.write(&format!("\r\u{1b}[K{}", clean_line(text)));
            self.shown = true;
        }
    }

    /// Who does not read it misses nothing else.
    fn write(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

fn value(trained: &Trained) -> serde_json::Value {
    json!({
        "run": trained.run,
        "playbook": trained.playbook.key.to_string(),
        "kept": trained.kept,
        "epoch": trained.epoch,
        "without": trained.bare,
        "with": trained.validation,
        "gain": trained.gain,
        "train": trained.train,
        "refined": trained.refined,
        "steps": trained.steps,
        "lost": trained.lost,
        "rejected": trained.rejected,
        "calls": trained.calls,
        "prompt_tokens": trained.prompt_tokens,
        "answer_tokens": trained.answer_tokens,
        "changes": trained.deltas.len(),
    })
}
