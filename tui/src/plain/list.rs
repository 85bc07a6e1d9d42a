//! What lies in front of a screen, as numbered lines.
//!
//! What must stay true: made from the same state as the screen; a number names the row that the screen shows there; nothing is said
//! before it is there.

mod panes;

use super::words::{ended, place, speakable};
use crate::app::{App, Overlay};
use crate::slash::COMMANDS;
use crate::view::{grant_facts, grant_whom};
use crate::words::{self, why};
use conductor::domain::Location;
use conductor::protocol::Level;

/// So many rows of a list are said.
const MOST: usize = 50;

/// A list, or a page.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct List {
    /// What is said.
    pub(crate) lines: Vec<String>,
    /// What is asked below it; empty where nothing can be chosen.
    pub(crate) ask: &'static str,
    /// While this stays, it is the same list, and not said again.
    pub(crate) key: Vec<String>,
}

impl List {
    fn page(lines: Vec<String>) -> Self {
        Self { key: lines.clone(), lines, ask: "" }
    }

    /// Where there is no row, nothing is asked.
    fn of(title: String, rows: Vec<String>, after: &[&str], ask: &'static str) -> Self {
        let count = rows.len();
        let mut lines = vec![title];
        lines.extend(rows.into_iter().take(MOST).enumerate().map(|(at, row)| format!("{}. {row}", at + 1)));
        if count > MOST {
            lines.push(format!("{} more are not said.", count - MOST));
        }
        if count > 0 {
            lines.extend(after.iter().map(|line| (*line).to_owned()));
        }
        Self { key: lines.clone(), lines, ask: if count > 0 { ask } else { "" } }
    }
}

/// What lies in front; `None` while it is still coming. `fresh` where the models were looked at since it was asked for.
pub(super) fn of(app: &App, fresh: bool) -> Option<List> {
    match app.overlay.as_ref()? {
        Overlay::Help(_) => Some(List::page(help())),
        Overlay::Why(_) => Some(List::page(why_lines(app))),
        Overlay::Context(_) => Some(List::page(
            app.report().map(|report| text(&words::context::lines(report, 0, &app.settings.names))).unwrap_or_default(),
        )),
        Overlay::Notices(_) => Some(List::page(notices(app))),
        Overlay::Models(_) if !fresh => None,
        Overlay::Models(_) => Some(models(app)),
        Overlay::Conversations(pane) => panes::conversations(app, pane),
        Overlay::Messages(_) => Some(panes::messages(app)),
        Overlay::Consent(grants) => panes_of_consent(app, grants.now_ms?),
        Overlay::Playbook(page) => panes::playbook(app, page),
        Overlay::Ledger => panes::ledger(app.ledger()),
        // They are opened by keys alone.
        Overlay::Palette(_) | Overlay::Past(_) | Overlay::Compare(_) => Some(List::page(Vec::new())),
    }
}

/// An explanation without what is empty or only drawn.
fn text(lines: &[why::Line]) -> Vec<String> {
    let said = |line: &why::Line| {
        let text = speakable(&line.text);
        // What stood beside a bar.
        let text = if text.split('%').next().is_some_and(|figure| figure.parse::<u32>().is_ok()) {
            format!("Used: {text}")
        } else {
            text
        };
        if line.head && !text.is_empty() { format!("{}:", text.trim_end_matches(':')) } else { text }
    };
    lines.iter().map(said).filter(|line| !line.is_empty()).collect()
}

fn help() -> Vec<String> {
    let mut lines =
        vec!["A line is a question. One that ends in a backslash goes on in the next. Commands begin with a slash:".to_owned()];
    let command = |row: &crate::slash::Row| {
        let arguments =
            if row.arguments.is_empty() { String::new() } else { format!(" {}", row.arguments.replace(" | ", " or ")) };
        format!("/{}{arguments}: {}.", row.name, row.about)
    };
    lines.extend(COMMANDS.iter().map(command));
    lines.push("Ctrl-C stops an answer; twice where none comes, it leaves, as Ctrl-D does.".to_owned());
    lines
}

fn why_lines(app: &App) -> Vec<String> {
    let mut lines: Vec<why::Line> = app.vain().map(why::vain).into_iter().collect();
    lines.extend(
        app.decided()
            .map(|(decision, reason)| why::lines(decision, reason, app.advice.as_deref(), &app.settings.names))
            .unwrap_or_default(),
    );
    text(&lines)
}

fn notices(app: &App) -> Vec<String> {
    let offset = app.settings.screen.utc_offset_s;
    let mut lines = vec!["What was said in this run:".to_owned()];
    for said in app.log().iter() {
        let level = said.level.map(|level| match level {
            Level::Info => "Note: ",
            Level::Warning => "Warning: ",
            Level::Error => "Error: ",
        });
        lines.push(format!("{} {}{}", said.clock(offset), level.unwrap_or_default(), ended(&said.what)));
        if !said.hint.is_empty() {
            lines.push(format!("Hint: {}", ended(&said.hint)));
        }
    }
    if lines.len() == 1 {
        lines = vec!["Nothing was said yet.".to_owned()];
    }
    lines
}

fn models(app: &App) -> List {
    let Some(snapshot) = &app.models else { return List::default() };
    let models = app.models_that_fit();
    let row = |model: &&conductor::domain::Model| {
        let (name, host) = (app.settings.names.exact(&model.id), app.settings.names.on(&model.backend));
        let fixed = app.room.fixed.as_ref().is_some_and(|fixed| fixed.model == model.id);
        let size = match &model.prices {
            Some(prices) => format!("{} for a million tokens", words::prices(prices)),
            None => words::disk(model),
        };
        let parts = [
            format!("{name}{host}"),
            place(&model.location, &model.backend),
            if fixed { "asked from now on".to_owned() } else { String::new() },
            size,
            speakable(&words::details(model, snapshot)),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let title = match models.len() {
        0 => "No models: /pull NAME gets one.".to_owned(),
        1 => "1 model:".to_owned(),
        n => format!("{n} models:"),
    };
    let rows = models.iter().map(row).collect();
    let list = List::of(title, rows, &[], "Number of the model to ask from now on, or Enter for none:");
    // How long one stays in memory is another with each look.
    let key = models.iter().map(|model| format!("{} {}", model.id, model.backend.as_str())).collect();
    List { key, ..list }
}

/// The answers that stand.
fn panes_of_consent(app: &App, now_ms: i64) -> Option<List> {
    let state = app.privacy();
    let title = match (state.offline, state.grants.is_empty()) {
        (true, _) => "Offline: nothing leaves this machine.",
        (false, true) => "No answer is kept: Segno asks before anything leaves this machine.",
        (false, false) => "Before anything else leaves this machine, Segno asks. Kept are these answers:",
    };
    let row = |grant: &conductor::domain::Grant| {
        let place = if grant.location == Location::Local { "on this machine" } else { grant.location.word() };
        format!(
            "{place}: {}, {}",
            speakable(&grant_whom(grant, &app.settings.names)),
            speakable(&grant_facts(app, grant, now_ms))
        )
    };
    let rows = state.grants.iter().map(row).collect();
    Some(List::of(title.to_owned(), rows, &[], "Number takes one back, all takes all back, Enter for none:"))
}
