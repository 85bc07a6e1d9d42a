//! From stage to stage: what earned it, what lost it.
//!
//! What must stay true: one stage at a time; nothing moves on too little; pinned bullets are never quarantined; why a bullet stands
//! where it stands can be said in a sentence.

mod lift;

pub use lift::{Lift, Tally};

use super::apply::{Applied, Draft, Rules};
use crate::config::{Config, PlaybookSettings};
use crate::domain::{Bullet, BulletId, Cause, Counts, Milli, Playbook, PlaybookKey, Stage};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What a bullet has to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// Helpful and harmful observations together: with fewer it is neither promoted nor quarantined.
    pub shadow_helpful_min: u32,
    /// From `shadow` to `staging`: so many helpful.
    pub staging_helpful: u32,
    /// From `shadow` to `staging`: so many times as many helpful as harmful.
    pub staging_ratio: Milli,
    /// From `staging` to `prod`: so many helpful.
    pub prod_helpful: u32,
    /// From `staging` to `prod`: so many times as many helpful as harmful.
    pub prod_ratio: Milli,
    /// The answers in each arm from which on the difference between them is looked at.
    pub lift_min: u32,
}

impl Gates {
    /// What holds for the playbook `key`: what its row of `[[playbooks]]` says, else what `[ace]` does. Where the name of two
    /// playbooks is the same, the row is for both.
    pub fn of(config: &Config, key: &PlaybookKey) -> Self {
        let (all, row) = (&config.ace, config.playbook(key));
        let of_row = |count: fn(&PlaybookSettings) -> Option<u32>, else_all: u32| row.and_then(count).unwrap_or(else_all);
        let ratio_of =
            |ratio: fn(&PlaybookSettings) -> Option<f64>, else_all: f64| milli(row.and_then(ratio).unwrap_or(else_all));
        Self {
            shadow_helpful_min: of_row(|row| row.observations, all.observations),
            staging_helpful: of_row(|row| row.staging_helpful, all.staging_helpful),
            staging_ratio: ratio_of(|row| row.staging_ratio, all.staging_ratio),
            prod_helpful: of_row(|row| row.prod_helpful, all.prod_helpful),
            prod_ratio: ratio_of(|row| row.prod_ratio, all.prod_ratio),
            lift_min: of_row(|row| row.lift_answers, all.lift_answers),
        }
    }
}

/// A ratio of the settings, which is from 0 to 1000.
fn milli(ratio: f64) -> Milli {
    Milli((ratio * 1000.0).round() as i32)
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            shadow_helpful_min: 3,
            staging_helpful: 5,
            staging_ratio: Milli(3000),
            prod_helpful: 8,
            prod_ratio: Milli(5000),
            lift_min: 20,
        }
    }
}

/// What becomes of a bullet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The stage that it goes to; `None` where it stays.
    pub to: Option<Stage>,
    /// Why, in a sentence: `it is in staging: 6 helpful and 1 harmful; prod asks for 8 helpful and 5 times as many as harmful`.
    pub why: String,
}

/// Helpful by harmful, with none harmful as one.
pub fn ratio(counts: Counts) -> f64 {
    f64::from(counts.helpful) / f64::from(counts.harmful.max(1))
}

/// Where `bullet` is to go, and why.
///
/// Where both arms of `lift` have enough answers and their difference is beyond chance, it decides: up for the better, quarantine
/// for the worse. Else the counts do: up by the gate of the next stage, quarantine where harmful is not below helpful.
pub fn decide(bullet: &Bullet, gates: &Gates, lift: Option<Lift>) -> Verdict {
    let seen = counted(bullet.counts);
    let here = format!("it is in {}", bullet.stage.word());
    let stays = |why: String| Verdict { to: None, why: format!("{here}: {why}") };
    match bullet.stage {
        Stage::Proposed => return stays("it waits for your yes".to_owned()),
        Stage::Quarantine => return stays(format!("it did harm or was refused ({seen}); you can bring it back")),
        Stage::Archived => return stays(format!("it made room for more useful ones ({seen}); you can bring it back")),
        Stage::Shadow | Stage::Staging | Stage::Prod => {}
    }
    let tally = lift.and_then(|lift| lift.tally(gates.lift_min));
    if tally.is_some_and(Tally::hurts) || loses(bullet.counts, gates) && !tally.is_some_and(Tally::helps) {
        let reason = match tally.filter(|tally| tally.hurts()) {
            Some(tally) => tally.to_string(),
            None => format!("{seen}, no fewer harmful than helpful"),
        };
        if bullet.pinned {
            return stays(format!("{reason}; it is pinned, so it stays"));
        }
        return Verdict { to: Some(Stage::Quarantine), why: format!("it goes to quarantine: {reason}") };
    }
    let (next, helpful, least) = match bullet.stage {
        Stage::Shadow => (Stage::Staging, gates.staging_helpful, gates.staging_ratio),
        Stage::Staging => (Stage::Prod, gates.prod_helpful, gates.prod_ratio),
        _ => return stays(format!("{seen}; there is no stage above")),
    };
    if let Some(tally) = tally.filter(|tally| tally.helps()) {
        return Verdict { to: Some(next), why: format!("it goes to {}: {tally}", next.word()) };
    }
    let observed = bullet.counts.helpful.saturating_add(bullet.counts.harmful);
    if observed < gates.shadow_helpful_min {
        return stays(format!("{seen}; with fewer than {} observations nothing is decided", gates.shadow_helpful_min));
    }
    let asks = format!("{} asks for {helpful} helpful and {} times as many as harmful", next.word(), times(least));
    if bullet.counts.helpful >= helpful && ratio(bullet.counts) * 1000.0 >= f64::from(least.0) {
        return Verdict { to: Some(next), why: format!("it goes to {}: {seen}; {asks}", next.word()) };
    }
    stays(format!("{seen}; {asks}"))
}

fn counted(counts: Counts) -> String {
    format!("{} helpful and {} harmful", counts.helpful, counts.harmful)
}

/// `5`, `2.5`.
fn times(ratio: Milli) -> f64 {
    f64::from(ratio.0) / 1000.0
}

fn loses(counts: Counts, gates: &Gates) -> bool {
    let observed = counts.helpful.saturating_add(counts.harmful);
    observed >= gates.shadow_helpful_min.max(1) && counts.harmful >= counts.helpful
}

/// Moves every bullet of `book` that has earned or lost it by one stage. `lift` is what was measured of a bullet. `None` where none
/// moves. The reasons stand in the reasoning of the delta, one a line.
pub fn pass(
    book: &Playbook,
    gates: &Gates,
    rules: &Rules,
    now_ms: i64,
    lift: &dyn Fn(BulletId) -> Option<Lift>,
) -> Option<Applied> {
    let mut draft = Draft::new(book, now_ms);
    let mut reasons = Vec::new();
    for bullet in book.bullets.values() {
        let verdict = decide(bullet, gates, lift(bullet.id));
        if let Some(to) = verdict.to {
            draft.move_to(bullet.id, to);
            reasons.push(format!("{}: {}", bullet.name(), verdict.why));
        }
    }
    let moved = !draft.is_empty();
    moved.then(|| draft.finish(Cause::Promotion, reasons.join("\n"), Vec::new(), rules, &HashSet::new()))
}

#[cfg(test)]
mod tests;
