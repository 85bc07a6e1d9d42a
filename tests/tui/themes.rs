//! Every screen that is stored, in three themes: the same words, styles that are stored with it, and letters that stand out from
//! what is behind them.

use crate::fixtures::Session;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use segno_tui::view;
use segno_tui::view::theme::{self, Depth};
use std::path::Path;

const SIZE: (u16, u16) = (80, 24);

/// The least contrast of letters that are read (WCAG 2.2, success criterion 1.4.3), and of lines and marks (1.4.11).
const OF_LETTERS: f64 = 4.5;
const OF_LINES: f64 = 3.0;

/// Pieces of each style that are stored.
const PIECES: usize = 4;

/// What letters stand on, in red, green and blue, where colours are not the terminal's own.
type Paper = Option<(u8, u8, u8)>;

/// The themes, with the lightest paper for the dark one and the darkest for the light one that they are made for.
const THEMES: [(&str, Paper); 4] =
    [("dark", Some((30, 30, 30))), ("light", Some((245, 245, 245))), ("high-contrast", None), ("none", None)];

/// Compares how the screen looks in three themes with what is stored; without colours it says the same.
pub(crate) fn check(name: &str, session: &mut Session) {
    let usual = words(&frame(session));
    let mut text = String::new();
    for (theme, paper) in THEMES {
        let before = session.app.set_theme(theme::named(theme, None, Path::new("/nowhere"), Depth::True).unwrap());
        let frame = frame(session);
        session.app.set_theme(before);
        assert_eq!(words(&frame), usual, "{name} in {theme}: colours say nothing that words do not");
        if let Some(paper) = paper {
            frame.content.iter().for_each(|cell| stands_out(cell, paper, &format!("{name} in {theme}")));
        }
        if theme == "none" {
            let coloured = frame.content.iter().find(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset));
            assert_eq!(coloured, None, "{name}: no colour");
        } else {
            text.push_str(&format!("── {theme} ──\n{}", styles(&frame)));
        }
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/themes" }, {
        insta::assert_snapshot!(name, text);
    });
}

fn frame(session: &mut Session) -> Buffer {
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let mut buffer = Buffer::empty(area);
    view::draw(&mut session.app, area, &mut buffer);
    buffer
}

fn words(frame: &Buffer) -> String {
    frame.content.iter().map(Cell::symbol).collect()
}

/// Each style of a frame, and the first pieces that have it.
fn styles(frame: &Buffer) -> String {
    let mut found: Vec<((Color, Color, Modifier), Vec<String>)> = Vec::new();
    let mut last = None;
    for (n, cell) in frame.content.iter().enumerate() {
        let style = (cell.fg, cell.bg, cell.modifier);
        let goes_on = last == Some(style) && n % usize::from(SIZE.0) != 0;
        last = Some(style);
        let at = found.iter().position(|(other, _)| *other == style).unwrap_or_else(|| {
            found.push((style, Vec::new()));
            found.len() - 1
        });
        let pieces = &mut found[at].1;
        match pieces.last_mut() {
            Some(piece) if goes_on => piece.push_str(cell.symbol()),
            _ => pieces.push(cell.symbol().to_owned()),
        }
    }
    let mut out = String::new();
    for ((ink, paper, modifier), pieces) in found {
        let said: Vec<String> =
            pieces.iter().map(|piece| piece.trim()).filter(|piece| !piece.is_empty()).take(PIECES).map(short).collect();
        if !said.is_empty() {
            out.push_str(&format!("{ink:?} on {paper:?} {modifier:?}: {}\n", said.join(" | ")));
        }
    }
    out.replace("Reset on Reset", "-").replace("on Reset ", "").replace("NONE", "-")
}

fn short(piece: &str) -> String {
    piece.chars().take(24).collect()
}

fn stands_out(cell: &Cell, paper: (u8, u8, u8), name: &str) {
    let symbol = cell.symbol().trim();
    let (Color::Rgb(red, green, blue), false) = (cell.fg, symbol.is_empty()) else { return };
    let behind = if let Color::Rgb(red, green, blue) = cell.bg { (red, green, blue) } else { paper };
    let (a, b) = (luminance((red, green, blue)), luminance(behind));
    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
    let least = if symbol.chars().all(char::is_alphanumeric) { OF_LETTERS } else { OF_LINES };
    assert!(contrast >= least, "{name}: `{symbol}` in {:?} on {behind:?} has a contrast of {contrast:.2}", cell.fg);
}

/// Relative luminance (WCAG 2.2).
fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}
