//! Answers that want to break something.

use super::*;

/// All environments, with samples that they fit.
fn all() -> Vec<(Box<dyn TaskEnvironment>, Sample)> {
    vec![
        (Box::new(Exact), asking("q", "\"x\"", r#", "grader": "exact""#)),
        (Box::new(Normalised), asking("q", "\"x y\"", r#", "grader": "normalised""#)),
        (Box::new(Numeric), asking("q", "\"14 km\"", "")),
        (Box::new(Choice), asking("q", "\"B\"", r#", "choices": ["c c", "x", "c c d"]"#)),
        (Box::new(F1), asking("q", "\"x y\"", r#", "grader": "f1""#)),
        (Box::new(ContainsAll), asking("q", "[\"a a b\", \"->\"]", r#", "grader": "contains_all""#)),
        (Box::new(ContainsAny), asking("q", "[\"a a b\", \"->\"]", r#", "grader": "contains_any""#)),
        (Box::new(Matches), sample(r#"{"id": 1, "question": "q", "pattern": "(a+)+$x"}"#)),
        (Box::new(Fits::default()), sample(r#"{"id": 1, "question": "q", "schema": {"required": ["x"]}}"#)),
        (Box::new(Auto::default()), asking("q", "\"x y\"", "")),
    ]
}

/// How long the answers are, in bytes. What took time by the square would take minutes in a test's build.
const LONG: usize = 20_000;

/// Pieces that are cheap once and must be so many times over.
const PIECES: [&str; 34] = [
    "a ",
    "1 ",
    "1",
    "12 km ",
    "1/",
    "1.",
    "-1",
    "$",
    "$1",
    "*",
    "* ",
    " ",
    "\n",
    "(",
    "(1",
    "{",
    "}",
    "\\",
    "\\boxed{",
    "\\frac{",
    "\\text{1}",
    "answer is ",
    "final answer: 1\n",
    "<answer>",
    "<think>",
    "</think>1",
    "####",
    "1. x\n",
    "A) ",
    "A or ",
    "c c ",
    "10^",
    "½",
    "ﷺ",
];

#[test]
fn long_answers_are_graded_in_time_proportional_to_them() {
    for (environment, sample) in all() {
        for piece in PIECES {
            let answer = piece.repeat(LONG / piece.len());
            // Where the time grew faster than the text, this would take longer than a test may.
            let verdict = environment.grade(&sample, &answer);
            assert!(verdict.feedback.chars().count() < 900, "{} {piece:?}", environment.name());
        }
    }
}

#[test]
fn long_bullets_are_looked_through_in_time_proportional_to_them() {
    for sample in
        [asking("a 1 b 2?", "\"x\"", ""), asking("a 1 b 2?", "14", ""), asking("q", "\"B\"", r#", "choices": ["x", "y"]"#)]
    {
        for piece in PIECES {
            assert!(!holds_answer(&piece.repeat(LONG / piece.len()), &sample), "{piece:?}");
        }
    }
}

#[test]
fn strange_numbers_are_no_numbers() {
    table(
        &Numeric,
        r#", "grader": "numeric""#,
        &[
            ("14", "NaN", '-'),
            ("14", "inf", '-'),
            ("14", "∞", '-'),
            ("14", "1e999", '-'),
            ("14", "-1e999", '-'),
            ("14", "1/0", '-'),
            ("0", "0/0", '-'),
            ("0", "1e-999", '-'),
            ("14", "9^9999", '-'),
            ("14", "١٤", '+'),
            ("14", "１４", '+'),
            ("14", "१४", '+'),
            ("14", "\u{1d7cf}\u{1d7d2}", '+'),
            ("3.5", "٣٫٥", '+'),
            ("14", "\u{202e}14\u{202c}", '+'),
            ("14", "1\u{200b}4", '+'),
            ("14", "***`14`***", '+'),
            ("14", "> - **14**", '+'),
            ("14", r"\[ \boxed{\mathbf{14}} \]", '+'),
            ("14", r"\(\boxed{\text{\textbf{14} km}}\)", '+'),
            ("14", r"\boxed{14", '+'),
            ("14", "[14](http://x.example/15)", '+'),
            ("3/4", r"$\dfrac{3}{4}$", '+'),
            ("14", "Ⅻ", '-'),
        ],
    );
    let zeros = "0".repeat(10_000) + "14";
    assert_eq!(Numeric.grade(&asking("q", "14", ""), &zeros).outcome, Outcome::Wrong);
}

#[test]
fn a_truth_that_is_not_finite_is_no_number() {
    for truth in ["\"1e999\"", "\"NaN\"", "\"inf\"", "\"1/0\"", "\"10-12\"", "\"12:30\""] {
        let line = format!(r#"{{"id": 1, "question": "q", "answer": {truth}, "grader": "numeric"}}"#);
        assert_eq!(read_jsonl(line.as_bytes()).errors.len(), 1, "{truth}");
    }
}
