//! What questions are about, where the user says it: a kind of task, and maybe a narrower subject.

use super::key::{KeyError, PlaybookKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the questions of a conversation are about: `math`, `math/fractions`. With the family of a model it names a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Domain {
    /// The kind of task, in the place of what the words of a question say: `math`, or a word of the user's.
    pub base: String,
    /// A narrower subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

/// Any family: the rules for the other parts do not depend on it.
const FAMILY: &str = "other";

impl Domain {
    /// Reads `math` or `math/fractions`, in whatever case.
    ///
    /// # Errors
    /// As [`PlaybookKey::new`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim().to_lowercase();
        let (base, sub) = text.split_once('/').map_or((&text[..], None), |(base, sub)| (base, Some(sub)));
        let PlaybookKey { base, sub, .. } = PlaybookKey::new(base.trim(), FAMILY, sub.map(str::trim))?;
        Ok(Self { base, sub })
    }

    /// The playbook for such questions to a model of `family`.
    ///
    /// # Errors
    /// As [`PlaybookKey::new`].
    pub fn key(&self, family: &str) -> Result<PlaybookKey, KeyError> {
        PlaybookKey::new(&self.base, family, self.sub.as_deref())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, "/{sub}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_read_as_they_are_written() {
        for (text, parts) in [
            ("math", Some(("math", None))),
            (" Math/Fractions ", Some(("math", Some("fractions")))),
            ("deep-sea / gpt-4", Some(("deep-sea", Some("gpt-4")))),
            ("", None),
            ("/fractions", None),
            ("math/", None),
            ("math/a/b", None),
            ("two words", None),
            ("mathé", None),
            ("-math", None),
            (&"x".repeat(41), None),
        ] {
            let domain = Domain::parse(text);
            let found = domain.as_ref().ok().map(|domain| (domain.base.as_str(), domain.sub.as_deref()));
            assert_eq!(found, parts, "{text:?}: {domain:?}");
            let Ok(domain) = domain else { continue };
            assert_eq!(Domain::parse(&domain.to_string()), Ok(domain.clone()));
            let key = domain.key("qwen").unwrap();
            assert_eq!((key.base, key.sub), (domain.base, domain.sub));
        }
    }
}
