//! Providers against a server on this machine that says what each test wrote.

use super::*;
use crate::backend::Chunk;
use crate::backend::testing::{Act, Server, pass, pieces, reply, sealed, whole};
use futures_util::FutureExt;

const CHAT: &str = "POST /v1/chat/completions";

const ANSWER: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"狐\"}}]}\n\n\
    data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

const MESSAGE: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"狐\"}}\n\n\
    event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n\
    event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

/// The provider at `server`, which counts as external: an address of this machine is no proof.
fn at(server: &Server, format: WireFormat) -> Provider {
    provider(&settings("p", format, &format!("http://{}/v1", server.address), ProviderPlace::External))
}

fn for_chat(provider: &Provider) -> Sealed {
    let request = request("p/m-1");
    sealed(provider.encode(&request).unwrap(), provider.destination(&request.model).unwrap(), Purpose::Chat)
}

/// Asks, and gives the answer and its end.
async fn ask(provider: &Provider) -> (String, String) {
    let (mut answer, mut end) = (String::new(), None);
    for chunk in provider.stream(for_chat(provider)).collect::<Vec<_>>().await {
        assert!(end.is_none(), "something came after the end");
        match chunk {
            Ok(Chunk::Text { text, thinking }) => {
                assert!(!text.is_empty() || !thinking.is_empty(), "an empty piece");
                answer += &text;
            }
            Ok(Chunk::Tools(calls)) => panic!("{calls:?}"),
            Ok(Chunk::Done(done)) => end = Some(told(&Ok(done))),
            Err(error) => end = Some(told(&Err(error))),
        }
    }
    (answer, end.expect("no end"))
}

#[tokio::test]
async fn what_is_sealed_is_what_is_sent() {
    for (format, path, header, answer) in [
        (WireFormat::Openai, CHAT, format!("authorization: bearer {}", canary()), ANSWER),
        (WireFormat::Anthropic, "POST /v1/messages", format!("x-api-key: {}", canary()), MESSAGE),
    ] {
        let server = Server::start(move |_| whole(answer.as_bytes().chunks(7))).await;
        let provider = at(&server, format);
        assert_eq!(ask(&provider).await, ("狐".to_owned(), "stop ? ?".to_owned()));
        assert_eq!(server.asked(), [path]);
        let requests = server.requests();
        let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
        assert_eq!(body.as_bytes(), provider.encode(&request("p/m-1")).unwrap());
        let head = head.to_lowercase();
        for wanted in [&header.to_lowercase(), "content-type: application/json", "accept: text/event-stream"] {
            assert!(head.contains(wanted), "{wanted}: {head}");
        }
        assert_eq!(head.contains("anthropic-version: 2023-06-01"), format == WireFormat::Anthropic, "{head}");
        assert!(!head.contains("referer:") && !head.contains("origin:") && !head.contains("accept-encoding"), "{head}");
        assert_eq!(requests[0].matches(&canary()).count(), 1);
    }
}

#[tokio::test]
async fn a_server_that_needs_no_key_gets_none() {
    let server = Server::start(|_| whole([ANSWER.as_bytes()])).await;
    let endpoint = format!("http://localhost:{}/v1", server.address.port());
    let settings = ProviderSettings { needs_key: false, ..settings("p", WireFormat::Openai, &endpoint, ProviderPlace::Here) };
    let provider = Provider::new(&settings, &[row("p/m-1", "")], &Keys::default(), wiring(true)).unwrap();
    assert_eq!(ask(&provider).await.1, "stop ? ?");
    assert!(!server.requests()[0].to_lowercase().contains("authorization"));
    let keyed = ProviderSettings { needs_key: true, ..settings };
    let provider = Provider::new(&keyed, &[row("p/m-1", "")], &Keys::default(), wiring(true)).unwrap();
    assert_eq!(ask(&provider).await.1, "Refused: there is no key for p");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_redirect_takes_nothing_along() {
    let other = Server::start(|_| whole([ANSWER.as_bytes()])).await;
    let to = format!("location: http://{}/v1/chat/completions\r\n", other.address);
    let server = Server::start(move |_| reply("307 Temporary Redirect", &to, "")).await;
    let provider = at(&server, WireFormat::Openai);
    let leave = pass(provider.contact(Purpose::ModelList).unwrap(), Purpose::ModelList);
    for end in [ask(&provider).await.1, told(&Err(provider.list(leave).await.unwrap_err()))] {
        assert!(end.contains(&other.address.to_string()) && end.contains("nothing was sent on"), "{end}");
    }
    assert_eq!(other.asked(), [""; 0]);
}

#[tokio::test]
async fn only_what_is_sealed_for_this_provider_is_sent() {
    let server = Server::start(|_| whole([ANSWER.as_bytes()])).await;
    let ours = at(&server, WireFormat::Openai);
    let endpoint = format!("http://{}/v1", server.address);
    let here = provider(&settings("p", WireFormat::Openai, &endpoint, ProviderPlace::Here));
    let path = provider(&settings("p", WireFormat::Openai, &format!("{endpoint}/x"), ProviderPlace::External));
    let named = provider(&settings("q", WireFormat::Openai, &endpoint, ProviderPlace::External));
    let seals = [
        for_chat(&here),
        for_chat(&path),
        for_chat(&at(&server, WireFormat::Anthropic)),
        sealed(Bytes::new(), named.destination(&ModelId::new("q/m-1")).unwrap(), Purpose::Chat),
        sealed(Bytes::new(), ours.contact(Purpose::ModelList).unwrap(), Purpose::ModelList),
        sealed(Bytes::new(), Destination::in_process(BackendId::new("p"), ModelId::new("p/m-1")), Purpose::Chat),
    ];
    for seal in seals {
        let target = format!("{:?}", seal.destination());
        let chunks: Vec<_> = ours.stream(seal).collect().await;
        let refused = matches!(chunks.as_slice(), [Err(BackendError::Refused(_) | BackendError::NotFound(_))]);
        assert!(refused, "{target}: {chunks:?}");
    }
    assert_eq!(server.asked(), [""; 0]);
}

#[tokio::test]
async fn a_place_elsewhere_is_not_reached_where_that_is_switched_off() {
    for endpoint in ["https://192.0.2.1/v1", "https://api.invalid/v1"] {
        let provider = provider(&settings("p", WireFormat::Openai, endpoint, ProviderPlace::External));
        let (_, end) = ask(&provider).await;
        assert!(end.contains("SEGNO_LOOPBACK_ONLY"), "{end}");
    }
}

#[tokio::test]
async fn a_key_that_comes_back_is_hidden() {
    let cut = format!("{}{}", "x".repeat(290), canary());
    for echo in [format!("wrong: {}", canary()), format!("it begins with {}", &canary()[..12]), cut] {
        let body = format!(r#"{{"error":{{"message":"{echo}"}}}}"#);
        for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "429 Too Many Requests", "500 Oh", "200 OK"] {
            let body = body.clone();
            let server = Server::start(move |_| reply(status, "", &body)).await;
            let provider = at(&server, WireFormat::Openai);
            let leave = pass(provider.contact(Purpose::KeyCheck).unwrap(), Purpose::KeyCheck);
            for end in [ask(&provider).await.1, told(&Err(provider.list(leave).await.unwrap_err()))] {
                assert!(!end.contains("CANARY"), "{status}: {end}");
            }
        }
    }
}

#[tokio::test]
async fn answers_that_break_off() {
    let half = &ANSWER.as_bytes()[..60];
    for (acts, want) in [
        (pieces([half]), "Broken: the connection to p broke: it was closed too early"),
        ([pieces([half]), vec![Act::Reset]].concat(), "Broken: the connection to p broke: connection reset"),
        (whole([half]), "Broken: p ended in the middle of an answer of p/m-1"),
    ] {
        let server = Server::start(move |_| acts.clone()).await;
        let (text, end) = ask(&at(&server, WireFormat::Openai)).await;
        assert_eq!((text.as_str(), end.replace("model ", "").as_str()), ("狐", want));
        assert_eq!(server.asked(), [CHAT], "asked again");
    }
    let busy = reply("429 Too Many Requests", "retry-after: 3\r\n", "");
    let server = Server::start(move |_| busy.clone()).await;
    assert_eq!(ask(&at(&server, WireFormat::Openai)).await.1, "Busy Some(3s): p has too much to do (status 429)");
}

#[tokio::test]
async fn dropping_ends_the_request() {
    for begun in [vec![], pieces([&ANSWER.as_bytes()[..60]])] {
        let begins = !begun.is_empty();
        let mut server = Server::start(move |_| [begun.clone(), vec![Act::Hang]].concat()).await;
        let provider = at(&server, WireFormat::Openai);
        let mut stream = provider.stream(for_chat(&provider));
        assert_eq!(server.asked(), [""; 0], "sent before it was polled");
        if begins {
            assert!(stream.next().await.is_some_and(|chunk| chunk.is_ok()));
        } else {
            while server.asked().is_empty() {
                assert!(stream.next().now_or_never().is_none());
                tokio::task::yield_now().await;
            }
        }
        drop(stream);
        server.closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn lists_come_with_leave_for_just_this() {
    let body = r#"{"data":[{"id":"b"},{"id":"a"}]}"#;
    let server = Server::start(move |_| reply("200 OK", "content-type: application/json\r\n", body)).await;
    let provider = at(&server, WireFormat::Anthropic);
    for purpose in [Purpose::ModelList, Purpose::KeyCheck] {
        let leave = pass(provider.contact(purpose).unwrap(), purpose);
        assert_eq!(provider.list(leave).await, Ok(vec!["a".to_owned(), "b".to_owned()]));
    }
    let asked = "GET /v1/models?limit=1000";
    assert_eq!(server.asked(), [asked, asked]);
    assert!(server.requests()[0].to_lowercase().contains(&format!("x-api-key: {}", canary()).to_lowercase()));
    let elsewhere = super::provider(&settings("p", WireFormat::Openai, "https://api.invalid/v1", ProviderPlace::External));
    let elsewhere = || elsewhere.contact(Purpose::ModelList).unwrap();
    let wrong = [
        pass(elsewhere(), Purpose::ModelList),
        crate::privacy::test_pass(Purpose::ModelList),
        pass(provider.contact(Purpose::ModelList).unwrap(), Purpose::Pull),
    ];
    for leave in wrong {
        let told = format!("{leave:?}");
        assert!(matches!(provider.list(leave).await, Err(BackendError::Refused(_))), "{told}");
    }
    let steps: Vec<_> = provider.pull(&ModelId::new("p/m-1"), crate::privacy::test_pass(Purpose::Pull)).collect().await;
    assert!(matches!(steps.as_slice(), [Err(BackendError::Refused(_))]), "{steps:?}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn its_pool_outlives_its_clients() {
    let server = Server::start(|_| whole([ANSWER.as_bytes()])).await;
    let provider = at(&server, WireFormat::Openai);
    assert_eq!(provider.pool().map(|pool| (pool.was_used(), pool.backend)), Some((false, BackendId::new("p"))));
    for _ in 0..2 {
        assert_eq!(ask(&provider).await.1, "stop ? ?");
        // As after a failure: another client is made.
        provider.inner.look_up_anew();
    }
    let pool = provider.pool().unwrap();
    assert_eq!((pool.requests, pool.opened, pool.reused, pool.in_use, pool.failed, pool.recycled), (2, 2, 0, 0, 0, 0));
}
