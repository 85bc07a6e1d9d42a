//! The picture of the README: a frame of the real program on its tour, as SVG.
//!
//! ```text
//! cargo build --release && cargo run -p segno-tests --example picture > docs/picture.svg
//! ```
//! `SEGNO_BIN` names another binary. Nothing is drawn by hand: what the terminal shows is written cell by cell, with its colours.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for whoever works on Segno: it says where it stops")]

use segno_tests::check::Profile;
use segno_tests::pty::{Key, Pty};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use vt100::{Cell, Color, Screen};

const ROWS: u16 = 34;
const COLUMNS: u16 = 118;

/// Pixels of a cell, and of the letters in it.
const CELL: (f32, f32) = (8.4, 18.0);
const LETTERS: f32 = 14.0;
/// Pixels around the screen.
const MARGIN: f32 = 16.0;

const PAPER: &str = "#16181d";
const INK: &str = "#d5d8de";

/// The sixteen colours that a terminal names, as a dark one shows them.
const NAMED: [&str; 16] = [
    "#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4", "#7f8694", "#e88388", "#a8cc8c",
    "#dbab79", "#71bef2", "#d290e4", "#66c2cd", "#ffffff",
];

fn main() {
    let profile = Profile::new();
    let env = profile.env_with(&[("COLORTERM", "truecolor"), ("OLLAMA_HOST", "127.0.0.1:9")]);
    let args = ["demo", "--fast", "--set", "ui.theme=dark"];
    let mut pty = Pty::spawn(&binary(), &args, &env, ROWS, COLUMNS);
    for ends in ["2 of 7", "3 of 7", "4 of 7"] {
        pty.wait_for("› ");
        pty.key(Key::Enter);
        pty.wait_for(ends);
    }
    // The proposal is taken in the pane, and used for the next answer.
    pty.key(Key::Enter);
    pty.wait_for("waits for your yes");
    pty.type_text("a");
    pty.wait_for("5 of 7");
    pty.key(Key::Esc);
    pty.wait_gone("╭ playbook");
    pty.key(Key::Enter);
    pty.wait_for("6 of 7");
    pty.send(b"\x15/playbook\r".to_vec());
    pty.wait_for("[code-00001]");
    println!("{}", pty.with_screen(svg));
    pty.kill();
}

fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("SEGNO_BIN") {
        return named.into();
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/segno")
}

fn svg(screen: &Screen) -> String {
    let (width, height) = (f32::from(COLUMNS) * CELL.0 + 2.0 * MARGIN, f32::from(ROWS) * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"Segno in a terminal: a question, who answers it and where, the answer, and beside it the playbook\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"{LETTERS}\" \
         xml:space=\"preserve\">\n"
    );
    for row in 0..ROWS {
        for (from, text, style) in runs(screen, row) {
            run(&mut svg, row, from, &text, style);
        }
    }
    svg + "</g>\n</svg>"
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Style {
    ink: Color,
    paper: Color,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (ink, paper) = (cell.fgcolor(), cell.bgcolor());
        let (ink, paper) = if cell.inverse() { (Color::Idx(0), Color::Idx(7)) } else { (ink, paper) };
        let (bold, dim, italic, underlined) = (cell.bold(), cell.dim(), cell.italic(), cell.underline());
        Self { ink, paper, bold, dim, italic, underlined }
    }
}

/// The cells of a row that look alike and stand together: first column, text, look.
fn runs(screen: &Screen, row: u16) -> Vec<(u16, String, Style)> {
    let mut runs: Vec<(u16, String, Style)> = Vec::new();
    let mut open = false;
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let style = Style::of(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match runs.last_mut() {
            // A wide letter ends its run: where the next begins is said, and not left to the font.
            Some((_, run, of)) if open && *of == style => run.push_str(text),
            _ => runs.push((column, text.to_owned(), style)),
        }
        open = !cell.is_wide() && text.is_ascii();
    }
    runs.retain(|(_, text, style)| !text.trim().is_empty() || style.paper != Color::Default);
    runs
}

fn run(svg: &mut String, row: u16, from: u16, text: &str, style: Style) {
    let columns = text.chars().count() as f32;
    let (x, y) = (MARGIN + f32::from(from) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    if style.paper != Color::Default {
        let (width, height) = (columns * CELL.0, CELL.1);
        let paper = colour(style.paper, PAPER);
        writeln!(svg, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{paper}\"/>").unwrap();
    }
    let words = text.trim_end();
    if words.trim().is_empty() {
        return;
    }
    let length = words.chars().count() as f32 * CELL.0;
    let ink = colour(style.ink, INK);
    let mut looks = String::new();
    for (on, look) in [
        (style.bold, " font-weight=\"bold\""),
        (style.dim, " opacity=\"0.65\""),
        (style.italic, " font-style=\"italic\""),
        (style.underlined, " text-decoration=\"underline\""),
    ] {
        looks.push_str(if on { look } else { "" });
    }
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let base = y + CELL.1 * 0.75;
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{base:.1}\" fill=\"{ink}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\"{looks}>{words}</text>"
    )
    .unwrap();
}

fn colour(colour: Color, otherwise: &str) -> String {
    match colour {
        Color::Default => otherwise.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Idx(index) => match (NAMED.get(usize::from(index)), index) {
            (Some(named), _) => (*named).to_owned(),
            (None, 232..) => format!("#{0:02x}{0:02x}{0:02x}", 8 + (index - 232) * 10),
            (None, _) => {
                let of = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
                let cube = index - 16;
                format!("#{:02x}{:02x}{:02x}", of(cube / 36), of(cube / 6 % 6), of(cube % 6))
            }
        },
    }
}
