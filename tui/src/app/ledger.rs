//! The ledger in front of the conversation: what has left the machine, newest first.
//!
//! What must stay true: it is read page by page, older ones when they are wanted; one page is on its way at a time.

use super::App;
use super::overlay::Overlay;
use crate::keymap::Edit;
use crate::msg::Effect;
use crate::words::ledger::{self, Entry};
use conductor::domain::{LedgerEvent, LedgerOutcome, LedgerRow, LedgerSeq, LedgerVerdict};
use conductor::protocol::Query;
use std::collections::HashMap;

/// Rows of a page.
const PAGE: u32 = 200;
/// The next page is asked for so many rows before the end.
const AHEAD: usize = 20;

/// What is known of the ledger.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The rows that were written before something left, newest first.
    sent: Vec<LedgerRow>,
    outcomes: HashMap<LedgerSeq, (LedgerSeq, LedgerOutcome)>,
    /// The oldest row that came.
    oldest: Option<LedgerSeq>,
    /// A page is on its way.
    loading: bool,
    /// There is no older row.
    complete: bool,
    pub(crate) selected: usize,
    /// The marked row is shown whole, from this line of it on; the drawing keeps it inside.
    pub(crate) open: Option<usize>,
    /// What verifying showed, and whether all is well.
    pub(crate) verdict: Option<(bool, String)>,
}

impl Ledger {
    /// How many things left, of those that are known.
    pub(crate) fn len(&self) -> usize {
        self.sent.len()
    }

    /// True until the first page came.
    pub(crate) fn is_loading(&self) -> bool {
        self.loading && self.sent.is_empty()
    }

    /// One of them, from the newest on.
    pub(crate) fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let row = self.sent.get(index)?;
        let LedgerEvent::Intent(entry) = &row.event else { return None };
        Some(Entry { row, entry, outcome: self.outcomes.get(&row.seq).copied() })
    }

    fn take(&mut self, rows: Vec<LedgerRow>) {
        self.complete = rows.len() < PAGE as usize;
        self.oldest = rows.last().map(|row| row.seq).or(self.oldest);
        for row in rows {
            match &row.event {
                LedgerEvent::Outcome { intent, outcome } => _ = self.outcomes.insert(*intent, (row.seq, *outcome)),
                LedgerEvent::Intent(_) => self.sent.push(row),
            }
        }
    }
}

impl App {
    /// What is known of the ledger.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    pub(super) fn open_ledger(&mut self) {
        self.overlay = Some(Overlay::Ledger);
        // A page that is still on its way goes on where it was asked for.
        if !self.ledger.loading {
            self.ledger = Ledger::default();
            self.more_of_the_ledger();
        }
    }

    pub(super) fn ledger_reply(&mut self, rows: Vec<LedgerRow>) {
        self.ledger.loading = false;
        self.ledger.take(rows);
        self.more_of_the_ledger();
    }

    /// Asks for the next page where the marked row comes near the end.
    pub(super) fn more_of_the_ledger(&mut self) {
        let ledger = &mut self.ledger;
        if ledger.loading || ledger.complete || ledger.selected + AHEAD < ledger.len() {
            return;
        }
        ledger.loading = true;
        let before = ledger.oldest;
        self.effect(Effect::Query(Query::Ledger { before, limit: PAGE }));
    }

    pub(super) fn ledger_verdict(&mut self, verdict: &LedgerVerdict) {
        let (whole, mut text) = ledger::verdict(verdict);
        if let Some(head) = verdict.head.filter(|_| whole) {
            text.push_str(&format!(" · head {}", head.short()));
        }
        self.ledger.verdict = Some((whole, text));
    }

    /// It could not be read.
    pub(super) fn ledger_failed(&mut self) {
        self.ledger.loading = false;
        self.ledger.complete = true;
        if matches!(self.overlay, Some(Overlay::Ledger)) {
            self.overlay = None;
        }
    }

    /// `v` has the whole ledger looked through.
    pub(super) fn ledger_edit(&mut self, edit: Edit) {
        if edit == Edit::Insert('v') {
            self.ledger.verdict = Some((true, "looking through the ledger …".to_owned()));
            self.effect(Effect::Query(Query::VerifyLedger));
        }
    }

    /// Shows the marked row whole, or the list again.
    pub(super) fn ledger_accept(&mut self) {
        self.ledger.open = match self.ledger.open {
            None if self.ledger.len() > 0 => Some(0),
            _ => None,
        };
    }

    /// From a row back to the list; false where the list was shown.
    pub(super) fn close_ledger_row(&mut self) -> bool {
        matches!(self.overlay, Some(Overlay::Ledger)) && self.ledger.open.take().is_some()
    }
}
