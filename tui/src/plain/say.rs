//! What is said next: what the application holds now against what was said of it before.
//!
//! What must stay true: pure; each thing is said once, and nothing that was said is said otherwise later; what a model wrote was
//! cleaned where it came in.

mod blocks;
mod status;
#[cfg(test)]
mod tests;

use super::words::{answers, ended};
use super::{consent, list};
use crate::app::App;
use crate::words::duration;
use blocks::Heard;
use conductor::domain::{Answer, Candidate, Digest, RequestId, Status};
use conductor::protocol::Event;
use status::Standing;

/// What goes to the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    /// A line of its own.
    Line(String),
    /// A piece of an answer; what comes next goes on in the same line.
    Piece(String),
    /// The answer's last line ends here, where it has not.
    Break,
}

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The user has not seen what was asked as it was typed: it is said.
    pub(crate) echo: bool,
    /// Of each conversation how far it was said.
    rooms: Vec<Heard>,
    /// Of the notices, how many.
    log: u64,
    /// Who was said to answer.
    asked: Option<(RequestId, Candidate)>,
    voice: Voice,
    /// The turn of which it was said that it thinks.
    thought: Option<RequestId>,
    standing: Standing,
    /// The question for consent.
    question: Option<(RequestId, Digest)>,
    list: Option<list::List>,
    /// The models were looked at anew since their list was asked for.
    fresh: bool,
    next: Next,
}

/// Whose words were the last.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// Segno's own.
    #[default]
    Segno,
    /// Those that say who answers: nothing more has to stand above the answer.
    Announced,
    /// A model's.
    Model,
}

/// What an event says that the application does not keep.
#[derive(Debug, Default)]
struct Next {
    /// A model was chosen: the line that says so is a hand-off.
    planned: bool,
    /// Another stands in: the warning that says so is a fallback.
    fallback: bool,
    /// How the answer ended.
    ending: Option<String>,
}

impl Said {
    /// Takes in what is about to happen to `app`.
    pub(crate) fn hear(&mut self, event: &Event, app: &App) {
        let here = |id: &RequestId| app.room.turn.as_ref().is_some_and(|turn| turn.id == *id);
        match event {
            Event::Planned { id, .. } => self.next.planned = here(id),
            Event::Fallback { id, .. } => self.next.fallback = here(id),
            Event::Finished { id, answer, status } if here(id) => self.next.ending = Some(ending(answer, status)),
            Event::Models(_) => self.fresh = true,
            _ => {}
        }
    }

    /// A line was typed: what it opens is said, also where it is what was open before.
    pub(crate) fn begin_line(&mut self) {
        (self.list, self.fresh) = (None, false);
    }

    /// What `app` holds now that was not said yet.
    pub(crate) fn look(&mut self, app: &App) -> Vec<Out> {
        let mut out = Vec::new();
        self.notes(app, &mut out);
        self.blocks(app, &mut out);
        self.announce(app, &mut out);
        self.stand(app, &mut out);
        self.ask(app, &mut out);
        self.list(app, &mut out);
        self.next = Next::default();
        out
    }

    /// What stands before what is typed next; nothing while that would not be heard.
    pub(crate) fn prompt(&self, app: &App) -> Option<String> {
        if app.is_asking() {
            // Only once it is heard.
            return app.hears_answers().then(|| "Your answer: ".to_owned());
        }
        match &self.list {
            Some(list) if app.overlay.is_some() && !list.ask.is_empty() => Some(format!("{} ", list.ask)),
            _ if app.is_busy() => None,
            _ if app.room.changing.is_some() => Some("New question: ".to_owned()),
            _ => Some("You: ".to_owned()),
        }
    }

    /// The list that was said last, while it lies in front.
    pub(crate) fn shown_list(&self) -> Option<&list::List> {
        self.list.as_ref()
    }

    /// The question for consent that was said last, and the version of what would be sent.
    pub(crate) fn said_version(&self) -> Option<(RequestId, Digest)> {
        self.question
    }

    /// Whether all that was asked for is there and was said.
    pub(crate) fn is_settled(&self, app: &App) -> bool {
        app.overlay.is_none() || self.list.is_some()
    }

    fn line(&mut self, out: &mut Vec<Out>, line: String) {
        if !line.is_empty() {
            self.voice = Voice::Segno;
            out.push(Out::Line(line));
        }
    }

    /// The short words of the status line.
    fn notes(&mut self, app: &App, out: &mut Vec<Out>) {
        let new: Vec<String> =
            app.log().since(self.log).filter(|said| said.level.is_none()).map(|said| said.what.clone()).collect();
        self.log = app.log().count();
        for what in new {
            self.line(out, format!("Note: {}", ended(&what)));
        }
    }

    /// Who answers.
    fn announce(&mut self, app: &App, out: &mut Vec<Out>) {
        let Some(turn) = &app.room.turn else { return };
        let Some(candidate) = &turn.candidate else { return };
        let now = (turn.id, candidate.clone());
        if self.asked.as_ref() != Some(&now) {
            self.line(out, answers(candidate, &app.settings.names));
            self.asked = Some(now);
            self.voice = Voice::Announced;
        }
    }

    /// The question for consent, whole; after it was changed, what is another now.
    fn ask(&mut self, app: &App, out: &mut Vec<Out>) {
        let Some(asked) = app.question() else {
            self.question = None;
            return;
        };
        let now = (asked.request.id, asked.digest());
        if self.question == Some(now) {
            return;
        }
        let known = self.question.is_some_and(|(id, _)| id == now.0);
        let lines = if known { consent::changed(asked) } else { consent::lines(asked, app.asked_behind(), &app.settings.names) };
        self.question = Some(now);
        for line in lines {
            self.line(out, line);
        }
    }

    /// What lies in front on a screen.
    fn list(&mut self, app: &App, out: &mut Vec<Out>) {
        if app.overlay.is_none() {
            self.list = None;
            self.fresh = false;
            return;
        }
        if app.is_asking() {
            return;
        }
        let Some(list) = list::of(app, self.fresh) else { return };
        let before = self.list.take();
        if before.as_ref().is_none_or(|before| before.key != list.key) {
            let old = before.as_ref().filter(|_| list.ask.is_empty()).map(|before| before.lines.clone()).unwrap_or_default();
            for line in list.lines.iter().filter(|line| !old.contains(line)) {
                self.line(out, line.clone());
            }
        }
        self.list = Some(list);
    }
}

/// How an answer ended, in a few words.
fn ending(answer: &Answer, status: &Status) -> String {
    let word = match status {
        Status::Complete | Status::Streaming => "End of answer",
        Status::Cancelled => "Stopped by you, what came is kept",
        Status::Partial(_) => "The answer broke off, what came is kept",
        Status::Failed(_) => "The answer failed",
        Status::Interrupted => "The answer was interrupted",
    };
    let mut figures: Vec<String> = Vec::new();
    figures.extend(
        answer.usage.answer_tokens.map(|tokens| if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") }),
    );
    if answer.timing.total_ms > 0 {
        figures.push(duration(answer.timing.total_ms));
    }
    figures.extend(answer.cost.map(|cost| cost.to_string()));
    match figures.is_empty() {
        true => format!("{word}."),
        false => format!("{word}: {}.", figures.join(", ")),
    }
}
