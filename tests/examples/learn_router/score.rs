//! How well prompts are told that were left out of the learning.

use crate::data::{Data, Sample};
use crate::fit::{Model, fit, softmax};
use conductor::routing::{CLASSES, ORDER};

/// What is set by prompts that were left out.
pub(crate) struct Calibration {
    /// At this the shares of the classes are most nearly how often they are right.
    pub(crate) temperature: f32,
    /// So many times as far from each other levels must lie, to lie as far as people see them.
    pub(crate) spread: f32,
    /// So many times as far from the middle lie levels above it: what is learnt keeps from the few that are very hard.
    pub(crate) tail: f32,
}

/// The middle of the levels, as the router has it.
const MIDDLE: f32 = 5.0;

/// Learns without each file in turn, and prints how its prompts are told.
pub(crate) fn left_out(data: &Data, penalty: f32) -> Calibration {
    let mut told: Vec<([f32; CLASSES], &Sample, f32)> = Vec::new();
    for (file, name) in data.files.iter().enumerate() {
        let model = fit(data, |sample| sample.file != file, penalty);
        let from = told.len();
        told.extend(data.samples.iter().filter(|sample| sample.file == file).map(|s| tell(&model, s)));
        println!("{name:16} {}", line(&told[from..]));
    }
    println!("{:16} {}", "all", line(&told));
    confusion(&told);
    let loss = |temperature: f32| -> f32 {
        told.iter().map(|(scores, sample, _)| -softmax(*scores, temperature)[sample.class].max(1e-6).ln()).sum()
    };
    let all = (4..40).map(|tenth| tenth as f32 / 10.0);
    let best = all.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0);
    println!("temperature {best}, loss {:.3}", loss(best) / told.len() as f32);
    let seen = deviation(told.iter().map(|(_, sample, _)| sample.level).collect());
    let spread = seen / deviation(told.iter().map(|(.., level)| *level).collect()).max(1e-3);
    let mean = told.iter().map(|(.., level)| *level).sum::<f32>() / told.len() as f32;
    let high = |mut levels: Vec<f32>| {
        levels.sort_by(f32::total_cmp);
        levels[levels.len() * 97 / 100] - MIDDLE
    };
    let (wanted, got) = (
        high(told.iter().map(|(_, sample, _)| sample.level).collect()),
        high(told.iter().map(|(.., level)| mean + (level - mean) * spread).collect()),
    );
    let tail = (wanted / got.max(0.1)).clamp(1.0, 3.0);
    println!("levels spread {spread:.2} times, above the middle {tail:.2} times more");
    Calibration { temperature: best, spread, tail }
}

fn deviation(values: Vec<f32>) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len() as f32).sqrt()
}

fn tell<'a>(model: &Model, sample: &'a Sample) -> ([f32; CLASSES], &'a Sample, f32) {
    let scores = model.scores(&sample.row);
    (scores, sample, model.level(&sample.row, softmax(scores, 1.0)))
}

fn best(scores: &[f32; CLASSES]) -> usize {
    (0..CLASSES).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(CLASSES - 1)
}

fn line(told: &[([f32; CLASSES], &Sample, f32)]) -> String {
    let count = told.len() as f32;
    let strict = told.iter().filter(|(scores, sample, _)| best(scores) == sample.class).count() as f32 / count;
    let lenient = told.iter().filter(|(scores, sample, _)| sample.accepted[best(scores)]).count() as f32 / count;
    let f1: f32 = (0..CLASSES).map(|class| f1(told, class)).sum::<f32>() / CLASSES as f32;
    let of_level = spearman(told.iter().map(|(_, sample, level)| (*level, sample.level)).collect());
    let of_length = spearman(told.iter().map(|(_, sample, _)| (sample.prompt.len() as f32, sample.level)).collect());
    format!(
        "strict {strict:.3} lenient {lenient:.3} macro-F1 {f1:.3}; complexity: rank correlation {of_level:.2}, of length {of_length:.2}"
    )
}

fn f1(told: &[([f32; CLASSES], &Sample, f32)], class: usize) -> f32 {
    let count = |wanted: &dyn Fn(usize, usize) -> bool| {
        told.iter().filter(|(scores, sample, _)| wanted(best(scores), sample.class)).count() as f32
    };
    let hits = count(&|got, want| got == class && want == class);
    let (got, want) = (count(&|got, _| got == class), count(&|_, want| want == class));
    2.0 * hits / (got + want).max(1.0)
}

fn confusion(told: &[([f32; CLASSES], &Sample, f32)]) {
    println!("{:>10} {}", "", ORDER.map(|class| format!("{:>9}", class.word())).join(""));
    for (want, class) in ORDER.iter().enumerate() {
        let count = |got: usize| told.iter().filter(|(scores, sample, _)| sample.class == want && best(scores) == got).count();
        let cells: Vec<String> = (0..CLASSES).map(|got| format!("{:>9}", count(got))).collect();
        println!("{:>10} {}", class.word(), cells.join(""));
    }
}

/// Spearman's rank correlation.
fn spearman(pairs: Vec<(f32, f32)>) -> f32 {
    let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
    let (a, b) = (ranks(&a), ranks(&b));
    let mean = (a.len() as f32 + 1.0) / 2.0;
    let dot: f32 = a.iter().zip(&b).map(|(x, y)| (x - mean) * (y - mean)).sum();
    let square = |ranks: &[f32]| ranks.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>();
    dot / (square(&a) * square(&b)).sqrt().max(1e-9)
}

fn ranks(values: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let to = (from..order.len()).take_while(|i| values[order[*i]] == values[order[from]]).count() + from;
        // Equal values share their ranks.
        order[from..to].iter().for_each(|at| ranks[*at] = (from + to + 1) as f32 / 2.0);
        from = to;
    }
    ranks
}
