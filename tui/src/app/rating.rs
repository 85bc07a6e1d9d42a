//! What the user says of an answer: of the last, or of the one that is chosen. The mark of it stands in the sign of that answer.
//!
//! What must stay true: a mark stands at the answer that was rated; the sign itself stays as it was.

use super::App;
use super::said::Said;
use crate::transcript::BlockId;
use crate::words::bullet::mark;
use conductor::domain::{MessageId, Prompt, Rating, Role};
use conductor::protocol::Command;
use std::time::Instant;

/// The sign below an answer.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    pub(super) block: BlockId,
    /// Its words, without what is said of the answer.
    pub(super) line: String,
}

impl App {
    /// Says it: of the answer that is waiting for a reason, else of the last.
    pub(super) fn rate(&mut self, rating: Rating) {
        let at = self.room.reason_for.take().filter(|id| self.chosen_answer() == Some(*id));
        if at.is_some() {
            self.choose_nothing();
        }
        self.send(Command::Rate { at, rating });
    }

    /// A key says it. One that is not good may have a reason: it is asked for where nothing is being written.
    pub(super) fn rate_by_key(&mut self, good: bool, now: Instant) {
        let rating = if good { Rating::Good } else { Rating::bad("") };
        let may_say_why = !good && self.composer.is_empty();
        if self.is_choosing() {
            if may_say_why
                && let Some(answer) = self.chosen_answer()
                && self.choose_message(answer)
            {
                // The mark says which answer it is about, and keys go to the reason.
                (self.room.reason_for, self.room.only_marked) = (Some(answer), true);
                return self.ask_why(now);
            }
            return self.rate_chosen(rating, now);
        }
        if may_say_why && self.room.said.iter().any(|said| said.sign.is_some()) {
            return self.ask_why(now);
        }
        if self.composer.text().trim() == "/bad" {
            self.composer.take_words();
            self.reopen_popup();
        }
        self.rate(rating);
    }

    /// It is not said after all why an answer that was chosen was not good; true where it was to be. What was written of it goes, so that
    /// it is not said of another.
    pub(super) fn drop_reason(&mut self) -> bool {
        if self.overlay.is_some() || self.room.reason_for.is_none() {
            return false;
        }
        self.choose_nothing();
        if self.composer.text().starts_with("/bad") {
            self.composer.take_words();
            self.reopen_popup();
        }
        true
    }

    fn ask_why(&mut self, now: Instant) {
        self.composer.load_words(&Prompt::typed("/bad "));
        self.reopen_popup();
        self.say("why? Enter alone says only that it was not good", now);
    }

    /// Says it of the answer that is chosen.
    pub(super) fn rate_chosen(&mut self, rating: Rating, now: Instant) {
        match self.chosen_answer() {
            Some(id) => self.send(Command::Rate { at: Some(id), rating }),
            None => self.say("there is no answer to rate there yet", now),
        }
    }

    /// The answer that is chosen, or that what is chosen belongs to; `None` where there is none, or it has not ended.
    fn chosen_answer(&self) -> Option<MessageId> {
        let block = self.room.transcript.chosen()?.block;
        let at = self.room.said.iter().position(|said| said.block == Some(block))?;
        let answer = self.room.said[at..].iter().take(2).find(|said| said.role == Role::Assistant)?;
        answer.id.filter(|_| answer.sign.is_some())
    }

    /// The conductor has it.
    pub(super) fn rated(&mut self, id: MessageId, rating: &Rating, now: Instant) {
        self.mark_rating(id, rating);
        let said = match rating {
            Rating::Good => "rated: a good answer",
            Rating::Bad { .. } => "rated: not a good answer",
            Rating::Correct { .. } => "rated: not a good answer; what it should have been is kept",
            // Nobody said anything.
            Rating::Again | Rating::Edited => return,
        };
        self.say(said, now);
    }

    /// Puts the sign of the last answer below it.
    pub(super) fn put_sign(&mut self, sign: Sign) {
        if let Some(said) = self.room.said.last_mut().filter(|said| said.role == Role::Assistant) {
            said.sign = Some(sign);
        }
    }

    /// Says more in the sign of the last answer.
    pub(super) fn add_to_sign(&mut self, words: &str) {
        let Some(Said { sign: Some(Sign { block, line }), .. }) = self.room.said.last_mut() else { return };
        line.push_str(&format!(" · {words}"));
        self.room.transcript.replace(*block, line);
    }

    /// Marks an answer with what was said of it.
    pub(super) fn mark_rating(&mut self, id: MessageId, rating: &Rating) {
        let sign = self.room.said.iter().find_map(|said| said.sign.as_ref().filter(|_| said.id == Some(id)));
        if let (Some(Sign { block, line }), Some(mark)) = (sign, mark(rating)) {
            self.room.transcript.replace(*block, &format!("{line} · {mark}"));
        }
    }
}
