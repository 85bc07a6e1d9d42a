//! What stands of what was said.

use super::*;
use crate::config::ProviderPlace;
use crate::domain::{ModelId, Payload, Purpose, RequestId};
use bytes::Bytes;

const THERE: &str = "api.openai.com";

fn place(host: &str) -> Location {
    Location::External(host.to_owned())
}

/// A secret that is told from others by its number.
fn secret(number: u8) -> Finding {
    Finding {
        rule: "test-key".to_owned(),
        what: "test key".to_owned(),
        start: 0,
        end: 9,
        masked: "tk_…".to_owned(),
        fingerprint: Digest::of(&[number]),
    }
}

/// A question about `model` of openai, with these secrets in it.
fn request(model: &str, contents: Contents, secrets: &[u8]) -> ConsentRequest {
    let payload = |bytes: &'static [u8]| Payload { digest: Digest::of(bytes), bytes: Bytes::from(bytes), shown: String::new() };
    ConsentRequest {
        id: RequestId(1),
        purpose: Purpose::Chat,
        occasion: Occasion::First,
        provider: BackendId::new("openai"),
        model: ModelId::new(model),
        location: place(THERE),
        target: String::new(),
        contents,
        tokens: 1,
        cost: None,
        findings: secrets.iter().map(|number| secret(*number)).collect(),
        whole: payload(b"whole"),
        redacted: (!secrets.is_empty()).then(|| payload(b"redacted")),
        expires_in_s: 600,
    }
}

/// The same as something to be sent.
fn outgoing(model: &str, conversation: i64, contents: Contents) -> Outgoing {
    let url = url::Url::parse("https://api.openai.com/v1/chat/completions").unwrap();
    let model = ModelId::new(model);
    let place = ProviderPlace::External;
    Outgoing {
        id: RequestId(2),
        purpose: Purpose::Chat,
        bytes: Bytes::from_static(b"whole"),
        destination: Destination::provider(BackendId::new("openai"), model, place, "POST", &url),
        contents,
        conversation: Some(ConversationId(conversation)),
        tokens: 1,
        cost: None,
    }
}

const WORDS: Contents =
    Contents { prompt: true, earlier: 0, summarised: 0, bullets: 0, files: 0, images: 0, unknown: Vec::new(), summary: None };

#[test]
fn a_yes_covers_the_kinds_and_the_secrets_that_were_shown() {
    let files = || Contents { files: 1, ..WORDS };
    for (name, shown, known, redact, contents, secrets, want) in [
        ("no secrets", WORDS, &[][..], false, WORDS, &[][..], Ok(false)),
        ("a new one", WORDS, &[], false, WORDS, &[1], Err(Occasion::NewSecret)),
        ("a known one", WORDS, &[1], false, WORDS, &[1], Ok(false)),
        ("a known one, to be taken out", WORDS, &[1], true, WORDS, &[1], Ok(true)),
        ("a new one beside it", WORDS, &[1], true, WORDS, &[1, 2], Err(Occasion::NewSecret)),
        ("another", WORDS, &[1, 3], true, WORDS, &[2], Err(Occasion::NewSecret)),
        ("fewer", WORDS, &[1, 2, 3], true, WORDS, &[2], Ok(true)),
        ("none any more", WORDS, &[1], true, WORDS, &[], Ok(true)),
        ("the same twice", WORDS, &[1], false, WORDS, &[1, 1], Ok(false)),
        ("a file", WORDS, &[1], false, files(), &[1], Err(Occasion::NewKind)),
        ("no file any more", files(), &[], false, WORDS, &[], Ok(false)),
        ("a file with a secret", WORDS, &[], false, files(), &[1], Err(Occasion::NewKind)),
    ] {
        let mut standing = Standing::new(false);
        standing.allow(&request("gpt-4o", shown, known), Some(ConversationId(7)), redact, 1);
        let found: Vec<_> = secrets.iter().map(|number| secret(*number)).collect();
        assert_eq!(standing.answer(&outgoing("gpt-4o", 7, contents.clone()), &found), want, "{name}");
        assert_eq!(standing.answer(&outgoing("gpt-4o", 8, contents), &found), Err(Occasion::First), "{name}, elsewhere");
    }
}

#[test]
fn the_last_yes_counts_and_others_stay() {
    let mut standing = Standing::new(false);
    let here = Some(ConversationId(7));
    standing.allow(&request("gpt-4o", WORDS, &[1]), here, true, 1);
    standing.allow(&request("o3", WORDS, &[]), here, false, 2);
    standing.allow(&request("gpt-4o", WORDS, &[]), Some(ConversationId(8)), false, 3);
    standing.allow(&request("gpt-4o", WORDS, &[1, 2]), here, false, 4);
    let state = standing.state();
    let list: Vec<_> = state
        .grants
        .iter()
        .map(|g| (g.given_ms, g.conversation.unwrap().0, g.model.as_ref().unwrap().short(), g.redact))
        .collect();
    assert_eq!(list, [(2, 7, "o3", false), (3, 8, "gpt-4o", false), (4, 7, "gpt-4o", false)]);
    assert_eq!(standing.answer(&outgoing("gpt-4o", 7, WORDS), &[secret(2)]), Ok(false));
    let ids: std::collections::BTreeSet<_> = state.grants.iter().map(|g| g.id).collect();
    assert_eq!(ids.len(), 3, "each has a name of its own");
}

#[test]
fn never_ends_what_was_allowed_there_and_nothing_else() {
    let mut standing = Standing::new(false);
    let (openai, here) = (BackendId::new("openai"), Some(ConversationId(7)));
    standing.allow(&request("gpt-4o", WORDS, &[]), here, false, 1);
    standing.allow(&request("o3", WORDS, &[]), here, false, 2);
    standing.allow(&ConsentRequest { location: place("eu.openai.com"), ..request("o3", WORDS, &[]) }, here, false, 3);
    standing.allow(&ConsentRequest { provider: BackendId::new("proxy"), ..request("o3", WORDS, &[]) }, here, false, 4);
    standing.forbid(&openai, &place(THERE), 5);
    standing.forbid(&openai, &place(THERE), 6);
    let given: Vec<_> = standing.state().grants.iter().map(|g| (g.given_ms, g.scope)).collect();
    assert_eq!(given, [(3, Scope::Conversation), (4, Scope::Conversation), (6, Scope::Never)], "said twice it stands once");
    for model in ["gpt-4o", "o3", "another"] {
        assert!(standing.is_never(&outgoing(model, 7, WORDS).destination), "{model}: all of them");
    }
    let never = standing.state().grants[2].clone();
    assert_eq!((never.model, never.conversation, never.contents, never.redact), (None, None, Contents::default(), false));
    assert_eq!(standing.revoke(never.id).map(|g| g.given_ms), Some(6));
    assert!(!standing.is_never(&outgoing("o3", 7, WORDS).destination));
    assert_eq!(standing.revoke(never.id), None, "it is taken back once");
    assert_eq!(standing.answer(&outgoing("o3", 7, WORDS), &[]), Err(Occasion::First), "what never ended does not come back");
}

#[test]
fn all_can_be_taken_back_at_once() {
    let mut standing = Standing::new(false);
    standing.allow(&request("gpt-4o", WORDS, &[]), Some(ConversationId(7)), false, 1);
    standing.forbid(&BackendId::new("proxy"), &place("x"), 2);
    standing.set_offline(true);
    let last = standing.state().grants.iter().map(|g| g.id).max().unwrap();
    standing.revoke_all();
    assert_eq!(standing.state(), PrivacyState { offline: true, offline_locked: false, grants: vec![] }, "offline is no answer");
    standing.forbid(&BackendId::new("proxy"), &place("x"), 3);
    assert!(standing.state().grants[0].id > last, "a name is never given again");
}

#[test]
fn the_command_line_has_the_last_word_on_offline() {
    for (started, switch, done, offline) in
        [(false, true, true, true), (false, false, true, false), (true, true, true, true), (true, false, false, true)]
    {
        let mut standing = Standing::new(started);
        assert_eq!(standing.is_offline(), started);
        assert_eq!(standing.set_offline(switch), done, "{started} {switch}");
        let state = standing.state();
        assert_eq!((state.offline, state.offline_locked), (offline, started), "{started} {switch}");
    }
}
