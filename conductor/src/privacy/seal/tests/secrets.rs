//! Secrets in what would be sent: shown masked, taken out or not as the user said, counted in the ledger.

use super::*;

/// A key that the rule of these tests finds; not written out, so that no other scanner finds it here.
fn key(number: u8) -> String {
    format!("tk_{}{number}", "q7w9x2m4k")
}

fn question(words: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"{words}"}}]}}"#)
}

fn with(words: &str, destination: Destination) -> Outgoing {
    Outgoing { bytes: Bytes::from(question(words)), ..outgoing(destination) }
}

/// What went, and what is noted of it: secrets that went along, secrets that were taken out.
fn gone(cleared: Cleared) -> (String, u32, u32) {
    let (secrets, redactions, payload) = (cleared.entry().secrets, cleared.entry().redactions, cleared.entry().payload);
    let noted = cleared.entry().bytes;
    let (bytes, _) = cleared.noted(LedgerSeq(1)).into_parts();
    assert_eq!((payload, noted), (Digest::of(&bytes), bytes.len() as u64), "what is noted is what goes");
    (String::from_utf8(bytes.to_vec()).unwrap(), secrets, redactions)
}

fn left(passage: Result<Passage, Refusal>) -> (String, u32, u32) {
    match passage {
        Ok(Passage::Leaves(cleared)) => gone(*cleared),
        other => panic!("it did not leave: {other:?}"),
    }
}

#[test]
fn the_question_shows_them_masked_and_taken_out() {
    let (standing, scanner) = (Standing::new(false), scanner());
    let words = format!("my keys: {} and {}", key(1), key(2));
    let pending = asked(with(&words, openai()), &open(&standing, Some(&scanner)));
    let request = pending.request();
    assert_eq!(request.occasion, Occasion::First);
    let rules: Vec<_> = request.findings.iter().map(|finding| (finding.rule.as_str(), finding.what.as_str())).collect();
    assert_eq!(rules, [("test-key", "test key"); 2]);
    let redacted = request.redacted.as_ref().unwrap();
    assert_eq!(redacted.bytes, question("my keys: [redacted: test-key] and [redacted: test-key]"));
    assert_eq!(request.whole.bytes, question(&words));
    for payload in [&request.whole, redacted] {
        assert_eq!(payload.digest, Digest::of(&payload.bytes));
    }
    let seen = format!("{} {} {request:?} {pending:?}", request.whole.shown, redacted.shown);
    assert!(!seen.contains(&key(1)) && !seen.contains(&key(2)), "{seen}");
}

#[test]
fn exactly_the_version_that_was_agreed_to_goes() {
    let scanner = scanner();
    let (whole, out) = (format!("it is {}", key(1)), "it is [redacted: test-key]");
    for scope in [Scope::Once, Scope::Conversation] {
        for redact in [false, true] {
            let mut standing = Standing::new(false);
            let pending = asked(with(&whole, openai()), &open(&Standing::new(false), Some(&scanner)));
            let request = pending.request();
            let digest = if redact { request.redacted.as_ref().unwrap().digest } else { request.whole.digest };
            let cleared = pending.grant(digest, scope, &mut standing, 1).unwrap();
            let want = if redact { (question(out), 0, 1) } else { (question(&whole), 1, 0) };
            assert_eq!(gone(cleared), want, "{scope:?} {redact}");

            let again = seal(with(&whole, openai()), &open(&standing, Some(&scanner)));
            if scope == Scope::Once {
                assert_eq!(word(&again), "ask: first", "{redact}");
                continue;
            }
            assert_eq!(left(again), want, "the next time, too: {redact}");
            for (name, words, want) in [
                ("no secret", "hello".to_owned(), "leaves: consent"),
                ("the same twice", format!("{} {}", key(1), key(1)), "leaves: consent"),
                ("another", key(2), "ask: new secret"),
                ("another beside it", format!("{} {}", key(1), key(2)), "ask: new secret"),
            ] {
                let passage = seal(with(&words, openai()), &open(&standing, Some(&scanner)));
                assert_eq!(word(&passage), want, "{name}: {redact}");
            }
            let bare = left(seal(with("hello", openai()), &open(&standing, Some(&scanner))));
            assert_eq!(bare, (question("hello"), 0, 0), "{redact}");
            let twice = format!("{} {}", key(1), key(1));
            let (bytes, secrets, redactions) = left(seal(with(&twice, openai()), &open(&standing, Some(&scanner))));
            assert_eq!((bytes.contains(&key(1)), secrets, redactions), if redact { (false, 0, 2) } else { (true, 2, 0) });
        }
    }
}

#[test]
fn what_is_not_asked_is_counted() {
    let (standing, scanner) = (Standing::new(false), scanner());
    let own = ["box".to_owned()];
    let (words, lan) = (key(1), || ollama("box", "192.168.1.5:11434", "llama3.1:8b"));
    let gate = Gate { trusted_hosts: &own, ..open(&standing, Some(&scanner)) };
    assert_eq!(left(seal(with(&words, lan()), &gate)), (question(&words), 1, 0), "to the user's own host it goes as it is");
    let unsearched = Gate { scanner: None, ..gate };
    assert_eq!(left(seal(with(&words, lan()), &unsearched)), (question(&words), 0, 0), "the user switched the search off");
    let request = asked(with(&words, openai()), &unsearched);
    assert_eq!((request.request().findings.len(), &request.request().redacted), (0, &None));
    let pull = Outgoing { purpose: Purpose::Pull, ..with(&words, registry("phi3:mini")) };
    assert_eq!(left(seal(pull, &gate)), (question(&words), 0, 0), "a pull holds no words of the user");
}

#[test]
fn what_cannot_be_searched_stays_here() {
    // The name of the rule, which stands where a secret was, is a secret by the rule: it can never be taken out.
    let name = format!("k3j8{}", "z9v4w2q8");
    let rule = SecretRule {
        what: "test key".to_owned(),
        pattern: format!(r"\b(tk_[a-z0-9]{{10}}|{name})\b"),
        keywords: vec!["tk_".to_owned(), "k3j8".to_owned()],
        id: name,
        entropy: 0.0,
        enabled: true,
    };
    let scanner = Scanner::new(&[rule], &Secrets::default()).unwrap();
    let standing = Standing::new(false);
    assert_eq!(word(&seal(with(&key(1), openai()), &open(&standing, Some(&scanner)))), "unscanned");
    assert_eq!(word(&seal(with("hello", openai()), &open(&standing, Some(&scanner)))), "ask: first");
}
