//! Playbooks on standard output: for people, wrapped to the terminal, or as JSON.

use super::Console;
use crate::args::Output;
use crate::clock::now_ms;
use crate::sanitise::clean_line;
use crate::words::playbook::{self as say, Names};
use crate::words::{self, bullet, ledger, wrapped};
use anyhow::Result;
use conductor::domain::{Bullet, BulletWhy, Counts, Delta, DomainConfig, Playbook, Reject, Stage, Step};
use conductor::protocol::Changed;
use serde::Serialize;
use serde_json::{Value, json};

/// Below this many columns nothing is wrapped any narrower.
const NARROWEST: usize = 20;

/// Where to, and how.
pub(super) struct Printer<'a> {
    console: &'a mut Console,
    as_json: bool,
    /// Of the terminal; `None` where no person reads, and a line stays a line.
    columns: Option<usize>,
}

impl<'a> Printer<'a> {
    /// To `console`.
    pub(super) fn new(console: &'a mut Console, output: Output) -> Self {
        let size = console.is_terminal().then(crate::terminal::size).and_then(Result::ok);
        let columns = size.map(|(columns, _)| usize::from(columns).max(NARROWEST));
        Self { console, as_json: output.json, columns }
    }

    /// A value as JSON.
    pub(super) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.console.line(&serde_json::to_string_pretty(value)?);
        Ok(())
    }

    /// A line for a person.
    pub(super) fn line(&mut self, text: &str) {
        self.text(0, 2, text);
    }

    /// A paragraph, its lines moved in by `indent` columns, those after the first by `more` beside.
    fn text(&mut self, indent: usize, more: usize, text: &str) {
        let columns = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent + more).max(1));
        for (at, line) in wrapped(text, columns).into_iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + more };
            self.console.line(&format!("{:indent$}{line}", ""));
        }
    }

    fn bullet(&mut self, bullet: &Bullet) {
        self.text(2, 2, &say::line(bullet));
        self.text(4, 0, &say::standing(bullet));
    }
}

/// All playbooks, one a row.
pub(super) fn list(books: &[Playbook], out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        return out.json(&books.iter().map(figures).collect::<Vec<_>>());
    }
    if books.is_empty() {
        out.console.line(say::EMPTY);
        out.console.hint("`segno playbook add math-qwen --section Errors \"check the signs\"` begins one");
        return Ok(());
    }
    let head = ["NAME", "IN USE", "PROPOSED", "OTHERS", "TOKENS (ABOUT)", "NOTES"].map(str::to_owned).to_vec();
    let row = |book: &Playbook| {
        let proposed = say::in_stage(book, Stage::Proposed);
        let active = active(book);
        let others = book.bullets.len() - active - proposed;
        let waits = match proposed {
            0 => String::new(),
            n => say::wait(n),
        };
        let off = if book.off { "off".to_owned() } else { String::new() };
        let notes = [off, waits].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join(" · ");
        let tokens = words::grouped(say::tokens(book));
        vec![book.key.to_string(), active.to_string(), proposed.to_string(), others.to_string(), tokens, notes]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(books.iter().map(row)).collect();
    words::columns(&rows).iter().for_each(|line| out.console.line(line.trim_end()));
    Ok(())
}

/// The lines of a playbook: proposals first, then by section.
pub(super) fn show(book: &Playbook, out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        let bullets: Vec<Value> = book.bullets.values().map(value).collect();
        return out.json(&json!({
            "name": book.key.to_string(), "key": book.key, "off": book.off, "last": book.last, "bullets": bullets,
        }));
    }
    let off = if book.off { " · off: it is in no prompt" } else { "" };
    let title =
        format!("{} · {} · about {} tokens{off}", book.key, say::lines(book.bullets.len()), words::grouped(say::tokens(book)));
    out.text(0, 2, &title);
    let proposed: Vec<&Bullet> = book.in_stage(Stage::Proposed).collect();
    if !proposed.is_empty() {
        out.text(0, 0, "");
        out.text(0, 0, "Proposed");
        for bullet in proposed {
            out.bullet(bullet);
            let name = clean_line(&bullet.name()).into_owned();
            out.text(4, 0, &format!("waits for your yes: segno playbook accept {} {name}", book.key));
        }
    }
    for (section, bullets) in book.sections() {
        let bullets: Vec<&Bullet> = bullets.into_iter().filter(|bullet| bullet.stage != Stage::Proposed).collect();
        if bullets.is_empty() {
            continue;
        }
        out.text(0, 0, "");
        out.text(0, 0, &clean_line(section));
        bullets.into_iter().for_each(|bullet| out.bullet(bullet));
    }
    Ok(())
}

/// What changed a playbook.
pub(super) fn history(book: &Playbook, deltas: &[Delta], out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        return out.json(&deltas.iter().map(delta_value).collect::<Result<Vec<_>, _>>()?);
    }
    let names = Names::of(book, deltas);
    let now_ms = now_ms();
    for delta in deltas {
        let (ago, cause) = (words::ago(now_ms, delta.at_ms), say::cause(&delta.cause));
        out.text(0, 2, &format!("{} · {ago} · {cause}", delta.seq.0));
        if !delta.reasoning.is_empty() {
            out.text(2, 2, &clean_line(&delta.reasoning));
        }
        steps(delta, &names, out);
    }
    Ok(())
}

/// Why a line stands where it stands.
pub(super) fn why(why: &BulletWhy, names: &words::Names, out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        let changes = why.deltas.iter().map(delta_value).collect::<Result<Vec<_>, _>>()?;
        return out.json(&json!({
            "playbook": why.key.to_string(), "key": why.key, "bullet": value(&why.bullet), "why": why.stands, "chat": why.chat,
            "changes": changes,
        }));
    }
    for line in bullet::lines(why, now_ms(), names) {
        out.text(usize::from(line.indent), 2, &line.text);
    }
    Ok(())
}

fn steps(delta: &Delta, names: &Names, out: &mut Printer<'_>) {
    for step in &delta.steps {
        out.text(2, 2, &names.step(step));
    }
    for reject in &delta.rejects {
        out.text(2, 2, &names.reject(reject));
    }
    if delta.steps.is_empty() && delta.rejects.is_empty() {
        out.text(2, 2, "nothing new");
    }
}

/// What was done; `before` is the playbook as it was.
pub(super) fn changed(before: &Playbook, changed: &Changed, out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        return out.json(&json!({ "name": changed.playbook.key.to_string(), "key": changed.playbook.key, "change": delta_value(&changed.delta)? }));
    }
    out.text(0, 2, &format!("{} · change {}", changed.playbook.key, changed.delta.seq.0));
    let mut names = Names::of(before, std::slice::from_ref(&changed.delta));
    names.learn(&changed.playbook);
    steps(&changed.delta, &names, out);
    Ok(())
}

/// Where a line of a playbook stands in a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The line of the file, from 1.
    Line(usize),
    /// Which bullet it is, from 1.
    Number(usize),
}

/// What came of a file.
pub(super) struct Came {
    /// Its name.
    pub(super) file: String,
    /// Where its lines stand.
    pub(super) places: Vec<Place>,
    /// What was done.
    pub(super) changed: Changed,
}

impl Came {
    /// How many came, and how many were there already.
    fn counts(&self) -> (usize, usize) {
        let delta = &self.changed.delta;
        let came = delta.steps.iter().filter(|step| matches!(step, Step::Insert { .. })).count();
        (came, self.places.len().saturating_sub(came + delta.rejects.len()))
    }

    fn place(&self, reject: &Reject) -> Place {
        let at = usize::try_from(reject.at).unwrap_or(usize::MAX);
        self.places.get(at).copied().unwrap_or(Place::Number(at.saturating_add(1)))
    }

    /// As one object.
    pub(super) fn value(&self) -> Value {
        let (came, already) = self.counts();
        let delta = &self.changed.delta;
        let refused = delta.rejects.iter().map(|reject| {
            let (line, number) = match self.place(reject) {
                Place::Line(line) => (Some(line), None),
                Place::Number(number) => (None, Some(number)),
            };
            json!({ "line": line, "number": number, "why": reject.reason.to_string() })
        });
        let key = &self.changed.playbook.key;
        json!({
            "name": key.to_string(), "key": key, "file": self.file, "change": delta.seq, "came": came, "already": already,
            "refused": refused.collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub(super) fn print(&self, out: &mut Printer<'_>) {
        let ((came, already), delta) = (self.counts(), &self.changed.delta);
        let (key, file) = (&self.changed.playbook.key, clean_line(&self.file));
        let refused = delta.rejects.len();
        let figures = format!("{} came, {already} already there, {refused} refused", say::lines(came));
        out.text(0, 2, &format!("{file} into {key}: {figures} · change {}", delta.seq.0));
        for reject in &delta.rejects {
            let place = match self.place(reject) {
                Place::Line(line) => format!("line {line}"),
                Place::Number(number) => format!("number {number}"),
            };
            out.text(2, 2, &format!("refused: {place}: {}", say::reason(&reject.reason)));
        }
        let left = delta.steps.iter().filter(|step| matches!(step, Step::Move { to: Stage::Archived, .. })).count();
        if left > 0 {
            out.text(2, 2, &format!("{} went to the archive: ace.budget_tokens leaves no room", say::lines(left)));
        }
    }
}

/// The figures of all playbooks.
pub(super) fn stats_of_all(books: &[Playbook], out: &mut Printer<'_>) -> Result<()> {
    if out.as_json || books.is_empty() {
        return list(books, out);
    }
    for (at, book) in books.iter().enumerate() {
        if at > 0 {
            out.text(0, 0, "");
        }
        stats(book, out)?;
    }
    Ok(())
}

/// The figures of a playbook, and what is noted of it.
pub(super) fn stats_with_facts(book: &Playbook, facts: &DomainConfig, out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        let mut value = figures(book);
        value["facts"] = serde_json::to_value(facts)?;
        return out.json(&value);
    }
    stats(book, out)?;
    for (name, text) in words::training::facts(facts) {
        out.text(2, 2, &format!("{name:<11} {}", clean_line(&text)));
    }
    Ok(())
}

/// The figures of a playbook.
fn stats(book: &Playbook, out: &mut Printer<'_>) -> Result<()> {
    if out.as_json {
        return out.json(&figures(book));
    }
    out.text(0, 2, &format!("{}{}", book.key, if book.off { " · off" } else { "" }));
    for stage in Stage::ALL {
        out.text(2, 2, &format!("{:<11} {}", stage.word(), say::in_stage(book, stage)));
    }
    let counts = all_counts(book);
    let pinned = book.bullets.values().filter(|bullet| bullet.pinned).count();
    out.text(2, 2, &format!("{:<11} {pinned}", "pinned"));
    out.text(
        2,
        2,
        &format!("{:<11} {} helpful, {} harmful, {} neutral", "observed", counts.helpful, counts.harmful, counts.neutral),
    );
    out.text(2, 2, &format!("{:<11} about {}, of the lines in use", "tokens", words::grouped(say::tokens(book))));
    Ok(())
}

fn active(book: &Playbook) -> usize {
    book.bullets.values().filter(|bullet| bullet.stage.is_active()).count()
}

fn all_counts(book: &Playbook) -> Counts {
    book.bullets.values().fold(Counts::NONE, |all, bullet| all.plus(bullet.counts))
}

fn figures(book: &Playbook) -> Value {
    let stages: serde_json::Map<String, Value> =
        Stage::ALL.iter().map(|stage| (stage.word().to_owned(), say::in_stage(book, *stage).into())).collect();
    json!({
        "name": book.key.to_string(), "key": book.key, "off": book.off, "last": book.last, "bullets": book.bullets.len(),
        "in_use": active(book), "stages": stages, "pinned": book.bullets.values().filter(|bullet| bullet.pinned).count(),
        "observed": all_counts(book), "tokens_about": say::tokens(book),
    })
}

fn value(bullet: &Bullet) -> Value {
    json!({
        "name": bullet.name(), "id": bullet.id, "section": bullet.text.section, "content": bullet.text.content,
        "helpful": bullet.counts.helpful, "harmful": bullet.counts.harmful, "neutral": bullet.counts.neutral,
        "stage": bullet.stage, "pinned": bullet.pinned, "provenance": bullet.provenance,
        "created_at": iso(bullet.created_ms), "updated_at": iso(bullet.updated_ms),
    })
}

fn delta_value(delta: &Delta) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(delta)?;
    value["at"] = iso(delta.at_ms).into();
    Ok(value)
}

/// `2026-11-21T11:22:43Z`
fn iso(ms: i64) -> String {
    format!("{}Z", ledger::time(ms).replacen(' ', "T", 1))
}
