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

/// What a model can hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The context window, in tokens.
    pub(super) num_ctx: u32,
    /// The most tokens an answer may have.
    pub(super) num_predict: u32,
    /// How the estimate of tokens is corrected.
    pub(super) density: Density,
}

/// The server's count of tokens over our estimate, as this conversation showed it. Never below one: a server that had a
/// part of the prompt in its cache may count the rest alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Density(f64);

impl Default for Density {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Density {
    /// Estimates above this come from something else than dense text (a template, an image), and would starve the history.
    const MOST: f64 = 4.0;

    fn tokens(self, text: &str) -> usize {
        (estimate_tokens(text) as f64 * self.0).ceil() as usize
    }

    /// What a counted prompt teaches.
    pub(super) fn learn(self, history: &[Message], question: &str, counted: Option<u32>) -> Self {
        let estimated: usize = told(history).iter().map(|m| estimate_tokens(&m.content) + PER_MESSAGE).sum();
        let estimated = estimated + estimate_tokens(question) + PER_MESSAGE;
        match counted {
            Some(counted) => Self((f64::from(counted) / estimated as f64).clamp(self.0, Self::MOST)),
            None => self,
        }
    }
}

/// The request to `model` for `question` after `history`. A quarter of the window, or `num_predict` if that is less, is kept
/// free for the answer. The question itself is never cut: if it alone is too long, the server says so. The answer may be
/// as long as the window then still has room for: a server whose window is full may begin to forget its beginning.
pub(super) fn brief(model: &ModelId, window: Window, history: &[Message], question: &str) -> Brief {
    let Window { num_ctx, num_predict, density } = window;
    let reserve = num_predict.min(num_ctx / 4) as usize;
    let free = (num_ctx as usize).saturating_sub(PER_MESSAGE + density.tokens(question));
    let mut room = free.saturating_sub(reserve);
    let told = told(history);
    let mut from = told.len();
    while let Some(cost) = from.checked_sub(1).map(|i| density.tokens(&told[i].content) + PER_MESSAGE) {
        if cost > room {
            break;
        }
        room -= cost;
        from -= 1;
    }
    // An answer without its question would only confuse.
    if from > 0 && told.get(from).is_some_and(|m| m.role == Role::Assistant) {
        room += density.tokens(&told[from].content) + PER_MESSAGE;
        from += 1;
    }
    let left = u32::try_from(room.saturating_add(reserve.min(free))).unwrap_or(u32::MAX);
    let mut messages = told[from..].to_vec();
    messages.push(ChatMessage { role: Role::User, content: question.to_owned(), images: Vec::new() });
    let num_predict = num_predict.min(left.max(LEAST_ANSWER));
    let request = ChatRequest { model: model.clone(), system: String::new(), messages, num_ctx, num_predict };
    Brief { request, left_out: from }
}

/// Tokens that an answer is allowed even where the estimate says that there is no room: it may be wrong.
const LEAST_ANSWER: u32 = 64;

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
            told.push(ChatMessage {
                role: message.role,
                content: message.content(),
                images: message.prompt.images().cloned().collect(),
            });
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MessageId, Prompt};

    fn message(role: Role, words: &str) -> Message {
        let question = Message::question(MessageId(1), Prompt::typed(words), 0);
        let thinking = "secret thoughts".to_owned();
        match role {
            Role::User => question,
            Role::Assistant => Message { role, prompt: Prompt::default(), text: words.to_owned(), thinking, ..question },
        }
    }

    fn window(num_ctx: u32, num_predict: u32) -> Window {
        Window { num_ctx, num_predict, density: Density::default() }
    }

    #[test]
    fn an_answer_is_not_asked_to_be_longer_than_the_window_has_room_for() {
        let history = [message(Role::User, &"word ".repeat(2400)), message(Role::Assistant, "fine")]; // 3,000 tokens
        for (num_predict, least, most) in [(4096, 1000, 1100), (500, 500, 500)] {
            let brief = brief(&ModelId::new("m"), window(4096, num_predict), &history, "and?");
            assert_eq!((brief.request.messages.len(), brief.left_out), (3, 0));
            assert!((least..=most).contains(&brief.request.num_predict), "{}", brief.request.num_predict);
        }
    }

    #[test]
    fn what_the_server_counted_corrects_the_estimate() {
        let history = [message(Role::User, &"x".repeat(4000)), message(Role::Assistant, "fine")]; // 1,000 tokens estimated
        let learnt = Density::default().learn(&history, "and?", Some(2050));
        assert!((1.9..=2.1).contains(&learnt.0), "{learnt:?}");
        let dense = Window { density: learnt, ..window(2400, 600) };
        assert_eq!(brief(&ModelId::new("m"), window(2400, 600), &history, "and?").left_out, 0);
        assert_eq!(brief(&ModelId::new("m"), dense, &history, "and?").left_out, 2);
        assert_eq!(learnt.learn(&history, "and?", Some(9)), learnt, "a count of the part that was not cached teaches nothing");
        assert_eq!(learnt.learn(&history, "and?", None), learnt);
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
            let brief = brief(&ModelId::new("m"), window(num_ctx, 4096), &history, "third question");
            assert!(brief.request.num_predict >= 64 && brief.request.num_predict <= num_ctx.max(64));
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
        let brief = brief(&ModelId::new("m"), window(8192, 10), &history, "b");
        assert_eq!(brief.request.num_predict, 10);
        let words: Vec<_> = brief.request.messages.iter().map(|m| m.content.as_str()).collect();
        assert_eq!(words, ["kept", "kept too", "b"]);
    }
}
