//! When to look again for a server that is down: 1 s after, then 2, 4, ... 30 s, and no more after ten minutes in which the
//! user did nothing. With the server up there is no timer at all.

use std::time::Duration;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) struct Watch {
    last_activity: Instant,
    pause: Duration,
    next: Option<Instant>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self { last_activity: Instant::now(), pause: FIRST, next: None }
    }

    /// The user did something: patience begins anew.
    pub(super) fn activity(&mut self) {
        self.last_activity = Instant::now();
    }

    /// When the user last did something.
    pub(super) fn last_activity(&self) -> Instant {
        self.last_activity
    }

    /// Nobody did anything for so long that nobody is thought to be there.
    pub(super) fn is_idle(&self) -> bool {
        Instant::now().duration_since(self.last_activity) >= PATIENCE
    }

    /// The user asked to look: pauses begin anew.
    pub(super) fn restart(&mut self) {
        self.activity();
        self.pause = FIRST;
    }

    /// The server was found.
    pub(super) fn found(&mut self) {
        self.next = None;
        self.pause = FIRST;
    }

    /// The server was not found. Returns whether there will be another look.
    pub(super) fn missed(&mut self) -> bool {
        let now = Instant::now();
        if now.duration_since(self.last_activity) >= PATIENCE {
            self.next = None;
            return false;
        }
        self.next = Some(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST);
        true
    }

    /// Whether there will be another look.
    pub(super) fn is_on(&self) -> bool {
        self.next.is_some()
    }

    /// When to look next. Taken: the look is the caller's now.
    pub(super) fn take_due(&mut self) {
        self.next = None;
    }

    /// Completes when it is time to look; never, if it is not to be looked.
    pub(super) async fn wait(&self) {
        match self.next {
            Some(next) => tokio::time::sleep_until(next).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn backs_off_to_thirty_seconds_and_ends_after_ten_minutes() {
        let begin = Instant::now();
        let mut watch = Watch::new();
        let mut looks = Vec::new();
        while watch.missed() {
            watch.wait().await;
            watch.take_due();
            looks.push(begin.elapsed().as_secs());
        }
        assert_eq!(looks[..7], [1, 3, 7, 15, 31, 61, 91]);
        let last = looks.last().copied().unwrap_or_default();
        assert!((570..=630).contains(&last), "the last look was after {last} s");
    }

    #[tokio::test(start_paused = true)]
    async fn begins_anew_when_asked() {
        let mut watch = Watch::new();
        while watch.missed() {
            watch.wait().await;
        }
        watch.restart();
        assert!(watch.missed());
        let before = Instant::now();
        watch.wait().await;
        assert_eq!(before.elapsed(), FIRST);
    }
}
