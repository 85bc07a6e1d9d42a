//! `segno config themes`: the themes that there are, and the text of one, to begin another from.

use super::{Console, Exit};
use crate::args::Output;
use crate::nearest::nearest;
use crate::paths::Paths;
use crate::view::theme::{self, BUILT_IN};
use anyhow::{Context, Result};
use conductor::domain::{Failure, FailureKind};

/// Lists them, or prints one.
///
/// # Errors
/// When there is none of this name, or it cannot be read.
pub(super) fn run(name: Option<&str>, output: Output, folders: &Paths, console: &mut Console) -> Result<Exit> {
    if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| Some(*known) == name) {
        console.stream(text);
        return Ok(Exit::Ok);
    }
    let own = theme::own(&folders.themes());
    if let Some(name) = name {
        let Some((_, path)) = own.iter().find(|(known, _)| known == name) else {
            let names = BUILT_IN.iter().map(|(name, _)| *name).chain(own.iter().map(|(name, _)| name.as_str()));
            let near = nearest(name, names).map(|near| format!("did you mean `{near}`? "));
            let hint = format!("{}`segno config themes` lists them", near.unwrap_or_default());
            return Err(Failure::new(FailureKind::NotFound, format!("there is no theme {name}"), hint).into());
        };
        console.stream(&std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?);
        return Ok(Exit::Ok);
    }
    if output.json {
        let built_in = BUILT_IN.iter().map(|(name, _)| serde_json::json!({"name": name, "file": null}));
        let rows: Vec<_> = built_in
            .chain(own.iter().map(|(name, path)| serde_json::json!({"name": name, "file": path.display().to_string()})))
            .collect();
        console.line(&serde_json::to_string_pretty(&rows)?);
        return Ok(Exit::Ok);
    }
    for (name, _) in BUILT_IN {
        console.line(&format!("{name:<16} built in"));
    }
    for (name, path) in own {
        console.line(&format!("{name:<16} {}", path.display()));
    }
    Ok(Exit::Ok)
}
