//! Warnings under an answer, in words.

use conductor::domain::{Calculation, Label, LabelKind};

/// The word of a kind: `high stakes`.
pub fn kind(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Maths => "maths",
        LabelKind::Code => "code",
        LabelKind::External => "external",
        LabelKind::HighStakes => "high stakes",
    }
}

/// The kind that a person means: by its key, its word, or in one word.
pub fn kind_of(typed: &str) -> Option<LabelKind> {
    let typed = typed.to_lowercase().replace(['-', ' '], "_");
    match typed.as_str() {
        "math" | "mathematics" => Some(LabelKind::Maths),
        "stakes" => Some(LabelKind::HighStakes),
        other => LabelKind::ALL.into_iter().find(|kind| kind.key() == other),
    }
}

/// The lines of a label, the mark `!` apart: the warning, and each calculation that was checked.
pub fn lines(label: &Label) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", kind(label.kind), label.text)];
    lines.extend(label.calculations.iter().map(calculation));
    lines
}

/// `17 * 23 = 391 ✓`, or `✗ 17 * 23 is 391, not 390`.
fn calculation(calculation: &Calculation) -> String {
    let Calculation { expression, claimed, exact, correct } = calculation;
    if *correct { format!("{expression} = {claimed} ✓") } else { format!("✗ {expression} is {exact}, not {claimed}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_what_is_typed() {
        for wanted in LabelKind::ALL {
            for typed in [wanted.key(), kind(wanted), &wanted.key().to_uppercase()] {
                assert_eq!(kind_of(typed), Some(wanted), "{typed}");
            }
        }
        for (typed, wanted) in
            [("math", Some(LabelKind::Maths)), ("high-stakes", Some(LabelKind::HighStakes)), ("all", None), ("", None)]
        {
            assert_eq!(kind_of(typed), wanted, "{typed}");
        }
    }

    #[test]
    fn calculations_say_what_is_right() {
        let checked = |claimed: &str, correct| Calculation {
            expression: "17 * 23".into(),
            claimed: claimed.into(),
            exact: "391".into(),
            correct,
        };
        let label = Label {
            kind: LabelKind::Maths,
            text: "verify important calculations".into(),
            calculations: vec![checked("391", true), checked("390", false)],
        };
        let want = ["maths: verify important calculations", "17 * 23 = 391 ✓", "✗ 17 * 23 is 391, not 390"];
        assert_eq!(lines(&label), want);
    }
}
