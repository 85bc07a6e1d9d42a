//! What the playbook costs by itself: one step of adaptation over 200 bullets, the prompt of 300, a selection from 10,000.

use conductor::ace::apply::{Context, Rules, apply};
use conductor::ace::evidence::Evidence;
use conductor::ace::prompt::{Form, as_prompt};
use conductor::ace::proposal::{Operation, Proposal, Tag};
use conductor::ace::select::{Index, Policy, Trial, select};
use conductor::domain::{Bullet, BulletId, Cause, Counts, Milli, Playbook, PlaybookKey, Provenance, Stage, Text};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// Words of which advice is made.
const WORDS: [&str; 24] = [
    "check",
    "units",
    "before",
    "adding",
    "distances",
    "round",
    "late",
    "validate",
    "input",
    "parse",
    "dates",
    "tables",
    "columns",
    "join",
    "filter",
    "empty",
    "rows",
    "currency",
    "percent",
    "interest",
    "balance",
    "quarter",
    "report",
    "total",
];

/// So many bullets, of 16 words each, in all active stages.
fn book(bullets: u32) -> Playbook {
    let mut book = Playbook::new(PlaybookKey { base: "math".to_owned(), family: "qwen".to_owned(), sub: None });
    for id in 1..=bullets {
        let word = |n: u32| WORDS[(id.wrapping_mul(2_654_435_761).rotate_left(n * 3) as usize + n as usize) % WORDS.len()];
        let content = (0..14).map(word).collect::<Vec<_>>().join(" ") + &format!(" case {id}");
        let stage = [Stage::Prod, Stage::Staging, Stage::Staging, Stage::Staging, Stage::Shadow][id as usize % 5];
        let bullet = Bullet {
            id: BulletId(id),
            text: Text { section: format!("Section {}", id % 8), content },
            counts: Counts { helpful: id % 9, harmful: id % 3, neutral: 0 },
            stage,
            pinned: false,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: i64::from(id),
        };
        book.bullets.insert(bullet.id, bullet);
    }
    book.next = bullets + 1;
    book
}

/// The question before each selection.
const QUERY: &str =
    "What is the total interest of the quarter in percent, when the balance of the report has empty rows for some dates?";

/// A step: select, write the prompt, apply one ADD and three TAGs. The models' own time is not in it.
fn step(book: &Playbook, index: &Index) -> Playbook {
    let trial = Trial { share: Milli(1000), seed: 7 };
    let selection = select(book, index, QUERY, 10_000, &Policy::default(), trial, None);
    black_box(selection.as_prompt(book, Form::Long));
    let tag = |id: u32| Operation::Tag { id: format!("section-{id:05}"), tag: Tag::Helpful, n: 1 };
    let add =
        Operation::Add { section: "Section 1".to_owned(), content: "Say which rows were empty, and leave them out".to_owned() };
    let proposal = Proposal::of(vec![tag(1), tag(50), tag(120), add]);
    let context = Context {
        now_ms: 1,
        cause: &Cause::Sample { run: 1, sample: "s".to_owned(), epoch: 1 },
        provenance: &Provenance::Sample { run: 1, sample: "s".to_owned() },
        shown: &selection.shown(),
        may_write: true,
        holds_answer: &|_| false,
        forbids: &|_| None,
        similar: &|_, _| None,
    };
    apply(book, &proposal, &Rules::default(), context, &mut Evidence::default()).playbook
}

fn playbook(c: &mut Criterion) {
    let (small, middle, large) = (book(200), book(300), book(10_000));
    let index = Index::new(&small);
    c.bench_function("a step of adaptation over 200 bullets", |b| b.iter(|| step(black_box(&small), &index)));
    c.bench_function("index 200 bullets", |b| b.iter(|| Index::new(black_box(&small))));
    let bullets: Vec<&Bullet> = middle.bullets.values().collect();
    for form in [Form::Long, Form::Short] {
        c.bench_function(&format!("the prompt of 300 bullets, {form:?}"), |b| b.iter(|| as_prompt(black_box(&bullets), form)));
    }
    let index = Index::new(&large);
    let trial = Trial { share: Milli(100), seed: 7 };
    c.bench_function("select from 10,000 bullets", |b| {
        b.iter(|| select(black_box(&large), &index, QUERY, 10_000, &Policy::default(), trial, None));
    });
    c.bench_function("index 10,000 bullets", |b| b.iter(|| Index::new(black_box(&large))));
}

criterion_group!(benches, playbook);
criterion_main!(benches);
