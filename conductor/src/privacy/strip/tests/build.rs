//! Files of all formats, piece by piece.

use super::SENTINEL;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

/// 32x16: red, green, blue, white, each a quarter. No turn or flip of it is itself.
pub(super) fn picture() -> DynamicImage {
    let colour = |x: u32, y: u32| match (x < 16, y < 8) {
        (true, true) => [255, 0, 0, 255],
        (false, true) => [0, 255, 0, 255],
        (true, false) => [0, 0, 255, 255],
        (false, false) => [255, 255, 255, 255],
    };
    DynamicImage::ImageRgba8(RgbaImage::from_fn(32, 16, |x, y| Rgba(colour(x, y))))
}

pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub(super) fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 95).encode_image(&picture.to_rgb8()).unwrap();
    out
}

pub(super) fn webp(picture: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    picture.write_with_encoder(WebPEncoder::new_lossless(&mut out)).unwrap();
    out
}

/// One of `VP8`, of 16x8 grey pixels: a stream of zeros says that nothing differs from what is expected.
pub(super) fn lossy_webp() -> Vec<u8> {
    let first: u32 = 64;
    let tag = ((first << 5) | (1 << 4)).to_le_bytes();
    let head = [&tag[..3], &[0x9d, 0x01, 0x2a], &16_u16.to_le_bytes(), &8_u16.to_le_bytes()].concat();
    riff(&[riff_chunk(b"VP8 ", &[head, vec![0; 64 + 64]].concat())])
}

/// One of two frames, the second all black.
pub(super) fn gif(picture: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    let black = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([0, 0, 0, 255]));
    let frames = [picture.to_rgba8(), black].map(image::Frame::new);
    GifEncoder::new(&mut out).encode_frames(frames).unwrap();
    out
}

/// The sum of a PNG's chunk: ISO 3309, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

pub(super) fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [name.as_slice(), data].concat();
    [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc(&body).to_be_bytes()].concat()
}

/// Behind the header.
pub(super) fn png_with(file: &[u8], chunk: &[u8]) -> Vec<u8> {
    [&file[..33], chunk, &file[33..]].concat()
}

/// Before the end.
pub(super) fn png_with_late(file: &[u8], chunk: &[u8]) -> Vec<u8> {
    let end = file.len() - 12;
    [&file[..end], chunk, &file[end..]].concat()
}

/// With another width and height in the header.
pub(super) fn png_sized(file: &[u8], width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), &file[24..29]].concat();
    [&file[..8], &png_chunk(b"IHDR", &header), &file[33..]].concat()
}

/// Bytes as a stream that is compressed in name only.
pub(super) fn zlib(data: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = data.len() as u16;
    [&[0x78, 0x01, 0x01], &length.to_le_bytes()[..], &(!length).to_le_bytes(), data, &((b << 16) | a).to_be_bytes()].concat()
}

pub(super) fn png_names(file: &[u8]) -> Vec<String> {
    let (mut names, mut rest) = (Vec::new(), &file[8..]);
    while let Some((length, after)) = rest.split_first_chunk() {
        names.push(String::from_utf8_lossy(&after[..4]).into_owned());
        rest = &after[u32::from_be_bytes(*length) as usize + 8..];
    }
    names
}

pub(super) fn jpeg_segment(marker: u8, data: &[&[u8]]) -> Vec<u8> {
    let data = data.concat();
    [&[0xff, marker], &(data.len() as u16 + 2).to_be_bytes()[..], &data].concat()
}

/// Behind the start.
pub(super) fn jpeg_with(file: &[u8], segment: &[u8]) -> Vec<u8> {
    [&file[..2], segment, &file[2..]].concat()
}

/// Markers in hex; an application's segment with its length; what is behind the end, if anything.
pub(super) fn jpeg_names(file: &[u8]) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), 2);
    loop {
        assert_eq!(file[at], 0xff);
        let marker = file[at + 1];
        if marker == 0xd9 {
            names.push("D9".to_owned());
            if at + 2 < file.len() {
                names.push("behind the end".to_owned());
            }
            return names;
        }
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        let size = if marker & 0xf0 == 0xe0 { format!(":{length}") } else { String::new() };
        names.push(format!("{marker:X}{size}"));
        at += 2 + length;
        if marker == 0xda {
            while file[at] != 0xff || file[at + 1] == 0 {
                at += 1;
            }
        }
    }
}

pub(super) fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let fill = vec![0; data.len() % 2];
    [name.as_slice(), &(data.len() as u32).to_le_bytes(), data, &fill].concat()
}

pub(super) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WEBP", &body].concat()
}

/// A WebP with a header that says what is in it (`flags`), and chunks before and after the pixels.
pub(super) fn webp_with(file: &[u8], (width, height): (u32, u32), flags: u8, before: &[u8], after: &[u8]) -> Vec<u8> {
    let (width, height) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    let header = [&[flags, 0, 0, 0], &width[..3], &height[..3]].concat();
    riff(&[riff_chunk(b"VP8X", &header), before.to_vec(), file[12..].to_vec(), after.to_vec()])
}

/// Behind the palette of all frames, if there is one.
pub(super) fn gif_with(file: &[u8], block: &[u8]) -> Vec<u8> {
    let palette = if file[10] & 0x80 == 0 { 0 } else { 3 << ((file[10] & 7) + 1) };
    let at = 13 + palette;
    [&file[..at], block, &file[at..]].concat()
}

/// A block of an extension, its data in sub-blocks.
pub(super) fn gif_extension(label: u8, header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x21, label];
    if !header.is_empty() {
        out.push(header.len() as u8);
        out.extend(header);
    }
    for part in data.chunks(255) {
        out.push(part.len() as u8);
        out.extend(part);
    }
    out.push(0);
    out
}

/// EXIF with an orientation, a description and a preview that hold the sentinel.
pub(super) fn exif(orientation: u16, big: bool) -> Vec<u8> {
    let u16 = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let u32 = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| [&u16(tag)[..], &u16(kind), &u32(count), &value].concat();
    let short = |n: u16| [u16(n)[0], u16(n)[1], 0, 0];
    let text = SENTINEL.len() as u32;
    let head = [if big { b"MM" } else { b"II" }.as_slice(), &u16(42), &u32(8)].concat();
    // Two entries, and where the second table is.
    let first = 8 + 2 + 2 * 12 + 4;
    let second = first + text;
    let preview = second + 2 + 2 * 12 + 4;
    [
        head,
        u16(2).to_vec(),
        entry(0x010e, 2, text, u32(first)),
        entry(0x0112, 3, 1, short(orientation)),
        u32(second).to_vec(),
        SENTINEL.to_vec(),
        u16(2).to_vec(),
        entry(0x0201, 4, 1, u32(preview)),
        entry(0x0202, 4, 1, u32(text)),
        u32(0).to_vec(),
        SENTINEL.to_vec(),
    ]
    .concat()
}
