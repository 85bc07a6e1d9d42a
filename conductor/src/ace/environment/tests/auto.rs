//! The choice among graders, and text in sentences.

use super::*;

#[test]
fn the_grader_is_chosen_by_what_the_sample_has() {
    for (line, answer, want) in [
        (r#"{"id":1,"question":"q","answer":14}"#, "It is 14.0", '+'),
        (r#"{"id":1,"question":"q","answer":"14 km"}"#, "14000 m", '+'),
        (r#"{"id":1,"question":"q","answer":"Paris"}"#, "paris", '+'),
        (r#"{"id":1,"question":"q","answer":"Paris","grader":"exact"}"#, "paris", '-'),
        (r#"{"id":1,"question":"q","answer":"14","grader":"normalised"}"#, "14.0", '-'),
        (r#"{"id":1,"question":"q","answer":"b","choices":["x","y"]}"#, "(B)", '+'),
        (r#"{"id":1,"question":"q","pattern":"^a+$"}"#, "aaa", '+'),
        (r#"{"id":1,"question":"q","answer":"aa","pattern":"^a+$"}"#, "aaa", '+'),
        (r#"{"id":1,"question":"q","schema":{"required":["x"]}}"#, "{\"x\": 1}", '+'),
        (r#"{"id":1,"question":"q","answer":["red","blue"]}"#, "Blue!", '+'),
        (r#"{"id":1,"question":"q","answer":["red","blue"],"grader":"contains"}"#, "blue", '-'),
        (r#"{"id":1,"question":"q"}"#, "blue", '?'),
    ] {
        assert_eq!(sign(Auto::default().grade(&sample(line), answer).outcome), want, "{line}");
    }
}

#[test]
fn text_may_stand_in_a_sentence_that_says_nothing_else() {
    let mut wrong = String::new();
    for (question, truth, answer, want) in [
        ("What is the capital of France?", "Paris", "The capital of France is Paris.", '+'),
        ("What is the capital of France?", "Paris", "Paris, France", '+'),
        ("What is the capital of France?", "Paris", "It is Lyon.", '-'),
        ("What is the capital of France?", "Paris", "Paris or Lyon", '?'),
        ("What is the capital of France?", "Paris", "It is not Paris", '?'),
        ("What is the capital of France?", "Paris", "Not Lyon but Paris", '?'),
        ("Which is larger, Paris or Lyon?", "Paris", "Lyon is larger than Paris", '?'),
        ("Which is larger, Paris or Lyon?", "Paris", "Paris", '+'),
        ("Which is larger, Paris or Lyon?", "Paris", "It is Paris.", '+'),
        ("Is 7 a prime?", "yes", "Yes, 7 is a prime.", '+'),
        ("Is 7 a prime?", "yes", "No, it is not.", '-'),
        ("Is 8 a prime?", "no", "No. 8 is even.", '+'),
        ("Is 8 a prime?", "no", "False", '+'),
        ("Is 8 a prime?", "no", "The answer is no", '+'),
        ("Is 8 a prime?", "no", "8 is even", '?'),
        ("Is 7 a prime?", "true", "Ja", '+'),
    ] {
        let verdict = Auto::default().grade(&asking(question, &quoted(truth), ""), answer);
        if sign(verdict.outcome) != want {
            wrong += &format!("{question} {truth} / {answer}: want {want}, {verdict:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
