//! When to draw. A quiet screen draws at once; a burst is held together, so that ten tokens in one interval make one frame.
//! What somebody waits for (the echo of a key, the first token of an answer) is not held, unless it is itself a burst.
//!
//! What must stay true: pure, with the time passed in; nothing changed means no timer.

use std::time::{Duration, Instant};

/// The least time between two frames: one of a 60 Hz screen.
pub const INTERVAL: Duration = Duration::from_millis(16);

/// So many frames may be drawn out of turn; one more for each interval that passes. Fast typing stays well below it, text
/// that is poured in as keys does not.
const OUT_OF_TURN: u32 = 4;

/// What to do about the screen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing changed.
    Idle,
    /// Draw.
    Now,
    /// Draw then, together with what comes until then.
    At(Instant),
}

/// Knows whether something changed and when the last frame was.
#[derive(Debug, Default)]
pub struct Frames {
    dirty: bool,
    urgent: bool,
    last: Option<Instant>,
    /// Frames drawn out of turn that no interval has made up for yet.
    debt: u32,
}

impl Frames {
    /// Something changed.
    pub fn mark(&mut self) {
        self.dirty = true;
    }

    /// Something changed that somebody waits for.
    pub fn mark_urgent(&mut self) {
        self.dirty = true;
        self.urgent = true;
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        let since = self.last.map_or(INTERVAL, |last| now.saturating_duration_since(last));
        let intervals = u32::try_from(since.as_micros() / INTERVAL.as_micros()).unwrap_or(u32::MAX);
        self.debt = if intervals == 0 { self.debt + 1 } else { self.debt.saturating_sub(intervals) };
        self.dirty = false;
        self.urgent = false;
        self.last = Some(now);
    }

    /// What to do now.
    pub fn due(&self, now: Instant) -> Due {
        if !self.dirty {
            return Due::Idle;
        }
        match self.last.map(|last| last + INTERVAL) {
            Some(next) if next > now && !(self.urgent && self.debt < OUT_OF_TURN) => Due::At(next),
            _ => Due::Now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes at these milliseconds; returns when frames are drawn, by a loop that sleeps exactly as told.
    fn frames(changes: &[u64]) -> Vec<u64> {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let (mut frames, mut drawn) = (Frames::default(), Vec::new());
        for (i, &change) in changes.iter().enumerate() {
            frames.mark();
            let next = changes.get(i + 1).map_or(u64::MAX, |&n| n);
            let when = match frames.due(at(change)) {
                Due::Idle => continue,
                Due::Now => change,
                Due::At(then) => (then - start).as_millis() as u64,
            };
            if when < next {
                frames.drawn(at(when));
                drawn.push(when);
            }
        }
        drawn
    }

    #[test]
    fn quiet_at_once_bursts_together() {
        for (changes, want) in [
            (vec![], vec![]),
            (vec![0], vec![0]),
            (vec![0, 100, 200], vec![0, 100, 200]),
            // ten tokens in one interval make one frame
            (vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], vec![0, 16]),
            (vec![0, 10, 20, 30, 40], vec![0, 16, 32, 48]),
        ] {
            assert_eq!(frames(&changes), want, "{changes:?}");
        }
    }

    #[test]
    fn what_is_waited_for_is_not_held_unless_it_is_a_burst_itself() {
        let mut frames = Frames::default();
        let start = Instant::now();
        let mut at_once = 0;
        for i in 0..10 {
            let now = start + Duration::from_micros(i * 100);
            frames.mark_urgent();
            if frames.due(now) == Due::Now {
                frames.drawn(now);
                at_once += 1;
            }
        }
        assert_eq!(at_once, 1 + OUT_OF_TURN, "the first, and those out of turn");
        let mut now = start;
        for _ in 0..20 {
            now += INTERVAL * 2;
            frames.mark();
            assert_eq!(frames.due(now), Due::Now);
            frames.drawn(now);
        }
        frames.mark_urgent();
        assert_eq!(frames.due(now), Due::Now, "time makes up for it");
    }

    #[test]
    fn nothing_changed_no_timer() {
        let mut frames = Frames::default();
        let now = Instant::now();
        assert_eq!(frames.due(now), Due::Idle);
        frames.mark();
        assert_eq!(frames.due(now), Due::Now);
        frames.drawn(now);
        assert_eq!(frames.due(now), Due::Idle);
        frames.mark();
        assert_eq!(frames.due(now), Due::At(now + INTERVAL));
        assert_eq!(frames.due(now + INTERVAL), Due::Now);
    }
}
