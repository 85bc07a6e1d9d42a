//! The machine: overlaps, masks, odd bytes, long texts.

use super::{Dice, scanner, with_rules};
use crate::domain::Finding;
use crate::privacy::scan::{ScanError, masked, shown};
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[test]
fn findings_do_not_overlap_and_the_better_rule_wins() {
    for (rules, text, want) in [
        (vec![("short", "ab-[0-9]{4}", "ab-"), ("long", "ab-[0-9]{8}", "ab-")], "ab-73910462", vec!["long"]),
        (vec![("first", "ab-[0-9]{4}", "ab-"), ("second", "ab-[0-9]{4}", "ab-")], "ab-1029", vec!["first"]),
        (vec![("a", "ab-[0-9]{4}", "ab-"), ("b", "cd-[0-9]{4}", "cd-")], "cd-1029ab-1029 cd-3857", vec!["b", "a", "b"]),
    ] {
        let findings = with_rules(&rules).unwrap().text(text).unwrap();
        assert_eq!(findings.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), want, "{text}");
        assert!(findings.windows(2).all(|pair| pair[0].end <= pair[1].start), "{findings:?}");
    }
    let token = format!("gh{}_{}", "p", "a8Kz01LmQw93xYvB2nRt7Uj4Hs6Dc5Fe0GiP");
    let findings = scanner().text(&format!("api_token={token}.more-of-it")).unwrap();
    assert_eq!(findings.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), ["github-token"]);
}

#[test]
fn a_secret_is_masked_to_a_third_of_it_at_most() {
    let scanner = with_rules(&[("any", r"k=(?P<secret>\S+)", "k=")]).unwrap();
    for (secret, mask) in [
        ("abcd", "a…"),
        ("ab3d5f7h", "a…"),
        ("ab3d5f7h9jkm", "ab…km"),
        ("ab3d5f7h9jkmnpqrstuvw", "ab3d…uvw"),
        ("ab3d5f7h9jkmnpqrstuvwxyz2b4d6f8h", "ab3d…6f8h"),
        ("äöüßéèàçñøåæ", "··…··"),
        ("a\u{7}b\u{1b}[31mcdefghij", "a·b…ij"),
    ] {
        let text = format!("k={secret} z");
        let findings = scanner.text(&text).unwrap();
        assert_eq!(findings[0].masked, mask, "{secret:?}");
        let shown = mask.chars().filter(|c| *c != '…').count();
        assert!(shown <= 8 && shown * 3 <= secret.chars().count(), "{mask}");
        assert_eq!(masked(&text, &findings), format!("k={mask} z"));
        assert!(!format!("{findings:?}").contains(secret));
    }
    let key = format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----", "EC PRIVATE KEY", "MHcCAQEEIx8b".repeat(9));
    let findings = super::scanner().text(&key).unwrap();
    assert_eq!(findings[0].masked, "-----BEGIN EC PRIVATE KEY-----…");
    assert_eq!((findings[0].start, findings[0].end), (0, key.len()));
}

#[test]
fn payloads_are_shown_without_secrets_and_long_data() {
    let scanner = with_rules(&[("any", r"k=(?P<secret>\S+)", "k=")]).unwrap();
    let image = Dice(3).draw(super::alphabet_of("b"), 900);
    let text =
        format!("{{\"a\":\"k=ab3d5f7h9jkm ü\",\"image\":\"data:image/png;base64,{image}==\",\"b\":\"{}\"}}", &image[..300]);
    let findings = scanner.payload(text.as_bytes()).unwrap();
    let shown = shown(text.as_bytes(), &findings);
    assert!(shown.contains("k=ab…km ü") && shown.contains(&image[..300]), "{shown}");
    assert!(shown.contains("base64,<base64, 902 characters, sha256 ") && !shown.contains(&image), "{shown}");
    // Findings of another text, and bytes that are no text, do no harm.
    assert_eq!(super::super::shown(b"\xff\x00a", &findings), "\u{fffd}\0a");
    assert_eq!(masked("ä", &findings), "ä");
}

#[test]
fn findings_of_another_text_are_refused() {
    let token = format!("gh{}_{}", "p", "a8Kz01LmQw93xYvB2nRt7Uj4Hs6Dc5Fe0GiP");
    let bytes = format!("[\"{token}\"]").into_bytes();
    let right = scanner().payload(&bytes).unwrap();
    let moved = |by: fn(&mut Finding)| {
        let mut findings = right.clone();
        by(&mut findings[0]);
        findings
    };
    let twice = [right.clone(), right.clone()].concat();
    for wrong in [moved(|f| f.end = 4000), moved(|f| f.end = f.start), twice] {
        assert!(matches!(scanner().redact(&bytes, &wrong), Err(ScanError::Redaction(_))), "{wrong:?}");
    }
    // Nothing is trusted: what was not named is taken out, too, and what cannot be taken out is an error.
    assert_eq!(&scanner().redact(&bytes, &[]).unwrap()[..], b"[\"[redacted: github-token]\"]");
    let stubborn = with_rules(&[("again", "redac", "redac")]).unwrap();
    assert!(matches!(stubborn.redact(b"[\"redac\"]", &[]), Err(ScanError::Redaction(_))));
}

#[test]
fn long_and_awkward_texts_take_time_in_proportion() {
    let size = 200_000;
    let blob = Dice(5).draw(super::alphabet_of("b"), size);
    let fill = |text: &str| text.repeat(size / text.len() + 1);
    for (what, text) in [
        ("keywords", fill("token secret password api_key ")),
        ("prefixes", fill("sk-sk-ant-ghp_AKIA")),
        ("one word", fill("a")),
        ("headers", fill("-----BEGIN RSA PRIVATE KEY-----\n")),
        ("one key", format!("-----BEGIN RSA PRIVATE KEY-----\n{blob}")),
        ("url", format!("https://{}", fill("a:"))),
        ("blob after a keyword", format!("password = {blob}")),
        ("secrets", fill("password = \"aB3$kd9!xQ\"\n")),
        ("assignments", fill("token=")),
        ("jwt", format!("eyJ{}", fill("eyJ."))),
        ("escapes", serde_json::to_string(&fill("\n\"\u{1f600}")).unwrap()),
        ("unseen", fill("\u{200b}a")),
    ] {
        let begun = Instant::now();
        scanner().payload(text.as_bytes()).unwrap();
        // Without optimisation, on a busy machine: a hundred times what is shipped takes.
        println!("{what}: {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(4), "{what}: {:?}", begun.elapsed());
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("-----BEGIN RSA PRIVATE KEY-----".to_owned()),
        Just("-----END".to_owned()),
        Just("\\n".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("password = \"".to_owned()),
        Just("://a:b".to_owned()),
        Just("sk-ant-".to_owned()),
        Just("Private-Lines: 3\n".to_owned()),
        "[A-Za-z0-9+/_-]{1,90}",
        "[a-f0-9]{32,64}",
        "\\PC{0,9}",
        "[\\s\"'\\\\{}:,=@;.]{1,4}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_searched(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let findings = scanner().payload(&bytes).unwrap();
        prop_assert!(findings.iter().all(|f| f.start < f.end && f.end <= bytes.len()));
        shown(&bytes, &findings);
    }

    #[test]
    fn any_text_is_redacted_to_json_that_holds_nothing(text in any_text()) {
        let findings = scanner().text(&text).unwrap();
        prop_assert!(findings.iter().all(|f| text.get(f.start..f.end).is_some()));
        prop_assert!(findings.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let bytes = serde_json::to_vec(&serde_json::json!({"a": text, "b": [1, "x"]})).unwrap();
        let found = scanner().payload(&bytes).unwrap();
        for finding in &found {
            prop_assert!(std::str::from_utf8(&bytes[finding.start..finding.end]).is_ok());
        }
        let clean = scanner().redact(&bytes, &found).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&clean).unwrap();
        prop_assert!(value["a"].is_string() && value["b"][1] == "x");
        prop_assert!(scanner().payload(&clean).unwrap().is_empty());
    }
}
