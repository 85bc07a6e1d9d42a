//! The JSON object in the answer of a model, as small models write it: in fences, among prose, after thinking, with the
//! habits of Python and JavaScript.
//!
//! What must stay true:
//! - An object is wanted: an array, several objects, or a part of one is none. No object is better than a wrong one.
//! - Thinking never counts, whatever stands in it.
//! - Only what loses nothing is mended. What was cut off is never completed.
//! - A string comes out as it was written; only what JSON itself says of escapes is done.
//! - The time is linear in the text, whatever the text; nothing recurses deeper than [`MAX_DEPTH`].
//!
//! **What is mended**: code fences; prose around; trailing commas; comments (`//`, `#`, `/* */`); strings in single or
//! typographic quotes; keys without quotes; `True`, `False`, `None`; numbers as `+1`, `.5` and `5.`, which say the same in
//! every language that has them; control characters in strings; escapes that JSON does not know; a comma that is missing
//! at the end of a line before `"key":`, or between the objects of an array; blanks and byte order marks of Unicode.
//!
//! **What is not**: `undefined` (null, or nothing at all?), `NaN` and `Infinity`, `1_000`, `0x1F`, `007`, numbers that 64 bits
//! do not hold, `[1,,2]`, quotes that are not escaped within a string, a key that stands twice, doubled braces, JSON within
//! a JSON string, an ellipsis for what was left out, brackets that are missing or too many.
//!
//! **Escapes**: one that JSON knows means what JSON says, `\f` in `\frac` included: whether a form feed or LaTeX was meant cannot
//! be told. One that it does not know, such as `\$`, `\alpha` or `\usepackage`, is written characters: the backslash stays. Only
//! `\` before the very mark that closes the string, as in `'it\'s'`, stands for that mark. Half a surrogate pair is
//! refused.
//!
//! **Which object**: complete ones count that stand in no other brackets. One in a fence called json replaces all before
//! it; one at the beginning of another fence all before it but those; models write the form that was asked for first, and
//! what they think better of last. A bare one replaces those before it that are no more than hints: empty, or in an inline
//! code span; and forms, whose strings are all `...` or `<such words>`. What stands then must be one object, or the same
//! several times. Code in fences of other languages does not count, unless it begins with the object.
//!
//! What begins like an object and is no JSON ends the search: what follows may be a part of it. Braces that do not even begin
//! so, as in `{name}`, are prose; what stands in them is no answer.
//!
//! **Thinking**: `<think>` and its like up to their end, which is the end of the text where there is none. An end without a
//! beginning, which the prompt may have held, makes all before it thinking; of gpt-oss only the channel `final` counts.

mod choose;
mod cursor;
mod fence;
mod number;
mod parse;
mod scan;
mod string;
#[cfg(test)]
mod tests;
mod thinking;

use serde_json::{Map, Value};

/// So many objects and arrays may stand within each other, the outermost counted.
pub const MAX_DEPTH: usize = 128;

/// The longest text that is looked at, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// What became of a text that should hold an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The object.
    Value(Map<String, Value>),
    /// The text ends before the object does, or before there is one.
    Truncated,
    /// There is no object that could be relied on.
    Invalid(Why),
}

/// Why there is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// No object at all.
    #[error("there is no JSON object in it")]
    NoObject,
    /// The text ends in a thinking part, or with one.
    #[error("there is nothing but thinking in it")]
    OnlyThinking,
    /// The object stands in an array.
    #[error("an array stands where an object is wanted")]
    Array,
    /// Different objects, and no rule that says which counts.
    #[error("it holds different objects, and nothing says which one counts")]
    Ambiguous,
    /// An ellipsis or a placeholder stands for what was left out.
    #[error("a part of the object was left out")]
    Elided,
    /// A key stands twice in an object.
    #[error("a key stands twice in one object")]
    DuplicateKey,
    /// A number that is none in JSON, or that cannot be held as it is.
    #[error("a number is none that JSON has, or is too large to be held")]
    Number,
    /// A bare word that is no value.
    #[error("a word without quotes is no value")]
    BareWord,
    /// A `\u` escape for one half of a pair.
    #[error("a \\u escape stands for half a character")]
    Surrogate,
    /// A string begins with one kind of quotes and goes on with another.
    #[error("the quotes of a string do not match")]
    Quotes,
    /// What stands around the object belongs to it, or it to that.
    #[error("what stands around the object is part of a larger one, or the object ends too early")]
    Torn,
    /// Anything else that is no JSON.
    #[error("the object is no JSON")]
    Syntax,
    /// Deeper than [`MAX_DEPTH`].
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Longer than [`MAX_BYTES`].
    #[error("it is longer than {} MiB", MAX_BYTES >> 20)]
    TooLong,
}

impl Why {
    /// The word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoObject => "no_object",
            Self::OnlyThinking => "only_thinking",
            Self::Array => "array",
            Self::Ambiguous => "ambiguous",
            Self::Elided => "elided",
            Self::DuplicateKey => "duplicate_key",
            Self::Number => "number",
            Self::BareWord => "bare_word",
            Self::Surrogate => "surrogate",
            Self::Quotes => "quotes",
            Self::Torn => "torn",
            Self::Syntax => "syntax",
            Self::TooDeep => "too_deep",
            Self::TooLong => "too_long",
        }
    }
}

/// The object in `text`, as the module says. `cut`: the model stopped at a limit of length (finish reason `length`); an
/// object that was complete by then counts.
pub fn recover(text: &str, cut: bool) -> Verdict {
    if text.len() > MAX_BYTES {
        return Verdict::Invalid(Why::TooLong);
    }
    scan::verdict(text, cut)
}
