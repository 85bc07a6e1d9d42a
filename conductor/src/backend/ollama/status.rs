//! What the server's refusals mean: by the status where there is one, by the words only where Ollama gives nothing else.
//!
//! What must stay true: the server's own words reach the person, shortened.

use super::super::BackendError;
use super::super::http::redirected;
use super::super::words::{words, words_in};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// How much of the body of an error is read, in bytes.
pub(super) const ERROR_BODY_CAP: usize = 64 * 1024;

/// What an answer with `status` means. `who` is the server for a person, `what` what it was asked for.
pub(super) fn meaning(who: &str, what: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> BackendError {
    let words = words(body);
    let with_words = |text: String| if words.is_empty() { text } else { format!("{text}: {words}") };
    match status {
        300..=399 => redirected(who, headers),
        400 | 413 if is_too_long(body) => too_long(what, body),
        401 => BackendError::Refused(with_words(format!("{who} asks for a login before it answers for {what}"))),
        403 if words.is_empty() => BackendError::Refused(format!(
            "{who} refused the name it was called by (status 403): Ollama takes local names only; set `ollama.host` to 127.0.0.1"
        )),
        404 => BackendError::NotFound(with_words(format!("{who} has no {what}"))),
        429 | 503 => {
            let retry_after = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
            let what = with_words(format!("{who} has too much to do (status {status})"));
            BackendError::Busy { what, retry_after: retry_after.map(Duration::from_secs) }
        }
        500.. if is_out_of_memory(&String::from_utf8_lossy(body)) => {
            BackendError::OutOfMemory(with_words(format!("{what}: out of memory")))
        }
        500.. => BackendError::Broken(with_words(format!("{who} failed with {what} (status {status})"))),
        _ => BackendError::Refused(with_words(format!("{who} refused {what} (status {status})"))),
    }
}

/// What an `error` inside a stream that began well means.
pub(super) fn of_error_line(who: &str, what: &str, error: &Value) -> BackendError {
    let line = error.to_string();
    if is_too_long(line.as_bytes()) {
        return too_long(what, line.as_bytes());
    }
    if is_out_of_memory(&line) {
        return BackendError::OutOfMemory(format!("{what}: out of memory: {}", words_in(error)));
    }
    BackendError::Broken(format!("{who} failed with {what}: {}", words_in(error)))
}

/// Ollama has no status for it: out of memory is words inside a 500, or inside a line of the stream.
fn is_out_of_memory(text: &str) -> bool {
    let text = text.to_lowercase();
    ["out of memory", "more system memory", "cudamalloc", "insufficient memory"].iter().any(|words| text.contains(words))
}

/// Whether it is the refusal of a prompt that does not fit: the type that llama.cpp's server gives it, or the words of
/// Ollama's own engine.
fn is_too_long(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    [
        "exceed_context_size_error",
        "exceeds the available context size",
        "exceeds the context length",
        "longer than the context length",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Names the sizes where the refusal does.
fn too_long(what: &str, body: &[u8]) -> BackendError {
    let text = String::from_utf8_lossy(body);
    BackendError::TooLong(match (number_after(&text, "n_prompt_tokens"), number_after(&text, "n_ctx")) {
        (Some(prompt), Some(window)) => {
            format!("the conversation is too long for {what}: it has {prompt} tokens, and the window takes {window}")
        }
        _ => format!("the conversation is too long for the window of {what}"),
    })
}

/// The number after a key, however often the JSON around it was put into a string.
fn number_after(text: &str, key: &str) -> Option<u64> {
    let rest = &text[text.find(key)? + key.len()..];
    let rest = rest.trim_start_matches(['\\', '"', ':', ' ']);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    /// As the server of version 0.30 and later sends it.
    const TOO_LONG: &str = r#"{"error":"{\"error\":{\"code\":400,\"message\":\"request (351 tokens) exceeds the available context size (256 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":351,\"n_ctx\":256}}"}"#;

    fn check(status: u16, header: Option<(&'static str, &'static str)>, body: &str, want: &BackendError) {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        assert_eq!(&meaning("ollama", "model m", status, &headers, body.as_bytes()), want, "{status} {body}");
    }

    #[test]
    fn statuses() {
        use BackendError::{Broken, NotFound, OutOfMemory, Refused, TooLong};
        let long = "the conversation is too long for model m: it has 351 tokens, and the window takes 256";
        check(400, None, TOO_LONG, &TooLong(long.into()));
        let own = r#"{"error":"the input length exceeds the context length"}"#;
        check(400, None, own, &TooLong("the conversation is too long for the window of model m".into()));
        let think = r#"{"error":"\"m\" does not support thinking"}"#;
        check(400, None, think, &Refused("ollama refused model m (status 400): \"m\" does not support thinking".into()));
        let login = r#"{"error":"unauthorized","signin_url":"https://x"}"#;
        check(401, None, login, &Refused("ollama asks for a login before it answers for model m: unauthorized".into()));
        let cloud = r#"{"error":"cloud is disabled"}"#;
        check(403, None, cloud, &Refused("ollama refused model m (status 403): cloud is disabled".into()));
        let missing = r#"{"error":"model \"m\" not found"}"#;
        check(404, None, missing, &NotFound("ollama has no model m: model \"m\" not found".into()));
        check(404, None, "404 page not found", &NotFound("ollama has no model m: 404 page not found".into()));
        let memory = r#"{"error":"model requires more system memory (9 GiB) than is available"}"#;
        let words = "model requires more system memory (9 GiB) than is available";
        check(500, None, memory, &OutOfMemory(format!("model m: out of memory: {words}")));
        let page = "<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>";
        check(502, None, page, &Broken("ollama failed with model m (status 502): 502 Bad Gateway".into()));
        let to = "ollama answered with a redirect to https://evil/api; nothing was sent on to there";
        check(307, Some(("location", "https://evil/api")), "", &Refused(to.into()));
        let nowhere = "ollama answered with a redirect to another address; nothing was sent on to there";
        check(301, None, "<a href=x>Moved</a>", &Refused(nowhere.into()));
    }

    #[test]
    fn an_empty_403_is_about_the_name() {
        let error = meaning("ollama", "model m", 403, &HeaderMap::new(), b"");
        assert!(matches!(&error, BackendError::Refused(why) if why.contains("127.0.0.1")), "{error:?}");
    }

    #[test]
    fn busy_says_when() {
        for (status, after, want) in [(429, "7", Some(7)), (503, "soon", None), (503, "0", Some(0))] {
            let what = format!("ollama has too much to do (status {status}): queue full");
            let want = BackendError::Busy { what, retry_after: want.map(Duration::from_secs) };
            check(status, Some(("retry-after", after)), r#"{"error":"queue full"}"#, &want);
        }
    }

    #[test]
    fn error_lines() {
        let line: Value = serde_json::from_str(TOO_LONG).unwrap();
        assert!(matches!(of_error_line("ollama", "model m", &line["error"]), BackendError::TooLong(_)));
        let want = BackendError::OutOfMemory("model m: out of memory: CUDA error: out of memory".into());
        assert_eq!(of_error_line("ollama", "model m", &Value::from("CUDA error: out of memory")), want);
        let want = BackendError::Broken("ollama failed with model m: CUDA error".into());
        assert_eq!(of_error_line("ollama", "model m", &Value::from("CUDA error")), want);
    }
}
