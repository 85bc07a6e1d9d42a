//! The order of the parts, read from the sources: an upward import, SQL outside the store, HTTP outside the one place, or a
//! terminal in the core fails here.

use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// Each module names only those to its left.
const ORDER: [&str; 9] = ["domain", "config", "privacy", "protocol", "backend", "gpu", "routing", "store", "session"];

/// What the front end may name of the core.
const DOOR: [&str; 5] = ["Conductor", "Setup", "domain", "config", "protocol"];

/// Crates that belong to one place in the core, by module (or file) prefix.
const PLACES: [(&str, &[&str]); 5] = [
    ("rusqlite", &["store"]),
    ("reqwest", &["backend/http", "backend/ollama"]),
    ("ollama_rs", &["backend/ollama"]),
    ("rustls", &["backend/http"]),
    ("sysinfo", &["gpu"]),
];

/// Crates that the core must not name at all.
const NOT_IN_CORE: [&str; 4] = ["ratatui", "crossterm", "clap", "directories"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file under `folder`, with its path from there.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 3, "no sources under {}", folder.display());
    found
}

/// Every path of a file, `use` trees flattened: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn of(source: &str) -> Vec<Vec<String>> {
        let mut paths = Self::default();
        paths.visit_file(&syn::parse_file(source).unwrap());
        paths.0
    }

    fn flatten(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.flatten(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.0.push(with(&name.ident)),
            syn::UseTree::Rename(rename) => self.0.push(with(&rename.ident)),
            syn::UseTree::Glob(_) => self.0.push(before.to_vec()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.flatten(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.flatten(&item.tree, &[]);
    }

    /// `pub(crate)` names nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.0.push(item.path.segments.iter().map(|s| s.ident.to_string()).collect());
    }
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|m| *m == module)
}

fn upward_imports(file: &str, source: &str) -> Vec<String> {
    let Some(own) = rank(file.split(['/', '.']).next().unwrap()) else { return Vec::new() };
    let named = Paths::of(source).into_iter().filter(|p| p.first().is_some_and(|f| f == "crate"));
    named
        .filter(|p| p.get(1).is_none_or(|m| rank(m).is_none_or(|r| r > own)))
        .map(|p| format!("{file}: {}", p.join("::")))
        .collect()
}

#[test]
fn no_module_names_one_above_it() {
    let wrong: Vec<_> =
        sources(&root().join("conductor/src")).iter().flat_map(|(file, source)| upward_imports(file, source)).collect();
    assert!(wrong.is_empty(), "upward imports (the order is {}):\n{}", ORDER.join(" < "), wrong.join("\n"));
}

#[test]
fn the_order_is_the_one_that_the_library_lists() {
    let library = std::fs::read_to_string(root().join("conductor/src/lib.rs")).unwrap();
    let modules: Vec<_> = library.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(modules, ORDER);
}

#[test]
fn an_upward_import_is_found() {
    for (file, source, wrong) in [
        ("domain/x.rs", "use crate::config::Config;", 1),
        ("backend/x.rs", "use crate::{domain::Model, routing::plan};", 1),
        ("backend/x.rs", "fn f() { crate::session::run() }", 1),
        ("backend/x.rs", "use crate::privacy::Sealed; use super::y;", 0),
        ("protocol.rs", "use crate::domain::*;", 0),
        ("privacy/x.rs", "use crate::protocol as p;", 1),
    ] {
        assert_eq!(upward_imports(file, source).len(), wrong, "{file}: {source}");
    }
}

#[test]
fn each_library_stays_in_its_place() {
    let mut wrong = Vec::new();
    for (file, source) in sources(&root().join("conductor/src")) {
        for path in Paths::of(&source) {
            let first = path.first().map_or("", String::as_str);
            let strays = PLACES.iter().any(|(library, places)| *library == first && !places.iter().any(|p| file.starts_with(p)));
            let prints = matches!(first, "println" | "print" | "eprintln" | "eprint");
            let reads_environment = path
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .windows(2)
                .any(|w| w == ["env", "var"] || w == ["env", "vars"]);
            let is_test = file.ends_with("real.rs") || file.contains("tests");
            if strays || NOT_IN_CORE.contains(&first) || ((prints || reads_environment) && !is_test) {
                wrong.push(format!("conductor/src/{file}: {}", path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "out of place:\n{}", wrong.join("\n"));
}

#[test]
fn the_front_end_sees_only_the_door() {
    let mut wrong = Vec::new();
    for (file, source) in sources(&root().join("tui/src")) {
        for path in Paths::of(&source) {
            let inside =
                path.first().is_some_and(|f| f == "conductor") && path.get(1).is_some_and(|m| !DOOR.contains(&m.as_str()));
            if inside || path.first().is_some_and(|f| matches!(f.as_str(), "rusqlite" | "reqwest" | "ollama_rs")) {
                wrong.push(format!("tui/src/{file}: {}", path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "past the door:\n{}", wrong.join("\n"));
}

#[test]
fn files_are_small() {
    for folder in ["conductor/src", "tui/src"] {
        for (file, source) in sources(&root().join(folder)) {
            let lines = source.lines().count();
            let is_test = file.contains("tests") || file.ends_with("real.rs");
            assert!(is_test || lines <= 500, "{folder}/{file} has {lines} lines: split it by subject");
            assert!(source.starts_with("//!"), "{folder}/{file} does not say what it owns");
        }
    }
}
