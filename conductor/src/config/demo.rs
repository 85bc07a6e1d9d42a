//! The script of `segno demo`: who is there, what they say, and the steps of the tour.
//!
//! What must stay true: it is a part of the program and no setting; a test reads it whole.

use serde::Deserialize;

/// The settings of the tour's profile, as a user's file.
pub const PROFILE: &str = include_str!("../../../config/demo/profile.toml");

const TOUR: &str = include_str!("../../../config/demo/tour.toml");

/// What stands in questions in place of a secret that is put together only where it is needed, so that nothing that looks like one
/// lies in a file.
const SECRET: &str = "{secret}";

/// The script.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// Milliseconds before the first word of an answer.
    pub think_ms: u64,
    /// Milliseconds between two words.
    pub word_ms: u64,
    /// Who is there.
    pub models: Vec<DemoModel>,
    /// What models say to questions; the first row that fits counts.
    pub answers: Vec<DemoAnswer>,
    /// What those say who learn.
    pub roles: Vec<DemoRole>,
    /// The tour.
    pub steps: Vec<DemoStep>,
}

/// A model that is played.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoModel {
    /// Its name.
    pub id: String,
    /// Its family.
    pub family: String,
    /// Its size in words.
    pub parameters: String,
    /// Its size on disk, in GB.
    #[serde(default)]
    pub size_gb: u32,
    /// Who offers it; empty for one of this machine.
    #[serde(default)]
    pub provider: String,
    /// The host that it is said to run on; empty for this machine.
    #[serde(default)]
    pub location: String,
    /// US dollars for a million tokens that are sent.
    #[serde(default)]
    pub price_input: f64,
    /// US dollars for a million tokens that are answered.
    #[serde(default)]
    pub price_output: f64,
}

/// What is said to a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoAnswer {
    /// Words that the question holds.
    pub to: String,
    /// By this model alone; empty for any.
    #[serde(default)]
    pub model: String,
    /// Only where a bullet was in the prompt.
    #[serde(default)]
    pub advised: bool,
    /// The answer, in which `{bullet}` stands for that bullet's id.
    #[serde(default)]
    pub says: String,
    /// Why none comes; empty where one does.
    #[serde(default)]
    pub fails: String,
}

/// What is said to a role that learns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoRole {
    /// Words of what the role is told to be.
    pub to: String,
    /// The JSON.
    pub says: String,
}

/// A step of the tour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoStep {
    /// What is explained.
    pub say: String,
    /// The same where there is no screen; empty for the same words.
    #[serde(default)]
    pub lines: String,
    /// What the composer holds then.
    #[serde(rename = "type")]
    pub types: String,
    /// What ends it.
    pub until: DemoEnd,
}

/// What ends a step of the tour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoEnd {
    /// A question was answered, or was not.
    #[default]
    Answer,
    /// A playbook was changed by what was learnt.
    Learnt,
    /// A playbook was changed by the user.
    Taken,
}

impl Demo {
    /// The script of this program.
    ///
    /// # Errors
    /// Never, as a test says; else what is wrong with it.
    pub fn built_in() -> Result<Self, String> {
        let mut demo: Self = toml::from_str(TOUR).map_err(|error| error.to_string())?;
        for step in &mut demo.steps {
            step.types = step.types.replace(SECRET, &secret());
        }
        Ok(demo)
    }

    /// What `model` is to say to `question`, with `bullet` in its prompt where there is one; an error for why nothing comes.
    pub fn answer(&self, model: &str, question: &str, bullet: Option<&str>) -> Result<String, &str> {
        let question = question.to_lowercase();
        let fits = |row: &&DemoAnswer| {
            question.contains(&row.to) && (row.model.is_empty() || row.model == model) && (!row.advised || bullet.is_some())
        };
        match self.answers.iter().find(fits) {
            Some(row) if row.fails.is_empty() => Ok(row.says.trim().replace("{bullet}", bullet.unwrap_or_default())),
            Some(row) => Err(&row.fails),
            None => Ok(String::new()),
        }
    }

    /// What a role says that is told to be `system`.
    pub fn role(&self, system: &str) -> &str {
        self.roles.iter().find(|row| system.contains(&row.to)).map(|row| row.says.trim()).unwrap_or_default()
    }
}

/// Looks like a key of a service, and is none.
fn secret() -> String {
    ["ghp", "_", "R4nd0mL00k1ngKey", "Th4tN0b0dyH4s", "1234567"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole() {
        let demo = Demo::built_in().unwrap();
        let ids: Vec<&str> = demo.models.iter().map(|model| model.id.as_str()).collect();
        assert!(ids.iter().all(|id| id.starts_with("simulated-")), "the name says it wherever it stands: {ids:?}");
        for step in demo.steps.iter().filter(|step| !step.types.is_empty() && !step.types.starts_with("/bad")) {
            assert!(!step.say.trim().is_empty() && !step.types.contains('{'), "{step:?}");
            let said = ids.iter().map(|id| demo.answer(id, &step.types, None)).collect::<Vec<_>>();
            assert!(
                step.types == "/playbook"
                    || said.iter().any(|said| said.as_ref().is_ok_and(|words| !words.contains("simulated")))
            );
        }
        assert!(demo.answer(ids[0], "anything else", None).unwrap().contains("simulated"));
        let advised = demo.answer(ids[1], "Duplicates?", Some("c1")).unwrap();
        assert!(advised.contains("[c1]") && demo.answer(ids[1], "duplicates", None).unwrap() != advised, "{advised}");
        assert_eq!(demo.answer(ids[2], "the probability of rain", None), Err("out of memory"));
        for role in &demo.roles {
            assert!(serde_json::from_str::<serde_json::Value>(&role.says).is_ok(), "{}", role.says);
        }
    }
}
