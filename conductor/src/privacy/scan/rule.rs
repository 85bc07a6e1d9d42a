//! One rule, made ready: its regular expression is compiled when it is first needed, and tried near its keywords.

use super::keywords::Hit;
use super::{ScanError, context, looks, mask, pem};
use crate::config::SecretRule;
use crate::domain::Digest;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::OnceLock;

/// The built-in rules as they stand in their file. A test compiles them; a start of the program does not.
const BUILT_IN: &str = include_str!("../../../../config/secrets.toml");

/// Bytes before a keyword where a match may begin that has the keyword in it, such as the scheme before `://`.
const BEFORE: usize = 96;

/// Bytes between the end of a keyword and the start of a match at most: a name, `=`, a quote, a few words.
pub(super) const NEAR: usize = 40;

/// Bytes after that in which a match is looked for to its end; a match that reaches the last of them gets more.
const REACH: usize = 256;

/// Bytes of the longest secret.
const LONGEST: usize = 64 * 1024;

/// Bytes of the longest secret that is known by its looks alone: what is longer is data.
const LONGEST_BY_LOOKS: usize = 512;

/// Characters of the longest pattern that a user may write.
const LONGEST_PATTERN: usize = 2000;

/// Bytes that a compiled pattern may take.
const LARGEST: usize = 1 << 20;

/// A secret that a rule found.
#[derive(Debug)]
pub(super) struct Match {
    /// The rule.
    pub rule: usize,
    /// Where, in the text that was searched.
    pub range: Range<usize>,
    /// For the screen.
    pub masked: String,
    /// Names the secret.
    pub fingerprint: Digest,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its name.
    pub id: String,
    /// What it finds.
    pub what: String,
    /// Its keywords.
    pub keywords: Vec<String>,
    /// Without the `\b` at its start, which is looked at here: it holds after an escape such as `\n`, too.
    pattern: String,
    bounded: bool,
    entropy: f64,
    regex: OnceLock<Result<Regex, String>>,
}

impl Rule {
    /// The rule of a row.
    ///
    /// # Errors
    /// Where it is one of the user's that cannot be used.
    pub(super) fn new(row: &SecretRule) -> Result<Self, ScanError> {
        let bare = row.pattern.strip_prefix(r"\b");
        let rule = Self {
            id: row.id.clone(),
            what: row.what.clone(),
            keywords: row.keywords.clone(),
            pattern: bare.unwrap_or(&row.pattern).to_owned(),
            bounded: bare.is_some(),
            entropy: row.entropy,
            regex: OnceLock::new(),
        };
        if !BUILT_IN.contains(&format!("'''{}'''", row.pattern)) {
            rule.check()?;
        }
        Ok(rule)
    }

    /// # Errors
    /// Where the pattern or a keyword cannot be used.
    pub(super) fn check(&self) -> Result<(), ScanError> {
        let wrong = |why: &str| Err(ScanError::Rule { rule: self.id.clone(), why: why.to_owned() });
        if self.pattern.len() > LONGEST_PATTERN {
            return wrong(&format!("its pattern is longer than {LONGEST_PATTERN} characters"));
        }
        if self.keywords.iter().any(|word| word.trim().is_empty() || word.matches(' ').count() > 3) {
            return wrong("a keyword is empty, or has more than three spaces");
        }
        if self.regex()?.is_match(b"") {
            return wrong("its pattern matches nothing at all");
        }
        Ok(())
    }

    /// True for a rule that guesses: what it finds is a secret by its looks, and not by a shape of its own.
    pub(super) fn by_looks(&self) -> bool {
        self.entropy > 0.0
    }

    fn regex(&self) -> Result<&Regex, ScanError> {
        let compiled = self.regex.get_or_init(|| compile(&self.pattern));
        compiled.as_ref().map_err(|why| ScanError::Rule { rule: self.id.clone(), why: why.clone() })
    }

    /// Looks near keywords; `hits` are this rule's, in order.
    pub(super) fn near(&self, text: &[u8], hits: &[Hit], allowed: &Allowed, found: &mut Vec<Match>) -> Result<(), ScanError> {
        let regex = self.regex()?;
        let mut search = Search { rule: self, regex, text, hits, allowed, from: 0 };
        let mut open: Option<Range<usize>> = None;
        for hit in hits {
            let window = hit.start.saturating_sub(BEFORE)..hit.end + NEAR;
            match &mut open {
                Some(before) if window.start <= before.end => before.end = before.end.max(window.end),
                _ => {
                    if let Some(before) = open.replace(window) {
                        search.window(before, found);
                    }
                }
            }
        }
        if let Some(last) = open {
            search.window(last, found);
        }
        Ok(())
    }

    /// Looks everywhere; `index` is this rule's.
    pub(super) fn anywhere(&self, text: &[u8], index: usize, allowed: &Allowed, found: &mut Vec<Match>) -> Result<(), ScanError> {
        let everything = [Hit { rule: index, start: 0, end: text.len() }];
        let mut search = Search { rule: self, regex: self.regex()?, text, hits: &everything, allowed, from: 0 };
        search.window(0..text.len(), found);
        Ok(())
    }
}

/// Bytes are matched, and classes are those of ASCII, which is fast; a pattern that wants Unicode gets it.
fn compile(pattern: &str) -> Result<Regex, String> {
    let build = |unicode: bool| RegexBuilder::new(pattern).unicode(unicode).size_limit(LARGEST).build();
    build(false).or_else(|_| build(true)).map_err(|error| {
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
    })
}

/// The search of one rule through one text.
struct Search<'a> {
    rule: &'a Rule,
    regex: &'a Regex,
    text: &'a [u8],
    hits: &'a [Hit],
    allowed: &'a Allowed,
    /// Before this all was looked at.
    from: usize,
}

impl Search<'_> {
    /// Looks for matches that begin in `window`.
    fn window(&mut self, window: Range<usize>, found: &mut Vec<Match>) {
        self.from = self.from.max(window.start);
        let mut limit = self.text.len().min(window.end.saturating_add(REACH));
        while self.from <= window.end && self.from <= limit {
            let Some(whole) = self.regex.find_at(&self.text[..limit], self.from) else { return };
            if whole.start() > window.end {
                return;
            }
            // It may go on behind what was looked at.
            if whole.end() == limit && limit < self.text.len() && whole.len() < LONGEST {
                limit = self.text.len().min(limit + REACH.max(whole.len() * 3));
                continue;
            }
            let range = whole.range();
            if self.rule.bounded && !begins(self.text, range.start) {
                self.from = range.start + word(&self.text[range.start..]);
                continue;
            }
            self.from = range.end.max(range.start + 1);
            if let Some(one) = self.judge(range, limit) {
                self.from = self.from.max(one.range.end);
                found.push(one);
            }
        }
    }

    /// The keyword that speaks for a match: one in it, or the nearest before it. Where it goes by looks, one that stands
    /// somewhere in the token is there by chance.
    fn keyword(&self, whole: &Range<usize>, secret: &Range<usize>) -> Option<&Hit> {
        let until = self.hits.partition_point(|hit| hit.start < whole.end);
        let near = self.hits[until.saturating_sub(8)..until].iter().filter(|hit| hit.end + NEAR >= whole.start);
        let by_chance = |hit: &&Hit| self.rule.by_looks() && hit.start > secret.start && hit.end > secret.start;
        near.filter(|hit| !by_chance(hit)).max_by_key(|hit| hit.end)
    }

    /// The secret of a match, if it is one.
    fn judge(&self, whole: Range<usize>, limit: usize) -> Option<Match> {
        let secret = self.secret(whole.clone(), limit)?;
        let hit = self.keyword(&whole, &secret)?;
        let bytes = &self.text[secret.clone()];
        if self.rule.by_looks() {
            let gap = self.text.get(hit.end..secret.start);
            let before = &self.text[hit.start.saturating_sub(context::AHEAD)..hit.start];
            let fits = bytes.len() <= LONGEST_BY_LOOKS && looks::entropy(bytes) >= self.rule.entropy;
            if !fits || !context::is_secret(before, &self.text[hit.start..hit.end], gap, bytes) {
                return None;
            }
        }
        let prefixed = secret.start == hit.start && hit.end < secret.end;
        let example = looks::placeholder(bytes) || (prefixed && looks::spoken(&self.text[hit.end..secret.end]));
        if bytes.len() > LONGEST || example || self.allowed.has(bytes) {
            return None;
        }
        Some(Match { rule: hit.rule, masked: mask::brief(bytes), fingerprint: Digest::of(bytes), range: secret })
    }

    /// What of a match is the secret: its group of that name, or all of it, and of a private key all that follows.
    fn secret(&self, whole: Range<usize>, limit: usize) -> Option<Range<usize>> {
        let named = self.regex.capture_names().flatten().any(|name| name == "secret");
        let secret =
            if named { self.regex.captures_at(&self.text[..limit], whole.start)?.name("secret")?.range() } else { whole };
        if pem::header(&self.text[secret.clone()]).is_some() { pem::extent(self.text, secret) } else { Some(secret) }
    }
}

/// True where a word may begin: after what is no letter or digit, and after an escape such as `\n`, `%3D` or `\u003d`.
fn begins(text: &[u8], at: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match &text[..at] {
        [] => true,
        [.., byte] if !is_word(byte) => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

/// Bytes up to where the next word may begin: a word that is too long is passed over in one step.
fn word(text: &[u8]) -> usize {
    let length = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(text.len());
    length.max(1)
}

/// Texts that are no secrets, as the user said.
pub(super) struct Allowed {
    texts: Vec<String>,
    patterns: Vec<Regex>,
}

impl Allowed {
    /// Of the lines of `secrets.allow`.
    ///
    /// # Errors
    /// Where a line is no regular expression, or would allow anything.
    pub(super) fn new(lines: &[String]) -> Result<Self, ScanError> {
        let (mut texts, mut patterns) = (Vec::new(), Vec::new());
        for line in lines {
            let Some(pattern) = line.strip_prefix("re:") else {
                texts.push(line.clone());
                continue;
            };
            let wrong = |why: String| ScanError::Rule { rule: "of secrets.allow".into(), why };
            let regex = compile(pattern).map_err(wrong)?;
            if pattern.len() > LONGEST_PATTERN || regex.is_match(b"") {
                return Err(wrong("its pattern is too long, or allows everything".into()));
            }
            patterns.push(regex);
        }
        Ok(Self { texts, patterns })
    }

    fn has(&self, secret: &[u8]) -> bool {
        self.texts.iter().any(|text| text.as_bytes() == secret) || self.patterns.iter().any(|regex| regex.is_match(secret))
    }
}
