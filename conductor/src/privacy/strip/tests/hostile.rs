//! Files that lie about themselves, that are broken, or that are something else.

use super::build::*;
use super::{SENTINEL, decoded, holds};
use crate::privacy::strip::{ImageError, LONGEST, MAX_BYTES, clean};
use image::DynamicImage;
use proptest::prelude::*;

#[test]
fn bombs_are_refused_by_their_header() {
    let small = png(&picture());
    let jpeg = jpeg(&picture());
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let huge_jpeg = [&jpeg[..frame + 5], &[0xff; 4], &jpeg[frame + 9..]].concat();
    let gif = gif(&picture());
    let huge_gif = [&gif[..6], &[0xff; 4], &gif[10..]].concat();
    let deep = |width: u32, height: u32| {
        let mut file = png_sized(&small, width, height);
        file[24] = 16;
        png_sized(&file, width, height)
    };
    for (name, file, want) in [
        ("PNG", png_sized(&small, 60_000, 60_000), "60000x60000"),
        ("PNG, many pixels", png_sized(&small, 16_384, 16_384), "16384x16384"),
        ("PNG, one side", png_sized(&small, 20_000, 1), "20000x1"),
        ("PNG, 16 bit", deep(7000, 7000), "256 MiB"),
        ("JPEG", huge_jpeg, "65535x65535"),
        ("GIF", huge_gif, "65535x65535"),
        ("WebP", webp_with(&webp(&picture()), (1 << 24, 1 << 24), 0, &[], &[]), "16777216x16777216"),
    ] {
        let error = clean(&file).unwrap_err();
        assert!(error.to_string().contains(want), "{name}: {error}");
        assert_eq!(error.hint(), "save it smaller first, as PNG or JPEG", "{name}");
    }
    let mut large = jpeg;
    large.resize(MAX_BYTES + 1, 0);
    assert_eq!(clean(&large).unwrap_err(), ImageError::TooLarge(MAX_BYTES + 1));
}

#[test]
fn bombs_in_compressed_data_do_not_go_off() {
    let zeros = png(&DynamicImage::ImageLuma8(image::GrayImage::new(4000, 4000)));
    assert!(zeros.len() < 100_000, "16 MB in little");
    let body = clean(&png_sized(&zeros, 8, 8));
    assert!(body.is_ok_and(|image| image.width == 8), "what is behind the last pixel is not read");
    let start = zeros.windows(4).position(|name| name == b"IDAT").unwrap();
    let length = u32::from_be_bytes(zeros[start - 4..start].try_into().unwrap()) as usize;
    let stream = &zeros[start + 4..start + 4 + length];
    for (name, data) in [(b"zTXt", b"Comment\0\0"), (b"iCCP", b"profile\0\0")] {
        let file = png_with(&png(&picture()), &png_chunk(name, &[data, stream].concat()));
        assert_eq!(decoded(&clean(&file).unwrap()), picture().into_rgba8());
    }
}

#[test]
fn what_is_cut_or_broken_is_said_to_be() {
    let mut still = gif(&picture());
    still.truncate(still.len() / 2);
    for (name, file) in [("PNG", png(&picture())), ("JPEG", jpeg(&picture())), ("WebP", webp(&picture())), ("GIF", still)] {
        for part in [2, 3, 5] {
            let cut = &file[..file.len() - file.len() / part];
            let error = clean(cut).expect_err(&format!("{name}, a part in {part} less"));
            assert!(matches!(error, ImageError::Cut(_) | ImageError::Broken { .. }), "{name}: {error:?}");
            assert!(error.to_string().starts_with(&format!("the {name} image ")), "{error}");
            assert!(!error.hint().is_empty() && !error.to_string().contains('\n'), "{error}");
        }
    }
    let whole = jpeg(&picture());
    assert_eq!(clean(&whole[..whole.len() - 2]).unwrap_err(), ImageError::Cut("JPEG"), "not filled up with grey");
    let mut wrong = png(&picture());
    let last = wrong.len() - 20;
    wrong[last] ^= 0xff;
    assert!(matches!(clean(&wrong).unwrap_err(), ImageError::Broken { format: "PNG", .. }));
}

#[test]
fn what_is_not_read_is_named() {
    let svg = b"<?xml version=\"1.0\"?>\n<!-- drawn <by hand> -->\n<!DOCTYPE svg>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    for (bytes, want) in [
        (b"\0\0\0\x18ftypheic\0\0\0\0".as_slice(), "a HEIC image"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC image"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF image"),
        (b"II*\0\x08\0\0\0", "a TIFF image"),
        (b"MM\0*\0\0\0\x08", "a TIFF image"),
        (b"BM\x36\0\0\0\0\0\0\0\x36", "a BMP image"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"\xff\x0a\xfa", "a JPEG XL image"),
        (b"8BPS\0\x01", "a Photoshop file"),
        (b"<svg viewBox='0 0 1 1'/>", "an SVG drawing"),
        (svg, "an SVG drawing"),
    ] {
        let error = clean(bytes).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
        assert_eq!(error.hint(), "convert it to PNG or JPEG first");
    }
    for bytes in [b"BMX is a bicycle".as_slice(), b"hello", b"<html><svg/></html>", b"PK\x03\x04", b"\xff\xd8", &[0; 64]] {
        assert_eq!(clean(bytes).unwrap_err(), ImageError::Unknown, "{bytes:?}");
    }
    assert_eq!(clean(b"").unwrap_err(), ImageError::Empty);
}

fn files() -> Vec<Vec<u8>> {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let (picture, size, exif) = (picture(), (32, 16), exif(6, false));
    let extra = riff_chunk(b"EXIF", &exif);
    vec![
        png_with(&png(&picture), &png_chunk(b"eXIf", &exif)),
        png_with(&png(&picture), &png_chunk(b"iCCP", &[b"P3\0\0".as_slice(), &zlib(&p3)].concat())),
        jpeg_with(&jpeg(&picture), &jpeg_segment(0xe1, &[b"Exif\0\0", &exif])),
        jpeg_with(&jpeg(&picture), &jpeg_segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &p3])),
        webp(&picture),
        webp_with(&webp(&picture), size, 0x28, &riff_chunk(b"ICCP", &p3), &extra),
        webp_with(&lossy_webp(), (16, 8), 0x08, &[], &extra),
        gif_with(&gif(&picture), &gif_extension(0xfe, b"", SENTINEL)),
    ]
}

/// Bytes put in the place of others, most of them in the headers; and an end that comes early.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let place = prop_oneof![3 => 0..64_usize, 2 => 0..1024_usize, 1 => any::<usize>()];
    let byte = prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(0x80), Just(1)];
    let changes = prop::collection::vec((place, byte), 0..12);
    let end = prop::option::weighted(0.3, any::<prop::sample::Index>());
    (prop::sample::select(files()), changes, end).prop_map(|(mut file, changes, end)| {
        for (place, byte) in changes {
            let at = place % file.len();
            file[at] = byte;
        }
        file.truncate(end.map_or(file.len(), |end| end.index(file.len())));
        file
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(file in mutated()) {
        if let Ok(image) = clean(&file) {
            prop_assert!(image.width.max(image.height) <= LONGEST);
            prop_assert!(!holds(&image.bytes, SENTINEL));
        }
    }

    #[test]
    fn nor_do_any_others(head in prop::sample::select(files()), length in 0..16_usize, rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = clean(&[&head[..length.min(head.len())], &rest].concat());
    }
}
