//! An answer on its way: line after line, well or badly.

use super::ask::Api;
use super::state::Out;
use super::{Behaviour, ModelSpec};
use crate::http::{Next, pass};
use serde_json::{Value, json};
use std::io;

/// Time of one token, in nanoseconds: 50 tokens a second.
const TOKEN_NS: u64 = 20_000_000;
/// What one token alone is said to take: so short that a rate made of it is nonsense.
const ONE_TOKEN_NS: u64 = 1_000;

/// What will be said.
pub(super) struct Plan {
    /// The model as it was asked for.
    pub(super) name: String,
    pub(super) model: ModelSpec,
    pub(super) api: Api,
    pub(super) thinking: Vec<String>,
    pub(super) tokens: Vec<String>,
    pub(super) done_reason: &'static str,
    pub(super) prompt_eval_count: u64,
    pub(super) loaded_now: bool,
}

impl Plan {
    /// A message of an answer.
    pub(super) fn message(&self, content: &str, thinking: &str) -> Value {
        let mut message = json!({ "role": "assistant", "content": content });
        if !thinking.is_empty() {
            message["thinking"] = json!(thinking);
        }
        message
    }

    fn piece(&self, content: &str, thinking: &str) -> Value {
        let mut line = self.model.line(&self.name);
        match self.api {
            Api::Chat => line["message"] = self.message(content, thinking),
            Api::Generate => {
                line["response"] = json!(content);
                if !thinking.is_empty() {
                    line["thinking"] = json!(thinking);
                }
            }
        }
        line["done"] = json!(false);
        line
    }

    /// The line with this number: thinking, then the answer, then `done`. Made when it is sent: it carries the time.
    fn line(&self, at: usize) -> Value {
        match (self.thinking.get(at), self.tokens.get(at.wrapping_sub(self.thinking.len()))) {
            (Some(thinking), _) => self.piece("", thinking),
            (None, Some(content)) => self.piece(content, ""),
            (None, None) => self.done(),
        }
    }

    /// The last line.
    pub(super) fn done(&self) -> Value {
        let mut line = self.piece("", "");
        let count = (self.thinking.len() + self.tokens.len()) as u64;
        let load: u64 = if self.loaded_now { 1_250_000_000 } else { 21_000_000 };
        let prompt = 1_000_000 * self.prompt_eval_count.max(1);
        let eval = if count <= 1 { ONE_TOKEN_NS } else { count * TOKEN_NS };
        line["done"] = json!(true);
        line["done_reason"] = json!(self.done_reason);
        for (key, value) in [
            ("total_duration", load + prompt + eval + 5_000_000),
            ("load_duration", load),
            ("prompt_eval_count", self.prompt_eval_count),
            ("prompt_eval_duration", prompt),
            ("eval_count", count),
            ("eval_duration", eval),
        ] {
            line[key] = json!(value);
        }
        line
    }

    /// The bytes of a line, in the manner of the script.
    fn bytes(&self, mut line: Value) -> Vec<u8> {
        let behaviour = &self.model.script.behaviour;
        if *behaviour == Behaviour::UnknownFields {
            line["logprobs"] = Value::Null;
            line["an_unknown_field"] = json!({ "nested": [1, 2.5, "three", null] });
            if line["message"].is_object() {
                line["message"]["tool_calls"] = Value::Null;
                line["message"]["images"] = Value::Null;
                line["message"]["an_unknown_field"] = json!(true);
            }
        }
        let text = if *behaviour == Behaviour::EmptyLines { format!("\n{line}\r\n") } else { format!("{line}\n") };
        text.into_bytes()
    }
}

/// Sends the answer as a stream. The head goes with the first line, as in the real server: before it there is no status.
pub(super) async fn send(plan: &Plan, out: &mut Out<'_>) -> io::Result<Next> {
    let script = &plan.model.script;
    match script.behaviour {
        Behaviour::SplitUtf8 => out.cut = Some(7),
        Behaviour::OneWrite => out.held = Some(Vec::new()),
        _ => {}
    }
    let count = plan.thinking.len() + plan.tokens.len();
    let half = (count / 2).max(1).min(count);
    let mut begun = false;
    // One more than there are pieces: the last line is `done`.
    for at in 0..=count {
        if at == half
            && let Some(trouble) = Trouble::of(plan)
        {
            pass(script.each_token.as_ref()).await;
            begin(&mut begun, out).await?;
            match trouble {
                Trouble::Line(bytes) => out.line(&bytes).await?,
                Trouble::Last(bytes, next) => return cut(&bytes, next, out).await,
            }
        }
        pass(script.each_token.as_ref()).await;
        begin(&mut begun, out).await?;
        out.line(&plan.bytes(plan.line(at))).await?;
        if let Some(pace) = script.pace {
            tokio::time::sleep(pace).await;
        }
    }
    out.end().await?;
    Ok(Next::Keep)
}

async fn begin(begun: &mut bool, out: &mut Out<'_>) -> io::Result<()> {
    if !std::mem::replace(begun, true) {
        out.start("application/x-ndjson", "").await?;
    }
    Ok(())
}

/// Last bytes, and then the end that is meant.
async fn cut(bytes: &[u8], next: Next, out: &mut Out<'_>) -> io::Result<Next> {
    out.chunk(bytes).await?;
    if next == Next::Keep {
        out.end().await?;
    }
    Ok(next)
}

/// What comes half way.
enum Trouble {
    /// A line, and the answer goes on.
    Line(Vec<u8>),
    /// These bytes, and it is over.
    Last(Vec<u8>, Next),
}

impl Trouble {
    fn of(plan: &Plan) -> Option<Self> {
        let torn = b"{\"model\":\"x\",\"created_at\":\"2026-03-01T10:20:30Z\",\"message\":{\"role\":\"assis".to_vec();
        Some(match &plan.model.script.behaviour {
            Behaviour::ResetMidStream => Self::Last(torn, Next::Reset),
            Behaviour::EofMidStream => Self::Last(Vec::new(), Next::Close),
            Behaviour::NoDone => Self::Last(Vec::new(), Next::Keep),
            Behaviour::ErrorLineMidStream(error) => {
                Self::Last(format!("{}\n", json!({ "error": error })).into_bytes(), Next::Keep)
            }
            Behaviour::GarbageLine => Self::Line([torn.as_slice(), b"\n"].concat()),
            Behaviour::HugeLine(length) => Self::Line(plan.bytes(plan.piece(&"H".repeat(*length), ""))),
            _ => return None,
        })
    }
}
