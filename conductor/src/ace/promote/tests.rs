//! What earns a stage and what loses it.

use super::*;
use crate::ace::testing::{book, bullet};

fn decided(stage: Stage, helpful: u32, harmful: u32, lift: Option<Lift>, pinned: bool) -> Verdict {
    let mut bullet = bullet(1, stage, "Advice");
    bullet.counts = Counts { helpful, harmful, neutral: 7 };
    bullet.pinned = pinned;
    decide(&bullet, &Gates::default(), lift)
}

#[test]
fn counts_move_a_bullet_by_one_stage_at_the_gates() {
    use Stage::{Archived, Prod, Proposed, Quarantine, Shadow, Staging};
    for (stage, helpful, harmful, to) in [
        (Shadow, 0, 0, None),
        (Shadow, 4, 0, None),
        (Shadow, 5, 0, Some(Staging)),
        (Shadow, 5, 2, None),
        (Shadow, 6, 2, Some(Staging)),
        (Shadow, 100, 0, Some(Staging)),
        (Staging, 7, 1, None),
        (Staging, 8, 1, Some(Prod)),
        (Staging, 8, 2, None),
        (Staging, 10, 2, Some(Prod)),
        (Prod, 100, 0, None),
        // With two observations nothing is decided; with three harmful must be below helpful.
        (Shadow, 0, 1, None),
        (Shadow, 1, 1, None),
        (Shadow, 1, 2, Some(Quarantine)),
        (Staging, 2, 2, Some(Quarantine)),
        (Prod, 9, 9, Some(Quarantine)),
        (Prod, 9, 8, None),
        (Proposed, 9, 0, None),
        (Quarantine, 9, 0, None),
        (Archived, 9, 0, None),
    ] {
        let verdict = decided(stage, helpful, harmful, None, false);
        assert_eq!(verdict.to, to, "{stage:?} {helpful} {harmful}: {}", verdict.why);
        let word = to.map_or(format!("it is in {}: ", stage.word()), |to| format!("it goes to {}: ", to.word()));
        assert!(verdict.why.starts_with(&word), "{}", verdict.why);
    }
}

#[test]
fn why_a_bullet_stands_where_it_stands_is_a_sentence() {
    for ((stage, helpful, harmful, pinned), why) in [
        (
            (Stage::Staging, 6, 1, false),
            "it is in staging: 6 helpful and 1 harmful; prod asks for 8 helpful and 5 times as many as harmful",
        ),
        (
            (Stage::Shadow, 1, 1, false),
            "it is in shadow: 1 helpful and 1 harmful; with fewer than 3 observations nothing is decided",
        ),
        (
            (Stage::Prod, 1, 3, true),
            "it is in prod: 1 helpful and 3 harmful, no fewer harmful than helpful; it is pinned, so it stays",
        ),
        ((Stage::Proposed, 0, 0, false), "it is in proposed: it waits for your yes"),
    ] {
        assert_eq!(decided(stage, helpful, harmful, None, pinned).why, why);
    }
}

#[test]
fn a_difference_beyond_chance_decides_and_one_within_it_does_not() {
    let lift = |shown_right, shown_wrong, absent_right, absent_wrong| {
        Some(Lift { shown_right, shown_wrong, absent_right, absent_wrong })
    };
    for (lift, helpful, harmful, to) in [
        (lift(90, 10, 60, 40), 0, 0, Some(Stage::Staging)),
        (lift(90, 10, 60, 40), 1, 3, Some(Stage::Staging)),
        (lift(60, 40, 90, 10), 9, 0, Some(Stage::Quarantine)),
        (lift(62, 38, 60, 40), 9, 0, Some(Stage::Staging)),
        (lift(62, 38, 60, 40), 1, 3, Some(Stage::Quarantine)),
        // Nineteen are too few, however they look.
        (lift(19, 0, 0, 19), 0, 0, None),
        (lift(20, 0, 0, 20), 0, 0, Some(Stage::Staging)),
    ] {
        let verdict = decided(Stage::Shadow, helpful, harmful, lift, false);
        assert_eq!(verdict.to, to, "{lift:?} {}", verdict.why);
    }
    let hurt = decided(Stage::Shadow, 9, 0, lift(60, 40, 90, 10), true);
    assert_eq!((hurt.to, hurt.why.ends_with("it is pinned, so it stays")), (None, true), "{}", hurt.why);
}

#[test]
fn the_interval_is_newcombes() {
    // Newcombe 1998, table II, row (a): 56/70 and 48/80, method 10: 0.0524 to 0.3339.
    let tally = Lift { shown_right: 56, shown_wrong: 14, absent_right: 48, absent_wrong: 32 }.tally(20).unwrap();
    assert!((tally.low - 0.0524).abs() < 1e-4 && (tally.high - 0.3339).abs() < 1e-4, "{tally:?}");
    assert_eq!(tally.to_string(), "answers with it are right 20 points more often (5 to 33), over 70 with and 80 without");
    assert_eq!(Lift::default().tally(0), None);
}

#[test]
fn a_pass_moves_each_by_one_stage_with_its_reason_and_none_is_no_delta() {
    let mut bullets = [bullet(1, Stage::Shadow, "a"), bullet(2, Stage::Staging, "b"), bullet(3, Stage::Prod, "c")];
    bullets[0].counts.helpful = 50;
    bullets[1].counts.harmful = 4;
    let applied = pass(&book(bullets), &Gates::default(), &Rules::default(), 9, &|_| None).unwrap();
    let stages: Vec<Stage> = applied.playbook.bullets.values().map(|bullet| bullet.stage).collect();
    assert_eq!(stages, [Stage::Staging, Stage::Quarantine, Stage::Prod]);
    assert_eq!(applied.delta.reasoning.lines().count(), 2);
    assert!(applied.delta.reasoning.starts_with("errors-00001: it goes to staging: 50 helpful and 0 harmful;"));
    let twice = pass(&applied.playbook, &Gates::default(), &Rules::default(), 9, &|_| None).unwrap();
    assert_eq!(twice.playbook.bullets[&BulletId(1)].stage, Stage::Prod);
    assert_eq!(pass(&twice.playbook, &Gates::default(), &Rules::default(), 9, &|_| None), None);
}

#[test]
fn gates_are_those_of_the_playbook_and_else_those_of_all() {
    let mut config = Config::default();
    let key = |name: &str| {
        let (base, family) = name.split_once('-').unwrap();
        PlaybookKey::new(base, family, None).unwrap()
    };
    assert_eq!(Gates::of(&config, &key("math-qwen")), Gates::default(), "the settings say what the rules do");
    config.ace.prod_helpful = 12;
    let row = PlaybookSettings {
        id: "math-qwen".to_owned(),
        off: false,
        trial: None,
        observations: Some(1),
        staging_helpful: None,
        staging_ratio: Some(1.2345),
        prod_helpful: None,
        prod_ratio: None,
        lift_answers: Some(50),
    };
    config.playbooks.push(row);
    let all = Gates { prod_helpful: 12, ..Gates::default() };
    let own = Gates { shadow_helpful_min: 1, staging_ratio: Milli(1235), lift_min: 50, ..all.clone() };
    for (name, gates) in [("math-qwen", own), ("math-llama", all.clone()), ("code-qwen", all)] {
        assert_eq!(Gates::of(&config, &key(name)), gates, "{name}");
    }
}
