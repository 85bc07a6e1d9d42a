//! One object, from its brace on: a parser of JSON that takes what says the same in other words.
//!
//! What must stay true: what is open is on a stack of its own, not on the thread's; each character is read a fixed number
//! of times.

use super::cursor::{self, Cursor, Stop};
use super::number::{self, Word};
use super::string;
use super::{MAX_DEPTH, Why, fence};
use serde_json::{Map, Value};

/// What begins with a brace.
#[derive(Debug)]
pub(super) enum Parsed {
    /// An object.
    Object {
        /// Its members.
        members: Map<String, Value>,
        /// The place behind it.
        end: usize,
        /// Something was left out of it: its members are not all, or not what was meant.
        elided: bool,
    },
    /// An object that the text ends in.
    Cut,
    /// Like an object, and no JSON.
    Wrong(Why),
    /// No object but prose or code; up to this place there is nothing but a word at most.
    Prose(usize),
}

/// What the brace at `at` of `text` begins.
pub(super) fn object(text: &str, at: usize) -> Parsed {
    let inside = Cursor { text, at: at + 1 };
    match is_prose(inside) {
        Ok(Some(at)) => return Parsed::Prose(at),
        Ok(None) => {}
        Err(Stop::Cut) => return Parsed::Cut,
        Err(Stop::Wrong(why)) => return Parsed::Wrong(why),
    }
    let mut parser = Parser { at: inside, open: vec![Open::Object(Map::new(), None)], elided: false };
    match parser.run() {
        Ok(members) => Parsed::Object { members, end: parser.at.at, elided: parser.elided },
        Err(Stop::Cut) => Parsed::Cut,
        Err(Stop::Wrong(why)) => Parsed::Wrong(why),
    }
}

/// Where neither the end of an object nor a member follows: the place up to which it was looked at. A key in quotes is taken
/// for a member at once, one without when a value begins behind its colon.
fn is_prose(mut at: Cursor<'_>) -> Result<Option<usize>, Stop> {
    // `{#name}` is a mark of Markdown and of templates: a comment behind a brace has a blank in it.
    if at.rest().strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric())) {
        return Ok(Some(at.at));
    }
    at.between()?;
    let next = at.need()?;
    // With a comma in front it is a part of an object.
    if string::opens(next) || matches!(next, '}' | ',') {
        return Ok(None);
    }
    if !cursor::begins_word(next) {
        return Ok(Some(at.at));
    }
    at.word()?;
    at.between()?;
    if at.need()? != ':' {
        return Ok(Some(at.at));
    }
    at.pass(':');
    at.between()?;
    let value = at.at;
    let next = at.need()?;
    let is_value = string::opens(next)
        || matches!(next, '0'..='9' | '+' | '-' | '.' | '…' | '{' | '[' | '<')
        || (cursor::begins_word(next) && !matches!(number::word(at.word()?), Word::Wrong(Why::BareWord)));
    Ok((!is_value).then_some(value))
}

/// An object or array that was begun.
enum Open {
    /// The members so far, and the key that waits for its value.
    Object(Map<String, Value>, Option<String>),
    Array(Vec<Value>),
}

impl Open {
    fn put(&mut self, value: Value) {
        match self {
            Self::Object(members, key) => {
                if let Some(key) = key.take() {
                    members.insert(key, value);
                }
            }
            Self::Array(items) => items.push(value),
        }
    }
}

enum Item {
    /// An object or array begins.
    Opens,
    /// A value.
    Value(Value),
    /// An ellipsis in the place of members or items.
    Ellipsis,
    /// No further one: the innermost object or array ends.
    Ends,
}

struct Parser<'t> {
    at: Cursor<'t>,
    open: Vec<Open>,
    elided: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<Map<String, Value>, Stop> {
        loop {
            let mut value = match self.item()? {
                Item::Opens => continue,
                Item::Value(value) => Some(value),
                Item::Ellipsis => None,
                Item::Ends => self.close(),
            };
            loop {
                if self.open.is_empty() {
                    return match value {
                        Some(Value::Object(members)) => Ok(members),
                        _ => Err(self.wrong()),
                    };
                }
                if let (Some(open), Some(value)) = (self.open.last_mut(), value.take()) {
                    open.put(value);
                }
                if self.goes_on()? {
                    break;
                }
                value = self.close();
            }
        }
    }

    /// Passes the next member or item of what is innermost, or its end.
    fn item(&mut self) -> Result<Item, Stop> {
        self.between()?;
        let next = self.at.need()?;
        if next == self.closing() {
            self.at.pass(next);
            return Ok(Item::Ends);
        }
        if self.at.ellipsis() {
            self.elided = true;
            return Ok(Item::Ellipsis);
        }
        if let Some(Open::Object(..)) = self.open.last() {
            let key = self.key()?;
            if let Some(Open::Object(members, waits)) = self.open.last_mut() {
                if members.contains_key(&key) {
                    return Err(Stop::Wrong(Why::DuplicateKey));
                }
                *waits = Some(key);
            }
        }
        self.value()
    }

    /// Passes a key and its colon.
    fn key(&mut self) -> Result<String, Stop> {
        let next = self.at.need()?;
        let key = if string::opens(next) {
            string::string(&mut self.at)?
        } else if cursor::begins_word(next) {
            let word = self.at.word()?;
            // `True` is the key "true" in one language and "True" in another.
            if matches!(number::word(word), Word::Value(_) | Word::Wrong(Why::Number)) {
                return Err(Stop::Wrong(Why::BareWord));
            }
            word.to_owned()
        } else {
            return Err(self.wrong());
        };
        self.between()?;
        if self.at.need()? != ':' {
            return Err(self.wrong());
        }
        self.at.pass(':');
        self.between()?;
        Ok(key)
    }

    fn value(&mut self) -> Result<Item, Stop> {
        let next = self.at.need()?;
        if string::opens(next) {
            return Ok(Item::Value(Value::String(string::string(&mut self.at)?)));
        }
        if self.at.ellipsis() || self.placeholder() {
            self.elided = true;
            return Ok(Item::Value(Value::Null));
        }
        match next {
            '{' => self.opens(Open::Object(Map::new(), None)),
            '[' => self.opens(Open::Array(Vec::new())),
            '0'..='9' | '+' | '-' | '.' => number::number(&mut self.at).map(Item::Value),
            _ if cursor::begins_word(next) => match number::word(self.at.word()?) {
                Word::Value(value) => Ok(Item::Value(value)),
                Word::Type => {
                    self.elided = true;
                    Ok(Item::Value(Value::Null))
                }
                Word::Wrong(why) => Err(Stop::Wrong(why)),
            },
            _ => Err(self.wrong()),
        }
    }

    fn opens(&mut self, what: Open) -> Result<Item, Stop> {
        let next = self.at.need()?;
        self.at.pass(next);
        if self.open.len() == MAX_DEPTH {
            return Err(Stop::Wrong(Why::TooDeep));
        }
        self.open.push(what);
        Ok(Item::Opens)
    }

    /// Ends what is innermost: its value.
    fn close(&mut self) -> Option<Value> {
        self.open.pop().map(|open| match open {
            Open::Object(members, _) => Value::Object(members),
            Open::Array(items) => Value::Array(items),
        })
    }

    /// Behind a member or item: passes the comma, or the end. True where another may follow.
    fn goes_on(&mut self) -> Result<bool, Stop> {
        let before = self.at;
        let newline = self.between()?;
        let next = self.at.need()?;
        if next == ',' {
            self.at.pass(next);
            return Ok(true);
        }
        if next == self.closing() {
            self.at.pass(next);
            return Ok(false);
        }
        if newline && self.lacks_a_comma(before)? { Ok(true) } else { Err(self.wrong()) }
    }

    /// True where only a comma can be missing between what ends at `before` and what stands on this line: a key in quotes with its
    /// colon follows in an object, or an object follows an object in an array. All else could be a string or number that
    /// was broken in two.
    fn lacks_a_comma(&self, before: Cursor<'_>) -> Result<bool, Stop> {
        let mut at = self.at;
        let next = at.need()?;
        match self.open.last() {
            Some(Open::Object(..)) if string::opens(next) => {
                string::string(&mut at)?;
                at.between()?;
                Ok(at.need()? == ':')
            }
            Some(Open::Array(_)) => Ok(next == '{' && before.text.as_bytes().get(before.at - 1) == Some(&b'}')),
            _ => Ok(false),
        }
    }

    fn closing(&self) -> char {
        if matches!(self.open.last(), Some(Open::Array(_))) { ']' } else { '}' }
    }

    /// Passes blanks and comments; true where there is a newline among them.
    fn between(&mut self) -> Result<bool, Stop> {
        let between = self.at.between()?;
        self.elided |= between.elided;
        Ok(between.newline)
    }

    /// Passes words in angle brackets, `<your answer>`, where they stand for a value.
    fn placeholder(&mut self) -> bool {
        let rest = self.at.rest();
        let inside = rest.strip_prefix('<').and_then(|rest| rest.get(..rest.bytes().take(100).position(|b| b == b'>')?));
        match inside.filter(|words| !words.contains(['"', '{', '}', '\n', '<', '|', '/'])) {
            Some(words) => {
                self.at.at += words.len() + 2;
                true
            }
            None => false,
        }
    }

    /// What stands here does not belong here. Where it closes the fence, the object was cut.
    fn wrong(&self) -> Stop {
        if fence::stands_at(self.at) { Stop::Cut } else { Stop::Wrong(Why::Syntax) }
    }
}
