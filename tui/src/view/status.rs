//! The last row: who answers and where, how long it takes; and the line of a pull.
//!
//! What must stay true: it fits 40 columns by leaving parts out, the sign last of all.

use crate::app::{App, Pull, Turn, is_guide};
use crate::keymap::Action;
use crate::sanitise::clean_line;
use crate::transcript::Place;
use crate::words;
use conductor::domain::{Location, Model, ServerState};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// From so many columns on it is said how full the window is, whatever it is.
const WIDE: u16 = 60;

/// A piece of text in one style.
type Piece = (String, Style);

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(2);
    let begun: Vec<String> = app.begun.iter().map(ToString::to_string).collect();
    let alert = app.models.as_ref().and_then(|snapshot| words::alert(snapshot, &app.settings.names));
    // What `auto` means is said where nothing else wants the room.
    let alone = alert.is_none() && app.room.domain.is_none() && app.answers_behind() == 0 && !app.is_learning();
    let mut left = match &app.toast {
        _ if !begun.is_empty() => vec![(format!("{} …", begun.join(" ")), app.theme.strong)],
        Some(toast) => vec![(toast.text.clone(), app.theme.warning)],
        None => match &app.room.turn {
            Some(turn) => asked(app, turn),
            None => in_force(app, alone && area.width >= WIDE),
        },
    };
    // It stays until it is seen.
    if let Some(alert) = alert.filter(|_| app.room.turn.is_none() && app.toast.is_none()) {
        left.push((format!("  ! /models: {alert}"), app.theme.warning));
    }
    if app.privacy().offline {
        left.insert(0, ("offline  ".to_owned(), app.theme.strong));
    }
    left.extend(domain(app, &left, room));
    let used: usize = left.iter().map(|(text, _)| text.width()).sum();
    let free = room.saturating_sub(used);
    let (behind, right) = if app.is_choosing() {
        // What the line above the draft has no place for.
        let [_, rest] = super::choosing::keys(app, [super::composer::label_room(area.width), free.saturating_sub(2)]);
        (String::new(), rest)
    } else {
        beside(app, free, area.width >= WIDE)
    };
    left.push((behind, app.theme.dim));
    let mut column = 1;
    for (text, style) in &left {
        column = super::write(buffer, area, column, text, *style);
    }
    let at = area.width.saturating_sub(u16::try_from(right.width()).unwrap_or(u16::MAX) + 1);
    super::write(buffer, area, at, &right, app.theme.dim);
}

/// What the questions here are about, where the user said it and there is room.
fn domain(app: &App, left: &[Piece], room: usize) -> Option<Piece> {
    let at_rest = app.room.turn.is_none() && app.toast.is_none();
    let text = app.room.domain.as_ref().filter(|_| at_rest).map(|domain| format!(" · {domain}"))?;
    let used: usize = left.iter().map(|(text, _)| text.width()).sum();
    (used + text.width() <= room).then_some((text, app.theme.text))
}

/// What stands behind the sign, about other conversations, and at the right, in so many columns.
fn beside(app: &App, room: usize, wide: bool) -> (String, String) {
    let behind = match app.answers_behind() {
        _ if app.toast.is_some() => Vec::new(),
        0 if app.is_learning() => vec![" · learning".to_owned()],
        0 => Vec::new(),
        1 => vec![" · 1 answer in the background".to_owned(), " · +1".to_owned()],
        n => vec![format!(" · {n} answers in the background"), format!(" · +{n}")],
    };
    let right = with_context(app, wide, right(app));
    let both = right.iter().flat_map(|right| behind.iter().map(move |behind| (behind.clone(), right.clone())));
    let alone = right.iter().map(|right| (String::new(), right.clone()));
    both.chain(alone).find(|(behind, right)| behind.width() + 2 + right.width() <= room).unwrap_or_default()
}

/// The sign of who is asked now.
fn asked(app: &App, turn: &Turn) -> Vec<Piece> {
    let theme = &app.theme;
    match &turn.candidate {
        None => vec![("○ ".to_owned(), theme.dim), ("choosing a model".to_owned(), theme.text)],
        Some(candidate) if is_guide(candidate) => {
            vec![(format!("{} ", Place::Guide.symbol()), theme.guide), ("guide · built in".to_owned(), theme.text)]
        }
        Some(candidate) => {
            let place = theme.place(Place::from(&candidate.location));
            let class = turn.class.filter(|_| turn.waits.is_none());
            let class = class.map(|class| format!(" · {}", class.word())).unwrap_or_default();
            let name = app.settings.names.model_on(&candidate.model, &candidate.backend);
            let mut pieces = vec![(words::place(&candidate.location), place), (format!("  {name}{class}"), theme.text)];
            pieces
                .extend(turn.waits.as_ref().map(|waits| (format!(" · {}", words::waits(waits, &app.settings.names)), theme.dim)));
            pieces
        }
    }
}

/// Who would be asked.
fn in_force(app: &App, wide: bool) -> Vec<Piece> {
    let theme = &app.theme;
    let guide = |why: &str| vec![(format!("{} ", Place::Guide.symbol()), theme.guide), (why.to_owned(), theme.text)];
    let Some(snapshot) = &app.models else { return guide("looking for Ollama") };
    if let Some(words) = app.compacting_words() {
        return vec![(words, theme.text)];
    }
    if let Some(moving) = &app.moving {
        let name = app.settings.names.model(&moving.model);
        let what = match (&moving.waits, moving.into) {
            (_, false) => "leaves the memory".to_owned(),
            (Some(waits), true) => words::waits(waits, &app.settings.names),
            (None, true) => "loading".to_owned(),
        };
        return vec![(format!("{name} · {what}"), theme.text)];
    }
    if let Some(fixed) = &app.room.fixed {
        let locked = if fixed.locked { " · locked" } else { "" };
        let name = format!("{}{locked}", app.settings.names.model(&fixed.model));
        return match app.model(&fixed.model) {
            Some(model) => {
                let place = theme.place(Place::from(&model.location));
                vec![(words::place(&model.location), place), (format!("  {name}"), theme.text)]
            }
            None => guide(&format!("{name} · not here")),
        };
    }
    match snapshot.best() {
        ServerState::Unknown => guide("looking for Ollama"),
        ServerState::Down { .. } => guide("guide · no Ollama"),
        ServerState::Elsewhere { .. } => guide("guide · Ollama is elsewhere"),
        ServerState::Up { .. } if !snapshot.models.iter().any(|model| model.capabilities.completion) => {
            guide("guide · no model yet")
        }
        ServerState::Up { .. } => auto(app, wide),
    }
}

/// Segno chooses: the places that it may choose from are said. Those are this machine, and where the models of the slots are.
fn auto(app: &App, wide: bool) -> Vec<Piece> {
    let may_be_chosen = |model: &&Model| {
        let here = model.location.is_local();
        let named = app.settings.slots.contains(&model.id) && model.obstacle.is_none() && !app.privacy().offline;
        model.capabilities.completion && (here || named)
    };
    let mut pieces: Vec<Piece> = Vec::new();
    for model in app.known_models().iter().filter(may_be_chosen) {
        let place = format!("{}  ", words::place(&model.location));
        if pieces.iter().all(|(seen, _)| *seen != place) {
            pieces.push((place, app.theme.place(Place::from(&model.location))));
        }
    }
    if pieces.is_empty() {
        return vec![("○ ".to_owned(), app.theme.guide), ("guide · no local model".to_owned(), app.theme.text)];
    }
    // This machine first.
    pieces.sort_by_key(|(place, _)| !place.ends_with(&format!("{}  ", Location::Local.word())));
    pieces.push((if wide { "auto (Segno chooses)" } else { "auto" }.to_owned(), app.theme.text));
    pieces
}

/// The key of the help, behind something else.
fn after(help: &Option<String>) -> String {
    help.as_ref().map(|key| format!(" · {key} help")).unwrap_or_default()
}

/// Puts how full the window is before what stands at the `right`: where the screen is wide, or little room is left.
fn with_context(app: &App, wide: bool, right: Vec<String>) -> Vec<String> {
    let context = app.room.context.as_ref().filter(|now| !app.is_asking() && (wide || now.is_nearly_full()));
    let Some(context) = context.map(words::context::status) else { return right };
    let with = right.iter().map(|right| format!("{context} · {right}"));
    with.chain([context.clone()]).chain(right.iter().cloned()).collect()
}

/// What stands at the right, from the longest form to the shortest.
fn right(app: &App) -> Vec<String> {
    if app.is_asking() {
        return vec!["nothing was sent yet".to_owned(), "not sent yet".to_owned()];
    }
    if let Some(compacting) = &app.room.compacting {
        return vec![if compacting.cancelling { "stopping".to_owned() } else { app.stops("stops") }];
    }
    let Some(turn) = &app.room.turn else {
        let help = app.key_of(Action::Help);
        let missing = app.missing_news().zip(app.key_of(Action::Pull));
        let missing = missing.map(|(model, key)| format!("{key} pulls {}{}", words::names::id(model), after(&help)));
        let usual = match &help {
            Some(key) => vec![format!("/ commands · {key} help"), format!("{key} help"), key.clone()],
            None => vec!["/ commands".to_owned()],
        };
        return missing.into_iter().chain(usual).collect();
    };
    let stop = if turn.cancelling { "stopping".to_owned() } else { app.stops("stops") };
    let waiting = if turn.is_waiting() && turn.seconds > 0 { "waiting " } else { "" };
    let time = format!("{waiting}{} s", turn.seconds);
    let speed = turn.speed.map(|speed| format!(" · ~{speed:.0} tok/s")).unwrap_or_default();
    let seconds = format!("{} s", turn.seconds);
    vec![
        format!("{time}{speed} · {stop}{}", after(&app.key_of(Action::Help))),
        format!("{time}{speed} · {stop}"),
        format!("{time} · {stop}"),
        time,
        seconds,
    ]
}

/// The line of a pull.
pub(super) fn pull(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(pull) = &app.pull else { return };
    let (name, figures) = (words::names::id(&pull.model), figures(pull));
    let stop = match (pull.cancelling, app.room.turn.is_some()) {
        (true, _) => " · stopping",
        (false, true) => "",
        (false, false) => " · Esc stops",
    };
    let first = app.settings.names.on_first();
    let head = format!("pulling {name}{first} ");
    let room = usize::from(area.width).saturating_sub(2);
    // What a narrow screen has no room for is left out: first the key, then the sizes.
    let free = |figures: &str, stop: &str| room.saturating_sub(head.width() + figures.width() + stop.width() + 3);
    let stop = if free(&figures, stop) >= 10 { stop } else { "" };
    let short = figures.split(' ').next().filter(|first| first.ends_with('%')).map(str::to_owned);
    let figures = if free(&figures, stop) >= 8 { figures } else { short.unwrap_or(figures) };
    let left = free(&figures, stop);
    let bar = if left < 4 { String::new() } else { words::bar(pull.completed, pull.total, left.min(40)) };
    let mut column = super::write(buffer, area, 1, &head, app.theme.text);
    column = super::write(buffer, area, column, &bar, app.theme.progress);
    column = super::write(buffer, area, column, &format!(" {figures}"), app.theme.text);
    super::write(buffer, area, column, stop, app.theme.dim);
}

/// `62% 1.4/2.2 GB`; what the server is at, where it knows no total.
fn figures(pull: &Pull) -> String {
    if pull.total == 0 {
        return clean_line(&pull.status).into_owned();
    }
    let percent = u128::from(pull.completed.min(pull.total)) * 100 / u128::from(pull.total);
    let (done, total) = (words::bytes(pull.completed), words::bytes(pull.total));
    let unit = |text: &str| text.rsplit(' ').next().unwrap_or_default().to_owned();
    let done = if unit(&done) == unit(&total) { done.split(' ').next().unwrap_or_default().to_owned() } else { done };
    format!("{percent}% {done}/{total}")
}
