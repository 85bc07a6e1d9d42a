//! What stands in an answer once all that only dresses it is gone: thinking, marks of direction, Markdown, LaTeX, and digits and
//! spaces of other scripts.
//!
//! What must stay true: one pass over the text a step, whatever it holds; no digit, letter or sign that could change what an
//! answer means is lost. A box (`\boxed{…}`) stays, between [`BOX`] and [`UNBOX`].

mod unmark;

use icu_normalizer::ComposingNormalizer;
use unmark::unmark;

/// Begins what stood in a box. No text holds it otherwise: control characters go first.
pub(super) const BOX: char = '\u{1}';

/// Ends what stood in a box.
pub(super) const UNBOX: char = '\u{2}';

/// What a model said: without the thinking that some put before it. Thinking that never ended leaves nothing.
pub(super) fn said(answer: &str) -> &str {
    let said = answer.rsplit_once("</think>").map_or(answer, |(_, after)| after).trim();
    if said.starts_with("<think>") { "" } else { said }
}

/// `text` in plain characters: see the top of this file.
pub(super) fn clean(text: &str) -> String {
    unmark(&fold(said(text)))
}

/// Compatibility forms made plain (NFKC), digits of all scripts made ASCII, marks that cannot be seen taken out.
pub(super) fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut power = false;
    for c in text.chars().filter(|c| !is_hidden(*c)) {
        let after_number = plain.ends_with(|last: char| last.is_ascii_digit() || last == ')');
        let raised = is_raised(c);
        // NFKC would make 102 of 10² and 11/2 of 1½.
        if raised && after_number && !power {
            plain.push('^');
        }
        power = raised && (power || after_number);
        if after_number && is_fraction(c) {
            plain.push(' ');
        }
        plain.push(c);
    }
    let composed = ComposingNormalizer::new_nfkc().normalize(&plain).into_owned();
    composed.chars().map(folded).collect()
}

/// Control characters but line ends and tabs, zero-width characters, soft hyphens, marks of direction.
pub(super) fn is_hidden(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\t');
    control
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_raised(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁻')
}

fn is_fraction(c: char) -> bool {
    matches!(c, '¼' | '½' | '¾' | '⅐'..='⅞' | '↉')
}

/// The first digits of scripts whose digits are no ASCII after NFKC.
const ZEROS: [u32; 14] = [0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0];

fn folded(c: char) -> char {
    match c {
        '\u{2212}' => '-',
        '\u{2044}' => '/',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{66b}' => '.',
        '\u{66c}' => ',',
        '\u{66a}' => '%',
        // NFKC has made plain spaces of most.
        c if c.is_whitespace() && c != '\n' => ' ',
        c if c.is_ascii() => c,
        c => {
            let code = u32::from(c);
            let digit = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|digit| *digit < 10));
            digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
        }
    }
}
