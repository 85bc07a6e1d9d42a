//! Calls of tools that a model asks for. Segno runs none: they are shown.
//!
//! What must stay true: a call is one line of limited length, whatever the model wrote; what came in pieces is one call,
//! however the network cut them; the order of words and calls is that of the answer.

use super::Chunk;
use super::words::words_of;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::fmt;
use std::io::{self, Write};

/// How much is kept of the arguments of a call, in bytes.
const ARGUMENTS_CAP: usize = 4096;

/// Calls of one answer that are kept. No answer of sense has as many.
const CALLS_CAP: usize = 64;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Of the tool, in the model's words: one line, not long.
    pub name: String,
    /// JSON where the model wrote JSON: one line, at most 4 kB.
    pub arguments: String,
}

impl ToolCall {
    /// A call as the model wrote it.
    pub fn new(name: &str, arguments: &str) -> Self {
        let name = words_of(name);
        let name = if name.is_empty() { "?".to_owned() } else { name };
        let line = serde_json::from_str(arguments).ok().and_then(|value: Value| spaced(&value));
        let line = line.unwrap_or_else(|| arguments.split_whitespace().collect::<Vec<_>>().join(" "));
        let arguments = match line.len() {
            0 => "{}".to_owned(),
            length if length > ARGUMENTS_CAP => format!("{}…", &line[..line.floor_char_boundary(ARGUMENTS_CAP)]),
            _ => line,
        };
        Self { name, arguments }
    }
}

/// `[tool call: set_timer {"minutes": 10}]`
impl fmt::Display for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[tool call: {} {}]", self.name, self.arguments)
    }
}

/// JSON on one line, with room after commas and colons, as people write it.
fn spaced(value: &Value) -> Option<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Spaced)).ok()?;
    String::from_utf8(bytes).ok()
}

struct Spaced;

fn comma<W: ?Sized + Write>(writer: &mut W, first: bool) -> io::Result<()> {
    if first { Ok(()) } else { writer.write_all(b", ") }
}

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        comma(writer, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        comma(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Words and calls in their order; words that follow each other are one piece.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said(Vec<Chunk>);

impl Said {
    /// More words: of the answer, of the thinking.
    pub(super) fn words(&mut self, more: &str, thought: &str) {
        if more.is_empty() && thought.is_empty() {
            return;
        }
        if let Some(Chunk::Text { text, thinking }) = self.0.last_mut() {
            text.push_str(more);
            thinking.push_str(thought);
        } else {
            self.0.push(Chunk::Text { text: more.to_owned(), thinking: thought.to_owned() });
        }
    }

    fn call(&mut self, call: ToolCall) {
        match self.0.last_mut() {
            Some(Chunk::Tools(calls)) => calls.push(call),
            _ => self.0.push(Chunk::Tools(vec![call])),
        }
    }

    /// The pieces.
    pub(super) fn into_chunks(self) -> impl Iterator<Item = Chunk> {
        self.0.into_iter()
    }
}

/// Calls on their way.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<Open>,
    /// How many there were in all.
    count: usize,
}

#[derive(Debug)]
struct Open {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Calls {
    /// A piece of a call, or a whole one. Pieces of one call have its index; some servers give each call the same, and an id
    /// of its own. Arguments are a piece of their text, or an object.
    pub(super) fn piece(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &Value) {
        let goes_on = |open: &&mut Open| {
            let other = !id.is_empty() && !open.id.is_empty() && open.id != id;
            open.index == index && !other && (index.is_some() || name.is_empty())
        };
        let at = match self.open.iter_mut().rev().find(goes_on) {
            Some(open) => open,
            None if self.count >= CALLS_CAP => return,
            None => {
                self.count += 1;
                let (name, arguments) = (String::new(), String::new());
                self.open.push(Open { index, id: id.to_owned(), name, arguments });
                let Some(open) = self.open.last_mut() else { return };
                open
            }
        };
        push(&mut at.name, name);
        match arguments {
            Value::String(piece) => push(&mut at.arguments, piece),
            Value::Object(fields) if !fields.is_empty() => push(&mut at.arguments, &arguments.to_string()),
            _ => {}
        }
    }

    /// What came is whole.
    pub(super) fn finish(&mut self, said: &mut Said) {
        for open in self.open.drain(..) {
            said.call(ToolCall::new(&open.name, &open.arguments));
        }
    }
}

/// No more than is shown, and what tells that there was more.
fn push(text: &mut String, piece: &str) {
    let room = (2 * ARGUMENTS_CAP).saturating_sub(text.len());
    text.push_str(&piece[..piece.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_one_line() {
        for (name, arguments, want) in [
            (
                "f",
                r#"{"a":1,"b":[1,2,{"c":null}],"d":"x\ny"}"#,
                r#"[tool call: f {"a": 1, "b": [1, 2, {"c": null}], "d": "x\ny"}]"#,
            ),
            ("f", "{\n  \"a\": 1\n}", r#"[tool call: f {"a": 1}]"#),
            ("f", "", "[tool call: f {}]"),
            ("f", "{}", "[tool call: f {}]"),
            ("f", "{\n\"a", "[tool call: f { \"a]"),
            ("", "{}", "[tool call: ? {}]"),
            ("a\n\u{1b}[2Jb", "{}", "[tool call: a [2Jb {}]"),
        ] {
            assert_eq!(ToolCall::new(name, arguments).to_string(), want);
        }
    }

    #[test]
    fn arguments_are_cut() {
        for arguments in [json!({"a": "狐".repeat(9000)}).to_string(), "狐".repeat(9000)] {
            let mut said = Said::default();
            let mut calls = Calls::default();
            for piece in arguments.split_inclusive('狐') {
                calls.piece(Some(0), "", "", &piece.into());
            }
            calls.finish(&mut said);
            let Some(Chunk::Tools(shown)) = said.into_chunks().next() else { panic!("no call") };
            let shown = &shown[0].arguments;
            assert!(
                shown.len() > ARGUMENTS_CAP - 8 && shown.len() <= ARGUMENTS_CAP + 3 && shown.ends_with('…'),
                "{}",
                shown.len()
            );
        }
        let mut calls = Calls::default();
        for n in 0..1000 {
            calls.piece(Some(n), "", "f", &Value::Null);
        }
        assert_eq!(calls.open.len(), CALLS_CAP);
    }

    #[test]
    fn pieces_find_their_call() {
        let none = Value::Null;
        type Piece<'a> = (Option<u64>, &'a str, &'a str, Value);
        let cases: [(&[Piece<'_>], &str); 5] = [
            (
                &[(Some(0), "x", "f", "{\"a\"".into()), (Some(1), "y", "g", "{}".into()), (Some(0), "", "", ":1}".into())],
                "f {\"a\": 1}, g {}",
            ),
            (&[(Some(0), "x", "f", "{}".into()), (Some(0), "y", "g", "{}".into()), (Some(0), "", "", " ".into())], "f {}, g {}"),
            (&[(None, "", "f", "{".into()), (None, "", "", "}".into()), (None, "", "g", none.clone())], "f {}, g {}"),
            (&[(Some(0), "x", "f", json!({"a": 1}))], "f {\"a\": 1}"),
            (&[(Some(0), "x", "f", json!({})), (Some(0), "", "", "{\"a\":1}".into())], "f {\"a\": 1}"),
        ];
        for (pieces, want) in cases {
            let (mut calls, mut said) = (Calls::default(), Said::default());
            pieces.iter().for_each(|(index, id, name, arguments)| calls.piece(*index, id, name, arguments));
            calls.finish(&mut said);
            let Some(Chunk::Tools(shown)) = said.into_chunks().next() else { panic!("no call") };
            let shown: Vec<_> = shown.iter().map(|call| format!("{} {}", call.name, call.arguments)).collect();
            assert_eq!(shown.join(", "), want);
        }
    }
}
