//! `segno`: the chat, on the screen from the first frame to the last, or in plain lines.

use crate::app::{App, Notify, Screen, Settings};
use crate::args::Common;
use crate::attach::Files;
use crate::command::Exit;
use crate::keymap::Keymap;
use crate::run::{self, End, Link};
use crate::setup::Start;
use crate::view::icons;
use crate::view::theme::{self, Depth};
use crate::{logging, plain, terminal};
use anyhow::{Result, bail};
use conductor::config::ConfigErrors;
use conductor::domain::{Failure, ModelId};
use conductor::protocol::{Command, ConversationCommand, Query, Reply};
use conductor::{Conductor, Setup};
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
/// Where the chat on the screen has no terminal, it cannot be written to, or the server's address is none.
pub(crate) async fn run(start: Start, common: &Common, resume: bool, as_lines: bool) -> Result<Exit> {
    let first = first(common, resume);
    open(&start, as_lines, |app| app, first, Start::setup).await
}

/// Opens the chat on what `make` makes of `start`, with what `prepare` makes of the front end; `first` is sent before anything else.
/// In lines where `as_lines`, the settings or the terminal say so.
///
/// # Errors
/// As [`run`].
pub(crate) async fn open(
    start: &Start,
    as_lines: bool,
    prepare: impl FnOnce(App) -> App,
    first: Vec<Command>,
    make: impl FnOnce(&Start) -> Result<Setup, Failure>,
) -> Result<Exit> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let as_lines = as_lines || start.config.terminal.plain || is_dumb;
    if !as_lines && (!std::io::stdin().is_terminal() || !std::io::stdout().is_terminal()) {
        bail!("the chat needs a terminal: write `segno ask \"your question\"` to ask without one");
    }
    let keymap = Keymap::of(&start.config.keys).map_err(ConfigErrors)?;
    let settings = Settings::of(&start.config, keymap, screen(start)?, start.offline);
    let app = prepare(App::new(if as_lines { plain::settings(settings) } else { settings }));
    let said = |name: &str| std::env::var(name).ok();
    let named = terminal::tells_keys_apart(said("TERM").as_deref(), said("TERM_PROGRAM").as_deref());
    let keys = start.config.ui.keyboard == "auto" && named;
    if !as_lines {
        terminal::install_panic_hook();
    }
    let files = Files::new(start.config.clone());
    let mut log = None;
    let log_to = &mut log;
    // Everything in here waits for the first frame: the rules for secrets, the log's file, the database, the network.
    let begin = || async move {
        // A log that cannot be written is no reason not to chat.
        *log_to = logging::start(start.paths.logs(), &start.config.log.level).ok();
        Ok(Conductor::start(make(start)?))
    };
    let end = match as_lines {
        true => plain::run(app, first, files, begin).await?,
        false => run::run(app, keys, first, files, begin).await?,
    };
    Ok(match end {
        End::Quit => Exit::Ok,
        End::Signal => Exit::Interrupted,
    })
}

/// How the screen looks, by the settings and by what the terminal says of itself in the environment.
///
/// # Errors
/// Where the theme is not there, or wrong.
fn screen(start: &Start) -> Result<Screen, ConfigErrors> {
    let said = |name: &str| std::env::var(name).ok();
    let ui = &start.config.ui;
    let locale = [said("LC_ALL"), said("LC_CTYPE"), said("LANG")];
    let [lc_all, lc_ctype, lang] = locale.each_ref().map(Option::as_deref);
    Ok(Screen {
        theme: theme::named(&ui.theme, start.theme_at.as_ref(), &start.paths.themes(), depth())?,
        inline: start.config.terminal.screen == "inline",
        ascii: ui.icons == "ascii" || icons::is_not_utf8(lc_all, lc_ctype, lang),
        links: ui.hyperlinks && said("TERM").is_some_and(|term| terminal::takes_links(&term)),
        animations: ui.animations,
        title: ui.title,
        notify: Notify::of(&ui.notify),
        // Where it cannot be known, times are those of Greenwich. Asked before there is a second thread.
        utc_offset_s: time::UtcOffset::current_local_offset().map_or(0, time::UtcOffset::whole_seconds),
    })
}

/// How many colours the terminal shows, by the environment.
fn depth() -> Depth {
    let said = |name: &str| std::env::var(name).ok();
    Depth::of(said("NO_COLOR").as_deref(), said("COLORTERM").as_deref(), said("TERM").as_deref())
}

/// What the arguments ask for before the first key.
fn first(common: &Common, resume: bool) -> Vec<Command> {
    let resume = resume.then_some(ConversationCommand::ResumeLast);
    let model = common.model.as_deref().map(|name| ConversationCommand::SetModel(Some(ModelId::new(name))));
    resume.into_iter().chain(model).map(Command::Conversation).collect()
}
