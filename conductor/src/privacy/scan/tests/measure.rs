//! Recall and precision, with the bars that the search must reach.

use super::contexts::{AROUND, AROUND_KEYS, around};
use super::formats::{KNOWN, Kind, LLM, OTHER, PEM, Row};
use super::negatives::{BENIGN, PLACEHOLDERS, made_up};
use super::{Dice, scanner};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// A text with one secret in it.
struct Positive {
    kind: Kind,
    issuer: &'static str,
    text: String,
    secret: Range<usize>,
}

/// Texts around a secret of each form.
const EACH: usize = 5;

fn positives() -> Vec<Positive> {
    let mut dice = Dice(20_260_101);
    let mut all = Vec::new();
    let kinds: [(Kind, &'static [Row]); 3] = [(Kind::Llm, LLM), (Kind::Known, KNOWN), (Kind::Other, OTHER)];
    for (kind, rows) in kinds {
        for (issuer, name, form) in rows {
            for _ in 0..EACH {
                let secret = dice.fill(form);
                let (text, secret) = around(AROUND[dice.below(AROUND.len())], name, &secret);
                all.push(Positive { kind, issuer, text, secret });
            }
        }
    }
    for word in PEM {
        for (index, template) in AROUND_KEYS.iter().enumerate() {
            let key = private_key(&mut dice, word, index);
            let (before, after) = template.split_once("KEY").unwrap();
            let secret = before.len()..before.len() + key.len();
            all.push(Positive { kind: Kind::Pem, issuer: "pem", text: format!("{before}{key}{after}"), secret });
        }
    }
    all
}

/// A private key; `shape` chooses how lines are broken.
fn private_key(dice: &mut Dice, word: &str, shape: usize) -> String {
    let joint = ["\n", "\r\n", "\\n", "\n    "][shape % 4];
    let mut lines = vec![format!("-----BEGIN {word}PRIVATE KEY-----")];
    lines.extend((0..12).map(|_| dice.fill("{64:b}")));
    lines.push(dice.fill("{30:b}=="));
    lines.push(format!("-----END {word}PRIVATE KEY-----"));
    lines.join(joint)
}

/// True where some finding is at the secret.
fn is_found(positive: &Positive) -> bool {
    let findings = scanner().text(&positive.text).unwrap();
    findings.iter().any(|f| f.start < positive.secret.end && positive.secret.start < f.end)
}

#[test]
fn recall_reaches_the_bars() {
    let positives = positives();
    let mut counts: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for positive in &positives {
        let found = is_found(positive);
        let count = counts.entry(positive.kind).or_default();
        *count = (count.0 + usize::from(found), count.1 + 1);
        if !found {
            println!("missed: {:?} {}: {}", positive.kind, positive.issuer, positive.text.trim_end());
        }
    }
    let issuers: BTreeSet<_> = positives.iter().map(|p| p.issuer).collect();
    assert!(positives.len() >= 300 && issuers.len() >= 60, "{} texts, {} issuers", positives.len(), issuers.len());
    let overall = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("{} texts of {} issuers, {} found: {counts:?}", overall.1, issuers.len(), overall.0);
    for (kind, bar) in [(Kind::Llm, 98), (Kind::Known, 95), (Kind::Pem, 100), (Kind::Other, 85)] {
        let (found, all) = counts[&kind];
        assert!(found * 100 >= all * bar, "{kind:?}: {found} of {all}, where {bar} % are wanted");
    }
    assert!(overall.0 * 100 >= overall.1 * 85);
}

#[test]
fn what_stands_in_for_a_secret_is_passed_over() {
    let mut flagged = 0;
    for (index, placeholder) in PLACEHOLDERS.iter().enumerate() {
        let names = ["API_KEY", "OPENAI_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "CLIENT_SECRET"];
        let (text, _) = around(AROUND[index % AROUND.len()], names[index % names.len()], placeholder);
        let findings = scanner().text(&text).unwrap();
        flagged += usize::from(!findings.is_empty());
        if !findings.is_empty() {
            println!("flagged: {findings:?} in {text}");
        }
    }
    assert!(flagged * 10 <= PLACEHOLDERS.len(), "{flagged} of {}", PLACEHOLDERS.len());
}

#[test]
fn what_is_no_secret_is_passed_over() {
    let mut texts: Vec<String> = BENIGN.iter().map(|text| (*text).to_owned()).collect();
    texts.extend(made_up(&mut Dice(7)));
    assert!(texts.len() + PLACEHOLDERS.len() >= 300, "{}", texts.len() + PLACEHOLDERS.len());
    let mut flagged = Vec::new();
    for text in &texts {
        let findings = scanner().text(text).unwrap();
        if !findings.is_empty() {
            flagged.push(format!("{findings:?} in {text}"));
        }
    }
    let alarms = flagged.len();
    let true_alarms = positives().iter().filter(|p| is_found(p)).count();
    println!("precision {:.3}", true_alarms as f64 / (true_alarms + alarms) as f64);
    assert!(alarms * 100 <= texts.len(), "{alarms} of {}:\n{}", texts.len(), flagged.join("\n"));
}

/// Every text file under `folder`.
fn files(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        // The tables of made-up secrets here are full of alarms.
        if path.ends_with("scan/tests") {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if matches!(kind, "rs" | "md" | "toml" | "snap") {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn its_own_sources_and_pages_raise_no_alarm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = Vec::new();
    for folder in ["conductor/src", "tui/src", "tests", "docs", "config"] {
        files(&root.join(folder), &mut texts);
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let alarms: Vec<_> = texts.iter().flat_map(|text| scanner().text(text).unwrap()).collect();
    println!("{} alarms in {bytes} bytes", alarms.len());
    assert!(bytes > 500_000 && alarms.len() * 1_000_000 <= bytes, "{alarms:?}");
}
