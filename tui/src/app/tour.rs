//! The tour of `segno demo`: a step is explained, what to type stands in the composer, and what comes of it ends the step.
//!
//! What must stay true: the tour only says and writes, and sends nothing; what the user types instead is never replaced; whatever the
//! user does, the tour goes on.

use super::App;
use crate::msg::Msg;
use crate::transcript::BlockKind;
use conductor::config::demo::{DemoEnd, DemoStep};
use conductor::domain::Prompt;
use conductor::protocol::{Event, Level, PlaybookEvent};
use std::collections::VecDeque;

/// What of the tour is still to come.
#[derive(Debug, Default)]
pub(super) struct Tour {
    steps: VecDeque<DemoStep>,
    /// The first step was explained.
    explained: bool,
    /// What the composer is to hold, once it is empty.
    types: Option<String>,
}

impl Tour {
    pub(super) fn new(steps: Vec<DemoStep>) -> Self {
        Self { steps: steps.into(), ..Self::default() }
    }

    /// Takes in that something ended. Whoever went on by a question of their own is not held up by a step of another kind.
    fn pass(&mut self, end: DemoEnd) {
        let ends = |step: &DemoStep| step.until == end || end == DemoEnd::Answer;
        if self.explained && self.steps.len() > 1 && self.steps.front().is_some_and(ends) {
            self.steps.pop_front();
            self.explained = false;
        }
    }

    /// The words of the step that is due. Where there is no screen, what to type is among them.
    fn explain(&mut self, plain: bool) -> Option<String> {
        let step = self.steps.front().filter(|_| !std::mem::replace(&mut self.explained, true))?;
        let types = Some(step.types.clone()).filter(|types| !types.is_empty());
        if plain {
            let say = if step.lines.is_empty() { &step.say } else { &step.lines };
            return Some(types.into_iter().fold(say.trim().to_owned(), |say, types| format!("{say} Type \"{types}\"")));
        }
        self.types = types;
        Some(step.say.trim().to_owned())
    }
}

/// What `msg` brings to its end.
pub(super) fn end_of(msg: &Msg) -> Option<DemoEnd> {
    let Msg::Conductor(event) = msg else { return None };
    match &**event {
        Event::Finished { .. } | Event::Failed { .. } => Some(DemoEnd::Answer),
        Event::Playbook(PlaybookEvent::Changed { id, result: Ok(_) }) => {
            Some(if id.is_some() { DemoEnd::Taken } else { DemoEnd::Learnt })
        }
        _ => None,
    }
}

impl App {
    /// Has the user led through these steps.
    #[must_use]
    pub fn with_tour(mut self, steps: Vec<DemoStep>) -> Self {
        self.tour = Some(Tour::new(steps));
        self.guide(None);
        self
    }

    /// Goes on with the tour, where there is one, after something ended.
    pub(super) fn guide(&mut self, end: Option<DemoEnd>) {
        let rests = self.room.turn.is_none() && self.asked.is_empty();
        let plain = self.settings.plain;
        let Some(tour) = &mut self.tour else { return };
        end.into_iter().for_each(|end| tour.pass(end));
        if !rests {
            return;
        }
        if let Some(words) = tour.explain(plain) {
            self.log.push(Some(Level::Info), &words, "");
            self.room.transcript.add(BlockKind::Notice(Level::Info), &words);
            self.room.scroll.to_bottom();
            self.dirty = true;
        }
        if self.composer.is_empty()
            && let Some(words) = self.tour.as_mut().and_then(|tour| tour.types.take())
        {
            self.composer.load(&Prompt::typed(&words));
            self.dirty = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_explained_once_and_ended_by_what_it_is_about_or_by_an_answer() {
        use DemoEnd::{Answer, Learnt, Taken};
        for (ends, want) in [
            (vec![], 0),
            (vec![Learnt], 0),
            (vec![Answer], 1),
            (vec![Answer, Taken], 1),
            (vec![Answer, Learnt], 2),
            (vec![Answer, Answer], 2),
            (vec![Answer, Learnt, Taken, Answer, Answer], 3),
        ] {
            let step = |until| DemoStep { say: "s".into(), types: "t".into(), until, ..DemoStep::default() };
            let mut tour = Tour::new([Answer, Learnt, Taken, Answer].map(step).to_vec());
            let mut explained = usize::from(tour.explain(false).is_some());
            for end in &ends {
                tour.pass(*end);
                explained += usize::from(tour.explain(false).is_some());
                assert_eq!(tour.explain(false), None);
            }
            assert_eq!((4 - tour.steps.len(), explained), (want, want + 1), "{ends:?}: the last step stays");
        }
    }
}
