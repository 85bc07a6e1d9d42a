//! Keys of vi: what each does to the text, in normal and visual mode.
//!
//! What must stay true: pure: keys and the text in, what is to be done out; places are numbers of [`Atom`]s, so that nothing ends
//! inside of a character or of a folded paste.

mod motion;

use super::words::{Atom, Kind};
use crate::keymap::{Code, Key};
use motion::{Find, Motion};
use std::ops::Range;

/// The most of a count.
const MOST: usize = 9999;

/// The mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VimMode {
    /// Keys are typed.
    Insert,
    /// Keys do something.
    Normal,
    /// Something is marked.
    Visual,
    /// Lines are marked.
    VisualLine,
}

impl VimMode {
    /// What is shown of it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Insert => "",
            Self::Normal => "NORMAL",
            Self::Visual => "VISUAL",
            Self::VisualLine => "V-LINE",
        }
    }
}

/// What is to be done. Places count in the text as it is when their turn comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Op {
    Go(usize),
    /// To the first character of the line that is no blank.
    Head,
    Delete {
        range: Range<usize>,
        lines: bool,
    },
    /// Takes out what is not to be put back by `p`.
    Drop(Range<usize>),
    Keep {
        range: Range<usize>,
        lines: bool,
    },
    Text {
        at: usize,
        text: &'static str,
    },
    Replace {
        range: Range<usize>,
        with: char,
    },
    Case(Range<usize>),
    Put {
        before: bool,
        count: usize,
    },
    Join(usize),
    Row {
        down: bool,
        count: usize,
    },
    Undo(usize),
    Redo(usize),
    /// What follows is typed.
    Insert,
    /// The user wants a command.
    Commands,
}

/// What a key came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// It is none of ours.
    Pass,
    /// This is to be done.
    Do(Vec<Op>),
}

/// An operator that waits for a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Delete,
    Change,
    Yank,
}

/// What has been pressed of a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Begun {
    operator: Option<Operator>,
    /// Before the operator, and after it.
    counts: [usize; 2],
    /// A key that wants another: f F t T r g i a.
    wants: Option<char>,
}

/// The state of the keys.
#[derive(Debug, Clone)]
pub(super) struct Vim {
    pub(super) mode: VimMode,
    /// The other end of what is marked.
    pub(super) anchor: usize,
    /// Whether what was deleted last were lines.
    pub(super) lines: bool,
    begun: Begun,
    found: Option<Find>,
}

impl Default for Vim {
    fn default() -> Self {
        Self { mode: VimMode::Insert, anchor: 0, lines: false, begun: Begun::default(), found: None }
    }
}

/// The text and the cursor.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) atoms: &'a [Atom],
    pub(super) at: usize,
}

impl View<'_> {
    fn is(&self, at: usize, kind: Kind) -> bool {
        self.atoms.get(at).is_some_and(|atom| atom.kind == kind)
    }

    /// The first place of the line of `at`.
    pub(super) fn start(&self, at: usize) -> usize {
        self.atoms[..at.min(self.atoms.len())].iter().rposition(|atom| atom.kind == Kind::NewLine).map_or(0, |at| at + 1)
    }

    /// The place behind the line of `at`.
    pub(super) fn end(&self, at: usize) -> usize {
        let from = at.min(self.atoms.len());
        self.atoms[from..].iter().position(|atom| atom.kind == Kind::NewLine).map_or(self.atoms.len(), |more| from + more)
    }

    /// The place of the first character of the line that is no blank.
    pub(super) fn head(&self, at: usize) -> usize {
        let mut head = self.start(at);
        while self.is(head, Kind::Blank) {
            head += 1;
        }
        head
    }

    /// Where the cursor stands on a character.
    pub(super) fn on(&self, at: usize) -> usize {
        let at = at.min(self.atoms.len());
        if at == self.end(at) && at > self.start(at) { at - 1 } else { at }
    }

    /// The lines from that of `from` to that of `to`, without what ends the last.
    fn lines(&self, from: usize, to: usize) -> Range<usize> {
        self.start(from)..self.end(to)
    }
}

impl Vim {
    /// What is marked, both ends in it.
    pub(super) fn marked(&self, view: View<'_>) -> Option<Range<usize>> {
        let (from, to) = (self.anchor.min(view.at), self.anchor.max(view.at));
        match self.mode {
            VimMode::Visual => Some(from..(to + 1).min(view.atoms.len())),
            VimMode::VisualLine => Some(view.lines(from, to)),
            _ => None,
        }
    }

    /// Takes in a key.
    pub(super) fn key(&mut self, key: Key, view: View<'_>) -> Step {
        if self.mode == VimMode::Insert {
            return self.key_in_insert(key, view);
        }
        match key {
            Key { code: Code::Esc, .. } => {
                let begun = std::mem::take(&mut self.begun) != Begun::default();
                if self.mode == VimMode::Normal && !begun {
                    return Step::Pass;
                }
                self.mode = VimMode::Normal;
                Step::Do(Vec::new())
            }
            Key { code: Code::Char('r'), ctrl: true, alt: false, .. } => Step::Do(vec![Op::Redo(self.count())]),
            Key { code: Code::Char(c), ctrl: false, alt: false, .. } => self.character(c, view),
            Key { code: Code::Backspace, ctrl: false, alt: false, .. } => self.character('h', view),
            Key { code: Code::Delete, ctrl: false, alt: false, .. } => self.character('x', view),
            _ => {
                self.begun = Begun::default();
                Step::Pass
            }
        }
    }

    fn key_in_insert(&mut self, key: Key, view: View<'_>) -> Step {
        if key.code != Code::Esc || key.ctrl || key.alt {
            return Step::Pass;
        }
        self.mode = VimMode::Normal;
        let back = if view.at > view.start(view.at) { view.at - 1 } else { view.at };
        Step::Do(vec![Op::Go(back)])
    }

    /// The count of the command, which ends with it.
    fn count(&mut self) -> usize {
        let [before, after] = std::mem::take(&mut self.begun).counts;
        (before.max(1) * after.max(1)).min(MOST)
    }

    /// Whether a number was pressed.
    fn counted(&self) -> bool {
        self.begun.counts != [0, 0]
    }

    fn character(&mut self, c: char, view: View<'_>) -> Step {
        if let Some(first) = self.begun.wants.take() {
            return Step::Do(self.pair(first, c, view));
        }
        let digit = c.to_digit(10).map(|digit| digit as usize);
        let at = usize::from(self.begun.operator.is_some());
        if let Some(digit) = digit.filter(|digit| *digit > 0 || self.begun.counts[at] > 0) {
            self.begun.counts[at] = (self.begun.counts[at] * 10 + digit).min(MOST);
            return Step::Do(Vec::new());
        }
        let object = self.begun.operator.is_some() || self.mode != VimMode::Normal;
        if matches!(c, 'f' | 'F' | 't' | 'T' | 'g' | 'r') || object && matches!(c, 'i' | 'a') {
            self.begun.wants = Some(c);
            return Step::Do(Vec::new());
        }
        if let Some(motion) = Motion::of(c, self.found) {
            return Step::Do(self.moved(motion, view));
        }
        if self.mode != VimMode::Normal {
            return Step::Do(self.marked_command(c, view));
        }
        if self.begun.operator.is_some() {
            return Step::Do(self.doubled(c, view));
        }
        self.command(c, view)
    }

    /// A key that another was waiting for.
    fn pair(&mut self, first: char, c: char, view: View<'_>) -> Vec<Op> {
        match first {
            'r' => {
                let marked = self.marked(view);
                let count = self.count();
                self.mode = VimMode::Normal;
                let range = marked.unwrap_or(view.at..view.at + count);
                // Fewer characters than were counted: nothing is replaced.
                if range.end > view.atoms.len() || range.end > view.end(view.at) && range.start == view.at {
                    return Vec::new();
                }
                vec![Op::Replace { range: range.clone(), with: c }, Op::Go(range.end.saturating_sub(1).max(range.start))]
            }
            'g' if c == 'g' => self.moved(Motion::Line { last: false }, view),
            'g' => {
                self.begun = Begun::default();
                Vec::new()
            }
            'i' | 'a' => match motion::object(view, c, first == 'a') {
                Some(range) if self.mode != VimMode::Normal => {
                    self.begun = Begun::default();
                    self.anchor = range.start;
                    vec![Op::Go(range.end.saturating_sub(1))]
                }
                Some(range) => self.operate(range, false, view),
                None => {
                    self.begun = Begun::default();
                    Vec::new()
                }
            },
            _ => {
                let find = Find { c, forth: first.is_lowercase(), till: first.eq_ignore_ascii_case(&'t') };
                self.found = Some(find);
                self.moved(Motion::Find { find, again: false }, view)
            }
        }
    }

    /// A motion: the cursor goes, or what lies between is what an operator is for.
    fn moved(&mut self, motion: Motion, view: View<'_>) -> Vec<Op> {
        let (operator, counted) = (self.begun.operator, self.counted());
        if operator.is_none() {
            let count = self.count();
            if let (Motion::Row { down }, VimMode::Normal) = (motion, self.mode) {
                return vec![Op::Row { down, count }];
            }
            let to = motion::target(motion, view, count, counted);
            return to.map(|to| Op::Go(if self.mode == VimMode::Normal { view.on(to) } else { to })).into_iter().collect();
        }
        let [before, after] = self.begun.counts;
        let count = (before.max(1) * after.max(1)).min(MOST);
        match motion::range(motion, view, count, counted, operator == Some(Operator::Change)) {
            Some((range, lines)) => self.operate(range, lines, view),
            None => {
                self.begun = Begun::default();
                Vec::new()
            }
        }
    }

    /// Does what the operator is for to `range`; of lines without what ends the last.
    fn operate(&mut self, range: Range<usize>, lines: bool, view: View<'_>) -> Vec<Op> {
        let Some(operator) = std::mem::take(&mut self.begun).operator else { return Vec::new() };
        self.mode = VimMode::Normal;
        match operator {
            Operator::Yank => {
                vec![Op::Keep { range: range.clone(), lines }, Op::Go(if lines { view.at.min(range.end) } else { range.start })]
            }
            Operator::Change => {
                self.mode = VimMode::Insert;
                vec![Op::Delete { range, lines }, Op::Insert]
            }
            Operator::Delete if lines => {
                let mut ops = vec![Op::Keep { range: range.clone(), lines }];
                // With what ends them; of the last, what ends the one before.
                let whole = if range.end < view.atoms.len() {
                    range.start..range.end + 1
                } else {
                    range.start.saturating_sub(1)..range.end
                };
                ops.extend([Op::Drop(whole), Op::Head]);
                ops
            }
            Operator::Delete => vec![Op::Delete { range, lines }],
        }
    }

    /// `dd`, `cc`, `yy`; anything else ends the operator.
    fn doubled(&mut self, c: char, view: View<'_>) -> Vec<Op> {
        let same = matches!(
            (self.begun.operator, c),
            (Some(Operator::Delete), 'd') | (Some(Operator::Change), 'c') | (Some(Operator::Yank), 'y')
        );
        if !same {
            self.begun = Begun::default();
            return Vec::new();
        }
        let [before, after] = self.begun.counts;
        let mut to = view.at;
        for _ in 1..(before.max(1) * after.max(1)).min(MOST) {
            to = (view.end(to) + 1).min(view.atoms.len());
        }
        self.operate(view.lines(view.at, to), true, view)
    }

    /// A command on what is marked.
    fn marked_command(&mut self, c: char, view: View<'_>) -> Vec<Op> {
        self.begun = Begun::default();
        let Some(range) = self.marked(view) else { return Vec::new() };
        let lines = self.mode == VimMode::VisualLine || matches!(c, 'X' | 'D' | 'Y' | 'S' | 'C');
        let range = if lines { view.lines(range.start, range.end.saturating_sub(1).max(range.start)) } else { range };
        let operator = match c {
            'd' | 'x' | 'X' | 'D' => Operator::Delete,
            'c' | 's' | 'S' | 'C' => Operator::Change,
            'y' | 'Y' => Operator::Yank,
            'v' | 'V' => {
                let mode = if c == 'v' { VimMode::Visual } else { VimMode::VisualLine };
                self.mode = if self.mode == mode { VimMode::Normal } else { mode };
                return Vec::new();
            }
            'o' => {
                let to = std::mem::replace(&mut self.anchor, view.at);
                return vec![Op::Go(to)];
            }
            '~' => {
                self.mode = VimMode::Normal;
                return vec![Op::Case(range.clone()), Op::Go(range.start)];
            }
            'J' => {
                self.mode = VimMode::Normal;
                let ends = view.atoms[range.clone()].iter().filter(|atom| atom.kind == Kind::NewLine).count();
                return vec![Op::Go(range.start), Op::Join(ends.max(1))];
            }
            _ => return Vec::new(),
        };
        self.begun.operator = Some(operator);
        let start = range.start;
        let mut ops = self.operate(range, lines, view);
        if operator == Operator::Yank {
            ops.push(Op::Go(start));
        }
        ops
    }

    fn insert(&mut self, mut ops: Vec<Op>) -> Vec<Op> {
        self.mode = VimMode::Insert;
        ops.push(Op::Insert);
        ops
    }

    /// A command of normal mode.
    fn command(&mut self, c: char, view: View<'_>) -> Step {
        let operator = match c {
            'd' => Some(Operator::Delete),
            'c' => Some(Operator::Change),
            'y' => Some(Operator::Yank),
            _ => None,
        };
        if operator.is_some() {
            self.begun.operator = operator;
            return Step::Do(Vec::new());
        }
        let count = self.count();
        let (at, start, end) = (view.at, view.start(view.at), view.end(view.at));
        let behind = if at < end { at + 1 } else { at };
        let delete = |range: Range<usize>| Op::Delete { range, lines: false };
        Step::Do(match c {
            'i' => self.insert(vec![]),
            'a' => self.insert(vec![Op::Go(behind)]),
            'I' => self.insert(vec![Op::Go(view.head(at))]),
            'A' => self.insert(vec![Op::Go(end)]),
            'o' => self.insert(vec![Op::Text { at: end, text: "\n" }]),
            'O' => self.insert(vec![Op::Text { at: start, text: "\n" }, Op::Go(start)]),
            's' => self.insert(vec![delete(at..(at + count).min(end))]),
            'S' => self.insert(vec![Op::Delete { range: start..end, lines: true }]),
            'C' => self.insert(vec![delete(at..end)]),
            'D' => vec![delete(at..end)],
            'x' => vec![delete(at..(at + count).min(end))],
            'X' => vec![delete(at.saturating_sub(count).max(start)..at)],
            'Y' => vec![Op::Keep { range: start..end, lines: true }],
            'p' => vec![Op::Put { before: false, count }],
            'P' => vec![Op::Put { before: true, count }],
            'u' => vec![Op::Undo(count)],
            'J' => vec![Op::Join(count.saturating_sub(1).max(1))],
            '~' => vec![Op::Case(at..(at + count).min(end)), Op::Go((at + count).min(end))],
            'v' | 'V' => {
                self.anchor = at;
                self.mode = if c == 'v' { VimMode::Visual } else { VimMode::VisualLine };
                vec![]
            }
            '/' | ':' => {
                // Where a draft stands they are listed, and nothing is typed.
                if view.atoms.is_empty() {
                    self.mode = VimMode::Insert;
                }
                vec![Op::Commands]
            }
            // Help, where nothing is typed.
            '?' if view.atoms.is_empty() => return Step::Pass,
            _ => vec![],
        })
    }
}
