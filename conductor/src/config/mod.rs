//! The configuration: embedded defaults < user file < project file < environment < flags, each value with its source.
//!
//! What must stay true: a `Config` never changes once made; nothing here reads the environment or `$HOME` (the front end
//! passes paths and values); an error names the file, the line and the nearest right key; all errors are found in one go;
//! a file of the working folder can only choose models and words.

pub mod demo;
mod duration;
mod error;
mod keylines;
mod nearest;
pub(crate) use nearest::nearest;
mod page;
mod rows;
mod schema;
mod sheet;
mod source;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod texts;
mod types;
mod value;
mod walk;

pub use error::{ConfigError, ConfigErrors, Place};
pub use keylines::KeyLine;
pub use source::{Layers, Row, Source};
pub use syntax::Example;
pub use template::user_template;
pub use texts::{TextLine, texts, texts_of};
pub use types::{
    AceSettings, BackendSettings, Config, DefaultLocation, Defaults, Fallbacks, GpuSettings, HealthSettings, Labels, Layout, Log,
    ModelSettings, OllamaSettings, PerSlot, PlaybookSettings, PoolSettings, Privacy, ProviderPlace, ProviderSettings, Routing,
    SecondOpinion, SecretRule, Secrets, Terminal, Timeouts, Ui, WireFormat,
};

use page::{Page, whole};
use sheet::Sheet;
use walk::{Findings, Scope, walk};

/// The built-in files, with their comments. Each is the manual of what stands in it.
const FILES: [(&str, &str); 7] = [
    ("default.toml", include_str!("../../../config/default.toml")),
    ("backends.toml", include_str!("../../../config/backends.toml")),
    ("labels.toml", include_str!("../../../config/labels.toml")),
    ("models.toml", include_str!("../../../config/models.toml")),
    ("playbooks.toml", include_str!("../../../config/playbooks.toml")),
    ("providers.toml", include_str!("../../../config/providers.toml")),
    ("secrets.toml", include_str!("../../../config/secrets.toml")),
];

/// The keys of the front end as they are without any line of the user's, in the syntax of `[keys]`. Whoever begins a file is
/// given them, too.
pub const KEYMAP: &str = include_str!("../../../config/keymap.toml");

/// A configuration, and where each of its values comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// One row a value, in the order of the built-in files.
    pub rows: Vec<Row>,
}

impl Loaded {
    /// Where the value of a dotted key was set; `None` where it is the built-in one.
    pub fn place(&self, key: &str) -> Option<&Place> {
        self.rows.iter().find(|row| row.key == key)?.place.as_ref()
    }
}

/// Puts the layers over each other.
///
/// # Errors
/// All that is wrong in all layers.
pub fn load(layers: &Layers) -> Result<Loaded, ConfigErrors> {
    load_checked(layers, |_| Vec::new())
}

/// The same, where `check` says what is wrong with the lines of `[keys]`: what keys and actions there are only the front end knows.
///
/// # Errors
/// All that is wrong in all layers, and what `check` says.
pub fn load_checked(layers: &Layers, check: impl FnOnce(&[KeyLine]) -> Vec<ConfigError>) -> Result<Loaded, ConfigErrors> {
    let mut sheet = Sheet::new();
    let (mut errors, mut keys) = (Vec::new(), Vec::new());
    let mut lay = |sheet: &mut Sheet, mut findings: Findings| {
        errors.append(&mut findings.errors);
        keys.append(&mut findings.keys);
        sheet.lay(findings);
    };
    for (name, text) in FILES {
        lay(&mut sheet, walk(&Page::new(name, text), Scope::Embedded));
    }
    if let Some(path) = &layers.user {
        let page = Page::read(path, false);
        if layers.user_required && matches!(page, Ok(None)) {
            let error = whole(path, "the configuration is not there", "see that the path is right, or leave it out");
            lay(&mut sheet, Findings { errors: vec![error], ..Findings::default() });
        }
        lay(&mut sheet, findings(page, Scope::User));
    }
    if let Some(path) = &layers.project {
        lay(&mut sheet, findings(Page::read(path, true), Scope::Project));
    }
    sheet.lay_settings(text::environment(layers, &sheet.key_variables(), &mut errors));
    sheet.lay_settings(text::flags(layers, &mut errors));
    sheet.complete(&mut errors);
    errors.extend(check(&keys));
    if !errors.is_empty() {
        return Err(ConfigErrors(errors));
    }
    let (mut config, mut rows) = sheet.finish()?;
    rows.extend(keys.iter().map(KeyLine::row));
    config.keys = keys;
    Ok(Loaded { config, rows })
}

/// The lines of `[keys]` in a text that is called `name`.
///
/// # Errors
/// All that is wrong with it but for the lines themselves.
pub fn key_lines(name: &str, text: &str) -> Result<Vec<KeyLine>, ConfigErrors> {
    let findings = walk(&Page::new(name, text), Scope::Embedded);
    if findings.errors.is_empty() { Ok(findings.keys) } else { Err(ConfigErrors(findings.errors)) }
}

fn findings(page: Result<Option<Page>, ConfigError>, scope: Scope) -> Findings {
    match page {
        Ok(Some(page)) => walk(&page, scope),
        Ok(None) => Findings::default(),
        Err(error) => Findings { errors: vec![error], ..Findings::default() },
    }
}

/// All that is wrong in all layers; empty when [`load`] would succeed.
pub fn check(layers: &Layers) -> Vec<ConfigError> {
    load(layers).err().map_or_else(Vec::new, |errors| errors.0)
}

impl Default for Config {
    /// The built-in values.
    #[expect(clippy::expect_used, reason = "the built-in files are part of the program, and a test loads them")]
    fn default() -> Self {
        load(&Layers::default()).expect("the built-in configuration").config
    }
}
