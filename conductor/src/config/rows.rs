//! What must hold between the values of rows once all layers lie over each other: a row is whole, a backend is there, no two have
//! one name, and a provider is where it is said to be.
//!
//! What must stay true: nothing goes over a network in the clear but to a place that the user's own file calls theirs.

use super::error::{ConfigError, Place};
use super::nearest::nearest;
use super::page::whole;
use super::schema::{BACKENDS, MODELS, PROVIDERS, ROW_TABLES, RowTable};
use super::sheet::{Rows, SheetRow};
use super::types::folded;
use super::value::is_this_machine;
use crate::domain::BackendId;
use std::path::Path;

/// What is not the name of a model where one can be typed.
const WORDS: [&str; 4] = ["auto", "lock", "unlock", "guide"];

/// The backend that has no row.
const OLLAMA: &str = BackendId::OLLAMA;

/// Notes what is wrong. A row of which something is known to be wrong is passed over: the rest may come of it.
pub(super) fn check(tables: &[Rows; ROW_TABLES.len()], errors: &mut Vec<ConfigError>) {
    let named = |name: &str| ROW_TABLES.iter().zip(tables).find(|(table, _)| table.name == name).map(|(_, rows)| rows);
    let (providers, hosts) = (named(PROVIDERS), named(BACKENDS));
    for (table, rows) in ROW_TABLES.iter().zip(tables) {
        for row in rows.iter().filter(|row| !row.spoilt) {
            let view = View { table, row };
            let whole = view.missing(errors);
            match table.name {
                MODELS => {
                    errors.extend(view.display_name_taken(rows));
                    errors.extend(providers.zip(hosts).and_then(|(providers, hosts)| view.unknown_backend(providers, hosts)))
                }
                BACKENDS => errors.extend(providers.and_then(|providers| view.taken(providers))),
                PROVIDERS if whole => errors.extend(view.misplaced()),
                _ => {}
            }
        }
    }
}

/// A row with its keys.
struct View<'a> {
    table: &'a RowTable,
    row: &'a SheetRow,
}

impl View<'_> {
    /// The text at a key.
    fn text(&self, name: &str) -> &str {
        let at = self.table.keys.iter().position(|key| key.name == name);
        let setting = at.and_then(|at| self.row.settings[at].as_ref());
        setting.and_then(|setting| setting.value.as_str()).unwrap_or_default()
    }

    /// An error at the first of these keys that the user's file sets, else at the row.
    fn error(&self, keys: &[&str], what: String, hint: impl Into<String>) -> ConfigError {
        let place = |name: &&str| {
            let at = self.table.keys.iter().position(|key| key.name == *name)?;
            self.row.settings[at].as_ref()?.place.clone()
        };
        let built_in = || whole(Path::new("built in"), "", "").place;
        let place: Place = keys.iter().find_map(place).or_else(|| self.row.place.clone()).unwrap_or_else(built_in);
        ConfigError { place, what, hint: hint.into() }
    }

    /// Notes the keys that have to be given and are not; true where there are none.
    fn missing(&self, errors: &mut Vec<ConfigError>) -> bool {
        if self.table.inherits {
            return true;
        }
        let mut whole = true;
        for (key, _) in self.table.keys.iter().zip(&self.row.settings).filter(|(_, setting)| setting.is_none()) {
            whole = false;
            let what = format!("the {} `{}` has no `{}`", self.table.thing, self.row.id, key.name);
            errors.push(self.error(&[], what, format!("add a line to its row: {} = {}", key.name, key.example)));
        }
        whole
    }

    fn unknown_backend(&self, providers: &Rows, hosts: &Rows) -> Option<ConfigError> {
        let backend = self.text("backend");
        let lost = providers.lost || hosts.lost;
        if backend == OLLAMA || lost || providers.has(backend) || hosts.has(backend) {
            return None;
        }
        let known = providers.iter().chain(hosts.iter()).map(|row| row.id.as_str());
        let hint = match nearest(backend, known.chain([OLLAMA])) {
            Some(id) => format!("did you mean `{id}`?"),
            None => format!("describe it in a row [[{PROVIDERS}]] with id = \"{backend}\""),
        };
        Some(self.error(&["backend"], format!("the model `{}`: there is no provider `{backend}`", self.row.id), hint))
    }

    /// A display name that another model has, or that is another model's id, or a word that says something else where a model is
    /// named: nobody would know which is meant.
    fn display_name_taken(&self, rows: &Rows) -> Option<ConfigError> {
        let name = self.text("display_name");
        let is_so_called = |other: &str| folded(other) == folded(name);
        let row = |row| View { table: self.table, row };
        let others = || rows.iter().filter(|other| other.id != self.row.id);
        let what = if name.is_empty() {
            return None;
        } else if WORDS.into_iter().any(is_so_called) {
            format!("`{name}` is a word of Segno's own and no name for the model `{}`", self.row.id)
        } else if let Some(other) = others().find(|other| is_so_called(&other.id)) {
            format!("the model `{}` is called as the model `{}` is", self.row.id, other.id)
        } else {
            // Of two that have one name the later is told.
            let before = rows.iter().take_while(|other| other.id != self.row.id);
            let other = before.into_iter().find(|other| is_so_called(row(*other).text("display_name")))?;
            format!("the models `{}` and `{}` have one display name, `{name}`", other.id, self.row.id)
        };
        Some(self.error(&["display_name"], what, "choose another name: it says which model is asked"))
    }

    /// A host that is called as a provider is: whoever names it would not know which is meant.
    fn taken(&self, providers: &Rows) -> Option<ConfigError> {
        let id = &self.row.id;
        let what = format!("the host `{id}` is called as a provider is");
        providers.has(id).then(|| self.error(&["id"], what, "choose another name: it says which of them answers"))
    }

    fn misplaced(&self) -> Option<ConfigError> {
        let (place, endpoint) = (self.text("place"), self.text("endpoint"));
        if is_this_machine(endpoint) {
            return None;
        }
        let id = &self.row.id;
        let scheme = endpoint.split("://").next().unwrap_or_default();
        match place {
            "here" => {
                let what = format!("the provider `{id}` is not here: its endpoint is no address of this machine");
                Some(self.error(
                    &["place", "endpoint"],
                    what,
                    "write place = \"network\" for a machine of your own, else \"external\"",
                ))
            }
            "external" if !scheme.eq_ignore_ascii_case("https") => {
                let what = format!("the provider `{id}` would be asked without encryption");
                let hint = "write https://; for a machine of your own network, say place = \"network\"";
                Some(self.error(&["endpoint", "place"], what, hint))
            }
            _ => None,
        }
    }
}
