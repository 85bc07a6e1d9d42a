//! The labels under an answer: what it is worth to be told of it, in a few words.
//!
//! What must stay true: pure; never a word that is not so: a calculation is called wrong only where [`arithmetic::check`] is
//! sure. The built-in guide's own answers have none: they come from the user guide, and its arithmetic is exact.

use crate::arithmetic;
use crate::config;
use crate::domain::{Label, LabelKind, Location, Signature, TaskClass};
use crate::routing::Words;

/// How much of a question and of an answer is searched for the words of a field, in bytes.
const SEARCHED: usize = 64 * 1024;

/// How many different words of a field an answer has that is about it, whatever was asked.
const STRONG: usize = 3;

const VERIFY: &str = "verify important calculations";

/// The labels of `answer` to `question`, in the order of [`LabelKind::ALL`], those left out that `config` switches off. To be
/// called once an answer is whole, also where it was cut short or stopped: what is there is read all the same. Takes
/// milliseconds for a megabyte.
pub(super) fn labels(question: &str, answer: &str, signature: &Signature, config: &config::Labels) -> Vec<Label> {
    if signature.is_guide() {
        return Vec::new();
    }
    let of = |kind| match kind {
        LabelKind::External => config.external.then(|| external(signature)).flatten(),
        LabelKind::HighStakes => config.high_stakes.then(|| high_stakes(question, answer, config)).flatten(),
        LabelKind::Maths => config.maths.then(|| maths(answer, signature.class)).flatten(),
        LabelKind::Code => config.code.then(|| code(answer, signature.class)).flatten(),
    };
    LabelKind::ALL.into_iter().filter_map(of).collect()
}

fn label(kind: LabelKind, text: impl Into<String>) -> Label {
    Label { kind, text: text.into(), calculations: Vec::new() }
}

fn external(signature: &Signature) -> Option<Label> {
    let text = match &signature.location {
        Location::Local => return None,
        Location::Network(host) => format!("sent to {host}"),
        Location::External(host) if signature.backend.as_str() == host => format!("sent to {host}"),
        Location::External(host) => format!("sent to {} ({host})", signature.backend),
    };
    Some(label(LabelKind::External, text))
}

fn high_stakes(question: &str, answer: &str, config: &config::Labels) -> Option<Label> {
    let fields = [
        (&config.medical_words, "this is no medical advice: ask a doctor or pharmacist before you act on it"),
        (&config.legal_words, "this is no legal advice: ask a lawyer before you act on it"),
        (&config.tax_words, "this is no tax or financial advice: ask a tax adviser before you act on it"),
    ];
    let start = |text: &'_ str| text.floor_char_boundary(SEARCHED);
    let (asked, answered) = (Words::of(&question[..start(question)]), Words::of(&answer[..start(answer)]));
    let concerned = |words: &Vec<String>| {
        words.iter().any(|word| asked.have(word))
            || words.iter().filter(|word| answered.have(word)).take(STRONG).count() == STRONG
    };
    let texts: Vec<&str> = fields.iter().filter(|(words, _)| concerned(words)).map(|(_, text)| *text).collect();
    (!texts.is_empty()).then(|| label(LabelKind::HighStakes, texts.join("; ")))
}

/// The calculations themselves are shown one by one, so that the words only count them.
fn maths(answer: &str, class: TaskClass) -> Option<Label> {
    let calculations = arithmetic::check(answer);
    if calculations.is_empty() && class != TaskClass::Mathematical {
        return None;
    }
    let (all, wrong) = (calculations.len(), calculations.iter().filter(|c| !c.correct).count());
    let text = match (wrong, all) {
        (0, _) => VERIFY.to_owned(),
        (1, 1) => format!("the calculation that was checked is wrong; {VERIFY}"),
        (1, _) => format!("1 of {all} calculations is wrong; {VERIFY}"),
        _ => format!("{wrong} of {all} calculations are wrong; {VERIFY}"),
    };
    Some(Label { kind: LabelKind::Maths, text, calculations })
}

fn code(answer: &str, class: TaskClass) -> Option<Label> {
    let fenced = fences(answer).any(is_code);
    let shown = class == TaskClass::CodeGeneration && (inline(answer) || indented(answer));
    (fenced || shown).then(|| label(LabelKind::Code, "review before using"))
}

/// What each fenced block says that it holds: `rust`, or nothing.
fn fences(text: &str) -> impl Iterator<Item = &str> {
    let mut open: Option<&str> = None;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark))?;
        match open {
            None => {
                open = Some(mark);
                Some(line[mark.len()..].trim_matches(['`', '~', ' ']))
            }
            Some(begun) => {
                open = (begun != mark).then_some(begun);
                None
            }
        }
    })
}

/// Blocks that say that they are prose are no code.
fn is_code(info: &str) -> bool {
    let language = info.split([' ', ',', '{']).next().unwrap_or_default().to_lowercase();
    !matches!(language.as_str(), "text" | "txt" | "plain" | "plaintext" | "markdown" | "md" | "latex" | "math" | "quote")
}

/// Code marks around more than a name.
fn inline(text: &str) -> bool {
    text.lines().any(|line| line.split('`').skip(1).step_by(2).any(|code| code.contains(['(', '{', ';', '=', '<', '$', '|'])))
}

/// Two lines or more that are indented as code is.
fn indented(text: &str) -> bool {
    let lines = text.lines().filter(|line| line.starts_with("    ") || line.starts_with('\t'));
    lines.filter(|line| line.contains(['(', '{', ';', '=', ':'])).take(2).count() == 2
}

#[cfg(test)]
mod tests;
