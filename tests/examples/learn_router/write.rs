//! The file of weights as a page.

use crate::data::Data;
use crate::fit::Model;
use crate::score::Calibration;
use conductor::routing::{CLASSES, FeatureKind, ORDER};
use std::fmt::Write as _;

const HEAD: &str = "\
# What the words and marks of a prompt say of its class, and of how hard it is: weights, added up; the class with the most wins.
# `level` is in steps of complexity. The names of classes: tools, code, math, creative, deep, quick, general.
#
# [calibration] temperature: sums are divided by it before they become shares; tail: levels above 5 lie so many times as far from
# it. [base]: what each class has before a word is read. [levels]: how hard a prompt of the class is, before a word is read.
# [signals]: the shape of the prompt. [groups]: words of a group of vocabulary.toml; [openings]: the first word that is no
# politeness is of the group; [crossings]: that word, and a word of the group not far behind it. [words]: a word anywhere, \"0\" is any
# number; [pairs]: two words side by side; [verbs]: the first word that is no politeness; [begins]: the first two words; [last]: the
# first word or two of the last sentence.
#
# Weights may be set by hand; they are learnt again from labelled prompts by:
# cargo run --release -p segno-tests --example learn_router -- tests/fixtures/routing/tune/*.jsonl
";

/// The whole file.
pub(crate) fn page(data: &Data, model: &Model, calibration: &Calibration) -> String {
    let mut page = format!("{HEAD}\n# Learnt from {} prompts.\n\n", data.samples.len());
    let mut say = |line: String| {
        page.push_str(&line);
        page.push('\n');
    };
    say(format!("[base]\n{}\n", plain(&model.bias)));
    say("[levels]".to_owned());
    for (class, level) in ORDER.iter().zip(model.levels) {
        say(format!("{} = {level:.2}", class.word()));
    }
    say(format!("\n[calibration]\ntemperature = {:.1}\ntail = {:.2}", calibration.temperature, calibration.tail));
    for (kind, table) in [
        (FeatureKind::Signal, "signals"),
        (FeatureKind::Group, "groups"),
        (FeatureKind::Opening, "openings"),
        (FeatureKind::Crossing, "crossings"),
        (FeatureKind::Word, "words"),
        (FeatureKind::Pair, "pairs"),
        (FeatureKind::Verb, "verbs"),
        (FeatureKind::Begin, "begins"),
        (FeatureKind::Last, "last"),
    ] {
        say(format!("\n[{table}]"));
        for (at, (_, name)) in data.names.iter().enumerate().filter(|(_, (of, _))| *of == kind) {
            let weights = inline(&model.weights[at], model.steps[at]);
            if !weights.is_empty() {
                say(format!("{} = {{ {weights} }}", quoted(name)));
            }
        }
    }
    page
}

fn plain(weights: &[f32; CLASSES]) -> String {
    let rows = ORDER.iter().zip(weights).map(|(class, weight)| format!("{} = {weight:.2}", class.word()));
    rows.collect::<Vec<_>>().join("\n")
}

fn inline(weights: &[f32; CLASSES], step: f32) -> String {
    let mut out = String::new();
    let named = ORDER.iter().map(|class| class.word()).zip(weights.iter().copied()).chain([("level", step)]);
    for (name, weight) in named.filter(|(_, weight)| weight.abs() >= 0.005) {
        let comma = if out.is_empty() { "" } else { ", " };
        let _ = write!(out, "{comma}{name} = {weight:.2}");
    }
    out
}

fn quoted(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { format!("{name:?}") }
}
