//! What has changed of the models that are there.

use super::Names;
use crate::sanitise::clean_line;
use conductor::domain::{BackendId, Location, Model, ModelId, ServerState};
use conductor::protocol::{ModelsSnapshot, Notice};

/// So many models are named; of more the count is said.
const NAMED: usize = 3;

/// What is new since `before`: servers that are gone, models that came, vanished or run elsewhere now. Nothing is said of
/// `known`, whose coming was told already.
pub fn news(before: &ModelsSnapshot, after: &ModelsSnapshot, known: Option<&ModelId>, names: &Names) -> Vec<Notice> {
    let mut notices = Vec::new();
    // Of what a server has that did not answer, before or now, nothing is known.
    let mut heard = Vec::new();
    for (host, state) in after.states() {
        let was = before.states().find(|(id, _)| *id == host).map(|(_, was)| was);
        match (was, state) {
            (Some(ServerState::Up { .. }), ServerState::Up { .. }) => heard.push(host),
            (Some(ServerState::Up { address, .. }), ServerState::Down { .. }) => {
                let what = format!("Ollama at {} does not answer any more", clean_line(address));
                let hint =
                    "`segno doctor` in a shell says what to do; until then another model answers, or Segno's built-in guide";
                notices.push(Notice::warning(what, hint));
            }
            _ => {}
        }
    }
    notices.extend(of_models(before, after, &heard, (known, names)));
    notices
}

/// The same of the models of the servers that were `heard`. What another server has still, or had already, is neither gone nor new.
fn of_models(
    before: &ModelsSnapshot,
    after: &ModelsSnapshot,
    heard: &[BackendId],
    (known, names): (Option<&ModelId>, &Names),
) -> Vec<Notice> {
    let (old, new) = (listed(before, heard), listed(after, heard));
    let find = |snapshot: &ModelsSnapshot, id: &ModelId| {
        snapshot.models.iter().any(|model| model.id == *id && is_hosts(snapshot, model))
    };
    let came = new.iter().filter(|model| !find(before, &model.id) && known != Some(&model.id)).copied();
    let gone = old.iter().filter(|model| !find(after, &model.id)).copied();
    let moved = new.iter().filter(|model| {
        let was = old.iter().find(|old| old.id == model.id && old.backend == model.backend);
        was.is_some_and(|was| was.location.is_local()) && !model.location.is_local()
    });
    let mut notices = Vec::new();
    if let Some(came) = list(came, names) {
        notices.push(Notice::info(format!("new in Ollama: {came}"), ""));
    }
    if let Some(gone) = list(gone, names) {
        notices.push(Notice::warning(format!("gone from Ollama: {gone}"), "other models answer in its place"));
    }
    for model in moved {
        let what = format!("{} runs on {} from now on", names.exact(&model.id), place(&model.location));
        notices.push(Notice::warning(what, "it is asked only after you have seen what would be sent, and said yes"));
    }
    notices
}

/// The models of servers that list what they have; those of providers are named in the configuration.
fn listed<'a>(snapshot: &'a ModelsSnapshot, heard: &[BackendId]) -> Vec<&'a Model> {
    snapshot.models.iter().filter(|model| heard.contains(&model.backend)).collect()
}

fn is_hosts(snapshot: &ModelsSnapshot, model: &Model) -> bool {
    snapshot.states().any(|(host, _)| host == model.backend)
}

fn place(location: &Location) -> String {
    match location {
        Location::Local => "this machine".to_owned(),
        Location::Network(host) | Location::External(host) => clean_line(host).into_owned(),
    }
}

fn list<'a>(models: impl Iterator<Item = &'a Model>, names: &Names) -> Option<String> {
    let mut list: Vec<String> = models.map(|model| names.exact(&model.id)).collect();
    // What came to several servers at once is one model.
    list.dedup();
    match list.len() {
        0 => None,
        n if n <= NAMED => Some(list.join(", ")),
        n => Some(format!("{} and {} more", list[..NAMED].join(", "), n - NAMED)),
    }
}
