//! Why a bullet stands where it stands, from what is stored of it.
//!
//! What must stay true: pure; it says what the rules of [`promote`](crate::ace::promote) say, and nothing beside.

use crate::ace::promote::{Gates, Lift, decide};
use crate::domain::{BulletId, BulletWhy, Cause, Delta, PlaybookKey};
use crate::store::Trace;

/// The explanation of a bullet of the playbook `key`, whose bullets have to show what `gates` says; `lift` is what was measured of it.
pub(super) fn why(key: PlaybookKey, trace: Trace, gates: &Gates, lift: Option<Lift>) -> BulletWhy {
    let Trace { bullet, chat, deltas } = trace;
    let stands = decide(&bullet, gates, lift).why;
    let deltas = deltas.into_iter().map(|delta| about(delta, bullet.id)).collect();
    BulletWhy { key, bullet, stands, chat, deltas }
}

/// What of `delta` is about this bullet alone.
pub(super) fn about(mut delta: Delta, id: BulletId) -> Delta {
    delta.steps.retain(|step| step.bullet() == Some(id));
    delta.rejects.clear();
    // A pass gives its reasons for each bullet, one a line, with the name before it.
    if delta.cause == Cause::Promotion {
        let mine = |line: &&str| line.split_once(": ").is_some_and(|(name, _)| BulletId::parse(name) == Some(id));
        let reasons = delta.reasoning.lines().filter(mine).filter_map(|line| Some(line.split_once(": ")?.1));
        delta.reasoning = reasons.collect::<Vec<_>>().join("\n");
    }
    delta
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bullet, Counts, DeltaSeq, Provenance, Reject, RejectReason, Stage, Step, Text};

    fn bullet(stage: Stage, helpful: u32, harmful: u32) -> Bullet {
        Bullet {
            id: BulletId(7),
            text: Text { section: "Errors".to_owned(), content: "check signs".to_owned() },
            counts: Counts { helpful, harmful, neutral: 0 },
            stage,
            pinned: false,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    fn delta(cause: Cause, reasoning: &str) -> Delta {
        let steps = [BulletId(7), BulletId(77)].map(|id| Step::Move { id, from: Stage::Shadow, to: Stage::Staging });
        let rejects = vec![Reject { at: 0, reason: RejectReason::NotShown }];
        Delta { seq: DeltaSeq(1), at_ms: 0, cause, reasoning: reasoning.to_owned(), steps: steps.to_vec(), rejects }
    }

    #[test]
    fn it_is_said_what_a_bullet_has_and_what_the_next_stage_asks_for() {
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        for (stage, helpful, harmful, want) in [
            (
                Stage::Staging,
                6,
                1,
                "it is in staging: 6 helpful and 1 harmful; prod asks for 8 helpful and 5 times as many as harmful",
            ),
            (Stage::Shadow, 1, 0, "it is in shadow: 1 helpful and 0 harmful; with fewer than 3 observations nothing is decided"),
            (Stage::Proposed, 0, 0, "it is in proposed: it waits for your yes"),
        ] {
            let trace = Trace { bullet: bullet(stage, helpful, harmful), chat: None, deltas: Vec::new() };
            assert_eq!(why(key.clone(), trace, &Gates::default(), None).stands, want);
        }
    }

    #[test]
    fn of_each_delta_only_what_is_about_the_bullet_is_told() {
        let reasons = "errors-00007: it goes to staging: 5 helpful\nsums-00077: it goes to staging: 9 helpful";
        for (cause, reasoning, want) in [
            (Cause::Promotion, reasons, "it goes to staging: 5 helpful"),
            (Cause::User, reasons, reasons),
            (Cause::Promotion, "nothing of it", ""),
        ] {
            let told = about(delta(cause, reasoning), BulletId(7));
            assert_eq!(told.reasoning, want);
            assert_eq!((told.steps.len(), told.steps[0].bullet(), told.rejects.len()), (1, Some(BulletId(7)), 0));
        }
    }
}
