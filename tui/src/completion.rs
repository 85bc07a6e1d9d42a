//! What may follow what is typed: commands after a slash, models after `/model` and `/pull`.
//!
//! What must stay true: pure; the list is empty where nothing can be added.

use crate::slash::COMMANDS;

/// The names that can be completed.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Models that can be asked.
    pub installed: Vec<String>,
    /// Models that are well known and may be fetched.
    pub known: Vec<String>,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The draft with this chosen.
    pub draft: String,
    /// What the row shows.
    pub label: String,
    /// What it says of it.
    pub about: String,
    /// True where the draft can be sent then.
    pub whole: bool,
}

/// The open list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popup {
    /// The rows; never empty.
    pub items: Vec<Item>,
    /// The one marked.
    pub selected: usize,
    /// True once the user went to a row with a key.
    pub chosen: bool,
}

impl Popup {
    /// The list for `draft`; `None` where it would be empty.
    pub fn of(draft: &str, names: &Names) -> Option<Self> {
        let items = complete(draft, names);
        (!items.is_empty()).then_some(Self { items, selected: 0, chosen: false })
    }

    /// Goes `by` rows, round at the ends.
    pub fn go(&mut self, by: isize) {
        let count = self.items.len() as isize;
        self.selected = (self.selected as isize + by).rem_euclid(count.max(1)) as usize;
        self.chosen = true;
    }

    /// The marked row.
    pub fn item(&self) -> Option<&Item> {
        self.items.get(self.selected)
    }
}

/// The rows for `draft`.
pub fn complete(draft: &str, names: &Names) -> Vec<Item> {
    let Some(rest) = draft.strip_prefix('/') else { return Vec::new() };
    if rest.starts_with('/') || draft.contains('\n') {
        return Vec::new();
    }
    let items = match rest.split_once(' ') {
        None => commands(rest),
        Some((command, typed)) => arguments(command, typed.trim_start(), names),
    };
    // A list of nothing but what is there already helps nobody.
    match items.as_slice() {
        [only] if only.draft.trim_end() == draft.trim_end() => Vec::new(),
        _ => items,
    }
}

fn commands(typed: &str) -> Vec<Item> {
    let rows = COMMANDS.iter().filter(|row| row.name.starts_with(typed));
    let item = |row: &crate::slash::Row| {
        let space = if row.arguments.is_empty() { "" } else { " " };
        let label = format!("/{} {}", row.name, row.arguments).trim_end().to_owned();
        let (draft, whole) = (format!("/{}{space}", row.name), row.arguments.is_empty());
        Item { draft, label, about: row.about.to_owned(), whole }
    };
    rows.map(item).collect()
}

fn arguments(command: &str, typed: &str, names: &Names) -> Vec<Item> {
    let lower = typed.to_lowercase();
    let (mut candidates, about): (Vec<&str>, &str) = match command {
        "model" => (names.installed.iter().map(String::as_str).chain(["auto"]).collect(), ""),
        "pull" => {
            let missing = names.known.iter().filter(|name| !names.installed.contains(name));
            (missing.map(String::as_str).collect(), "not here yet")
        }
        "mouse" => (vec!["on", "off"], ""),
        _ => return Vec::new(),
    };
    candidates.retain(|name| name.to_lowercase().contains(&lower));
    candidates.sort_by_key(|name| !name.to_lowercase().starts_with(&lower));
    let item = |name: &&str| {
        let about = if *name == "auto" { "let Segno choose" } else { about };
        Item { draft: format!("/{command} {name}"), label: (*name).to_owned(), about: about.to_owned(), whole: true }
    };
    candidates.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let names = Names { installed: list(&["llama3.1:8b", "phi3:mini"]), known: list(&["phi3:mini", "mistral:7b"]) };
        for (draft, want) in [
            ("", vec![]),
            ("hello", vec![]),
            ("//", vec![]),
            ("/mo", vec!["/model NAME | auto", "/models", "/mouse on | off"]),
            ("/new", vec![]),
            ("/model", vec!["/model NAME | auto", "/models"]),
            ("/model ", vec!["llama3.1:8b", "phi3:mini", "auto"]),
            ("/model a", vec!["auto", "llama3.1:8b"]),
            ("/model 8B", vec!["llama3.1:8b"]),
            ("/model phi3:mini", vec![]),
            ("/pull ", vec!["mistral:7b"]),
            ("/mouse o", vec!["on", "off"]),
            ("/new x", vec![]),
            ("/mo\n", vec![]),
        ] {
            let got: Vec<String> = complete(draft, &names).into_iter().map(|i| i.label).collect();
            assert_eq!(got, want, "{draft:?}");
        }
    }

    #[test]
    fn going_round() {
        let mut popup = Popup::of("/mo", &Names::default()).unwrap();
        popup.go(-1);
        assert_eq!((popup.selected, popup.chosen), (2, true));
        popup.go(1);
        assert_eq!(popup.item().unwrap().draft, "/model ");
    }
}
