//! How good a choice a model is: points added up, each with a name.
//!
//! What must stay true: pure; each number is explained where it stands; a measurement moves a score by how often it was taken.

use super::{Snapshot, Task};
use crate::domain::{
    ClassRecord, LatencyClass, Location, Measured, Milli, ModelCapability, ModelProfile, Point, TaskClass, Tier,
};
use crate::routing::profile::is_default;
use std::borrow::Cow;

/// A model that is nothing special for a class.
const NEUTRAL: f32 = 0.5;
/// One that is made for it, and one that is bad at it. Measured on public suites, models of one size differ by far more than
/// models of neighbouring sizes do: what a model is made for comes first.
const STRONG: f32 = 0.25;
const WEAK: f32 = -0.2;
/// What the user's own word in `[defaults]` is worth: more than strengths and speeds together.
const CONFIGURED: f32 = 0.6;
/// The same where a hard prompt asks for the deepest: then the size counts more.
const CONFIGURED_DEEP: f32 = 0.1;
/// A model for `deep` that is another than the general one was chosen for such prompts.
const DEEPEST: f32 = 0.6;
/// A model of the configuration, for another slot: well thought of.
const KNOWN: f32 = 0.02;
/// For a swap takes seconds: of two that are nearly equal, the one in memory, and the one that answered last.
const WARM: f32 = 0.08;
const ANSWERED_LAST: f32 = 0.05;
/// What ratings and evaluations can move a score by, at most, each way.
const MEASURED: f32 = 0.9;
/// What failures of late take from a score at the most, and first tokens that were late: a model that is a little worse and answers
/// is better.
const FAILED: f32 = 0.3;
const LATE: f32 = 0.1;
/// So many times are half believed.
const TIMED: f32 = 5.0;
/// So many ratings, and so many tasks of an evaluation, are half believed.
const RATINGS: f32 = 4.0;
const TASKS: f32 = 20.0;

/// The points of a model for a task.
pub(super) fn points(snapshot: Snapshot<'_>, task: &Task<'_>, profile: &ModelProfile) -> Vec<Point> {
    let mut points = Points(Vec::with_capacity(6));
    points.table(task.class, profile);
    points.configured(snapshot, task, profile);
    points.size(task.tier, profile);
    points.speed(task.class, profile);
    points.measured(profile.measured.of(task.class));
    let failed = snapshot.fitness(&profile.backend, &profile.model).map_or(0, |fitness| fitness.failed_percent);
    points.add(-FAILED * f32::from(failed) / 100.0, "failed of late");
    points.late(&profile.measured);
    points.add(if profile.resident { WARM } else { 0.0 }, "in memory");
    points.add(if snapshot.last == Some(&profile.model) { ANSWERED_LAST } else { 0.0 }, "answered last");
    points.0
}

/// In the order of [`TaskClass::ALL`], which is the enum's.
const STRONG_AT: [&str; 8] = [
    "strong at quick",
    "strong at deep",
    "strong at code",
    "strong at math",
    "strong at creative",
    "strong at tools",
    "strong at embedding",
    "strong at general",
];
const WEAK_AT: [&str; 8] = [
    "weak at quick",
    "weak at deep",
    "weak at code",
    "weak at math",
    "weak at creative",
    "weak at tools",
    "weak at embedding",
    "weak at general",
];
/// In the order of [`crate::domain::Slot::ALL`], which is the enum's.
const YOURS: [&str; 6] = [
    "your model for general",
    "your model for code",
    "your model for math",
    "your model for quick",
    "your model for deep",
    "your model for creative",
];

fn of_class(class: TaskClass, words: [&'static str; 8]) -> &'static str {
    words[class as usize]
}

/// Whether a point only saves a swap.
pub(super) fn is_about_swaps(point: &Point) -> bool {
    matches!(&*point.what, "in memory" | "answered last")
}

struct Points(Vec<Point>);

impl Points {
    fn add(&mut self, points: f32, what: &'static str) {
        let points = Milli::of(points);
        if points.0 != 0 {
            self.0.push(Point { what: Cow::Borrowed(what), points });
        }
    }

    fn table(&mut self, class: TaskClass, profile: &ModelProfile) {
        self.add(NEUTRAL, "can write");
        if class == TaskClass::ToolUse {
            let can = profile.capabilities.contains(&ModelCapability::ToolUse);
            return self.add(if can { STRONG } else { WEAK }, if can { "calls tools" } else { "calls no tools" });
        }
        if profile.strengths.contains(&class) {
            self.add(STRONG, of_class(class, STRONG_AT));
        } else if profile.weaknesses.contains(&class) {
            self.add(WEAK, of_class(class, WEAK_AT));
        }
    }

    fn configured(&mut self, snapshot: Snapshot<'_>, task: &Task<'_>, profile: &ModelProfile) {
        let defaults = &snapshot.config.defaults;
        let slot = task.class.slot();
        let deep = task.tier == Tier::Deep;
        let chosen_for_depth = defaults.deep != defaults.general && profile.model == defaults.deep;
        if deep && chosen_for_depth && !profile.weaknesses.contains(&task.class) {
            self.add(DEEPEST, "your model for hard questions");
        } else if profile.model == *defaults.get(slot) {
            self.add(if deep { CONFIGURED_DEEP } else { CONFIGURED }, YOURS[slot as usize]);
        } else if is_default(snapshot.config, &profile.model) {
            self.add(KNOWN, "in [defaults]");
        }
    }

    /// Larger is better where the prompt is hard, and slower where it is not.
    fn size(&mut self, tier: Tier, profile: &ModelProfile) {
        // Of a service's model the size is not known: it is large.
        let external = matches!(profile.location, Location::External(_));
        let billions = profile.billions.map_or(if external { 200.0 } else { 7.0 }, Milli::get);
        // From 1 billion (0) to 64 billion (1): each doubling is worth the same.
        let size = (billions.max(0.5).log2() / 6.0).clamp(0.0, 1.0);
        match tier {
            Tier::Small if billions > 10.0 => self.add(-0.15, "large for an easy question"),
            Tier::Small => self.add(0.03 * size, "size"),
            Tier::Medium if (10.0..45.0).contains(&billions) => self.add(0.2, "of the middle"),
            Tier::Medium => self.add(0.12 * size, "size"),
            Tier::Deep => self.add(size, "size, for a hard question"),
        }
    }

    fn speed(&mut self, class: TaskClass, profile: &ModelProfile) {
        let worth = if class == TaskClass::QuickResponse { 1.0 } else { 0.25 };
        let points = match profile.latency {
            LatencyClass::Instant => 0.12,
            LatencyClass::Fast => 0.08,
            LatencyClass::Standard => 0.0,
            LatencyClass::Deliberate => -0.12,
        };
        self.add(points * worth, "speed");
    }

    /// How often it was over its budget of time.
    fn late(&mut self, measured: &Measured) {
        let (timed, late) = (measured.timed as f32, measured.late as f32);
        let share = if measured.timed > 0 { late / timed * (timed / (timed + TIMED)) } else { 0.0 };
        self.add(-LATE * share, "over its budget of time");
    }

    fn measured(&mut self, record: ClassRecord) {
        let trust = |count: u32, half: f32| count as f32 / (count as f32 + half);
        let share = |part: u32, all: u32| part as f32 / all.max(1) as f32;
        let rated = record.good + record.bad;
        let rating = (share(record.good, rated) - 0.5) * 2.0 * trust(rated, RATINGS) * MEASURED;
        self.add(if rated > 0 { rating } else { 0.0 }, "your ratings");
        let solved = (share(record.solved, record.evaluated) - 0.5) * 2.0 * trust(record.evaluated, TASKS) * MEASURED;
        self.add(if record.evaluated > 0 { solved } else { 0.0 }, "evaluated here");
    }
}
