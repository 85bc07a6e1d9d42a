//! What a model of a fake provider does when it is asked: plain data, written by the test.

use super::Gate;
use crate::ollama::pieces;

/// In which way an answer is sent, or goes wrong. "Half way" is after half of the pieces, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// As a healthy provider does.
    #[default]
    Plain,
    /// This status, with the words that the provider has for it: 400, 401, 403, 404, 413, 429, 500, 503, 529, …
    Status(u16),
    /// 429, with `Retry-After` in seconds where there is one.
    Busy(Option<u64>),
    /// The account is empty: 429 (OpenAI) or 400 (Anthropic), and waiting does not help.
    NoCredit,
    /// The 400 of a prompt that does not fit.
    TooLong,
    /// This status, and an error whose words hold the key that was sent.
    EchoKey(u16),
    /// A status, headers (each ended by CRLF) and a body, whatever they are.
    Raw(u16, String, String),
    /// The error page of a proxy.
    Html502,
    /// 200 and a page, as a network that wants a login first says.
    LoginPage,
    /// Takes the request, and never answers: not even a status.
    Hang,
    /// 307 to this address: a client that follows posts the prompt, and perhaps the key, elsewhere.
    Redirect(String),
    /// One JSON object although a stream was asked for.
    NotStreamed,
    /// Half way an event that is an error, then the end of the body; the status was 200.
    ErrorEvent(String),
    /// Half way an event that is an error, and then all the events of an ordinary end.
    ErrorEventThenEnd(String),
    /// Half way a well-formed end of the body: no reason for the end, no `[DONE]`, no `message_stop`.
    EndsEarly,
    /// All the words and the reason for the end, but no `[DONE]` or `message_stop`.
    NoLastEvent,
    /// Half way, in the middle of an event, the connection is closed, in good order but without an end of the body.
    EofMidStream,
    /// Half way, in the middle of an event, the connection is reset.
    ResetMidStream,
    /// Half way an event that is no JSON; the answer goes on after it.
    GarbageEvent,
    /// Half way one event with so many bytes of text.
    HugeEvent(usize),
    /// Seven bytes a write, so that events and characters are cut.
    SplitUtf8,
    /// Head, all events and the end in one write.
    OneWrite,
    /// Comments, empty lines, CRLF at the ends, events and fields nobody knows, and nulls.
    Noisy,
    /// Nothing but the end.
    EmptyAnswer,
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finish {
    /// It is done: `stop`, `end_turn`.
    #[default]
    Stop,
    /// The limit of length: `length`, `max_tokens`.
    Length,
    /// The provider would not say more: `content_filter`, `refusal`.
    Refused,
}

/// What one model says, and how. Built by [`Script::says`] or [`Script::tokens`], or from a bare [`Behaviour`].
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The answers in pieces; the first question gets the first, after the last it starts again. Without any: a greeting.
    pub answers: Vec<Vec<String>>,
    /// Said before. Played whether it was asked for or not: some models always think.
    pub thinking: Vec<String>,
    /// The field that thinking has in chat completions, which know none: `reasoning_content` unless said otherwise.
    pub thinking_field: Option<String>,
    /// Tokens of the prompt and of the answer; counted roughly where not said.
    pub usage: Option<(u64, u64)>,
    /// Why it ends.
    pub finish: Finish,
    /// How.
    pub behaviour: Behaviour,
    /// Passed once by each request, before its first byte (status included).
    pub first_token: Option<Gate>,
    /// Passed before each piece, before trouble, and before the end.
    pub each_token: Option<Gate>,
}

impl Script {
    /// One answer, in exactly these pieces.
    #[must_use]
    pub fn tokens<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self::default().then_tokens(tokens)
    }

    /// One answer, cut in pieces as a model would.
    #[must_use]
    pub fn says(text: &str) -> Self {
        Self::tokens(pieces(text))
    }

    /// Adds the answer to the next question.
    #[must_use]
    pub fn then_tokens<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.answers.push(tokens.into_iter().map(Into::into).collect());
        self
    }

    /// Adds the answer to the next question.
    #[must_use]
    pub fn then_says(self, text: &str) -> Self {
        self.then_tokens(pieces(text))
    }

    /// Thinks these pieces first.
    #[must_use]
    pub fn thinking<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.thinking = tokens.into_iter().map(Into::into).collect();
        self
    }

    /// Thinking comes in this field of chat completions: some servers say `reasoning`.
    #[must_use]
    pub fn thinking_in(mut self, field: &str) -> Self {
        self.thinking_field = Some(field.to_owned());
        self
    }

    /// Says that it took so many tokens.
    #[must_use]
    pub fn usage(mut self, prompt: u64, answer: u64) -> Self {
        self.usage = Some((prompt, answer));
        self
    }

    /// Ends for this reason.
    #[must_use]
    pub fn finish(mut self, finish: Finish) -> Self {
        self.finish = finish;
        self
    }

    /// Goes about it in this way.
    #[must_use]
    pub fn behaving(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Sends nothing at all before the gate lets it.
    #[must_use]
    pub fn slow_first_token(mut self, gate: &Gate) -> Self {
        self.first_token = Some(gate.clone());
        self
    }

    /// Sends a piece each time the gate releases one; the end takes one too.
    #[must_use]
    pub fn step_by_step(mut self, gate: &Gate) -> Self {
        self.each_token = Some(gate.clone());
        self
    }
}

impl From<Behaviour> for Script {
    fn from(behaviour: Behaviour) -> Self {
        Self::default().behaving(behaviour)
    }
}
