//! What a provider's refusals mean: by the status, and by the names that its errors have where a stream had begun well.
//!
//! What must stay true: the provider's own words reach the person, shortened; a key that was refused is not among them.

use super::super::http::redirected;
use super::super::words::words_in;
use super::{BackendError, From};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// How much of the body of an error is read, in bytes.
pub(super) const ERROR_BODY_CAP: usize = 64 * 1024;

/// What an answer with `status` means. `keyed` says whether a key went along.
pub(super) fn meaning(from: &From, status: u16, headers: &HeaderMap, body: &[u8], keyed: bool) -> BackendError {
    if (300..400).contains(&status) {
        return redirected(&from.who, headers);
    }
    let text = String::from_utf8_lossy(body);
    let words = super::super::words::words(body);
    let told = Told { status, shown: format!(" (status {status})"), words, all: text.to_lowercase(), keyed };
    told.meaning(from, retry_after(headers, OffsetDateTime::now_utc()))
}

/// What an `error` in the answer means. It has a number for a status, or a name, or neither.
pub(in crate::backend) fn of_error(from: &From, error: &Value) -> BackendError {
    let inner = error.get("error").filter(|inner| inner.is_object()).unwrap_or(error);
    let number = |field: &str| match &inner[field] {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    };
    let number = number("code").or_else(|| number("status")).and_then(|number| u16::try_from(number).ok());
    let number = number.filter(|number| (400..600).contains(number));
    let named = ["code", "type"].iter().filter_map(|field| inner[*field].as_str()).find_map(status_of);
    let told = Told {
        status: number.or(named).unwrap_or(500),
        shown: String::new(),
        words: words_in(error),
        all: error.to_string().to_lowercase(),
        keyed: true,
    };
    told.meaning(from, None)
}

/// The status that an error of this name has where it comes before the stream: OpenAI's and Anthropic's.
fn status_of(name: &str) -> Option<u16> {
    Some(match name {
        "invalid_request_error" | "context_length_exceeded" => 400,
        "authentication_error" | "invalid_api_key" => 401,
        "billing_error" | "insufficient_quota" => 402,
        "permission_error" => 403,
        "not_found_error" | "model_not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error" | "rate_limit_exceeded" => 429,
        "api_error" | "server_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}

/// What was told of a failure.
struct Told {
    status: u16,
    /// The status for a person, with a blank before it; empty where none was sent.
    shown: String,
    words: String,
    /// Everything, in lower case.
    all: String,
    keyed: bool,
}

impl Told {
    fn meaning(self, from: &From, retry_after: Option<Duration>) -> BackendError {
        let (From { who, what }, shown) = (from, &self.shown);
        let with_words = |text: String| if self.words.is_empty() { text } else { format!("{text}: {}", self.words) };
        match self.status {
            401 if self.keyed => BackendError::Refused(format!("the key of {who} was refused{shown}")),
            401 => BackendError::Refused(with_words(format!("{who} asks for a key{shown}"))),
            403 => BackendError::Refused(with_words(format!("the key of {who} was refused for {what}{shown}"))),
            402 => BackendError::Refused(with_words(format!("{who} wants to be paid before it answers{shown}"))),
            _ if self.is_quota() => BackendError::Refused(with_words(format!("{who} wants to be paid before it answers{shown}"))),
            413 => BackendError::TooLong(with_words(format!("the conversation is too long for {what}"))),
            400..=599 if self.is_too_long() => {
                BackendError::TooLong(with_words(format!("the conversation is too long for {what}")))
            }
            404 => BackendError::NotFound(with_words(format!("{who} has no {what}"))),
            408 | 504 => BackendError::Stalled(with_words(format!("{who} gave up waiting for {what}{shown}"))),
            429 | 503 | 529 => BackendError::Busy { what: with_words(format!("{who} has too much to do{shown}")), retry_after },
            500.. => BackendError::Broken(with_words(format!("{who} failed with {what}{shown}"))),
            _ => BackendError::Refused(with_words(format!("{who} refused {what}{shown}"))),
        }
    }

    /// An account without money is not busy, though OpenAI says 429: to wait is of no use.
    fn is_quota(&self) -> bool {
        ["insufficient_quota", "billing_hard_limit_reached", "credit balance is too low"]
            .iter()
            .any(|sign| self.all.contains(sign))
    }

    /// The names and words of OpenAI, llama.cpp's server, vLLM and OpenRouter, LiteLLM, Anthropic (two), Gemini.
    fn is_too_long(&self) -> bool {
        let signs = [
            "context_length_exceeded",
            "exceed_context_size_error",
            "maximum context length",
            "contextwindowexceeded",
            "prompt is too long",
            "exceed context limit",
            "exceeds the maximum number of tokens",
        ];
        self.status != 429 && signs.iter().any(|sign| self.all.contains(sign))
    }
}

/// How long to wait: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let then = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(Duration::try_from(then - now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn check(status: u16, body: &str, want: &str) {
        let from = From { who: "openai".into(), what: "model m".into() };
        let found = meaning(&from, status, &HeaderMap::new(), body.as_bytes(), true);
        assert_eq!(told(&found), want, "{status} {body}");
    }

    fn told(error: &BackendError) -> String {
        let kind = match error {
            BackendError::Busy { retry_after, .. } => format!("Busy {retry_after:?}"),
            other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
        };
        format!("{kind}: {error}")
    }

    #[test]
    fn statuses() {
        let long = r#"{"error":{"message":"This model's maximum context length is 8","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        let words = "This model's maximum context length is 8";
        check(400, long, &format!("TooLong: the conversation is too long for model m: {words}"));
        let prompt =
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#;
        check(400, prompt, "TooLong: the conversation is too long for model m: prompt is too long: 9 tokens > 8 maximum");
        check(413, "", "TooLong: the conversation is too long for model m");
        check(400, r#"{"error":{"message":"no"}}"#, "Refused: openai refused model m (status 400): no");
        let credit = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#;
        let paid = "Refused: openai wants to be paid before it answers";
        check(400, credit, &format!("{paid} (status 400): Your credit balance is too low"));
        check(402, r#"{"error":{"message":"pay"}}"#, &format!("{paid} (status 402): pay"));
        check(429, r#"{"error":{"message":"pay","type":"insufficient_quota"}}"#, &format!("{paid} (status 429): pay"));
        check(401, r#"{"error":{"message":"sk-x is wrong"}}"#, "Refused: the key of openai was refused (status 401)");
        check(
            403,
            r#"{"error":{"message":"not here"}}"#,
            "Refused: the key of openai was refused for model m (status 403): not here",
        );
        check(404, r#"{"error":{"message":"none"}}"#, "NotFound: openai has no model m: none");
        check(408, "", "Stalled: openai gave up waiting for model m (status 408)");
        check(504, "<html><title>late</title>", "Stalled: openai gave up waiting for model m (status 504): late");
        check(429, r#"{"error":{"message":"slow"}}"#, "Busy None: openai has too much to do (status 429): slow");
        check(503, "", "Busy None: openai has too much to do (status 503)");
        check(529, "", "Busy None: openai has too much to do (status 529)");
        check(500, "oops", "Broken: openai failed with model m (status 500): oops");
        check(502, "", "Broken: openai failed with model m (status 502)");
        check(422, "", "Refused: openai refused model m (status 422)");
        check(418, "", "Refused: openai refused model m (status 418)");
        check(307, "", "Refused: openai answered with a redirect to another address; nothing was sent on to there");
        let from = From { who: "vllm".into(), what: "model m".into() };
        let keyless = meaning(&from, 401, &HeaderMap::new(), b"", false);
        assert_eq!(told(&keyless), "Refused: vllm asks for a key (status 401)");
    }

    #[test]
    fn errors_in_a_stream() {
        let from = From { who: "it".into(), what: "model m".into() };
        for (error, want) in [
            (r#"{"code":502,"message":"gone"}"#, "Broken: it failed with model m: gone"),
            (r#"{"code":"429","message":"slow"}"#, "Busy None: it has too much to do: slow"),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "Busy None: it has too much to do: Overloaded",
            ),
            (
                r#"{"error":{"type":"invalid_request_error","message":"prompt is too long"}}"#,
                "TooLong: the conversation is too long for model m: prompt is too long",
            ),
            (r#"{"type":"authentication_error","message":"x"}"#, "Refused: the key of it was refused"),
            (r#"{"code":"insufficient_quota","message":"pay"}"#, "Refused: it wants to be paid before it answers: pay"),
            (r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#, "Refused: it refused model m: bad"),
            (r#"{"type":"timeout_error","message":"late"}"#, "Stalled: it gave up waiting for model m: late"),
            (r#""CUDA out of memory""#, "Broken: it failed with model m: CUDA out of memory"),
        ] {
            let value: Value = serde_json::from_str(error).unwrap();
            assert_eq!(told(&of_error(&from, &value)), want, "{error}");
        }
    }

    #[test]
    fn busy_says_when() {
        let now = OffsetDateTime::from_unix_timestamp(1_445_412_480).unwrap();
        for (header, want) in [
            ("7", Some(7.0)),
            ("0.5", Some(0.5)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30.0)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0.0)),
            ("-1", None),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(header));
            assert_eq!(retry_after(&headers, now), want.map(Duration::from_secs_f64), "{header}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
