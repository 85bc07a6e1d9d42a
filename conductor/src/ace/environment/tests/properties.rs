//! What holds for all answers.

use super::*;
use proptest::prelude::*;

/// A sample, where `truth` can be the truth of such.
fn with(truth: &str, more: &str) -> Option<Sample> {
    let line = format!(r#"{{"id": "s", "question": "What is it?", "answer": {}{more}}}"#, quoted(truth));
    read_jsonl(line.as_bytes()).samples.into_iter().next()
}

fn is_correct(environment: &dyn TaskEnvironment, sample: &Sample, answer: &str) -> Result<(), TestCaseError> {
    let verdict = environment.grade(sample, answer);
    prop_assert_eq!(verdict.outcome, Outcome::Correct, "{} {:?}", environment.name(), verdict);
    Ok(())
}

/// Texts that look like answers, and any text.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,40}",
        "\\PC{1,40}",
        ".{1,40}",
        r"(-?[0-9]{1,4}([.,/^:-][0-9]{1,3}){0,2} ?(km|%|\$|apples|m2)? ?){1,3}",
        r"(\\boxed\{|\\frac\{|\}|\{|\$|\*|\(|[0-9a-zB]| |answer is |Final answer:|\n|</?think>|</?answer>|#){1,30}",
    ]
}

/// `text` in another case, with other punctuation at its ends and other blanks.
fn dressed(text: &str, upper: bool, mark: &str, blank: &str) -> String {
    let text = text.split(' ').collect::<Vec<_>>().join(blank);
    let text = if upper { text.to_uppercase() } else { text.to_lowercase() };
    format!("{blank}\"{text}\"{mark}{blank}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_truth_itself_is_correct(truth in texts()) {
        let all: [(&dyn TaskEnvironment, &str); 7] = [
            (&Exact, "exact"), (&Normalised, "normalised"), (&F1, "f1"), (&ContainsAll, "contains_all"),
            (&ContainsAny, "contains_any"), (&Numeric, "numeric"), (&Auto::default(), "auto"),
        ];
        for (environment, grader) in all {
            if let Some(sample) = with(&truth, &format!(r#", "grader": "{grader}""#)) {
                is_correct(environment, &sample, &truth)?;
            }
        }
        if let Some(sample) = with(&truth, r#", "choices": ["x", "y"]"#) {
            is_correct(&Choice, &sample, &truth)?;
        }
        let choices = format!(r#", "choices": [{}, "something else"]"#, quoted(&truth));
        if let Some(sample) = with(&truth, &choices) {
            is_correct(&Choice, &sample, &truth)?;
            is_correct(&Choice, &sample, "A")?;
        }
    }

    #[test]
    fn case_punctuation_and_blanks_never_change_the_normalised_verdict(
        truth in "\\PC{1,12}( \\PC{1,8}){0,2}", answer in "[a-zA-Z0-9]{1,8}( [a-zA-Zäß]{1,8}){0,2}",
        upper in any::<bool>(), mark in "[.!?;:]{0,3}", blank in "[ \n\t]{1,3}",
    ) {
        if let Some(sample) = with(&truth, r#", "grader": "normalised""#) {
            let plain = Normalised.grade(&sample, &answer).outcome;
            prop_assert_eq!(Normalised.grade(&sample, &dressed(&answer, upper, &mark, &blank)).outcome, plain);
        }
        if let Some(sample) = with(&answer, r#", "grader": "normalised""#) {
            is_correct(&Normalised, &sample, &dressed(&answer, upper, &mark, &blank))?;
        }
    }

    #[test]
    fn a_tolerance_is_symmetric(left in any::<f64>(), right in any::<f64>(), absolute in 0.0..10.0f64, relative in 0.0..1.0f64) {
        let tolerance = Tolerance { absolute, relative };
        prop_assert_eq!(tolerance.accepts(left, right), tolerance.accepts(right, left));
        prop_assert_eq!(tolerance.accepts(left, right), tolerance.accepts(-left, -right));
        prop_assert_eq!(tolerance.accepts(left, left), left.is_finite());
    }

    #[test]
    fn numbers_near_each_other_are_graded_the_same_both_ways(left in -1000i32..1000, apart in -30i32..30) {
        let right = left + apart;
        let grade = |truth: i32, answer: i32| {
            Numeric.grade(&asking("q", &truth.to_string(), r#", "tolerance": "1%""#), &answer.to_string()).outcome
        };
        prop_assert_eq!(grade(left, right), grade(right, left));
        prop_assert_eq!(grade(left, right) == Outcome::Correct, apart.abs() * 100 <= left.abs().max(right.abs()));
    }

    #[test]
    fn a_number_equals_only_itself(truth in -10_000i64..10_000, answer in -10_000i64..10_000) {
        let sample = asking("q", &truth.to_string(), "");
        prop_assert_eq!(Numeric.grade(&sample, &answer.to_string()).outcome == Outcome::Correct, truth == answer);
        is_correct(&Numeric, &sample, &format!("The answer is {truth}."))?;
        is_correct(&Numeric, &sample, &format!("so 3 and 4 make $\\boxed{{{truth}}}$"))?;
    }

    #[test]
    fn no_text_makes_anything_panic(truth in texts(), answer in texts(), question in texts(), line in ".{0,80}") {
        let choices = vec![truth.clone(), "x".to_owned(), answer.clone()];
        let plain = Sample { choices, ..Sample::new("s", question, Some(Truth::from(truth.as_str()))) };
        let fits = Fits::default();
        let auto = Auto::default();
        let all: [&dyn TaskEnvironment; 9] = [&Exact, &Normalised, &Numeric, &Choice, &F1, &ContainsAll, &ContainsAny, &fits, &auto];
        for environment in all {
            let verdict = environment.grade(&plain, &answer);
            prop_assert!((0.0..=1.0).contains(&verdict.score));
        }
        let held = holds_answer(&answer, &plain);
        prop_assert_eq!(held, holds_answer(&answer, &plain));
        let loaded = read_jsonl(line.as_bytes());
        prop_assert!(loaded.samples.len() + loaded.errors.len() <= 1);
    }
}
