//! The help: made from the table of keys and the table of commands.

use crate::app::{App, Overlay};
use crate::keymap::TABLE;
use crate::slash::COMMANDS;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A row: what is pressed or typed, and what it does. A title has no second part.
fn rows() -> Vec<(String, &'static str)> {
    let mut out = vec![("Commands".to_owned(), "")];
    out.extend(COMMANDS.iter().map(|row| (format!("/{} {}", row.name, row.arguments).trim_end().to_owned(), row.about)));
    out.push((String::new(), ""));
    out.push(("Keys".to_owned(), ""));
    for binding in TABLE.iter().filter(|binding| !binding.about.is_empty()) {
        match out.last_mut() {
            Some((keys, about)) if *about == binding.about => {
                keys.push_str(", ");
                keys.push_str(&binding.key.to_string());
            }
            _ => out.push((binding.key.to_string(), binding.about)),
        }
    }
    out
}

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let inner = super::pane(app, "help", "Up Down scroll · Esc closes", area, buffer);
    let rows = rows();
    // Keys and words side by side where there is room, else one below the other.
    let keys = rows.iter().filter(|row| !row.1.is_empty()).map(|row| row.0.chars().count()).max().unwrap_or(0);
    let words = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or(0);
    let wide = usize::from(inner.width) >= keys + 2 + words;
    let mut text: Vec<(u16, &str, ratatui::style::Style, Option<&str>)> = Vec::new();
    for (left, right) in &rows {
        let style = if right.is_empty() { app.theme.strong } else { app.theme.text };
        if wide {
            text.push((0, left, style, Some(right)));
        } else {
            text.push((0, left, style, None));
            if !right.is_empty() {
                text.push((2, right, app.theme.dim, None));
            }
        }
    }
    let last = text.len().saturating_sub(usize::from(inner.height));
    let Some(Overlay::Help(top)) = &mut app.overlay else { return };
    *top = (*top).min(last);
    let at = u16::try_from(keys + 2).unwrap_or(u16::MAX);
    for (row, (column, words, style, right)) in super::rows(inner).zip(text.iter().skip(*top)) {
        super::write(buffer, row, *column, words, *style);
        if let Some(right) = right {
            super::write(buffer, row, at, right, app.theme.dim);
        }
    }
}
