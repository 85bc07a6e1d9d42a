//! The chain of the ledger: what binds a row to the one before it, and how a whole ledger is looked through.
//!
//! What must stay true: the form in which a row is hashed never changes. A value that is added to a row later is left out of
//! its JSON where it is not set, so that the rows that are there keep their hashes. No I/O: the store keeps the rows.
//!
//! The hash of a row is SHA-256 over [`FORM`] and then the row as JSON without its `hash`: the keys of every object sorted by
//! their bytes, nothing between the tokens, no escapes but those that JSON demands, numbers whole. The row before goes in as
//! `previous`, 64 zeros in the first row. So another program can check an export; `docs/guide/privacy.md` shows one.

use crate::domain::{Digest, LedgerEvent, LedgerRow, LedgerSeq, LedgerVerdict};
use std::collections::BTreeSet;

/// What the hashed bytes begin with. Another form of the row gets another number.
pub const FORM: &str = "segno-ledger-1\n";

/// An event as it is hashed and stored: JSON with sorted keys.
pub fn canonical(event: &LedgerEvent) -> String {
    // It cannot fail: all keys are text, and no type here has a serialiser that refuses. If it did, the empty text would be
    // no JSON, and the database takes no row without.
    let sorted = serde_json::to_value(event).map(|mut value| {
        value.sort_all_objects();
        value.to_string()
    });
    sorted.unwrap_or_default()
}

/// The hash of a row.
pub fn hash(seq: LedgerSeq, time_ms: i64, event: &LedgerEvent, previous: &Digest) -> Digest {
    let event = canonical(event);
    let row = format!(r#"{FORM}{{"event":{event},"previous":"{previous}","seq":{seq},"time_ms":{time_ms}}}"#);
    Digest::of(row.as_bytes())
}

/// The row that comes after the one with this number and hash; the first where there is none.
pub fn next(last: Option<(LedgerSeq, Digest)>, time_ms: i64, event: LedgerEvent) -> LedgerRow {
    let (before, previous) = last.unwrap_or((LedgerSeq(0), Digest::ZERO));
    let seq = LedgerSeq(before.0 + 1);
    let hash = hash(seq, time_ms, &event, &previous);
    LedgerRow { seq, time_ms, event, previous, hash }
}

/// Looks through a whole ledger, oldest row first, as far as the first row that is not as it was written.
///
/// It finds every row that was changed, taken out, put in or moved. Two things it cannot find: rows cut off at the end, and a
/// ledger that was written anew from some row on. Both change [`LedgerVerdict::head`], which is why it is shown.
pub fn verify(rows: impl IntoIterator<Item = LedgerRow>) -> LedgerVerdict {
    let mut chain = Chain::default();
    for row in rows {
        if !chain.read(&row) {
            break;
        }
    }
    chain.verdict()
}

/// A ledger that is looked through row by row. Of what was read it keeps the last hash and the intents without an outcome.
#[derive(Debug, Default)]
pub struct Chain {
    rows: u64,
    last: Option<(LedgerSeq, Digest)>,
    /// Intents whose outcome has not come: few, those of a Segno that was killed meanwhile.
    open: BTreeSet<LedgerSeq>,
    broken: Option<(LedgerSeq, String)>,
}

impl Chain {
    /// Looks at the next row. False where it, or one before it, is not as it was written: then nothing more is looked at.
    pub fn read(&mut self, row: &LedgerRow) -> bool {
        if self.broken.is_none() {
            self.rows += 1;
            self.broken = self.fault(row).err();
            if self.broken.is_none() {
                self.last = Some((row.seq, row.hash));
            }
        }
        self.broken.is_none()
    }

    /// Takes a row that could not even be read.
    pub fn unreadable(&mut self, seq: LedgerSeq, why: String) {
        if self.broken.is_none() {
            self.rows += 1;
            self.broken = Some((seq, why));
        }
    }

    /// What was found.
    pub fn verdict(self) -> LedgerVerdict {
        LedgerVerdict { rows: self.rows, head: self.last.map(|(_, hash)| hash), broken: self.broken }
    }

    fn fault(&mut self, row: &LedgerRow) -> Result<(), (LedgerSeq, String)> {
        let (before, previous) = self.last.unwrap_or((LedgerSeq(0), Digest::ZERO));
        let awaited = LedgerSeq(before.0 + 1);
        let wrong = |why: &str| Err((row.seq, why.to_owned()));
        if row.seq > awaited {
            return Err((awaited, "it is missing".to_owned()));
        }
        if row.seq < awaited {
            return wrong("it is not in its place");
        }
        if row.previous != previous {
            return wrong("it does not follow the row before it");
        }
        if row.hash != hash(row.seq, row.time_ms, &row.event, &row.previous) {
            return wrong("it was changed after it was written");
        }
        match &row.event {
            LedgerEvent::Intent(_) => {
                self.open.insert(row.seq);
            }
            LedgerEvent::Outcome { intent, .. } if !self.open.remove(intent) => {
                return Err((row.seq, format!("row {intent}, whose outcome it is, did not wait for one")));
            }
            LedgerEvent::Outcome { .. } => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
