//! The first screen.

use crate::app::App;
use crate::welcome::{Advice, Kind, Mark, lines};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

/// From so many rows on, blank lines have a place.
const ROOMY: u16 = 10;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let advice = Advice { general: &app.settings.general, quick: &app.settings.quick };
    let roomy = area.height >= ROOMY;
    let theme = &app.theme;
    let lines: Vec<Line<'_>> = lines(app.models.as_ref(), advice, roomy)
        .into_iter()
        .map(|line| match line.kind {
            Kind::Title => Line::styled(line.text, theme.strong),
            Kind::Found(mark) => {
                let (symbol, style) = match mark {
                    Mark::Nothing => ("○", theme.warning),
                    Mark::At(place) => (place.symbol(), theme.place(place)),
                };
                Line::from(vec![Span::styled(format!("{symbol} "), style), Span::styled(line.text, theme.text)])
            }
            Kind::Detail => Line::styled(format!("  {}", line.text), theme.text),
            Kind::Step => Line::from(vec![Span::styled("› ", theme.user_mark), Span::styled(line.text, theme.strong)]),
            Kind::Aside => Line::styled(format!("  {}", line.text), theme.dim),
            Kind::Blank => Line::default(),
        })
        .collect();
    let top = u16::from(roomy);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), y: area.y + top, height: area.height - top };
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buffer);
}
