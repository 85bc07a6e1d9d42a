//! `segno`: the chat on the screen, from the first frame to the last.

use crate::app::{App, Settings};
use crate::args::Common;
use crate::attach::Files;
use crate::command::Exit;
use crate::run::{self, End, Link};
use crate::setup::Start;
use crate::{logging, terminal};
use anyhow::{Result, bail};
use conductor::Conductor;
use conductor::domain::ModelId;
use conductor::protocol::{Command, ConversationCommand, Query, Reply};
use std::io::IsTerminal;

impl Link for Conductor {
    async fn send(&self, command: Command) {
        // A conductor that has ended says so by its closed channel of events.
        let _ = Conductor::send(self, command).await;
    }

    async fn query(&self, query: Query) -> Reply {
        Conductor::query(self, query).await
    }
}

/// Opens the chat.
///
/// # Errors
/// Where there is no terminal, or it cannot be written to, or the server's address is none.
pub(crate) async fn run(start: Start, common: &Common, resume: bool) -> Result<Exit> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        bail!("the chat needs a terminal: write `segno ask \"your question\"` to ask without one");
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        bail!("this terminal (TERM=dumb) cannot show the chat: write `segno ask \"your question\"` to ask without it");
    }
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let app = App::new(Settings::of(&start.config, no_color, start.offline));
    terminal::install_panic_hook();
    let files = Files::new(start.config.clone());
    let mut log = None;
    let log_to = &mut log;
    // Everything in here waits for the first frame: the rules for secrets, the log's file, the database, the network.
    let begin = || async move {
        // A log that cannot be written is no reason not to chat.
        *log_to = logging::start(start.paths.logs(), &start.config.log.level).ok();
        Ok(Conductor::start(start.setup()?))
    };
    let end = run::run(app, first(common, resume), files, begin).await?;
    Ok(match end {
        End::Quit => Exit::Ok,
        End::Signal => Exit::Interrupted,
    })
}

/// What the arguments ask for before the first key.
fn first(common: &Common, resume: bool) -> Vec<Command> {
    let resume = resume.then_some(ConversationCommand::ResumeLast);
    let model = common.model.as_deref().map(|name| ConversationCommand::SetModel(Some(ModelId::new(name))));
    resume.into_iter().chain(model).map(Command::Conversation).collect()
}
