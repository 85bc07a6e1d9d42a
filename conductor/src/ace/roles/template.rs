//! Prompts as templates: files with `{{variable}}` in them, some of which the user may write anew.
//!
//! What must stay true: a template that was loaded can be filled: its variables are known and the needed ones are there; a value is
//! data, and what stands in it is never looked at again.

use super::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A line with this alone ends the system prompt. Without it all is the user's prompt.
const USER: &str = "---user---";

/// What stands for a value that is empty.
const NONE: &str = "(none)";

/// The files that come with Segno.
const BUILT_IN: [(Role, &str, &str, &str); 6] = [
    (Role::Generator, "v1", "generator.v1.md", include_str!("../../../../config/prompts/generator.v1.md")),
    (Role::Generator, "v2", "generator.v2.md", include_str!("../../../../config/prompts/generator.v2.md")),
    (Role::Reflector, "v1", "reflector.v1.md", include_str!("../../../../config/prompts/reflector.v1.md")),
    (Role::Reflector, "v2", "reflector.v2.md", include_str!("../../../../config/prompts/reflector.v2.md")),
    (Role::Curator, "v1", "curator.v1.md", include_str!("../../../../config/prompts/curator.v1.md")),
    (Role::Curator, "v2", "curator.v2.md", include_str!("../../../../config/prompts/curator.v2.md")),
];

/// The variables of a role, and whether each is needed.
fn variables(role: Role) -> &'static [(&'static str, bool)] {
    match role {
        Role::Generator => &[("question", true), ("playbook", true), ("context", false), ("reflections", false)],
        Role::Reflector => &[
            ("question", true),
            ("outcome", true),
            ("bullets", true),
            ("answer", false),
            ("reasoning", false),
            ("feedback", false),
            ("truth", false),
        ],
        Role::Curator => &[("reflection", true), ("playbook", true), ("stats", false), ("context", false), ("progress", false)],
    }
}

/// The version that is used where nothing else is asked for.
pub const USUAL: &str = "v2";

/// The names of a role's variables.
pub fn variable_names(role: Role) -> impl Iterator<Item = &'static str> {
    variables(role).iter().map(|(name, _)| *name)
}

/// The text of a template that comes with Segno.
pub fn built_in(id: &TemplateId) -> Option<&'static str> {
    BUILT_IN.iter().find(|(role, version, ..)| *role == id.role && *version == id.version).map(|(.., text)| *text)
}

/// Names a template: `generator.v2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TemplateId {
    /// Whose prompt it is.
    pub role: Role,
    /// `v1`, `v2`, or a word of the user's.
    pub version: String,
}

/// A name that is none of a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// What stands before the first dot.
    #[error("there is no role `{role}`")]
    Role {
        /// As it was written.
        role: String,
    },
    /// What stands behind it.
    #[error("`{version}` is no version: use small letters, digits, `_`, `.` and `-`, 1 to 64 of them, a letter or digit first")]
    Version {
        /// As it was written; empty where there is none.
        version: String,
    },
}

impl TemplateId {
    /// Of its parts.
    pub fn new(role: Role, version: impl Into<String>) -> Self {
        Self { role, version: version.into() }
    }

    /// Reads `generator.v2`.
    ///
    /// # Errors
    /// [`NameError`] where it names no role or no version that `ace.prompts` could name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let (role, version) = name.split_once('.').unwrap_or((name, ""));
        let known = Role::ALL.into_iter().find(|known| known.word() == role);
        let known = known.ok_or_else(|| NameError::Role { role: role.to_owned() })?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = version.starts_with(plain) && version.len() <= 64 && version.chars().all(|c| plain(c) || "-_.".contains(c));
        if good { Ok(Self::new(known, version)) } else { Err(NameError::Version { version: version.to_owned() }) }
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.role, self.version)
    }
}

/// A template that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {fault}")]
pub struct TemplateError {
    /// Which file.
    pub file: String,
    /// Counted from 1. For a variable that is missing, the last.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The role has no such variable.
    #[error("there is no variable {{{{{name}}}}}; did you mean {{{{{nearest}}}}}?")]
    Unknown {
        /// As it was written.
        name: String,
        /// The one of the role that is spelt most alike.
        nearest: &'static str,
    },
    /// One that is needed is not there.
    #[error("{{{{{name}}}}} is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// `{{` without `}}` on its line.
    #[error("{{{{ is not closed on its line; the variables are {}", .names.join(", "))]
    Unclosed {
        /// The variables of the role.
        names: Vec<&'static str>,
    },
    /// A second line that ends the system prompt.
    #[error("{USER} stands a second time")]
    SecondUser,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(&'static str),
}

/// A prompt with places for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    id: TemplateId,
    system: Vec<Piece>,
    user: Vec<Piece>,
}

impl Template {
    /// Reads `text`, which is `file` for a person.
    ///
    /// # Errors
    /// [`TemplateError`] for the first place where it is none.
    pub fn parse(id: TemplateId, text: &str, file: &str) -> Result<Self, TemplateError> {
        let (mut system, mut user, mut split) = (Vec::new(), Vec::new(), false);
        let text = text.trim_start_matches('\u{feff}').trim_end();
        let mut last = 0;
        for (line, content) in (1..).zip(text.lines()) {
            let fault = |fault| TemplateError { file: file.to_owned(), line, fault };
            last = line;
            if content.trim() == USER {
                if split {
                    return Err(fault(Fault::SecondUser));
                }
                (system, split) = (std::mem::take(&mut user), true);
                continue;
            }
            pieces(id.role, content, &mut user).map_err(fault)?;
            push(&mut user, "\n");
        }
        [&mut system, &mut user].into_iter().for_each(trim);
        let template = Self { id, system, user };
        let has = |name| template.system.iter().chain(&template.user).any(|piece| *piece == Piece::Variable(name));
        match variables(template.id.role).iter().find(|(name, needed)| *needed && !has(name)) {
            Some((name, _)) => Err(TemplateError { file: file.to_owned(), line: last.max(1), fault: Fault::Missing { name } }),
            None => Ok(template),
        }
    }

    /// Its name.
    pub fn id(&self) -> &TemplateId {
        &self.id
    }

    /// The system prompt and the user's, with `values` at their places. One that is empty or not given is `(none)`.
    pub(super) fn fill(&self, values: &[(&str, &str)]) -> (String, String) {
        let value = |name: &str| values.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value.trim_end());
        let filled = |pieces: &[Piece]| {
            let texts = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Variable(name) => Some(value(name)).filter(|value| !value.is_empty()).unwrap_or(NONE),
            });
            texts.collect::<String>()
        };
        (filled(&self.system), filled(&self.user))
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// Without blank lines at its end.
fn trim(pieces: &mut Vec<Piece>) {
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
        if last.is_empty() {
            pieces.pop();
        }
    }
}

fn pieces(role: Role, line: &str, into: &mut Vec<Piece>) -> Result<(), Fault> {
    let known = variables(role);
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        push(into, before);
        let Some((name, after)) = after.split_once("}}") else {
            return Err(Fault::Unclosed { names: known.iter().map(|(name, _)| *name).collect() });
        };
        let name = name.trim();
        match known.iter().find(|(other, _)| *other == name) {
            Some((name, _)) => into.push(Piece::Variable(name)),
            None => return Err(Fault::Unknown { name: name.to_owned(), nearest: nearest(name, known) }),
        }
        rest = after;
    }
    push(into, rest);
    Ok(())
}

fn nearest(name: &str, known: &'static [(&'static str, bool)]) -> &'static str {
    let likeness = |(other, _): &&(&str, bool)| (strsim::jaro_winkler(name, other) * 1e6) as u32;
    known.iter().max_by_key(likeness).map_or("question", |(name, _)| name)
}

/// All templates there are, by role and version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    all: BTreeMap<TemplateId, Arc<Template>>,
}

impl Templates {
    /// Those that come with Segno: `v1` and `v2` of each role.
    ///
    /// # Errors
    /// None, but for a mistake in Segno's own files.
    pub fn built_in() -> Result<Self, TemplateError> {
        BUILT_IN
            .iter()
            .try_fold(Self::default(), |all, (role, version, file, text)| all.with_override(*role, version, text, file))
    }

    /// With the user's own in place of one there is, or beside them. `source` names its file.
    ///
    /// # Errors
    /// [`TemplateError`] where the text is none.
    pub fn with_override(mut self, role: Role, version: &str, text: &str, source: &str) -> Result<Self, TemplateError> {
        let id = TemplateId::new(role, version);
        self.all.insert(id.clone(), Arc::new(Template::parse(id, text, source)?));
        Ok(self)
    }

    /// The one of a role with this version.
    pub fn get(&self, role: Role, version: &str) -> Option<Arc<Template>> {
        self.all.get(&TemplateId::new(role, version)).cloned()
    }

    /// The names of all.
    pub fn ids(&self) -> impl Iterator<Item = &TemplateId> {
        self.all.keys()
    }
}
