//! What a playbook says already: its sections as they are spelt, its advice by what is the same to the letter.

use super::Rules;
use crate::ace::clean;
use crate::domain::{BulletId, Playbook, RejectReason, Text};
use std::collections::HashMap;

/// Where no section is named.
const NO_SECTION: &str = "General";

/// See the module.
pub(super) struct Known {
    /// By its small letters, with how many bullets stand under it.
    sections: HashMap<String, (String, usize)>,
    said: HashMap<String, BulletId>,
}

/// The advice in `text`, on one line.
pub(super) fn content(text: &str, rules: &Rules) -> Result<String, RejectReason> {
    let line = clean::one_line(text);
    let malformed = |what: String| Err(RejectReason::Malformed { what });
    if clean::same(&line).is_empty() {
        return malformed("it says nothing".to_owned());
    }
    if line.chars().count() > rules.content_chars {
        return malformed(format!("it is longer than {} characters", rules.content_chars));
    }
    Ok(line)
}

impl Known {
    /// What `book` says.
    pub(super) fn of(book: &Playbook) -> Self {
        let mut known = Self { sections: HashMap::new(), said: HashMap::new() };
        book.bullets.values().for_each(|bullet| known.learn(bullet.id, &bullet.text));
        known
    }

    pub(super) fn learn(&mut self, id: BulletId, text: &Text) {
        let section = self.sections.entry(text.section.to_lowercase()).or_insert_with(|| (text.section.clone(), 0));
        section.1 += 1;
        self.said.entry(clean::same(&text.content)).or_insert(id);
    }

    pub(super) fn forget(&mut self, id: BulletId, text: &Text) {
        let section = text.section.to_lowercase();
        if let Some((_, count)) = self.sections.get_mut(&section) {
            *count -= 1;
            if *count == 0 {
                self.sections.remove(&section);
            }
        }
        let said = clean::same(&text.content);
        if self.said.get(&said) == Some(&id) {
            self.said.remove(&said);
        }
    }

    /// Both on one line, and the section as it is spelt already where it differs in capitals alone.
    pub(super) fn text(&self, section: &str, text: &str, rules: &Rules) -> Result<Text, RejectReason> {
        let content = content(text, rules)?;
        let named = clean::section(section);
        let named = if named.is_empty() { NO_SECTION.to_owned() } else { named };
        if let Some((spelt, _)) = self.sections.get(&named.to_lowercase()) {
            return Ok(Text { section: spelt.clone(), content });
        }
        let malformed = |what: String| Err(RejectReason::Malformed { what });
        if named.chars().count() > rules.section_chars {
            return malformed(format!("its heading is longer than {} characters", rules.section_chars));
        }
        if self.sections.len() >= rules.most_sections {
            return malformed(format!("there are {} sections already", rules.most_sections));
        }
        Ok(Text { section: named, content })
    }

    /// The bullet that says `content`.
    pub(super) fn says(&self, content: &str) -> Option<BulletId> {
        self.said.get(&clean::same(content)).copied()
    }

    /// No other bullet than `own` says `content`.
    pub(super) fn is_new(&self, content: &str, own: Option<BulletId>) -> Result<(), RejectReason> {
        match self.says(content).filter(|id| Some(*id) != own) {
            Some(id) => Err(RejectReason::Duplicate { id }),
            None => Ok(()),
        }
    }
}
