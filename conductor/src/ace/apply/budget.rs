//! How many tokens the bullets are that may be in a prompt, and which make room.
//!
//! What must stay true: pinned bullets never make room; who makes room depends on the playbook alone.

use super::Rules;
use crate::ace::prompt::{Form, Measure};
use crate::domain::{Bullet, BulletId, Playbook, Stage};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// About how many tokens the active bullets of `book` are in a prompt, headings included: line by line, so never less than the
/// estimate of the whole.
pub fn tokens(book: &Playbook, form: Form) -> usize {
    let active: Vec<&Bullet> = book.bullets.values().filter(|bullet| bullet.stage.is_active()).collect();
    let headings: HashSet<&str> = active.iter().map(|bullet| bullet.text.section.as_str()).collect();
    let mut measure = Measure::new(form);
    let lines: usize = active.into_iter().map(|bullet| measure.line(bullet)).sum();
    lines + headings.into_iter().map(|section| measure.heading(section)).sum::<usize>()
}

/// The order of use: the less useful first. By stage (`shadow` before `staging` before `prod`), in a stage by helpful to harmful
/// (`(helpful + 1) / (harmful + 1)`, so that nothing observed is as good as even), then the one that changed longest ago.
pub fn usefulness(a: &Bullet, b: &Bullet) -> Ordering {
    let rank = |bullet: &Bullet| match bullet.stage {
        Stage::Prod => 2,
        Stage::Staging => 1,
        Stage::Shadow | Stage::Proposed | Stage::Quarantine | Stage::Archived => 0,
    };
    // Crosswise instead of divided: exact.
    let share = |x: &Bullet, y: &Bullet| (u64::from(x.counts.helpful) + 1) * (u64::from(y.counts.harmful) + 1);
    rank(a)
        .cmp(&rank(b))
        .then_with(|| share(a, b).cmp(&share(b, a)))
        .then_with(|| a.updated_ms.cmp(&b.updated_ms))
        .then_with(|| a.id.cmp(&b.id))
}

/// Those that make room, the least useful first; those in `last` after all others.
pub(super) fn to_archive(book: &Playbook, rules: &Rules, last: &HashSet<BulletId>) -> Vec<BulletId> {
    let mut total = tokens(book, rules.form);
    if total <= rules.budget_tokens {
        return Vec::new();
    }
    let mut in_section: HashMap<&str, usize> = HashMap::new();
    let active: Vec<&Bullet> = book.bullets.values().filter(|bullet| bullet.stage.is_active()).collect();
    active.iter().for_each(|bullet| *in_section.entry(&bullet.text.section).or_default() += 1);
    let mut candidates: Vec<&Bullet> = active.into_iter().filter(|bullet| !bullet.pinned).collect();
    candidates.sort_by(|a, b| last.contains(&a.id).cmp(&last.contains(&b.id)).then_with(|| usefulness(a, b)));
    let (mut gone, mut measure) = (Vec::new(), Measure::new(rules.form));
    for bullet in candidates {
        if total <= rules.budget_tokens {
            break;
        }
        total -= measure.line(bullet);
        if let Some(left) = in_section.get_mut(bullet.text.section.as_str()) {
            *left -= 1;
            if *left == 0 {
                total -= measure.heading(&bullet.text.section);
            }
        }
        gone.push(bullet.id);
    }
    gone
}
