//! What a model of the fake does when it is asked: plain data, written by the test.

use super::{Gate, ModelSpec};
use std::time::Duration;

/// In which way an answer is sent, or goes wrong. "Half way" is after half of the pieces, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// As a healthy server does.
    #[default]
    Plain,
    /// Listed, but 404 when asked.
    Missing,
    /// A status with a body, before anything else.
    Status(u16, String),
    /// Takes the request, and never answers: not even a status.
    Hang,
    /// Half way, in the middle of a line, the connection is reset.
    ResetMidStream,
    /// Half way the connection is closed, in good order but without an end of the body.
    EofMidStream,
    /// A well-formed body that ends half way, without `done`.
    NoDone,
    /// Half way a line `{"error": …}`, then the end; the status was 200.
    ErrorLineMidStream(String),
    /// Half way a line that is no JSON; the answer goes on after it.
    GarbageLine,
    /// Seven bytes a write, so that lines and characters are cut.
    SplitUtf8,
    /// Head, all lines and the end in one write.
    OneWrite,
    /// Half way one line with so many bytes of text.
    HugeLine(usize),
    /// `done_reason` is `length`.
    LengthStop,
    /// Fields nobody knows, and nulls, in every line.
    UnknownFields,
    /// Empty lines, and CRLF at the ends.
    EmptyLines,
    /// Nothing but the `done` line.
    EmptyAnswer,
    /// 307 to this address: a client that follows posts the prompt elsewhere.
    Redirect(String),
    /// The error page of a proxy.
    Html502,
    /// The 400 of a prompt that does not fit.
    TooLong,
}

impl Behaviour {
    /// Whether it goes wrong before a model is asked for anything.
    pub(super) fn is_early(&self) -> bool {
        matches!(self, Self::Missing | Self::Status(..) | Self::Hang | Self::Redirect(_) | Self::Html502)
    }
}

/// What one model says, and how. Built by [`Script::says`] or [`Script::tokens`], or from a bare [`Behaviour`].
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The answers in pieces; the first chat gets the first, after the last it starts again. Without any: a greeting.
    pub answers: Vec<Vec<String>>,
    /// Said before, where the model is let think.
    pub thinking: Vec<String>,
    /// How.
    pub behaviour: Behaviour,
    /// Passed once by each request, before its first byte (status included); by one that is answered, once it has its model.
    pub first_token: Option<Gate>,
    /// Passed before each line: piece, trouble and `done` alike.
    pub each_token: Option<Gate>,
    /// Rest after each piece. For use by hand; tests hold a gate.
    pub pace: Option<Duration>,
    /// Where the request names a JSON schema, the answer is an object that fits it. For use by hand; tests say what is answered.
    pub fits_format: bool,
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

    /// Adds the answer to the next chat.
    #[must_use]
    pub fn then_tokens<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.answers.push(tokens.into_iter().map(Into::into).collect());
        self
    }

    /// Adds the answer to the next chat.
    #[must_use]
    pub fn then_says(self, text: &str) -> Self {
        self.then_tokens(pieces(text))
    }

    /// Thinks these pieces first; the model is listed as one that can.
    #[must_use]
    pub fn thinking<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.thinking = tokens.into_iter().map(Into::into).collect();
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

    /// Sends a line each time the gate releases one; the `done` line takes one too.
    #[must_use]
    pub fn step_by_step(mut self, gate: &Gate) -> Self {
        self.each_token = Some(gate.clone());
        self
    }

    /// Rests after each piece.
    #[must_use]
    pub fn paced(mut self, rest: Duration) -> Self {
        self.pace = Some(rest);
        self
    }
}

impl From<Behaviour> for Script {
    fn from(behaviour: Behaviour) -> Self {
        Self::default().behaving(behaviour)
    }
}

/// Cuts a text as a model's vocabulary would, roughly: a word with the space before it, long words in parts, wide
/// characters one by one.
#[must_use]
pub fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut spaced = true;
    for c in text.chars() {
        let new_word = c.is_whitespace() && !spaced;
        let full = out.last().is_some_and(|piece| piece.len() >= 8 || !piece.is_ascii());
        match out.last_mut() {
            Some(piece) if !new_word && !full => piece.push(c),
            _ => out.push(c.to_string()),
        }
        spaced = c.is_whitespace();
    }
    out
}

/// How a pull of one model goes.
#[derive(Debug, Clone)]
pub struct PullScript {
    /// What is in the list after the pull.
    pub model: ModelSpec,
    /// Bytes of each layer.
    pub layers: Vec<u64>,
    /// Progress lines for each layer, at least one.
    pub steps: u64,
    /// Passed before each line after the first.
    pub gate: Option<Gate>,
    /// Instead of the line with this number (from 0, the manifest being 0) comes this error.
    pub fails: Option<(usize, String)>,
    /// Ends in good order before the last line, `success`.
    pub cut: bool,
    /// Rest after each line. For use by hand; tests hold a gate.
    pub pace: Option<Duration>,
}

impl PullScript {
    /// Two layers, four steps each, then the model is there.
    #[must_use]
    pub fn of(model: impl Into<ModelSpec>) -> Self {
        let model = model.into();
        let layers = vec![model.size, 1429];
        Self { model, layers, steps: 4, gate: None, fails: None, cut: false, pace: None }
    }

    /// These layers, in bytes.
    #[must_use]
    pub fn layers(mut self, layers: impl IntoIterator<Item = u64>) -> Self {
        self.layers = layers.into_iter().collect();
        self
    }

    /// So many progress lines for each layer.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.steps = steps.max(1);
        self
    }

    /// A line each time the gate releases one; the first, "pulling manifest", comes at once.
    #[must_use]
    pub fn gated(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// An error line in place of line `at`, counted from 0.
    #[must_use]
    pub fn failing(mut self, at: usize, error: &str) -> Self {
        self.fails = Some((at, error.to_owned()));
        self
    }

    /// Ends before `success`.
    #[must_use]
    pub fn cut_short(mut self) -> Self {
        self.cut = true;
        self
    }

    /// Rests after each line.
    #[must_use]
    pub fn paced(mut self, rest: Duration) -> Self {
        self.pace = Some(rest);
        self
    }
}
