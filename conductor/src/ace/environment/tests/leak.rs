//! Bullets that hold an answer.

use super::*;

#[test]
fn bullets_that_hold_the_answer_are_found_and_others_are_not() {
    let clips = "Natalia sold 48 clips to friends in April, and half as many in May. How many clips did she sell altogether?";
    let capital = "What is the capital of France?";
    let prime = "Is 91 a prime number?";
    let multiply = "What is 17 times 23?";
    let mut wrong = String::new();
    for (question, truth, bullet, want) in [
        // Telling truths are enough by themselves, where they are whole.
        (capital, "Paris", "The capital of France is Paris.", true),
        (capital, "Paris", "Remember PARIS for such questions", true),
        (capital, "Paris", "Say the capital, not the largest city", false),
        (capital, "Paris", "Parisian idioms are no answers", false),
        ("Who wrote it?", "Mary Shelley", "mary shelley wrote Frankenstein", true),
        ("Who wrote it?", "Mary Shelley", "Mary is a common first name", false),
        ("What powers a cell?", "mitochondria", "Energy comes from mitochondria.", true),
        ("Which law?", "law of large numbers", "Use the law of large numbers", true),
        ("首都は?", "東京", "答えは東京です", false),
        ("日本の首都は?", "東京", "日本の首都は東京です", true),
        // What stands in the question is no secret.
        ("Which is larger, Paris or Lyon?", "Paris", "Compare Paris by its area", false),
        ("Which is larger, Paris or Lyon?", "Paris", "Paris is larger than Lyon", true),
        // Numbers.
        (multiply, "391", "17 times 23 is 391", true),
        (multiply, "391", "For 17 × 23 write 391.0", true),
        (multiply, "391", "The answer is 391", true),
        (multiply, "391", "There are 391 ways to fail", false),
        (multiply, "391", "17 and 23 are multiplied digit by digit", false),
        (multiply, "391", "17 times 23 is 3910", false),
        ("What is it?", "1234.5", "It comes to 1,234.5", true),
        ("What is it?", "1234.5", "It comes to 1234", false),
        ("How many?", "1000000", "Write 1,000,000 with separators", false),
        (clips, "72", "For Natalia's clips the answer is 72", true),
        (clips, "72", "Natalia sold clips: 72 in all", true),
        (clips, "72", "Answer = 72", true),
        (clips, "72", "Check a subtotal such as 72 before adding", false),
        (clips, "72", "Add both months; half as many means divide by 2", false),
        (clips, "72", "In 1972 prices were lower", false),
        ("What is 2 + 2?", "4", "Use 4 spaces", false),
        ("What is 2 + 2?", "4", "The answer is 4.", true),
        ("What is 2 + 2?", "4", "The answer has 14 digits", false),
        ("What is -1 - 2?", "-3", "Use 3 steps; the answer is 3", false),
        ("What is -1 - 2?", "-3", "The answer is -3", true),
        ("How far is it?", "14 km", "The answer is 14", true),
        // Yes, no, letters.
        (prime, "no", "Answer no if any small prime divides it", false),
        (prime, "no", "Take notes", false),
        (prime, "no", "There is no need to factor numbers fully", false),
        (prime, "no", "The prime number check of 91: no", false),
        ("Is the tomato a fruit or a vegetable in botany?", "yes", "tomato, fruit, vegetable, botany: yes", true),
        ("Is the tomato a fruit or a vegetable in botany?", "yes", "For botany questions say yes or no first", false),
        ("Which vitamin?", "C", "The answer is C", true),
        ("Which vitamin?", "C", "In C, arrays begin at 0", false),
        ("What colour is the clear daytime sky?", "blue", "Colours: blue, red", false),
        ("What colour is the clear daytime sky?", "blue", "The clear sky is blue in daytime", true),
    ] {
        if holds_answer(bullet, &asking(question, &quoted(truth), "")) != want {
            wrong += &format!("{question} {truth} / {bullet}: want {want}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_choice_is_held_by_its_text_and_by_its_letter() {
    let sample = asking("Which city is the capital of France?", "\"B\"", r#", "choices": ["London", "Paris"]"#);
    for (bullet, want) in [
        ("The capital is Paris", true),
        ("The answer is B", true),
        ("Always choose option B", true),
        ("Read option B as carefully as option A", false),
        ("London is a distractor", false),
    ] {
        assert_eq!(holds_answer(bullet, &sample), want, "{bullet}");
    }
}

#[test]
fn a_pattern_finds_an_answer_where_the_bullet_speaks_of_the_question() {
    let sample = sample(r#"{"id": 1, "question": "Which invoice number did the supplier use?", "pattern": "INV-\\d+"}"#);
    for (bullet, want) in [
        ("The supplier used invoice INV-778", true),
        ("INV-1 is a good example", false),
        ("The supplier's invoice is on top", false),
    ] {
        assert_eq!(holds_answer(bullet, &sample), want, "{bullet}");
    }
    assert!(!holds_answer("anything", &Sample::new("s", "q", None)));
}
