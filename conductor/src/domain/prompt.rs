//! What the user sends, kept as spans, so that it is never forgotten which words were typed and which came from elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

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
    /// The text that the model sees; for an image, empty.
    pub text: String,
    /// The name of a file or image, as the user gave it; empty for the rest. The model is not shown an image's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// An image's pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// An image as it is kept and sent: decoded and encoded anew, so that nothing of the file it came from is in it but the
/// pixels. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// `image/png` or `image/jpeg`.
    pub media_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Bytes,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} {}x{}, {} bytes)", self.media_type, self.width, self.height, self.bytes.len())
    }
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}

impl Span {
    /// Words.
    pub fn text(origin: Origin, text: impl Into<String>) -> Self {
        Self { origin, text: text.into(), name: String::new(), image: None }
    }

    /// A text file. `text` is what the model sees: the words of the file, and where they begin and end.
    pub fn file(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin: Origin::File, text: text.into(), name: name.into(), image: None }
    }

    /// An image.
    pub fn image(name: impl Into<String>, image: Image) -> Self {
        Self { origin: Origin::Image, text: String::new(), name: name.into(), image: Some(image) }
    }

    /// True for a file or an image.
    pub fn is_attachment(&self) -> bool {
        matches!(self.origin, Origin::File | Origin::Image)
    }
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
        Self { spans: vec![Span::text(Origin::Typed, text)] }
    }

    /// Adds a span; one of the same origin as the last is joined to it, an empty one is dropped.
    pub fn push(&mut self, origin: Origin, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.origin == origin && !last.is_attachment() => last.text.push_str(&text),
            _ => self.spans.push(Span::text(origin, text)),
        }
    }

    /// Adds a file or an image.
    pub fn attach(&mut self, span: Span) {
        self.spans.push(span);
    }

    /// The images, in order.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.spans.iter().filter_map(|span| span.image.as_ref())
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.spans.iter().filter(|span| span.origin == Origin::File).count()
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
        self.spans.iter().all(|s| s.image.is_none() && s.text.trim().is_empty())
    }
}
