//! The guide as a backend, and what it says beside its sections. The questions are in `questions`.

mod questions;

use super::*;
use crate::backend::ChatMessage;
use crate::domain::{Location, Os};
use crate::privacy::{local, test_pass};
use futures_util::FutureExt;
use questions::{check, first};

const GIB: u64 = 1 << 30;

fn machine(os: Os, gib: Option<u64>) -> Machine {
    Machine { os, memory_bytes: gib.map(|gib| gib * GIB) }
}

fn linux() -> Machine {
    machine(Os::Linux, Some(16))
}

#[test]
fn sections_for_this_machine() {
    check(machine(Os::Macos, Some(16)), &[("install ollama", "Install Ollama on macOS")]);
    check(
        machine(Os::Windows, None),
        &[("install ollama", "Install Ollama on Windows"), ("which model", "Which models to pull")],
    );
    assert_ne!(first(machine(Os::Other, None), "install ollama"), "");
    for (gib, row, model) in [
        (4, "Models for 4 GiB of memory", "llama3.2:1b"),
        (8, "Models for 8 GiB of memory", "llama3.2:3b"),
        (16, "Models for 16 GiB of memory", "llama3.1:8b"),
        (32, "Models for 24 to 48 GiB of memory", "llama3.1:8b"),
        (256, "Models for 64 GiB of memory and more", "llama3.1:8b"),
    ] {
        let guide = Guide::new(machine(Os::Linux, Some(gib)));
        let answer = guide.answer("which model should I get?");
        assert!(answer.starts_with("**Which models to pull**"), "{answer}");
        assert!(answer.contains(&format!("**{row} (this machine)**")), "{gib} GiB: {answer}");
        assert_eq!(guide.first_model(), Some(ModelId::new(model)), "{gib} GiB");
    }
    let unknown = Guide::new(machine(Os::Linux, None));
    assert!(!unknown.answer("which model should I get?").contains("this machine)**"));
    assert_eq!(unknown.first_model(), None);
}

#[test]
fn what_it_does_not_know_it_says() {
    let guide = Guide::new(linux());
    for question in [
        "what is the capital of France?",
        "write a python function that sorts a list",
        "tell me a joke",
        "who won the world cup in 2014",
        "translate good morning into Japanese",
        "explain quantum entanglement",
        "how do I bake bread",
        "xyzzy",
        "what is the best recipe for pancakes",
        "how do I reverse a string in rust",
        "write a haiku about autumn",
        "why is the sky blue",
        "what time is it",
        "how old is the universe",
        "fix this bug: segfault in main",
        "summarize this text",
        "solve x^2 = 4",
    ] {
        let answer = guide.answer(question);
        assert_eq!(first(linux(), question), "", "{question:?}");
        assert!(answer.contains("not a language model") && answer.contains("found none"), "{question:?}: {answer}");
        assert!(answer.contains("- Privacy") && answer.contains("/pull llama3.1:8b"), "{question:?}: {answer}");
    }
}

#[test]
fn arithmetic_and_units_are_worked_out() {
    let guide = Guide::new(linux());
    for (question, want) in [
        ("2 + 2", "2 + 2 = 4"),
        ("what is 17*23", "17 × 23 = 391"),
        ("What is 17 * 23?", "17 × 23 = 391"),
        ("what's 17 times 23?", "17 × 23 = 391"),
        ("please calculate: (2 + 3) * 4 =", "(2 + 3) × 4 = 20"),
        ("15% of 80", "15% of 80 = 12"),
        ("how much is 15 percent of 80?", "15% of 80 = 12"),
        ("sqrt(2)", "sqrt(2) ≈ 1.4142135624"),
        ("the square root of 16", "sqrt(16) = 4"),
        ("12 divided by 8", "12 / 8 = 1.5"),
        ("2 to the power of 10", "2^10 = 1024"),
        ("1/3", "1 / 3 ≈ 0.3333333333"),
        ("1,234.5 * 2", "1234.5 × 2 = 2469"),
        ("wie viel ist 3,5 mal 2?", "3.5 × 2 = 7"),
        ("was ist 1.000,5 + 1", "1000.5 + 1 = 1001.5"),
        ("combien font 12 fois 3 ?", "12 × 3 = 36"),
        ("cuánto es 10 menos 3", "10 - 3 = 7"),
        ("5 km in miles", "5 km ≈ 3.1068559612 miles"),
        ("convert 32 °F to °C", "32 °F = 0 °C"),
        ("how many miles are 5 km", "5 km ≈ 3.1068559612 miles"),
        ("How many feet are there in a mile?", "1 mile = 5280 feet"),
        ("wie viele meter sind 3 meilen", "3 miles = 4828.032 m"),
        ("combien de km font 5 miles", "5 miles = 8.04672 km"),
        ("cuántos metros son 2 millas", "2 miles = 3218.688 m"),
        ("3 GiB in MB", "3 GiB = 3221.225472 MB"),
    ] {
        let answer = guide.answer(question);
        let first = answer.lines().next().unwrap_or_default();
        assert_eq!(first, format!("**{want}**"), "{question:?}");
        assert!(answer.contains("built-in calculator") && answer.contains("no language model"), "{answer}");
    }
    for (question, why) in [("1/0", "no value"), ("10^10^10", "too large"), ("100 + 10%", "two ways"), ("5 km in kg", "no value")]
    {
        let answer = guide.answer(question);
        assert!(answer.contains("calculator cannot") && answer.contains(why), "{question:?}: {answer}");
    }
    for question in [
        "x + 1",
        "how many models are there",
        "24/7 support",
        "what is a GB in a model",
        "16 gb",
        "llama3.1:8b",
        "how much is it",
    ] {
        assert!(!guide.answer(question).contains("calculator"), "{question:?}");
    }
}

#[test]
fn greetings_are_answered_without_pretending() {
    let guide = Guide::new(linux());
    for greeting in ["hi", "Hello!", "hello there", "", "   ", "?", "thanks", "Guten Morgen"] {
        let answer = guide.answer(greeting);
        assert!(answer.starts_with("Hello.") && answer.contains("not a language model"), "{greeting:?}: {answer}");
    }
}

#[test]
fn a_second_section_is_shown_only_when_it_is_as_near() {
    for (question, sections) in [("quit", 1), ("keys", 1), ("how do I install ollama", 1), ("exit", 1), ("uninstall", 2)] {
        let chosen: Vec<_> = answer::choose(linux(), question).iter().map(|s| s.heading).collect();
        assert_eq!(chosen.len(), sections, "{question:?}: {chosen:?}");
    }
}

#[test]
fn the_glossary_explains_each_term_once() {
    let page: Vec<_> = section::embedded().into_iter().filter(|section| section.page == "Glossary").collect();
    for term in [
        "model",
        "family",
        "local",
        "network",
        "external",
        "hand-off",
        "fallback",
        "playbook",
        "line",
        "stage",
        "proposed",
        "shadow",
        "staging",
        "prod",
        "quarantine",
        "archived",
        "rating",
        "reflector",
        "curator",
        "consent",
        "ledger",
        "context window",
        "token",
        "summary",
        "version",
        "draft",
        "domain",
        "task class",
    ] {
        let count: usize = page.iter().map(|section| section.body.matches(&format!("- **{term}**")).count()).sum();
        assert_eq!(count, 1, "{term}");
    }
    check(
        linux(),
        &[
            ("what is a reflector?", "Terms of playbooks"),
            ("glossary", "Terms of models and places"),
            ("glossary of routing", "Terms of routing"),
            ("how do I give a model a nickname?", "Give a model a name"),
        ],
    );
}

#[test]
fn a_long_text_is_no_trouble() {
    let text = "lorem ipsum ".repeat(100_000);
    assert!(Guide::new(linux()).answer(&text).contains("found none"));
}

fn request(question: &str) -> ChatRequest {
    let message = |role, content: &str| ChatMessage { role, content: content.to_owned(), images: Vec::new() };
    ChatRequest {
        model: Guide::model(),
        system: "you are a model".to_owned(),
        messages: vec![message(Role::User, "hi"), message(Role::Assistant, "hello"), message(Role::User, question)],
        num_ctx: 1,
        num_predict: 1,
        format: None,
    }
}

/// Everything the guide streams; it never waits, so that one poll of each piece is enough.
fn collect(mut stream: ChunkStream) -> Vec<Result<Chunk, BackendError>> {
    std::iter::from_fn(|| stream.next().now_or_never().expect("the guide does not wait")).collect()
}

#[test]
fn it_streams_the_answer_to_the_last_question() {
    let guide = Guide::new(linux());
    let question = "where is my \"data\"?";
    let destination = guide.destination(&Guide::model()).expect("its own name");
    assert_eq!(destination.location(), &Location::Local);
    let bytes = guide.encode(&request(question)).expect("encodes");
    assert_eq!(&bytes[..], br#"{"question":"where is my \"data\"?"}"#);

    let mut chunks = collect(guide.stream(local(bytes, destination).expect("local")));
    let done = Completion { reason: StopReason::Stop, usage: Usage::default(), load: None, eval: None };
    assert_eq!(chunks.pop(), Some(Ok(Chunk::Done(done))));
    assert!(chunks.len() > 10, "{} pieces", chunks.len());
    let mut text = String::new();
    for chunk in chunks {
        let Ok(Chunk::Text { text: piece, thinking }) = chunk else { panic!("{chunk:?}") };
        assert!(!piece.is_empty() && thinking.is_empty());
        text.push_str(&piece);
    }
    assert_eq!(text, guide.answer(question));
}

#[test]
fn what_is_not_for_it_is_refused() {
    let guide = Guide::new(linux());
    let stranger = ModelId::new("llama3.1:8b");
    assert!(matches!(guide.destination(&stranger), Err(BackendError::NotFound(_))));
    let elsewhere = Destination::in_process(BackendId::new("other"), stranger.clone());
    let sealed = local(guide.encode(&request("hi")).expect("encodes"), elsewhere).expect("local");
    assert!(matches!(collect(guide.stream(sealed)).as_slice(), [Err(BackendError::Refused(_))]));
    let own = guide.destination(&Guide::model()).expect("its own name");
    let sealed = local(Bytes::from_static(b"no json"), own).expect("local");
    assert!(matches!(collect(guide.stream(sealed)).as_slice(), [Err(BackendError::Broken(_))]));
    let pulled = guide.pull(&stranger, test_pass(crate::domain::Purpose::Pull)).next().now_or_never().flatten();
    assert!(matches!(pulled, Some(Err(BackendError::Refused(_)))));
    let survey = guide.survey(None).now_or_never().expect("at once").expect("always there");
    assert!(survey.models.is_empty());
}

#[test]
fn pieces_are_the_text() {
    for text in ["", "one", "a b c d e f", "  \n\n", "wörter ünd\nzeilen, nicht mehr als vier", "trailing "] {
        let parts: Vec<&str> = pieces(text).collect();
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| !part.is_empty() && part.split_whitespace().count() <= WORDS_A_PIECE), "{parts:?}");
    }
}
