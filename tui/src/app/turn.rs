//! The answer that comes.
//!
//! What must stay true: events of another turn change nothing; what came stays on the screen however the turn ends; every
//! change of model is said.

use super::App;
use super::choosing::Changing;
use super::rating::Sign;
use crate::transcript::{BlockId, BlockKind, SignStyle};
use crate::words::{self, Figures};
use conductor::domain::{
    Answer, BackendId, Candidate, Failure, FailureKind, Plan, Prompt, RequestId, SelectionReason, Signature, Status, TaskClass,
    Waits, estimate_tokens,
};
use conductor::protocol::{Command, Notice};
use std::time::{Duration, Instant};

/// A turn in flight.
#[derive(Debug)]
pub struct Turn {
    pub(crate) id: RequestId,
    prompt: Prompt,
    started: Instant,
    /// Whole seconds since the start, as last shown.
    pub(crate) seconds: u64,
    /// Who is asked, once known.
    pub(crate) candidate: Option<Candidate>,
    pub(crate) class: Option<TaskClass>,
    answer: Option<BlockId>,
    thinking: Option<BlockId>,
    first_token: Option<Instant>,
    tokens: usize,
    /// Bytes of the answer shown so far.
    shown: usize,
    /// Tokens a second, estimated, as last shown.
    pub(crate) speed: Option<f64>,
    pub(crate) cancelling: bool,
    /// What stood below the question was taken off the screen: where nothing comes, it is shown again.
    pub(super) took: bool,
    /// The question takes the place of this one.
    pub(super) changing: Option<Changing>,
    /// That another did not answer, in whose place one is asked now.
    pub(super) fell: Option<String>,
    /// What has to be before it is asked, while that is so.
    pub(crate) waits: Option<Waits>,
}

impl Turn {
    pub(super) fn new(id: RequestId, prompt: Prompt, now: Instant) -> Self {
        Self {
            id,
            prompt,
            started: now,
            seconds: 0,
            candidate: None,
            class: None,
            answer: None,
            thinking: None,
            first_token: None,
            tokens: 0,
            shown: 0,
            speed: None,
            cancelling: false,
            took: false,
            changing: None,
            fell: None,
            waits: None,
        }
    }

    /// The last question, asked anew: nothing goes back into the composer where nothing comes of it.
    pub(super) fn again(id: RequestId, now: Instant) -> Self {
        Self { took: true, ..Self::new(id, Prompt::default(), now) }
    }

    /// True until the first token.
    pub(crate) fn is_waiting(&self) -> bool {
        self.first_token.is_none()
    }

    /// When it began.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Time counts from now on.
    pub(super) fn restart(&mut self, now: Instant) {
        (self.started, self.seconds) = (now, 0);
    }

    pub(super) fn next_second(&self) -> Instant {
        self.started + Duration::from_secs(self.seconds + 1)
    }

    /// Brings what the status line shows up to date; true where it changed. Once a second and not with every token: a
    /// figure that flickers is no figure.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.started).as_secs();
        if seconds == self.seconds {
            return false;
        }
        self.seconds = seconds;
        let writing = self.first_token.map(|first| now.saturating_duration_since(first).as_secs_f64());
        self.speed = writing.filter(|s| *s >= 0.5).map(|s| self.tokens as f64 / s);
        true
    }
}

/// What is said where the user stopped an answer before its first token.
pub(super) fn stopped_early() -> Notice {
    Notice::info("stopped before anything came", "")
}

/// True for the built-in guide.
pub(crate) fn is_guide(candidate: &Candidate) -> bool {
    candidate.backend == BackendId::guide()
}

impl App {
    /// The turn in flight, if `id` names it.
    fn turn_of(&mut self, id: RequestId) -> Option<&mut Turn> {
        self.room.turn.as_mut().filter(|turn| turn.id == id)
    }

    /// The number of the next request.
    pub(super) fn fresh_id(&mut self) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        id
    }

    pub(super) fn planned(&mut self, id: RequestId, plan: Plan) {
        if self.turn_of(id).is_some() {
            self.decide(Some(&plan.decision), &plan.reason);
        }
        let Some(turn) = self.turn_of(id) else { return };
        turn.class = Some(plan.class);
        turn.candidate = plan.candidates.first().cloned();
        let news = match &plan.reason {
            SelectionReason::Substitute { wanted, why: None } => {
                let news = self.told_missing.insert(wanted.clone());
                self.miss(wanted, id, news);
                news
            }
            _ => true,
        };
        let said = words::hand_off(&plan, news, &self.settings.names).or_else(|| self.changed_back(&plan));
        if let Some((text, hint)) = said {
            self.room.transcript.add(BlockKind::HandOff, &text);
            if !hint.is_empty() {
                self.room.transcript.add(BlockKind::Hint, &hint);
            }
        }
        if words::wants_action(&plan)
            && !plan.candidates.first().is_some_and(is_guide)
            && !std::mem::replace(&mut self.told_tools, true)
        {
            self.notice(&Notice::info(words::NO_TOOLS, ""));
        }
        self.touch();
    }

    /// That another answers than the last time, where nothing else says it.
    fn changed_back(&self, plan: &Plan) -> Option<(String, String)> {
        let (to, last) = (plan.candidates.first()?, self.room.answered.as_ref()?);
        let silent = matches!(plan.reason, SelectionReason::Default | SelectionReason::UserOverride);
        (silent && to.model != *last).then(|| (format!("asking {}", self.settings.names.model(&to.model)), String::new()))
    }

    pub(super) fn delta(&mut self, id: RequestId, text: &str, thinking: &str, now: Instant) {
        let Some(turn) = self.room.turn.as_mut().filter(|turn| turn.id == id) else { return };
        if text.is_empty() && thinking.is_empty() {
            return;
        }
        self.urgent |= turn.first_token.is_none();
        turn.first_token.get_or_insert(now);
        turn.waits = None;
        turn.tokens += estimate_tokens(text) + estimate_tokens(thinking);
        if !thinking.is_empty() {
            let transcript = &mut self.room.transcript;
            let block = *turn.thinking.get_or_insert_with(|| transcript.push(BlockKind::Thinking, ""));
            // Thinking that goes on after the answer began is a new thought below it.
            if !transcript.append(block, thinking) {
                turn.thinking = Some(transcript.push(BlockKind::Thinking, thinking));
            }
        }
        if !text.is_empty() {
            if let Some(thinking) = turn.thinking {
                self.room.transcript.close(thinking);
            }
            let block = *turn.answer.get_or_insert_with(|| self.room.transcript.push(BlockKind::Answer, ""));
            self.room.transcript.append(block, text);
            turn.shown += text.len();
            self.stands(block);
        }
        self.touch();
    }

    /// What a turn, or a model that is to be loaded, waits for.
    pub(super) fn waiting(&mut self, id: RequestId, waits: Waits) {
        if let Some(turn) = self.turn_of(id) {
            turn.waits = Some(waits).filter(|waits| *waits != Waits::Answer);
        } else if let Some(moving) = self.moving.as_mut().filter(|moving| moving.id == id) {
            moving.waits = Some(waits);
        }
        self.touch();
    }

    pub(super) fn fallback(&mut self, id: RequestId, from: &Candidate, to: Candidate, why: &Failure) {
        let words = words::fallback(from, &to, why, &self.settings.names);
        let fell = words::no_answer(&from.model, why, &self.settings.names);
        let Some(turn) = self.turn_of(id) else { return };
        (turn.candidate, turn.waits, turn.fell) = (Some(to), None, Some(fell));
        if why.kind == FailureKind::NotFound {
            self.miss(&from.model, id, true);
        }
        self.notice(&Notice::warning(words, String::new()));
    }

    pub(super) fn finished(&mut self, id: RequestId, answer: &Answer, status: &Status) {
        let Some(turn) = self.end_turn(id) else { return };
        if *status == Status::Complete && !answer.signature.is_guide() {
            self.did_without(id);
        }
        match turn.answer {
            None if !answer.text.is_empty() => {
                let block = self.room.transcript.add(BlockKind::Answer, &answer.text);
                self.stands(block);
            }
            // An answer that was stopped may hold a last piece that was on its way: what is stored is what is shown.
            Some(block) if turn.shown != answer.text.len() => self.room.transcript.replace(block, &answer.text),
            _ => {}
        }
        self.decide(answer.decision.as_deref(), &answer.signature.reason);
        if let Status::Partial(failure) = status {
            self.decided_in_vain(failure);
        }
        self.room.answered = Some(answer.signature.model.clone());
        self.playbook_answered();
        self.ended(Some(&answer.signature), status, answer.into(), answer.cut_by_length);
        self.label(&answer.labels);
        self.touch();
    }

    /// What stands below an answer, whether it came just now or is opened again: its sign, and what is wrong with it.
    pub(super) fn ended(&mut self, by: Option<&Signature>, status: &Status, figures: Figures<'_>, cut_by_length: bool) {
        if let Some(signature) = by {
            let line = words::sign_line(signature, status, figures, &self.settings.names);
            let block = self.room.transcript.add(BlockKind::Sign(SignStyle::of(signature, status)), &line);
            self.put_sign(Sign { block, line });
        }
        match status {
            Status::Partial(failure) => {
                let hint = words::after_breaking_off(failure);
                self.notice(&Notice::error(&Failure { hint, ..failure.clone() }));
            }
            Status::Failed(failure) => self.notice(&Notice::error(failure)),
            _ => {}
        }
        if cut_by_length {
            let hint = "ask it to go on, or raise ollama.num_predict";
            self.notice(&Notice::warning("the answer stopped at the limit of length", hint));
        }
    }

    pub(super) fn failed(&mut self, id: RequestId, failure: &Failure) {
        let Some(turn) = self.end_turn(id) else { return };
        self.decided_in_vain(failure);
        if let Some(model) = failure.model.as_ref().filter(|_| failure.kind == FailureKind::NotFound) {
            self.miss(model, id, true);
        }
        // A draft belongs to the conversation that is open.
        let goes_back = self.composer.is_empty() && !turn.prompt.is_blank() && !self.is_behind && !self.settings.plain;
        let notice = match failure.kind {
            FailureKind::Cancelled => stopped_early(),
            // What the user wanted is no error; what is typed next may be a command, and not the rest of the question.
            FailureKind::Denied if goes_back => {
                Notice::info(&failure.what, format!("{}; your question is below again, Ctrl+C clears it", failure.hint))
            }
            FailureKind::Denied => Notice::info(&failure.what, &failure.hint),
            _ => Notice::error(failure),
        };
        self.notice(&notice);
        self.nobody_stood_in(failure);
        if turn.took {
            self.show_again(notice, turn.changing);
        }
        if goes_back {
            self.composer.load(&turn.prompt);
        }
    }

    /// That another might have answered, but for the lock. Who is not reached or is refused the question is not passed on, and
    /// the lock changes nothing of that.
    fn nobody_stood_in(&mut self, failure: &Failure) {
        use FailureKind::{Broken, Busy, Empty, NotFound, Stalled};
        let locked = self.room.fixed.as_ref().is_some_and(|fixed| fixed.locked);
        if locked && failure.model.is_some() && matches!(failure.kind, Broken | Busy | Empty | NotFound | Stalled) {
            self.notice(&Notice::info(
                "the model is locked: no other was asked in its place",
                "`/model unlock` lets others answer where it fails",
            ));
        }
    }

    /// Ends the turn named `id` and closes its blocks.
    fn end_turn(&mut self, id: RequestId) -> Option<Turn> {
        let turn = self.room.turn.take_if(|turn| turn.id == id)?;
        if !self.is_behind {
            self.stopped();
        }
        for block in turn.thinking.into_iter().chain(turn.answer) {
            self.room.transcript.close(block);
        }
        Some(turn)
    }

    /// Stops the answer; true where one was coming that was not being stopped already.
    pub(super) fn cancel_turn(&mut self) -> bool {
        let Some(turn) = self.room.turn.as_mut().filter(|turn| !turn.cancelling) else { return false };
        turn.cancelling = true;
        let id = turn.id;
        self.send(Command::Cancel { id });
        self.touch();
        true
    }
}
