//! `segno ask`: one question, one answer. The answer goes to stdout and nothing else does.

mod json;

use super::consent::{Asker, Beforehand};
use super::listen::{Heard, Listener};
use super::{Console, Exit, complain};
use crate::args::{Ask, Common};
use crate::attach::Files;
use crate::setup::Start;
use crate::words::{self, Names};
use anyhow::{Context, Result, bail};
use conductor::Conductor;
use conductor::domain::{FailureKind, ModelId, Origin, Prompt, RequestId, Status, Waits};
use conductor::protocol::{Command, Event};
use std::io::{IsTerminal, Read};
use tokio::sync::mpsc;

/// The most that is read from stdin. No local model's window holds more.
const STDIN_LIMIT: u64 = 16 << 20;

const ID: RequestId = RequestId(1);

/// Asks, prints, and says how it ended.
///
/// # Errors
/// When stdin cannot be read as text, or there is no question.
pub async fn run(ask: &Ask, common: &Common, start: &Start) -> Result<Exit> {
    let prompt = prompt(ask, start)?;
    let (conductor, events) = start.conductor()?;
    let model = common.model.as_deref().map(ModelId::new);
    conductor.send(Command::Ask { id: ID, prompt, model }).await;
    let said = Beforehand { provider: ask.allow_external.as_deref(), redact: ask.redact, registry: None };
    let (console, names) = (Console::new(), Names::of(&start.config));
    let mut printer = Printer { console, json: ask.json, guide: false, asker: Asker::new(said, names.clone()), names };
    let exit = follow(&conductor, events, &mut printer).await;
    printer.console.end_line();
    Ok(exit)
}

/// The question, the files after it, and what was piped in after them.
fn prompt(ask: &Ask, start: &Start) -> Result<Prompt> {
    let mut prompt = Prompt::default();
    prompt.push(Origin::Typed, ask.question.join(" "));
    let files = Files::new(start.config.clone());
    for path in &ask.attach {
        let path = path.to_str().context("the name of a file to attach is no text (not UTF-8): rename it first")?;
        prompt.attach(files.span(path)?);
    }
    if !std::io::stdin().is_terminal() {
        let piped = read_stdin()?;
        if !piped.trim().is_empty() {
            if !prompt.is_blank() {
                prompt.push(Origin::Typed, "\n\n");
            }
            prompt.push(Origin::Stdin, piped);
        }
    }
    if prompt.is_blank() {
        bail!("there is nothing to ask: write `segno ask \"your question\"`, or pipe text in");
    }
    Ok(prompt)
}

/// What is piped in, as text.
///
/// # Errors
/// Where it is too much, or no text.
pub(super) fn read_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(STDIN_LIMIT + 1).read_to_end(&mut bytes).context("stdin cannot be read")?;
    if bytes.len() as u64 > STDIN_LIMIT {
        bail!("stdin holds more than {} MiB: send a part of it", STDIN_LIMIT >> 20);
    }
    String::from_utf8(bytes)
        .ok()
        .context("stdin holds bytes that are no text (not UTF-8): convert it first, or send a part of it")
}

/// Prints the events of the turn until its last one. Ctrl-C cancels it, and what came is kept.
async fn follow(conductor: &Conductor, events: mpsc::Receiver<Event>, printer: &mut Printer<'_>) -> Exit {
    let mut listener = Listener::new(events);
    let mut exit = None;
    loop {
        let heard = tokio::select! {
            biased;
            heard = listener.next() => heard,
            answer = printer.asker.answer() => {
                conductor.send(Command::Consent(answer)).await;
                continue;
            }
        };
        let Some(heard) = heard else { break };
        match heard {
            Heard::Interrupt => {
                printer.asker.give_up();
                exit.get_or_insert(Exit::Interrupted);
                conductor.send(Command::Cancel { id: ID }).await;
            }
            Heard::Event(event) if printer.console.closed().is_none() => {
                let end = printer.print(&event).or(printer.console.closed());
                if let Some(end) = end {
                    exit.get_or_insert(end);
                    conductor.send(Command::Quit).await;
                }
                if let Event::ConsentNeeded(request) = *event
                    && let Some(answer) = printer.asker.take(*request)
                {
                    conductor.send(Command::Consent(answer)).await;
                }
            }
            // Nobody reads any more; the conductor is storing what came.
            Heard::Event(_) => {}
        }
    }
    exit.unwrap_or(Exit::Failed)
}

struct Printer<'a> {
    console: Console,
    json: bool,
    guide: bool,
    asker: Asker<'a>,
    names: Names,
}

impl Printer<'_> {
    /// Prints an event; the last of the turn tells how it ended.
    fn print(&mut self, event: &Event) -> Option<Exit> {
        if self.json {
            if let Some(line) = json::line(event, &self.names) {
                self.console.line(&line);
            }
        } else {
            self.print_text(event);
        }
        self.complain(event);
        match event {
            Event::Finished { status: Status::Complete, answer, .. } => {
                Some(if answer.signature.is_guide() { Exit::Guide } else { Exit::Ok })
            }
            Event::Finished { status: Status::Cancelled, .. } => Some(Exit::Interrupted),
            Event::Finished { .. } => Some(Exit::Partial),
            Event::Failed { .. } => Some(Exit::Failed),
            _ => None,
        }
    }

    fn print_text(&mut self, event: &Event) {
        match event {
            Event::Delta { text, .. } => self.console.stream(text),
            Event::Planned { plan, .. } => {
                self.guide = plan.candidates.first().is_some_and(|c| c.backend == conductor::domain::BackendId::guide());
                if let Some((words, hint)) = words::hand_off(plan, true, &self.names) {
                    self.console.note(&words);
                    self.console.hint(&words::for_the_command_line(&hint));
                }
                if words::wants_action(plan) && !self.guide {
                    self.console.note(words::NO_TOOLS);
                }
            }
            // Of use to somebody who sits there alone.
            Event::Waiting { model, waits, .. } if *waits != Waits::Answer && std::io::stderr().is_terminal() => {
                self.console.note(&format!("{} · {}", self.names.model(model), words::waits(waits, &self.names)));
            }
            Event::Fallback { from, to, why, .. } => self.console.note(&words::fallback(from, to, why, &self.names)),
            Event::Finished { answer, status, .. } => {
                self.console.end_line();
                self.console.note(&words::sign_with_symbol(&answer.signature, status, answer.as_ref().into(), &self.names));
                for line in answer.labels.iter().flat_map(words::label::lines) {
                    self.console.note(&format!("! {line}"));
                }
            }
            _ => {}
        }
    }

    /// What went wrong goes to stderr, with `--json` too: a person may be looking.
    fn complain(&mut self, event: &Event) {
        match event {
            // It was said already, with what would help.
            Event::Failed { failure, .. } if self.asker.told && failure.kind == FailureKind::Denied => {}
            Event::Failed { failure, .. } | Event::Finished { status: Status::Partial(failure), .. } => {
                self.asker.give_up();
                self.console.end_line();
                complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
            }
            Event::Notice { notice, .. } => {
                let word = words::level(notice.level);
                complain(word, &notice.what, &words::for_the_command_line(&notice.hint));
            }
            Event::Finished { answer, .. } if answer.signature.is_guide() && self.json => {
                self.console.note("note: the built-in guide answered, not a language model (exit code 4)");
            }
            Event::Finished { answer, .. } if answer.cut_by_length => {
                complain("warning", words::CUT_BY_LENGTH, words::CUT_BY_LENGTH_HINT);
            }
            _ => {}
        }
    }
}
