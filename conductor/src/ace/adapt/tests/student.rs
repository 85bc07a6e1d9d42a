//! A student whose answers are right by known probabilities, which depend on what stands in its prompt.
//!
//! What must stay true: what it answers depends on the prompt and the attempt alone, so that a run that goes on gets the same.

use crate::ace::adapt::Rng;
use crate::ace::environment::{Sample, Truth};
use crate::ace::roles::{Ask, AskError, Asker, Reply, Role};
use crate::domain::Digest;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A kind of question: its word, a line that helps with it, one that harms.
pub(in crate::ace::adapt) struct Kind {
    pub(in crate::ace::adapt) word: &'static str,
    pub(in crate::ace::adapt) helps: &'static str,
    pub(in crate::ace::adapt) harms: &'static str,
}

pub(in crate::ace::adapt) const KINDS: [Kind; 6] = [
    Kind {
        word: "fractions",
        helps: "Bring fractions to a common denominator before adding.",
        harms: "Add numerators and denominators of fractions separately.",
    },
    Kind {
        word: "percentages",
        helps: "Take a percentage of the base that the sentence names.",
        harms: "Treat a percentage as absolute points.",
    },
    Kind {
        word: "calendars",
        helps: "Count leap days between calendar dates.",
        harms: "Assume thirty days for each calendar month.",
    },
    Kind {
        word: "currencies",
        helps: "Convert currency at the rate of the booking day.",
        harms: "Invert the exchange rate whenever it exceeds one.",
    },
    Kind { word: "angles", helps: "Write angles in radians for arc length.", harms: "Read angle figures clockwise from south." },
    Kind { word: "averages", helps: "Weight group averages by group size.", harms: "Drop outliers silently from averages." },
];

/// The right answer to the question with this number.
fn truth(item: u32) -> u32 {
    item % 89 + 5
}

/// Questions of all kinds in turn.
pub(in crate::ace::adapt) fn samples(items: std::ops::Range<u32>, seed: u64) -> Vec<Sample> {
    items
        .map(|item| {
            let kind = &KINDS[item as usize % KINDS.len()];
            let question = format!("Exercise on {}, item #{item} of series s{seed}.", kind.word);
            Sample::new(format!("s{item}"), question, Some(Truth::from(truth(item).to_string().as_str())))
        })
        .collect()
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::ace::adapt) struct Student {
    /// Any line of a playbook before it makes it worse.
    pub(in crate::ace::adapt) easily_hurt: bool,
    /// How many of its answers were no JSON.
    pub(in crate::ace::adapt) broken: AtomicUsize,
    /// How many it gave.
    pub(in crate::ace::adapt) asked: AtomicUsize,
    /// From the so-manieth question on it is away, for as many questions.
    pub(in crate::ace::adapt) away: std::ops::Range<usize>,
}

impl Student {
    pub(in crate::ace::adapt) fn new() -> Self {
        Self::default()
    }

    fn answer(&self, ask: &Ask) -> Value {
        let mut rng = chance(ask);
        let kind = KINDS.iter().find(|kind| ask.user.contains(&format!("Exercise on {},", kind.word))).unwrap();
        match ask.role {
            Role::Generator => self.generate(ask, kind, &mut rng),
            Role::Reflector => reflect(ask, kind, &mut rng),
            Role::Curator => curate(ask, kind, &mut rng),
        }
    }

    fn generate(&self, ask: &Ask, kind: &Kind, rng: &mut Rng) -> Value {
        let (helps, harms) = (id(&ask.system, kind.helps), id(&ask.system, kind.harms));
        let hinted = ask.user.contains(&format!("Mind the rule of {}.", kind.word));
        let mut share: f64 = if helps.is_some() || hinted { 0.95 } else { 0.4 };
        if harms.is_some() {
            share *= 0.25;
        }
        if self.easily_hurt && ask.system.contains("- [") {
            share = 0.1;
        }
        let item = ask.user.split("item #").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
        let right = truth(item);
        let answer = if rng.unit() < share { right } else { right + 1 + (rng.number() % 3) as u32 };
        let ids: Vec<String> = [helps, harms].into_iter().flatten().collect();
        // In the field, or in the text.
        if rng.unit() < 0.5 {
            json!({"reasoning": "As the playbook says.", "bullet_ids": ids, "final_answer": answer.to_string()})
        } else {
            let inline: String = ids.iter().map(|id| format!("[{id}] ")).collect();
            json!({"reasoning": format!("By {inline}it follows."), "bullet_ids": [], "final_answer": answer})
        }
    }
}

fn reflect(ask: &Ask, kind: &Kind, rng: &mut Rng) -> Value {
    let wrong = ask.user.contains("Outcome: wrong");
    let mut tags = Vec::new();
    if let Some(id) = id(&ask.user, kind.helps) {
        tags.push(json!({"id": id, "tag": "helpful"}));
    }
    if let Some(id) = id(&ask.user, kind.harms) {
        // It praises what harms, too, as small models do.
        tags.push(json!({"id": id, "tag": if wrong && rng.unit() < 0.8 { "harmful" } else { "neutral" }}));
    }
    tags.push(json!({"id": "invented-00777", "tag": "helpful"}));
    json!({
        "reasoning": "It was looked at.",
        "error_identification": if wrong { "a wrong rule" } else { "none" },
        "root_cause_analysis": "",
        "correct_approach": format!("Mind the rule of {}.", kind.word),
        "key_insight": format!("Lesson on {}.", kind.word),
        "bullet_tags": tags,
    })
}

fn curate(ask: &Ask, kind: &Kind, rng: &mut Rng) -> Value {
    let mut operations = vec![json!({"type": "TAG", "bullet_id": "1", "tag": "helpful"})];
    if rng.unit() < 0.5 && !ask.user.contains(kind.helps) {
        operations.push(json!({"type": "ADD", "section": "Rules", "content": kind.helps}));
    }
    if rng.unit() < 0.12 {
        operations.push(json!({"type": "ADD", "section": "Rules", "content": kind.harms}));
    }
    if rng.unit() < 0.1 {
        operations.push(json!({"type": "REPLACE_ALL", "content": "x"}));
    }
    json!({"reasoning": "What was learnt.", "operations": operations})
}

/// The name of the bullet with this line, in whatever form it stands there.
fn id(prompt: &str, line: &str) -> Option<String> {
    let found = prompt.lines().find(|text| text.contains(line) && text.contains('['))?;
    found.split('[').nth(1)?.split(']').next().map(str::to_owned)
}

fn chance(ask: &Ask) -> Rng {
    let text = format!("{}\n{}\n{}\n{}", ask.role, ask.attempt, ask.system, ask.user);
    let digest = Digest::of(text.as_bytes()).to_string();
    Rng::new(u64::from_str_radix(&digest[..16], 16).unwrap(), 0)
}

/// Breaks an answer in one of the ways that small models do.
fn broken(answer: &str, rng: &mut Rng) -> (String, bool) {
    match rng.below(4) {
        0 => (answer[..answer.len() / 2].to_owned(), true),
        1 => ("I am sorry, I cannot do that.".to_owned(), false),
        2 => (format!("<think>{answer}"), false),
        _ => ("{\"other\": 1}".to_owned(), false),
    }
}

impl Asker for Student {
    fn ask(&self, ask: Ask) -> BoxFuture<'static, Result<Reply, AskError>> {
        let at = self.asked.fetch_add(1, Ordering::Relaxed);
        if self.away.contains(&at) {
            return ready(Err(AskError { what: "connection refused".to_owned(), lasting: true })).boxed();
        }
        let mut rng = chance(&ask);
        let mut text = self.answer(&ask).to_string();
        let mut cut = false;
        // Another draw than that of the answer.
        rng.number();
        if Rng::new(rng.number(), 1).unit() < 0.2 {
            self.broken.fetch_add(1, Ordering::Relaxed);
            (text, cut) = broken(&text, &mut rng);
        } else if rng.unit() < 0.3 {
            text = format!("Here it is:\n```json\n{text}\n```\n");
        }
        let reply =
            Reply { text, cut, prompt_tokens: Some(100), answer_tokens: Some(50), total_ms: 7, model: "student".to_owned() };
        ready(Ok(reply)).boxed()
    }
}
