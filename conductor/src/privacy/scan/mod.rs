//! The search for secrets in what would be sent.
//!
//! What must stay true: any bytes can be searched, in linear time, and nothing here panics; a rule is tried only near one of
//! its keywords, never over a whole document, since a conversation is one long document; what is found is never printed; what
//! cannot be searched is not sent.

mod context;
mod encoded;
mod keywords;
mod layer;
mod looks;
mod mask;
mod pem;
mod redact;
mod rule;
#[cfg(test)]
mod tests;

pub use mask::{masked, shown};

use crate::config::{SecretRule, Secrets};
use crate::domain::Finding;
use bytes::Bytes;
use keywords::Keywords;
use layer::Layer;
use rule::{Allowed, Match, Rule};
use std::fmt;
use std::ops::Range;

/// Why nothing could be searched. Then nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// A rule is no regular expression, or is too large a one.
    #[error("the rule {rule} cannot be used: {why}")]
    Rule {
        /// Which.
        rule: String,
        /// Why.
        why: String,
    },
    /// What was found could not be taken out without breaking the request.
    #[error("what was found could not be taken out: {0}")]
    Redaction(String),
}

/// Rules, made ready. Making one takes milliseconds; it is shared.
pub struct Scanner {
    rules: Vec<Rule>,
    keywords: Keywords,
    allowed: Allowed,
}

impl fmt::Debug for Scanner {
    /// Not the allow-list: it may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanner({} rules)", self.rules.len())
    }
}

impl Scanner {
    /// The rules and the allow-list of the configuration.
    ///
    /// # Errors
    /// Where a rule of the user's is no regular expression.
    pub fn new(rules: &[SecretRule], secrets: &Secrets) -> Result<Self, ScanError> {
        let rules = rules.iter().filter(|rule| rule.enabled).map(Rule::new).collect::<Result<Vec<_>, _>>()?;
        let keywords = Keywords::new(&rules);
        Ok(Self { rules, keywords, allowed: Allowed::new(&secrets.allow)? })
    }

    /// The secrets in plain text, by their place; none overlap.
    ///
    /// # Errors
    /// Where it cannot be searched.
    pub fn text(&self, text: &str) -> Result<Vec<Finding>, ScanError> {
        self.findings(text.as_bytes(), None)
    }

    /// The secrets in the bytes of a request, which are JSON: offsets are those of the bytes, and never cut an escape.
    ///
    /// # Errors
    /// Where it cannot be searched.
    pub fn payload(&self, bytes: &[u8]) -> Result<Vec<Finding>, ScanError> {
        let decoded = layer::is_json(bytes).then(|| Layer::unescaped(bytes));
        self.findings(bytes, decoded)
    }

    /// The same request without the secrets: `[redacted: github-token]` stands where one was. It is still JSON, and a
    /// second search finds nothing.
    ///
    /// # Errors
    /// Where that cannot be had.
    pub fn redact(&self, bytes: &[u8], findings: &[Finding]) -> Result<Bytes, ScanError> {
        let mut clean = redact::replaced(bytes, findings)?;
        // What a longer secret covered may be one of its own once that is gone.
        for _ in 0..ROUNDS {
            let left = self.payload(&clean)?;
            if left.is_empty() {
                return Ok(clean.into());
            }
            clean = redact::replaced(&clean, &left)?;
        }
        Err(ScanError::Redaction("something is found again each time".into()))
    }

    /// What is found in `source`, which `decoded` is the plain form of.
    fn findings(&self, source: &[u8], decoded: Option<Layer>) -> Result<Vec<Finding>, ScanError> {
        let plain = decoded.as_ref().map_or(source, |layer| layer.bytes.as_slice());
        let visible = Layer::visible(plain);
        let text = visible.as_ref().map_or(plain, |layer| layer.bytes.as_slice());
        let found = strongest(self.search(text)?, &self.rules);
        let finding = |found: Match| {
            let mut range = visible.as_ref().map_or(found.range.clone(), |layer| layer.source(&found.range));
            range = decoded.as_ref().map_or(range.clone(), |layer| layer.source(&range));
            let range = whole_characters(source, range);
            let rule = &self.rules[found.rule];
            Finding {
                rule: rule.id.clone(),
                what: rule.what.clone(),
                start: range.start,
                end: range.end,
                masked: found.masked,
                fingerprint: found.fingerprint,
            }
        };
        Ok(found.into_iter().map(finding).collect())
    }

    /// All matches in plain text and in the base64 in it; they may overlap.
    fn search(&self, text: &[u8]) -> Result<Vec<Match>, ScanError> {
        let runs = encoded::runs(text);
        let mut found = Vec::new();
        self.search_plain(text, &runs, &mut found)?;
        for run in runs {
            let Some(decoded) = run.decoded else { continue };
            let mut inside = Vec::new();
            self.search_plain(&decoded, &[], &mut inside)?;
            let covered = run.range;
            let first = strongest(inside, &self.rules).into_iter().next();
            found.extend(first.map(|inner| Match { masked: mask::brief(&text[covered.clone()]), range: covered, ..inner }));
        }
        Ok(found)
    }

    fn search_plain(&self, text: &[u8], runs: &[encoded::Run], found: &mut Vec<Match>) -> Result<(), ScanError> {
        for hits in self.keywords.hits(text, runs)?.chunk_by(|a, b| a.rule == b.rule) {
            self.rules[hits[0].rule].near(text, hits, &self.allowed, found)?;
        }
        for index in self.keywords.everywhere() {
            self.rules[*index].anywhere(text, *index, &self.allowed, found)?;
        }
        Ok(())
    }
}

/// Rounds of taking out, before it is given up.
const ROUNDS: usize = 4;

/// Those of `found` that do not overlap a better one, by their place. A shape that only one issuer uses is better than a
/// guess by looks; then the longer is better, then the rule that stands first.
fn strongest(mut found: Vec<Match>, rules: &[Rule]) -> Vec<Match> {
    found.sort_by_key(|m| (rules[m.rule].by_looks(), usize::MAX - m.range.len(), m.rule, m.range.start));
    let mut kept: std::collections::BTreeMap<usize, Match> = std::collections::BTreeMap::new();
    for one in found {
        let before = kept.range(..one.range.end).next_back();
        if before.is_none_or(|(_, other)| other.range.end <= one.range.start) {
            kept.insert(one.range.start, one);
        }
    }
    kept.into_values().collect()
}

/// The range grown to whole characters of UTF-8.
fn whole_characters(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let (mut start, mut end) = (range.start, range.end);
    for _ in 0..3 {
        start -= usize::from(start > 0 && continues(start));
        end += usize::from(continues(end));
    }
    start..end
}
