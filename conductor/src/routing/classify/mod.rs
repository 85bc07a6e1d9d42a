//! What a prompt wants, and how hard it is: weighed evidence, in microseconds, without a model.
//!
//! What must stay true: pure and deterministic; nothing that a prompt holds makes it panic; what is weighed does not grow with what is
//! pasted; everything that counted can be named.

mod conversation;
mod features;
mod lexicon;
mod signals;
mod text;

pub use features::Kind as FeatureKind;
pub use lexicon::{CLASSES, Lexicon, ORDER};

use super::words::Words;
use crate::config::Routing;
use crate::domain::{Classification, Complexity, Evidence, Milli, TaskClass};
use features::{Features, Kind, Reading};
use lexicon::{Entry, place};

/// The middle of the levels of complexity.
const MIDDLE: f32 = 5.0;
/// Nothing that is told by words is certain.
const MOST_SURE: f32 = 0.99;
/// So much of the evidence is told.
const TOLD: usize = 6;
/// What a word of the user's own lists is worth: mostly it decides.
const KEYWORD: f32 = 6.0;

/// A prompt, and what came before it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The prompt's words.
    pub text: &'a str,
    /// What the question before it in the conversation was taken for.
    pub previous: Option<TaskClass>,
}

/// What the prompt is taken for.
pub fn classify(asked: Asked<'_>, lexicon: &Lexicon, routing: &Routing) -> Classification {
    let reading = Reading::of(asked.text);
    let features = reading.features(lexicon);
    let mut tally = Tally { scores: lexicon.bias, level: 0.0, said: Vec::with_capacity(24) };
    tally.features(&features, lexicon);
    tally.keywords(asked.text, routing);
    if let Some(previous) = asked.previous {
        let worth = conversation::goes_on(&features, &lexicon.conversation) * lexicon.conversation.sticky;
        if worth > 0.0 {
            tally.scores[place(previous)] += worth;
            tally.said.push(Said::Of(previous, "goes on with the question before".to_owned(), worth));
        }
    }
    tally.end(lexicon)
}

/// Something that counted.
enum Said<'a> {
    Entry(&'a Entry, f32),
    Of(TaskClass, String, f32),
}

struct Tally<'a> {
    scores: [f32; CLASSES],
    level: f32,
    said: Vec<Said<'a>>,
}

impl<'a> Tally<'a> {
    fn features(&mut self, features: &Features<'_>, lexicon: &'a Lexicon) {
        for feature in &features.list {
            let entry = match feature.kind {
                Kind::Signal => lexicon.signal(feature.at as usize),
                _ => lexicon.find(feature.key),
            };
            let Some(entry) = entry else { continue };
            for (score, weight) in self.scores.iter_mut().zip(entry.weights) {
                *score += weight * feature.value;
            }
            self.level += entry.level * feature.value;
            self.said.push(Said::Entry(entry, feature.value));
        }
    }

    fn keywords(&mut self, text: &str, routing: &Routing) {
        let lists = [
            (TaskClass::CodeGeneration, &routing.code_keywords),
            (TaskClass::Mathematical, &routing.math_keywords),
            (TaskClass::Creative, &routing.creative_keywords),
            (TaskClass::QuickResponse, &routing.quick_keywords),
            (TaskClass::DeepThinking, &routing.deep_keywords),
            (TaskClass::ToolUse, &routing.tools_keywords),
        ];
        if lists.iter().all(|(_, list)| list.is_empty()) {
            return;
        }
        let words = text::sampled(text);
        let words = Words::of(&words);
        for (class, list) in lists {
            for keyword in list.iter().filter(|keyword| words.have(keyword)) {
                self.scores[place(class)] += KEYWORD;
                self.said.push(Said::Of(class, format!("your keyword “{keyword}”"), KEYWORD));
            }
        }
    }

    fn end(self, lexicon: &Lexicon) -> Classification {
        let shares = shares(self.scores, lexicon.temperature);
        let mut order: [usize; CLASSES] = std::array::from_fn(|at| at);
        // On equal shares the order of the classes decides.
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        let [first, second, ..] = order;
        let base: f32 = lexicon.levels.iter().zip(shares).map(|(level, share)| level * share).sum();
        let level = base + self.level;
        Classification {
            class: ORDER[first],
            confidence: Milli::of(shares[first].min(MOST_SURE)),
            second: ORDER[second],
            complexity: Complexity::of(MIDDLE + (level - MIDDLE) * if level > MIDDLE { lexicon.tail } else { 1.0 }),
            evidence: self.evidence(first),
        }
    }

    /// What counted most for or against the class, over what it says of the others on average.
    fn evidence(&self, class: usize) -> Vec<Evidence> {
        let weigh = |said: &Said<'_>| match said {
            Said::Entry(entry, value) => (entry.weights[class] - entry.weights.iter().sum::<f32>() / CLASSES as f32) * value,
            Said::Of(of, _, worth) if place(*of) == class => *worth,
            Said::Of(_, _, worth) => -worth,
        };
        let mut weighed: Vec<(f32, &Said<'_>)> = self.said.iter().map(|said| (weigh(said), said)).collect();
        weighed.sort_by(|(a, _), (b, _)| b.abs().total_cmp(&a.abs()));
        let told = weighed.into_iter().filter(|(weight, _)| weight.abs() >= 0.05).take(TOLD);
        let evidence = |(weight, said): (f32, &Said<'_>)| {
            let what = match said {
                Said::Entry(entry, _) => entry.words(),
                Said::Of(_, what, _) => what.clone(),
            };
            Evidence { what, class: ORDER[class], weight: Milli::of(weight) }
        };
        told.map(evidence).collect()
    }
}

impl Entry {
    /// What it is, for a person.
    fn words(&self) -> String {
        let name = match self.name.as_str() {
            "0" => "a number",
            name => name,
        };
        match self.kind {
            Kind::Signal => name.to_owned(),
            Kind::Word | Kind::Pair => format!("“{name}”"),
            Kind::Verb | Kind::Begin => format!("begins “{name}”"),
            Kind::Last => format!("last sentence begins “{name}”"),
            Kind::Group => of_group(name),
            Kind::Opening => format!("begins with {}", of_group(name)),
            Kind::Crossing => {
                let (word, group) = name.split_once(" + ").unwrap_or((name, ""));
                format!("“{word}” and {}", of_group(group))
            }
        }
    }
}

/// A group, for a person: `proof word` is `words of proof`.
fn of_group(name: &str) -> String {
    let kinds = [(" word", "words of"), (" verb", "verbs of"), (" term", "terms of")];
    let known = kinds.iter().find_map(|(end, kind)| name.strip_suffix(end).map(|rest| format!("{kind} {rest}")));
    known.unwrap_or_else(|| format!("words of {name}"))
}

/// Scores as shares of 1. What is no number anywhere leaves all equal.
fn shares(scores: [f32; CLASSES], temperature: f32) -> [f32; CLASSES] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| ((score - most) / temperature).exp());
    let sum: f32 = powers.iter().sum();
    if sum.is_finite() && sum > 0.0 { powers.map(|power| power / sum) } else { [1.0 / CLASSES as f32; CLASSES] }
}

/// A feature by its name: what the command that learns the weights is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// What it is of.
    pub kind: FeatureKind,
    /// Its name in the file of weights.
    pub name: String,
    /// How much it counts.
    pub value: f32,
}

/// The features of a prompt, by name.
pub fn named_features(prompt: &str, lexicon: &Lexicon) -> Vec<Named> {
    let reading = Reading::of(prompt);
    let features = reading.features(lexicon);
    let named =
        |feature: &features::Feature| Named { kind: feature.kind, name: features.name(feature, lexicon), value: feature.value };
    features.list.iter().map(named).collect()
}

#[cfg(test)]
mod tests;
