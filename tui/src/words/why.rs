//! Why a model was asked, in lines: what the question was taken for, by what, and which models were thought of.
//!
//! What must stay true: pure; the same for the screen and for the command line.

use super::playbook::{self as say, Part};
use super::{Names, no_answer, on, place};
use crate::sanitise::clean_line;
use conductor::domain::{
    BulletId, Classification, Considered, Decision, Failure, FailureKind, Location, Milli, Playbook, SelectionReason, Shown, Tier,
};

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

pub(super) fn line(indent: u16, text: impl Into<String>) -> Line {
    Line { indent, head: false, text: text.into() }
}

pub(super) fn head(text: &str) -> [Line; 2] {
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
pub fn reason(reason: &SelectionReason, names: &Names) -> String {
    match reason {
        SelectionReason::Specialized { class } => format!("the best here for {}", class.word()),
        SelectionReason::Default => "your general model".to_owned(),
        SelectionReason::Complexity { level } => format!("difficulty {level}, the deepest that may be asked"),
        SelectionReason::Warm => "nearly the best, and in use already: a swap takes seconds".to_owned(),
        SelectionReason::UserOverride => "you said so".to_owned(),
        SelectionReason::Substitute { wanted, .. } => format!("in the place of {}", names.model(wanted)),
        SelectionReason::Fallback { from, why } => {
            // The kind is not said: only the words count.
            let failure = Failure::new(FailureKind::Broken, clean_line(why), "");
            format!("{}, and another answered", no_answer(from, &failure, names))
        }
        SelectionReason::Guide { why } => clean_line(why).into_owned(),
    }
}

/// The whole explanation. `book` is the playbook of what the prompt had of one, where it is known.
pub fn lines(decision: &Decision, why: &SelectionReason, book: Option<&Playbook>, names: &Names) -> Vec<Line> {
    let mut out = vec![line(0, task(&decision.task, decision.tier))];
    out.extend(decision.notes.iter().map(|note| line(0, clean_line(note).into_owned())));
    let hosts = &decision.hosts;
    let host = |at: usize| hosts.get(at).map(|host| on(host, hosts)).unwrap_or_default();
    let named = decision.chain.iter().enumerate().map(|(at, model)| format!("{}{}", names.model(model), host(at)));
    let chain: Vec<String> = named.collect();
    if let Some((first, rest)) = chain.split_first() {
        out.push(line(0, format!("asks {first}: {}", reason(why, names))));
        out.push(line(
            0,
            if rest.is_empty() {
                "if it fails: no other is asked".to_owned()
            } else {
                format!("if it fails: {}", rest.join(", "))
            },
        ));
    }
    let each: Vec<&Shown> = decision.shown.iter().flat_map(Shown::each).filter(|shown| !shown.bullets.is_empty()).collect();
    if !each.is_empty() {
        out.extend(head("advice"));
        out.extend(each.into_iter().flat_map(|shown| advice(shown, book)));
    }
    if !decision.task.evidence.is_empty() {
        out.extend(head("told by"));
        let class = decision.task.class.word();
        out.push(line(2, format!("+ speaks for {class}, - against it; the larger the number, the more")));
        out.extend(decision.task.evidence.iter().map(|e| line(2, format!("{}  {}", signed(e.weight), clean_line(&e.what)))));
    }
    if !decision.considered.is_empty() {
        out.extend(head("models, the best first"));
        out.extend(decision.considered.iter().flat_map(|model| considered(model, !hosts.is_empty(), names)));
    }
    out
}

/// What the prompt had of a playbook: how many lines, and those that the answer named, with their words. `book` is the playbook as it is
/// now, where it is known.
fn advice(shown: &Shown, book: Option<&Playbook>) -> Vec<Line> {
    let mut out = Vec::new();
    // The same number in another playbook is another line.
    let book = book.filter(|book| book.key == shown.playbook);
    let (count, cited) = (shown.bullets.len(), shown.cited.len());
    let trial = if shown.trial.is_empty() { String::new() } else { format!(", {} of them on trial", shown.trial.len()) };
    let were = if count == 1 { "was" } else { "were" };
    let named = if cited == 0 { "the answer named none".to_owned() } else { format!("the answer named {}:", say::lines(cited)) };
    out.push(line(2, format!("{} of {} {were} in the prompt{trial}; {named}", say::lines(count), shown.playbook)));
    out.extend(shown.cited.iter().map(|id| line(4, format!("{} {}", Part::Cited.symbol(), words_of(*id, book)))));
    out
}

fn words_of(id: BulletId, book: Option<&Playbook>) -> String {
    match (book, book.and_then(|book| book.bullets.get(&id))) {
        (_, Some(bullet)) => say::line(bullet),
        (Some(_), None) => format!("[{id}], which is gone by now"),
        (None, None) => format!("[{id}]"),
    }
}

/// That nothing whole came of it.
pub fn vain(what: &str) -> Line {
    line(0, format!("it failed: {}", clean_line(what)))
}

fn considered(model: &Considered, several: bool, names: &Names) -> Vec<Line> {
    // Of a model elsewhere its place says more than who offers it.
    let is_named = several && !matches!(model.location, Location::External(_));
    let host = if is_named { on(&model.backend, std::slice::from_ref(&model.backend)) } else { String::new() };
    let name = format!("{}{host}  {}", names.model(&model.model), place(&model.location));
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

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{Bullet, Counts, PlaybookKey, Provenance, Stage, Text};

    #[test]
    fn the_lines_that_an_answer_named_are_told_with_their_words() {
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        let mut book = Playbook::new(key.clone());
        let bullet = Bullet {
            id: BulletId(1),
            text: Text { section: "Errors".to_owned(), content: "check\nsigns".to_owned() },
            counts: Counts::NONE,
            stage: Stage::Prod,
            pinned: false,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: 0,
        };
        book.bullets.insert(bullet.id, bullet);
        let shown = |bullets: &[u32], trial: &[u32], cited: &[u32]| {
            let ids = |numbers: &[u32]| numbers.iter().map(|number| BulletId(*number)).collect();
            Shown { bullets: ids(bullets), trial: ids(trial), cited: ids(cited), ..Shown::nothing(key.clone()) }
        };
        for (shown, book, want) in [
            (shown(&[1], &[], &[]), None, vec!["1 line of math-qwen was in the prompt; the answer named none"]),
            (
                shown(&[1, 2], &[2], &[1, 2]),
                Some(&book),
                vec![
                    "2 lines of math-qwen were in the prompt, 1 of them on trial; the answer named 2 lines:",
                    "* [errors-00001] check signs",
                    "* [00002], which is gone by now",
                ],
            ),
            (shown(&[1], &[], &[1]), None, vec!["1 line of math-qwen was in the prompt; the answer named 1 line:", "* [00001]"]),
        ] {
            let told = advice(&shown, book);
            assert_eq!(told.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), want);
        }
    }
}
