//! Which request gets which answer: the guards of the front door, the routes, and the small answers.

use super::ask::Api;
use super::spec::normal;
use super::state::Out;
use super::{Behaviour, answer, embed, pull};
use crate::http::{Next, Request};
use serde_json::{Value, json};
use std::io;
use std::net::IpAddr;

/// Answers a request.
pub(super) async fn route(request: &Request, out: &mut Out<'_>) -> io::Result<Next> {
    let path = request.path.split('?').next().unwrap_or_default();
    if request.version == "HTTP/1.1" && request.header("host").is_none() {
        out.text(400, "400 Bad Request: missing required Host header").await?;
        return Ok(Next::Close);
    }
    if path.contains("//") {
        let clean: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        out.reply(301, &format!("Location: /{}\r\n", clean.join("/")), b"").await?;
        return Ok(Next::Keep);
    }
    let host = request.header("host").unwrap_or_default();
    if !host_is_ours(host) || !request.header("origin").is_none_or(origin_is_ours) {
        out.reply(403, "", b"").await?;
        return Ok(Next::Keep);
    }
    let behaviour = out.shared.lock().routes.get(path).cloned();
    if let Some(behaviour) = behaviour
        && early(&behaviour, path, out).await?
    {
        return Ok(Next::Keep);
    }
    match (request.method.as_str(), path) {
        ("GET" | "HEAD", _) => look(path, out).await,
        ("POST", "/api/show" | "/api/chat" | "/api/generate" | "/api/pull" | "/api/embed") => post(request, path, out).await,
        (_, "/api/show" | "/api/chat" | "/api/generate" | "/api/pull" | "/api/embed" | "/api/tags" | "/api/ps") => {
            out.text(405, "405 method not allowed").await?;
            Ok(Next::Keep)
        }
        _ => not_found(out).await,
    }
}

/// What goes wrong before the first byte of an answer; whether it did, and the answer is given.
pub(super) async fn early(behaviour: &Behaviour, name: &str, out: &mut Out<'_>) -> io::Result<bool> {
    match behaviour {
        Behaviour::Missing => out.json(404, &json!({ "error": format!("model \"{name}\" not found") })).await?,
        Behaviour::Status(status, body) => {
            let kind = if body.starts_with('{') { "application/json; charset=utf-8" } else { "text/plain; charset=utf-8" };
            out.reply(*status, &format!("Content-Type: {kind}\r\n"), body.as_bytes()).await?;
        }
        // Ends when the client has had enough, or the server is stopped.
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Redirect(to) => out.reply(307, &format!("Location: {to}\r\n"), b"").await?,
        Behaviour::Html502 => {
            let page = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n";
            out.reply(502, "Content-Type: text/html\r\n", page).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

async fn look(path: &str, out: &mut Out<'_>) -> io::Result<Next> {
    let reply = {
        let mut state = out.shared.lock();
        match path {
            "/" => None,
            "/api/version" => Some(json!({ "version": state.version })),
            "/api/status" => Some(json!({
                "cloud": { "disabled": state.cloud_disabled, "source": if state.cloud_disabled { "env" } else { "none" } }
            })),
            "/api/tags" => Some(json!({ "models": state.models.iter().map(super::ModelSpec::tags_row).collect::<Vec<_>>() })),
            "/api/ps" => Some(state.ps()),
            _ => Some(Value::Null),
        }
    };
    match reply {
        None => out.text(200, "Ollama is running").await?,
        Some(Value::Null) => return not_found(out).await,
        Some(reply) => out.json(200, &reply).await?,
    }
    Ok(Next::Keep)
}

async fn post(request: &Request, path: &str, out: &mut Out<'_>) -> io::Result<Next> {
    let asked: Value = match serde_json::from_slice(&request.body) {
        Ok(asked) => asked,
        Err(error) => {
            let error = if request.body.is_empty() { "missing request body".to_owned() } else { error.to_string() };
            out.json(400, &json!({ "error": error })).await?;
            return Ok(Next::Keep);
        }
    };
    let name = asked["model"].as_str().or_else(|| asked["name"].as_str()).unwrap_or_default().to_owned();
    match path {
        "/api/chat" => answer::answer(&asked, &name, Api::Chat, out).await,
        "/api/generate" => answer::answer(&asked, &name, Api::Generate, out).await,
        "/api/pull" => pull::pull(&asked, &name, out).await,
        "/api/embed" => embed::embed(&asked, &name, out).await,
        _ => show(&name, out).await,
    }
}

async fn show(name: &str, out: &mut Out<'_>) -> io::Result<Next> {
    let model = out.shared.lock().find(name).cloned();
    match model.filter(|model| model.script.behaviour != Behaviour::Missing) {
        Some(model) => out.json(200, &model.show()).await?,
        None => out.json(404, &json!({ "error": format!("model '{}' not found", normal(name)) })).await?,
    }
    Ok(Next::Keep)
}

async fn not_found(out: &mut Out<'_>) -> io::Result<Next> {
    out.text(404, "404 page not found").await?;
    Ok(Next::Keep)
}

/// Whether a `Host` is one that the server takes for itself: this guards against rebound names.
fn host_is_ours(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let name = if port.chars().all(|c| c.is_ascii_digit()) { name } else { host };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_lowercase();
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unspecified(),
        Err(_) => {
            name.is_empty() || name == "localhost" || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
        }
    }
}

fn origin_is_ours(origin: &str) -> bool {
    match origin.split_once("://") {
        Some(("http" | "https", host)) => host_is_ours(host),
        Some((scheme, _)) => ["app", "file", "tauri", "vscode-webview", "vscode-file"].contains(&scheme),
        None => false,
    }
}
