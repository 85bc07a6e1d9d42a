//! What has changed of the models that are there.

use crate::sanitise::clean_line;
use conductor::domain::{BackendId, Location, Model, ModelId, ServerState};
use conductor::protocol::{ModelsSnapshot, Notice};

/// So many models are named; of more the count is said.
const NAMED: usize = 3;

/// What is new since `before`: a server that is gone, models that came, vanished or run elsewhere now. Nothing is said of
/// `known`, whose coming was told already.
pub fn news(before: &ModelsSnapshot, after: &ModelsSnapshot, known: Option<&ModelId>) -> Vec<Notice> {
    let address = match (&before.server, &after.server) {
        (ServerState::Up { .. }, ServerState::Up { .. }) => return of_models(before, after, known),
        (ServerState::Up { address, .. }, ServerState::Down { .. }) => address,
        _ => return Vec::new(),
    };
    let what = format!("Ollama at {} does not answer any more", clean_line(address));
    vec![Notice::warning(
        what,
        "`segno doctor` in a shell says what to do; what you ask until then is for others or for the guide",
    )]
}

fn of_models(before: &ModelsSnapshot, after: &ModelsSnapshot, known: Option<&ModelId>) -> Vec<Notice> {
    let (old, new) = (listed(before), listed(after));
    let find = |models: &[&Model], id: &ModelId| models.iter().any(|model| model.id == *id);
    let came = new.iter().filter(|model| !find(&old, &model.id) && known != Some(&model.id)).copied();
    let gone = old.iter().filter(|model| !find(&new, &model.id)).copied();
    let moved = new.iter().filter(|model| {
        let was = old.iter().find(|old| old.id == model.id);
        was.is_some_and(|was| was.location.is_local()) && !model.location.is_local()
    });
    let mut notices = Vec::new();
    if let Some(names) = names(came) {
        notices.push(Notice::info(format!("new in Ollama: {names}"), ""));
    }
    if let Some(names) = names(gone) {
        notices.push(Notice::warning(format!("gone from Ollama: {names}"), "what would be asked of it goes to another"));
    }
    for model in moved {
        let what = format!("{} runs on {} from now on", clean_line(model.id.short()), place(&model.location));
        notices.push(Notice::warning(what, "it is asked only after you have seen what would be sent, and said yes"));
    }
    notices
}

/// The models of servers that list what they have; those of providers are named in the configuration.
fn listed(snapshot: &ModelsSnapshot) -> Vec<&Model> {
    snapshot.models.iter().filter(|model| model.backend == BackendId::ollama()).collect()
}

fn place(location: &Location) -> String {
    match location {
        Location::Local => "this machine".to_owned(),
        Location::Network(host) | Location::External(host) => clean_line(host).into_owned(),
    }
}

fn names<'a>(models: impl Iterator<Item = &'a Model>) -> Option<String> {
    let names: Vec<String> = models.map(|model| clean_line(model.id.short()).into_owned()).collect();
    match names.len() {
        0 => None,
        n if n <= NAMED => Some(names.join(", ")),
        n => Some(format!("{} and {} more", names[..NAMED].join(", "), n - NAMED)),
    }
}
