//! The question whether something may leave the machine, while it is open.
//!
//! What must stay true: nothing else takes keys while it is open; a yes counts only for what was drawn, whole, with its
//! buttons, and only once the keys have been quiet for [`QUIET`]; everything else that ends it is a no. The draft stays.

use super::App;
use crate::keymap::{self, ConsentKey, Key, Move};
use crate::msg::Effect;
use crate::transcript::Page;
use crate::words;
use conductor::domain::{ConsentRequest, Digest, Purpose, RequestId, Scope};
use conductor::protocol::{Command, ConsentCommand, Event, PullProgress};
use std::time::{Duration, Instant};

/// A key within this time after the question came, or after another such key, was meant for what was there before.
pub const QUIET: Duration = Duration::from_millis(300);

/// A question that is open.
#[derive(Debug)]
pub struct Asked {
    pub(crate) request: ConsentRequest,
    /// That another did not answer, in whose place this one would be asked.
    pub(crate) fell: Option<String>,
    /// The secrets are taken out.
    pub(crate) redact: bool,
    /// What would be sent.
    pub(crate) page: Page,
    /// The first row shown of the facts and what would be sent; the drawing keeps it inside.
    pub(crate) top: usize,
    /// Rows that were shown when it was last drawn.
    pub(crate) height: usize,
    /// Keys count.
    pub(crate) listening: bool,
    /// All that a yes is about is on the screen; set by the drawing.
    pub(crate) in_sight: bool,
    deaf_until: Instant,
}

impl Asked {
    fn new(request: ConsentRequest, fell: Option<String>, now: Instant) -> Self {
        let redact = request.redacted.is_some();
        let page = Page::new(&words::consent::payload(&request, redact).shown);
        Self { request, fell, redact, page, top: 0, height: 1, listening: false, in_sight: false, deaf_until: now + QUIET }
    }

    /// True where a yes can be meant for the conversation.
    pub(crate) fn may_be_for_conversation(&self) -> bool {
        self.request.purpose == Purpose::Chat
    }

    /// Keys that come now were not meant for it.
    fn wait(&mut self, now: Instant) {
        self.deaf_until = now + QUIET;
        (self.listening, self.in_sight) = (false, false);
    }

    /// Shows the other version. It is not answered before it was seen.
    pub(super) fn toggle(&mut self) {
        if self.request.redacted.is_some() {
            self.redact = !self.redact;
            self.page = Page::new(&words::consent::payload(&self.request, self.redact).shown);
            self.in_sight = false;
        }
    }

    fn scroll(&mut self, to: Move) {
        let page = self.height.saturating_sub(1).max(1);
        self.top = match to {
            Move::LineUp => self.top.saturating_sub(1),
            Move::LineDown => self.top.saturating_add(1),
            Move::PageUp => self.top.saturating_sub(page),
            Move::PageDown => self.top.saturating_add(page),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
    }

    /// The version that would go now.
    pub(crate) fn digest(&self) -> Digest {
        words::consent::payload(&self.request, self.redact).digest
    }

    fn grant(&self, scope: Scope) -> ConsentCommand {
        ConsentCommand::Grant { id: self.request.id, digest: self.digest(), scope }
    }
}

/// The turn or pull that `event` ends.
fn ended(event: &Event) -> Option<RequestId> {
    match event {
        Event::Finished { id, .. } | Event::Failed { id, .. } | Event::Listed { id, .. } => Some(*id),
        Event::Pull { progress: PullProgress::Running { .. }, .. } => None,
        Event::Pull { id, .. } => Some(*id),
        _ => None,
    }
}

impl App {
    /// The question that is open.
    pub(crate) fn asked(&mut self) -> Option<&mut Asked> {
        self.asked.front_mut()
    }

    /// The title of the conversation that the open question is about, where that is not the one on the screen.
    pub(crate) fn asked_behind(&self) -> Option<&str> {
        self.title_behind(self.asked.front()?.request.id)
    }

    /// True while one is open.
    pub(crate) fn is_asking(&self) -> bool {
        !self.asked.is_empty()
    }

    pub(super) fn consent_needed(&mut self, request: ConsentRequest, now: Instant) {
        let fell = self.turn_anywhere(request.id).and_then(|turn| turn.fell.clone());
        let asked = Asked::new(request, fell, now);
        // One about the same takes its place, and is as new as any.
        match self.asked.iter_mut().find(|other| other.request.id == asked.request.id) {
            Some(other) => *other = asked,
            None => self.asked.push_back(asked),
        }
        self.urgent = true;
        self.touch();
    }

    /// Closes the question about something that has ended.
    pub(super) fn consent_over(&mut self, event: &Event, now: Instant) {
        let Some(id) = ended(event) else { return };
        if self.asked.front().is_some_and(|asked| asked.request.id == id) {
            self.next_question(now);
        } else {
            self.asked.retain(|asked| asked.request.id != id);
        }
    }

    /// Takes the question away; the one behind it has not been seen yet.
    fn next_question(&mut self, now: Instant) {
        self.asked.pop_front();
        if let Some(next) = self.asked.front_mut() {
            next.wait(now);
        }
        self.touch();
    }

    /// When its keys begin to count.
    pub(super) fn consent_wake(&self) -> Option<Instant> {
        self.asked.front().filter(|asked| !asked.listening).map(|asked| asked.deaf_until)
    }

    pub(super) fn consent_tick(&mut self, now: Instant) {
        if let Some(asked) = self.asked.front_mut().filter(|asked| !asked.listening && asked.deaf_until <= now) {
            asked.listening = true;
            self.touch();
        }
    }

    pub(super) fn consent_key(&mut self, key: Key, now: Instant) {
        self.consent_tick(now);
        let Some(asked) = self.asked.front_mut() else { return };
        if !asked.listening {
            return asked.wait(now);
        }
        let Some(key) = keymap::consent(key) else { return };
        let id = asked.request.id;
        match key {
            ConsentKey::Scroll(to) => asked.scroll(to),
            ConsentKey::Redact => asked.toggle(),
            ConsentKey::Redraw => self.effect(Effect::Redraw),
            ConsentKey::No => self.reply_to_question(ConsentCommand::Deny { id, never: false }, now),
            ConsentKey::Never => self.reply_to_question(ConsentCommand::Deny { id, never: true }, now),
            ConsentKey::Once | ConsentKey::Conversation if !asked.in_sight => {}
            ConsentKey::Once => {
                let yes = asked.grant(Scope::Once);
                self.reply_to_question(yes, now);
            }
            ConsentKey::Conversation if asked.may_be_for_conversation() => {
                let yes = asked.grant(Scope::Conversation);
                self.reply_to_question(yes, now);
            }
            ConsentKey::Conversation => {}
        }
        self.touch();
    }

    pub(super) fn reply_to_question(&mut self, answer: ConsentCommand, now: Instant) {
        // What is timed from here on is the answer, not how long the user read.
        if let ConsentCommand::Grant { id, .. } = &answer
            && let Some(turn) = self.turn_anywhere(*id)
        {
            turn.restart(now);
        }
        self.send(Command::Consent(answer));
        self.next_question(now);
    }

    pub(super) fn consent_wheel(&mut self, rows: i16) {
        if let Some(asked) = self.asked() {
            for _ in 0..rows.unsigned_abs() {
                asked.scroll(if rows < 0 { Move::LineUp } else { Move::LineDown });
            }
        }
    }
}
