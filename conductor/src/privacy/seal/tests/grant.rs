//! The yes to exactly the bytes that were shown.

use super::*;

/// What waits for a yes to openai, with no secrets in it.
fn pending() -> Pending {
    asked(outgoing(openai()), &open(&Standing::new(false), Some(&scanner())))
}

#[test]
fn the_question_shows_what_would_be_sent() {
    let pending = pending();
    let request = pending.request();
    assert_eq!((request.id, request.purpose, request.occasion), (RequestId(3), Purpose::Chat, Occasion::First));
    assert_eq!(
        (request.provider.as_str(), request.model.as_str(), request.host()),
        ("openai", "gpt-4o:latest", "api.openai.com")
    );
    assert_eq!(request.target, "POST https://api.openai.com/v1/chat/completions");
    assert_eq!((request.contents.clone(), request.tokens, request.cost), (outgoing(openai()).contents, 9, Some(Cost(1200))));
    assert_eq!((&request.findings, &request.redacted, request.expires_in_s), (&Vec::new(), &None, 600));
    assert_eq!((&request.whole.bytes, request.whole.digest), (&Bytes::from(WORDS), Digest::of(WORDS.as_bytes())));
    assert_eq!(request.whole.shown, WORDS);
}

#[test]
fn only_the_bytes_that_were_shown_may_go() {
    let whole = Digest::of(WORDS.as_bytes());
    let to = openai();
    type Change = fn(&mut Standing, &Destination);
    let nothing: Change = |_, _| {};
    let offline: Change = |standing, _| assert!(standing.set_offline(true));
    let never: Change = |standing, to| standing.forbid(to.backend(), to.location(), 1);
    let elsewhere: Change = |standing, to| {
        standing.forbid(&BackendId::new("another"), to.location(), 1);
        standing.forbid(to.backend(), &Location::External("another".to_owned()), 1);
    };
    let back: Change = |standing, _| {
        standing.set_offline(true);
        standing.set_offline(false);
    };
    for (name, digest, scope, meanwhile, want) in [
        ("yes", whole, Scope::Once, nothing, "goes"),
        ("yes for the conversation", whole, Scope::Conversation, nothing, "goes"),
        ("never is no yes", whole, Scope::Never, nothing, "not shown"),
        ("nothing", Digest::ZERO, Scope::Once, nothing, "not shown"),
        ("no bytes", Digest::of(b""), Scope::Once, nothing, "not shown"),
        ("other bytes", Digest::of(b"other"), Scope::Conversation, nothing, "not shown"),
        ("offline meanwhile", whole, Scope::Once, offline, "offline"),
        ("offline meanwhile, for the conversation", whole, Scope::Conversation, offline, "offline"),
        ("offline and back", whole, Scope::Once, back, "goes"),
        ("never meanwhile", whole, Scope::Once, never, "never"),
        ("never meanwhile, for the conversation", whole, Scope::Conversation, never, "never"),
        ("never to others meanwhile", whole, Scope::Once, elsewhere, "goes"),
        ("other bytes, offline", Digest::of(b"other"), Scope::Once, offline, "not shown"),
    ] {
        let mut standing = Standing::new(false);
        meanwhile(&mut standing, &to);
        let before = standing.clone();
        let result = pending().grant(digest, scope, &mut standing, 5);
        assert_eq!(result.as_ref().map_or_else(refused, |_| "goes"), want, "{name}");
        let Ok(cleared) = result else {
            assert_eq!(standing, before, "{name}: what was refused allows nothing");
            continue;
        };
        assert_eq!(cleared.entry().basis, Basis::Consent(scope), "{name}");
        assert_eq!((cleared.entry().secrets, cleared.entry().redactions, cleared.entry().payload), (0, 0, whole), "{name}");
        assert_eq!(cleared.noted(LedgerSeq(1)).into_parts(), (Bytes::from(WORDS), openai()), "{name}");
        assert_eq!(standing != before, scope == Scope::Conversation, "{name}: once is once");
    }
}

#[test]
fn the_yes_for_a_conversation_stands() {
    let mut standing = Standing::new(false);
    let pending = pending();
    let digest = pending.request().whole.digest;
    pending.grant(digest, Scope::Conversation, &mut standing, 5).unwrap();
    let grants = standing.state().grants;
    let [grant] = grants.as_slice() else { panic!("{grants:?}") };
    let want = Grant {
        id: grant.id,
        provider: BackendId::new("openai"),
        model: Some(ModelId::new("gpt-4o")),
        location: openai().location().clone(),
        scope: Scope::Conversation,
        conversation: Some(ConversationId(7)),
        contents: outgoing(openai()).contents,
        redact: false,
        given_ms: 5,
    };
    assert_eq!(grant, &want);
    assert_eq!(word(&seal(outgoing(openai()), &open(&standing, None))), "leaves: consent");
    standing.revoke(grant.id);
    assert_eq!(word(&seal(outgoing(openai()), &open(&standing, None))), "ask: first");
}

#[test]
fn a_yes_without_a_conversation_is_for_once() {
    let mut standing = Standing::new(false);
    let out = || Outgoing { conversation: None, ..outgoing(openai()) };
    let pending = asked(out(), &open(&Standing::new(false), None));
    let digest = pending.request().whole.digest;
    assert!(pending.grant(digest, Scope::Conversation, &mut standing, 5).is_ok());
    assert_eq!(standing.state().grants, []);
    assert_eq!(word(&seal(out(), &open(&standing, None))), "ask: first");
}
