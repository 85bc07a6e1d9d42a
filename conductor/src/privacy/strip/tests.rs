//! Images made here, with all that may be hidden in one, and what is left of them.

mod build;
mod carriers;
mod hostile;
mod looks;

use crate::domain::Image;
use image::RgbaImage;

/// What must not be in anything that goes.
const SENTINEL: &[u8] = b"SENTINEL-48.8584N-2.2945E";

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn decoded(image: &Image) -> RgbaImage {
    let picture = image::load_from_memory(&image.bytes).unwrap();
    assert_eq!((image.width, image.height), (picture.width(), picture.height()));
    picture.into_rgba8()
}

/// The names of the pieces that a cleaned file is made of.
fn pieces(image: &Image) -> Vec<String> {
    match image.media_type.as_str() {
        "image/png" => build::png_names(&image.bytes),
        "image/jpeg" => build::jpeg_names(&image.bytes),
        other => panic!("{other}"),
    }
}

/// What a cleaned file may be made of, and nothing else.
fn assert_bare(image: &Image, name: &str) {
    let allowed: &[&str] = match image.media_type.as_str() {
        "image/png" => &["IHDR", "IDAT", "IEND"],
        // E0 is the JFIF header of fixed length, DB, C0, C4, DA how the pixels are encoded.
        _ => &["E0:16", "DB", "C0", "C4", "DA", "D9"],
    };
    for piece in pieces(image) {
        assert!(allowed.contains(&piece.as_str()), "{name}: {piece} in {:?}", pieces(image));
    }
    assert!(!holds(&image.bytes, SENTINEL), "{name}");
}
