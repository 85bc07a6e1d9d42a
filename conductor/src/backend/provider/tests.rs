//! Providers: the bytes of requests, answers cut at every place, and a server that says what each test wrote.

mod answers;
mod server;

use super::*;
use crate::backend::{ChatMessage, Completion, StopReason};
use crate::config::Config;
use crate::config::ProviderPlace;
use crate::domain::CostTier;
use crate::domain::{Image, LicenceClass, Role, Usage};
use std::path::PathBuf;
use std::sync::LazyLock;

fn canary() -> String {
    ["sk", "CANARY", "0123456789abcdef"].join("-")
}

fn settings(id: &str, format: WireFormat, endpoint: &str, place: ProviderPlace) -> ProviderSettings {
    let (id, endpoint) = (BackendId::new(id), endpoint.to_owned());
    let key_env = format!("{}_API_KEY", id.as_str().to_uppercase());
    ProviderSettings {
        id,
        format,
        endpoint,
        key_env,
        api_key_command: Vec::new(),
        needs_key: true,
        place,
        requests_per_minute: 0,
        tokens_per_minute: 0,
        tokens_per_day: 0,
        dollars_per_day: 0.0,
    }
}

fn row(id: &str, name: &str) -> ModelSettings {
    ModelSettings {
        id: ModelId::new(id),
        backend: id.split('/').next().unwrap().to_owned(),
        strengths: Vec::new(),
        weaknesses: Vec::new(),
        avg_ttft_ms: 1000,
        avg_tokens_per_sec: 20.0,
        max_context: 200_000,
        memory_bytes: 0,
        supports_streaming: true,
        supports_tools: true,
        cost_tier: CostTier::High,
        supports_vision: true,
        name: name.to_owned(),
        display_name: String::new(),
        licence: LicenceClass::Proprietary,
        price_input: 2.0,
        price_output: 8.0,
        fallbacks: Vec::new(),
        requests_per_minute: 0,
        tokens_per_minute: 0,
    }
}

/// Connections as they are by default.
fn wiring(loopback_only: bool) -> Wiring<'static> {
    static CONFIG: LazyLock<Config> = LazyLock::new(Config::default);
    Wiring { timeouts: &CONFIG.timeouts, pools: &CONFIG.pools, loopback_only }
}

/// A provider whose key is in the environment.
fn provider(settings: &ProviderSettings) -> Provider {
    let keys = Keys::new(PathBuf::new(), vec![(settings.key_env.clone(), canary())]);
    let id = settings.id.as_str();
    let models = [row(&format!("{id}/m-1"), ""), row(&format!("{id}/two"), "vendor/real-name:free"), row("other/m-1", "")];
    Provider::new(settings, &models, &keys, wiring(false)).unwrap()
}

fn external(id: &str, format: WireFormat) -> Provider {
    provider(&settings(id, format, &format!("https://api.{id}.com/v1"), ProviderPlace::External))
}

fn request(model: &str) -> ChatRequest {
    let message = |role, content: &str, images| ChatMessage { role, content: content.into(), images };
    let image = Image { media_type: "image/png".into(), width: 1, height: 1, bytes: Bytes::from_static(b"PNG\x00\xff") };
    ChatRequest {
        model: ModelId::new(model),
        system: "be brief".into(),
        messages: vec![
            message(Role::User, "hi", vec![]),
            message(Role::Assistant, "yes?", vec![]),
            message(Role::User, "狐 \"x\"", vec![image.clone()]),
            message(Role::User, "", vec![image]),
        ],
        num_ctx: 8192,
        num_predict: 1024,
        format: None,
    }
}

#[test]
fn requests_in_openais_format() {
    let url = r#"{"image_url":{"url":"data:image/png;base64,UE5HAP8="},"type":"image_url"}"#;
    let messages = [
        r#""messages":[{"content":"be brief","role":"system"},{"content":"hi","role":"user"},"#,
        r#"{"content":"yes?","role":"assistant"},{"content":[{"text":"狐 \"x\"","type":"text"},"#,
        &format!(r#"{url}],"role":"user"}},{{"content":[{url}],"role":"user"}}]"#),
    ]
    .concat();
    let end = r#""stream":true,"stream_options":{"include_usage":true}}"#;
    for (id, model, want) in [
        ("openai", "openai/m-1", format!(r#"{{"max_completion_tokens":1024,{messages},"model":"m-1",{end}"#)),
        ("vllm", "vllm/m-1", format!(r#"{{"max_tokens":1024,{messages},"model":"m-1",{end}"#)),
        ("vllm", "vllm/two", format!(r#"{{"max_tokens":1024,{messages},"model":"vendor/real-name:free",{end}"#)),
    ] {
        let provider = external(id, WireFormat::Openai);
        for _ in 0..2 {
            assert_eq!(String::from_utf8_lossy(&provider.encode(&request(model)).unwrap()), want, "{model}");
        }
    }
    let plain = ChatRequest { system: String::new(), messages: Vec::new(), ..request("openai/m-1") };
    let bytes = external("openai", WireFormat::Openai).encode(&plain).unwrap();
    assert!(bytes.starts_with(br#"{"max_completion_tokens":1024,"messages":[],"#));
}

#[test]
fn requests_in_anthropics_format() {
    let image = r#"{"source":{"data":"UE5HAP8=","media_type":"image/png","type":"base64"},"type":"image"}"#;
    let want = [
        r#"{"max_tokens":1024,"messages":[{"content":"hi","role":"user"},{"content":"yes?","role":"assistant"},"#,
        &format!(r#"{{"content":[{image},{{"text":"狐 \"x\"","type":"text"}}],"role":"user"}},"#),
        &format!(r#"{{"content":[{image}],"role":"user"}}],"#),
        r#""model":"m-1","stream":true,"system":"be brief"}"#,
    ];
    let provider = external("anthropic", WireFormat::Anthropic);
    assert_eq!(String::from_utf8_lossy(&provider.encode(&request("anthropic/m-1")).unwrap()), want.concat());
    let plain = ChatRequest { system: String::new(), ..request("anthropic/m-1") };
    assert!(!String::from_utf8_lossy(&provider.encode(&plain).unwrap()).contains("system"));
}

#[test]
fn requests_that_cannot_be_said() {
    for format in [WireFormat::Openai, WireFormat::Anthropic] {
        let provider = external("p", format);
        let endless = ChatRequest { num_predict: 0, ..request("p/m-1") };
        assert!(matches!(provider.encode(&endless), Err(BackendError::Refused(_))));
        for unknown in ["p/none", "other/m-1", "m-1"] {
            assert!(matches!(provider.encode(&request(unknown)), Err(BackendError::NotFound(_))), "{unknown}");
            assert!(matches!(provider.destination(&ModelId::new(unknown)), Err(BackendError::NotFound(_))), "{unknown}");
        }
    }
}

/// Where a question and a list go to, and where that is.
fn check_place(format: WireFormat, endpoint: &str, place: ProviderPlace, chat: &str, list: &str, location: &Location) {
    let provider = provider(&settings("p", format, endpoint, place));
    let to = provider.destination(&ModelId::new("p/m-1")).unwrap();
    assert_eq!((to.target(), to.location()), (chat, location), "{endpoint}");
    assert_eq!((to.backend().as_str(), to.model().short(), to.addresses()), ("p", "p/m-1", &[][..]));
    let to = provider.contact(Purpose::ModelList).unwrap();
    assert_eq!((to.target(), to.location()), (list, location), "{endpoint}");
    assert_eq!((provider.contact(Purpose::Chat), provider.contact(Purpose::Pull)), (None, None));
}

#[test]
fn where_requests_go() {
    use ProviderPlace::{External, Here, Network};
    use WireFormat::{Anthropic, Openai};
    let external = |host: &str| Location::External(host.to_owned());
    let (url, list) = ("POST https://api.x.com/v1/chat/completions", "GET https://api.x.com/v1/models");
    check_place(Openai, "https://api.x.com/v1", External, url, list, &external("api.x.com"));
    check_place(Openai, " https://API.x.com:443/v1// ", External, url, list, &external("api.x.com"));
    let (url, list) = ("POST https://api.x.com/v1/messages", "GET https://api.x.com/v1/models?limit=1000");
    check_place(Anthropic, "https://api.x.com/v1/", External, url, list, &external("api.x.com"));
    let (url, list) = ("POST http://box:8000/chat/completions", "GET http://box:8000/models");
    check_place(Openai, "http://box:8000", Network, url, list, &Location::Network("box".into()));
    let (url, list) = ("POST http://127.0.0.1:8000/v1/chat/completions", "GET http://127.0.0.1:8000/v1/models");
    check_place(Openai, "http://127.0.0.1:8000/v1", Here, url, list, &Location::Local);
    check_place(Openai, "http://127.0.0.1:8000/v1", External, url, list, &external("127.0.0.1"));
    let (url, list) = ("POST http://[::1]/v1/chat/completions", "GET http://[::1]/v1/models");
    check_place(Openai, "http://[::1]/v1", Here, url, list, &Location::Local);
    let openrouter = provider(&settings("p", Openai, "https://openrouter.ai/api/v1", External));
    let check = openrouter.contact(Purpose::KeyCheck).unwrap();
    assert_eq!(check.target(), "GET https://openrouter.ai/api/v1/key", "its list needs no key");
}

#[test]
fn endpoints_that_are_none() {
    for (endpoint, place, want) in [
        ("", ProviderPlace::External, "relative URL"),
        ("api.x.com/v1", ProviderPlace::External, "relative URL"),
        ("http://api.x.com/v1", ProviderPlace::External, "by https alone"),
        ("http://box/v1", ProviderPlace::Here, "by https alone"),
        ("ftp://api.x.com", ProviderPlace::Network, "neither http nor https"),
        ("https://me:CANARY@api.x.com/v1", ProviderPlace::External, "a name and password"),
        ("https://api.x.com/v1?key=CANARY", ProviderPlace::External, "all that may stand"),
        ("https://api.x.com/v1#x", ProviderPlace::External, "all that may stand"),
    ] {
        let settings = settings("p", WireFormat::Openai, endpoint, place);
        let made = Provider::new(&settings, &[], &Keys::default(), wiring(false));
        let why = made.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(why.contains(want) && !why.contains("CANARY"), "{endpoint}: {why:?}");
    }
}

#[tokio::test]
async fn a_survey_says_what_the_files_say() {
    let with_key = external("openai", WireFormat::Openai);
    let found = with_key.survey(None).await.unwrap();
    assert_eq!((found.address.as_str(), found.version.as_str()), ("https://api.openai.com/v1", ""));
    assert_eq!(found.models.iter().map(|m| m.id.short()).collect::<Vec<_>>(), ["openai/m-1", "openai/two"]);
    let model = &found.models[0];
    assert_eq!(model.location, Location::External("api.openai.com".into()));
    assert_eq!((model.num_ctx, model.trained_context, model.obstacle.as_deref()), (200_000, Some(200_000), None));
    let can = Capabilities { completion: true, tools: true, vision: true, ..Capabilities::default() };
    assert_eq!((model.capabilities, model.licence.class), (can, LicenceClass::Proprietary));
    assert_eq!(model.prices, Some(Prices { input: 2_000_000, output: 8_000_000 }));
    let free = ModelSettings { price_input: 0.0, price_output: 0.0, ..row("openai/m-1", "") };
    let mut settings = with_key.inner.settings.clone();
    for (needs_key, obstacle) in [(true, Some("no key: `segno keys set openai`, or set OPENAI_API_KEY")), (false, None)] {
        settings.needs_key = needs_key;
        let keyless = Provider::new(&settings, std::slice::from_ref(&free), &Keys::default(), wiring(false)).unwrap();
        let found = keyless.survey(None).await.unwrap();
        assert_eq!((found.models[0].obstacle.as_deref(), found.models[0].prices), (obstacle, None));
    }
    let told = format!("{with_key:?} {found:?}");
    assert!(!told.contains("CANARY"), "{told}");
}

/// An end in one line: the kind and the words.
fn told(end: &Result<Completion, BackendError>) -> String {
    match end {
        Ok(Completion { reason, usage: Usage { prompt_tokens, answer_tokens }, .. }) => {
            let count = |tokens: &Option<u32>| tokens.map_or_else(|| "?".to_owned(), |tokens| tokens.to_string());
            let reason = if *reason == StopReason::Stop { "stop" } else { "length" };
            format!("{reason} {} {}", count(prompt_tokens), count(answer_tokens))
        }
        Err(BackendError::Busy { what, retry_after }) => format!("Busy {retry_after:?}: {what}"),
        Err(error) => format!("{}: {error}", format!("{error:?}").split('(').next().unwrap_or_default()),
    }
}
