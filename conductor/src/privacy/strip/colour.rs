//! Colours of a profile as colours of sRGB, which is what a picture without a profile has.

use super::pixels::Pixels;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Turns the colours of a picture into those of sRGB. A profile that cannot be read, or that is not for red, green and blue
/// (grey, CMYK: the decoder made red, green and blue of those by itself), is passed over, and the colours are taken for sRGB.
pub(super) fn to_srgb(pixels: &mut Pixels, profile: &[u8]) {
    let Some(profile) = ColorProfile::new_from_slice(profile).ok().filter(|p| p.color_space == DataColorSpace::Rgb) else {
        return;
    };
    let (layout, step) = if pixels.has_alpha() { (Layout::Rgba, 4) } else { (Layout::Rgb, 3) };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()) else { return };
    let row = step * pixels.width() as usize;
    let bytes: &mut [u8] = match pixels {
        Pixels::Rgb(picture) => picture,
        Pixels::Rgba(picture) => picture,
    };
    let mut before = vec![0; row];
    for after in bytes.chunks_exact_mut(row.max(1)) {
        before.copy_from_slice(after);
        if transform.transform(&before, after).is_err() {
            after.copy_from_slice(&before);
        }
    }
}
