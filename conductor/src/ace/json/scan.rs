//! The walk over a text: where prose, fences, thinking and objects begin and end.
//!
//! What must stay true: it goes forward. Only behind something that is no JSON does it go back to its beginning, to look for the
//! end of thinking, and that not more often than [`RETURNS`].

use super::choose::{self, Choice, Found, Strength};
use super::cursor::{self, Stop};
use super::fence::{Fence, Kind};
use super::parse::{self, Parsed};
use super::thinking::{self, Mark};
use super::{Verdict, Why, string};

/// So often is what went wrong taken for thinking, by an end of thinking behind it.
const RETURNS: usize = 16;

/// What became of the object in `text`.
pub(super) fn verdict(text: &str, cut: bool) -> Verdict {
    let mut scan = Scan::new(text);
    if let Some(mark) = thinking::without_marks(text) {
        scan.thought(mark);
    }
    scan.walk();
    scan.verdict(cut)
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    fence: Option<Fence>,
    /// The fences so far.
    fences: usize,
    /// Braces of prose or code, and square brackets, that are open. What stands in them is no answer, or a part of one.
    braces: usize,
    brackets: usize,
    choice: Choice,
    /// The object in which all ended.
    stop: Option<Stop>,
    /// There was thinking, or the beginning of a fence, and nothing but blanks since.
    thinking: bool,
    fresh: bool,
    returns: usize,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            fence: None,
            fences: 0,
            braces: 0,
            brackets: 0,
            choice: Choice::default(),
            stop: None,
            thinking: false,
            fresh: false,
            returns: 0,
        }
    }

    fn walk(&mut self) {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if (self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n') && self.line() {
                continue;
            }
            if let Some(mark) = self.mark() {
                self.thought(mark);
                continue;
            }
            match byte {
                b'{' => self.brace(),
                b'}' if self.braces == 0 => self.stop(Stop::Wrong(Why::Torn)),
                _ => self.pass(byte),
            }
        }
    }

    fn pass(&mut self, byte: u8) {
        match byte {
            b'}' => self.braces -= 1,
            b'[' => self.brackets += 1,
            b']' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            (self.fresh, self.thinking) = (false, false);
        }
        self.at += 1;
    }

    /// At the beginning of a line: passes it, and a block of code with it, where it opens or closes a fence.
    fn line(&mut self) -> bool {
        match self.fence {
            Some(fence) => match fence.closed(self.text, self.at) {
                Some(end) => self.leave(end),
                None => return false,
            },
            None => match Fence::opened(self.text, self.at) {
                Some(fence) => self.enter(fence),
                None => return false,
            },
        }
        true
    }

    fn enter(&mut self, fence: Fence) {
        (self.braces, self.brackets) = (0, 0);
        (self.fresh, self.thinking) = (true, false);
        self.fences += 1;
        self.fence = Some(fence);
        self.at = fence.body;
        let begins = self.text.get(fence.body..).unwrap_or_default().trim_start_matches(cursor::is_blank);
        if fence.kind == Kind::Code && !begins.starts_with('{') {
            self.skip(&fence);
        }
    }

    fn leave(&mut self, at: usize) {
        (self.braces, self.brackets) = (0, 0);
        self.fence = None;
        self.at = at;
    }

    /// Passes code up to the end of its fence; braces in it are none of JSON. The end of thinking ends it, too: the fence may
    /// have been left open there.
    fn skip(&mut self, fence: &Fence) {
        while self.at < self.text.len() {
            let begins_line = self.text.as_bytes()[self.at - 1] == b'\n';
            if begins_line && let Some(end) = fence.closed(self.text, self.at) {
                return self.leave(end);
            }
            if thinking::may_begin(self.bytes())
                && let Some(end) = thinking::end(self.text, self.at)
            {
                return self.thought(Mark::End(end));
            }
            self.at += 1;
        }
    }

    /// Passes thinking, or forgets all before its end.
    fn thought(&mut self, mark: Mark) {
        match mark {
            Mark::Part(end) => self.at = end,
            Mark::End(end) => {
                let (fences, returns) = (self.fences, self.returns);
                *self = Self { at: end, fences, returns, ..Self::new(self.text) };
            }
        }
        self.thinking = true;
    }

    /// What begins with the brace here.
    fn brace(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        self.thinking = false;
        match parse::object(self.text, self.at) {
            Parsed::Prose(next) => {
                self.braces += 1;
                self.at = next;
            }
            Parsed::Cut => self.stop(Stop::Cut),
            Parsed::Wrong(why) => self.stop(Stop::Wrong(why)),
            Parsed::Object { end, .. } if self.is_torn(end) => self.stop(Stop::Wrong(Why::Torn)),
            Parsed::Object { members, end, elided } => {
                let strength = match self.fence {
                    _ if elided || choose::is_form(&members) => Strength::Form,
                    Some(Fence { kind: Kind::Json, .. }) => Strength::Json,
                    Some(_) if fresh => Strength::Fenced,
                    _ if members.is_empty() || self.is_inline(end) => Strength::Hint,
                    _ => Strength::Bare,
                };
                let found = match (self.brackets > 0, elided) {
                    (true, _) => Found::Not(Why::Array),
                    (_, true) => Found::Not(Why::Elided),
                    _ => Found::Object(members),
                };
                if self.braces == 0 {
                    self.choice.add(found, strength, if self.fence.is_some() { self.fences } else { 0 });
                }
                self.at = end;
                if let Some(end) = self.fence.and_then(|fence| fence.closed_behind(self.text, end)) {
                    self.leave(end);
                }
            }
        }
    }

    /// True where the object from here to `end` fills an inline code span.
    fn is_inline(&self, end: usize) -> bool {
        self.between(0, self.at).ends_with('`') && self.between(end, self.text.len()).starts_with('`')
    }

    /// True where the object from here to `end` is a part of something, or something went on behind its end: where it is a
    /// member, where members or a bracket follow, or where a string in it ran over the end of its fence.
    fn is_torn(&self, end: usize) -> bool {
        let before = self.between(0, self.at).trim_end_matches(cursor::is_blank);
        let key = before.strip_suffix(':').map(|key| key.trim_end_matches(cursor::is_blank));
        if key.is_some_and(|key| key.ends_with(string::opens)) {
            return true;
        }
        if self.fence.is_some_and(|fence| fence.is_overrun(self.text, self.at, end)) {
            return true;
        }
        let after = self.between(end, self.text.len()).trim_start_matches(cursor::is_blank);
        match after.strip_prefix(',') {
            Some(after) => {
                let after = after.trim_start_matches(cursor::is_blank);
                let word = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
                after.starts_with(string::opens) || (word.len() < after.len() && word.starts_with(':'))
            }
            None => (after.starts_with(']') && self.brackets == 0) || begins_with_key(after),
        }
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn mark(&self) -> Option<Mark> {
        if thinking::may_begin(self.bytes()) { thinking::mark(self.text, self.at) } else { None }
    }

    fn between(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Ends the search: nothing behind this can be told from a part of it. Only if it was thinking does what follows count:
    /// where its end stands at the beginning or end of a line, as it does but in strings.
    fn stop(&mut self, stop: Stop) {
        self.stop = Some(stop);
        self.thinking = false;
        self.returns += 1;
        self.at += 1;
        while self.at < self.text.len() {
            match self.mark() {
                Some(mark @ Mark::End(end)) if self.returns <= RETURNS && self.is_at_edge(end) => return self.thought(mark),
                Some(Mark::Part(end) | Mark::End(end)) => self.at = end,
                None => self.at += 1,
            }
        }
    }

    /// True where what stands from here to `end` is the first or last of its line.
    fn is_at_edge(&self, end: usize) -> bool {
        let before = self.between(0, self.at).trim_end_matches([' ', '\t']);
        let after = self.between(end, self.text.len()).trim_start_matches([' ', '\t', '\r']);
        [before.chars().next_back(), after.chars().next()].into_iter().any(|c| c == Some('\n'))
    }

    fn verdict(self, cut: bool) -> Verdict {
        match (self.stop, self.choice.outcome()) {
            (Some(Stop::Cut), _) => Verdict::Truncated,
            (Some(Stop::Wrong(why)), _) => Verdict::Invalid(why),
            (None, Some(Ok(members))) => Verdict::Value(members),
            (None, Some(Err(Why::Array))) if self.brackets > 0 => Verdict::Truncated,
            (None, None | Some(Err(Why::Elided))) if cut => Verdict::Truncated,
            (None, Some(Err(why))) => Verdict::Invalid(why),
            (None, None) if self.thinking => Verdict::Invalid(Why::OnlyThinking),
            (None, None) => Verdict::Invalid(Why::NoObject),
        }
    }
}

/// True where a string in quotes and a colon follow on the same line.
fn begins_with_key(text: &str) -> bool {
    let Some(quote) = text.chars().next().filter(|c| string::opens(*c)) else { return false };
    let rest = text.split_at(quote.len_utf8()).1;
    let end = rest.find([quote, '\n']).filter(|end| rest.as_bytes().get(*end) != Some(&b'\n'));
    end.is_some_and(|end| rest.get(end + quote.len_utf8()..).unwrap_or_default().trim_start().starts_with(':'))
}
