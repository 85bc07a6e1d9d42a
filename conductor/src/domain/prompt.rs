//! What the user sends, kept as spans, so that it is never forgotten which words were typed and which came from elsewhere.

use serde::{Deserialize, Serialize};

/// Where a part of a prompt came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Typed by the user.
    Typed,
    /// Pasted by the user.
    Pasted,
    /// Piped in.
    Stdin,
    /// Read from a file.
    File,
    /// An image.
    Image,
}

/// A part of a prompt with one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where it came from.
    pub origin: Origin,
    /// The text; for an image, its path.
    pub text: String,
}

/// What the user sends: spans in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompt {
    /// The parts. Joined without anything between, they are the text that the model sees.
    pub spans: Vec<Span>,
}

impl Prompt {
    /// A prompt of one typed span.
    pub fn typed(text: impl Into<String>) -> Self {
        Self { spans: vec![Span { origin: Origin::Typed, text: text.into() }] }
    }

    /// Adds a span; one of the same origin as the last is joined to it, an empty one is dropped.
    pub fn push(&mut self, origin: Origin, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.origin == origin && origin != Origin::Image => last.text.push_str(&text),
            _ => self.spans.push(Span { origin, text }),
        }
    }

    /// The text that the model sees.
    pub fn text(&self) -> String {
        self.spans.iter().filter(|s| s.origin != Origin::Image).map(|s| s.text.as_str()).collect()
    }

    /// The typed words alone: what says what the user wants.
    pub fn typed_text(&self) -> String {
        self.spans.iter().filter(|s| s.origin == Origin::Typed).map(|s| s.text.as_str()).collect()
    }

    /// True where there is nothing to send but blanks.
    pub fn is_blank(&self) -> bool {
        self.spans.iter().all(|s| s.origin != Origin::Image && s.text.trim().is_empty())
    }
}
