//! From a file to pixels, within limits.
//!
//! What must stay true: how large a picture is, is looked at before room is made for it.

use super::{Format, ImageError, MAX_DECODED, MAX_PIXELS, MAX_SIDE, container};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, Limits};
use std::io::{Cursor, ErrorKind};

/// The pixels, and the profile that says what their colours mean.
pub(super) struct Decoded {
    pub(super) picture: DynamicImage,
    pub(super) icc: Option<Vec<u8>>,
}

/// Decodes; of a moving picture the first frame.
pub(super) fn decode(bytes: &[u8], format: Format) -> Result<Decoded, ImageError> {
    let cursor = Cursor::new(bytes);
    let failed = |error| failure(error, format);
    if let Some(size) = container::size(bytes, format) {
        check(size)?;
    }
    match format {
        Format::Png => pixels(PngDecoder::with_limits(cursor, limits()).map_err(failed)?, format),
        Format::Jpeg => {
            let decoder = JpegDecoder::new(cursor).map_err(failed)?;
            check(decoder.dimensions())?;
            if !container::jpeg_is_whole(bytes) {
                return Err(ImageError::Cut(format.name()));
            }
            pixels(decoder, format)
        }
        Format::WebP => {
            let decoder = WebPDecoder::new(cursor).map_err(failed)?;
            // Its decoder would make room for as much as the file says that the profile has.
            let icc = container::webp_icc(bytes).map(<[u8]>::to_vec);
            let picture = picture(decoder, format)?;
            Ok(Decoded { picture, icc })
        }
        Format::Gif => pixels(GifDecoder::new(cursor).map_err(failed)?, format),
    }
}

fn pixels(mut decoder: impl ImageDecoder, format: Format) -> Result<Decoded, ImageError> {
    // A profile that cannot be read is none.
    let icc = decoder.icc_profile().ok().flatten();
    let picture = picture(decoder, format)?;
    Ok(Decoded { picture, icc })
}

fn picture(mut decoder: impl ImageDecoder, format: Format) -> Result<DynamicImage, ImageError> {
    check(decoder.dimensions())?;
    if decoder.total_bytes() > MAX_DECODED {
        return Err(ImageError::TooMuchMemory);
    }
    decoder.set_limits(limits()).map_err(|error| failure(error, format))?;
    DynamicImage::from_decoder(decoder).map_err(|error| failure(error, format))
}

fn check((width, height): (u32, u32)) -> Result<(), ImageError> {
    let fits = width <= MAX_SIDE && height <= MAX_SIDE && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    if fits { Ok(()) } else { Err(ImageError::TooManyPixels { width, height }) }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

fn failure(error: image::ImageError, format: Format) -> ImageError {
    if matches!(error, image::ImageError::Limits(_)) {
        return ImageError::TooMuchMemory;
    }
    if is_cut(&error) {
        return ImageError::Cut(format.name());
    }
    // One line: what a library says may have more.
    let why = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    ImageError::Broken { format: format.name(), why }
}

/// Whether the file ended too early: said by an I/O error, which decoders wrap in errors of their own.
fn is_cut(error: &image::ImageError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    matches!(error, image::ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof)
}
