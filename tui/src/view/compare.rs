//! Two versions of a message: beside each other where there is room, else one below the other.

use super::Hint;
use crate::app::{App, Compare, Overlay};
use crate::words;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// From so many columns on they stand beside each other.
const BESIDE: u16 = 100;

pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) {
    // What depends on the size of the screen changes in it.
    let mut overlay = app.overlay.take();
    if let Some(Overlay::Compare(compare)) = &mut overlay {
        sides(app, compare, area, buffer);
    }
    app.overlay = overlay;
}

fn sides(app: &App, compare: &mut Compare, area: Rect, buffer: &mut Buffer) {
    let mut keys = vec![
        Hint::or("Enter shows the marked one", "Enter shows it"),
        Hint::new("Esc closes"),
        Hint::new("Left Right mark"),
        Hint::new("Up Down scroll"),
    ];
    if compare.ids.len() > 2 {
        keys.push(Hint::new("[ ] another version"));
    }
    let inner = super::pane(app, "two versions", &super::keys_at_foot(app, &keys, area.width), area, buffer);
    let [first, second] = if area.width >= BESIDE {
        let half = inner.width.saturating_sub(3) / 2;
        for row in super::rows(inner) {
            super::write(buffer, row, half + 1, "│", app.theme.border);
        }
        [Rect { width: half, ..inner }, Rect { x: inner.x + half + 3, width: inner.width.saturating_sub(half + 3), ..inner }]
    } else {
        let half = inner.height.div_ceil(2);
        let below = Rect { y: inner.y + half, height: inner.height - half, ..inner };
        [Rect { height: half, ..inner }, below]
    };
    let areas = [first, second];
    let texts = areas.map(|area| Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area });
    // Neither goes further than the longer of them.
    let mut last = 0;
    for (side, text) in compare.sides.iter_mut().zip(texts) {
        side.transcript.set_width(text.width);
        last = last.max(side.transcript.height().saturating_sub(usize::from(text.height)));
    }
    compare.top = compare.top.min(last);
    let (count, top, marked) = (compare.ids.len(), compare.top, compare.marked);
    for (at, (side, (area, text))) in compare.sides.iter_mut().zip(areas.into_iter().zip(texts)).enumerate() {
        let by = side.by.as_deref().unwrap_or("looking …");
        let head = format!("{} version {} of {count} · {by}", if at == marked { "›" } else { " " }, side.at + 1);
        let style = if at == marked { app.theme.strong } else { app.theme.dim };
        super::write(buffer, area, 0, &words::fit(&head, usize::from(area.width)), style);
        side.scroll.to_top(&mut side.transcript);
        side.scroll.settle(&mut side.transcript, text.height);
        side.scroll.down(&mut side.transcript, top);
        super::transcript::draw(&mut side.transcript, &mut side.scroll, &app.theme, text, buffer);
    }
}
