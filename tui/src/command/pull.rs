//! `segno pull`: the server fetches a model.

use super::consent::{Asker, Beforehand};
use super::listen::{Heard, Listener};
use super::{Exit, complain};
use crate::setup::Start;
use crate::words::{self, Names};
use anyhow::{Result, bail};
use conductor::domain::{FailureKind, ModelId, RequestId};
use conductor::protocol::{Command, Event, ModelsCommand, PullProgress};
use indicatif::{ProgressBar, ProgressStyle};

const ID: RequestId = RequestId(1);

/// Has the server fetch `name`, with a progress bar on stderr. Ctrl-C stops it; the server keeps what it has. `registry` is
/// one that is said yes to beforehand.
///
/// # Errors
/// When the name is empty.
pub async fn run(name: &str, registry: Option<&str>, start: &Start) -> Result<Exit> {
    if name.trim().is_empty() {
        bail!("a model needs a name: try `segno pull llama3.1:8b`");
    }
    let model = ModelId::new(name);
    let (conductor, events) = start.conductor()?;
    conductor.send(Command::Models(ModelsCommand::Pull { id: ID, model: model.clone() })).await;
    // Where there are several servers, it is the first that gets it.
    let names = Names::of(&start.config);
    let there = names.on_first();
    let bar = Bar::new(&model, there);
    let mut exit = Exit::Failed;
    let mut listener = Listener::new(events);
    let mut asker = Asker::new(Beforehand { registry, ..Beforehand::default() }, names);
    loop {
        let heard = tokio::select! {
            biased;
            heard = listener.next() => heard,
            answer = asker.answer() => {
                conductor.send(Command::Consent(answer)).await;
                continue;
            }
        };
        let progress = match heard {
            None => break,
            Some(Heard::Interrupt) => {
                asker.give_up();
                conductor.send(Command::Cancel { id: ID }).await;
                continue;
            }
            Some(Heard::Event(event)) => match *event {
                Event::Pull { progress, .. } => progress,
                Event::Failed { failure, .. } => PullProgress::Failed(failure),
                Event::ConsentNeeded(request) => {
                    if let Some(answer) = asker.take(*request) {
                        conductor.send(Command::Consent(answer)).await;
                    }
                    continue;
                }
                _ => continue,
            },
        };
        if matches!(&progress, PullProgress::Failed(failure) if asker.told && failure.kind == FailureKind::Denied) {
            // It was said already, with what would help.
            conductor.send(Command::Quit).await;
            continue;
        }
        if !matches!(progress, PullProgress::Running { .. }) {
            asker.give_up();
        }
        if let Some(end) = bar.show(&model, progress) {
            exit = end;
            conductor.send(Command::Quit).await;
        }
    }
    Ok(exit)
}

/// The bar, and where the model goes: ` on ollama`, where there are several servers.
struct Bar(ProgressBar, String);

impl Bar {
    /// Indicatif draws on stderr, and draws nothing where that is no terminal.
    fn new(model: &ModelId, there: String) -> Self {
        let bar = ProgressBar::new(0).with_message(format!("asking for {model}{there}"));
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {eta}") {
            bar.set_style(style);
        }
        Self(bar, there)
    }

    /// Shows a step; the last tells how it ended.
    fn show(&self, model: &ModelId, progress: PullProgress) -> Option<Exit> {
        let (word, what, hint, exit) = match progress {
            PullProgress::Running { status, completed, total } => {
                self.0.set_length(total);
                self.0.set_position(completed);
                self.0.set_message(crate::sanitise::clean_line(&status).into_owned());
                return None;
            }
            PullProgress::Done => {
                ("note", format!("{model} is here{}", self.1), format!("`segno ask -m {model} \"hello\"` asks it"), Exit::Ok)
            }
            PullProgress::Cancelled => {
                let hint = format!("`segno pull {model}` goes on from there: what was fetched is kept");
                ("note", format!("stopped fetching {model}"), hint, Exit::Interrupted)
            }
            PullProgress::Failed(failure) => ("error", failure.what, words::for_the_command_line(&failure.hint), Exit::Failed),
        };
        self.0.finish_and_clear();
        complain(word, &what, &hint);
        Some(exit)
    }
}
