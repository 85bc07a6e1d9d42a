//! Labelled prompts, as rows of numbers.

use conductor::domain::TaskClass;
use conductor::routing::{CLASSES, FeatureKind, Lexicon, ORDER, named_features};
use serde_json::Value;
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

/// A feature that fewer prompts have says nothing of prompts to come.
const LEAST: usize = 3;

pub(crate) struct Sample {
    /// Feature and value.
    pub(crate) row: Vec<(u32, f32)>,
    pub(crate) class: usize,
    /// All classes that are right.
    pub(crate) accepted: [bool; CLASSES],
    pub(crate) level: f32,
    pub(crate) file: usize,
    pub(crate) prompt: String,
}

pub(crate) struct Data {
    pub(crate) samples: Vec<Sample>,
    pub(crate) names: Vec<(FeatureKind, String)>,
    pub(crate) files: Vec<String>,
}

impl Data {
    pub(crate) fn read(paths: &[PathBuf], lexicon: &Lexicon) -> Result<Self, Box<dyn Error>> {
        let mut raw = Vec::new();
        for (file, path) in paths.iter().enumerate() {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let at = || format!("{}:{}", path.display(), number + 1);
                raw.push((file, parse(line).map_err(|error| format!("{}: {error}", at()))?));
            }
        }
        let named: Vec<_> = raw.iter().map(|(_, labelled)| named_features(&labelled.prompt, lexicon)).collect();
        let mut counts: HashMap<(FeatureKind, &str), usize> = HashMap::new();
        for feature in named.iter().flatten() {
            *counts.entry((feature.kind, &feature.name)).or_default() += 1;
        }
        let mut names: Vec<(FeatureKind, String)> =
            counts.iter().filter(|(_, count)| **count >= LEAST).map(|((kind, name), _)| (*kind, (*name).to_owned())).collect();
        names.sort();
        let places: HashMap<(FeatureKind, &str), u32> =
            (0..).zip(&names).map(|(at, (kind, name))| ((*kind, name.as_str()), at)).collect();
        let samples = raw.into_iter().zip(&named).map(|((file, labelled), features)| {
            let known = features.iter().filter_map(|f| Some((*places.get(&(f.kind, f.name.as_str()))?, f.value)));
            let Labelled { prompt, class, accepted, level } = labelled;
            Sample { row: known.collect(), class, accepted, level, file, prompt }
        });
        let samples = samples.collect();
        let files = paths.iter().map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect();
        Ok(Self { samples, files, names: names.clone() })
    }
}

struct Labelled {
    prompt: String,
    class: usize,
    accepted: [bool; CLASSES],
    level: f32,
}

fn parse(line: &str) -> Result<Labelled, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let prompt = value["prompt"].as_str().ok_or("no `prompt`")?.to_owned();
    let place = |label: &Value| {
        let class = label.as_str().and_then(TaskClass::parse).ok_or_else(|| format!("{label} is no class"))?;
        ORDER.iter().position(|c| *c == class).ok_or_else(|| format!("no prompt is of class {label}"))
    };
    let class = place(&value["label"])?;
    let mut accepted = [false; CLASSES];
    accepted[class] = true;
    for label in value["labels"].as_array().into_iter().flatten() {
        accepted[place(label)?] = true;
    }
    let level = value["complexity"].as_f64().unwrap_or(4.0) as f32;
    Ok(Labelled { prompt, class, accepted, level })
}
