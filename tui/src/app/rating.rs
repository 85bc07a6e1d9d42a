//! What the user says of the last answer, and the mark of it in the sign of that answer.
//!
//! What must stay true: a mark stands at the answer that was the last when it was rated; the sign itself stays as it was.

use super::App;
use crate::transcript::BlockId;
use crate::words::bullet::mark;
use conductor::domain::{Prompt, Rating};
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
    /// Says it of the last answer.
    pub(super) fn rate(&mut self, rating: Rating) {
        self.room.rated.clone_from(&self.room.sign);
        self.send(Command::Rate(rating));
    }

    /// A key says it. One that is not good may have a reason: it is asked for where nothing is being written.
    pub(super) fn rate_by_key(&mut self, good: bool, now: Instant) {
        if good {
            return self.rate(Rating::Good);
        }
        if self.composer.is_empty() && self.room.sign.is_some() {
            self.composer.load_words(&Prompt::typed("/bad "));
            self.reopen_popup();
            return self.say("why? Enter alone says only that it was not good", now);
        }
        if self.composer.text().trim() == "/bad" {
            self.composer.take_words();
            self.reopen_popup();
        }
        self.rate(Rating::bad(""));
    }

    /// The conductor has it.
    pub(super) fn rated(&mut self, rating: &Rating, now: Instant) {
        self.mark_rating(rating);
        let said = match rating {
            Rating::Good => "rated: a good answer",
            Rating::Bad { .. } => "rated: not a good answer",
            Rating::Correct { .. } => "rated: not a good answer; what it should have been is kept",
            // Nobody said anything.
            Rating::Again | Rating::Edited => return,
        };
        self.say(said, now);
    }

    /// An answer that is opened again was rated before.
    pub(super) fn was_rated(&mut self, rating: &Rating) {
        self.room.rated.clone_from(&self.room.sign);
        self.mark_rating(rating);
        self.room.rated = None;
    }

    /// Says more in the sign of the last answer.
    pub(super) fn add_to_sign(&mut self, words: &str) {
        if let Some(Sign { block, line }) = &mut self.room.sign {
            line.push_str(&format!(" · {words}"));
            self.room.transcript.replace(*block, line);
        }
    }

    fn mark_rating(&mut self, rating: &Rating) {
        if let (Some(Sign { block, line }), Some(mark)) = (&self.room.rated, mark(rating)) {
            self.room.transcript.replace(*block, &format!("{line} · {mark}"));
        }
    }
}
