//! The smallest pieces a row is made of: what stands together in one cell, or in two.
//!
//! What must stay true: an atom depends only on the text from its start on, so that wrapping and drawing cut a row in the
//! same places; widths are those that the screen buffer will use, since a cell that believes to be wider than it was laid
//! out hides its neighbour; no atom makes the next one harder to find, however long the cluster it is cut from.

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation;

/// Columns from one tab stop to the next.
pub(crate) const TAB: usize = 4;
/// Bytes of the longest cluster that is kept in one piece; the longest emoji in use take 41.
const LONGEST_CLUSTER: usize = 64;

/// One piece of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Atom {
    /// Bytes.
    pub(crate) len: usize,
    /// Columns.
    pub(crate) width: usize,
    /// A row may end after it, and it is not drawn at a row's end.
    pub(crate) space: bool,
}

/// The atom at the start of `text`, which begins in `column` of its row. `None` where the text is empty.
pub(crate) fn first(text: &str, column: usize) -> Option<Atom> {
    let bytes = text.as_bytes();
    let byte = *bytes.first()?;
    if byte == b'\t' {
        return Some(Atom { len: 1, width: TAB - column % TAB, space: true });
    }
    if byte.is_ascii() && bytes.get(1).is_none_or(u8::is_ascii) {
        return Some(Atom { len: 1, width: 1, space: byte == b' ' });
    }
    // Only as far as a cluster may reach: a cluster can be as long as the text, and would be measured again for each row.
    let head = &text[..text.floor_char_boundary(2 * LONGEST_CLUSTER)];
    let cluster = head.graphemes(true).next()?;
    let width = width(cluster);
    if width <= 2 && cluster.len() <= LONGEST_CLUSTER {
        return Some(Atom { len: cluster.len(), width, space: is_space(cluster) });
    }
    // Spacing marks can make a cluster of any width, which would hide what is drawn after it: one character at a time.
    let piece = &cluster[..piece_len(cluster)];
    Some(Atom { len: piece.len(), width: self::width(piece), space: is_space(piece) })
}

/// What is drawn for an atom: itself, with a space before it where it has no column of its own to stand in. `None` for
/// the marks of direction, which are for a reader's program, not for a cell.
pub(crate) fn needs_base(atom: &str) -> Option<bool> {
    if atom.chars().all(is_direction) { None } else { Some(atom.len() > 1 && atom.cell_width() == 0) }
}

/// Columns of a cluster as it is drawn.
fn width(cluster: &str) -> usize {
    // One byte is one column; the buffer's own rule does not take control characters, which were cleaned away.
    if cluster.len() == 1 {
        return 1;
    }
    match usize::from(cluster.cell_width()) {
        0 if !cluster.chars().all(is_direction) => 1,
        width => width,
    }
}

/// The first character with the characters of no width that follow it.
fn piece_len(cluster: &str) -> usize {
    let mut end = cluster.chars().next().map_or(0, char::len_utf8);
    for c in cluster[end..].chars() {
        let mut bytes = [0; 4];
        if end + c.len_utf8() > LONGEST_CLUSTER || c.is_ascii() || c.encode_utf8(&mut bytes).cell_width() > 0 {
            break;
        }
        end += c.len_utf8();
    }
    end
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

fn is_space(cluster: &str) -> bool {
    let mut chars = cluster.chars();
    chars.next().is_some_and(hangs) && chars.next().is_none()
}

/// Spaces that a row may be broken at, and that hang over its end; the unbreakable ones are not among them.
pub(crate) fn hangs(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{1680}' | '\u{2000}'..='\u{2006}' | '\u{2008}'..='\u{200a}' | '\u{205f}' | '\u{3000}')
}
