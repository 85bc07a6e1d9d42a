//! The front end of Segno: the chat on the screen, and the commands without one.
//!
//! What must stay true: of the core only its door, its plain values, its configuration and its protocol are named here.

pub mod app;
pub mod args;
pub mod attach;
mod chat;
pub mod clipboard;
mod clock;
pub mod command;
pub mod completion;
pub mod composer;
mod demo;
pub mod editor;
pub mod file;
pub mod frames;
mod fuzzy;
pub mod keymap;
mod logging;
mod markdown;
pub mod msg;
mod nearest;
pub mod painter;
pub mod paths;
mod plain;
mod prompts;
pub mod run;
pub mod sanitise;
mod setup;
pub mod slash;
pub mod terminal;
pub mod transcript;
mod tty;
pub mod view;
pub mod welcome;
pub mod words;

use args::{Args, Command};
use command::{Exit, complain};
use conductor::domain::{Failure, FailureKind};
use setup::Start;

/// Runs what the arguments ask for, and says how it ended. Errors are said on stderr.
pub async fn main(args: Args) -> Exit {
    match dispatch(args).await {
        Ok(exit) => exit,
        Err(error) => fail(&error),
    }
}

async fn dispatch(args: Args) -> anyhow::Result<Exit> {
    let Args { command, mut common, resume, plain } = args;
    // A variable that is set to nothing is not set.
    common.model = common.model.filter(|name| !name.trim().is_empty());
    if let Some(Command::Config { what }) = command {
        return command::config::run(what, &common).await;
    }
    if let Some(Command::Json { what }) = &command {
        return command::json::run(what);
    }
    if let Some(Command::Completions { shell }) = command {
        return Ok(command::completions::run(shell));
    }
    if let Some(Command::Demo { fast }) = command {
        return demo::run(&common, fast, plain).await;
    }
    let start = Start::new(&common)?;
    let Some(command) = command else { return chat::run(start, &common, resume, plain).await };
    // A log that cannot be written is no reason not to answer.
    let _log = logging::start(start.paths.logs(), &start.config.log.level);
    match command {
        Command::Ask(ask) => command::ask::run(&ask, &common, &start).await,
        Command::Models(models) => match &models.provider {
            Some(provider) => command::keys::models(provider, models.output, &start).await,
            None => command::models::run(models.output, &start).await,
        },
        Command::Keys { what } => command::keys::run(&what, &start).await,
        Command::Pull { name, allow_registry } => command::pull::run(&name, allow_registry.as_deref(), &start).await,
        Command::Ledger { what } => command::ledger::run(what, &start).await,
        Command::History { what } => command::history::run(what, &start).await,
        Command::Playbook { what } => command::playbook::run(what, common.model.as_deref(), &start).await,
        Command::Image { what } => command::image::run(&what, &start),
        Command::Doctor(output) => command::doctor::run(output, &common, &start).await,
        Command::Embed(embed) => command::embed::run(&embed, &common, &start).await,
        Command::Route(route) => match &route.file {
            Some(file) => command::route::file(file, route.output, &start),
            None => command::route::question(&route, &common, &start).await,
        },
        Command::Scan(scan) => command::scan::run(&scan, &start),
        Command::Json { what } => command::json::run(&what),
        // Done above, without the user's settings.
        Command::Demo { fast } => demo::run(&common, fast, plain).await,
        Command::Config { what } => command::config::run(what, &common).await,
        Command::Completions { shell } => Ok(command::completions::run(shell)),
    }
}

/// Says an error in the one voice. A configuration that cannot be read speaks for itself, with file and line.
fn fail(error: &anyhow::Error) -> Exit {
    if let Some(errors) = error.downcast_ref::<conductor::config::ConfigErrors>() {
        command::complain_whole(&errors.to_string());
        command::complain_whole(
            "hint: `segno config check` checks again; `--config FILE` puts another file in the place of your own",
        );
        return Exit::Usage;
    }
    let failure = error.downcast_ref::<Failure>();
    complain("error", &format!("{error:#}"), failure.map(|failure| failure.hint.as_str()).unwrap_or_default());
    // What cannot be read, such as a prompt of the user's own, is no wrong usage.
    let broken = failure.is_some_and(|failure| failure.kind == FailureKind::Broken);
    if broken { Exit::Failed } else { Exit::Usage }
}
