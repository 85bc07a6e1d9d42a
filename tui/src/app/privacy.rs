//! What may leave the machine: the answers that stand, and whether anything may leave at all.
//!
//! What must stay true: the conductor has the last word; what is shown is what it said.

use super::App;
use super::overlay::Overlay;
use crate::keymap::Edit;
use crate::msg::Effect;
use conductor::domain::PrivacyState;
use conductor::protocol::{Command, ConsentCommand, Query};
use std::time::Instant;

/// The list of answers that stand.
#[derive(Debug, Default)]
pub struct Grants {
    pub(crate) selected: usize,
    /// When the list was asked for: milliseconds since 1970; `None` until it came.
    pub(crate) now_ms: Option<i64>,
}

impl App {
    pub(super) fn open_grants(&mut self) {
        self.overlay = Some(Overlay::Consent(Grants::default()));
        self.effect(Effect::Query(Query::Privacy));
    }

    /// What is in force now.
    pub(crate) fn privacy(&self) -> &PrivacyState {
        &self.privacy
    }

    /// The conductor says what is in force now. Whether Segno is offline is said where it is news or was asked for.
    pub(super) fn privacy_event(&mut self, state: PrivacyState, now: Instant) {
        let news = self.privacy.offline != state.offline;
        self.set_privacy(state);
        if std::mem::take(&mut self.switching_offline) || news {
            self.say_offline(now);
        }
        self.touch();
    }

    pub(super) fn privacy_reply(&mut self, state: PrivacyState, now_ms: i64) {
        self.set_privacy(state);
        if let Some(Overlay::Consent(grants)) = &mut self.overlay {
            grants.now_ms = Some(now_ms);
        }
    }

    fn set_privacy(&mut self, state: PrivacyState) {
        self.privacy = state;
        let last = self.privacy.grants.len().saturating_sub(1);
        if let Some(Overlay::Consent(grants)) = &mut self.overlay {
            grants.selected = grants.selected.min(last);
        }
    }

    pub(super) fn switch_offline(&mut self, offline: bool, now: Instant) {
        if self.privacy.offline_locked && !offline {
            return self.say_offline(now);
        }
        self.switching_offline = true;
        self.send(Command::Consent(ConsentCommand::Offline(offline)));
    }

    /// Takes all answers back that stand.
    pub(super) fn revoke_all(&mut self, now: Instant) {
        self.send(Command::Consent(ConsentCommand::RevokeAll));
        self.say("all answers are taken back: Segno asks before anything leaves", now);
    }

    pub(super) fn say_offline(&mut self, now: Instant) {
        let text = match (self.privacy.offline, self.privacy.offline_locked) {
            (true, true) => "offline until Segno ends: it was started so",
            (true, false) => "offline: nothing leaves this machine",
            (false, _) => "not offline: Segno asks before anything leaves",
        };
        self.say(text, now);
    }

    /// `r` takes the marked answer back, `a` all of them.
    pub(super) fn grants_edit(&mut self, edit: Edit) {
        let Some(Overlay::Consent(grants)) = &self.overlay else { return };
        let revoked = match edit {
            Edit::Insert('r') => self.privacy.grants.get(grants.selected).map(|grant| ConsentCommand::Revoke(grant.id)),
            Edit::Insert('a') if !self.privacy.grants.is_empty() => Some(ConsentCommand::RevokeAll),
            _ => None,
        };
        if let Some(command) = revoked {
            self.send(Command::Consent(command));
        }
    }
}
