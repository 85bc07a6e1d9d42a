//! A file for the user to begin with: the built-in files with every key commented out.

use super::{FILES, KEYMAP};

const HEAD: &str = "\
## Your settings for Segno. What is written below is what holds anyway: to change a key, remove the `# ` in front of it.
## Lines with ## explain.

";

/// The text of a first `config.toml`: every key with its default, commented out by `# `; the explanations by `## `. Heads
/// of tables stay, so that a key that is uncommented stands in its table. Of the rules for secrets only the explanation: a
/// rule that is copied would no longer be mended by a newer version.
pub fn user_template() -> String {
    let mut out = String::from(HEAD);
    for (name, text) in FILES.into_iter().chain([("keymap.toml", KEYMAP)]) {
        let rules = name == "secrets.toml";
        let lines = text.lines().take_while(|line| !rules || line.is_empty() || line.starts_with('#'));
        for line in lines.chain([""]) {
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
    }
    out
}
