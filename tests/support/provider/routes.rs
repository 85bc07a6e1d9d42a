//! Which request gets which answer: the key, the routes, what is refused, and what goes wrong before the first byte.

use super::play::{Plan, plan};
use super::shared::Out;
use super::{Behaviour, Format, Script, anthropic, openai, stream};
use crate::http::{Next, Request, pass};
use serde_json::{Value, json};
use std::io;

/// An error as a provider says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) status: u16,
    /// `invalid_request_error`, …
    pub(super) kind: &'static str,
    /// OpenAI's `code`.
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(status: u16, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, kind, code, message: message.into() }
    }

    /// A request that is not as it has to be.
    pub(super) fn request(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", None, message)
    }
}

impl Format {
    /// The body of an error.
    pub(super) fn error(self, wrong: &Wrong) -> Value {
        match self {
            Self::OpenAi => json!({ "error": {
                "message": wrong.message, "type": wrong.kind, "param": null, "code": wrong.code,
            } }),
            Self::Anthropic => json!({
                "type": "error", "error": { "type": wrong.kind, "message": wrong.message }, "request_id": "req_0123456789abcdef",
            }),
        }
    }

    /// What is said to a status.
    fn words(self, status: u16, model: &str) -> Wrong {
        match self {
            Self::OpenAi => openai::words(status, model),
            Self::Anthropic => anthropic::words(status, model),
        }
    }
}

/// Answers a request.
pub(super) async fn route(request: &Request, out: &mut Out<'_>) -> io::Result<Next> {
    let format = out.shared.format();
    let path = request.path.split('?').next().unwrap_or_default();
    if request.version == "HTTP/1.1" && request.header("host").is_none() {
        out.text(400, "400 Bad Request").await?;
        return Ok(Next::Close);
    }
    let chats = path == format.chat_path();
    if !chats && path != "/v1/models" {
        let message = format!("Invalid URL ({} {path})", request.method);
        return refuse(&Wrong::new(404, not_found(format), None, message), out).await;
    }
    if request.method != if chats { "POST" } else { "GET" } {
        let message = format!("{} is not allowed on {path}", request.method);
        return refuse(&Wrong::new(405, "invalid_request_error", Some("method_not_supported"), message), out).await;
    }
    if let Some(wrong) = unknown_caller(request, format, out) {
        return refuse(&wrong, out).await;
    }
    if chats { chat(request, format, out).await } else { list(request, format, out).await }
}

fn not_found(format: Format) -> &'static str {
    match format {
        Format::OpenAi => "invalid_request_error",
        Format::Anthropic => "not_found_error",
    }
}

/// Looks at the key.
fn unknown_caller(request: &Request, format: Format, out: &Out<'_>) -> Option<Wrong> {
    let state = out.shared.lock();
    let given = key_of(request, format);
    match (&state.key, given) {
        (_, None) if state.open => None,
        (_, None | Some("")) => Some(match format {
            Format::OpenAi => Wrong::new(401, "invalid_request_error", None, "You didn't provide an API key."),
            Format::Anthropic => Wrong::new(401, "authentication_error", None, "x-api-key header is required"),
        }),
        (Some(key), Some(given)) if key != given => Some(match format {
            Format::OpenAi => {
                let message = format!("Incorrect API key provided: {}.", openai::masked(given));
                Wrong::new(401, "invalid_request_error", Some("invalid_api_key"), message)
            }
            Format::Anthropic => Wrong::new(401, "authentication_error", None, "invalid x-api-key"),
        }),
        (_, Some(_)) if format == Format::Anthropic && request.header("anthropic-version") != Some("2023-06-01") => {
            Some(Wrong::request("anthropic-version: a valid version is required"))
        }
        _ => None,
    }
}

fn key_of(request: &Request, format: Format) -> Option<&str> {
    match format {
        Format::OpenAi => request.header("authorization").map(|value| value.strip_prefix("Bearer ").unwrap_or_default()),
        Format::Anthropic => request.header("x-api-key"),
    }
}

async fn refuse(wrong: &Wrong, out: &mut Out<'_>) -> io::Result<Next> {
    let body = out.shared.format().error(wrong);
    out.json(wrong.status, &body).await?;
    Ok(Next::Keep)
}

async fn list(request: &Request, format: Format, out: &mut Out<'_>) -> io::Result<Next> {
    let (behaviour, names) = {
        let state = out.shared.lock();
        (state.listing.clone(), state.models.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
    };
    if early(&behaviour, request, "", out).await? {
        return Ok(Next::Keep);
    }
    let reply = match format {
        Format::OpenAi => openai::models(&names),
        Format::Anthropic => anthropic::models(&names, &request.path),
    };
    out.json(200, &reply).await?;
    Ok(Next::Keep)
}

async fn chat(request: &Request, format: Format, out: &mut Out<'_>) -> io::Result<Next> {
    if !request.header("content-type").is_some_and(|kind| kind.to_lowercase().starts_with("application/json")) {
        return refuse(&Wrong::request("the content type has to be application/json"), out).await;
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
        return refuse(&Wrong::request("We could not parse the JSON body of your request."), out).await;
    };
    let wrong = match format {
        Format::OpenAi => openai::refusal(&asked),
        Format::Anthropic => anthropic::refusal(&asked),
    };
    if let Some(wrong) = wrong {
        return refuse(&wrong, out).await;
    }
    let name = asked["model"].as_str().unwrap_or_default().to_owned();
    let script: Option<Script> = out.shared.lock().find(&name).cloned();
    let Some(script) = script else { return refuse(&format.words(404, &name), out).await };
    pass(script.first_token.as_ref()).await;
    if early(&script.behaviour, request, &name, out).await? {
        return Ok(Next::Keep);
    }
    let plan: Plan = plan(&asked, format, &name, script, out);
    if asked["stream"] == json!(true) && plan.script.behaviour != Behaviour::NotStreamed {
        return stream::send(&plan, out).await;
    }
    out.json(200, &stream::whole(&plan)).await?;
    Ok(Next::Keep)
}

/// What goes wrong before the first byte of an answer; whether it did, and the answer is given.
async fn early(behaviour: &Behaviour, request: &Request, model: &str, out: &mut Out<'_>) -> io::Result<bool> {
    let format = out.shared.format();
    let (wrong, headers) = match behaviour {
        Behaviour::Status(status) => (format.words(*status, model), String::new()),
        Behaviour::Busy(after) => {
            (format.words(429, model), after.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default())
        }
        Behaviour::NoCredit if format == Format::OpenAi => (openai::no_credit(), String::new()),
        Behaviour::NoCredit => (anthropic::no_credit(), String::new()),
        Behaviour::TooLong if format == Format::OpenAi => (openai::too_long(), String::new()),
        Behaviour::TooLong => (anthropic::too_long(), String::new()),
        Behaviour::EchoKey(status) => {
            let key = key_of(request, format).unwrap_or_default();
            let message = format!("the key {key} (sent as `Bearer {key}`) may not do this");
            (Wrong { status: *status, message, ..format.words(401, model) }, String::new())
        }
        other => return early_bytes(other, out).await,
    };
    let body = format.error(&wrong).to_string();
    out.reply(wrong.status, &format!("Content-Type: application/json\r\n{headers}"), body.as_bytes()).await?;
    Ok(true)
}

/// The same, for what is not in the provider's own words.
async fn early_bytes(behaviour: &Behaviour, out: &mut Out<'_>) -> io::Result<bool> {
    match behaviour {
        Behaviour::Raw(status, headers, body) => out.reply(*status, headers, body.as_bytes()).await?,
        Behaviour::Redirect(to) => out.reply(307, &format!("Location: {to}\r\n"), b"").await?,
        Behaviour::Html502 => {
            let page =
                b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";
            out.reply(502, "Content-Type: text/html\r\n", page).await?;
        }
        Behaviour::LoginPage => {
            out.reply(200, "Content-Type: text/html\r\n", b"<!doctype html><p>Please log in to this network.</p>").await?;
        }
        // Ends when the client has had enough, or the server is stopped.
        Behaviour::Hang => std::future::pending().await,
        _ => return Ok(false),
    }
    Ok(true)
}
