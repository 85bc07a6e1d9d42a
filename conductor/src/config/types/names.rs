//! What models are called: the display names of the configuration.
//!
//! What must stay true: a name is compared without regard to case, and as the name of a model is, so that what is typed for one
//! is never another.

use super::Config;
use crate::domain::ModelId;

/// A name as it is compared.
pub(in crate::config) fn folded(name: &str) -> String {
    ModelId::new(name).as_str().to_lowercase()
}

impl Config {
    /// The display name of a model, where it has one.
    pub fn display_name(&self, id: &ModelId) -> Option<&str> {
        let row = self.models.iter().find(|row| row.id == *id)?;
        Some(row.display_name.as_str()).filter(|name| !name.is_empty())
    }

    /// What a person reads of a model: its display name, else its id without `:latest`.
    pub fn name_of<'a>(&'a self, id: &'a ModelId) -> &'a str {
        self.display_name(id).unwrap_or(id.short())
    }

    /// The model with this display name, however it is written.
    pub fn model_called(&self, name: &ModelId) -> Option<&ModelId> {
        let wanted = folded(name.as_str());
        let rows = self.models.iter().filter(|row| !row.display_name.is_empty());
        rows.into_iter().find(|row| folded(&row.display_name) == wanted).map(|row| &row.id)
    }
}
