//! The stored conversations, a playbook and the ledger as numbered lines.
//!
//! What must stay true: as in the screen's panes, titles stand before what was found in messages.

use super::super::words::{ended, sentence, speakable};
use super::{List, text};
use crate::app::{App, Doing, Inside, Ledger, MessageRow, Page, Pane};
use crate::words::ledger as say;
use crate::words::playbook::{line, standing};
use crate::words::{self, bullet};
use conductor::domain::{ConversationSummary, Hit, Role, Stage};

/// Letters of a message that its row has.
const BEGINNING: usize = 70;

pub(super) fn conversations(app: &App, pane: &Pane) -> Option<List> {
    match &pane.doing {
        Doing::Name(_) => return Some(asking("New title, or Enter to leave it as it was:", pane)),
        Doing::Format(_, title) => {
            let list = asking("Form of the file: markdown, json or html, or Enter for none:", pane);
            return Some(List { lines: vec![format!("Writing a file: {}", ended(title))], ..list });
        }
        Doing::List => {}
    }
    if pane.is_loading() || pane.is_searching() {
        return None;
    }
    let titles = pane.titles().map(|summary| title(app, summary, pane.now_ms));
    let hits = pane.hits().iter().map(|hit| found(hit, pane.now_ms));
    let rows: Vec<String> = titles.chain(hits).collect();
    let searched = !pane.filter.trim().is_empty();
    let head = match (rows.is_empty(), pane.deleted, searched) {
        (true, true, _) => "Nothing is deleted that could be brought back.".to_owned(),
        (true, false, false) => "No earlier conversations.".to_owned(),
        (true, false, true) => "Nothing was found: no title has these letters, and nobody said these words.".to_owned(),
        (false, true, _) => format!("{}, deleted:", conversations_words(rows.len())),
        (false, false, false) => format!("{}, the newest first:", conversations_words(rows.len())),
        (false, false, true) => format!("Found for {}:", speakable(pane.filter.trim())),
    };
    let (after, ask): (&[&str], _) = match pane.deleted {
        true => (&["Also: others."], "Number brings one back, or Enter for none:"),
        false => (
            &[
                "Also with a number, as in \"rename 1\": rename, delete, export. Without: deleted lists what was deleted, restore brings the last back.",
            ],
            "Number opens one, or Enter for none:",
        ),
    };
    let mut list = List::of(head, rows, after, ask);
    if list.ask.is_empty() && !pane.deleted && !searched {
        list.lines.extend(after.iter().skip(1).map(|line| (*line).to_owned()));
    }
    let said = pane.said.as_deref().filter(|said| app.log().iter().last().is_none_or(|last| !last.what.contains(said)));
    if let Some(said) = said {
        list.lines.insert(0, format!("Note: {}", ended(said)));
        list.key.clone_from(&list.lines);
    }
    Some(list)
}

/// A question about one of them.
fn asking(ask: &'static str, pane: &Pane) -> List {
    let said: Vec<String> = pane.said.iter().map(|said| format!("Note: {}", ended(said))).collect();
    List { key: said.iter().cloned().chain([ask.to_owned()]).collect(), lines: said, ask }
}

fn conversations_words(count: usize) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

fn title(app: &App, summary: &ConversationSummary, now_ms: i64) -> String {
    let messages = if summary.messages == 1 { "1 message".to_owned() } else { format!("{} messages", summary.messages) };
    let coming = if app.is_answering(summary.id) { ", an answer is coming" } else { "" };
    format!("{}, {messages}, {}{coming}", speakable(&summary.title), words::ago(now_ms, summary.updated_ms))
}

fn found(hit: &Hit, now_ms: i64) -> String {
    let who = if hit.role == Role::User { "you" } else { "an answer" };
    let version = if hit.archived { ", another version" } else { "" };
    let (title, excerpt) = (speakable(&hit.conversation.title), speakable(&hit.excerpt));
    format!("In {title}, {who}{version}, {}: {excerpt}", words::ago(now_ms, hit.at_ms))
}

pub(super) fn messages(app: &App) -> List {
    const ASK: &str = "Number shows one whole, or Enter for none:";
    let who = |row: &MessageRow<'_>| {
        let version = row.version.map(|(at, of)| format!(", version {at} of {of}")).unwrap_or_default();
        format!("{}{version}", if row.role == Role::User { "You" } else { "Answer" })
    };
    if let Some(row) = app.read_row().and_then(|at| app.message_rows().nth(at)) {
        let text = if row.text.is_empty() { "nothing came." } else { row.text };
        let lines: Vec<String> = std::iter::once(format!("{}:", who(&row))).chain(text.lines().map(str::to_owned)).collect();
        return List { key: lines.clone(), lines, ask: ASK };
    }
    let line = |row: MessageRow<'_>| {
        let words: Vec<&str> = row.text.split_whitespace().take(BEGINNING).collect();
        let begin = match words.join(" ") {
            none if none.is_empty() => "nothing came".to_owned(),
            words => match words.char_indices().nth(BEGINNING) {
                Some((end, _)) => format!("{}...", &words[..end]),
                None => words,
            },
        };
        format!("{}: {}", who(&row), speakable(&begin))
    };
    let rows = app.message_rows().map(line).collect();
    let after =
        ["Also with a number, as in \"copy 1\": copy, change, again, fork, good, bad, and before or after for another version."];
    List::of("The messages of this conversation, the newest first:".to_owned(), rows, &after, ASK)
}

pub(super) fn playbook(app: &App, page: &Page) -> Option<List> {
    const ASK: &str = "Number explains one, or Enter for none:";
    let playbook = page.playbook()?;
    match &page.inside {
        Inside::Why(why) => {
            let lines = text(&bullet::lines(why.why.as_ref()?, why.now_ms, &app.settings.names));
            return Some(List { key: lines.clone(), lines, ask: ASK });
        }
        Inside::Edit(draft) => {
            let ask = "New words, or Enter to leave it as it was:";
            let lines = vec![format!("Changing {}.", speakable(&draft.name))];
            return Some(List { key: lines.clone(), lines, ask });
        }
        Inside::History(history) => {
            let lines = text(&history.lines(app.settings.screen.utc_offset_s)?);
            return Some(List { key: lines.clone(), lines, ask: ASK });
        }
        // Keys alone lead there.
        Inside::List | Inside::Filter | Inside::Books(_) | Inside::Keys(_) => {}
    }
    let row = |one: &&conductor::domain::Bullet| {
        let facts = match one.stage {
            _ if page.condemned == Some(one.id) => "type delete with this number again to delete it".to_owned(),
            Stage::Proposed => "waits for your yes".to_owned(),
            _ => format!("{}{}", standing(one), page.part(one.id).words()),
        };
        let from = page.origin(one).filter(|_| one.stage == Stage::Proposed).map(|origin| format!(", {}", bullet::from(origin)));
        speakable(&format!("{}. {facts}{}", line(one).trim_end_matches('.'), from.unwrap_or_default()))
    };
    let rows: Vec<String> = page.bullets().iter().map(row).collect();
    let state = if playbook.off { ", off: nothing of it goes into a prompt" } else { "" };
    let waiting = match page.waiting() {
        0 => String::new(),
        1 => ", 1 waits for your yes".to_owned(),
        n => format!(", {n} wait for your yes"),
    };
    let empty = if rows.is_empty() { ": nothing yet. segno playbook add writes into it" } else { "" };
    let head = sentence(&format!("playbook {}{state}{waiting}{empty}", playbook.key));
    let after = [
        "Also with a number, as in \"accept 1\": accept, refuse, edit, pin, delete, raise, lower, history. Without: undo, on, off.",
    ];
    Some(List::of(head, rows, &after, ASK))
}

pub(super) fn ledger(ledger: &Ledger) -> Option<List> {
    const ASK: &str = "Number shows one whole, verify checks the whole ledger, Enter for none:";
    if ledger.is_loading() {
        return None;
    }
    if let Some(entry) = ledger.entry(ledger.selected).filter(|_| ledger.open.is_some()) {
        let lines: Vec<String> =
            say::whole(&entry).iter().map(|(name, text)| format!("{}: {}", speakable(name), speakable(text))).collect();
        return Some(List { key: lines.clone(), lines, ask: ASK });
    }
    if let Some((_, verdict)) = &ledger.verdict {
        let lines = vec![sentence(verdict)];
        return Some(List { key: lines.clone(), lines, ask: ASK });
    }
    let row = |at: usize| {
        let entry = ledger.entry(at)?;
        let parts = [
            say::time(entry.row.time_ms),
            entry.entry.location.word().to_owned(),
            say::who(entry.entry),
            entry.entry.purpose.words().to_owned(),
            words::bytes(entry.entry.bytes),
            say::host(&entry.entry.location),
            say::basis(entry.entry.basis).to_owned(),
            say::outcome(entry.outcome.map(|(_, outcome)| outcome)),
        ];
        Some(speakable(&parts.join(", ")))
    };
    let rows: Vec<String> = (0..ledger.len()).filter_map(row).collect();
    let head = if rows.is_empty() {
        sentence(say::EMPTY)
    } else {
        "What has left this machine, the newest first, times in UTC:".to_owned()
    };
    Some(List::of(head, rows, &[], ASK))
}
