//! Figures and signs in words, the same everywhere on the screen.
//!
//! What must stay true: pure; where a thing ran is said by a word and a symbol, never by colour alone.

use crate::sanitise::clean_line;
use conductor::domain::{Location, Model, Signature, Status, Timing, Usage};

/// Bytes as model lists give them, in powers of ten: `4.7 GB`, `815 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let value = bytes as f64 / *size as f64;
            if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
        }
        None => format!("{bytes} B"),
    }
}

/// Milliseconds: `0.4 s`, `12 s`, `3 min 5 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

/// How long ago something was, `now_ms` and `then_ms` both since 1970.
pub fn ago(now_ms: i64, then_ms: i64) -> String {
    let minutes = (now_ms - then_ms).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "yesterday".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// Tokens of a context window: `8k`, `512`.
pub fn context(tokens: u32) -> String {
    if tokens >= 1024 { format!("{}k", tokens / 1024) } else { tokens.to_string() }
}

/// Where something runs, by symbol and word: `● local`, `◆ network`.
pub fn place(location: &Location) -> String {
    format!("{} {}", location.symbol(), location.word())
}

/// The sign of the built-in guide.
pub const GUIDE: &str = "guide · built in · not a language model";

/// Who answered, and where; the symbol stands in the margin before it.
pub fn sign(signature: &Signature) -> String {
    if signature.is_guide() {
        return GUIDE.to_owned();
    }
    let mut text = format!("{}  {}", signature.location.word(), clean_line(signature.model.short()));
    if let Location::Network(host) | Location::External(host) = &signature.location {
        text.push_str(&format!(" at {}", clean_line(host)));
    }
    text.push_str(" · ");
    text.push_str(signature.class.word());
    text
}

/// How far an answer came, where it is not whole.
fn shortfall(status: &Status) -> Option<&'static str> {
    match status {
        Status::Complete => None,
        Status::Streaming => Some("still coming"),
        Status::Cancelled => Some("stopped by you"),
        Status::Partial(_) => Some("broke off"),
        Status::Failed(_) => Some("failed"),
        Status::Interrupted => Some("interrupted: Segno ended while it came"),
    }
}

/// The line below an answer. Its figures hold together where the line is wrapped.
pub fn sign_line(signature: &Signature, status: &Status, usage: &Usage, timing: &Timing) -> String {
    let mut text = sign(signature);
    if let Some(shortfall) = shortfall(status) {
        text.push_str(" · ");
        text.push_str(shortfall);
    }
    if signature.is_guide() {
        return text;
    }
    if let Some(speed) = timing.tokens_per_second(usage) {
        text.push_str(&format!(" · {speed:.1}\u{a0}tok/s"));
    }
    if timing.total_ms > 0 {
        text.push_str(&format!(" · {}", duration(timing.total_ms).replace(' ', "\u{a0}")));
    }
    text
}

/// What a model can do, in words; empty where it only writes text.
pub fn capabilities(model: &Model) -> String {
    let can = &model.capabilities;
    let words = [(can.tools, "tools"), (can.thinking, "thinking"), (can.vision, "vision"), (can.embedding, "embeds")];
    words.iter().filter(|(can, _)| *can).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// A bar of `width` cells, filled for `done` of `total`; empty where the total is not known.
pub fn bar(done: u64, total: u64, width: usize) -> String {
    let filled = if total == 0 { 0 } else { (done.min(total) as u128 * width as u128 / total as u128) as usize };
    format!("▕{}{}▏", "█".repeat(filled), "░".repeat(width - filled))
}

/// The first columns of `text`, with `…` where something was cut.
pub fn fit(text: &str, columns: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() + 1 > columns {
            break;
        }
        used += grapheme.width();
        out.push_str(grapheme);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (got, want) in [
            (bytes(0), "0 B"),
            (bytes(815_000_000), "815 MB"),
            (bytes(4_661_224_676), "4.7 GB"),
            (bytes(40_000_000_000), "40 GB"),
            (duration(420), "0.4 s"),
            (duration(12_900), "12 s"),
            (duration(185_000), "3 min 5 s"),
            (ago(10_000, 0), "just now"),
            (ago(0, 10_000), "just now"),
            (ago(3_600_000 * 5, 0), "5 h ago"),
            (ago(86_400_000, 0), "yesterday"),
            (ago(86_400_000 * 9, 0), "9 days ago"),
            (context(8192), "8k"),
            (context(512), "512"),
            (bar(0, 0, 4), "▕░░░░▏"),
            (bar(62, 100, 10), "▕██████░░░░▏"),
            (bar(9, 3, 2), "▕██▏"),
            (fit("hello", 5), "hello"),
            (fit("hello", 4), "hel…"),
            (fit("狐狸狐狸", 4), "狐…"),
            (fit("x", 0), ""),
        ] {
            assert_eq!(got, want);
        }
    }
}
