//! Learning: multinomial logistic regression for the classes, linear regression for the complexity, both with an L1 penalty that
//! leaves most features without weights (Tibshirani 1996), by accelerated proximal gradient steps (Beck and Teboulle 2009).

use crate::data::{Data, Sample};
use conductor::routing::{CLASSES, FeatureKind};

/// What a weight costs. Chosen where prompts of files that were left out are told best.
pub(crate) const PENALTY: f32 = 7e-5;
/// The same for steps of complexity.
const LEVEL_PENALTY: f32 = 6e-3;
const ROUNDS: usize = 400;
/// Of a weight's square, beside: what two words say that always come together is shared between them.
const RIDGE: f32 = 2e-5;

pub(crate) struct Model {
    pub(crate) weights: Vec<[f32; CLASSES]>,
    pub(crate) bias: [f32; CLASSES],
    pub(crate) steps: Vec<f32>,
    pub(crate) levels: [f32; CLASSES],
}

impl Model {
    pub(crate) fn used(&self) -> usize {
        self.weights.iter().zip(&self.steps).filter(|(w, step)| w.iter().any(|v| *v != 0.0) || **step != 0.0).count()
    }

    /// The same with levels that lie `by` times as far from their mean. What is learnt with a penalty keeps to the middle.
    pub(crate) fn spread(mut self, by: f32) -> Self {
        let mean = self.levels.iter().sum::<f32>() / CLASSES as f32;
        self.levels = self.levels.map(|level| mean + (level - mean) * by);
        self.steps.iter_mut().for_each(|step| *step *= by);
        self
    }

    pub(crate) fn scores(&self, row: &[(u32, f32)]) -> [f32; CLASSES] {
        let mut scores = self.bias;
        for (at, value) in row {
            for (score, weight) in scores.iter_mut().zip(self.weights[*at as usize]) {
                *score += weight * value;
            }
        }
        scores
    }

    pub(crate) fn level(&self, row: &[(u32, f32)], shares: [f32; CLASSES]) -> f32 {
        let base: f32 = self.levels.iter().zip(shares).map(|(level, share)| level * share).sum();
        base + row.iter().map(|(at, value)| self.steps[*at as usize] * value).sum::<f32>()
    }
}

/// Learns from the samples that `wanted` says yes to.
pub(crate) fn fit(data: &Data, wanted: impl Fn(&Sample) -> bool, penalty: f32) -> Model {
    let samples: Vec<&Sample> = data.samples.iter().filter(|sample| wanted(sample)).collect();
    let costs: Vec<f32> = data.names.iter().map(|(kind, _)| cost(*kind)).collect();
    let (weights, bias) = classes(&samples, &costs, penalty);
    let (steps, levels) = complexity(&samples, &costs);
    Model { weights, bias, steps, levels }
}

/// Signals are few and were thought of; words are many and came along.
fn cost(kind: FeatureKind) -> f32 {
    match kind {
        FeatureKind::Signal | FeatureKind::Group | FeatureKind::Opening => 0.3,
        FeatureKind::Word | FeatureKind::Verb | FeatureKind::Last => 1.0,
        FeatureKind::Pair | FeatureKind::Begin | FeatureKind::Crossing => 1.2,
    }
}

pub(crate) fn softmax(scores: [f32; CLASSES], temperature: f32) -> [f32; CLASSES] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| ((score - most) / temperature).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

fn classes(samples: &[&Sample], costs: &[f32], penalty: f32) -> (Vec<[f32; CLASSES]>, [f32; CLASSES]) {
    let mut counts = [0.0_f32; CLASSES];
    for sample in samples {
        counts[sample.class] += 1.0;
    }
    // Each class counts the same, however many prompts it has.
    let share = |class: usize| samples.len() as f32 / (CLASSES as f32 * counts[class].max(1.0)) / samples.len() as f32;
    let step = 1.0 / (0.5 * largest(samples, costs.len()) + RIDGE);
    let mut model =
        Model { weights: vec![[0.0; CLASSES]; costs.len()], bias: [0.0; CLASSES], steps: Vec::new(), levels: [0.0; CLASSES] };
    let (mut before, mut pace) = (model.weights.clone(), 1.0_f32);
    let mut bias_before = model.bias;
    for _ in 0..ROUNDS {
        let (mut slope, mut bias_slope) = (vec![[0.0_f32; CLASSES]; costs.len()], [0.0_f32; CLASSES]);
        for sample in samples {
            let shares = softmax(model.scores(&sample.row), 1.0);
            let weight = share(sample.class);
            // What others would accept as well pulls less hard.
            let others = sample.accepted.iter().filter(|a| **a).count() - 1;
            let mut wrong = shares;
            for class in 0..CLASSES {
                let target = match (class == sample.class, sample.accepted[class], others) {
                    (true, _, 0) => 1.0,
                    (true, _, _) => 0.7,
                    (false, true, n) => 0.3 / n as f32,
                    _ => 0.0,
                };
                wrong[class] = (shares[class] - target) * weight;
                bias_slope[class] += wrong[class];
            }
            for (at, value) in &sample.row {
                for (slope, wrong) in slope[*at as usize].iter_mut().zip(wrong) {
                    *slope += wrong * value;
                }
            }
        }
        let next_pace = (1.0 + (1.0 + 4.0 * pace * pace).sqrt()) / 2.0;
        let momentum = (pace - 1.0) / next_pace;
        pace = next_pace;
        for ((at, weights), slope) in model.weights.iter_mut().enumerate().zip(&slope) {
            for class in 0..CLASSES {
                let moved = weights[class] - step * (slope[class] + RIDGE * weights[class]);
                let next = shrink(moved, step * penalty * costs[at]);
                weights[class] = next + momentum * (next - before[at][class]);
                before[at][class] = next;
            }
        }
        for class in 0..CLASSES {
            let next = model.bias[class] - step * bias_slope[class];
            model.bias[class] = next + momentum * (next - bias_before[class]);
            bias_before[class] = next;
        }
    }
    (before, bias_before)
}

fn complexity(samples: &[&Sample], costs: &[f32]) -> (Vec<f32>, [f32; CLASSES]) {
    let count = samples.len() as f32;
    let (mut levels, mut sums) = ([0.0_f32; CLASSES], [0.0_f32; CLASSES]);
    for sample in samples {
        levels[sample.class] += sample.level;
        sums[sample.class] += 1.0;
    }
    for (level, sum) in levels.iter_mut().zip(sums) {
        *level /= sum.max(1.0);
    }
    let step = 1.0 / (largest(samples, costs.len()));
    let mut model = Model { weights: Vec::new(), bias: [0.0; CLASSES], steps: vec![0.0; costs.len()], levels };
    let (mut before, mut pace) = (model.steps.clone(), 1.0_f32);
    for _ in 0..ROUNDS {
        let (mut slope, mut base) = (vec![0.0_f32; costs.len()], [0.0_f32; CLASSES]);
        for sample in samples {
            let mut shares = [0.0; CLASSES];
            shares[sample.class] = 1.0;
            let wrong = (model.level(&sample.row, shares) - sample.level) / count;
            base[sample.class] += wrong;
            for (at, value) in &sample.row {
                slope[*at as usize] += wrong * value;
            }
        }
        let next_pace = (1.0 + (1.0 + 4.0 * pace * pace).sqrt()) / 2.0;
        let momentum = (pace - 1.0) / next_pace;
        pace = next_pace;
        for (at, slope) in slope.iter().enumerate() {
            let next = shrink(model.steps[at] - step * slope, step * LEVEL_PENALTY * costs[at]);
            model.steps[at] = next + momentum * (next - before[at]);
            before[at] = next;
        }
        for (level, slope) in model.levels.iter_mut().zip(base) {
            *level -= step * slope;
        }
    }
    (before, model.levels)
}

fn shrink(value: f32, by: f32) -> f32 {
    value.signum() * (value.abs() - by).max(0.0)
}

/// The largest eigenvalue of the samples' covariance, by power iteration, a little high.
fn largest(samples: &[&Sample], features: usize) -> f32 {
    let mut vector = vec![1.0_f32; features];
    let mut value = 1.0;
    for _ in 0..20 {
        let mut next = vec![0.0_f32; features];
        for sample in samples {
            let dot: f32 = sample.row.iter().map(|(at, v)| vector[*at as usize] * v).sum();
            for (at, v) in &sample.row {
                next[*at as usize] += dot * v / samples.len() as f32;
            }
        }
        value = next.iter().map(|v| v * v).sum::<f32>().sqrt();
        vector = next.into_iter().map(|v| v / value.max(1e-9)).collect();
    }
    // The bias adds one.
    value * 1.05 + 1.0
}
