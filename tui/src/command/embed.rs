//! `segno embed`: vectors of texts. They go to stdout, one JSON object a line, and nothing else does.

use super::ask::read_stdin;
use super::listen::{Heard, Listener};
use super::{Console, Exit, complain};
use crate::args::{Common, Embed};
use crate::setup::Start;
use crate::words::{self, Names};
use anyhow::{Result, bail};
use conductor::Conductor;
use conductor::domain::{Failure, FailureKind, ModelId, RequestId};
use conductor::protocol::{Command, Event, ModelsCommand, TEXTS_AT_ONCE};
use serde::Serialize;
use std::io::IsTerminal;

const ID: RequestId = RequestId(1);

/// A line of the output.
#[derive(Serialize)]
struct Row<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    index: usize,
    dimensions: usize,
    /// As they came: a number is written with as many digits as tell it from its neighbours.
    embedding: &'a [f32],
}

/// Has vectors made, prints them, and says how it ended. What was printed before a failure stays.
///
/// # Errors
/// When stdin cannot be read as text, or there is nothing to embed.
pub async fn run(embed: &Embed, common: &Common, start: &Start) -> Result<Exit> {
    let texts = texts(embed)?;
    let (conductor, events) = start.conductor()?;
    let mut listener = Listener::new(events);
    let mut console = Console::new();
    let model = common.model.as_deref().map(ModelId::new);
    let names = Names::of(&start.config);
    let exit = all(&conductor, &mut listener, (&mut console, &names), model, &texts).await;
    conductor.send(Command::Quit).await;
    // The conductor stores what is in hand, and says nothing that matters here.
    while listener.next().await.is_some() {}
    exit
}

/// What vectors are wanted of.
fn texts(embed: &Embed) -> Result<Vec<String>> {
    let texts: Vec<String> = if !embed.text.is_empty() {
        vec![embed.text.join(" ")]
    } else if std::io::stdin().is_terminal() {
        Vec::new()
    } else if embed.lines {
        read_stdin()?.lines().map(str::to_owned).collect()
    } else {
        // The newline that every program ends its output with is no part of it.
        let piped = read_stdin()?;
        let text = piped.strip_suffix('\n').unwrap_or(&piped);
        vec![text.strip_suffix('\r').unwrap_or(text).to_owned()]
    };
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    if texts.is_empty() {
        bail!("there is nothing to embed: write `segno embed \"your text\"`, or pipe text in");
    }
    Ok(texts)
}

/// A few at a time, so that the first are printed while the last are waited for, and all are never held at once.
async fn all(
    conductor: &Conductor,
    listener: &mut Listener,
    (console, names): (&mut Console, &Names),
    mut model: Option<ModelId>,
    texts: &[String],
) -> Result<Exit> {
    let mut index = 0;
    for texts in texts.chunks(TEXTS_AT_ONCE) {
        let embed = ModelsCommand::Embed { id: ID, model: model.clone(), texts: texts.to_vec() };
        conductor.send(Command::Models(embed)).await;
        let (by, vectors) = match answer(listener).await {
            Answer::Made(by, vectors) => (by, vectors),
            Answer::Not(failure) => {
                complain("error", &failure.what, &words::for_the_command_line(&failure.hint));
                return Ok(Exit::Failed);
            }
            Answer::Interrupted => return Ok(Exit::Interrupted),
        };
        for vector in vectors {
            let display_name = names.display(&by);
            let row = Row { model: by.short(), display_name, index, dimensions: vector.len(), embedding: &vector };
            console.line(&serde_json::to_string(&row)?);
            if let Some(exit) = console.closed() {
                return Ok(exit);
            }
            index += 1;
        }
        // Vectors of two models cannot be compared.
        model = Some(by);
    }
    Ok(Exit::Ok)
}

enum Answer {
    Made(ModelId, Vec<Vec<f32>>),
    Not(Failure),
    Interrupted,
}

async fn answer(listener: &mut Listener) -> Answer {
    while let Some(heard) = listener.next().await {
        match heard {
            Heard::Interrupt => return Answer::Interrupted,
            Heard::Event(event) => match *event {
                Event::Embedded { id: ID, model: Some(model), result: Ok(vectors) } => return Answer::Made(model, vectors),
                Event::Embedded { id: ID, result: Err(failure), .. } => return Answer::Not(failure),
                _ => {}
            },
        }
    }
    Answer::Not(Failure::new(FailureKind::Broken, "the core of Segno has ended", "start it again"))
}
