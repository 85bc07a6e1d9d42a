//! The order of the parts, read from the sources: an upward import, SQL outside the store, HTTP outside the one place, or a
//! terminal in the core fails here.

use std::path::{Path, PathBuf};
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::visit::{self, Visit};

/// Each module names only those to its left.
const ORDER: [&str; 12] =
    ["domain", "config", "cost", "arithmetic", "privacy", "protocol", "backend", "gpu", "routing", "ace", "store", "session"];

/// What the front end may name of the core.
const DOOR: [&str; 10] =
    ["Conductor", "Setup", "Limits", "Inspector", "Recovery", "Router", "Keys", "domain", "config", "protocol"];

/// Crates that belong to one place in the core, by module (or file) prefix.
const PLACES: [(&str, &[&str]); 11] = [
    ("fend_core", &["arithmetic"]),
    ("rusqlite", &["store"]),
    ("reqwest", &["backend/http", "backend/ollama", "backend/provider"]),
    ("ollama_rs", &["backend/ollama"]),
    ("rustls", &["backend/http"]),
    ("tower_layer", &["backend/http"]),
    ("tower_service", &["backend/http"]),
    ("sysinfo", &["gpu"]),
    ("keyring", &["backend/keys/ring"]),
    ("image", &["privacy/strip", "privacy/attach.rs"]),
    ("moxcms", &["privacy/strip"]),
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

/// Every path of a file, `use` trees flattened: `use a::{b, c::d}` gives `a::b` and `a::c::d`. A leading `self` or `super`
/// is replaced by the module that it means.
struct Paths {
    found: Vec<Vec<String>>,
    /// Where we are, from `crate` on.
    module: Vec<String>,
}

impl Paths {
    /// Those of `source`, which is `file` of the crate's `src`.
    fn of(file: &str, source: &str) -> Vec<Vec<String>> {
        let names = file.trim_end_matches(".rs").split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
        let module = std::iter::once("crate").chain(names).map(str::to_owned).collect();
        let mut paths = Self { found: Vec::new(), module };
        paths.visit_file(&syn::parse_file(source).unwrap());
        paths.found
    }

    fn add(&mut self, path: Vec<String>) {
        let up = path.iter().skip(usize::from(path[0] == "self")).take_while(|name| *name == "super").count();
        let here = path[0] == "self" && path.len() > 1;
        if up == 0 && !here {
            return self.found.push(path);
        }
        let base = &self.module[..self.module.len().saturating_sub(up).max(1)];
        self.found.push([base, &path[up + usize::from(here)..]].concat());
    }

    /// The paths in a macro: what stands there is no syntax yet, but names joined by `::` are paths all the same, and a
    /// name before `!` is a macro. Names after a dot are fields and methods.
    fn tokens(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            if input.peek(syn::Ident::peek_any) {
                self.path_in_tokens(input)?;
            } else if input.peek(syn::token::Paren) {
                let inner;
                syn::parenthesized!(inner in input);
                self.tokens(&inner)?;
            } else if input.peek(syn::token::Bracket) {
                let inner;
                syn::bracketed!(inner in input);
                self.tokens(&inner)?;
            } else if input.peek(syn::token::Brace) {
                let inner;
                syn::braced!(inner in input);
                self.tokens(&inner)?;
            } else {
                let is_dot = input.peek(Token![.]) && !input.peek(Token![..]);
                let two = input.peek(Token![..]) || input.peek(Token![::]);
                for _ in 0..if two { 2 } else { 1 } {
                    skip(input)?;
                }
                if is_dot && input.peek(syn::Ident::peek_any) {
                    skip(input)?;
                }
            }
        }
        Ok(())
    }

    fn path_in_tokens(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let mut path = vec![syn::Ident::parse_any(input)?.to_string()];
        while input.peek(Token![::]) {
            input.parse::<Token![::]>()?;
            if input.peek(syn::Ident::peek_any) {
                path.push(syn::Ident::parse_any(input)?.to_string());
            } else if input.peek(syn::token::Brace) {
                let inner;
                syn::braced!(inner in input);
                for tree in inner.parse_terminated(syn::UseTree::parse, Token![,])? {
                    self.flatten(&tree, &path);
                }
                return Ok(());
            } else {
                // `::<T>` or `::*`: the rest is looked at next.
                break;
            }
        }
        self.add(path);
        Ok(())
    }

    fn flatten(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.flatten(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.add(with(&name.ident)),
            syn::UseTree::Rename(rename) => self.add(with(&rename.ident)),
            syn::UseTree::Glob(_) => self.add(before.to_vec()),
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
        self.add(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.add(item.path.segments.iter().map(|s| s.ident.to_string()).collect());
        let mut walk = |input: ParseStream<'_>| self.tokens(input);
        Parser::parse2(|input: ParseStream<'_>| walk(input), item.tokens.clone()).unwrap();
    }

    /// Inside of `mod tests { … }`, `super` is the file's own module.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }
}

/// Passes over one token.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    input.step(|cursor| cursor.token_tree().map(|(_, rest)| ((), rest)).ok_or_else(|| cursor.error("the end")))
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|m| *m == module)
}

fn upward_imports(file: &str, source: &str) -> Vec<String> {
    let Some(own) = rank(file.split(['/', '.']).next().unwrap()) else { return Vec::new() };
    let named = Paths::of(file, source).into_iter().filter(|p| p.first().is_some_and(|f| f == "crate"));
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
        // In macros.
        ("backend/x.rs", "fn f() { tokio::select! { a = crate::session::run() => {} } }", 1),
        ("backend/x.rs", "fn f() { format!(\"{}\", [crate::routing::plan(1)].len()); }", 1),
        ("backend/x.rs", "fn f() { tracing::warn!(why = ?crate::session::WHY, \"crate::session\"); }", 1),
        ("backend/x.rs", "fn f() { vec![crate::{session::A, domain::B}, crate::domain::C]; }", 1),
        ("backend/x.rs", "fn f() { m!(a.session.b, ..crate::session::A, f::<crate::routing::B>()); }", 2),
        ("backend/x.rs", "fn f() { m!(\"crate::session\", crate::domain::A, self::session, 'a: loop {}); }", 0),
        // By way of `super`.
        ("backend/x.rs", "use super::super::session::A;", 1),
        ("backend/x.rs", "use super::session::A;", 0),
        ("backend.rs", "use super::session::A;", 1),
        ("backend/mod.rs", "fn f() { super::session::run() }", 1),
        ("backend/x/mod.rs", "fn f() { self::super::super::session::run() }", 1),
        ("backend/x/y.rs", "use super::super::super::{domain::A, session::B};", 1),
        ("backend/x.rs", "mod tests { use super::super::session::A; use super::*; }", 0),
        ("backend/x.rs", "mod tests { use super::super::super::session::A; }", 1),
        ("backend/x.rs", "fn f() { m!(super::super::session::run()); }", 1),
        ("backend/x.rs", "use super::super::*;", 1),
    ] {
        assert_eq!(upward_imports(file, source).len(), wrong, "{file}: {source}");
    }
}

/// What `source`, which is `file` of the core, names and must not.
fn out_of_place(file: &str, source: &str) -> Vec<String> {
    let is_test = file.ends_with("real.rs") || file.contains("tests");
    let wrong = |path: &Vec<String>| {
        let first = path[0].as_str();
        // A name alone is a variable: a library is named with what is taken of it.
        let strays = path.len() > 1
            && PLACES.iter().any(|(library, places)| *library == first && !places.iter().any(|p| file.starts_with(p)));
        let bare = path.strip_prefix(&["std".to_owned()]).unwrap_or(path);
        let prints = matches!(bare, [name] if matches!(name.as_str(), "println" | "print" | "eprintln" | "eprint"));
        let reads_environment = path.windows(2).any(|w| w[0] == "env" && w[1].starts_with("var"));
        strays || NOT_IN_CORE.contains(&first) || ((prints || reads_environment) && !is_test)
    };
    let paths = Paths::of(file, source).into_iter().filter(wrong);
    paths.map(|path| format!("conductor/src/{file}: {}", path.join("::"))).collect()
}

#[test]
fn each_library_stays_in_its_place() {
    let wrong: Vec<_> =
        sources(&root().join("conductor/src")).iter().flat_map(|(file, source)| out_of_place(file, source)).collect();
    assert!(wrong.is_empty(), "out of place:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_out_of_place_is_found() {
    for (file, source, wrong) in [
        ("session/x.rs", "use rusqlite::Connection;", 1),
        ("store/x.rs", "use rusqlite::Connection;", 0),
        ("backend/guide/x.rs", "fn f() { reqwest::Client::new(); }", 1),
        ("session/x.rs", "fn f() { let image = 1; image::open(image); }", 1),
        ("privacy/strip/x.rs", "use image::DynamicImage; use moxcms::Layout;", 0),
        ("routing/x.rs", "use ratatui::Frame;", 1),
        ("session/labels.rs", "fn f() { fend_core::Context::new(); }", 1),
        ("routing/x.rs", "fn f() { tokio::select! { a = reqwest::get(1) => {} } }", 1),
        ("routing/x.rs", "fn f() { println!(\"x\"); std::eprintln!(); }", 2),
        ("routing/x.rs", "fn f() { tokio::select! { a = b => { print!(\"x\"); std::eprint!() } } }", 2),
        ("routing/x.rs", "fn f() { m!(page.print(1), \"println\"); printer::print(2); }", 0),
        ("routing/x.rs", "fn f() { std::env::var(\"X\"); env::vars(); }", 2),
        ("routing/x.rs", "use std::env::{var_os, vars_os};", 2),
        ("routing/x.rs", "fn f() { std::env::var_os(\"X\"); env!(\"X\"); std::env::consts::OS; }", 1),
        ("routing/x.rs", "fn f() { format!(\"{:?}\", std::env::var_os(\"X\")); }", 1),
        ("backend/ollama/real.rs", "fn f() { std::env::var(\"X\"); println!(); }", 0),
    ] {
        assert_eq!(out_of_place(file, source).len(), wrong, "{file}: {source}");
    }
}

#[test]
fn the_front_end_sees_only_the_door() {
    let mut wrong = Vec::new();
    for (file, source) in sources(&root().join("tui/src")) {
        for path in Paths::of(&file, &source) {
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
