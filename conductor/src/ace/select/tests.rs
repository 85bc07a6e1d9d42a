//! What goes into a prompt, and in which order.

use super::*;
use crate::ace::testing::{book, bullet};
use crate::domain::estimate_tokens;
use proptest::prelude::*;

const NEVER: Trial = Trial { share: Milli(0), seed: 1 };
const ALWAYS: Trial = Trial { share: Milli(1000), seed: 1 };

fn ids(list: &[BulletId]) -> Vec<u32> {
    list.iter().map(|id| id.0).collect()
}

fn chosen(book: &Playbook, query: &str, budget: usize, trial: Trial) -> Selection {
    select(book, &Index::new(book), query, budget, &Policy::default(), trial, None)
}

fn mixed() -> Playbook {
    let mut bullets = [
        bullet(1, Stage::Shadow, "Prefer integers for money"),
        bullet(2, Stage::Staging, "Convert miles to kilometres before adding distances"),
        bullet(3, Stage::Prod, "Check the units"),
        bullet(4, Stage::Staging, "Factor polynomials before dividing"),
        bullet(5, Stage::Proposed, "Convert distances"),
        bullet(6, Stage::Quarantine, "Convert distances badly"),
        bullet(7, Stage::Shadow, "The user likes this"),
        bullet(8, Stage::Archived, "Convert old distances"),
    ];
    bullets[6].pinned = true;
    book(bullets)
}

#[test]
fn trap_12_the_core_is_the_same_for_every_question_and_the_tail_fits_it() {
    let book = mixed();
    for (query, tail) in [
        ("How far is it, with all distances in kilometres?", vec![2, 4]),
        ("Divide the polynomial by x", vec![4, 2]),
        ("", vec![4, 2]),
    ] {
        let selection = chosen(&book, query, 2000, NEVER);
        assert_eq!(ids(&selection.core), [3, 7], "{query}");
        assert_eq!(ids(&selection.tail), tail, "{query}");
        assert_eq!((ids(&selection.trial), ids(&selection.held_back)), (vec![], vec![1]));
        assert!(selection.left_out.is_empty());
    }
    let of = |query: &str, trial: Trial| chosen(&book, query, 2000, trial).as_prompt(&book, Form::Long);
    let (one, two) = (of("distances", NEVER), of("polynomials", ALWAYS));
    let core = one.find("(helpful=0, harmful=0, neutral=0)\n## Errors\n").unwrap();
    assert_eq!(one[..core], two[..core], "prompts begin alike");
}

#[test]
fn bullets_on_trial_are_in_a_share_of_the_prompts_and_marked() {
    let book = mixed();
    let selection = chosen(&book, "distances", 2000, ALWAYS);
    assert_eq!((ids(&selection.trial), ids(&selection.held_back)), (vec![1], vec![]));
    assert_eq!(selection.shown(), [1, 2, 3, 4, 7].map(BulletId).into());
    let drawn = |id: u32| (0..10_000).filter(|seed| Trial { share: Milli(200), seed: *seed }.draws(BulletId(id))).count();
    for id in [1, 2, 3, 500] {
        assert!((1_800..2_200).contains(&drawn(id)), "{id}: {}", drawn(id));
    }
    // Fixed for good: stored prompts are judged by it.
    let seeds = (0..40).filter(|seed| Trial { share: Milli(200), seed: *seed }.draws(BulletId(1))).collect::<Vec<_>>();
    assert_eq!(seeds, [7, 14, 16, 19, 20, 25, 33, 38]);
    let both = (0..10_000).filter(|seed| [1, 2].iter().all(|id| Trial { share: Milli(200), seed: *seed }.draws(BulletId(*id))));
    assert!((300..500).contains(&both.count()), "each is drawn by itself");
}

#[test]
fn a_playbook_that_is_off_or_has_no_room_gives_nothing() {
    let mut off = mixed();
    off.off = true;
    assert_eq!(chosen(&off, "x", 2000, ALWAYS), Selection::default());
    assert_eq!(chosen(&mixed(), "x", 10, ALWAYS), Selection::default());
    let tight = chosen(&mixed(), "x", frame_tokens() + 1, ALWAYS);
    assert!(tight.is_empty() && tight.tokens == 0 && tight.as_prompt(&mixed(), Form::Long).is_empty());
    assert_eq!(ids(&tight.left_out), [1, 2, 3, 4, 7]);
}

#[test]
fn the_core_leaves_room_for_those_that_wait_and_what_it_leaves_out_may_fit_the_question() {
    let mut bullets: Vec<Bullet> =
        (1..=40).map(|id| bullet(id, Stage::Prod, &format!("Proven advice about subject{id}"))).collect();
    bullets.push(bullet(41, Stage::Staging, "Newer advice about trains"));
    bullets.push(bullet(42, Stage::Shadow, "Advice on trial"));
    let book = book(bullets);
    let selection = chosen(&book, "what about subject1 and trains", frame_tokens() + 400, ALWAYS);
    assert!(selection.core.len() > 10 && !selection.core.contains(&BulletId(1)), "{selection:?}");
    assert_eq!(ids(&selection.tail)[..2].iter().copied().collect::<BTreeSet<_>>(), [1, 41].into());
    assert_eq!(ids(&selection.trial), [42]);
    assert!(!selection.left_out.is_empty());
}

#[test]
fn embeddings_add_to_what_the_words_say() {
    let book = mixed();
    let sense = |bullet: &Bullet| (bullet.id.0 == 4).then_some(0.9).or(Some(f32::NAN));
    let selection = select(&book, &Index::new(&book), "quotients", 2000, &Policy::default(), NEVER, Some(&sense));
    assert_eq!(ids(&selection.tail), [4, 2]);
    let sense = |bullet: &Bullet| (bullet.id.0 == 2).then_some(0.9);
    let selection = select(&book, &Index::new(&book), "quotients", 2000, &Policy::default(), NEVER, Some(&sense));
    assert_eq!(ids(&selection.tail), [2, 4]);
}

#[test]
fn an_index_knows_of_which_playbook_it_is_and_an_older_one_does_no_harm() {
    let mut book = mixed();
    let index = Index::new(&book);
    assert!(index.fits(&book));
    book.last.0 += 1;
    book.bullets.insert(BulletId(9), bullet(9, Stage::Staging, "Distances again"));
    book.bullets.remove(&BulletId(2));
    assert!(!index.fits(&book));
    let selection = select(&book, &index, "distances", 2000, &Policy::default(), NEVER, None);
    assert_eq!(ids(&selection.tail).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The block is within the budget, everything active is in one place, and the core does not depend on question and draw.
    #[test]
    fn all_fits_the_budget_and_nothing_is_lost(
        stages in prop::collection::vec((0_usize..6, any::<bool>(), 0_usize..12), 0..40),
        budget in 0_usize..1500,
        seed in any::<u64>(),
        short in any::<bool>(),
    ) {
        let bullets = (1..).zip(&stages).map(|(id, (stage, pinned, words))| {
            let mut bullet = bullet(id, Stage::ALL[*stage], &format!("Number {id}{}", " späte Wörter".repeat(*words)));
            bullet.pinned = *pinned;
            bullet.text.section = format!("S{}", words % 3);
            bullet
        });
        let book = book(bullets);
        let policy = Policy { form: if short { Form::Short } else { Form::Long }, ..Policy::default() };
        let index = Index::new(&book);
        let of = |query: &str, seed| select(&book, &index, query, budget, &policy, Trial { share: Milli(500), seed }, None);
        let selection = of("number 3 wörter", seed);
        let block = selection.as_prompt(&book, policy.form);
        prop_assert!(selection.tokens <= budget);
        prop_assert!(estimate_tokens(&block) <= selection.tokens, "{} > {}", estimate_tokens(&block), selection.tokens);
        prop_assert_eq!(&selection.core, &of("other", seed.wrapping_add(1)).core);
        prop_assert_eq!(&selection, &of("number 3 wörter", seed));
        if budget > frame_tokens() {
            let lists = [&selection.core, &selection.tail, &selection.trial, &selection.left_out, &selection.held_back];
            let mut all: Vec<BulletId> = lists.into_iter().flatten().copied().collect();
            all.sort();
            let active: Vec<BulletId> = book.bullets.values().filter(|bullet| bullet.stage.is_active()).map(|bullet| bullet.id).collect();
            prop_assert_eq!(all, active);
        }
    }
}

#[test]
fn two_playbooks_share_a_budget_and_one_takes_what_the_other_leaves() {
    let frame = frame_tokens();
    for (budget, narrower, wider, shares) in [
        // Both are larger than half of it.
        (800, 2000, 2000, (400, 400 + frame)),
        // The narrower is small, and the wider.
        (800, frame + 20, 2000, (frame + 20, 780)),
        (800, 2000, frame + 20, (780, frame + 20)),
        // Both fit.
        (800, frame + 20, frame + 30, (frame + 20, 780)),
        // One of them has nothing.
        (800, 0, 2000, (0, 800)),
        (800, 2000, 0, (800, frame)),
        // There is hardly room, or none.
        (frame, 2000, 2000, (frame / 2, frame - frame / 2)),
        (0, 2000, 2000, (0, 0)),
    ] {
        assert_eq!(shared(budget, narrower, wider), shares, "{budget} {narrower} {wider}");
    }
}

proptest! {
    #[test]
    fn two_playbooks_in_one_block_fit_the_budget(budget in 0_usize..1200, counts in (0_u32..40, 0_u32..40), seed: u64) {
        let stages = [Stage::Prod, Stage::Staging, Stage::Shadow];
        let make = |count: u32| {
            let bullet_at = |n| bullet(n, stages[n as usize % 3], &format!("Advice number {n}, with {} more words", "some ".repeat(n as usize % 9)));
            book((1..=count).map(bullet_at))
        };
        let books = [(make(counts.0), Form::Short), (make(counts.1), Form::Wider)];
        let whole = |at: usize| whole_tokens(&books[at].0, &Index::new(&books[at].0), books[at].1);
        let (narrower, wider) = shared(budget, whole(0), whole(1));
        let parts = books.each_ref().map(|(book, form)| (book, *form));
        let selections: Vec<Selection> = parts.iter().zip([narrower, wider]).map(|((book, form), budget)| {
            let policy = Policy { form: *form, ..Policy::default() };
            select(book, &Index::new(book), "", budget, &policy, Trial { share: Milli(500), seed }, None)
        }).collect();
        let block = together(&[(&selections[0], parts[0].0, parts[0].1), (&selections[1], parts[1].0, parts[1].1)]);
        prop_assert!(estimate_tokens(&block) <= budget, "{} of {budget}: {block}", estimate_tokens(&block));
    }
}
