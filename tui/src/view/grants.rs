//! The answers that stand: what may leave the machine, and what may not.

use super::Hint;
use crate::app::{App, Grants};
use crate::sanitise::clean_line;
use crate::transcript::Place;
use crate::words;
use conductor::domain::{Grant, Scope};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(app: &App, grants: &Grants, area: Rect, buffer: &mut Buffer) {
    // They are all: no list of keys has more.
    let keys = [Hint::new("Esc closes"), Hint::or("r takes one back", "r one back"), Hint::or("a takes all back", "a all back")];
    let keys = super::foot::fit(&keys, &[], super::inside(area.width));
    let inner = super::pane(app, "consent", &keys, area, buffer);
    let state = app.privacy();
    let rule = match (state.offline, grants.now_ms) {
        (_, None) => "looking …",
        (true, _) => "offline: nothing leaves this machine",
        (false, _) if state.grants.is_empty() => "no answer is kept: Segno asks before anything leaves this machine",
        (false, _) => "before anything else leaves this machine, Segno asks",
    };
    let mut rows = super::rows(inner);
    for range in crate::transcript::wrap::wrap(rule, usize::from(inner.width)) {
        let Some(row) = rows.next() else { return };
        super::write(buffer, row, 0, &rule[range], app.theme.dim);
    }
    let rows: Vec<Rect> = rows.collect();
    // Two rows each: who and where, and how far.
    let most = (rows.len() / 2).max(1);
    let first = super::first_shown(grants.selected, state.grants.len(), most);
    for (pair, (index, grant)) in rows.chunks(2).zip(state.grants.iter().enumerate().skip(first)) {
        let [head, detail] = pair else { return };
        app.rows.note(head.union(*detail), index, grants.selected);
        draw_grant(app, grant, (index == grants.selected, grants.now_ms.unwrap_or(grant.given_ms)), (*head, *detail), buffer);
    }
}

fn draw_grant(app: &App, grant: &Grant, (marked, now_ms): (bool, i64), (head, detail): (Rect, Rect), buffer: &mut Buffer) {
    let theme = &app.theme;
    super::write(buffer, head, 0, if marked { "›" } else { " " }, theme.text);
    let column = super::write(buffer, head, 2, &words::place(&grant.location), theme.place(Place::from(&grant.location)));
    super::write(buffer, head, column, &format!("  {}", whom(grant, &app.settings.names)), theme.text);
    super::write(buffer, detail, 4, &facts(app, grant, now_ms), theme.dim);
    if marked {
        buffer.set_style(head, theme.selected);
    }
}

/// Where it is for, and whom: `api.openai.com (openai), model gpt-5-mini`.
pub(crate) fn whom(grant: &Grant, names: &words::Names) -> String {
    let host = words::ledger::host(&grant.location);
    let model = grant.model.as_ref().map(|model| format!(", model {}", names.exact(model))).unwrap_or_default();
    format!("{host} ({}){model}", clean_line(grant.provider.as_str()))
}

/// How far it reaches, since when, and what of secrets.
pub(crate) fn facts(app: &App, grant: &Grant, now_ms: i64) -> String {
    let since = words::ago(now_ms, grant.given_ms);
    let here = app.room.conversation.as_ref().map(|conversation| conversation.id);
    let reach = match grant.scope {
        Scope::Never => return format!("never: it is not asked again · said {since}"),
        Scope::Once => "once",
        Scope::Conversation if grant.conversation.is_none() || grant.conversation == here => "this conversation",
        Scope::Conversation => "another conversation",
    };
    let secrets = if grant.redact { "secrets are taken out" } else { "as it is" };
    let kinds = words::consent::kinds(&grant.contents);
    format!("yes for {reach} · {since} · {secrets} · {kinds}")
}
