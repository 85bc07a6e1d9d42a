//! What has to be known of a file and is not in its pixels: which way up it is, and whether it ends where it should.
//!
//! What must stay true: nothing that is read here reaches the image that goes. Sizes in the file are never believed: a piece
//! that would end behind the file is not there.

use super::Format;
use image::metadata::Orientation;

/// What the markers of a JPEG say.
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
const APP1: u8 = 0xe1;

/// Which way up the picture is to be shown. Where nothing says so, or something unknown, as it is.
pub(super) fn orientation(bytes: &[u8], format: Format) -> Orientation {
    let exif = match format {
        Format::Png => png_chunk(bytes, *b"eXIf"),
        Format::WebP => riff_chunk(bytes, *b"EXIF"),
        Format::Jpeg => jpeg_segments(bytes)
            .filter(|segment| segment.marker == APP1)
            // The byte after the name only fills up.
            .find_map(|segment| segment.data.strip_prefix(b"Exif\0")?.get(1..)),
        Format::Gif => None,
    };
    let exif = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

/// Width and height as the header says, where a decoder would make room before it tells.
pub(super) fn size(bytes: &[u8], format: Format) -> Option<(u32, u32)> {
    match format {
        Format::Png => {
            let (width, height) = bytes.get(12..24)?.strip_prefix(b"IHDR")?.split_first_chunk()?;
            Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
        }
        Format::WebP => match riff_chunk(bytes, *b"VP8X")? {
            // Three bytes each, one less than the size.
            [_, _, _, _, w0, w1, w2, h0, h1, h2, ..] => {
                Some((u32::from_le_bytes([*w0, *w1, *w2, 0]) + 1, u32::from_le_bytes([*h0, *h1, *h2, 0]) + 1))
            }
            _ => None,
        },
        Format::Jpeg | Format::Gif => None,
    }
}

/// The colour profile of a WebP.
pub(super) fn webp_icc(bytes: &[u8]) -> Option<&[u8]> {
    riff_chunk(bytes, *b"ICCP")
}

/// Whether a JPEG goes on to its end marker. Decoders fill up what is missing with grey, and say nothing.
pub(super) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    jpeg_segments(bytes).any(|segment| segment.marker == END_OF_IMAGE)
}

fn png_chunk(bytes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk()?;
        let (found, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = after.get(..length)?;
        match *found {
            found if found == name => return Some(data),
            [b'I', b'E', b'N', b'D'] => return None,
            // Its sum follows each chunk.
            _ => rest = after.get(length.checked_add(4)?..)?,
        }
    }
}

fn riff_chunk(bytes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let mut rest = bytes.get(12..)?;
    loop {
        let (found, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if *found == name {
            return after.get(..length);
        }
        // Chunks begin at even places.
        rest = after.get(length.checked_add(length & 1)?..)?;
    }
}

/// A segment of a JPEG.
struct Segment<'a> {
    marker: u8,
    data: &'a [u8],
}

/// The segments, and the end marker as the last. What lies between a scan's header and the next marker is passed over.
fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut over = false;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        let marker = next_marker(&mut rest)?;
        if marker == END_OF_IMAGE {
            over = true;
            return Some(Segment { marker, data: &[] });
        }
        let (length, _) = rest.split_first_chunk()?;
        // The length counts its own two bytes.
        let length = usize::from(u16::from_be_bytes(*length));
        let data = rest.get(2..length)?;
        rest = &rest[length..];
        if marker == START_OF_SCAN {
            skip_scan(&mut rest);
        }
        Some(Segment { marker, data })
    })
}

/// Goes behind the next marker that has something to it, and gives it out.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    loop {
        let at = rest.iter().position(|&byte| byte == 0xff)?;
        let marker = *rest.get(at + 1)?;
        match marker {
            // A byte that fills up, or a 0xff that is data; and the markers that stand alone.
            0xff => *rest = &rest[at + 1..],
            0x00 | 0x01 | 0xd0..=0xd8 => *rest = &rest[at + 2..],
            _ => {
                *rest = &rest[at + 2..];
                return Some(marker);
            }
        }
    }
}

/// Goes to the marker after a scan's data, in which 0xff is followed by zero or by a restart marker.
fn skip_scan(rest: &mut &[u8]) {
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    let end = rest.windows(2).position(is_end).unwrap_or(rest.len());
    *rest = &rest[end..];
}
