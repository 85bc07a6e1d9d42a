//! Answers and what they are graded.

mod auto;
mod choice;
mod hostile;
mod leak;
mod load;
mod numeric;
mod properties;
mod schema;
mod text;

use super::*;

/// The sample that one line of JSON is.
fn sample(line: &str) -> Sample {
    let loaded = read_jsonl(line.as_bytes());
    assert_eq!(loaded.errors, [], "{line}");
    loaded.samples.into_iter().next().expect("a sample")
}

/// A sample with an answer, which is JSON, and other fields.
fn asking(question: &str, answer: &str, more: &str) -> Sample {
    let question = serde_json::to_string(question).expect("text");
    sample(&format!(r#"{{"id": "s", "question": {question}, "answer": {answer}{more}}}"#))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}

/// `+` for correct, `-` for wrong, `?` for unknown.
fn sign(outcome: Outcome) -> char {
    match outcome {
        Outcome::Correct => '+',
        Outcome::Wrong => '-',
        Outcome::Unknown => '?',
    }
}

/// Grades rows of (truth, answer, sign) and says all that differ at once.
fn table(environment: &dyn TaskEnvironment, more: &str, rows: &[(&str, &str, char)]) {
    let mut wrong = String::new();
    for (truth, answer, want) in rows {
        let sample = asking("What is it?", &quoted(truth), more);
        let verdict = environment.grade(&sample, answer);
        assert!((0.0..=1.0).contains(&verdict.score) && verdict.feedback.ends_with(['.', '!', '?']), "{verdict:?}");
        assert!(verdict.feedback.chars().count() < 900 && !verdict.feedback.contains('\n'), "{verdict:?}");
        if sign(verdict.outcome) != *want {
            wrong += &format!("{truth:?} / {answer:?}: want {want}, {verdict:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
