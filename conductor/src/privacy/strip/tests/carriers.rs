//! Every place of a file that holds more than pixels, with the sentinel in it.

use super::build::*;
use super::{SENTINEL, assert_bare, decoded, holds};
use crate::privacy::strip::clean;

/// Cleans, and looks at what comes out; the pixels must be those of `plain`.
fn check(name: &str, file: &[u8], plain: &[u8]) {
    assert!(holds(file, SENTINEL), "{name}: there is nothing to find");
    let image = clean(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_bare(&image, name);
    assert_eq!(decoded(&image), decoded(&clean(plain).unwrap()), "{name}: other pixels");
}

#[test]
fn nothing_of_a_jpeg_is_left() {
    let plain = jpeg(&picture());
    let thumbnail = [&plain[..], SENTINEL].concat();
    let long = [b"http://ns.adobe.com/xmp/extension/\0".as_slice(), &[b'0'; 32], &[0; 8], SENTINEL].concat();
    for (name, marker, data) in [
        ("JFXX thumbnail", 0xe0, vec![b"JFXX\0\x10".as_slice(), &thumbnail]),
        ("EXIF", 0xe1, vec![b"Exif\0\0", &exif(1, false)]),
        ("XMP", 0xe1, vec![b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", SENTINEL]),
        ("extended XMP", 0xe1, vec![&long]),
        ("ICC", 0xe2, vec![b"ICC_PROFILE\0\x01\x01", SENTINEL]),
        ("MPF", 0xe2, vec![b"MPF\0", SENTINEL]),
        ("FlashPix", 0xe2, vec![b"FPXR\0", SENTINEL]),
        ("Photoshop, IPTC", 0xed, vec![b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x14", SENTINEL]),
        ("Adobe", 0xee, vec![b"Ducky", SENTINEL]),
        ("unknown", 0xe9, vec![SENTINEL]),
        ("JUMBF, C2PA", 0xeb, vec![b"JP\0\x01\0\0\0\x01", SENTINEL]),
        ("comment", 0xfe, vec![SENTINEL]),
    ] {
        check(name, &jpeg_with(&plain, &jpeg_segment(marker, &data)), &plain);
    }
    check("behind the end", &[&plain[..], SENTINEL].concat(), &plain);
    let second = jpeg_with(&plain, &jpeg_segment(0xfe, &[SENTINEL]));
    check("a second picture behind the end", &[&plain[..], &second].concat(), &plain);
    let scan = plain.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    check("before the scan", &[&plain[..scan], &jpeg_segment(0xfe, &[SENTINEL]), &plain[scan..]].concat(), &plain);
}

#[test]
fn nothing_of_a_png_is_left() {
    let plain = png(&picture());
    let zipped = zlib(SENTINEL);
    for (chunk, data) in [
        (b"tEXt", vec![b"Comment\0".as_slice(), SENTINEL]),
        (b"zTXt", vec![b"Comment\0\0", &zipped]),
        (b"iTXt", vec![b"XML:com.adobe.xmp\0\0\0\0\0", SENTINEL]),
        (b"iTXt", vec![b"XML:com.adobe.xmp\0\x01\0\0\0", &zipped]),
        (b"eXIf", vec![&exif(1, true)]),
        (b"iCCP", vec![b"profile\0\0", &zipped]),
        (b"prVt", vec![SENTINEL]),
        (b"caBX", vec![SENTINEL]),
        (b"sPLT", vec![SENTINEL, b"\0\x08"]),
    ] {
        let chunk = png_chunk(chunk, &data.concat());
        let name = String::from_utf8_lossy(&chunk[4..8]).into_owned();
        check(&name, &png_with(&plain, &chunk), &plain);
        check(&format!("{name}, late"), &png_with_late(&plain, &chunk), &plain);
    }
    check("behind the end", &[&plain[..], SENTINEL].concat(), &plain);
    let control = |number: u32| [&number.to_be_bytes()[..], &32_u32.to_be_bytes(), &16_u32.to_be_bytes(), &[0; 14]].concat();
    let animation = [png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]), png_chunk(b"fcTL", &control(0))].concat();
    let frame = [&2_u32.to_be_bytes()[..], &zlib(SENTINEL)].concat();
    let second = [png_chunk(b"fcTL", &control(1)), png_chunk(b"fdAT", &frame)].concat();
    check("APNG", &png_with_late(&png_with(&plain, &animation), &second), &plain);
}

#[test]
fn nothing_of_a_webp_is_left() {
    let plain = webp(&picture());
    let size = (32, 16);
    for (name, flags, before, after) in [
        ("EXIF", 0x08, vec![], riff_chunk(b"EXIF", &exif(1, false))),
        ("EXIF with its name", 0x08, vec![], riff_chunk(b"EXIF", &[b"Exif\0\0".as_slice(), &exif(1, false)].concat())),
        ("XMP", 0x04, vec![], riff_chunk(b"XMP ", SENTINEL)),
        ("ICC", 0x20, riff_chunk(b"ICCP", SENTINEL), vec![]),
        ("unknown", 0, vec![], riff_chunk(b"C2PA", SENTINEL)),
        ("unknown before", 0, riff_chunk(b"what", SENTINEL), vec![]),
    ] {
        check(name, &webp_with(&plain, size, flags, &before, &after), &plain);
    }
    check("behind the end", &[&plain[..], SENTINEL].concat(), &plain);
    let lossy = lossy_webp();
    let with = webp_with(&lossy, (16, 8), 0x08, &[], &riff_chunk(b"EXIF", &exif(1, false)));
    check("lossy", &with, &lossy);
}

#[test]
fn nothing_of_a_gif_is_left() {
    let plain = gif(&picture());
    for (name, block) in [
        ("comment", gif_extension(0xfe, b"", SENTINEL)),
        ("XMP", gif_extension(0xff, b"XMP DataXMP", SENTINEL)),
        ("another application", gif_extension(0xff, b"ANYTHING1.0", SENTINEL)),
        ("plain text", gif_extension(0x01, &[0; 12], SENTINEL)),
    ] {
        check(name, &gif_with(&plain, &block), &plain);
        let end = plain.len() - 1;
        check(&format!("{name}, late"), &[&plain[..end], &block, &plain[end..]].concat(), &plain);
    }
    check("behind the end", &[&plain[..], SENTINEL].concat(), &plain);
}

#[test]
fn a_file_that_is_two_is_one() {
    let script = [b"/*".as_slice(), SENTINEL, b"*/=1;alert(1)//"].concat();
    let page = [b"<html><script>".as_slice(), SENTINEL, b"</script>"].concat();
    let archive = [b"PK\x03\x04".as_slice(), &[0; 26], SENTINEL, b"PK\x05\x06", &[0; 18]].concat();
    let (png, jpeg, gif) = (png(&picture()), jpeg(&picture()), gif(&picture()));
    check("PNG and ZIP", &[&png[..], &archive].concat(), &png);
    check("JPEG and HTML", &jpeg_with(&jpeg, &jpeg_segment(0xfe, &[&page])), &jpeg);
    check("GIF and JavaScript", &[&gif_with(&gif, &gif_extension(0xfe, b"", &script))[..], &script].concat(), &gif);
}

#[test]
fn a_palette_is_not_kept_with_what_it_does_not_show() {
    // Three colours, of which one is shown, and one is hidden below full transparency.
    let header = [&2_u32.to_be_bytes()[..], &1_u32.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let file = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(b"IHDR", &header),
        png_chunk(b"PLTE", b"\x01\x02\x03SECRET"),
        png_chunk(b"tRNS", &[255, 0]),
        png_chunk(b"IDAT", &zlib(&[0, 0, 1])),
        png_chunk(b"IEND", b""),
    ]
    .concat();
    let image = clean(&file).unwrap();
    assert_bare(&image, "palette");
    assert_eq!(decoded(&image).into_raw(), [1, 2, 3, 255, 0, 0, 0, 0]);
}
