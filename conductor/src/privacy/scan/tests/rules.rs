//! The built-in rules as a table, and the rules of users.

use super::{built_in, scanner, with_rules};
use crate::config::Secrets;
use crate::privacy::scan::rule::Rule;
use crate::privacy::scan::{ScanError, Scanner};
use std::collections::BTreeSet;

#[test]
fn every_built_in_rule_can_be_used() {
    let rows = built_in();
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert!(rows.len() >= 120 && ids.len() == rows.len(), "{} rules, {} names", rows.len(), ids.len());
    for row in &rows {
        Rule::new(row).and_then(|rule| rule.check()).unwrap_or_else(|error| panic!("{error}"));
        assert!(!row.keywords.is_empty(), "{} would be looked for everywhere", row.id);
        assert!(!row.what.is_empty() && row.enabled, "{}", row.id);
        let plain = row.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(plain, "{}", row.id);
    }
}

#[test]
fn rules_of_users_are_checked_when_they_are_read() {
    let long = "a".repeat(2001);
    for (pattern, keywords, why) in [
        ("(", "", "unclosed group"),
        ("[0-9", "", "unclosed"),
        ("a*", "", "matches nothing at all"),
        ("(?:)", "", "matches nothing at all"),
        (long.as_str(), "", "longer than 2000"),
        ("(?:[a-z]{900}){900}", "", "size limit"),
        ("ab+", " ", "keyword is empty"),
        ("ab+", "a b c d e", "more than three spaces"),
        ("(?<=a)b", "", "look-around"),
    ] {
        let error = with_rules(&[("mine", pattern, keywords)]).unwrap_err();
        let ScanError::Rule { rule, why: said } = &error else { panic!("{error:?}") };
        assert!(rule == "mine" && said.contains(why), "{pattern:.20}: {said}");
    }
    for line in ["re:(", "re:a*", "re:"] {
        let secrets = Secrets { allow: vec![line.to_owned()] };
        assert!(Scanner::new(&[], &secrets).is_err(), "{line}");
    }
}

/// Whether rules of a user find something, and what.
#[test]
fn rules_of_users() {
    for (pattern, keywords, text, found) in [
        (r"ACME-\d{6}", "acme", "key ACME-123456 here", Some("ACME-123456")),
        (r"ACME-\d{6}", "", "key ACME-123456 here", Some("ACME-123456")),
        (r"\bACME-\d{6}", "acme-", "xACME-123456", None),
        (r"ACME-\d{6}", "acme-", "xACME-123456", Some("ACME-123456")),
        (r"\bACME-\d{6}", "acme-", r"a\nACME-123456", Some("ACME-123456")),
        (r"\bACME-\d{6}", "acme-", "key%3DACME-123456", Some("ACME-123456")),
        (r"\bACME-\d{6}", "acme-", "éACME-123456", Some("ACME-123456")),
        (r"no (?P<secret>\d{6})", "no ", "no 123456!", Some("123456")),
        (r"\d{6}", "staff number", "staff_number: 739164", Some("739164")),
        (r"\d{6}", "staff number", "StaffNumber=739164", Some("739164")),
        (r"\d{6}", "staff number", "staff and number 739164", None),
        // Too far from the keyword, or before it.
        (r"\d{6}", "staff", "staff                                              739164", None),
        (r"\d{6}", "staff", "739164 staff", None),
        (r"Straße \d+", "stra", "in der Straße 17 b", Some("Straße 17")),
        (r"\p{Greek}{5}", "", "α, αβγδε", Some("αβγδε")),
        // Classes are of ASCII: what is found is still whole characters.
        (r"key=[^ ]{3}", "key", "key=äöü x", Some("key=äö")),
    ] {
        let scanner = with_rules(&[("mine", pattern, keywords)]).unwrap();
        let findings = scanner.text(text).unwrap();
        let places: Vec<&str> = findings.iter().map(|f| &text[f.start..f.end]).collect();
        assert_eq!(places, found.into_iter().collect::<Vec<_>>(), "{pattern} in {text}");
    }
}

#[test]
fn what_is_allowed_and_what_is_switched_off() {
    let token = format!("gh{}_{}", "p", "a8Kz01LmQw93xYvB2nRt7Uj4Hs6Dc5Fe0GiP");
    let text = format!("token {token} and more");
    assert_eq!(scanner().text(&text).unwrap().len(), 1);
    for (line, found) in [
        (token.clone(), 0),
        (token[..20].to_owned(), 1),
        (format!("re:^{}", &token[..9]), 0),
        ("re:7Uj4".into(), 0),
        ("re:^x".into(), 1),
    ] {
        let scanner = Scanner::new(&built_in(), &Secrets { allow: vec![line.clone()] }).unwrap();
        assert_eq!(scanner.text(&text).unwrap().len(), found, "{line}");
        assert!(!format!("{scanner:?}").contains(&line), "{scanner:?}");
    }
    let mut rules = built_in();
    rules.retain(|rule| rule.id == "github-token");
    rules[0].enabled = false;
    assert!(Scanner::new(&rules, &Secrets::default()).unwrap().text(&text).unwrap().is_empty());
}
