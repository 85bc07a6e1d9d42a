//! The user guide against the program: every command, key, option and setting is named in it, and nothing else is.

use segno_tui::args::Args;
use segno_tui::keymap::{ACTIONS, Keymap};
use segno_tui::slash::{self, COMMANDS, Parsed};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A page without its words for the search: these are no prose, and name what people type by mistake.
fn page(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with("<!--")).map(|line| format!("{line}\n")).collect()
}

/// The pages of the guide as one text.
fn guide() -> String {
    std::fs::read_dir(root().join("docs/guide")).unwrap().map(|entry| page(&entry.unwrap().path())).collect()
}

/// True where `name` stands in `text` with neither a letter nor what a longer name would go on with beside it.
fn names(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '+');
    text.match_indices(name).any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}

/// What stands in code marks, the lines of fenced blocks included.
fn code(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.push(line);
        } else {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

/// The chat commands that a text names, with what follows them. A path has a second slash.
fn slashes(text: &str) -> Vec<&str> {
    let is_one = |code: &&str| code.strip_prefix('/').is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    code(text).into_iter().filter(is_one).collect()
}

/// The words after `segno` wherever it is called.
fn calls(text: &str) -> Vec<Vec<&str>> {
    let calls = code(text).into_iter().flat_map(|code| code.split(['|', ';'])).map(str::trim);
    calls.filter_map(|call| call.strip_prefix("segno ")).map(|rest| rest.split_whitespace().collect()).collect()
}

/// The tables and keys of a file of settings.
fn keys(path: &str) -> BTreeSet<String> {
    let text = read(path);
    let lines = text.lines().filter(|line| !line.starts_with(['#', ' ', ']']));
    let head = |line: &str| line.starts_with('[').then(|| line.to_owned());
    let key = |line: &str| Some(line.split_once(" = ")?.0.to_owned());
    let plain = |key: &String| key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    lines.filter_map(|line| head(line).or_else(|| key(line).filter(plain))).collect()
}

#[test]
fn every_chat_command_is_in_the_guide_and_every_one_there_exists() {
    let chat = read("docs/guide/chat.md");
    for row in COMMANDS {
        let told = slashes(&chat).iter().any(|code| code[1..].split(' ').next() == Some(row.name));
        assert!(told, "/{} is not in docs/guide/chat.md", row.name);
    }
    for page in ["README.md", "CHANGELOG.md"] {
        check_slashes(&read(page));
    }
    check_slashes(&guide());
}

fn check_slashes(text: &str) {
    for code in slashes(text) {
        let whole = if code == "/pull" { "/pull NAME" } else { code };
        assert!(matches!(slash::parse(whole), Parsed::Command(_) | Parsed::With(_)), "`{code}` is no command");
    }
}

#[test]
fn every_key_of_the_help_is_in_the_guide() {
    let guide = guide();
    for binding in Keymap::default().bindings() {
        for key in binding.chord.keys() {
            assert!(names(&guide, &key.to_string()), "{key} ({:?}) is not in docs/guide", binding.action);
        }
    }
}

#[test]
fn every_action_is_in_the_guide() {
    let page = page(&root().join("docs/guide/configuration.md"));
    for row in ACTIONS {
        assert!(code(&page).contains(&row.name), "`{}` is not in docs/guide/configuration.md", row.name);
    }
}

#[test]
fn every_setting_is_in_the_guide() {
    let page = page(&root().join("docs/guide/configuration.md"));
    // In code marks: `code` and `general` are words, too.
    let page = code(&page).join("\n");
    let files = ["default", "labels", "models", "providers", "secrets"].map(|name| keys(&format!("config/{name}.toml")));
    let keys: BTreeSet<_> = files.into_iter().flatten().collect();
    for key in ["[timeouts]", "num_ctx", "[[models]]", "[labels]", "[[providers]]", "key_env", "[[secret_rules]]", "keywords"] {
        assert!(keys.contains(key), "{key}: {keys:?}");
    }
    for key in keys {
        let told = if key.starts_with('[') { page.contains(&key) } else { names(&page, &key) };
        assert!(told, "{key} is not in docs/guide/configuration.md");
    }
}

#[test]
fn every_option_is_in_the_guide_and_every_call_there_is_one() {
    use clap::{CommandFactory, Parser};
    let guide = guide();
    let mut command = Args::command();
    command.build();
    let mut open = vec![&command];
    while let Some(next) = open.pop() {
        open.extend(next.get_subcommands());
        let name = next.get_bin_name().unwrap_or("segno");
        assert!(guide.contains(name), "`{name}` is not in docs/guide");
        for option in next.get_arguments().filter_map(|a| a.get_long()) {
            assert!(names(&guide, &format!("--{option}")), "--{option} of `{name}` is not in docs/guide");
        }
        for variable in next.get_arguments().filter_map(|a| a.get_env()) {
            assert!(names(&guide, &variable.to_string_lossy()), "{variable:?} is not in docs/guide");
        }
    }
    for text in [guide, read("README.md"), read("CHANGELOG.md")] {
        for words in calls(&text) {
            let mut words: Vec<_> = words.into_iter().take_while(|word| !word.starts_with(['#', '>'])).collect();
            if words == ["pull"] {
                words.push("NAME");
            }
            if let Err(error) = Args::try_parse_from(std::iter::once("segno").chain(words.iter().copied())) {
                use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
                assert!(matches!(error.kind(), DisplayHelp | DisplayVersion), "segno {}: {error}", words.join(" "));
            }
        }
    }
}

#[test]
fn every_file_that_the_pages_name_is_there() {
    for page in ["README.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/STYLE.md", "docs/BENCHMARKS.md"] {
        let text = read(page);
        let folders = ["docs/", "tests/", "tui/", "conductor/", "config/", ".ci/", ".githooks"];
        for code in code(&text) {
            let is_path = folders.iter().any(|folder| code.starts_with(folder)) && !code.contains(['*', ' ']);
            assert!(!is_path || root().join(code).exists(), "{page} names {code}, which is not there");
        }
        let folder = root().join(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
            assert!(folder.parent().unwrap().join(link).exists(), "{page} links to {link}, which is not there");
        }
    }
}
