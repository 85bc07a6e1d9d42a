//! The gate: every place, under everything that the user may have said; and the yes to exactly what was shown.

mod gate;
mod grant;
mod secrets;

use super::*;
use crate::config::{ProviderPlace, SecretRule, Secrets};
use crate::domain::{BackendId, Grant, Occasion};
use crate::privacy::location::Remote;

/// What all of them would send, unless said otherwise.
const WORDS: &str = r#"{"messages":[{"role":"user","content":"what is a segno?"}]}"#;

fn ollama(host: &str, address: &str, model: &str) -> Destination {
    let (origin, addresses) = (format!("http://{host}:11434"), vec![address.parse().unwrap()]);
    let model = ModelId::new(model);
    Destination::server(BackendId::ollama(), ("POST", &origin, "/api/chat"), host, addresses, model, &Remote::default())
}

fn openai_at(backend: &str, url: &str, model: &str) -> Destination {
    let (backend, url) = (BackendId::new(backend), url::Url::parse(url).unwrap());
    Destination::provider(backend, ModelId::new(model), ProviderPlace::External, "POST", &url)
}

fn openai() -> Destination {
    openai_at("openai", "https://api.openai.com/v1/chat/completions", "gpt-4o")
}

fn registry(model: &str) -> Destination {
    Destination::registry(BackendId::ollama(), ModelId::new(model))
}

/// A question in conversation 7.
fn outgoing(destination: Destination) -> Outgoing {
    Outgoing {
        id: RequestId(3),
        purpose: Purpose::Chat,
        bytes: Bytes::from_static(WORDS.as_bytes()),
        destination,
        contents: Contents { prompt: true, ..Contents::default() },
        conversation: Some(ConversationId(7)),
        tokens: 9,
        cost: Some(Cost(1200)),
    }
}

/// One rule: `tk_` and ten letters or digits.
fn scanner() -> Scanner {
    let rule = SecretRule {
        id: "test-key".to_owned(),
        what: "test key".to_owned(),
        pattern: r"\btk_[a-z0-9]{10}\b".to_owned(),
        keywords: vec!["tk_".to_owned()],
        entropy: 0.0,
        enabled: true,
    };
    Scanner::new(&[rule], &Secrets::default()).unwrap()
}

/// A gate that asks for everything off the machine.
fn open<'a>(standing: &'a Standing, scanner: Option<&'a Scanner>) -> Gate<'a> {
    Gate { allow_external: true, trusted_hosts: &[], scanner, standing, expires_in_s: 600 }
}

/// What the user is asked, and what waits for the answer.
fn asked(outgoing: Outgoing, gate: &Gate<'_>) -> Pending {
    match seal(outgoing, gate) {
        Ok(Passage::Ask(pending)) => *pending,
        other => panic!("not asked: {other:?}"),
    }
}

/// What came of it, in a word.
fn word(passage: &Result<Passage, Refusal>) -> String {
    match passage {
        Ok(Passage::Stays(_)) => "stays".to_owned(),
        Ok(Passage::Leaves(cleared)) => {
            let basis = match cleared.entry().basis {
                Basis::Consent(Scope::Conversation) => "consent",
                Basis::Consent(_) => "wrong scope",
                Basis::TrustedHost => "trusted",
                Basis::Command => "command",
            };
            format!("leaves: {basis}")
        }
        Ok(Passage::Ask(pending)) => match pending.request().occasion {
            Occasion::First => "ask: first",
            Occasion::NewKind => "ask: new kind",
            Occasion::NewSecret => "ask: new secret",
        }
        .to_owned(),
        Err(refusal) => refused(refusal).to_owned(),
    }
}

fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Offline { .. } => "offline",
        Refusal::NotAllowed { .. } => "not allowed",
        Refusal::Never { .. } => "never",
        Refusal::NotShown => "not shown",
        Refusal::Unscanned(_) => "unscanned",
    }
}

#[test]
fn nothing_prints_the_words() {
    let (standing, scanner) = (Standing::new(false), scanner());
    let gate = open(&standing, Some(&scanner));
    let local = seal(outgoing(ollama("localhost", "127.0.0.1:11434", "x")), &gate).unwrap();
    let pending = asked(outgoing(openai()), &gate);
    let shown = format!("{:?} {local:?} {pending:?} {:?}", outgoing(openai()), pending.request());
    let digest = pending.request().whole.digest;
    let cleared = pending.grant(digest, Scope::Once, &mut Standing::new(false), 1).unwrap();
    let all = format!("{shown} {cleared:?}");
    assert!(all.contains("gpt-4o") && !all.contains("segno"), "{all}");
}
