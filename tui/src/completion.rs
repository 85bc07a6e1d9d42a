//! What may follow what is typed: commands after a slash, models after `/model` and `/pull`, files after `@` and `/attach`.
//!
//! What must stay true: pure; the list is empty where nothing can be added.

use crate::attach::{Entry, path};
use crate::fuzzy;
use crate::sanitise::clean_line;
use crate::slash::COMMANDS;
use crate::words;

/// So many files are offered at most.
const FILES: usize = 200;

/// What may follow `/labels`.
const LABELS: [&str; 8] =
    ["off external", "off high_stakes", "off maths", "off code", "on external", "on high_stakes", "on maths", "on code"];

/// The names that can be completed.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Models that can be asked.
    pub installed: Vec<String>,
    /// Models that live in this machine's memory when they are asked.
    pub here: Vec<String>,
    /// Those of them that are in it now.
    pub in_memory: Vec<String>,
    /// Models that are well known and may be fetched.
    pub known: Vec<String>,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it does when it is chosen.
    pub take: Take,
    /// What the row shows.
    pub label: String,
    /// What it says of it.
    pub about: String,
}

/// What a row does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// Becomes the draft.
    Draft {
        /// The words.
        text: String,
        /// True where they can be sent then.
        whole: bool,
    },
    /// Goes into the folder of this path, which ends with a slash.
    Folder(String),
    /// Attaches the file of this path.
    File(String),
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

    /// The list of the files that `typed` may become, in its folder; `None` where it would be empty.
    pub fn of_files(typed: &str, entries: &[Entry]) -> Option<Self> {
        let items = files(typed, entries);
        (!items.is_empty()).then_some(Self { items, selected: 0, chosen: false })
    }

    /// True for a list of files.
    pub fn is_of_files(&self) -> bool {
        !matches!(self.items.first(), None | Some(Item { take: Take::Draft { .. }, .. }))
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
        [Item { take: Take::Draft { text, .. }, .. }] if text.trim_end() == draft.trim_end() => Vec::new(),
        _ => items,
    }
}

fn commands(typed: &str) -> Vec<Item> {
    let rows = COMMANDS.iter().filter(|row| row.name.starts_with(typed));
    let item = |row: &crate::slash::Row| {
        let space = if row.arguments.is_empty() { "" } else { " " };
        let label = format!("/{} {}", row.name, row.arguments).trim_end().to_owned();
        let take = Take::Draft { text: format!("/{}{space}", row.name), whole: row.arguments.is_empty() };
        Item { take, label, about: row.about.to_owned() }
    };
    rows.map(item).collect()
}

fn arguments(command: &str, typed: &str, names: &Names) -> Vec<Item> {
    let lower = typed.to_lowercase();
    let (mut candidates, about): (Vec<&str>, &str) = match command {
        "model" => (names.installed.iter().map(String::as_str).chain(["auto", "lock", "unlock"]).collect(), ""),
        "retry" => (names.installed.iter().map(String::as_str).collect(), ""),
        "load" => (names.here.iter().map(String::as_str).collect(), ""),
        "unload" => (names.in_memory.iter().map(String::as_str).collect(), "in memory"),
        // Names may have several words; what follows a whole one is the question.
        "with" => {
            let begins = |name: &&str| !typed.contains(' ') || name.to_lowercase().starts_with(&lower);
            (names.installed.iter().map(String::as_str).filter(begins).collect(), "")
        }
        "pull" => {
            let missing = names.known.iter().filter(|name| !names.installed.contains(name));
            (missing.map(String::as_str).collect(), "not here yet")
        }
        "mouse" | "offline" => (vec!["on", "off"], ""),
        "labels" => (LABELS.to_vec(), ""),
        _ => return Vec::new(),
    };
    fuzzy::sort(&mut candidates, &lower, |name| (*name).to_owned());
    let item = |name: &&str| {
        let about = match *name {
            "auto" => "let Segno choose",
            "lock" if command == "model" => "let no other answer where the fixed one fails",
            "unlock" => "let others answer again where it fails",
            _ => about,
        };
        let asks = command == "with";
        let take = Take::Draft { text: format!("/{command} {name}{}", if asks { " " } else { "" }), whole: !asks };
        Item { take, label: (*name).to_owned(), about: about.to_owned() }
    };
    candidates.iter().map(item).collect()
}

/// The entries of a folder that begin with what is typed of a name, then those that hold it, without regard to case. Hidden
/// ones are shown to those who ask for them with a dot.
fn files(typed: &str, entries: &[Entry]) -> Vec<Item> {
    let (folder, name) = path::split(typed);
    let lower = name.to_lowercase();
    let wanted =
        |entry: &&Entry| (name.starts_with('.') || !entry.name.starts_with('.')) && entry.name.to_lowercase().contains(&lower);
    let mut found: Vec<&Entry> = entries.iter().filter(wanted).collect();
    found.sort_by_key(|entry| (entry.name != name, !entry.name.to_lowercase().starts_with(&lower)));
    let item = |entry: &Entry| {
        let path = format!("{folder}{}", entry.name);
        let label = clean_line(&entry.name);
        if entry.folder {
            Item { take: Take::Folder(format!("{path}/")), label: format!("{label}/"), about: "folder".to_owned() }
        } else {
            Item { take: Take::File(path), label: label.into_owned(), about: words::bytes(entry.bytes) }
        }
    };
    found.into_iter().take(FILES).map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let names = Names {
            installed: list(&["llama3.1:8b", "phi3:mini"]),
            here: list(&["llama3.1:8b", "phi3:mini"]),
            in_memory: list(&["phi3:mini"]),
            known: list(&["phi3:mini", "mistral:7b"]),
        };
        for (draft, want) in [
            ("", vec![]),
            ("hello", vec![]),
            ("//", vec![]),
            ("/mo", vec!["/model NAME | auto | lock | unlock", "/models", "/mouse on | off"]),
            ("/new", vec![]),
            ("/model", vec!["/model NAME | auto | lock | unlock", "/models"]),
            ("/model ", vec!["llama3.1:8b", "phi3:mini", "auto", "lock", "unlock"]),
            ("/with ph", vec!["phi3:mini"]),
            ("/with phi3:mini why", vec![]),
            ("/model aut", vec!["auto"]),
            ("/model pmini", vec!["phi3:mini"]),
            ("/model 8B", vec!["llama3.1:8b"]),
            ("/model phi3:mini", vec![]),
            ("/pull ", vec!["mistral:7b"]),
            ("/mouse o", vec!["on", "off"]),
            ("/offline of", vec!["off"]),
            ("/labels off m", vec!["off maths"]),
            ("/labels of", vec!["off external", "off high_stakes", "off maths", "off code"]),
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
        assert_eq!(popup.item().unwrap().take, Take::Draft { text: "/model ".into(), whole: false });
        assert!(!popup.is_of_files());
    }

    #[test]
    fn files_of_a_folder() {
        let entry = |name: &str| {
            let folder = name.ends_with('/');
            Entry { name: name.trim_end_matches('/').to_owned(), folder, bytes: 1200 }
        };
        let entries: Vec<Entry> =
            [".git/", ".hidden", "Cargo.toml", "cat.png", "scan.png", "src/", "x\u{1b}[2J"].map(entry).into();
        for (typed, want) in [
            ("", vec!["Cargo.toml", "cat.png", "scan.png", "src/", "x"]),
            ("ca", vec!["Cargo.toml", "cat.png", "scan.png"]),
            ("cat.png", vec!["cat.png"]),
            ("SRC", vec!["src/"]),
            (".", vec![".git/", ".hidden", "Cargo.toml", "cat.png", "scan.png"]),
            (".h", vec![".hidden"]),
            ("zzz", vec![]),
        ] {
            let got: Vec<String> = files(typed, &entries).into_iter().map(|item| item.label).collect();
            assert_eq!(got, want, "{typed:?}");
        }
        let takes: Vec<Take> = files("~/a b/s", &entries).into_iter().map(|item| item.take).collect();
        assert_eq!(takes[..2], [Take::File("~/a b/scan.png".into()), Take::Folder("~/a b/src/".into())]);
        let popup = Popup::of_files("cat", &entries).unwrap();
        assert!(popup.is_of_files() && popup.item().unwrap().about == "1.2 kB");
        assert_eq!(Popup::of_files("zzz", &entries), None);
    }
}
