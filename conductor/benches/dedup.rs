//! Bullets that say nearly the same, among 1,000 and 10,000: with embeddings of 384 numbers and by their words, all in one section (the
//! most work) and in eight.

use conductor::ace::adapt::Rng;
use conductor::ace::dedup::{Near, THRESHOLD, Vectors};
use conductor::domain::{Bullet, BulletId, Counts, Playbook, PlaybookKey, Provenance, Stage, Text};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// Of all-MiniLM-L6-v2.
const DIMENSIONS: usize = 384;

/// Lines of 12 of 2,000 words, and their embeddings: what they have in common gives a cosine of about 0.3, as advice of one domain
/// has; one of twenty is nearly another.
fn bullets(count: u32, sections: u32) -> (Playbook, Vectors) {
    let mut book = Playbook::new(PlaybookKey { base: "math".to_owned(), family: "qwen".to_owned(), sub: None });
    let (mut vectors, mut rng) = (Vectors::default(), Rng::new(1, u64::from(count)));
    let noise = |rng: &mut Rng| (0..DIMENSIONS).map(|_| (rng.unit() + rng.unit() + rng.unit() - 1.5) as f32).collect::<Vec<_>>();
    let common = noise(&mut rng);
    let mut before: Vec<f32> = common.clone();
    for id in 1..=count {
        let words: Vec<String> = (0..12).map(|_| format!("word{}", rng.below(2000))).map(letters).collect();
        let content = words.join(" ");
        let mut vector = noise(&mut rng);
        let (near, share) = if id % 20 == 0 { (&before, 3.0) } else { (&common, 0.65) };
        vector.iter_mut().zip(near).for_each(|(x, y)| *x += share * y);
        vectors.insert(content.clone(), vector.clone());
        before = vector;
        let bullet = Bullet {
            id: BulletId(id),
            text: Text { section: format!("Section {}", (id - 1) / 20 % sections), content },
            counts: Counts::NONE,
            stage: Stage::Prod,
            pinned: false,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: 0,
        };
        book.bullets.insert(bullet.id, bullet);
    }
    book.next = count + 1;
    (book, vectors)
}

/// Digits as letters: numbers count as such.
fn letters(word: String) -> String {
    word.chars().map(|c| c.to_digit(10).map_or(c, |digit| char::from(b'a' + digit as u8))).collect()
}

fn dedup(c: &mut Criterion) {
    let none = Vectors::default();
    for (count, sections) in [(1_000, 1), (10_000, 1), (10_000, 8)] {
        let (book, vectors) = bullets(count, sections);
        let of = format!("{count} bullets in {sections} sections");
        let near = Near::new(&book, &vectors, THRESHOLD);
        assert!(near.pairs().len() >= 10);
        c.bench_function(&format!("pairs by embeddings, {of}"), |b| b.iter(|| black_box(&near).pairs()));
        c.bench_function(&format!("make ready, {of}"), |b| b.iter(|| Near::new(black_box(&book), &vectors, THRESHOLD)));
        let by_words = Near::new(&book, &none, THRESHOLD);
        c.bench_function(&format!("pairs by words, {of}"), |b| b.iter(|| black_box(&by_words).pairs()));
        let content = book.bullets.values().last().map_or("", |bullet| &bullet.text.content);
        c.bench_function(&format!("the nearest, {of}"), |b| b.iter(|| near.nearest("Section 0", black_box(content))));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = dedup
}
criterion_main!(benches);
