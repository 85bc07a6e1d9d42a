//! The answers that stand: what the user allowed or forbade, and whether anything may leave at all.
//!
//! What must stay true: nothing is allowed that was not said yes to; an answer covers the same provider, model and place,
//! the same conversation, no new kind of data and no new secret.

use super::destination::Destination;
use super::seal::Outgoing;
use crate::domain::{
    BackendId, ConsentRequest, Contents, ConversationId, Digest, Finding, Grant, GrantId, Location, Occasion, PrivacyState, Scope,
};

/// What the user said, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    offline: bool,
    /// `--offline`: it cannot be taken back.
    locked: bool,
    next: u64,
    answers: Vec<Answer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    grant: Grant,
    /// Secrets that were shown when the answer was given.
    known: Vec<Digest>,
}

impl Standing {
    /// At the start: `offline` is the command line's word, and stays.
    pub fn new(offline: bool) -> Self {
        Self { offline, locked: offline, ..Self::default() }
    }

    /// Whether nothing may leave.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// Switches between this machine alone and asking. False where that is not possible.
    pub fn set_offline(&mut self, offline: bool) -> bool {
        if self.locked && !offline {
            return false;
        }
        self.offline = offline;
        true
    }

    /// As it is shown.
    pub fn state(&self) -> PrivacyState {
        PrivacyState {
            offline: self.offline,
            offline_locked: self.locked,
            grants: self.answers.iter().map(|answer| answer.grant.clone()).collect(),
        }
    }

    /// Takes a yes for a conversation. Without a conversation to bind it to it was for once.
    pub(super) fn allow(&mut self, request: &ConsentRequest, conversation: Option<ConversationId>, redact: bool, given_ms: i64) {
        if conversation.is_none() {
            return;
        }
        self.answers.retain(|answer| {
            let grant = &answer.grant;
            grant.conversation != conversation
                || !is_for(grant, &request.provider, &request.location)
                || grant.model.as_ref() != Some(&request.model)
        });
        let known = request.findings.iter().map(|finding| finding.fingerprint).collect();
        let grant = Grant {
            id: self.fresh(),
            provider: request.provider.clone(),
            model: Some(request.model.clone()),
            location: request.location.clone(),
            scope: Scope::Conversation,
            conversation,
            contents: request.contents.clone(),
            redact,
            given_ms,
        };
        self.answers.push(Answer { grant, known });
    }

    /// Takes a never. It ends what was allowed there.
    pub fn forbid(&mut self, provider: &BackendId, location: &Location, given_ms: i64) {
        self.answers.retain(|answer| !is_for(&answer.grant, provider, location));
        let grant = Grant {
            id: self.fresh(),
            provider: provider.clone(),
            model: None,
            location: location.clone(),
            scope: Scope::Never,
            conversation: None,
            contents: Contents::default(),
            redact: false,
            given_ms,
        };
        self.answers.push(Answer { grant, known: Vec::new() });
    }

    /// Takes one answer back; gives it out where there was one.
    pub fn revoke(&mut self, id: GrantId) -> Option<Grant> {
        let at = self.answers.iter().position(|answer| answer.grant.id == id)?;
        Some(self.answers.remove(at).grant)
    }

    /// Takes all answers back.
    pub fn revoke_all(&mut self) {
        self.answers.clear();
    }

    /// Whether the user said never.
    pub(super) fn is_never(&self, destination: &Destination) -> bool {
        let never = |a: &Answer| a.grant.scope == Scope::Never && is_for(&a.grant, destination.backend(), destination.location());
        self.answers.iter().any(never)
    }

    /// Whether a yes covers what would be sent; it then says whether secrets are to be taken out. Else why the user is
    /// asked.
    pub(super) fn answer(&self, outgoing: &Outgoing, findings: &[Finding]) -> Result<bool, Occasion> {
        let destination = &outgoing.destination;
        let answer = self.answers.iter().find(|answer| {
            let grant = &answer.grant;
            grant.scope == Scope::Conversation
                && grant.conversation.is_some()
                && grant.conversation == outgoing.conversation
                && grant.model.as_ref() == Some(destination.model())
                && is_for(grant, destination.backend(), destination.location())
        });
        match answer {
            None => Err(Occasion::First),
            Some(answer) if !answer.grant.contents.covers(&outgoing.contents) => Err(Occasion::NewKind),
            Some(answer) if findings.iter().any(|f| !answer.known.contains(&f.fingerprint)) => Err(Occasion::NewSecret),
            Some(answer) => Ok(answer.grant.redact),
        }
    }

    fn fresh(&mut self) -> GrantId {
        self.next += 1;
        GrantId(self.next)
    }
}

fn is_for(grant: &Grant, provider: &BackendId, location: &Location) -> bool {
    grant.provider == *provider && grant.location == *location
}

#[cfg(test)]
mod tests;
