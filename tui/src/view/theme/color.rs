//! Colours: what a terminal can show, and the nearest that it can. Pure.
//!
//! What must stay true: a colour of the terminal's own palette stays what it is, since the user chose that palette.

use ratatui::style::{Color, Style};

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, dim and the like alone.
    None,
    /// The sixteen of its palette.
    Sixteen,
    /// The 256 that are counted.
    Indexed,
    /// All.
    True,
}

impl Depth {
    /// What the variables say: `NO_COLOR` before all, then `COLORTERM`, then `TERM`.
    pub fn of(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::None;
        }
        if colorterm.is_some_and(|value| matches!(value.trim(), "truecolor" | "24bit")) {
            return Self::True;
        }
        match term {
            Some(term) if term.ends_with("-direct") => Self::True,
            Some(term) if term.contains("256color") => Self::Indexed,
            // A console of Windows has no such variable, and shows all.
            None if cfg!(windows) => Self::True,
            _ => Self::Sixteen,
        }
    }
}

/// The style with colours that the terminal can show.
pub(super) fn fit(style: Style, depth: Depth) -> Style {
    let nearest = |color: Option<Color>| color.and_then(|color| shown(color, depth));
    Style { fg: nearest(style.fg), bg: nearest(style.bg), ..style }
}

fn shown(color: Color, depth: Depth) -> Option<Color> {
    match (depth, color) {
        (Depth::None, _) => None,
        (Depth::True, color) => Some(color),
        (Depth::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(index([r, g, b]))),
        (Depth::Sixteen, Color::Rgb(r, g, b)) => Some(named([r, g, b])),
        (Depth::Sixteen, Color::Indexed(n)) => Some(if n < 16 { PALETTE[usize::from(n)].0 } else { named(rgb(n)) }),
        (_, color) => Some(color),
    }
}

/// The sixteen, with the values that xterm gives them.
pub(super) const PALETTE: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The levels of the cube of colours 16 to 231.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn far(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The value of one of the 256 from 16 on.
fn rgb(n: u8) -> [u8; 3] {
    match n {
        0..16 => PALETTE[usize::from(n)].1,
        16..232 => {
            let n = usize::from(n - 16);
            [LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6]]
        }
        232.. => [8 + 10 * (n - 232); 3],
    }
}

/// The nearest of the 256 whose values are the same in every terminal.
fn index(color: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|n| far(rgb(*n), color)).unwrap_or(16)
}

/// The nearest of the sixteen. A colour that is not nearly grey stays a colour, the nearest in tone: two that tell things apart
/// would become the same grey.
fn named(color: [u8; 3]) -> Color {
    let tone = tone(color);
    let toned = PALETTE.iter().filter(|(_, value)| tone.is_none() || self::tone(*value).is_some());
    let off = |value: [u8; 3]| tone.zip(self::tone(value)).map_or(0, |(a, b)| far(a, b));
    toned.min_by_key(|(_, value)| (off(*value), far(*value, color))).map_or(Color::Reset, |(named, _)| *named)
}

/// The colour at its purest and brightest; `None` where it is nearly grey.
fn tone(color: [u8; 3]) -> Option<[u8; 3]> {
    let (least, most) = (color.into_iter().min()?, color.into_iter().max()?);
    let span = u32::from(most - least);
    (span >= 48).then(|| color.map(|part| u8::try_from(u32::from(part - least) * 255 / span).unwrap_or(u8::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_says_of_itself() {
        for (no_color, colorterm, term, want) in [
            (None, None, Some("xterm"), Depth::Sixteen),
            (None, None, Some("xterm-256color"), Depth::Indexed),
            (None, Some("truecolor"), Some("xterm-256color"), Depth::True),
            (None, Some("24bit"), Some("tmux"), Depth::True),
            (None, Some("yes"), Some("linux"), Depth::Sixteen),
            (None, None, Some("xterm-direct"), Depth::True),
            (Some("1"), Some("truecolor"), Some("xterm"), Depth::None),
            (Some(""), Some("truecolor"), Some("xterm"), Depth::True),
        ] {
            assert_eq!(Depth::of(no_color, colorterm, term), want, "{no_color:?} {colorterm:?} {term:?}");
        }
    }

    #[test]
    fn the_nearest_colour() {
        use Color::{Blue, Cyan, DarkGray, Green, Indexed, LightMagenta, LightRed, Red, Rgb, White, Yellow};
        for (color, depth, want) in [
            (Rgb(1, 2, 3), Depth::True, Some(Rgb(1, 2, 3))),
            (Rgb(255, 0, 0), Depth::Indexed, Some(Indexed(196))),
            (Rgb(95, 135, 175), Depth::Indexed, Some(Indexed(67))),
            (Rgb(128, 128, 128), Depth::Indexed, Some(Indexed(244))),
            (Rgb(250, 5, 5), Depth::Sixteen, Some(LightRed)),
            (Rgb(254, 254, 254), Depth::Sixteen, Some(White)),
            (Rgb(255, 135, 215), Depth::Sixteen, Some(LightMagenta)),
            (Rgb(135, 95, 0), Depth::Sixteen, Some(Yellow)),
            (Rgb(0, 95, 0), Depth::Sixteen, Some(Green)),
            (Rgb(158, 158, 158), Depth::Sixteen, Some(DarkGray)),
            (Indexed(1), Depth::Sixteen, Some(Red)),
            (Indexed(20), Depth::Sixteen, Some(Blue)),
            (Indexed(20), Depth::Indexed, Some(Indexed(20))),
            (Cyan, Depth::Sixteen, Some(Cyan)),
            (Cyan, Depth::None, None),
        ] {
            assert_eq!(shown(color, depth), want, "{color:?} {depth:?}");
        }
        // What is counted stays what it is.
        for n in 16..=255 {
            assert_eq!(far(rgb(index(rgb(n))), rgb(n)), 0, "{n}");
        }
    }
}
