//! The user guide as sections: one heading, one answer.
//!
//! What must stay true: parsing never fails; a page that breaks a rule loses an attribute, not the program. Pages are
//! embedded, and nothing is parsed before the first question.

use crate::domain::Os;
use std::ops::RangeInclusive;

/// The pages, in the order in which their topics are listed.
const PAGES: [&str; 15] = [
    include_str!("../../../../docs/guide/start.md"),
    include_str!("../../../../docs/guide/ollama.md"),
    include_str!("../../../../docs/guide/models.md"),
    include_str!("../../../../docs/guide/chat.md"),
    include_str!("../../../../docs/guide/plain.md"),
    include_str!("../../../../docs/guide/context.md"),
    include_str!("../../../../docs/guide/history.md"),
    include_str!("../../../../docs/guide/shell.md"),
    include_str!("../../../../docs/guide/routing.md"),
    include_str!("../../../../docs/guide/configuration.md"),
    include_str!("../../../../docs/guide/privacy.md"),
    include_str!("../../../../docs/guide/playbooks.md"),
    include_str!("../../../../docs/guide/learning.md"),
    include_str!("../../../../docs/guide/troubleshooting.md"),
    include_str!("../../../../docs/guide/glossary.md"),
];

/// A section of the guide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// The title of its page.
    pub(super) page: &'static str,
    /// What it answers.
    pub(super) heading: &'static str,
    /// The answer, as markdown with a paragraph or list item on one line: the screen decides where a line ends.
    pub(super) body: String,
    /// Words that people use for it and that stand nowhere in it.
    pub(super) also: &'static str,
    /// The system it is for; `None` for all.
    pub(super) os: Option<Os>,
    /// The memory it is for, in GiB; `None` for all.
    pub(super) memory: Option<RangeInclusive<u64>>,
    /// True where the section for this machine's memory belongs under it.
    pub(super) adds_memory: bool,
}

/// All sections of the guide.
pub(super) fn embedded() -> Vec<Section> {
    PAGES.iter().flat_map(|page| parse(page)).collect()
}

/// The sections of one page. What stands before the first `##` is for readers of the page alone.
pub(super) fn parse(page: &'static str) -> Vec<Section> {
    let title = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim();
    let mut sections: Vec<Section> = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        let fence = line.trim_start().starts_with("```");
        if !fenced && let Some(heading) = line.strip_prefix("## ") {
            sections.push(Section { page: title, heading: heading.trim(), ..Section::default() });
        } else if let Some(section) = sections.last_mut() {
            match attribute(line) {
                Some((key, value)) if !fenced => section.set(key, value),
                _ => push_line(&mut section.body, line, fenced || fence),
            }
        }
        fenced ^= fence;
    }
    for section in &mut sections {
        section.body = section.body.trim().to_owned();
    }
    sections
}

/// `<!-- key: value -->`
fn attribute(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (key, value) = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.split_once(':')?;
    Some((key.trim(), value.trim()))
}

impl Section {
    fn set(&mut self, key: &str, value: &'static str) {
        match key {
            "also" => self.also = value,
            "adds" => self.adds_memory = value == "memory",
            "memory" => self.memory = range(value),
            "os" => {
                self.os = match value {
                    "linux" => Some(Os::Linux),
                    "macos" => Some(Os::Macos),
                    "windows" => Some(Os::Windows),
                    _ => None,
                };
            }
            _ => {}
        }
    }
}

/// `6-11`, or `56-` without an upper end.
fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let (low, high) = text.split_once('-')?;
    let high = if high.trim().is_empty() { u64::MAX } else { high.trim().parse().ok()? };
    Some(low.trim().parse().ok()?..=high)
}

/// Adds a line of a page: to the line before where it goes on with its paragraph or list item, else as its own.
fn push_line(body: &mut String, line: &str, verbatim: bool) {
    let text = line.trim_start();
    let last = body.rsplit('\n').next().unwrap_or_default();
    let goes_on = !verbatim && !starts_block(text) && !last.is_empty() && !last.starts_with("```") && !last.starts_with('|');
    if goes_on {
        body.push(' ');
        body.push_str(text.trim_end());
    } else {
        body.push('\n');
        body.push_str(line.trim_end());
    }
}

/// True for a line that begins something of its own: an empty line, a list item, a row of a table.
fn starts_block(text: &str) -> bool {
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.is_empty() || text.starts_with("- ") || text.starts_with('|') || (number.len() < text.len() && number.starts_with(". "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_sections() {
        let page = "# Page\nfor readers\n## One\n<!-- os: linux -->\n<!-- memory: 6-11 -->\n<!-- also: a, b -->\n\nfirst\nsecond\n\n\
                    - item\n  goes on\n- next\n\n```sh\n## no heading\n  <!-- os: macos -->\n```\n1. a\n2. b\n\nlast\nline\n## Two\n\
                    <!-- memory: 56- -->\n<!-- adds: memory -->\n<!-- os: plan9 -->\n<!-- new: x -->\n| a |\n| b |\n";
        let [one, two] = <[Section; 2]>::try_from(parse(page)).expect("two sections");
        assert_eq!((one.page, one.heading, one.also, one.os), ("Page", "One", "a, b", Some(Os::Linux)));
        assert_eq!((one.memory, one.adds_memory), (Some(6..=11), false));
        let body =
            "first second\n\n- item goes on\n- next\n\n```sh\n## no heading\n  <!-- os: macos -->\n```\n1. a\n2. b\n\nlast line";
        assert_eq!(one.body, body);
        assert_eq!((two.memory, two.adds_memory, two.os), (Some(56..=u64::MAX), true, None));
        assert_eq!(two.body, "| a |\n| b |");
    }

    #[test]
    fn every_embedded_section_is_one_short_answer() {
        let sections = embedded();
        assert!(sections.len() > 40);
        for section in &sections {
            let lines = section.body.lines().filter(|l| !l.trim().is_empty()).count();
            assert!((1..=20).contains(&lines), "{}: {lines} lines", section.heading);
            assert!(!section.page.is_empty() && !section.also.is_empty(), "{}: no page or no words", section.heading);
            assert!(!section.body.contains("<!--"), "{}: an attribute was not read", section.heading);
        }
        let mut headings: Vec<_> = sections.iter().map(|s| s.heading).collect();
        headings.sort_unstable();
        headings.dedup();
        assert_eq!(headings.len(), sections.len(), "two sections of one name");
    }

    #[test]
    fn every_size_of_memory_has_one_section() {
        let sections = embedded();
        for gib in [0, 1, 4, 5, 6, 8, 11, 12, 16, 23, 24, 32, 48, 55, 56, 64, 128, 4096] {
            let fitting = sections.iter().filter(|s| s.memory.as_ref().is_some_and(|m| m.contains(&gib))).count();
            assert_eq!(fitting, 1, "{gib} GiB");
        }
    }
}
