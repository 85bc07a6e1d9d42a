//! A file for the user to begin with: the built-in files with every key commented out.

use super::{DEFAULT_TOML, MODELS_TOML};

const HEAD: &str = "\
## Your settings for Segno. What is written below is what holds anyway: to change a key, remove the `# ` in front of it.
## Lines with ## explain.

";

/// The text of a first `config.toml`: every key with its default, commented out by `# `; the explanations by `## `. Heads
/// of tables stay, so that a key that is uncommented stands in its table.
pub fn user_template() -> String {
    let mut out = String::with_capacity(HEAD.len() + DEFAULT_TOML.len() + MODELS_TOML.len() + 1024);
    out.push_str(HEAD);
    for line in DEFAULT_TOML.lines().chain([""]).chain(MODELS_TOML.lines()) {
        let table = line.starts_with('[') && !line.starts_with("[[");
        match line {
            "" => {}
            _ if line.starts_with('#') => out.push('#'),
            _ if table => {}
            _ => out.push_str("# "),
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
