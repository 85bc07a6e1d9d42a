//! Images without their metadata: decoded to pixels and encoded anew.
//!
//! What must stay true: nothing of the file that came is in the file that goes but what a person sees: no chunk, segment or
//! comment, no colour under what is fully transparent, no frame but the first, nothing behind the end. The same bytes give
//! the same image. No bytes make it panic, or take more memory than `MAX_DECODED` allows.
//!
//! Taking the metadata out of a container instead leaks: there is always one more place to put it.

mod colour;
mod container;
mod decode;
mod format;
mod pixels;
mod scale;

use crate::domain::Image;
use bytes::Bytes;
pub(crate) use format::Format;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use pixels::Pixels;

/// The most bytes of a file.
pub const MAX_BYTES: usize = 20 << 20;
/// The most pixels on a side: the most that a WebP may have.
pub const MAX_SIDE: u32 = 16_384;
/// The most pixels in all: what the cameras of phones make.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The most bytes of the pixels as they are decoded.
const MAX_DECODED: u64 = 256 << 20;
/// What comes out is no larger on its longer side: models scale what they are shown down to about this, or to less.
pub const LONGEST: u32 = 2048;
/// A WebP with so many colours or fewer is a drawing or a screen, and stays exact.
const FEW_COLOURS: usize = 256;
/// Of 100. From here on eyes see no difference in a photo.
const JPEG_QUALITY: u8 = 90;

/// Why an image is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not a byte.
    #[error("the image is empty")]
    Empty,
    /// None of the formats that are known.
    #[error("this is no image that can be read: only PNG, JPEG, WebP and GIF are")]
    Unknown,
    /// A format that is known and not read.
    #[error("this is {0}, and only PNG, JPEG, WebP and GIF images are read")]
    Other(&'static str),
    /// Too many bytes.
    #[error("the image has {0} bytes, and at most {max} MiB are read", max = MAX_BYTES >> 20)]
    TooLarge(usize),
    /// Too many pixels, or too many bytes for each.
    #[error("the image has {width}x{height} pixels: more than {MAX_SIDE} on a side, or than {max} million in all", max = MAX_PIXELS / 1_000_000)]
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Its pixels take too much memory.
    #[error("the image needs more than {max} MiB of memory", max = MAX_DECODED >> 20)]
    TooMuchMemory,
    /// It ends before its last pixel.
    #[error("the {0} image ends in the middle")]
    Cut(&'static str),
    /// It is not what its first bytes say.
    #[error("the {format} image is broken: {why}")]
    Broken {
        /// What its first bytes say.
        format: &'static str,
        /// What is wrong.
        why: String,
    },
    /// It could be read, but not written.
    #[error("the image could not be encoded anew: {0}")]
    NotEncoded(String),
}

impl ImageError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "choose another file",
            Self::Unknown | Self::Other(_) => "convert it to PNG or JPEG first",
            Self::TooLarge(_) | Self::TooManyPixels { .. } | Self::TooMuchMemory => "save it smaller first, as PNG or JPEG",
            Self::Cut(_) => "copy it again from where it came",
            Self::Broken { .. } => "open it in an image program and save it again as PNG or JPEG",
            Self::NotEncoded(_) => "save it as another PNG or JPEG first",
        }
    }
}

/// The image with nothing left of its file but the pixels, turned the right way up, in sRGB, and at most [`LONGEST`] pixels on
/// the longer side. Of a moving picture the first frame.
///
/// Takes milliseconds to seconds.
///
/// # Errors
/// Where it is no image, a broken one, or too large a one.
pub fn clean(bytes: &[u8]) -> Result<Image, ImageError> {
    let format = Format::of(bytes)?;
    if bytes.len() > MAX_BYTES {
        return Err(ImageError::TooLarge(bytes.len()));
    }
    let decoded = decode::decode(bytes, format)?;
    let mut pixels = Pixels::of(decoded.picture);
    // Before scaling: what is hidden must not run into what is seen beside it.
    pixels.blank_what_is_hidden();
    scale::down(&mut pixels, LONGEST);
    let mut pixels = pixels.turned(container::orientation(bytes, format));
    if let Some(profile) = decoded.icc {
        colour::to_srgb(&mut pixels, &profile);
        // A profile may have a colour of its own for nothing.
        pixels.blank_what_is_hidden();
    }
    pixels.drop_needless_alpha();
    let exact = pixels.has_alpha()
        || match format {
            Format::Png | Format::Gif => true,
            Format::WebP => pixels.has_at_most(FEW_COLOURS),
            // What was exact in it is gone already.
            Format::Jpeg => false,
        };
    let (media_type, bytes) = if exact { ("image/png", png(&pixels)) } else { ("image/jpeg", jpeg(&pixels)) };
    let bytes = bytes.map(Bytes::from).map_err(|error| ImageError::NotEncoded(error.to_string()))?;
    Ok(Image { media_type: media_type.to_owned(), width: pixels.width(), height: pixels.height(), bytes })
}

fn png(pixels: &Pixels) -> image::ImageResult<Vec<u8>> {
    let mut out = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
    encoder.write_image(pixels.bytes(), pixels.width(), pixels.height(), colours(pixels))?;
    Ok(out)
}

fn jpeg(pixels: &Pixels) -> image::ImageResult<Vec<u8>> {
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
    encoder.write_image(pixels.bytes(), pixels.width(), pixels.height(), colours(pixels))?;
    Ok(out)
}

fn colours(pixels: &Pixels) -> ExtendedColorType {
    if pixels.has_alpha() { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 }
}

#[cfg(test)]
mod tests;
