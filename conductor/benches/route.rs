//! What routing costs: a classification of a short prompt and of a long one, and a plan over many models.

use conductor::config::Config;
use conductor::domain::{BackendId, Capabilities, Licence, Location, Machine, Measurements, Model, ModelId, Os, ServerState};
use conductor::routing::{Asked, Choice, DefaultModelSelector, Lexicon, ModelSelector, Snapshot, classify};
use criterion::{Criterion, criterion_group, criterion_main};
use std::collections::HashMap;
use std::hint::black_box;

/// Of this, 200 characters.
const TEXT: &str = "Write a python function that reads a CSV file with the columns name, date and amount, sums the amounts of each \
                     month, and prints the months in order. It should not read the whole file at once, please.  ";

fn model(nth: usize) -> Model {
    Model {
        id: ModelId::new(&format!("some-model-{nth}:{}b", nth % 70 + 1)),
        backend: BackendId::ollama(),
        location: Location::Local,
        family: "some".to_owned(),
        parameters: format!("{}.0B", nth % 70 + 1),
        quantization: "Q4_K_M".to_owned(),
        size_bytes: (nth as u64 % 70 + 1) * 600_000_000,
        trained_context: Some(131_072),
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, tools: nth.is_multiple_of(2), ..Capabilities::default() },
        resident: None,
        licence: Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
    }
}

fn text(text: &str) -> Asked<'_> {
    Asked { text, previous: None }
}

fn route(c: &mut Criterion) {
    let (config, lexicon) = (Config::default(), Lexicon::built_in());
    let short: String = TEXT.chars().cycle().take(200).collect();
    let long = short.repeat(500);
    c.bench_function("classify 200 characters", |b| b.iter(|| classify(text(black_box(&short)), lexicon, &config.routing)));
    c.bench_function("classify 100 kB", |b| b.iter(|| classify(text(black_box(&long)), lexicon, &config.routing)));

    let models: Vec<Model> = (0..50).map(model).collect();
    let server = ServerState::Up { address: "127.0.0.1:11434".to_owned(), version: "0.33.0".to_owned() };
    let machine = Machine { os: Os::Linux, memory_bytes: Some(64 << 30) };
    let measured = Measurements::new();
    let task = classify(text(&short), lexicon, &config.routing);
    let snapshot = Snapshot {
        config: &config,
        server: &server,
        others: &[],
        loads: &[],
        models: &models,
        machine: &machine,
        offline: false,
        pictures: false,
        tokens: 50,
        last: None,
        measured: &measured,
        fitness: &HashMap::new(),
        refused: &[],
    };
    c.bench_function("plan over 50 models", |b| {
        b.iter(|| DefaultModelSelector.select(black_box(snapshot), task.clone(), &Choice::Auto));
    });
    let page = include_str!("../../config/routing.toml");
    c.bench_function("read the weights", |b| b.iter(|| Lexicon::with_weights(black_box(page))));
}

criterion_group!(benches, route);
criterion_main!(benches);
