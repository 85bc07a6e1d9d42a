//! The brief: what of the conversation a model is shown. History fitted to the model's window, the newest first to stay.

use crate::backend::{ChatMessage, ChatRequest};
use crate::domain::{Message, ModelId, Role, Signature, Status, estimate_tokens};

/// Tokens that a message costs besides its words: role and separators of a chat template.
const PER_MESSAGE: usize = 8;

/// What a model will be asked, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) request: ChatRequest,
    /// Messages of the history that did not fit, from the oldest on.
    pub(super) left_out: usize,
}

/// The request to `model` for `question` after `history`. A quarter of the window, or `num_predict` if that is less, is kept
/// free for the answer. The question itself is never cut: if it alone is too long, the server says so.
pub(super) fn brief(model: &ModelId, num_ctx: u32, num_predict: u32, history: &[Message], question: &str) -> Brief {
    let reserve = num_predict.min(num_ctx / 4) as usize;
    let mut room = (num_ctx as usize).saturating_sub(reserve + PER_MESSAGE + estimate_tokens(question));
    let told = told(history);
    let mut from = told.len();
    while let Some(cost) = from.checked_sub(1).map(|i| estimate_tokens(&told[i].content) + PER_MESSAGE) {
        if cost > room {
            break;
        }
        room -= cost;
        from -= 1;
    }
    // An answer without its question would only confuse.
    if from > 0 && told.get(from).is_some_and(|m| m.role == Role::Assistant) {
        from += 1;
    }
    let mut messages = told[from..].to_vec();
    messages.push(ChatMessage { role: Role::User, content: question.to_owned() });
    let request = ChatRequest { model: model.clone(), system: String::new(), messages, num_ctx, num_predict };
    Brief { request, left_out: from }
}

/// What a model is shown of the history: not the guide's answers, which no model gave, and nothing of turns that came to
/// nothing, neither question nor answer.
fn told(history: &[Message]) -> Vec<ChatMessage> {
    let mut told: Vec<ChatMessage> = Vec::with_capacity(history.len());
    for message in history {
        let by_guide = message.signature.as_ref().is_some_and(Signature::is_guide);
        let nothing = message.role == Role::Assistant && message.text.trim().is_empty();
        if by_guide || nothing || matches!(message.status, Status::Failed(_)) {
            told.pop_if(|last| last.role == Role::User);
        } else {
            told.push(ChatMessage { role: message.role, content: message.content() });
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MessageId, Prompt, Timing, Usage};

    fn message(role: Role, words: &str) -> Message {
        let prompt = if role == Role::User { Prompt::typed(words) } else { Prompt::default() };
        Message {
            id: MessageId(1),
            role,
            prompt,
            text: if role == Role::User { String::new() } else { words.to_owned() },
            thinking: "secret thoughts".to_owned(),
            signature: None,
            status: Status::Complete,
            usage: Usage::default(),
            timing: Timing::default(),
            cut_by_length: false,
            attempts: Vec::new(),
            created_ms: 0,
        }
    }

    #[test]
    fn the_newest_stay() {
        let long = "word ".repeat(400); // 500 tokens
        let history = [
            message(Role::User, &long),
            message(Role::Assistant, "first answer"),
            message(Role::User, "second question"),
            message(Role::Assistant, "second answer"),
        ];
        for (num_ctx, shown, left_out) in [(8192, 5, 0), (512, 3, 2), (64, 3, 2), (40, 1, 4)] {
            let brief = brief(&ModelId::new("m"), num_ctx, 4096, &history, "third question");
            assert_eq!((brief.request.messages.len(), brief.left_out), (shown, left_out), "window {num_ctx}");
            assert_eq!(brief.request.messages.last().map(|m| m.content.as_str()), Some("third question"));
            assert_eq!(brief.request.messages[0].role, Role::User);
        }
    }

    #[test]
    fn what_came_to_nothing_is_not_shown() {
        let history = [
            message(Role::User, "kept"),
            message(Role::Assistant, "kept too"),
            message(Role::User, "a"),
            message(Role::Assistant, " \n"),
        ];
        let brief = brief(&ModelId::new("m"), 8192, 10, &history, "b");
        let words: Vec<_> = brief.request.messages.iter().map(|m| m.content.as_str()).collect();
        assert_eq!(words, ["kept", "kept too", "b"]);
    }
}
