//! Multiple choice.

use super::*;

const CITIES: &str = r#", "choices": ["London", "Paris", "New York", "New York City"]"#;

#[test]
fn a_choice_is_named_by_its_letter_or_its_text() {
    table(
        &Choice,
        CITIES,
        &[
            ("B", "B", '+'),
            ("b", "B", '+'),
            ("Paris", "B", '+'),
            ("B) Paris", "B", '+'),
            ("B", "b", '+'),
            ("B", "(b)", '+'),
            ("B", "B.", '+'),
            ("B", "B) Paris", '+'),
            ("B", "**B) Paris**", '+'),
            ("B", "B: Paris", '+'),
            ("B", "[B]", '+'),
            ("B", "Option B", '+'),
            ("B", "Paris", '+'),
            ("B", "paris.", '+'),
            ("B", "The answer is B.", '+'),
            ("B", "The answer is (B).", '+'),
            ("B", "The answer is **B**", '+'),
            ("B", r"\boxed{B}", '+'),
            ("B", r"$\boxed{\text{B}}$", '+'),
            ("B", "Answer: Paris", '+'),
            ("B", "The answer is B because A is too far north", '+'),
            ("B", "I think it is Paris.", '+'),
            ("B", "A", '-'),
            ("B", "C", '-'),
            ("B", "London", '-'),
            ("A", "A", '+'),
            ("A", "A. London", '+'),
            ("B", "A city I do not know", '-'),
            ("B", "none of these", '-'),
            ("C", "New York", '+'),
            ("D", "New York City", '+'),
            ("C", "It must be New York City", '-'),
            ("D", "It must be New York City", '+'),
        ],
    );
}

#[test]
fn an_answer_that_takes_no_single_choice_is_wrong_or_unknown() {
    table(
        &Choice,
        CITIES,
        &[
            ("B", "A or B", '-'),
            ("B", "A/B", '-'),
            ("B", "A, B and C", '-'),
            ("B", "The answer is A or B", '-'),
            ("B", "B) London", '?'),
            ("B", "Paris and London are both large", '?'),
            ("B", "It is not Paris", '?'),
            ("B", "(B) is wrong, so (C)", '?'),
            ("B", "Between B) and C) I am torn", '?'),
        ],
    );
}

#[test]
fn choices_that_are_numbers_are_compared_by_value() {
    let sample = sample(r#"{"id": 1, "question": "q", "choices": [0.25, 0.5, 1], "answer": 0.5}"#);
    for (answer, want) in [("B", '+'), ("0.5", '+'), ("1/2", '+'), ("0.50", '+'), ("The answer is 1/4", '-'), ("C", '-')] {
        assert_eq!(sign(Choice.grade(&sample, answer).outcome), want, "{answer}");
    }
}

#[test]
fn letters_in_the_texts_of_choices_are_not_part_of_them() {
    let sample = sample(r#"{"id": 1, "question": "q", "choices": ["A) cat", "B) dog"], "answer": "dog"}"#);
    assert_eq!(sample.choices, ["cat", "dog"]);
    assert_eq!(Choice.grade(&sample, "dog").outcome, Outcome::Correct);
}
