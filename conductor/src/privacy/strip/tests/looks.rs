//! What is seen stays as it was: the right way up, in its colours, at a size that models take.

use super::build::*;
use super::{assert_bare, decoded};
use crate::privacy::strip::{LONGEST, clean};
use image::{DynamicImage, RgbImage, Rgba, RgbaImage};

/// Where the pixel that is seen at `(x, y)` of a picture of 32x16 lies in the file, by EXIF's eight ways to hold a camera
/// (EXIF 2.32, 4.6.4 A): the names say where the first row and the first column of the file are seen.
fn stored_at(orientation: u16, (x, y): (u32, u32)) -> (u32, u32) {
    let (right, bottom) = (31 - x, 15 - y);
    match orientation {
        1 => (x, y),
        2 => (right, y),
        3 => (right, bottom),
        4 => (x, bottom),
        5 => (y, x),
        6 => (y, right),
        7 => (bottom, right),
        8 => (bottom, x),
        _ => unreachable!(),
    }
}

/// The picture as a camera that was held so would store it.
fn held(orientation: u16) -> DynamicImage {
    let seen = picture().into_rgba8();
    let (width, height) = if orientation < 5 { (32, 16) } else { (16, 32) };
    let mut stored = RgbaImage::new(width, height);
    for (x, y, pixel) in seen.enumerate_pixels() {
        let (column, row) = stored_at(orientation, (x, y));
        stored.put_pixel(column, row, *pixel);
    }
    DynamicImage::ImageRgba8(stored)
}

#[test]
fn all_eight_orientations_are_one_picture() {
    let want = picture().into_rgba8();
    for orientation in 1..=8 {
        for big in [false, true] {
            let (stored, exif) = (held(orientation), exif(orientation, big));
            let named = [b"Exif\0\0".as_slice(), &exif].concat();
            let size = (stored.width(), stored.height());
            let in_webp = |exif: &[u8]| webp_with(&webp(&stored), size, 0x08, &[], &riff_chunk(b"EXIF", exif));
            for (name, file) in [
                ("PNG", png_with(&png(&stored), &png_chunk(b"eXIf", &exif))),
                ("PNG, late", png_with_late(&png(&stored), &png_chunk(b"eXIf", &exif))),
                ("WebP", in_webp(&exif)),
                ("WebP, named", in_webp(&named)),
                ("JPEG", jpeg_with(&jpeg(&stored), &jpeg_segment(0xe1, &[&named]))),
            ] {
                let got = decoded(&clean(&file).unwrap());
                assert_eq!(got.dimensions(), want.dimensions(), "{name} {orientation}");
                let near = |(a, b): (&Rgba<u8>, &Rgba<u8>)| a.0.iter().zip(b.0).all(|(a, b)| a.abs_diff(b) < 12);
                assert!(got.pixels().zip(want.pixels()).all(near), "{name} {orientation} {big}: {got:?}");
            }
        }
    }
    let file = webp_with(&lossy_webp(), (16, 8), 0x08, &[], &riff_chunk(b"EXIF", &exif(6, true)));
    assert_eq!(decoded(&clean(&file).unwrap()).dimensions(), (8, 16), "lossy WebP");
    for wrong in [0, 9, 600] {
        let file = png_with(&png(&picture()), &png_chunk(b"eXIf", &exif(wrong, true)));
        assert_eq!(decoded(&clean(&file).unwrap()), want, "{wrong} says nothing");
    }
}

#[test]
fn what_a_file_becomes() {
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes();
    let photo =
        DynamicImage::ImageRgb8(RgbImage::from_fn(64, 64, |x, y| image::Rgb([noise(x, y)[0], noise(x, y)[1], noise(x, y)[2]])));
    let mut holes = picture().into_rgba8();
    holes.put_pixel(3, 3, Rgba([9, 9, 9, 128]));
    let holes = DynamicImage::ImageRgba8(holes);
    for (name, file, media_type) in [
        ("a photo in JPEG", jpeg(&photo), "image/jpeg"),
        ("a photo in WebP", webp(&photo), "image/jpeg"),
        ("a photo in PNG", png(&photo), "image/png"),
        ("a drawing in WebP", webp(&picture()), "image/png"),
        ("with holes in WebP", webp(&holes), "image/png"),
        ("a GIF", gif(&picture()), "image/png"),
    ] {
        let image = clean(&file).unwrap();
        assert_eq!(image.media_type, media_type, "{name}");
        assert_bare(&image, name);
        assert_eq!(clean(&file).unwrap(), image, "{name}: the same bytes give the same image");
        if media_type == "image/png" {
            assert_eq!(clean(&image.bytes).unwrap(), image, "{name}: cleaning twice is cleaning once");
            assert_eq!(decoded(&image), image::load_from_memory(&file).unwrap().into_rgba8(), "{name}: exact");
        }
    }
}

#[test]
fn every_kind_of_pixel_becomes_eight_bits() {
    let picture = picture();
    for (name, picture) in [
        ("grey", DynamicImage::ImageLuma8(picture.to_luma8())),
        ("grey, alpha", DynamicImage::ImageLumaA8(picture.to_luma_alpha8())),
        ("grey, 16 bit", DynamicImage::ImageLuma16(picture.to_luma16())),
        ("colour, 16 bit", DynamicImage::ImageRgb16(picture.to_rgb16())),
        ("colour, alpha, 16 bit", DynamicImage::ImageRgba16(picture.to_rgba16())),
    ] {
        assert_eq!(decoded(&clean(&png(&picture)).unwrap()), picture.to_rgba8(), "{name}");
    }
    let grey = DynamicImage::ImageLuma8(picture.to_luma8());
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95).encode_image(&grey).unwrap();
    assert_eq!(clean(&file).unwrap().media_type, "image/jpeg");
}

#[test]
fn no_colour_is_left_under_what_is_not_seen() {
    // Twice as wide as what goes: it is scaled, and the hidden red must not bleed into the half-seen blue beside it.
    let hidden = RgbaImage::from_fn(2 * LONGEST, 4, |x, _| if x % 3 == 0 { Rgba([0, 0, 200, 90]) } else { Rgba([255, 0, 0, 0]) });
    for width in [300, 2 * LONGEST] {
        let picture = DynamicImage::ImageRgba8(hidden.clone()).crop_imm(0, 0, width, 4);
        for (name, file) in [("PNG", png(&picture)), ("WebP", webp(&picture))] {
            let got = decoded(&clean(&file).unwrap());
            assert!(got.pixels().all(|pixel| pixel.0[0] == 0 && (pixel.0[3] > 0 || pixel.0 == [0; 4])), "{name} {width}");
            assert!(got.pixels().any(|pixel| pixel.0[2] == 200), "{name} {width}: what is seen keeps its colour");
        }
    }
}

#[test]
fn large_pictures_are_made_smaller() {
    for (from, to) in [
        ((2048, 10), (2048, 10)),
        ((2049, 10), (2048, 10)),
        ((4096, 64), (2048, 32)),
        ((64, 5000), (26, 2048)),
        ((3000, 1), (2048, 1)),
    ] {
        let (width, height) = from;
        let halves =
            RgbaImage::from_fn(width, height, |x, _| Rgba(if x < width / 2 { [200, 10, 10, 255] } else { [10, 10, 200, 255] }));
        let got = decoded(&clean(&png(&DynamicImage::ImageRgba8(halves))).unwrap());
        assert_eq!(got.dimensions(), to);
        assert_eq!((got.get_pixel(0, 0).0, got.get_pixel(to.0 - 1, to.1 - 1).0), ([200, 10, 10, 255], [10, 10, 200, 255]));
    }
    let stripes = RgbaImage::from_fn(4096, 2, |x, _| Rgba(if x % 2 == 0 { [0, 0, 0, 255] } else { [255, 255, 255, 255] }));
    let got = decoded(&clean(&png(&DynamicImage::ImageRgba8(stripes))).unwrap());
    assert!(got.pixels().all(|pixel| pixel.0 == [128, 128, 128, 255]), "each pixel is the mean of what it stands for");
}

#[test]
fn colours_of_a_profile_become_those_of_srgb() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let colours = [[200, 100, 50, 255], [128, 128, 128, 255], [0, 0, 0, 0], [10, 200, 60, 100]];
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_fn(4, 1, |x, _| Rgba(colours[x as usize])));
    let chunk = png_chunk(b"iCCP", &[b"P3\0\0".as_slice(), &zlib(&p3)].concat());
    for (name, file) in [
        ("PNG", png_with(&png(&picture), &chunk)),
        ("WebP", webp_with(&webp(&picture), (4, 1), 0x30, &riff_chunk(b"ICCP", &p3), &[])),
    ] {
        let got = decoded(&clean(&file).unwrap());
        let at = |x: u32| got.get_pixel(x, 0).0;
        assert!(at(0)[0] > 205 && at(0)[2] < 45, "{name}: P3's red is redder: {:?}", at(0));
        assert!(at(1)[..3].iter().all(|part| part.abs_diff(128) <= 1), "{name}: grey is grey: {:?}", at(1));
        assert_eq!((at(2), at(3)[3]), ([0; 4], 100), "{name}: alpha stays");
    }
}
