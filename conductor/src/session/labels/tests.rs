//! Answers, and the labels under them.

use super::*;
use crate::domain::{BackendId, ModelId, SelectionReason};

fn signature(class: TaskClass, backend: &str, location: Location) -> Signature {
    Signature {
        model: ModelId::new("m:1"),
        family: "m".into(),
        backend: BackendId::new(backend),
        location,
        class,
        reason: SelectionReason::Default,
    }
}

fn local(class: TaskClass) -> Signature {
    signature(class, "ollama", Location::Local)
}

fn settings() -> config::Labels {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    config::Labels {
        maths: true,
        code: true,
        external: true,
        high_stakes: true,
        tax_words: list(&["tax", "taxes", "tax return", "steuererklärung", "impôts", "报税"]),
        medical_words: list(&["dose", "side effects", "symptom", "medication", "arzt", "diagnosis"]),
        legal_words: list(&["lawsuit", "contract", "sue", "anwalt"]),
    }
}

/// The labels as one line: `kind: text; kind: text`.
fn shown(question: &str, answer: &str, signature: &Signature, config: &config::Labels) -> String {
    labels(question, answer, signature, config)
        .iter()
        .map(|l| format!("{}: {}", l.kind.key(), l.text))
        .collect::<Vec<_>>()
        .join(" | ")
}

const MEDICAL: &str = "high_stakes: this is no medical advice: ask a doctor or pharmacist before you act on it";
const TAX: &str = "high_stakes: this is no tax or financial advice: ask a tax adviser before you act on it";
const LEGAL: &str = "high_stakes: this is no legal advice: ask a lawyer before you act on it";
const REVIEW: &str = "code: review before using";
const VERIFY: &str = "maths: verify important calculations";

#[test]
fn what_calls_for_a_label() {
    use TaskClass::{CodeGeneration, General, Mathematical};
    for (question, answer, class, want) in [
        ("hi", "hello", General, ""),
        ("why is the sky blue", "", General, ""),
        // Mathematics.
        ("prove it", "Let n be even.", Mathematical, VERIFY),
        ("and?", "It is 17 * 23 = 391.", General, VERIFY),
        ("and?", "2 + 2 = 4 and 3 * 3 = 9", General, VERIFY),
        ("and?", "17 * 23 = 392", General, "maths: the calculation that was checked is wrong; verify important calculations"),
        (
            "?",
            "1 + 1 = 2\n2 + 2 = 4\n17 * 23 = 392",
            General,
            "maths: 1 of 3 calculations is wrong; verify important calculations",
        ),
        ("?", "1 + 1 = 3\n1/3 = 0.4", Mathematical, "maths: 2 of 2 calculations are wrong; verify important calculations"),
        // Code.
        ("q", "Use it:\n```rust\nfn main() {}\n```", General, REVIEW),
        ("q", "Use it:\n\n~~~\nls\n~~~", General, REVIEW),
        ("q", "```text\nplain words\n```", General, ""),
        ("q", "```text\nplain\n```\n```sh\nrm x\n```", General, REVIEW),
        ("q", "Call `v.reverse()` on it.", CodeGeneration, REVIEW),
        ("q", "Call `v.reverse()` on it.", General, ""),
        ("q", "The word `reverse` will do.", CodeGeneration, ""),
        ("q", "So:\n\n    let a = 1;\n    let b = 2;\n", CodeGeneration, REVIEW),
        ("q", "There is no code here.", CodeGeneration, ""),
        // What much depends on.
        ("what about my TAX return?", "...", General, TAX),
        ("a taxi, please", "...", General, ""),
        ("meine Steuererklärung", "...", General, TAX),
        ("我要报税吗", "...", General, TAX),
        ("Side  effects of it?", "...", General, MEDICAL),
        ("effects on the side", "...", General, ""),
        ("can I sue?", "...", General, LEGAL),
        ("tell me", "The dose depends on the symptom.", General, ""),
        ("tell me", "The dose depends on the symptom; the diagnosis first.", General, MEDICAL),
    ] {
        assert_eq!(shown(question, answer, &local(class), &settings()), want, "{question:?} {answer:?}");
    }
}

#[test]
fn where_it_was_sent() {
    for (backend, location, want) in [
        ("ollama", Location::Local, ""),
        ("ollama", Location::Network("gpu.lan".into()), "external: sent to gpu.lan"),
        ("openai", Location::External("api.openai.com".into()), "external: sent to openai (api.openai.com)"),
        ("ollama", Location::External("ollama.com".into()), "external: sent to ollama (ollama.com)"),
        ("example.org", Location::External("example.org".into()), "external: sent to example.org"),
    ] {
        assert_eq!(shown("hi", "hello", &signature(TaskClass::General, backend, location), &settings()), want);
    }
}

#[test]
fn order_and_switches() {
    let sent = signature(TaskClass::General, "openai", Location::External("api.openai.com".into()));
    let (question, answer) = ("the contract and the dose", "1 + 1 = 2\n```sh\nls\n```");
    let kinds = |config: &config::Labels| labels(question, answer, &sent, config).iter().map(|l| l.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&settings()), LabelKind::ALL);
    assert_eq!(kinds(&config::Labels::default()), []);
    for (kind, config) in [
        (LabelKind::External, config::Labels { external: false, ..settings() }),
        (LabelKind::HighStakes, config::Labels { high_stakes: false, ..settings() }),
        (LabelKind::Maths, config::Labels { maths: false, ..settings() }),
        (LabelKind::Code, config::Labels { code: false, ..settings() }),
    ] {
        assert_eq!(kinds(&config), LabelKind::ALL.into_iter().filter(|k| *k != kind).collect::<Vec<_>>());
    }
    let both = labels(question, answer, &sent, &settings());
    assert!(both[1].text.contains("medical") && both[1].text.contains("legal"), "{}", both[1].text);
    assert_eq!(both[2].calculations.len(), 1);
    assert!(both.iter().all(|l| l.kind == LabelKind::Maths || l.calculations.is_empty()));
}

#[test]
fn the_guide_has_none() {
    let guide = signature(TaskClass::Mathematical, BackendId::guide().as_str(), Location::Local);
    assert_eq!(labels("my tax dose", "1 + 1 = 3\n```sh\nls\n```", &guide, &settings()), []);
}
