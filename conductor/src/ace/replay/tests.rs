//! Whatever happens to a playbook: its deltas make it again, and the last can be taken back.

use super::*;
use crate::ace::apply::{Applied, Context, Rules, apply, change, merge, tokens};
use crate::ace::evidence::Evidence;
use crate::ace::promote::{Gates, pass};
use crate::ace::proposal::{Operation, Proposal, Tag};
use crate::ace::testing::key;
use crate::domain::{Cause, MessageId, Provenance, UserChange};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Small, so that bullets have to make room.
const BUDGET: usize = 120;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happening {
    Proposal {
        message: i64,
        operations: Vec<Operation>,
        auto_accept: bool,
    },
    User(UserChange),
    Promotion,
    Merge(u32, u32),
    /// Takes back the delta at this place, modulo how many there are.
    Undo(usize),
}

/// A playbook with its deltas.
struct World {
    book: Playbook,
    deltas: Vec<Delta>,
    evidence: Evidence,
    /// All numbers that were given to new bullets.
    given: BTreeSet<BulletId>,
}

impl World {
    fn new() -> Self {
        Self { book: Playbook::new(key()), deltas: Vec::new(), evidence: Evidence::default(), given: BTreeSet::new() }
    }

    fn rules(auto_accept: bool) -> Rules {
        Rules { budget_tokens: BUDGET, auto_accept, removable_percent: 60, most_per_tag: 3, ..Rules::default() }
    }

    fn now(&self) -> i64 {
        self.deltas.len() as i64
    }

    fn happen(&mut self, happening: &Happening) {
        let (rules, now) = (Self::rules(false), self.now());
        let applied = match happening {
            Happening::Proposal { message, operations, auto_accept } => {
                let cause = Cause::Chat { message: MessageId(*message) };
                let shown = self.book.bullets.keys().copied().collect();
                let context = Context {
                    now_ms: now,
                    cause: &cause,
                    provenance: &Provenance::User,
                    shown: &shown,
                    may_write: true,
                    holds_answer: &|_| false,
                    forbids: &|_| None,
                    similar: &|_, _| None,
                };
                let proposal = Proposal::of(operations.clone());
                Some(apply(&self.book, &proposal, &Self::rules(*auto_accept), context, &mut self.evidence))
            }
            Happening::User(user) => change(&self.book, user, &rules, now).ok(),
            Happening::Promotion => pass(&self.book, &Gates::default(), &rules, now, &|_| None),
            Happening::Merge(a, b) => Some(merge(&self.book, &[(BulletId(*a), BulletId(*b))], &rules, now)),
            Happening::Undo(at) => self.undo(*at),
        };
        if let Some(applied) = applied.filter(|applied| !applied.delta.steps.is_empty()) {
            self.take(applied);
        }
    }

    fn undo(&mut self, at: usize) -> Option<Applied> {
        let at = at % self.deltas.len().max(1);
        let delta = self.deltas.get(at)?.clone();
        let applied = undo(&self.book, &delta, &self.deltas[at + 1..], &Self::rules(false), self.now()).ok()?;
        Some(applied)
    }

    fn take(&mut self, applied: Applied) {
        let applied = applied.stored(DeltaSeq(self.now() + 1));
        for step in &applied.delta.steps {
            if let Step::Insert { bullet } = step
                && !matches!(applied.delta.cause, Cause::Undo { .. })
            {
                assert!(self.given.insert(bullet.id), "number {} was given twice", bullet.id);
            }
        }
        self.book = applied.playbook;
        let undo = matches!(applied.delta.cause, Cause::Undo { .. });
        self.deltas.push(applied.delta);
        if undo {
            self.evidence = Evidence::of(&self.deltas);
        }
        self.check();
    }

    fn check(&self) {
        assert_eq!(replay(key(), &self.deltas).unwrap(), self.book);
        let unpinned = self.book.bullets.values().any(|bullet| bullet.stage.is_active() && !bullet.pinned);
        assert!(tokens(&self.book, Rules::default().form) <= BUDGET || !unpinned, "over the budget");
        let mut said: Vec<String> =
            self.book.bullets.values().map(|bullet| crate::ace::clean::same(&bullet.text.content)).collect();
        said.sort();
        assert!(said.windows(2).all(|pair| pair[0] != pair[1]), "two bullets say the same");
    }
}

/// `book` without what an undo leaves behind.
fn bare(book: &Playbook) -> Playbook {
    let mut book = book.clone();
    (book.next, book.last) = (0, DeltaSeq(0));
    book.bullets.values_mut().for_each(|bullet| bullet.updated_ms = 0);
    book
}

fn operation() -> impl Strategy<Value = Operation> {
    let id = || (1_u32..12).prop_map(|id| id.to_string());
    let content = || (0_u32..20).prop_map(|n| format!("Advice number {n}"));
    let tag = prop_oneof![Just(Tag::Helpful), Just(Tag::Helpful), Just(Tag::Harmful), Just(Tag::Neutral)];
    prop_oneof![
        3 => (0..3, content()).prop_map(|(section, content)| Operation::Add { section: format!("S{section}"), content }),
        1 => (id(), content()).prop_map(|(id, content)| Operation::Update { id, content }),
        4 => (id(), tag, 1_u32..5).prop_map(|(id, tag, n)| Operation::Tag { id, tag, n }),
        1 => id().prop_map(|id| Operation::Remove { id }),
    ]
}

fn user() -> impl Strategy<Value = UserChange> {
    let id = || (1_u32..12).prop_map(BulletId);
    let content = || (0_u32..20).prop_map(|n| format!("Advice number {n}"));
    prop_oneof![
        content().prop_map(|content| UserChange::Add { section: "S1".to_owned(), content }),
        (id(), content()).prop_map(|(id, content)| UserChange::Edit { id, section: None, content }),
        id().prop_map(|id| UserChange::Remove { id }),
        id().prop_map(|id| UserChange::Accept { id }),
        id().prop_map(|id| UserChange::Refuse { id }),
        id().prop_map(|id| UserChange::Promote { id }),
        id().prop_map(|id| UserChange::Demote { id }),
        (id(), any::<bool>()).prop_map(|(id, pinned)| UserChange::Pin { id, pinned }),
        any::<bool>().prop_map(|off| UserChange::Switch { off }),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let proposal = (0_i64..6, prop::collection::vec(operation(), 0..5), any::<bool>());
    prop_oneof![
        4 => proposal.prop_map(|(message, operations, auto_accept)| Happening::Proposal { message, operations, auto_accept }),
        3 => user().prop_map(Happening::User),
        1 => Just(Happening::Promotion),
        1 => (1_u32..12, 1_u32..12).prop_map(|(a, b)| Happening::Merge(a, b)),
        2 => any::<usize>().prop_map(Happening::Undo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Replaying gives the table, the budget holds, numbers are given once (checked after each delta), what was counted can be told
    /// from the deltas, and the last delta can be taken back and done again.
    #[test]
    fn whatever_happens_is_replayed_and_the_last_is_taken_back(happenings in prop::collection::vec(happening(), 1..40)) {
        let mut world = World::new();
        for happening in &happenings {
            let (before, count) = (world.book.clone(), world.deltas.len());
            world.happen(happening);
            prop_assert_eq!(&Evidence::of(&world.deltas), &world.evidence);
            if world.deltas.len() == count {
                prop_assert_eq!(&before, &world.book, "nothing was written down, so nothing was done");
                continue;
            }
            let last = world.deltas[count].clone();
            let back = undo(&world.book, &last, &[], &World::rules(false), 99).unwrap().stored(DeltaSeq(98));
            prop_assert_eq!(bare(&back.playbook), bare(&before));
            let again = undo(&back.playbook, &back.delta, &[], &World::rules(false), 99).unwrap();
            prop_assert_eq!(bare(&again.playbook), bare(&world.book));
            let twice = undo(&back.playbook, &last, std::slice::from_ref(&back.delta), &World::rules(false), 99);
            prop_assert_eq!(twice, Err(Conflict::Already { seq: last.seq }));
        }
    }

    /// Deltas that do not fit are errors, never a panic.
    #[test]
    fn replaying_what_is_not_whole_is_an_error_or_a_playbook(
        happenings in prop::collection::vec(happening(), 1..20),
        missing in any::<prop::sample::Index>(),
    ) {
        let mut world = World::new();
        happenings.iter().for_each(|happening| world.happen(happening));
        if !world.deltas.is_empty() {
            world.deltas.remove(missing.index(world.deltas.len()));
            if let Err(broken) = replay(key(), &world.deltas) {
                prop_assert!(broken.to_string().contains("does not fit"));
            }
        }
    }
}

/// A playbook after the user's changes, and their deltas.
fn after(changes: &[UserChange]) -> World {
    let mut world = World::new();
    for change in changes {
        let count = world.deltas.len();
        world.happen(&Happening::User(change.clone()));
        assert_eq!(world.deltas.len(), count + 1, "{change:?}");
    }
    world
}

#[test]
fn earlier_deltas_are_taken_back_where_nothing_stands_on_them() {
    use crate::domain::UserChange as U;
    let id = BulletId(1);
    let add = U::Add { section: "S".to_owned(), content: "First".to_owned() };
    let edit = |content: &str| U::Edit { id, section: None, content: content.to_owned() };
    let fine = "";
    for (changes, at, said) in [
        (vec![add.clone(), U::Promote { id }], 0, fine),
        (vec![add.clone(), edit("Second")], 0, "s-00001 was changed since: it says \"Second\""),
        (vec![add.clone(), edit("Second"), edit("Third")], 1, "s-00001 was changed since: it says \"Third\""),
        (vec![add.clone(), edit("Second"), U::Promote { id }], 1, fine),
        (vec![add.clone(), U::Promote { id }, U::Demote { id }], 1, "nothing of change 2 is left to be taken back"),
        (vec![add.clone(), U::Remove { id }], 0, "nothing of change 1 is left to be taken back"),
        (vec![add.clone(), U::Remove { id }, add.clone()], 1, "what would come back is said by line 00002 by now"),
        (vec![add.clone(), U::Pin { id, pinned: true }, U::Promote { id }], 1, fine),
        (vec![U::Switch { off: true }, add], 0, fine),
    ] {
        let world = after(&changes);
        let undone = undo(&world.book, &world.deltas[at], &world.deltas[at + 1..], &World::rules(false), 9);
        let words = undone.as_ref().map_or_else(ToString::to_string, |_| String::new());
        assert_eq!(words, said, "{changes:?}");
    }
}

#[test]
fn a_removed_bullet_comes_back_as_it_was_and_counts_stay_above_zero() {
    let add = UserChange::Add { section: "S".to_owned(), content: "First".to_owned() };
    let mut world = after(&[add]);
    let before = world.book.bullets.clone();
    world.happen(&Happening::User(UserChange::Remove { id: BulletId(1) }));
    world.happen(&Happening::Undo(1));
    assert_eq!(world.book.bullets, before);
    assert_eq!(world.book.next, 2);

    let tag = Operation::Tag { id: "1".to_owned(), tag: Tag::Helpful, n: 3 };
    world.happen(&Happening::Proposal { message: 1, operations: vec![tag], auto_accept: false });
    assert_eq!(world.book.bullets[&BulletId(1)].counts.helpful, 3);
    let counted = world.deltas.last().unwrap().clone();
    // As if others had been taken off since.
    world.book.bullets.get_mut(&BulletId(1)).unwrap().counts.helpful = 1;
    let back = undo(&world.book, &counted, &[], &World::rules(false), 9).unwrap();
    assert_eq!(back.playbook.bullets[&BulletId(1)].counts.helpful, 0);
    let again = undo(&back.playbook, &back.delta, &[], &World::rules(false), 9).unwrap();
    assert_eq!(again.playbook.bullets[&BulletId(1)].counts.helpful, 1, "what was taken off comes back, and no more");
}

#[test]
fn an_undo_that_was_taken_back_leaves_its_delta_to_be_taken_back() {
    let mut world = after(&[UserChange::Switch { off: true }]);
    for (at, off, gone) in [(0, false, vec![1]), (1, true, vec![2]), (0, false, vec![1, 2])] {
        world.happen(&Happening::Undo(at));
        let mut seqs: Vec<i64> = undone(&world.deltas).into_iter().map(|seq| seq.0).collect();
        seqs.sort_unstable();
        assert_eq!((world.book.off, seqs), (off, gone));
    }
    assert_eq!(world.deltas.len(), 4);
}

#[test]
fn a_delta_that_does_not_fit_is_an_error_with_its_number() {
    let world = after(&[UserChange::Add { section: "S".to_owned(), content: "First".to_owned() }]);
    let twice = [world.deltas[0].clone(), Delta { seq: DeltaSeq(5), ..world.deltas[0].clone() }];
    let broken = replay(key(), &twice).unwrap_err();
    assert_eq!(broken.to_string(), "change 5 does not fit: line 00001 is there already");
}
