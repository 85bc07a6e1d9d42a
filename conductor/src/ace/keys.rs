//! Names of playbooks.
//!
//! What must stay true: a name is never guessed: where its parts cannot be told apart for certain, that is said; the family is the one
//! that [`family_of`] says.

use crate::domain::{Bullet, FAMILIES, KeyError, Playbook, PlaybookKey, Stage, TaskClass, family_of};

/// The family of models that one without any is of.
const NO_FAMILY: &str = "other";

/// The kinds of task that playbooks are offered for. The user may name others.
pub fn bases() -> impl Iterator<Item = &'static str> {
    TaskClass::ALL.into_iter().filter(|class| *class != TaskClass::Embedding).map(TaskClass::word)
}

/// The family of a model, fit for a [`PlaybookKey`]: what the server says of it (`details.family`, which knows of fine-tunes), else
/// what its name says; `other` where neither does.
pub fn family(model: &str, details: Option<&str>) -> String {
    let told = details.map(str::trim).filter(|family| !family.is_empty());
    let family = match told {
        // Ollama's spelling of the one family whose name has a hyphen.
        Some("gptoss") => "gpt-oss".to_owned(),
        Some(family) => family_of(family),
        None => String::new(),
    };
    let family = if family.is_empty() { family_of(model) } else { family };
    let plain: String =
        family.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') { c } else { '-' }).collect();
    let plain: String = plain.trim_matches('-').chars().take(40).collect();
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { NO_FAMILY.to_owned() } else { plain.to_owned() }
}

/// The playbook that `text` names: a stored one of exactly this name; else split at the only part that is a known family, or the family
/// of a stored one.
///
/// # Errors
/// `Ambiguous` where two stored ones have this name or two parts are families, `NoFamily` where none is, `NoName` where a part is none.
pub fn resolve(text: &str, stored: &[PlaybookKey]) -> Result<PlaybookKey, KeyError> {
    let text = text.trim().to_lowercase();
    let mut exact = stored.iter().filter(|key| key.to_string() == text);
    match (exact.next(), exact.next()) {
        (Some(key), None) => return Ok(key.clone()),
        (Some(_), Some(_)) => return Err(KeyError::Ambiguous { text }),
        (None, _) => {}
    }
    let known = FAMILIES.into_iter().chain(stored.iter().map(|key| key.family.as_str())).chain([NO_FAMILY]);
    let mut found: Vec<(usize, usize)> = known.flat_map(|family| places(&text, family)).collect();
    found.sort_unstable();
    found.dedup();
    // Of `gpt-oss` and a family called `oss` the longer is meant.
    let all = found.clone();
    found.retain(|(from, to)| !all.iter().any(|(a, b)| (a, b) != (from, to) && a <= from && to <= b));
    match found[..] {
        [(from, to)] => {
            let sub = text[to..].strip_prefix('-');
            PlaybookKey::new(&text[..from - 1], &text[from..to], sub)
        }
        [] => Err(KeyError::NoFamily { text }),
        _ => Err(KeyError::Ambiguous { text }),
    }
}

/// Where `family` stands in `text` as one part or several, something before it.
fn places(text: &str, family: &str) -> Vec<(usize, usize)> {
    let whole =
        |from: usize, to: usize| text[..from].ends_with('-') && from > 1 && (to == text.len() || text[to..].starts_with('-'));
    text.match_indices(family).map(|(from, _)| (from, from + family.len())).filter(|(from, to)| whole(*from, *to)).collect()
}

/// The playbooks of a kind of task and a family of models, those of narrower subjects included.
pub fn of_domain<'a>(books: &'a [Playbook], base: &str, family: &str) -> Vec<&'a Playbook> {
    books.iter().filter(|book| book.key.base == base && book.key.family == family).collect()
}

/// The bullets in `stage` of all playbooks of a family of models.
pub fn of_stage<'a>(books: &'a [Playbook], family: &str, stage: Stage) -> Vec<(&'a PlaybookKey, &'a Bullet)> {
    let books = books.iter().filter(|book| book.key.family == family);
    books.flat_map(|book| book.in_stage(stage).map(move |bullet| (&book.key, bullet))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ace::testing::{book, bullet};

    fn key(base: &str, family: &str, sub: Option<&str>) -> PlaybookKey {
        PlaybookKey::new(base, family, sub).unwrap()
    }

    #[test]
    fn families_fit_a_key_whatever_the_model_is_called() {
        for (model, details, family_name) in [
            ("openrouter/qwen/qwen-2.5-7b-instruct", None, "qwen"),
            ("my-fine-tune:latest", Some("qwen2"), "qwen"),
            ("my-fine-tune:latest", Some("gptoss"), "gpt-oss"),
            ("openai/gpt-4o-mini", Some(" "), "gpt4o"),
            ("x y/z1", None, "x-y"),
            ("模型", None, "other"),
            ("", None, "other"),
        ] {
            assert_eq!(family(model, details), family_name, "{model:?} {details:?}");
            assert!(PlaybookKey::new("math", family_name, None).is_ok());
        }
        assert!(FAMILIES.iter().all(|known| family(known, None) == *known), "a family's name is of the family");
        assert_eq!(bases().collect::<Vec<_>>().len(), 7);
    }

    #[test]
    fn names_are_resolved_exactly_or_at_the_only_family() {
        let stored = [key("my-math", "homemade", None), key("a-qwen", "b", None), key("a", "qwen", Some("b"))];
        for (text, found) in [
            ("math-qwen", Some(key("math", "qwen", None))),
            (" Math-Qwen-multiplication ", Some(key("math", "qwen", Some("multiplication")))),
            ("deep-learning-llama", Some(key("deep-learning", "llama", None))),
            ("code-gpt-oss-rust-async", Some(key("code", "gpt-oss", Some("rust-async")))),
            ("llama-care-qwen", Some(key("llama-care", "qwen", None))),
            ("my-math-homemade", Some(key("my-math", "homemade", None))),
            ("code-homemade", Some(key("code", "homemade", None))),
            ("general-other", Some(key("general", "other", None))),
        ] {
            assert_eq!(resolve(text, &stored).ok(), found, "{text:?}");
        }
        for text in ["a-qwen-b", "math-qwen-llama"] {
            assert!(matches!(resolve(text, &stored), Err(KeyError::Ambiguous { .. })), "{text:?}");
        }
        for text in ["math", "qwen", "math-qwenish", "-qwen", ""] {
            let error = resolve(text, &stored).unwrap_err();
            assert!(matches!(error, KeyError::NoFamily { .. }), "{text:?}");
            assert!(error.to_string().ends_with("give --base, --family and --sub"), "{error}");
        }
        assert!(matches!(resolve("math!-qwen", &[]), Err(KeyError::NoName { .. })));
    }

    #[test]
    fn playbooks_are_found_by_domain_and_bullets_by_stage() {
        let mut other = book([bullet(1, Stage::Prod, "a")]);
        other.key = key("code", "qwen", Some("rust"));
        let books = [book([bullet(1, Stage::Prod, "a"), bullet(2, Stage::Shadow, "b")]), other];
        assert_eq!(of_domain(&books, "code", "qwen").len(), 1);
        assert_eq!(of_domain(&books, "code", "llama").len(), 0);
        assert_eq!(of_stage(&books, "qwen", Stage::Prod).len(), 2);
        assert_eq!(of_stage(&books, "qwen", Stage::Archived).len(), 0);
    }
}
