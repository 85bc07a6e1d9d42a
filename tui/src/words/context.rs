//! How full a window is, and what takes the room, in words.
//!
//! What must stay true: pure; said by words, never by colour alone.

use super::why::{Line, head, line};
use super::{Names, bar, grouped, place};
use crate::sanitise::clean_line;
use conductor::domain::{ContextReport, ContextUse, Location, ModelId, Summary};

/// Columns of the bar.
const BAR: usize = 40;

/// `14 messages`
pub fn messages(count: u32) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// `phi3:mini (● local)`
pub fn by(model: &ModelId, location: &Location, names: &Names) -> String {
    format!("{} ({})", names.model(model), place(location))
}

/// `ctx 34%`; with a `!` where little room is left.
pub fn status(now: &ContextUse) -> String {
    format!("ctx {}%{}", now.percent(), if now.is_nearly_full() { "!" } else { "" })
}

/// What stands where what is still seen begins.
pub fn left_out(now: &ContextUse, names: &Names) -> String {
    let model = names.model(&now.model);
    format!("{} above no longer fit the window of {model}: it sees what follows", messages(now.left_out))
}

/// What stands above a summary.
pub fn summary_line(summary: &Summary, covers: u32, names: &Names) -> String {
    let file = if summary.imported { ", in part from a file" } else { "" };
    format!("summary of {} for prompts, by {}{file}", messages(covers), by(&summary.model, &summary.location, names))
}

/// What a model is shown of a conversation.
pub fn lines(report: &ContextReport, columns: usize, names: &Names) -> Vec<Line> {
    let now = &report.now;
    let tokens = |n: u32| grouped(n as usize);
    let counted = if now.estimated { "estimated" } else { "as the server counted" };
    let width = columns.saturating_sub(8).clamp(8, BAR);
    let full = if now.is_nearly_full() { ", nearly full" } else { "" };
    let mut lines = vec![
        line(0, format!("{} · a window of {} tokens", names.model(&now.model), tokens(now.window))),
        line(0, format!("{} {}%{full}", bar(u64::from(now.used), u64::from(now.room().max(1)), width), now.percent())),
        line(0, format!("{} of {} tokens that prompts have room for, {counted}", tokens(now.used), tokens(now.room()))),
        line(0, format!("{} more are kept free for the answer", tokens(now.reserve))),
    ];
    lines.extend(head("what takes the room, about"));
    // Parts are estimated, the whole may be counted: none is larger than it.
    let parts = report.parts;
    let sum =
        [parts.advice, parts.summary, parts.earlier, parts.files, parts.images].iter().map(|part| u64::from(*part)).sum::<u64>();
    let share = |part: u32| match sum {
        sum if sum > u64::from(now.used) => u64::from(part) * u64::from(now.used) / sum,
        _ => u64::from(part),
    };
    let covers = report.summary.as_ref().map_or(0, |(_, covers)| *covers);
    let summary = format!("the summary of {}", messages(covers));
    let earlier = format!("{}, word by word", messages(report.seen));
    let mut shown = 0;
    for (what, count) in [
        ("advice of the playbook with the last question", parts.advice),
        (summary.as_str(), parts.summary),
        (earlier.as_str(), parts.earlier),
        ("files", parts.files),
        ("images", parts.images),
    ] {
        if count > 0 {
            lines.push(line(2, format!("{:>7}  {what}", grouped(share(count) as usize))));
            shown += 1;
        }
    }
    if shown == 0 {
        lines.push(line(2, "nothing yet"));
    }
    lines.extend(head("what is left out"));
    lines.push(line(2, left_out_words(report)));
    lines.extend(head("/compact"));
    lines.push(line(2, compact_words(report, names)));
    if let Some((summary, covers)) = &report.summary {
        lines.extend(head(&summary_line(summary, *covers, names)));
        lines.extend(summary.text.lines().map(|text| line(2, clean_line(text))));
    }
    lines
}

fn left_out_words(report: &ContextReport) -> String {
    match (report.now.left_out, report.up_to.as_str()) {
        (0, _) => "nothing".to_owned(),
        (n, "") => format!("the oldest {}", messages(n)),
        (n, up_to) => format!("the oldest {}, up to “{}”", messages(n), clean_line(up_to)),
    }
}

fn compact_words(report: &ContextReport, names: &Names) -> String {
    let undo = if report.summary.is_some() { " `/compact undo` takes the summary back that stands." } else { "" };
    let would = match (report.compactable, &report.by) {
        (0, _) => "there is nothing to sum up: the last two questions and their answers always stay.".to_owned(),
        (_, None) => "no model on this machine can write a summary.".to_owned(),
        (n, Some(by)) => {
            let and = if report.summary.is_some() { " and the summary before them" } else { "" };
            format!("would have {} sum up {}{and}, on this machine; they stay on the screen.", names.model(by), messages(n))
        }
    };
    format!("{would}{undo}")
}
