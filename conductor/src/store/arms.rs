//! What rated answers say of bullets on trial: those that were drawn for a prompt, and those that were held back.
//!
//! What must stay true: a word of the user counts as one answer; a mere sign (asked anew, changed) as half of one, and only against.

use super::error::Trouble;
use super::rows::Json;
use crate::ace::promote::Lift;
use crate::domain::{BulletId, Decision, PlaybookKey, Rating, Shown};
use rusqlite::Connection;
use std::collections::HashMap;

/// Answers in halves: with the bullet right and wrong, without it right and wrong.
type Halves = [u32; 4];

/// See [`super::Store::arms`].
pub(super) fn of(conn: &Connection, key: &PlaybookKey) -> Result<HashMap<BulletId, Lift>, Trouble> {
    let sql = "SELECT m.decision, f.rating FROM feedback f JOIN messages m ON m.id = f.message_id WHERE m.decision IS NOT NULL AND m.imported = 0";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut halves: HashMap<BulletId, Halves> = HashMap::new();
    while let Some(row) = rows.next()? {
        // What an older Segno wrote in another form says nothing.
        let (Ok(Json(decision)), Ok(Json(rating))) = (row.get::<_, Json<Decision>>(0), row.get::<_, Json<Rating>>(1)) else {
            continue;
        };
        if let Some(shown) = decision.shown.iter().flat_map(Shown::each).find(|shown| shown.playbook == *key) {
            count(shown, &rating, &mut halves);
        }
    }
    let lift = |[right, wrong, absent_right, absent_wrong]: Halves| Lift {
        shown_right: right / 2,
        shown_wrong: wrong / 2,
        absent_right: absent_right / 2,
        absent_wrong: absent_wrong / 2,
    };
    Ok(halves.into_iter().map(|(id, halves)| (id, lift(halves))).collect())
}

fn count(shown: &Shown, rating: &Rating, halves: &mut HashMap<BulletId, Halves>) {
    let weight = if rating.is_weak() { 1 } else { 2 };
    let wrong = usize::from(!rating.is_good());
    let drawn = shown.trial.iter().map(|id| (id, wrong));
    let held_back = shown.held_back.iter().map(|id| (id, 2 + wrong));
    for (id, at) in drawn.chain(held_back) {
        halves.entry(*id).or_default()[at] += weight;
    }
}
