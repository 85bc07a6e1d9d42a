//! What hides a secret: escapes, invisible characters, base64; and the way back to the bytes.

use super::scanner;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

/// A token that no scanner of repositories finds here.
fn token() -> String {
    format!("gh{}_{}", "p", "a8Kz01LmQw93xYvB2nRt7Uj4Hs6Dc5Fe0GiP")
}

/// A request with this as a message.
fn request(content: &str) -> Vec<u8> {
    serde_json::to_vec(&json!({"model": "m", "messages": [{"role": "user", "content": content}], "stream": true})).unwrap()
}

/// What is found in the bytes of a request.
fn found(bytes: &[u8]) -> Vec<String> {
    let findings = scanner().payload(bytes).unwrap();
    findings.iter().map(|f| String::from_utf8(bytes[f.start..f.end].to_vec()).unwrap()).collect()
}

#[test]
fn strings_of_json_are_unescaped() {
    let token = token();
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let half = format!("{}{}", &token[..20], &escaped[20 * 6..]);
    for (raw, want) in [
        (format!("{{\"a\":\"x\\n{token}\\ty\"}}"), token.clone()),
        (format!("{{\"a\":\"{escaped}\"}}"), escaped.clone()),
        (format!("{{\"a\":\"\\\"{half}\\\"\"}}"), half.clone()),
        (format!("{{\"a\":\"\\ud83d\\ude00{token}\\ud83d\"}}"), token.clone()),
        (format!("{{\"{token}\":1}}"), token.clone()),
        (format!("[\"\\\\\",\"{token}\"]"), token.clone()),
        (format!("\"{token}\""), token.clone()),
        // No JSON: as it stands.
        (format!("{{\"a\":\"{token}\\q"), token.clone()),
        (format!("a={token}\\u00"), token.clone()),
    ] {
        assert_eq!(found(raw.as_bytes()), [want], "{raw}");
    }
}

#[test]
fn one_secret_is_the_same_however_it_is_written() {
    let token = token();
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let texts =
        [format!("\"{token}\""), format!("\"{escaped}\""), format!("\"key {}\"", STANDARD.encode(format!("token={token}")))];
    let sums: Vec<_> = texts.iter().map(|text| scanner().payload(text.as_bytes()).unwrap()[0].fingerprint).collect();
    assert!(sums.iter().all(|sum| *sum == crate::domain::Digest::of(token.as_bytes())), "{sums:?}");
}

#[test]
fn numbers_are_searched() {
    let scanner = super::with_rules(&[("account", r"\b4711\d{6}\b", "4711")]).unwrap();
    let bytes = br#"{"account":4711123456,"b":[4711123457,-1.5e3]}"#;
    let findings = scanner.payload(bytes).unwrap();
    assert_eq!(findings.iter().map(|f| f.start).collect::<Vec<_>>(), [11, 27]);
    let clean = scanner.redact(bytes, &findings).unwrap();
    assert_eq!(&clean[..], br#"{"account":"[redacted: account]","b":["[redacted: account]",-1.5e3]}"#);
}

#[test]
fn invisible_characters_do_not_hide_a_secret() {
    let token = token();
    for invisible in
        ["\u{200b}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{202e}", "\u{fe0f}", "\u{e0041}", "\u{180e}", "\u{34f}"]
    {
        let split = format!("{}{invisible}{}", &token[..9], &token[9..]);
        let text = format!("ä{invisible}key: {split}{invisible} end");
        let findings = scanner().text(&text).unwrap();
        assert_eq!(findings.iter().map(|f| &text[f.start..f.end]).collect::<Vec<_>>(), [split.as_str()], "{invisible:?}");
        assert_eq!(found(&request(&text)), [split.as_str()], "{invisible:?}");
        let ascii = serde_json::to_string(&text).unwrap().replace(invisible, &escape(invisible));
        assert_eq!(found(ascii.as_bytes()).len(), 1, "{ascii}");
    }
}

fn escape(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[test]
fn one_layer_of_base64_is_taken_off() {
    let token = token();
    let plain = format!("GITHUB_TOKEN={token}\nLOG=info\n");
    let long = format!("{}{plain}{}", "a line of settings\n".repeat(9), "more of them\n".repeat(9));
    let wrapped =
        STANDARD.encode(&long).into_bytes().chunks(76).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect::<Vec<_>>();
    for run in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain), STANDARD.encode(&long), wrapped.join("\n")] {
        let text = format!("data: {run} end");
        let findings = scanner().text(&text).unwrap();
        assert_eq!(findings.iter().map(|f| &text[f.start..f.end]).collect::<Vec<_>>(), [run.as_str()]);
        assert_eq!(findings[0].rule, "github-token");
        let bytes = request(&text);
        assert_eq!(scanner().payload(&bytes).unwrap().len(), 1);
        let clean = scanner().redact(&bytes, &scanner().payload(&bytes).unwrap()).unwrap();
        assert!(String::from_utf8_lossy(&clean).contains("data: [redacted: github-token] end"), "{clean:?}");
    }
    // Two layers are one too many, and images are not looked into.
    assert!(scanner().text(&STANDARD.encode(STANDARD.encode(&plain))).unwrap().is_empty());
    for magic in ["iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR"] {
        let image = format!("{magic}{}", STANDARD.encode(plain.repeat(50)));
        assert!(scanner().text(&image).unwrap().is_empty(), "{magic}");
    }
}

#[test]
fn what_is_taken_out_leaves_the_same_json() {
    let token = token();
    let body = "MIIEvQIBADANBgkq".repeat(12);
    let key = format!("-----BEGIN {0}-----\n{body}\n-----END {0}-----", "PRIVATE KEY");
    for content in [
        token.clone(),
        format!("a \"{token}\" b\\{token}\u{200b}"),
        format!("{key}\n{token}"),
        format!("{{\"private_key\": \"{}\"}}", key.replace('\n', "\\n")),
        format!("postgres://app:{}@db/app and {token}{token}", "Zk93jfLq02mX"),
        format!("password = \"{}\"", "aB3$kd9!xQ"),
    ] {
        let bytes = request(&content);
        let findings = scanner().payload(&bytes).unwrap();
        assert!(!findings.is_empty(), "{content}");
        let clean = scanner().redact(&bytes, &findings).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&clean).unwrap();
        assert_eq!((value["model"].as_str(), value["messages"][0]["role"].as_str()), (Some("m"), Some("user")));
        let text = value["messages"][0]["content"].as_str().unwrap();
        assert!(text.contains("[redacted: ") && !text.contains(&token[8..]) && !text.contains("IBADANB"), "{text}");
        assert!(scanner().payload(&clean).unwrap().is_empty(), "{text}");
    }
}

#[test]
fn a_key_that_is_cut_by_the_end_of_a_message_takes_nothing_else_along() {
    let key = format!("-----BEGIN {}-----\n{}", "RSA PRIVATE KEY", "MIIEvQIBADANBgkq".repeat(8));
    for fields in [["role", "content"], ["content", "role"]] {
        let message = |content: &str| {
            let values = fields.map(|name| format!("\"{name}\":{}", json!(if name == "role" { "user" } else { content })));
            format!("{{{}}}", values.join(","))
        };
        let bytes = format!("[{},{}]", message(&key), message("and now?\n-----END RSA PRIVATE KEY-----")).into_bytes();
        let clean = scanner().redact(&bytes, &scanner().payload(&bytes).unwrap()).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&clean).unwrap();
        assert_eq!((value[0]["content"].as_str(), &value[1]["role"]), (Some("[redacted: private-key]"), &json!("user")));
        assert!(value[1]["content"].as_str().unwrap().starts_with("and now?"), "{value}");
    }
}

#[test]
fn a_finding_that_reaches_over_strings_changes_values_only() {
    let scanner = super::with_rules(&[("wide", r"from[\s\S]*to", "from")]).unwrap();
    let bytes = br#"{"a":"x from","b":12,"c":["y",true,"to z"],"from to":0}"#;
    let findings = scanner.payload(bytes).unwrap();
    let clean = scanner.redact(bytes, &findings).unwrap();
    let want = r#"{"a":"x [redacted: wide]","b":"[redacted: wide]","c":["[redacted: wide]","[redacted: wide]","[redacted: wide]"#;
    assert!(String::from_utf8_lossy(&clean).starts_with(want), "{clean:?}");
}
