//! Where keywords stand: one pass over the text for those of all rules.

use super::ScanError;
use super::encoded::Run;
use super::rule::Rule;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A keyword in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// The rule that looks for it.
    pub rule: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
}

/// The keywords of all rules.
#[derive(Debug)]
pub(super) struct Keywords {
    words: Vec<String>,
    /// Made when the first text is searched: it takes longer than all else.
    machine: OnceLock<Result<AhoCorasick, String>>,
    /// For each keyword the rules that have it.
    owners: Vec<Vec<usize>>,
    /// Rules without keywords.
    everywhere: Vec<usize>,
}

/// What a space in a keyword may stand for.
const SEPARATORS: [&str; 5] = ["", " ", "_", "-", "."];

impl Keywords {
    /// Those of `rules`.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut index: HashMap<String, usize> = HashMap::new();
        let (mut words, mut owners) = (Vec::new(), Vec::<Vec<usize>>::new());
        for (number, rule) in rules.iter().enumerate() {
            for word in rule.keywords.iter().flat_map(|word| spellings(&word.to_lowercase())) {
                let at = *index.entry(word.clone()).or_insert_with(|| {
                    words.push(word);
                    owners.push(Vec::new());
                    owners.len() - 1
                });
                if owners[at].last() != Some(&number) {
                    owners[at].push(number);
                }
            }
        }
        let everywhere = rules.iter().enumerate().filter(|(_, rule)| rule.keywords.is_empty()).map(|(at, _)| at).collect();
        Self { words, machine: OnceLock::new(), owners, everywhere }
    }

    /// Rules without keywords.
    pub(super) fn everywhere(&self) -> &[usize] {
        &self.everywhere
    }

    /// Where they stand, by rule and then by place. Not looked at: images and other data in long `runs`.
    ///
    /// # Errors
    /// Where there are too many keywords.
    pub(super) fn hits(&self, text: &[u8], runs: &[Run]) -> Result<Vec<Hit>, ScanError> {
        let machine = self.machine.get_or_init(|| {
            let builder = AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(&self.words);
            builder.map_err(|error| error.to_string())
        });
        let machine = machine.as_ref().map_err(|why| ScanError::Rule { rule: "of all keywords".into(), why: why.clone() })?;
        let mut hits = Vec::new();
        let mut data = runs.iter().filter(|run| run.is_data()).peekable();
        for found in machine.find_overlapping_iter(text) {
            while data.next_if(|run| run.range.end < found.end()).is_some() {}
            let inside = data.peek().is_some_and(|run| run.range.start + DATA_HEAD < found.start());
            if !inside {
                let owners = &self.owners[found.pattern().as_usize()];
                hits.extend(owners.iter().map(|rule| Hit { rule: *rule, start: found.start(), end: found.end() }));
            }
        }
        hits.sort_unstable();
        Ok(hits)
    }
}

/// Bytes at the start of data that are looked at all the same: a key in DER is known by how it begins.
const DATA_HEAD: usize = 64;

/// A space stands for a space, another separator, or nothing: `api key` is also `api_key` and `apikey`.
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for (at, part) in word.split(' ').enumerate() {
        let joints: &[&str] = if at == 0 { &[""] } else { &SEPARATORS };
        all = all.iter().flat_map(|head| joints.iter().map(move |joint| format!("{head}{joint}{part}"))).collect();
    }
    all
}
