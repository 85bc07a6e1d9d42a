//! The ledger in words: the same for the screen and for the command line.
//!
//! What must stay true: what came from elsewhere (names, hosts) is cleaned here; times are UTC and say so.

use super::bytes;
use crate::sanitise::clean_line;
use conductor::domain::{
    Basis, FailureKind, LedgerEntry, LedgerEvent, LedgerOutcome, LedgerRow, LedgerSeq, LedgerVerdict, Location, Scope,
};
use std::collections::HashMap;

/// Said of a ledger without rows.
pub const EMPTY: &str = "nothing has left this machine";
/// What the head of a ledger is good for.
pub const HEAD_HINT: &str = "write this down elsewhere: it shows later that nothing was cut off";

/// Something that left, with what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The row written before.
    pub row: &'a LedgerRow,
    /// What it says.
    pub entry: &'a LedgerEntry,
    /// The row written after; `None` where there is none.
    pub outcome: Option<(LedgerSeq, LedgerOutcome)>,
}

/// What left, newest first, of rows that are newest first. An outcome whose row is not among them is left out.
pub fn entries<'a>(rows: impl IntoIterator<Item = &'a LedgerRow>) -> Vec<Entry<'a>> {
    let mut outcomes = HashMap::new();
    let mut found = Vec::new();
    for row in rows {
        match &row.event {
            LedgerEvent::Outcome { intent, outcome } => _ = outcomes.insert(*intent, (row.seq, *outcome)),
            LedgerEvent::Intent(entry) => found.push(Entry { row, entry, outcome: None }),
        }
    }
    for entry in &mut found {
        entry.outcome = outcomes.get(&entry.row.seq).copied();
    }
    found
}

/// Milliseconds since 1970 as `2026-11-21 11:22:43`, in UTC.
pub fn time(ms: i64) -> String {
    let Ok(time) = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)) else { return format!("{ms} ms") };
    let (date, clock) = (time.date(), time.time());
    let (month, day) = (u8::from(date.month()), date.day());
    format!("{}-{month:02}-{day:02} {:02}:{:02}:{:02}", date.year(), clock.hour(), clock.minute(), clock.second())
}

/// By what right it left.
pub fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Consent(Scope::Once) => "you said yes, once",
        Basis::Consent(Scope::Conversation) => "you said yes for a conversation",
        // Nothing leaves by a never; a row that says so was not written by Segno.
        Basis::Consent(Scope::Never) => "none",
        Basis::TrustedHost => "trusted host",
        Basis::Command => "your command",
    }
}

/// How it went on.
pub fn outcome(outcome: Option<LedgerOutcome>) -> String {
    match outcome {
        Some(LedgerOutcome::Answered) => "answered".to_owned(),
        Some(LedgerOutcome::Failed(kind)) => format!("failed: {}", failure(kind)),
        Some(LedgerOutcome::Cancelled) => "stopped by you".to_owned(),
        None => "no end noted".to_owned(),
    }
}

fn failure(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unreachable => "not reached",
        FailureKind::NotFound => "no such model",
        FailureKind::Busy => "too much to do there",
        FailureKind::TooLong => "too long",
        FailureKind::Refused => "refused",
        FailureKind::Stalled => "no answer in time",
        FailureKind::Broken => "broke off",
        FailureKind::OutOfMemory => "did not fit into memory",
        FailureKind::Empty => "nothing came",
        FailureKind::NotSealed => "not let out",
        FailureKind::Denied => "you said no",
        FailureKind::NoCandidate => "nobody to ask",
        FailureKind::Cancelled => "stopped by you",
        FailureKind::Storage => "could not be stored",
    }
}

/// The host that something went to.
pub fn host(location: &Location) -> String {
    match location {
        Location::Local => "this machine".to_owned(),
        Location::Network(host) | Location::External(host) => clean_line(host).into_owned(),
    }
}

/// Who was sent something: `openai/gpt-5-mini`.
pub fn who(entry: &LedgerEntry) -> String {
    let (provider, model) = (clean_line(entry.provider.as_str()), clean_line(&entry.model));
    // Models of providers have the provider's name in their own.
    let named = model.strip_prefix(&*provider).is_some_and(|rest| rest.starts_with('/'));
    match model.is_empty() {
        true => provider.into_owned(),
        false if named => model.into_owned(),
        false => format!("{provider}/{model}"),
    }
}

/// All that is known of something that left, as a name and a value each.
pub fn whole(entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let Entry { row, entry: sent, outcome: end } = entry;
    let place = format!("{} {}", sent.location.symbol(), clean_line(&sent.location.to_string()));
    let mut facts = vec![
        ("row", row.seq.to_string()),
        ("time", format!("{} UTC", time(row.time_ms))),
        ("what for", sent.purpose.words().to_owned()),
        ("provider", clean_line(sent.provider.as_str()).into_owned()),
        ("model", clean_line(&sent.model).into_owned()),
        ("where", place),
        ("request", clean_line(&sent.target).into_owned()),
        ("size", format!("{} ({} bytes)", bytes(sent.bytes), sent.bytes)),
        ("basis", basis(sent.basis).to_owned()),
        ("secrets", format!("{} sent, {} taken out", sent.secrets, sent.redactions)),
        ("conversation", sent.conversation.map_or_else(|| "none".to_owned(), |id| id.0.to_string())),
    ];
    let noted = end.map(|(seq, _)| format!(" (row {seq})")).unwrap_or_default();
    facts.push(("outcome", format!("{}{noted}", outcome(end.map(|(_, outcome)| outcome)))));
    facts.extend(hashes(row, Some(sent)));
    facts
}

/// All that is known of a row that says how something went on.
pub fn whole_outcome(row: &LedgerRow, intent: LedgerSeq, end: LedgerOutcome) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("row", row.seq.to_string()),
        ("time", format!("{} UTC", time(row.time_ms))),
        ("outcome", format!("{}, of row {intent}", outcome(Some(end)))),
    ];
    facts.extend(hashes(row, None));
    facts
}

fn hashes(row: &LedgerRow, sent: Option<&LedgerEntry>) -> Vec<(&'static str, String)> {
    let payload = sent.map(|sent| ("sent, sha256", sent.payload.to_string()));
    payload.into_iter().chain([("hash before", row.previous.to_string()), ("hash", row.hash.to_string())]).collect()
}

/// What looking through the ledger showed: true where it is whole.
pub fn verdict(verdict: &LedgerVerdict) -> (bool, String) {
    match (&verdict.broken, verdict.rows) {
        (Some((seq, why)), _) => (false, format!("the ledger is not as it was written: row {seq}: {}", clean_line(why))),
        (None, 0) => (true, format!("the ledger is empty: {EMPTY}")),
        (None, 1) => (true, "the ledger is whole: 1 row".to_owned()),
        (None, rows) => (true, format!("the ledger is whole: {rows} rows, two for each sending")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (ms, want) in [
            (0, "1970-01-01 00:00:00"),
            (1_795_260_163_999, "2026-11-21 11:22:43"),
            (-1, "1969-12-31 23:59:59"),
            (i64::MAX, &*format!("{} ms", i64::MAX)),
        ] {
            assert_eq!(time(ms), want);
        }
    }
}
