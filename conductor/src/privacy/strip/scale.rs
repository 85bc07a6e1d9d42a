//! Makes pictures smaller, each pixel the mean of the area that it stands for.
//!
//! What must stay true: whole numbers alone, so that the same picture comes out everywhere; colours count by their alpha, so
//! that what is hardly seen gives its neighbours hardly any colour.

use super::pixels::Pixels;
use image::{RgbImage, RgbaImage};

/// Scales a picture down until its longer side has at most `longest` pixels.
pub(super) fn down(pixels: &mut Pixels, longest: u32) {
    let (width, height) = (pixels.width(), pixels.height());
    let side = width.max(height);
    if side <= longest {
        return;
    }
    let to = |length: u32| {
        let (length, side, longest) = (u64::from(length), u64::from(side), u64::from(longest));
        u32::try_from((length * longest + side / 2) / side).unwrap_or(longest as u32).max(1)
    };
    let (to_width, to_height) = (to(width), to(height));
    let columns = Axis { from: width, to: to_width };
    let rows = Axis { from: height, to: to_height };
    match pixels {
        Pixels::Rgb(picture) => {
            let source = std::mem::take(picture);
            *picture = RgbImage::from_fn(to_width, to_height, |x, y| {
                image::Rgb(mean(&columns, &rows, x, y, |column, row| (source.get_pixel(column, row).0, 1)).0)
            });
        }
        Pixels::Rgba(picture) => {
            let source = std::mem::take(picture);
            *picture = RgbaImage::from_fn(to_width, to_height, |x, y| {
                let ([r, g, b], alpha) = mean(&columns, &rows, x, y, |column, row| {
                    let [r, g, b, alpha] = source.get_pixel(column, row).0;
                    ([r, g, b], u64::from(alpha))
                });
                if alpha == 0 { image::Rgba([0; 4]) } else { image::Rgba([r, g, b, alpha]) }
            });
        }
    }
}

/// One direction: so many pixels become so many.
struct Axis {
    from: u32,
    to: u32,
}

impl Axis {
    /// The pixels that the pixel `at` stands for, each with how much of it: in units of which `from` make one new pixel, and
    /// `to` one old one.
    fn area(&self, at: u32) -> impl Iterator<Item = (u32, u64)> {
        let (from, to) = (u64::from(self.from), u64::from(self.to));
        let (begin, end) = (u64::from(at) * from, (u64::from(at) + 1) * from);
        (begin / to..end.div_ceil(to)).map(move |old| {
            let covered = end.min((old + 1) * to) - begin.max(old * to);
            // Below `from`, which was one of 32 bits.
            (old as u32, covered)
        })
    }
}

/// The mean colour by weight, and the mean weight.
fn mean(columns: &Axis, rows: &Axis, x: u32, y: u32, pixel: impl Fn(u32, u32) -> ([u8; 3], u64)) -> ([u8; 3], u8) {
    // At most 2^14 * 2^14 * 255 * 255: far from the end of 64 bits.
    let (mut sums, mut weights, mut area) = ([0_u64; 3], 0, 0);
    for (row, high) in rows.area(y) {
        for (column, wide) in columns.area(x) {
            let (colour, alpha) = pixel(column, row);
            let share = high * wide;
            area += share;
            weights += share * alpha;
            for (sum, part) in sums.iter_mut().zip(colour) {
                *sum += share * alpha * u64::from(part);
            }
        }
    }
    let rounded = |sum: u64, by: u64| u8::try_from((sum + by / 2).checked_div(by).unwrap_or(0)).unwrap_or(u8::MAX);
    (sums.map(|sum| rounded(sum, weights)), rounded(weights, area))
}
