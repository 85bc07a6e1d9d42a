//! Pixels of 8 bit, red, green and blue, with or without alpha.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage, RgbaImage};
use std::collections::HashSet;

/// A picture.
pub(super) enum Pixels {
    Rgb(RgbImage),
    Rgba(RgbaImage),
}

impl Pixels {
    pub(super) fn of(picture: DynamicImage) -> Self {
        if picture.color().has_alpha() { Self::Rgba(picture.into_rgba8()) } else { Self::Rgb(picture.into_rgb8()) }
    }

    pub(super) fn width(&self) -> u32 {
        match self {
            Self::Rgb(picture) => picture.width(),
            Self::Rgba(picture) => picture.width(),
        }
    }

    pub(super) fn height(&self) -> u32 {
        match self {
            Self::Rgb(picture) => picture.height(),
            Self::Rgba(picture) => picture.height(),
        }
    }

    /// Row by row, three or four a pixel.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Rgb(picture) => picture.as_raw(),
            Self::Rgba(picture) => picture.as_raw(),
        }
    }

    pub(super) fn has_alpha(&self) -> bool {
        matches!(self, Self::Rgba(_))
    }

    /// Takes the colour away where nothing of it is seen: it may be another picture.
    pub(super) fn blank_what_is_hidden(&mut self) {
        if let Self::Rgba(picture) = self {
            for pixel in picture.pixels_mut().filter(|pixel| pixel.0[3] == 0) {
                pixel.0 = [0; 4];
            }
        }
    }

    /// Drops an alpha that says nothing.
    pub(super) fn drop_needless_alpha(&mut self) {
        if let Self::Rgba(picture) = self
            && picture.pixels().all(|pixel| pixel.0[3] == u8::MAX)
        {
            *self = Self::Rgb(DynamicImage::ImageRgba8(std::mem::take(picture)).into_rgb8());
        }
    }

    /// Whether there are `most` colours or fewer.
    pub(super) fn has_at_most(&self, most: usize) -> bool {
        let step = if self.has_alpha() { 4 } else { 3 };
        let mut seen = HashSet::new();
        self.bytes().chunks_exact(step).all(|pixel| {
            seen.insert(pixel);
            seen.len() <= most
        })
    }

    /// The same picture the right way up.
    pub(super) fn turned(self, orientation: Orientation) -> Self {
        let mut picture = match self {
            Self::Rgb(picture) => DynamicImage::ImageRgb8(picture),
            Self::Rgba(picture) => DynamicImage::ImageRgba8(picture),
        };
        picture.apply_orientation(orientation);
        Self::of(picture)
    }
}
