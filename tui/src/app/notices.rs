//! What was said in this run: notices, and the short words of the status line, each with the time of day.
//!
//! What must stay true: the last of them are kept, and no more; nothing of a question or an answer is among them but what a notice
//! says.

use super::{App, Overlay};
use conductor::protocol::Level;
use std::collections::VecDeque;

/// So many are kept.
const KEPT: usize = 500;
const DAY_S: i64 = 86_400;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// When: milliseconds since 1970-01-01 UTC.
    at_ms: i64,
    /// How grave it is; `None` for a word of the status line.
    pub(crate) level: Option<Level>,
    /// What.
    pub(crate) what: String,
    /// What to do; may be empty.
    pub(crate) hint: String,
}

/// All that is kept, newest last.
#[derive(Debug, Default)]
pub(crate) struct Log {
    said: VecDeque<Said>,
    /// How many there were, those that are no longer kept included.
    count: u64,
    /// The time, as the loop last told it.
    now_ms: i64,
}

impl Log {
    pub(super) fn push(&mut self, level: Option<Level>, what: &str, hint: &str) {
        self.count += 1;
        if self.said.len() == KEPT {
            self.said.pop_front();
        }
        self.said.push_back(Said { at_ms: self.now_ms, level, what: what.to_owned(), hint: hint.to_owned() });
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Those after the first `count`, newest last, as far as they are kept.
    pub(crate) fn since(&self, count: u64) -> impl Iterator<Item = &Said> {
        let new = usize::try_from(self.count.saturating_sub(count)).unwrap_or(usize::MAX);
        self.said.iter().skip(self.said.len().saturating_sub(new))
    }

    /// All, newest last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Said> {
        self.said.iter()
    }
}

impl Said {
    /// The time of day, `offset_s` seconds east of Greenwich: `11:22:43`.
    pub(crate) fn clock(&self, offset_s: i32) -> String {
        let second = (self.at_ms.div_euclid(1000) + i64::from(offset_s)).rem_euclid(DAY_S);
        format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

impl App {
    /// Says what time it is: milliseconds since 1970-01-01 UTC. For what is shown with its time.
    pub fn set_time(&mut self, now_ms: i64) {
        self.log.now_ms = now_ms;
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Opens them at the end, or closes them.
    pub(super) fn open_notices(&mut self) {
        self.overlay = Some(Overlay::Notices(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_and_their_time_is_that_of_the_day() {
        let mut log = Log { now_ms: 1_700_000_000_000, ..Log::default() };
        for number in 0..KEPT + 3 {
            log.push(None, &number.to_string(), "");
        }
        let said: Vec<&Said> = log.iter().collect();
        assert_eq!((said.len(), said[0].what.as_str()), (KEPT, "3"));
        for (offset, want) in [(0, "22:13:20"), (3600, "23:13:20"), (7200, "00:13:20"), (-36_000, "12:13:20")] {
            assert_eq!(said[0].clock(offset), want, "{offset}");
        }
    }
}
