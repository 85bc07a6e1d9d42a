//! Why a model was asked, in lines: what the question was taken for, by what, and which models were thought of.
//!
//! What must stay true: pure; the same for the screen and for the command line.

use super::{no_answer, on, place};
use crate::sanitise::clean_line;
use conductor::domain::{Classification, Considered, Decision, Failure, FailureKind, Location, Milli, SelectionReason, Tier};

/// A line: how far it stands in, and whether it is a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Columns before it; what is wrapped of it stands two further in.
    pub indent: u16,
    /// True for a heading.
    pub head: bool,
    /// The words.
    pub text: String,
}

fn line(indent: u16, text: impl Into<String>) -> Line {
    Line { indent, head: false, text: text.into() }
}

fn head(text: &str) -> [Line; 2] {
    [line(0, ""), Line { indent: 0, head: true, text: text.to_owned() }]
}

/// What a question was taken for, in one sentence.
pub fn task(task: &Classification, tier: Tier) -> String {
    let Classification { class, confidence, second, complexity, .. } = task;
    format!(
        "{}, {} % sure (or else {}) · difficulty {complexity}: {}",
        class.word(),
        confidence.percent(),
        second.word(),
        wanted(tier)
    )
}

fn wanted(tier: Tier) -> &'static str {
    match tier {
        Tier::Small => "a small model will do",
        Tier::Medium => "a medium model",
        Tier::Deep => "the deepest model",
    }
}

/// Why the first of the chain is the first.
pub fn reason(reason: &SelectionReason) -> String {
    match reason {
        SelectionReason::Specialized { class } => format!("the best here for {}", class.word()),
        SelectionReason::Default => "your general model".to_owned(),
        SelectionReason::Complexity { level } => format!("difficulty {level}, the deepest that may be asked"),
        SelectionReason::Warm => "nearly the best, and in use already: a swap takes seconds".to_owned(),
        SelectionReason::UserOverride => "you said so".to_owned(),
        SelectionReason::Substitute { wanted, .. } => format!("in the place of {wanted}"),
        SelectionReason::Fallback { from, why } => {
            // The kind is not said: only the words count.
            let failure = Failure::new(FailureKind::Broken, clean_line(why), "");
            format!("{}, and another answered", no_answer(from, &failure))
        }
        SelectionReason::Guide { why } => clean_line(why).into_owned(),
    }
}

/// The whole explanation.
pub fn lines(decision: &Decision, why: &SelectionReason) -> Vec<Line> {
    let mut out = vec![line(0, task(&decision.task, decision.tier))];
    out.extend(decision.notes.iter().map(|note| line(0, clean_line(note).into_owned())));
    let hosts = &decision.hosts;
    let host = |at: usize| hosts.get(at).map(|host| on(host, hosts)).unwrap_or_default();
    let named = decision.chain.iter().enumerate().map(|(at, model)| format!("{}{}", clean_line(model.short()), host(at)));
    let chain: Vec<String> = named.collect();
    if let Some((first, rest)) = chain.split_first() {
        out.push(line(0, format!("asks {first}: {}", reason(why))));
        out.push(line(
            0,
            if rest.is_empty() { "nobody stands in".to_owned() } else { format!("if it fails: {}", rest.join(", ")) },
        ));
    }
    if !decision.task.evidence.is_empty() {
        out.extend(head("told by"));
        out.extend(decision.task.evidence.iter().map(|e| line(2, format!("{}  {}", signed(e.weight), clean_line(&e.what)))));
    }
    if !decision.considered.is_empty() {
        out.extend(head("models, the best first"));
        out.extend(decision.considered.iter().flat_map(|model| considered(model, !hosts.is_empty())));
    }
    out
}

/// That nothing whole came of it.
pub fn vain(what: &str) -> Line {
    line(0, format!("it failed: {}", clean_line(what)))
}

fn considered(model: &Considered, several: bool) -> Vec<Line> {
    // Of a model elsewhere its place says more than who offers it.
    let is_named = several && !matches!(model.location, Location::External(_));
    let host = if is_named { on(&model.backend, std::slice::from_ref(&model.backend)) } else { String::new() };
    let name = format!("{}{host}  {}", clean_line(model.model.short()), place(&model.location));
    match model.gate {
        Some(gate) => vec![line(2, format!("   -  {name}")), line(8, gate.words())],
        None => {
            let points: Vec<String> = model.points.iter().map(|p| format!("{} {}", p.what, signed(p.points))).collect();
            vec![line(2, format!("{}  {name}", model.score)), line(8, points.join(" · "))]
        }
    }
}

fn signed(weight: Milli) -> String {
    format!("{:+.2}", weight.get())
}
