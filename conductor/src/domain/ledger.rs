//! The ledger: what left the machine, row by row, each row bound to the one before.

use super::{BackendId, ConversationId, Digest, FailureKind, Location, Purpose, RequestId, Scope};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a row, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LedgerSeq(pub i64);

impl fmt::Display for LedgerSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// By what right something left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The user saw it and said yes, with this scope.
    Consent(Scope),
    /// `privacy.trusted_hosts` names the host.
    TrustedHost,
    /// The user gave the command that does just this: a pull, a model list, a key check.
    Command,
}

/// Something that is about to leave. No word of it is in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The turn or pull it belongs to.
    #[serde(skip, default = "no_request")]
    pub id: RequestId,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose backend.
    pub provider: BackendId,
    /// The model, or empty.
    pub model: String,
    /// `POST https://api.openai.com/v1/chat/completions`
    pub target: String,
    /// Where that is.
    pub location: Location,
    /// How many bytes.
    pub bytes: u64,
    /// Of the bytes.
    pub payload: Digest,
    /// By what right.
    pub basis: Basis,
    /// Secrets that were found in it and went along.
    pub secrets: u32,
    /// Secrets that were taken out.
    pub redactions: u32,
    /// The conversation, where there is one.
    pub conversation: Option<ConversationId>,
}

fn no_request() -> RequestId {
    RequestId(0)
}

/// How it went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how", content = "kind")]
pub enum LedgerOutcome {
    /// It was answered.
    Answered,
    /// It failed; bytes may have left all the same.
    Failed(FailureKind),
    /// The user stopped it; bytes may have left all the same.
    Cancelled,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "row")]
pub enum LedgerEvent {
    /// Written before the first byte leaves.
    Intent(LedgerEntry),
    /// Written after. An intent without one: Segno was killed in between.
    Outcome {
        /// The intent it belongs to.
        intent: LedgerSeq,
        /// How it went on.
        outcome: LedgerOutcome,
    },
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Its number.
    pub seq: LedgerSeq,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// What it says.
    pub event: LedgerEvent,
    /// The hash of the row before; zeros in the first.
    pub previous: Digest,
    /// Of this row, `previous` included.
    pub hash: Digest,
}

/// What looking through the whole ledger showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerVerdict {
    /// Rows that were looked at.
    pub rows: u64,
    /// The hash of the last good row. Written down elsewhere it shows later that nothing was cut off the end.
    pub head: Option<Digest>,
    /// The first row that is not as it was written, and what is wrong with it.
    pub broken: Option<(LedgerSeq, String)>,
}
