//! What the search for secrets costs, over requests as they are sent: a chat about code, with pages of prose, in JSON.
#![expect(clippy::expect_used, reason = "a benchmark: a failure here is a failed run")]

use conductor::config::Config;
use conductor::privacy::scan::Scanner;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;

/// What people send: prose, settings, programs.
const TEXTS: [&str; 6] = [
    include_str!("../../docs/guide/privacy.md"),
    include_str!("../src/privacy/seal.rs"),
    include_str!("../../docs/guide/shell.md"),
    include_str!("../../config/default.toml"),
    include_str!("../src/session/turn.rs"),
    include_str!("../../docs/ARCHITECTURE.md"),
];

/// A request of about `size` bytes.
fn request(size: usize) -> Vec<u8> {
    let mut messages: Vec<Value> = Vec::new();
    let mut sum = 0;
    for (index, text) in TEXTS.iter().cycle().enumerate() {
        if sum >= size {
            break;
        }
        let content: String = text.chars().take(size - sum).take(6000).collect();
        sum += content.len();
        messages.push(json!({"role": if index % 2 == 0 { "user" } else { "assistant" }, "content": content}));
    }
    serde_json::to_vec(&json!({"model": "some-model-2025", "messages": messages, "stream": true})).expect("it is JSON")
}

fn scan(criterion: &mut Criterion) {
    let config = Config::default();
    let scanner = Scanner::new(&config.secret_rules, &config.secrets).expect("the built-in rules can be used");
    let mut group = criterion.benchmark_group("scan");
    for (name, size) in [("64 kB", 64_000), ("1 MB", 1_000_000)] {
        let bytes = request(size);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| scanner.payload(black_box(&bytes)).map(|found| found.len())));
    }
    group.finish();
    criterion.bench_function("start", |b| b.iter(|| Scanner::new(black_box(&config.secret_rules), &config.secrets).is_ok()));
    let first = b"{\"content\":\"a token\"}";
    criterion.bench_function("start and first search", |b| {
        b.iter(|| {
            Scanner::new(&config.secret_rules, &config.secrets).and_then(|scanner| scanner.payload(black_box(first))).is_ok()
        });
    });
}

criterion_group!(benches, scan);
criterion_main!(benches);
