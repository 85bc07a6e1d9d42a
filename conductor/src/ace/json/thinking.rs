//! The marks of thinking parts, as models and servers write them.
//!
//! What must stay true: a part that is not closed goes to the end; an end without a beginning makes all before it thinking (chat
//! templates write the beginning themselves).

/// Names of tags, in lower case.
const TAGS: [&str; 8] = ["think", "thinking", "thought", "thoughts", "reasoning", "scratchpad", "seed:think", "antthinking"];

/// Marks of another form: the beginning and the end.
const PAIRS: [(&str, &str); 5] = [
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>", "<channel|>"),
];

/// What gpt-oss writes before the name of a channel, and between its name and what is said in it.
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";

/// The longest tag with attributes, and the longest head of a channel, in bytes.
const HEAD: usize = 200;

/// A mark of thinking; reading goes on at the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Up to there all is thinking.
    Part(usize),
    /// All before it was thinking.
    End(usize),
}

/// False where no mark can begin: a look at two or three bytes.
pub(super) fn may_begin(bytes: &[u8]) -> bool {
    const TRIANGLE: &[u8] = "◁".as_bytes();
    match bytes {
        [b'<', next, ..] => matches!(next, b'|' | b'/') || next.is_ascii_alphabetic(),
        [b'[', next, ..] => matches!(next, b'T' | b'/'),
        _ => bytes.starts_with(TRIANGLE),
    }
}

/// The mark at `at`, which is the beginning of a character.
pub(super) fn mark(text: &str, at: usize) -> Option<Mark> {
    end(text, at).map(Mark::End).or_else(|| part(text, at).map(Mark::Part))
}

/// The place behind the end of thinking that stands at `at`. The channel `final` of gpt-oss is one: all before it is no answer.
pub(super) fn end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let pair = PAIRS.iter().find(|(_, close)| rest.starts_with(close)).map(|(_, close)| close.len());
    let tag = || tag(rest, "</").filter(|(name, _)| is_ours(name)).map(|(_, length)| length);
    let channel = || {
        let head =
            channel(rest).filter(|name| name.eq_ignore_ascii_case("final")).and(rest.as_bytes().get(..rest.len().min(HEAD)))?;
        let message = head.windows(MESSAGE.len()).position(|bytes| bytes == MESSAGE.as_bytes());
        Some(message.map_or(CHANNEL.len(), |place| place + MESSAGE.len()))
    };
    Some(at + pair.or_else(tag).or_else(channel)?)
}

/// The place behind the thinking that begins at `at`. All channels of gpt-oss but `final` are taken for such: `commentary` is for
/// tools.
fn part(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let behind = |from: usize, close: &str| rest.get(from..)?.find(close).map(|found| from + found + close.len());
    let length = if let Some((open, close)) = PAIRS.iter().find(|(open, _)| rest.starts_with(open)) {
        behind(open.len(), close)
    } else if channel(rest).is_some() {
        // The next one is looked at for itself.
        behind(CHANNEL.len(), CHANNEL).map(|end| end - CHANNEL.len())
    } else {
        let (name, length) = tag(rest, "<").filter(|(name, _)| is_ours(name))?;
        rest.get(length..)?.match_indices("</").find_map(|(offset, _)| {
            let (closing, closing_length) = tag(rest.get(length + offset..)?, "</")?;
            closing.eq_ignore_ascii_case(name).then_some(length + offset + closing_length)
        })
    };
    Some(length.map_or(text.len(), |length| at + length))
}

fn is_ours(name: &str) -> bool {
    TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

/// The name of the channel of gpt-oss that `rest` begins with.
fn channel(rest: &str) -> Option<&str> {
    rest.strip_prefix(CHANNEL)?.trim_start().split(|c: char| !c.is_alphanumeric()).next()
}

/// The name of the tag that `rest` begins with, and the length of the tag. `<think/>` is none.
fn tag<'t>(rest: &'t str, open: &str) -> Option<(&'t str, usize)> {
    let inside = rest.strip_prefix(open)?;
    let end = inside.bytes().take(HEAD).position(|b| matches!(b, b'>' | b'<' | b'{'))?;
    let is_closed = inside.as_bytes().get(end) == Some(&b'>');
    let inside = inside.get(..end).filter(|inside| is_closed && !inside.starts_with(' ') && !inside.ends_with('/'))?;
    Some((inside.split_whitespace().next()?, open.len() + end + 1))
}

/// The thinking at the beginning of an answer of gpt-oss whose marks a server took out: `analysisWe need …assistantfinal{…}`.
pub(super) fn without_marks(text: &str) -> Option<Mark> {
    const FINAL: &str = "assistantfinal";
    let begin = text.trim_start();
    let thinking = begin.strip_prefix("analysis").filter(|rest| rest.starts_with(|c: char| c.is_uppercase()))?;
    Some(match thinking.find(FINAL) {
        Some(at) => Mark::End(text.len() - thinking.len() + at + FINAL.len()),
        None => Mark::Part(text.len()),
    })
}
