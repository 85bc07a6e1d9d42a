//! Where the keys of vi lead.

use super::View;
use crate::composer::words::{Atom, Kind};
use std::ops::Range;

/// A search in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) c: char,
    pub(super) forth: bool,
    /// It ends before what is looked for.
    pub(super) till: bool,
}

/// A motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    Row {
        down: bool,
    },
    Start,
    Head,
    End,
    Word {
        big: bool,
    },
    Back {
        big: bool,
    },
    WordEnd {
        big: bool,
    },
    /// To the line of the count; without one, to the first or the last.
    Line {
        last: bool,
    },
    Find {
        find: Find,
        again: bool,
    },
}

impl Motion {
    /// The motion of a key; `found` is what was looked for last.
    pub(super) fn of(c: char, found: Option<Find>) -> Option<Self> {
        Some(match c {
            'h' => Self::Left,
            'l' | ' ' => Self::Right,
            'j' => Self::Row { down: true },
            'k' => Self::Row { down: false },
            '0' => Self::Start,
            '^' => Self::Head,
            '$' => Self::End,
            'w' | 'W' => Self::Word { big: c == 'W' },
            'b' | 'B' => Self::Back { big: c == 'B' },
            'e' | 'E' => Self::WordEnd { big: c == 'E' },
            'G' => Self::Line { last: true },
            ';' => Self::Find { find: found?, again: true },
            ',' => found.map(|find| Self::Find { find: Find { forth: !find.forth, ..find }, again: true })?,
            _ => return None,
        })
    }
}

/// What goes into one word.
fn class(atom: &Atom, big: bool) -> Option<Kind> {
    match atom.kind {
        Kind::Blank | Kind::NewLine => None,
        _ if big => Some(Kind::Word),
        kind => Some(kind),
    }
}

fn class_at(view: View<'_>, at: usize, big: bool) -> Option<Kind> {
    view.atoms.get(at).and_then(|atom| class(atom, big))
}

/// True for a line with nothing in it.
fn is_empty_line(view: View<'_>, at: usize) -> bool {
    view.start(at) == at && view.end(at) == at
}

fn word(view: View<'_>, mut at: usize, big: bool) -> usize {
    let here = class_at(view, at, big);
    while here.is_some() && at < view.atoms.len() && class_at(view, at, big) == here {
        at += 1;
        if here == Some(Kind::Chip) {
            break;
        }
    }
    let from = at;
    while at < view.atoms.len() && class_at(view, at, big).is_none() && (at == from && here.is_none() || !is_empty_line(view, at))
    {
        at += 1;
    }
    at
}

fn back(view: View<'_>, mut at: usize, big: bool) -> usize {
    while at > 0 && class_at(view, at - 1, big).is_none() {
        at -= 1;
        if is_empty_line(view, at) {
            return at;
        }
    }
    let Some(here) = at.checked_sub(1).and_then(|at| class_at(view, at, big)) else { return at };
    while at > 0 && class_at(view, at - 1, big) == Some(here) {
        at -= 1;
        if here == Kind::Chip {
            break;
        }
    }
    at
}

fn word_end(view: View<'_>, at: usize, big: bool) -> usize {
    let mut at = at + 1;
    while at < view.atoms.len() && class_at(view, at, big).is_none() {
        at += 1;
    }
    let here = class_at(view, at, big);
    while here.is_some() && here != Some(Kind::Chip) && class_at(view, at + 1, big) == here {
        at += 1;
    }
    at.min(view.atoms.len().saturating_sub(1))
}

fn find(view: View<'_>, find: Find, count: usize, again: bool) -> Option<usize> {
    let (start, end) = (view.start(view.at), view.end(view.at));
    let is = |at: usize| view.atoms.get(at).is_some_and(|atom| atom.c == find.c);
    let mut at = view.at;
    // Before the very next one a search that ends before it would stay.
    if find.till && again {
        at = if find.forth { at + 1 } else { at.checked_sub(1)? };
    }
    for _ in 0..count {
        at = if find.forth { (at + 1..end).find(|at| is(*at))? } else { (start..at.min(end)).rev().find(|at| is(*at))? };
    }
    Some(match (find.till, find.forth) {
        (false, _) => at,
        (true, true) => at - 1,
        (true, false) => at + 1,
    })
}

/// The place `count` lines down or up, in the same column; `None` where there is no such line.
fn row(view: View<'_>, down: bool, count: usize) -> Option<usize> {
    let column = view.at - view.start(view.at);
    let mut start = view.start(view.at);
    for _ in 0..count {
        start = if down {
            let end = view.end(start);
            (end < view.atoms.len()).then_some(end + 1)?
        } else {
            view.start(start.checked_sub(1)?)
        };
    }
    Some((start + column).min(view.end(start)))
}

/// Where a motion leads.
pub(super) fn target(motion: Motion, view: View<'_>, count: usize, counted: bool) -> Option<usize> {
    let (at, start, end) = (view.at, view.start(view.at), view.end(view.at));
    let repeat = |step: &dyn Fn(usize) -> usize| (0..count.min(view.atoms.len() + 1)).fold(at, |at, _| step(at));
    Some(match motion {
        Motion::Left => at.saturating_sub(count).max(start),
        Motion::Right => (at + count).min(end),
        Motion::Row { down } => row(view, down, count)?,
        Motion::Start => start,
        Motion::Head => view.head(at),
        Motion::End => {
            let line = if count > 1 { row(view, true, count - 1)? } else { at };
            view.end(line)
        }
        Motion::Word { big } => repeat(&|at| word(view, at, big)),
        Motion::Back { big } => repeat(&|at| back(view, at, big)),
        Motion::WordEnd { big } => repeat(&|at| word_end(view, at, big)),
        Motion::Line { last } if !counted => view.head(if last { view.atoms.len() } else { 0 }),
        Motion::Line { .. } => {
            let lines = (1..count).try_fold(0, |at, _| {
                let end = view.end(at);
                if end < view.atoms.len() { Ok(end + 1) } else { Err(at) }
            });
            view.head(lines.unwrap_or_else(|last| last))
        }
        Motion::Find { find: wanted, again } => find(view, wanted, count, again)?,
    })
}

/// What an operator is for, and whether that is lines. `change` stops at the end of the word.
pub(super) fn range(motion: Motion, view: View<'_>, count: usize, counted: bool, change: bool) -> Option<(Range<usize>, bool)> {
    let at = view.at;
    let motion = match motion {
        Motion::Word { big } if change && class_at(view, at, big).is_some() => {
            // `cw` on a word of one character is that character.
            let mut end = at;
            for turn in 0..count.min(view.atoms.len() + 1) {
                let here = class_at(view, end, big);
                let ends = turn == 0 && (here == Some(Kind::Chip) || class_at(view, end + 1, big) != here);
                end = if ends { end } else { word_end(view, end, big) };
            }
            return Some((at..end + 1, false));
        }
        motion => motion,
    };
    let to = target(motion, view, count, counted)?;
    let (from, until) = (at.min(to), at.max(to));
    Some(match motion {
        Motion::Row { .. } | Motion::Line { .. } => (view.start(from)..view.end(until), true),
        Motion::WordEnd { .. } => (from..(until + 1).min(view.atoms.len()), false),
        Motion::Find { find, .. } if find.forth => (from..until + 1, false),
        // The end of the line before a word in the next one stays.
        Motion::Word { .. } => {
            let last = view.start(until);
            let ends_before = until == view.head(until) && last > at && last > 0;
            (from..if ends_before { (last - 1).max(at) } else { until }, false)
        }
        _ => (from..until, false),
    })
}

/// The word, the quoted or bracketed text that `c` names and the cursor is in; `around` takes what is about it along.
pub(super) fn object(view: View<'_>, c: char, around: bool) -> Option<Range<usize>> {
    match c {
        'w' | 'W' => word_object(view, c == 'W', around),
        '"' | '\'' | '`' => quoted(view, c, around),
        '(' | ')' | 'b' => bracketed(view, '(', ')', around),
        '[' | ']' => bracketed(view, '[', ']', around),
        '{' | '}' | 'B' => bracketed(view, '{', '}', around),
        '<' | '>' => bracketed(view, '<', '>', around),
        _ => None,
    }
}

fn word_object(view: View<'_>, big: bool, around: bool) -> Option<Range<usize>> {
    let (start, end) = (view.start(view.at), view.end(view.at));
    if start == end {
        return None;
    }
    let at = view.on(view.at);
    let class = class_at(view, at, big);
    let same = |at: usize| class_at(view, at, big) == class && class != Some(Kind::Chip);
    let from = (start..at).rev().take_while(|at| same(*at)).last().unwrap_or(at);
    let mut range = from..(at + 1..end).take_while(|at| same(*at)).last().unwrap_or(at) + 1;
    if around {
        let blank = |at: &usize| view.is(*at, Kind::Blank);
        let behind = (range.end..end).take_while(blank).count();
        if class.is_none() {
            let here = class_at(view, range.end, big);
            range.end += (range.end..end).take_while(|at| class_at(view, *at, big) == here).count();
        } else if behind > 0 {
            range.end += behind;
        } else {
            range.start -= (start..range.start).rev().take_while(blank).count();
        }
    }
    Some(range)
}

fn quoted(view: View<'_>, quote: char, around: bool) -> Option<Range<usize>> {
    let (start, end) = (view.start(view.at), view.end(view.at));
    let marks: Vec<usize> = (start..end).filter(|at| view.atoms[*at].c == quote).collect();
    let pair = marks.chunks_exact(2).find(|pair| view.at <= pair[1])?;
    Some(if around { pair[0]..pair[1] + 1 } else { pair[0] + 1..pair[1] })
}

fn bracketed(view: View<'_>, open: char, close: char, around: bool) -> Option<Range<usize>> {
    let c = |at: usize| view.atoms.get(at).map(|atom| atom.c);
    let mut depth = 0_usize;
    let from = (0..(view.at + 1).min(view.atoms.len())).rev().find(|at| match c(*at) {
        Some(c) if c == close && *at != view.at => {
            depth += 1;
            false
        }
        Some(c) if c == open => depth.checked_sub(1).map(|less| depth = less).is_none(),
        _ => false,
    })?;
    depth = 0;
    let to = (from + 1..view.atoms.len()).find(|at| match c(*at) {
        Some(c) if c == open => {
            depth += 1;
            false
        }
        Some(c) if c == close => depth.checked_sub(1).map(|less| depth = less).is_none(),
        _ => false,
    })?;
    Some(if around { from..to + 1 } else { from + 1..to })
}
