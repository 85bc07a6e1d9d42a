//! Text: exact, normalised, F1, contains, patterns.

use super::*;

#[test]
fn exact_is_to_the_letter() {
    table(
        &Exact,
        r#", "grader": "exact""#,
        &[
            ("Paris", "Paris", '+'),
            ("Paris", "  Paris\n", '+'),
            ("Paris", "paris", '-'),
            ("Paris", "Paris.", '-'),
            ("a b", "a  b", '-'),
            ("x", "", '-'),
            ("x", " \n\t", '-'),
        ],
    );
}

#[test]
fn normalised_passes_over_case_punctuation_articles_and_blanks() {
    table(
        &Normalised,
        r#", "grader": "normalised""#,
        &[
            ("Paris", "paris", '+'),
            ("Paris", "PARIS!", '+'),
            ("Paris", "**Paris**", '+'),
            ("Paris", "`Paris`", '+'),
            ("Paris", "\"Paris\"", '+'),
            ("Paris", "The answer is Paris.", '+'),
            ("Paris", "Final answer: Paris", '+'),
            ("Paris", "Lyon", '-'),
            ("Paris", "Paris, Texas", '-'),
            ("The Beatles", "Beatles", '+'),
            ("a cat", "the cat", '+'),
            ("Vitamin A", "vitamin", '-'),
            ("A", "a", '+'),
            ("New York", "new\n  york", '+'),
            ("1234 people", "1,234 people", '+'),
            ("3.5 km", "35 km", '-'),
            ("U.S.", "US", '+'),
            ("don't", "dont", '+'),
            ("don't", "don’t", '+'),
            ("well-known", "well known", '+'),
            ("C++", "C#", '-'),
            ("C++", "c++", '+'),
            ("C", "C++", '-'),
            ("x < 3", "x > 3", '-'),
            ("-3", "3", '-'),
            ("3/4", "34", '-'),
            ("file", "ﬁle", '+'),
            ("Ｐａｒｉｓ", "Paris", '+'),
            ("café", "cafe\u{301}", '+'),
            ("café", "cafe", '-'),
            ("Straße", "STRASSE", '+'),
            ("ΟΔΟΣ", "οδος", '+'),
            ("東京", "東京。", '+'),
            ("東京", "京都", '-'),
            ("שלום", "\u{202b}שלום\u{202c}", '+'),
            ("مرحبا", "مرحبا؟", '+'),
            ("١٤", "14", '+'),
            ("St. Louis", "The answer is St. Louis", '+'),
            ("***", "***", '+'),
            ("***", "---", '-'),
            ("€5", "$5", '-'),
            ("foo_bar", "foobar", '-'),
            ("Paris", "The answer is Lyon.\nWait. The answer is Paris.", '+'),
            ("Lyon", "The answer is Lyon.\nWait. The answer is Paris.", '-'),
        ],
    );
}

#[test]
fn f1_counts_the_words_that_are_shared() {
    table(
        &F1,
        r#", "grader": "f1", "threshold": 0.7"#,
        &[
            ("the quick brown fox", "quick brown fox", '+'),
            ("quick brown fox", "a brown quick fox", '+'),
            ("quick brown fox", "quick fox", '+'),
            ("quick brown fox", "slow fox", '-'),
            ("quick brown fox", "fox fox fox", '-'),
            ("東京都", "東京都", '+'),
        ],
    );
    let verdict = F1.grade(&asking("q", "\"quick brown fox\"", r#", "grader": "f1""#), "slow fox");
    assert!((verdict.score - 0.4).abs() < 1e-6, "{verdict:?}");
    assert!(verdict.feedback.contains("40 % of the words agree, and 60 % are enough"), "{verdict:?}");
}

#[test]
fn contained_words_are_whole() {
    let all = asking("q", r#"["red", "New York", "14"]"#, r#", "grader": "contains_all""#);
    let any = asking("q", r#"["red", "New York", "14"]"#, r#", "grader": "contains_any""#);
    for (answer, want_all, want_any, found) in [
        ("red, 14 and New York", '+', '+', 3),
        ("Red New-York: 14!", '+', '+', 3),
        ("red and New York and 141", '-', '+', 2),
        ("bored in New Yorkshire, 114", '-', '-', 0),
        ("", '-', '-', 0),
    ] {
        let verdict = ContainsAll.grade(&all, answer);
        assert_eq!((sign(verdict.outcome), sign(ContainsAny.grade(&any, answer).outcome)), (want_all, want_any), "{answer}");
        assert!((verdict.score - found as f32 / 3.0).abs() < 1e-6, "{answer}: {verdict:?}");
    }
    table(
        &ContainsAny,
        r#", "grader": "contains_any""#,
        &[("東京", "答えは東京です", '+'), ("->", "a -> b", '+'), ("->", "a b", '-')],
    );
}

#[test]
fn patterns_match_somewhere_in_the_answer() {
    let sample = sample(r#"{"id": 1, "question": "q", "pattern": "^\\d{3}-[a-z]+$"}"#);
    for (answer, want) in [("123-abc", '+'), ("<think>x</think>123-abc", '+'), ("x 123-abc", '-'), ("", '-'), ("１２３-abc", '+')]
    {
        assert_eq!(sign(Matches.grade(&sample, answer).outcome), want, "{answer}");
    }
}

#[test]
fn a_pattern_that_is_bad_or_too_large_is_an_error() {
    for source in ["(", "", "a{1000}{1000}", "(?=x)", &"(".repeat(60), &"a".repeat(2000)] {
        assert!(Pattern::new(source).is_err_and(|why| !why.is_empty()), "{source}");
    }
}

#[test]
fn ratings_are_taken_as_they_are() {
    for (rating, want) in [(Outcome::Correct, '+'), (Outcome::Wrong, '-'), (Outcome::Unknown, '?')] {
        assert_eq!(sign(Rated(rating).grade(&Sample::default(), "anything").outcome), want);
    }
}

#[test]
fn without_a_truth_nothing_is_known_and_an_empty_answer_is_wrong() {
    let sample = Sample::new("s", "q", None);
    let fits = Fits::default();
    let auto = Auto::default();
    let all: [&dyn TaskEnvironment; 10] =
        [&Exact, &Normalised, &Numeric, &Choice, &F1, &ContainsAll, &ContainsAny, &Matches, &fits, &auto];
    for environment in all {
        let known = environment.grade(&sample, "14");
        assert_eq!((known.outcome, known.score), (Outcome::Unknown, 0.0), "{}", environment.name());
        for nothing in ["", "  \n ", "<think>hm</think>", "<think>hm"] {
            let verdict = environment.grade(&sample, nothing);
            assert_eq!((verdict.outcome, verdict.feedback.as_str()), (Outcome::Wrong, "Nothing came."), "{}", environment.name());
        }
    }
}
