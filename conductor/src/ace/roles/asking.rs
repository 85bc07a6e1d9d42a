//! Asking until an answer can be read.
//!
//! What must stay true: every call leaves one record; a lasting failure is not tried again here; the log has figures and no words.

use super::{Ask, AskError, Call, CallVerdict, Doors, Reply, Template};
use crate::ace::json::{self, Verdict};
use crate::config::AceSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How what cannot be read is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retry {
    /// So many times more, after the first.
    pub again: u32,
    /// What is added to the prompt then, in whatever language.
    pub prompt: String,
    /// What is added where the answer was cut off; empty for `prompt`.
    pub cut_prompt: String,
}

impl Retry {
    /// As the settings say. Words of the user's stand for both kinds of answers that cannot be read.
    pub fn of(settings: &AceSettings) -> Self {
        let own = !settings.retry_prompt.is_empty();
        let words = Self::default();
        Self {
            again: settings.retries,
            prompt: if own { settings.retry_prompt.clone() } else { words.prompt },
            cut_prompt: if own { String::new() } else { words.cut_prompt },
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            again: 3,
            prompt:
                "Your last answer could not be read. Write exactly one complete JSON object as described above, and nothing else."
                    .to_owned(),
            cut_prompt:
                "Your last answer was cut off. Write the JSON object again with much shorter texts, complete, and nothing else."
                    .to_owned(),
        }
    }
}

impl Retry {
    fn after(&self, verdict: &CallVerdict) -> &str {
        match verdict {
            CallVerdict::Read | CallVerdict::Failed { .. } => "",
            CallVerdict::Truncated if !self.cut_prompt.is_empty() => &self.cut_prompt,
            CallVerdict::Truncated | CallVerdict::Invalid { .. } | CallVerdict::Malformed { .. } => &self.prompt,
        }
    }
}

/// A role gave no answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// Answers came, and none could be read: this one question is lost.
    #[error("no answer could be read: the last was {}", .verdict.name())]
    Unreadable {
        /// What became of the last.
        verdict: CallVerdict,
    },
    /// No answer came, for a reason that may pass.
    #[error("no answer came: {what}")]
    Unanswered {
        /// What happened.
        what: String,
    },
    /// No answer will come now.
    #[error("no answer will come: {what}")]
    Away {
        /// What happened.
        what: String,
    },
}

/// Asks from `template` with `values`, and reads the object with `read`.
pub(super) async fn ask<T>(
    doors: Doors<'_>,
    retry: &Retry,
    template: &Template,
    values: &[(&str, &str)],
    schema: fn() -> Value,
    read: impl Fn(&Map<String, Value>) -> Result<T, String>,
) -> Result<T, RoleError> {
    let (system, user) = template.fill(values);
    let mut more = "";
    let mut attempt = 1;
    loop {
        let user = if more.is_empty() { user.clone() } else { format!("{user}\n\n{more}") };
        let id = template.id().clone();
        let ask = Ask { role: id.role, system: system.clone(), user, schema: schema(), template: id, attempt };
        let reply = doors.asker.ask(ask).await;
        let (result, verdict) = match &reply {
            Ok(reply) => verdict(reply, &read),
            Err(AskError { what, lasting }) => (None, CallVerdict::Failed { what: what.clone(), lasting: *lasting }),
        };
        record(doors, template, attempt, reply.ok(), &verdict);
        match (result, verdict) {
            (Some(result), _) => return Ok(result),
            (None, CallVerdict::Failed { what, lasting: true }) => return Err(RoleError::Away { what }),
            (None, verdict) if attempt > retry.again => {
                return Err(match verdict {
                    CallVerdict::Failed { what, .. } => RoleError::Unanswered { what },
                    verdict => RoleError::Unreadable { verdict },
                });
            }
            (None, verdict) => more = retry.after(&verdict),
        }
        attempt += 1;
    }
}

fn verdict<T>(reply: &Reply, read: impl Fn(&Map<String, Value>) -> Result<T, String>) -> (Option<T>, CallVerdict) {
    match json::recover(&reply.text, reply.cut) {
        Verdict::Value(object) => match read(&object) {
            Ok(result) => (Some(result), CallVerdict::Read),
            Err(what) => (None, CallVerdict::Malformed { what }),
        },
        Verdict::Truncated => (None, CallVerdict::Truncated),
        Verdict::Invalid(why) => (None, CallVerdict::Invalid { why: why.name().to_owned() }),
    }
}

fn record(doors: Doors<'_>, template: &Template, attempt: u32, reply: Option<Reply>, verdict: &CallVerdict) {
    let reply = reply.unwrap_or_default();
    tracing::debug!(
        template = %template.id(),
        attempt,
        model = reply.model,
        prompt_tokens = reply.prompt_tokens,
        answer_tokens = reply.answer_tokens,
        total_ms = reply.total_ms,
        verdict = verdict.name(),
        "a role was asked"
    );
    let unread = !matches!(verdict, CallVerdict::Read | CallVerdict::Failed { .. });
    doors.trace.call(Call {
        role: template.id().role,
        model: reply.model,
        template: template.id().clone(),
        attempt,
        prompt_tokens: reply.prompt_tokens,
        answer_tokens: reply.answer_tokens,
        total_ms: reply.total_ms,
        verdict: verdict.clone(),
        raw: unread.then_some(reply.text),
    });
}

/// The text of a field: a string, or what a number or a word of JSON is written as. Empty where it is missing or null.
pub(super) fn text(object: &Map<String, Value>, name: &str) -> String {
    match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    }
}

/// The first `most` characters of `text`, and a mark where there are more: windows of small models are small.
pub(super) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
