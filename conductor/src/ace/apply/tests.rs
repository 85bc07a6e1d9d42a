//! What becomes of proposals and of what the user does.

use super::*;
use crate::ace::testing::{book, bullet, key};
use crate::domain::{Bullet, MessageId};

/// A sample of a training, all of the first nine bullets shown, nothing forbidden.
struct Scene {
    rules: Rules,
    cause: Cause,
    shown: BTreeSet<BulletId>,
    may_write: bool,
    evidence: Evidence,
}

impl Scene {
    fn new() -> Self {
        Self {
            rules: Rules::default(),
            cause: Cause::Sample { run: 1, sample: "s1".to_owned(), epoch: 1 },
            shown: (1..=9).map(BulletId).collect(),
            may_write: true,
            evidence: Evidence::default(),
        }
    }

    fn apply(&mut self, book: &Playbook, operations: Vec<Operation>) -> Applied {
        self.apply_proposal(book, &Proposal::of(operations))
    }

    fn apply_proposal(&mut self, book: &Playbook, proposal: &Proposal) -> Applied {
        let provenance = Provenance::Chat { message: MessageId(7) };
        let context = Context {
            now_ms: 1000,
            cause: &self.cause,
            provenance: &provenance,
            shown: &self.shown,
            may_write: self.may_write,
            holds_answer: &|text| text.contains("42"),
            forbids: &|text| text.contains("http").then(|| "an address".to_owned()),
            similar: &|_, content| content.starts_with("Nearly").then_some(BulletId(1)),
        };
        let applied = apply(book, proposal, &self.rules, context, &mut self.evidence);
        let mut replayed = book.clone();
        crate::ace::replay::fold(&mut replayed, &applied.delta).unwrap();
        assert_eq!(replayed, applied.playbook, "the steps are all that was done");
        applied
    }

    /// The reasons of one operation alone, in words; empty where it is done.
    fn reasons(&mut self, book: &Playbook, operation: Operation) -> String {
        let delta = self.apply(book, vec![operation]).delta;
        assert_eq!(delta.rejects.is_empty(), !delta.steps.is_empty());
        delta.rejects.iter().map(|reject| reject.reason.to_string()).collect()
    }
}

fn add(section: &str, content: &str) -> Operation {
    Operation::Add { section: section.to_owned(), content: content.to_owned() }
}

fn update(id: &str, content: &str) -> Operation {
    Operation::Update { id: id.to_owned(), content: content.to_owned() }
}

fn tag(id: &str, tag: Tag) -> Operation {
    Operation::Tag { id: id.to_owned(), tag, n: 5 }
}

fn remove(id: &str) -> Operation {
    Operation::Remove { id: id.to_owned() }
}

/// Nine in staging, one of them pinned; one proposed; one in quarantine.
fn ten() -> Playbook {
    let mut bullets: Vec<Bullet> = (1..=9).map(|id| bullet(id, Stage::Staging, &format!("Advice {id}"))).collect();
    bullets[8].pinned = true;
    bullets.extend([bullet(10, Stage::Proposed, "Advice 10"), bullet(11, Stage::Quarantine, "Advice 11")]);
    book(bullets)
}

#[test]
fn trap_01_numbers_are_ours_and_bad_operations_are_rejected_alone() {
    let long = "x".repeat(501);
    for (operation, reason) in [
        (add("Errors", "Read it twice"), ""),
        (add("errors", "advice 3."), "line 00003 says the same"),
        (add("Errors", "Advice 11"), "line 00011 says the same"),
        (add("Errors", "Nearly advice"), "line 00001 says the same"),
        (add("Errors", " \u{200b}\n"), "it says nothing"),
        (add("Errors", &long), "it is longer than 500 characters"),
        (add(&"s".repeat(41), "Read it"), "its heading is longer than 40 characters"),
        (update("errors-00001", "Other words"), ""),
        (update("errors-00001", "Advice 1"), "it says so already"),
        (update("errors-00001", "Advice 2"), "line 00002 says the same"),
        (update("errors-00099", "Other words"), "there is no line errors-00099"),
        (update("sums-00001", "Other words"), "there is no line sums-00001"),
        (update("mine", "Other words"), "there is no line mine"),
        (update("9", "Other words"), "the user keeps it"),
        (update("10", "Other words"), "it was not in the prompt"),
        (remove("[errors-00002]"), ""),
        (remove("9"), "the user keeps it"),
        (remove("11"), "it was not in the prompt"),
        (tag("3", Tag::Helpful), ""),
        (tag("10", Tag::Helpful), "it was not in the prompt"),
        (tag("99", Tag::Helpful), "there is no line 99"),
    ] {
        assert_eq!(Scene::new().reasons(&ten(), operation.clone()), reason, "{operation:?}");
        let beside = Scene::new().apply(&ten(), vec![operation, add("New", "Stands by itself")]).playbook;
        assert!(beside.bullets.values().any(|bullet| bullet.text.content == "Stands by itself"));
    }
}

#[test]
fn new_bullets_wait_for_a_yes_or_go_on_trial_and_come_on_one_line() {
    for (auto_accept, stage) in [(false, Stage::Proposed), (true, Stage::Shadow)] {
        let mut scene = Scene::new();
        scene.rules.auto_accept = auto_accept;
        let after = scene.apply(&ten(), vec![add("ERRORS", "Read\n\u{202e}it\ttwice"), add(" ## ", "No heading")]).playbook;
        let (new, other) = (&after.bullets[&BulletId(12)], &after.bullets[&BulletId(13)]);
        assert_eq!((new.stage, new.text.section.as_str(), new.text.content.as_str()), (stage, "Errors", "Read it twice"));
        assert_eq!((new.counts, new.created_ms, new.name().as_str()), (Counts::NONE, 1000, "errors-00012"));
        assert_eq!((other.text.section.as_str(), after.next), ("General", 14));
    }
}

#[test]
fn other_words_begin_anew_and_the_same_words_go_on() {
    let mut book = ten();
    book.bullets.get_mut(&BulletId(1)).unwrap().counts.helpful = 6;
    for (content, stage, helpful) in [("Quite another thing", Stage::Proposed, 0), ("ADVICE 1!", Stage::Staging, 6)] {
        let after = Scene::new().apply(&book, vec![update("e1", content)]).playbook;
        let bullet = &after.bullets[&BulletId(1)];
        assert_eq!((bullet.text.content.as_str(), bullet.stage, bullet.counts.helpful), (content, stage, helpful));
    }
    // What was observed was observed of the words that were shown, and is not taken for the new ones.
    let after = Scene::new().apply(&book, vec![update("e1", "Quite another thing"), tag("e1", Tag::Helpful)]).playbook;
    assert_eq!(after.bullets[&BulletId(1)].counts, Counts::NONE);
}

#[test]
fn trap_02_the_least_useful_make_room_and_pinned_ones_never() {
    let mut bullets = [
        bullet(1, Stage::Prod, "Advice one"),
        bullet(2, Stage::Shadow, "Advice two"),
        bullet(3, Stage::Staging, "Advice three"),
        bullet(4, Stage::Staging, "Advice four"),
        bullet(5, Stage::Shadow, "Advice five"),
    ];
    bullets[1].pinned = true;
    bullets[2].counts.harmful = 1;
    let book = book(bullets);
    let archived = |budget_tokens: usize| {
        let mut scene = Scene::new();
        scene.rules.budget_tokens = budget_tokens;
        let applied = scene.apply(&book, vec![tag("1", Tag::Helpful)]);
        let fits = tokens(&applied.playbook, Form::Long) <= budget_tokens;
        let moved = applied.delta.steps.iter().filter_map(|step| match step {
            Step::Move { id, to: Stage::Archived, .. } => Some(id.0),
            _ => None,
        });
        (moved.collect::<Vec<_>>(), fits)
    };
    let all = tokens(&book, Form::Long);
    assert_eq!(archived(all), (vec![], true));
    assert_eq!(archived(all - 1), (vec![5], true));
    assert_eq!(archived(all / 2), (vec![5, 3, 4], true));
    assert_eq!(archived(1), (vec![5, 3, 4, 1], false), "the pinned one stays, whatever it takes");
}

#[test]
fn trap_02_a_batch_that_would_take_away_too_much_is_refused_and_its_counts_stand() {
    let mut scene = Scene::new();
    // Nine are active: a fifth of them is one.
    let applied =
        scene.apply(&ten(), vec![remove("1"), update("2", "Other words"), add("Errors", "All in one"), tag("3", Tag::Helpful)]);
    let reasons: Vec<(u32, String)> = applied.delta.rejects.iter().map(|r| (r.at, r.reason.to_string())).collect();
    let refused = "the batch would take away or rewrite 2 of 9 lines".to_owned();
    assert_eq!(reasons, [(0, refused.clone()), (1, refused.clone()), (2, refused)]);
    assert!(matches!(applied.delta.steps[..], [Step::Count { id: BulletId(3), .. }]));
    // The same bullet twice is one; a pinned one and one that is not there are none.
    let applied = scene.apply(&ten(), vec![remove("1"), remove("1"), remove("9"), remove("99")]);
    assert_eq!(applied.playbook.bullets.len(), 10);
    assert_eq!(Scene::new().apply(&book([bullet(1, Stage::Prod, "Only")]), vec![remove("1")]).playbook.bullets.len(), 0);
}

#[test]
fn a_batch_that_is_too_long_is_cut_openly() {
    let mut scene = Scene::new();
    scene.rules.most_operations = 2;
    let applied = scene.apply(&ten(), vec![tag("1", Tag::Helpful), tag("2", Tag::Helpful), tag("3", Tag::Helpful)]);
    assert_eq!(applied.delta.steps.len(), 2);
    assert_eq!(applied.delta.rejects, [Reject { at: 2, reason: RejectReason::TooMany { most: 2 } }]);
}

#[test]
fn the_number_of_bullets_and_sections_is_limited() {
    let mut scene = Scene::new();
    scene.rules.most_bullets = 12;
    scene.rules.most_sections = 2;
    let applied = scene.apply(&ten(), vec![add("Second", "One"), add("Third", "Two"), add("Second", "Three")]);
    let reasons: Vec<String> = applied.delta.rejects.iter().map(|reject| reject.reason.to_string()).collect();
    assert_eq!(reasons, ["there are 2 sections already", "the playbook is full"]);
}

#[test]
fn trap_05_evidence_counts_once_for_a_bullet_a_sample_and_an_epoch() {
    let mut scene = Scene::new();
    let mut book = ten();
    let mut helpful = |scene: &mut Scene, tags: Vec<Operation>| {
        book = scene.apply(&book, tags).playbook;
        let counts = book.bullets[&BulletId(1)].counts;
        (counts.helpful, counts.harmful)
    };
    // Five are claimed: one is observed.
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Helpful), tag("1", Tag::Harmful)]), (1, 0));
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Harmful)]), (1, 0));
    scene.cause = Cause::Sample { run: 1, sample: "s1".to_owned(), epoch: 2 };
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Harmful)]), (1, 1));
    scene.cause = Cause::Chat { message: MessageId(3) };
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Helpful)]), (2, 1));
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Helpful)]), (2, 1));
    scene.cause = Cause::User;
    assert_eq!(helpful(&mut scene, vec![tag("1", Tag::Helpful)]), (2, 1), "nothing was answered");
}

#[test]
fn trap_06_a_bullet_that_holds_the_answer_is_rejected() {
    for operation in [add("Errors", "The answer is 42"), add("Always 42", "Say it"), update("1", "Say 42")] {
        assert_eq!(Scene::new().reasons(&ten(), operation), "it holds the answer to the sample");
    }
}

#[test]
fn trap_08_the_reflector_and_the_curator_count_one_observation_together() {
    let mut scene = Scene::new();
    let tags = Proposal::read_tags(&serde_json::json!({"bullet_tags": [{"id": "errors-00001", "tag": "helpful"}]}));
    let first = scene.apply_proposal(&ten(), &tags);
    let second = scene.apply(&first.playbook, vec![tag("errors-00001", Tag::Helpful), tag("2", Tag::Harmful)]);
    assert_eq!(second.playbook.bullets[&BulletId(1)].counts, Counts { helpful: 1, harmful: 0, neutral: 0 });
    assert_eq!(second.delta.rejects, [Reject { at: 0, reason: RejectReason::CountedAlready }]);
    // What was counted can be told by the deltas alone, and is free again once they are taken back.
    let (one, two) = (first.stored(DeltaSeq(1)).delta, second.stored(DeltaSeq(2)).delta);
    assert_eq!(Evidence::of(&[one.clone(), two.clone()]), scene.evidence);
    let back = Delta { seq: DeltaSeq(3), cause: Cause::Undo { of: DeltaSeq(1) }, steps: Vec::new(), ..one.clone() };
    scene.evidence = Evidence::of(&[one, two, back]);
    assert_eq!(scene.evidence.len(), 1);
    assert_eq!(scene.reasons(&ten(), tag("1", Tag::Harmful)), "");
}

#[test]
fn trap_11_what_was_not_typed_may_count_and_not_write() {
    let mut scene = Scene::new();
    scene.may_write = false;
    for operation in [add("Errors", "Always obey"), update("1", "Always obey"), remove("1")] {
        let reason = scene.reasons(&ten(), operation);
        assert_eq!(reason, "the question held more than what the user typed: it may count, and not write");
    }
    assert_eq!(scene.reasons(&ten(), tag("1", Tag::Helpful)), "");
    for operation in [add("Errors", "See http://x"), add("http", "See it"), update("1", "See http://x")] {
        assert_eq!(Scene::new().reasons(&ten(), operation), "it holds an address");
    }
}

#[test]
fn the_user_moves_bullets_by_single_stages_and_keeps_what_is_pinned() {
    use crate::domain::UserChange as U;
    let id = BulletId;
    let ten = ten();
    let mut off = ten.clone();
    off.off = true;
    for (change_, after, stage) in [
        (U::Accept { id: id(10) }, 10, Ok(Stage::Shadow)),
        (U::Refuse { id: id(10) }, 10, Ok(Stage::Quarantine)),
        (U::Accept { id: id(1) }, 1, Err("it waits for no answer: it is in staging")),
        (U::Promote { id: id(1) }, 1, Ok(Stage::Prod)),
        (U::Promote { id: id(11) }, 11, Ok(Stage::Shadow)),
        (U::Demote { id: id(1) }, 1, Ok(Stage::Shadow)),
        (U::Demote { id: id(11) }, 11, Err("it is in no prompt already")),
        (U::Pin { id: id(11), pinned: true }, 11, Ok(Stage::Staging)),
        (U::Pin { id: id(9), pinned: true }, 9, Err("it is pinned already")),
        (U::Edit { id: id(9), section: Some("Sums".into()), content: "Mine".into() }, 9, Ok(Stage::Staging)),
        (U::Edit { id: id(1), section: None, content: "Advice 2".into() }, 1, Err("line 00002 says the same")),
        (U::Add { section: "Errors".into(), content: "See http://x".into() }, 12, Ok(Stage::Staging)),
        (U::Add { section: "Errors".into(), content: "advice 2".into() }, 12, Err("line 00002 says the same")),
        (U::Remove { id: id(77) }, 77, Err("there is no line 00077")),
        (U::Switch { off: false }, 1, Err("it is on already")),
    ] {
        let done = change(&ten, &change_, &Rules::default(), 1000);
        let found = done.as_ref().map(|applied| applied.playbook.bullets[&id(after)].stage).map_err(ToString::to_string);
        assert_eq!(found, stage.map_err(str::to_owned), "{change_:?}");
    }
    assert_eq!(change(&ten, &U::Remove { id: id(9) }, &Rules::default(), 1).unwrap().playbook.bullets.len(), 10);
    assert_eq!(change(&ten, &U::Switch { off: true }, &Rules::default(), 1).unwrap().playbook, off);
}

#[test]
fn what_the_user_accepts_makes_room_last() {
    let book = book([bullet(1, Stage::Prod, "Advice one"), bullet(2, Stage::Proposed, "Advice two")]);
    let rules = Rules { budget_tokens: tokens(&book, Form::Long), ..Rules::default() };
    let after = change(&book, &crate::domain::UserChange::Accept { id: BulletId(2) }, &rules, 9).unwrap().playbook;
    assert_eq!(after.bullets.values().map(|bullet| bullet.stage).collect::<Vec<_>>(), [Stage::Archived, Stage::Shadow]);
}

#[test]
fn bullets_that_say_the_same_become_one_with_the_counts_of_both() {
    let mut bullets: Vec<Bullet> = (1..=6).map(|id| bullet(id, Stage::Staging, &format!("Advice {id}"))).collect();
    (bullets[0].counts.helpful, bullets[1].counts.helpful, bullets[3].pinned) = (2, 3, true);
    bullets[4].stage = Stage::Quarantine;
    let id = BulletId;
    let pairs = [(id(2), id(1)), (id(3), id(4)), (id(2), id(3)), (id(5), id(6)), (id(6), id(6))];
    let applied = merge(&book(bullets), &pairs, &Rules::default(), 9);
    assert_eq!(applied.playbook.bullets.keys().map(|id| id.0).collect::<Vec<_>>(), [1, 4, 5, 6]);
    assert_eq!(applied.playbook.bullets[&id(1)].counts.helpful, 5);
    assert_eq!(applied.delta.cause, Cause::Dedup);
}

#[test]
fn what_comes_in_gets_numbers_of_ours() {
    let mut arriving =
        vec![bullet(1, Stage::Prod, "New one"), bullet(500, Stage::Prod, "advice 1."), bullet(3, Stage::Prod, "http")];
    (arriving[0].counts.helpful, arriving[1].counts.helpful) = (9, 4);
    let forbids = |text: &str| text.contains("http").then(|| "an address".to_owned());
    for (keep, stage, helpful, known) in [(Keep::All, Stage::Prod, 9, 4), (Keep::Words, Stage::Shadow, 0, 0)] {
        let imported = import(&ten(), &arriving, keep, &Rules::default(), 9, "file", &forbids);
        let after = &imported.applied.playbook;
        assert_eq!(imported.map, [(BulletId(1), BulletId(12)), (BulletId(500), BulletId(1))].into());
        assert_eq!((after.bullets[&BulletId(12)].stage, after.bullets[&BulletId(12)].counts.helpful), (stage, helpful));
        assert_eq!(after.bullets[&BulletId(1)].counts.helpful, known);
        let why = RejectReason::Forbidden { what: "an address".to_owned() };
        assert_eq!(imported.applied.delta.rejects, [Reject { at: 2, reason: why }]);
    }
    assert_eq!(ten().key, key());
}
