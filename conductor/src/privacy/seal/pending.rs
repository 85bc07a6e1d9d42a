//! What waits for the user's yes: the exact bytes, whole and without the secrets that were found.
//!
//! What must stay true: a yes names a digest, and gives out the bytes that have it, and nothing else.

use super::{Cleared, Gate, Outgoing, Refusal, offline};
use crate::domain::{Basis, ConsentRequest, Digest, Finding, Occasion, Payload, Scope};
use crate::privacy::consent::Standing;
use crate::privacy::scan;
use bytes::Bytes;

/// Something that waits for the user's yes.
#[derive(Debug)]
pub struct Pending {
    request: ConsentRequest,
    outgoing: Outgoing,
}

impl Pending {
    /// What the user is shown.
    pub fn request(&self) -> &ConsentRequest {
        &self.request
    }

    /// Takes a yes: exactly the bytes with `digest` are cleared, and nothing else is.
    ///
    /// # Errors
    /// `NotShown` for any other digest; what the user said meanwhile (offline, never).
    pub fn grant(self, digest: Digest, scope: Scope, standing: &mut Standing, now_ms: i64) -> Result<Cleared, Refusal> {
        let Self { request, outgoing } = self;
        let is_whole = request.whole.digest == digest;
        let redacted = request.redacted.as_ref().filter(|payload| payload.digest == digest && !is_whole);
        let redact = redacted.is_some();
        let payload = redacted.or_else(|| Some(&request.whole).filter(|_| is_whole));
        let (Some(payload), false) = (payload, scope == Scope::Never) else { return Err(Refusal::NotShown) };
        let destination = &outgoing.destination;
        if standing.is_offline() {
            return Err(offline(destination));
        }
        if standing.is_never(destination) {
            return Err(Refusal::Never { location: destination.location().clone() });
        }
        if scope == Scope::Conversation {
            standing.allow(&request, outgoing.conversation, redact, now_ms);
        }
        let found = request.findings.len();
        let bytes = payload.bytes.clone();
        Ok(outgoing.cleared(bytes, Basis::Consent(scope), if redact { (0, found) } else { (found, 0) }))
    }
}

/// What the user is asked about `outgoing`; `redacted` is the same without `findings`.
pub(super) fn pending(
    outgoing: Outgoing,
    occasion: Occasion,
    findings: Vec<Finding>,
    redacted: Option<Bytes>,
    gate: &Gate<'_>,
) -> Pending {
    let payload =
        |bytes: Bytes, findings: &[Finding]| Payload { digest: Digest::of(&bytes), shown: scan::shown(&bytes, findings), bytes };
    let destination = &outgoing.destination;
    let request = ConsentRequest {
        id: outgoing.id,
        purpose: outgoing.purpose,
        occasion,
        provider: destination.backend().clone(),
        model: destination.model().clone(),
        location: destination.location().clone(),
        target: destination.target().to_owned(),
        contents: outgoing.contents.clone(),
        tokens: outgoing.tokens,
        cost: outgoing.cost,
        whole: payload(outgoing.bytes.clone(), &findings),
        redacted: redacted.map(|bytes| payload(bytes, &[])),
        findings,
        expires_in_s: gate.expires_in_s,
    };
    Pending { request, outgoing }
}
