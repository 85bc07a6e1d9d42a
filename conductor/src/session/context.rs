//! The brief: what of the conversation a model is shown. History fitted to the model's window, the newest first to stay.

use crate::backend::{ChatMessage, ChatRequest};
use crate::domain::{Candidate, Contents, Message, MessageId, Prompt, Role, Signature, Status, estimate_tokens};

/// Tokens that a message costs besides its words: role and separators of a chat template.
const PER_MESSAGE: usize = 8;

/// Tokens that a picture costs, about: vision models cut one of 1,000 pixels a side into 256 to 1,500 pieces.
const PER_IMAGE: usize = 800;

/// What a model will be asked, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) request: ChatRequest,
    /// Messages of the history that did not fit, from the oldest on.
    pub(super) left_out: usize,
    /// Pictures of earlier messages that are not shown to a model that sees none.
    pub(super) unseen: usize,
    /// What kinds of data are in it.
    pub(super) contents: Contents,
    /// Tokens of it, estimated.
    pub(super) tokens: u32,
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
    /// Whether it sees pictures.
    pub(super) vision: bool,
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
    pub(super) fn learn(self, history: &[Message], question: &str, advice: &str, counted: Option<u32>) -> Self {
        let estimated: usize = told(history, None).iter().map(|m| estimate_tokens(&m.message.content) + PER_MESSAGE).sum();
        let estimated = estimated + estimate_tokens(question) + PER_MESSAGE + estimate_tokens(advice);
        match counted {
            Some(counted) => Self((f64::from(counted) / estimated as f64).clamp(self.0, Self::MOST)),
            None => self,
        }
    }
}

/// The request to `model` for `question` after `history`. A quarter of the window, or `num_predict` if that is less, is kept
/// free for the answer. The question itself is never cut: if it alone is too long, the server says so. The answer may be
/// as long as the window then still has room for: a server whose window is full may begin to forget its beginning.
///
/// `advice` is what of a playbook is shown, and how many bullets that are; empty for none.
pub(super) fn brief(
    candidate: &Candidate,
    window: Window,
    history: &[Message],
    question: &Prompt,
    (advice, bullets): (&str, u32),
) -> Brief {
    let Window { num_ctx, num_predict, density, vision } = window;
    let question = Told { message: words(Role::User, question.text(), question), files: question.files(), unknown: None };
    let cost = |told: &Told| {
        let images = if vision { told.message.images.len() } else { 0 };
        density.tokens(&told.message.content) + images * PER_IMAGE + PER_MESSAGE
    };
    let reserve = num_predict.min(num_ctx / 4) as usize;
    let of_advice = if advice.is_empty() { 0 } else { density.tokens(advice) + PER_MESSAGE };
    let free = (num_ctx as usize).saturating_sub(cost(&question) + of_advice);
    let mut room = free.saturating_sub(reserve);
    let mut told = told(history, Some(candidate));
    let mut from = told.len();
    while let Some(cost) = from.checked_sub(1).map(|i| cost(&told[i])) {
        if cost > room {
            break;
        }
        room -= cost;
        from -= 1;
    }
    // An answer without its question would only confuse.
    if from > 0 && told.get(from).is_some_and(|m| m.message.role == Role::Assistant) {
        room += cost(&told[from]);
        from += 1;
    }
    let left = u32::try_from(room.saturating_add(reserve.min(free))).unwrap_or(u32::MAX);
    told.drain(..from);
    let tokens = told.iter().chain([&question]).map(cost).sum::<usize>() + of_advice;
    let unseen = if vision { 0 } else { told.iter_mut().map(|t| std::mem::take(&mut t.message.images).len()).sum() };
    told.push(question);
    let contents = Contents { bullets, ..contents(&told) };
    let messages = told.into_iter().map(|told| told.message).collect();
    let num_predict = num_predict.min(left.max(LEAST_ANSWER));
    let (model, system) = (candidate.model.clone(), advice.to_owned());
    let request = ChatRequest { model, system, messages, num_ctx, num_predict, format: None };
    Brief { request, left_out: from, unseen, contents, tokens: u32::try_from(tokens).unwrap_or(u32::MAX) }
}

/// What kinds of data are in these messages, the question last.
fn contents(told: &[Told]) -> Contents {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Contents {
        prompt: true,
        earlier: count(told.len() - 1),
        bullets: 0,
        files: count(told.iter().map(|t| t.files).sum()),
        images: count(told.iter().map(|t| t.message.images.len()).sum()),
        newest_unknown: told.iter().filter_map(|t| t.unknown).max(),
    }
}

/// Tokens that an answer is allowed even where the estimate says that there is no room: it may be wrong.
const LEAST_ANSWER: u32 = 64;

/// What a model is shown of the history: not the guide's answers, which no model gave, and nothing of turns that came to
/// nothing, neither question nor answer.
fn told(history: &[Message], to: Option<&Candidate>) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::with_capacity(history.len());
    for message in history {
        let by_guide = message.signature.as_ref().is_some_and(Signature::is_guide);
        let nothing = message.role == Role::Assistant && message.text.trim().is_empty();
        if by_guide || nothing || matches!(message.status, Status::Failed(_)) {
            told.pop_if(|last| last.message.role == Role::User);
        } else {
            // A question and its answer were sent to whoever signed the answer.
            let theirs = |by: &Signature| to.is_some_and(|to| by.backend == to.backend && by.location == to.location);
            let known = message.signature.as_ref().is_some_and(theirs);
            if let Some(question) = told.last_mut().filter(|last| known && last.message.role == Role::User) {
                question.unknown = None;
            }
            told.push(Told {
                files: message.prompt.files(),
                unknown: (!known).then_some(message.id),
                message: words(message.role, message.content(), &message.prompt),
            });
        }
    }
    told
}

/// A message as a model is shown it, and how many files are in its words.
struct Told {
    message: ChatMessage,
    files: usize,
    /// Its number, where whoever is asked has not had it before.
    unknown: Option<MessageId>,
}

fn words(role: Role, content: String, prompt: &Prompt) -> ChatMessage {
    ChatMessage { role, content, images: prompt.images().cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: (&str, u32) = ("", 0);
    use crate::domain::{BackendId, Location, ModelId, SelectionReason, TaskClass};

    fn message(role: Role, words: &str) -> Message {
        let question = Message::question(MessageId(1), Prompt::typed(words), 0);
        let thinking = "secret thoughts".to_owned();
        match role {
            Role::User => question,
            Role::Assistant => Message { role, prompt: Prompt::default(), text: words.to_owned(), thinking, ..question },
        }
    }

    fn candidate() -> Candidate {
        let family = String::new();
        Candidate { model: ModelId::new("m"), backend: BackendId::new("fake"), location: there(), family }
    }

    fn there() -> Location {
        Location::External("fake.example".to_owned())
    }

    /// What was said to another model since is not known where this one runs; what it was asked itself is.
    #[test]
    fn who_has_had_what() {
        let by = |location: Location, backend: &str| Signature {
            model: ModelId::new("m"),
            family: String::new(),
            backend: BackendId::new(backend),
            location,
            class: TaskClass::General,
            reason: SelectionReason::Default,
        };
        let exchange = |first: i64, location, backend: &str| {
            let question = Message { id: MessageId(first), ..message(Role::User, "q") };
            let signature = Some(by(location, backend));
            [question, Message { id: MessageId(first + 1), signature, ..message(Role::Assistant, "a") }]
        };
        let theirs = || exchange(1, there(), "fake");
        let local = || exchange(3, Location::Local, "ollama");
        let moved = || exchange(5, Location::External("other.example".to_owned()), "fake");
        for (history, want) in [
            (vec![], None),
            (theirs().to_vec(), None),
            ([theirs(), local()].concat(), Some(4)),
            ([theirs(), local(), moved()].concat(), Some(6)),
        ] {
            let brief = brief(&candidate(), window(8192, 10), &history, &Prompt::typed("go on"), NOTHING);
            assert_eq!(brief.contents.newest_unknown, want.map(MessageId), "{} messages", history.len());
            assert_eq!(brief.contents.earlier as usize, history.len());
        }
    }

    fn window(num_ctx: u32, num_predict: u32) -> Window {
        Window { num_ctx, num_predict, density: Density::default(), vision: false }
    }

    #[test]
    fn an_answer_is_not_asked_to_be_longer_than_the_window_has_room_for() {
        let history = [message(Role::User, &"word ".repeat(2400)), message(Role::Assistant, "fine")]; // 3,000 tokens
        for (num_predict, least, most) in [(4096, 1000, 1100), (500, 500, 500)] {
            let brief = brief(&candidate(), window(4096, num_predict), &history, &Prompt::typed("and?"), NOTHING);
            assert_eq!((brief.request.messages.len(), brief.left_out), (3, 0));
            assert!((least..=most).contains(&brief.request.num_predict), "{}", brief.request.num_predict);
        }
    }

    #[test]
    fn what_the_server_counted_corrects_the_estimate() {
        let history = [message(Role::User, &"x".repeat(4000)), message(Role::Assistant, "fine")]; // 1,000 tokens estimated
        let learnt = Density::default().learn(&history, "and?", "", Some(2050));
        assert!((1.9..=2.1).contains(&learnt.0), "{learnt:?}");
        let dense = Window { density: learnt, ..window(2400, 600) };
        assert_eq!(brief(&candidate(), window(2400, 600), &history, &Prompt::typed("and?"), NOTHING).left_out, 0);
        assert_eq!(brief(&candidate(), dense, &history, &Prompt::typed("and?"), NOTHING).left_out, 2);
        assert_eq!(
            learnt.learn(&history, "and?", "", Some(9)),
            learnt,
            "a count of the part that was not cached teaches nothing"
        );
        assert_eq!(learnt.learn(&history, "and?", "", None), learnt);
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
            let brief = brief(&candidate(), window(num_ctx, 4096), &history, &Prompt::typed("third question"), NOTHING);
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
        let brief = brief(&candidate(), window(8192, 10), &history, &Prompt::typed("b"), NOTHING);
        assert_eq!(brief.request.num_predict, 10);
        let words: Vec<_> = brief.request.messages.iter().map(|m| m.content.as_str()).collect();
        assert_eq!(words, ["kept", "kept too", "b"]);
    }
}
