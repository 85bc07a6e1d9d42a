//! The prompts of the roles that learn: those that come with Segno, and the user's own in their place or beside them.
//!
//! What must stay true: one that cannot be filled is found when Segno starts, and named by its file and line; nothing here reads a
//! folder.

use crate::ace::roles::{NameError, Role, Roles, TemplateError, TemplateId, Templates, built_in, variable_names};
use crate::config::{AceSettings, nearest};
use crate::domain::{Failure, FailureKind};
use std::path::{Path, PathBuf};

/// A prompt, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptRow {
    /// `reflector.v2`
    pub name: String,
    /// The user's file, where it is theirs.
    pub file: Option<PathBuf>,
    /// What may stand in it as `{{variable}}`.
    pub variables: Vec<&'static str>,
    /// Its text, as it stands in the file.
    pub text: String,
}

/// All prompts there are, by name. `files` are the user's own with their texts.
///
/// # Errors
/// Where the name of a file, or what stands in it, is none of a prompt.
pub(super) fn rows(files: &[(PathBuf, String)]) -> Result<Vec<PromptRow>, Failure> {
    let (templates, named) = templates(files)?;
    let row = |id: &TemplateId| {
        let own = named.iter().rev().find(|(other, ..)| other == id);
        PromptRow {
            name: id.to_string(),
            file: own.map(|(_, path, _)| (*path).to_owned()),
            variables: variable_names(id.role).collect(),
            text: own.map_or_else(|| built_in(id).unwrap_or_default(), |(.., text)| text).to_owned(),
        }
    };
    Ok(templates.ids().map(row).collect())
}

/// What the roles are asked with.
///
/// # Errors
/// As [`rows`], and where no role has the version that `ace.prompts` asks for.
pub(super) fn roles(settings: &AceSettings, files: &[(PathBuf, String)]) -> Result<Roles, Failure> {
    let (templates, _) = templates(files)?;
    Roles::of(settings, &templates).map_err(|versions| {
        let wanted = &settings.prompts;
        let near = nearest(wanted, versions.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`? "));
        let hint = format!("{}there are {}", near.unwrap_or_default(), versions.join(", "));
        broken(format!("`ace.prompts`: there is no version `{wanted}` of the prompts"), hint)
    })
}

/// A file of the user's: what it names, where it is, what stands in it.
type Named<'a> = (TemplateId, &'a Path, &'a str);

fn templates(files: &[(PathBuf, String)]) -> Result<(Templates, Vec<Named<'_>>), Failure> {
    let mut templates = Templates::built_in().map_err(|error| unfit(&error, Role::Generator))?;
    let mut named = Vec::with_capacity(files.len());
    for (path, text) in files {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let id = TemplateId::parse(&stem).map_err(|error| unnamed(path, &error))?;
        let file = path.display().to_string();
        templates = templates.with_override(id.role, &id.version, text, &file).map_err(|error| unfit(&error, id.role))?;
        named.push((id, path.as_path(), text.as_str()));
    }
    Ok((templates, named))
}

fn unnamed(path: &Path, error: &NameError) -> Failure {
    let near = match error {
        NameError::Role { role } => nearest(role, Role::ALL.map(Role::word)).map(|near| format!("did you mean `{near}`? ")),
        NameError::Version { .. } => None,
    };
    let roles = Role::ALL.map(Role::word).join(", ");
    let hint = format!("{}call it ROLE.VERSION.md, as in reflector.v2.md; the roles are {roles}", near.unwrap_or_default());
    broken(format!("{}: {error}", path.display()), hint)
}

fn unfit(error: &TemplateError, role: Role) -> Failure {
    let names: Vec<String> = variable_names(role).map(|name| format!("{{{{{name}}}}}")).collect();
    let hint =
        format!("{} may be in it; `segno config prompts {role}.v2` prints the one that comes with Segno", names.join(", "));
    broken(error.to_string(), hint)
}

fn broken(what: String, hint: String) -> Failure {
    Failure::new(FailureKind::Broken, what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn files(files: &[(&str, &str)]) -> Vec<(PathBuf, String)> {
        files.iter().map(|(name, text)| (Path::new("prompts").join(name), (*text).to_owned())).collect()
    }

    const OWN: &str = "Learn from this.\n---user---\n{{question}} {{outcome}} {{bullets}}";

    #[test]
    fn ones_own_stand_in_the_place_of_others_or_beside_them() {
        let own = files(&[("reflector.v2.md", OWN), ("reflector.mine.md", OWN)]);
        let rows = rows(&own).unwrap();
        assert_eq!(rows.len(), 7);
        for row in &rows {
            let file = own.iter().map(|(path, _)| path).find(|path| path.ends_with(format!("{}.md", row.name)));
            assert_eq!(row.file.as_ref(), file, "{}", row.name);
            assert_eq!(row.text == OWN, file.is_some(), "{}", row.name);
            assert!(row.variables.len() > 3 && !row.text.is_empty(), "{}", row.name);
        }
        let of = |version: &str, files: &[(PathBuf, String)]| {
            let settings = AceSettings { prompts: version.to_owned(), ..Config::default().ace };
            roles(&settings, files).map(|roles| roles.digest())
        };
        let usual = of("v2", &[]).unwrap();
        assert_ne!(of("v1", &[]).unwrap(), usual);
        // The two other roles have the usual prompts.
        assert_ne!(of("mine", &own).unwrap(), usual);
        assert_ne!(of("v2", &own).unwrap(), usual);
        let failure = of("mined", &own).unwrap_err();
        assert_eq!(failure.what, "`ace.prompts`: there is no version `mined` of the prompts");
        assert_eq!(failure.hint, "did you mean `mine`? there are mine, v1, v2");
    }

    #[test]
    fn what_is_wrong_with_one_is_said_with_its_file_and_line() {
        for (name, text, what, hint) in [
            (
                "reflector.v2.md",
                "a\nb\n{{questoin}}",
                "prompts/reflector.v2.md, line 3: there is no variable {{questoin}}; did you mean {{question}}?",
                "`segno config prompts reflector.v2` prints",
            ),
            ("curator.my.own.md", "{{reflection}}", "prompts/curator.my.own.md, line 1: {{playbook}} is missing", "{{stats}}, "),
            ("curator.v1.md", "{{reflection", "prompts/curator.v1.md, line 1: {{ is not closed on its line", "{{stats}}, "),
            ("reflectr.v2.md", OWN, "prompts/reflectr.v2.md: there is no role `reflectr`", "did you mean `reflector`? call it"),
            ("README.md", OWN, "prompts/README.md: there is no role `README`", "call it ROLE.VERSION.md"),
            ("reflector.md", OWN, "prompts/reflector.md: `` is no version", "as in reflector.v2.md"),
            ("reflector.V2.md", OWN, "prompts/reflector.V2.md: `V2` is no version", "as in reflector.v2.md"),
        ] {
            let failure = rows(&files(&[(name, text)])).unwrap_err();
            assert!(failure.what.starts_with(what) && failure.hint.contains(hint), "{name}: {failure:?}");
            assert_eq!(roles(&Config::default().ace, &files(&[(name, text)])), Err(failure));
        }
    }
}
