//! What a status line shows: what is waited for, what is fetched, what was found at the start.
//!
//! What must stay true: nothing is said again while it stays as it is; figures that run are said a few times and no more.

use super::super::words::{ended, sentence, speakable};
use super::{Out, Said};
use crate::app::App;
use crate::attach::chip;
use crate::welcome::{self, Kind};
use crate::words;
use conductor::domain::{RequestId, Waits};

/// Parts of a model that is fetched, after each of which it is said how far that is.
const STEPS: u64 = 4;

/// What was said to be so.
#[derive(Debug, Default)]
pub(super) struct Standing {
    waits: Option<(RequestId, Waits)>,
    moving: Option<RequestId>,
    pull: Option<(RequestId, u64)>,
    welcome: Vec<String>,
    alert: Option<String>,
    nearly_full: bool,
    answers_behind: usize,
    attached: usize,
}

impl Said {
    pub(super) fn stand(&mut self, app: &App, out: &mut Vec<Out>) {
        self.welcome(app, out);
        self.waiting(app, out);
        self.moving(app, out);
        self.pull(app, out);
        let alert = app.models.as_ref().and_then(|snapshot| words::alert(snapshot, &app.settings.names));
        if alert != self.standing.alert {
            self.standing.alert.clone_from(&alert);
            if let Some(alert) = alert {
                self.line(out, format!("Warning: {} /models says more.", ended(&alert)));
            }
        }
        let full = app.room.context.as_ref().filter(|now| now.is_nearly_full());
        if full.is_some() != std::mem::replace(&mut self.standing.nearly_full, full.is_some())
            && let Some(full) = full
        {
            let model = app.settings.names.model(&full.model);
            self.line(out, format!("Note: the window of {model} is {}% full. /context says more.", full.percent()));
        }
        let attached = app.composer.attached();
        let before = std::mem::replace(&mut self.standing.attached, attached.len());
        for span in attached.iter().skip(before) {
            self.line(out, format!("Attached: {}, for the next question.", speakable(chip::of(span).trim_matches(['[', ']']))));
        }
        let behind = app.answers_behind();
        if behind > std::mem::replace(&mut self.standing.answers_behind, behind) {
            self.line(out, "Note: the answer in the conversation before goes on. It is said when it has ended.".to_owned());
        }
    }

    /// What was found, before the first question.
    fn welcome(&mut self, app: &App, out: &mut Vec<Out>) {
        if !app.room.blank {
            return;
        }
        let said = |line: &welcome::Line| match line.kind {
            Kind::Title | Kind::Blank | Kind::Extra => None,
            Kind::Found(_) | Kind::Detail | Kind::Aside => Some(sentence(&line.text)),
            Kind::Step => Some(format!("Next: {}", ended(&line.text))),
        };
        let lines: Vec<String> = welcome::lines(app.models.as_ref(), true, &app.settings.names).iter().filter_map(said).collect();
        let before = std::mem::replace(&mut self.standing.welcome, lines.clone());
        for line in lines.into_iter().filter(|line| !before.contains(line)) {
            self.line(out, line);
        }
    }

    /// What the question waits for.
    fn waiting(&mut self, app: &App, out: &mut Vec<Out>) {
        let turn = app.room.turn.as_ref();
        let now = turn.and_then(|turn| Some((turn.id, turn.waits.clone()?)));
        if now == self.standing.waits {
            return;
        }
        self.standing.waits.clone_from(&now);
        let name = turn.and_then(|turn| turn.candidate.as_ref()).map(|candidate| app.settings.names.model(&candidate.model));
        if let (Some((_, waits)), Some(name)) = (now, name) {
            self.line(out, waits_words(&name, &waits, &app.settings.names));
        }
    }

    /// A model that is loaded, or leaves the memory, at the user's word.
    fn moving(&mut self, app: &App, out: &mut Vec<Out>) {
        let now = app.moving.as_ref();
        if now.map(|moving| moving.id) == self.standing.moving {
            return;
        }
        self.standing.moving = now.map(|moving| moving.id);
        if let Some(moving) = now {
            let name = app.settings.names.model(&moving.model);
            self.line(
                out,
                match moving.into {
                    true => format!("Loading {name} into memory."),
                    false => format!("{name} leaves the memory."),
                },
            );
        }
    }

    /// How far the model is that is fetched.
    fn pull(&mut self, app: &App, out: &mut Vec<Out>) {
        let Some(pull) = &app.pull else {
            self.standing.pull = None;
            return;
        };
        let step = pull.completed.min(pull.total).saturating_mul(STEPS).checked_div(pull.total).unwrap_or(0);
        let now = Some((pull.id, step));
        let before = std::mem::replace(&mut self.standing.pull, now);
        let name = words::names::id(&pull.model);
        if before.is_none_or(|(id, _)| id != pull.id) {
            self.line(out, format!("Fetching {name}. Ctrl-C stops it."));
        } else if before < now && step > 0 && step < STEPS {
            let (done, total) = (words::bytes(pull.completed), words::bytes(pull.total));
            self.line(out, format!("Fetching {name}: {}%, {done} of {total}.", step * 100 / STEPS));
        }
    }
}

fn waits_words(name: &str, waits: &Waits, names: &words::Names) -> String {
    match waits {
        Waits::Load => format!("Loading {name} into memory."),
        Waits::Answer => String::new(),
        waits => {
            let words = speakable(&words::waits(waits, names));
            format!("Waiting: {name}, {}.", words.strip_prefix("waiting ").unwrap_or(&words))
        }
    }
}
