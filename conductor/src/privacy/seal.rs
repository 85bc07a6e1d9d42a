//! Sealing: exact bytes, bound to the place they may go to, once they may go there.
//!
//! What must stay true: [`Sealed`] is made here alone. What leaves the machine is allowed by what stands in [`Gate`] at that
//! moment, was searched for secrets, and becomes `Sealed` only once its row is in the ledger. Everything doubtful is a no.

mod pending;

pub use pending::Pending;

use super::consent::Standing;
use super::destination::Destination;
use super::scan::{ScanError, Scanner};
use crate::domain::{
    Basis, Contents, ConversationId, Cost, Digest, LedgerEntry, LedgerSeq, Location, ModelId, Purpose, RequestId, Scope,
};
use bytes::Bytes;
use pending::pending;
use std::fmt;

/// Bytes that may go to one destination, once.
///
/// Made by [`seal`] and by nothing else, which tests that must not compile show; not `Clone`, and consumed by the one
/// request that it is for.
pub struct Sealed {
    bytes: Bytes,
    destination: Destination,
    purpose: Purpose,
}

impl fmt::Debug for Sealed {
    /// Not the bytes: they are the user's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes, {:?})", self.bytes.len(), self.destination)
    }
}

impl Sealed {
    /// Where it may go.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The bytes, for the one request they are for.
    pub fn into_parts(self) -> (Bytes, Destination) {
        (self.bytes, self.destination)
    }
}

/// Leave to contact a place without a word of the user: for a list of models, a key check, a pull. Made from a [`Sealed`],
/// and so under the same rules; good for as long as it is held.
#[derive(Debug, Clone)]
pub struct Pass {
    purpose: Purpose,
    location: Location,
}

impl Pass {
    /// What for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Where to.
    pub fn location(&self) -> &Location {
        &self.location
    }
}

/// What would be sent.
pub struct Outgoing {
    /// The turn or pull.
    pub id: RequestId,
    /// What for.
    pub purpose: Purpose,
    /// The exact bytes.
    pub bytes: Bytes,
    /// Where to.
    pub destination: Destination,
    /// What is in it.
    pub contents: Contents,
    /// The conversation it is of.
    pub conversation: Option<ConversationId>,
    /// Tokens, estimated.
    pub tokens: u32,
    /// The most it may cost.
    pub cost: Option<Cost>,
}

impl fmt::Debug for Outgoing {
    /// Not the bytes: they are the user's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({:?}, {} bytes, {:?})", self.purpose, self.bytes.len(), self.destination)
    }
}

/// What holds at this moment.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// `privacy.allow_external`.
    pub allow_external: bool,
    /// `privacy.trusted_hosts`.
    pub trusted_hosts: &'a [String],
    /// The search for secrets; `None` where the user switched it off.
    pub scanner: Option<&'a Scanner>,
    /// What the user said.
    pub standing: &'a Standing,
    /// How long a question waits.
    pub expires_in_s: u64,
}

/// What became of something that would be sent.
#[derive(Debug)]
pub enum Passage {
    /// It stays on this machine.
    Stays(Sealed),
    /// It leaves, once its row is in the ledger.
    Leaves(Box<Cleared>),
    /// The user is asked first.
    Ask(Box<Pending>),
}

/// Why something was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing but this machine.
    #[error("{model} is {location}, and Segno is offline: nothing leaves this machine")]
    Offline {
        /// The model; the provider, where a list of models was asked for.
        model: ModelId,
        /// Where it is.
        location: Location,
    },
    /// `privacy.allow_external` is not set.
    #[error("{model} is {location}, and external models are switched off")]
    NotAllowed {
        /// The model; the provider, where a list of models was asked for.
        model: ModelId,
        /// Where it is.
        location: Location,
    },
    /// The user said never.
    #[error("you said that nothing may go to {location}")]
    Never {
        /// Where.
        location: Location,
    },
    /// The yes was for other bytes than those that wait.
    #[error("what was agreed to is not what would be sent, so nothing was sent")]
    NotShown,
    /// It could not be searched for secrets.
    #[error("what would be sent could not be searched for secrets, so nothing was sent: {0}")]
    Unscanned(#[from] ScanError),
}

/// Something that may leave, and waits for its row in the ledger.
#[derive(Debug)]
pub struct Cleared {
    sealed: Sealed,
    entry: LedgerEntry,
}

impl Cleared {
    /// The row that has to be in the ledger first.
    pub fn entry(&self) -> &LedgerEntry {
        &self.entry
    }

    /// What may go, now that its row is in the ledger as `seq`.
    pub fn noted(self, seq: LedgerSeq) -> Sealed {
        tracing::info!(row = seq.0, to = %self.entry.location, bytes = self.entry.bytes, "leaves this machine");
        self.sealed
    }
}

impl Sealed {
    /// Leave to contact the destination, where no words of the user go.
    pub fn into_pass(self) -> Pass {
        let purpose = self.purpose;
        Pass { purpose, location: self.destination.location().clone() }
    }
}

/// Seals what may go, or says what has to happen first.
///
/// # Errors
/// Where it may not go, whatever the user says now.
pub fn seal(outgoing: Outgoing, gate: &Gate<'_>) -> Result<Passage, Refusal> {
    let destination = &outgoing.destination;
    if destination.location().is_local() {
        return Ok(Passage::Stays(Sealed {
            bytes: outgoing.bytes,
            destination: outgoing.destination,
            purpose: outgoing.purpose,
        }));
    }
    if gate.standing.is_offline() {
        return Err(offline(destination));
    }
    // A pull is no question to an external model: the user names the model that is fetched.
    let external = matches!(destination.location(), Location::External(_)) && outgoing.purpose != Purpose::Pull;
    if external && !gate.allow_external {
        return Err(Refusal::NotAllowed { model: asked(destination), location: destination.location().clone() });
    }
    if gate.standing.is_never(destination) {
        return Err(Refusal::Never { location: destination.location().clone() });
    }
    let findings = match gate.scanner.filter(|_| outgoing.purpose.has_words()) {
        Some(scanner) => scanner.payload(&outgoing.bytes)?,
        None => Vec::new(),
    };
    if gate.trusts(destination.location()) {
        let bytes = outgoing.bytes.clone();
        return Ok(leaves(outgoing.cleared(bytes, Basis::TrustedHost, (findings.len(), 0))));
    }
    if outgoing.by_command() {
        let bytes = outgoing.bytes.clone();
        return Ok(leaves(outgoing.cleared(bytes, Basis::Command, (0, 0))));
    }
    let redacted = match gate.scanner.filter(|_| !findings.is_empty()) {
        Some(scanner) => Some(scanner.redact(&outgoing.bytes, &findings)?),
        None => None,
    };
    match gate.standing.answer(&outgoing, &findings) {
        Ok(redact) => {
            let (bytes, counts) = match redacted.filter(|_| redact) {
                Some(bytes) => (bytes, (0, findings.len())),
                None => (outgoing.bytes.clone(), (findings.len(), 0)),
            };
            Ok(leaves(outgoing.cleared(bytes, Basis::Consent(Scope::Conversation), counts)))
        }
        Err(occasion) => Ok(Passage::Ask(Box::new(pending(outgoing, occasion, findings, redacted, gate)))),
    }
}

fn leaves(cleared: Cleared) -> Passage {
    Passage::Leaves(Box::new(cleared))
}

fn offline(destination: &Destination) -> Refusal {
    Refusal::Offline { model: asked(destination), location: destination.location().clone() }
}

/// What would have been asked: the model, or the provider where it is asked what models it has.
fn asked(destination: &Destination) -> ModelId {
    match destination.model().as_str() {
        "" => ModelId::new(destination.backend().as_str()),
        _ => destination.model().clone(),
    }
}

impl Gate<'_> {
    /// Whether a place is the user's own.
    fn trusts(&self, location: &Location) -> bool {
        // In an address an IPv6 host stands in brackets, in a location without.
        let is = |own: &String, host: &str| own.trim_start_matches('[').trim_end_matches(']').eq_ignore_ascii_case(host);
        matches!(location, Location::Network(host) if self.trusted_hosts.iter().any(|own| is(own, host)))
    }
}

impl Outgoing {
    /// Whether the command that the user gave does just this, so that nothing is left to ask.
    fn by_command(&self) -> bool {
        match self.purpose {
            Purpose::Chat | Purpose::Embed => false,
            Purpose::Pull => self.destination.is_default_registry(),
            // No words of the user go with these: where there are some, they are shown first.
            Purpose::ModelList | Purpose::KeyCheck => {
                matches!(self.destination.location(), Location::External(_)) && self.bytes.is_empty()
            }
        }
    }

    /// `counts`: secrets that go along, and secrets that were taken out.
    fn cleared(self, bytes: Bytes, basis: Basis, counts: (usize, usize)) -> Cleared {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let entry = LedgerEntry {
            id: self.id,
            purpose: self.purpose,
            provider: self.destination.backend().clone(),
            model: self.destination.model().short().to_owned(),
            target: self.destination.target().to_owned(),
            location: self.destination.location().clone(),
            bytes: bytes.len() as u64,
            payload: Digest::of(&bytes),
            basis,
            secrets: count(counts.0),
            redactions: count(counts.1),
            conversation: self.conversation,
        };
        Cleared { sealed: Sealed { bytes, destination: self.destination, purpose: self.purpose }, entry }
    }
}

/// Seals what stays on this machine, for the tests of backends.
#[cfg(test)]
pub(crate) fn local(bytes: Bytes, destination: Destination) -> Result<Sealed, Location> {
    match destination.location() {
        Location::Local => Ok(Sealed { bytes, destination, purpose: Purpose::Chat }),
        elsewhere => Err(elsewhere.clone()),
    }
}

/// Leave to do what `purpose` says, for the tests of backends.
#[cfg(test)]
pub(crate) fn test_pass(purpose: Purpose) -> Pass {
    Pass { purpose, location: Location::Local }
}

#[cfg(test)]
mod tests;
