//! Which of the objects in a text counts.

use super::Why;
use serde_json::{Map, Value};

/// How much the place of an object says for it; a later one is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A form that was not filled in.
    Form,
    /// An empty one among prose, one in an inline code span.
    Hint,
    /// One among prose.
    Bare,
    /// One at the beginning of a fence.
    Fenced,
    /// One in a fence called json.
    Json,
}

/// What stands where an object may stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// An object.
    Object(Map<String, Value>),
    /// Something else.
    Not(Why),
}

/// The first of one strength.
#[derive(Debug)]
struct Slot {
    found: Found,
    /// The number of the fence that it stands in.
    fence: usize,
    /// Another of this strength differs.
    mixed: bool,
}

/// The objects that stand, by strength. Never more than one of each is held.
#[derive(Debug, Default)]
pub(super) struct Choice {
    slots: [Option<Slot>; 5],
}

impl Choice {
    /// Adds what follows all that was added before. `fence` is the number of the fence that it stands in, 0 for none.
    pub(super) fn add(&mut self, found: Found, strength: Strength, fence: usize) {
        let rank = strength as usize;
        for (lower, slot) in self.slots.iter_mut().enumerate().take(rank + 1) {
            let replaces = match strength {
                Strength::Form | Strength::Hint | Strength::Bare => lower < rank,
                // Of two in one fence none is better.
                Strength::Fenced | Strength::Json => {
                    lower <= Strength::Hint as usize || slot.as_ref().is_some_and(|slot| slot.fence != fence)
                }
            };
            if replaces {
                *slot = None;
            }
        }
        match &mut self.slots[rank] {
            Some(slot) => slot.mixed |= slot.found != found,
            empty => *empty = Some(Slot { found, fence, mixed: false }),
        }
    }

    /// The object, or why there is none; `None` where nothing was added.
    pub(super) fn outcome(self) -> Option<Result<Map<String, Value>, Why>> {
        let mut slots = self.slots.into_iter().flatten();
        let Slot { found: first, mixed, .. } = slots.next()?;
        let differ = |mixed: bool, slot: &Slot| mixed || slot.mixed || slot.found != first;
        let rest: Vec<Slot> = slots.collect();
        let differ = rest.iter().fold(mixed, differ);
        let wrong = std::iter::once(&first).chain(rest.iter().map(|slot| &slot.found)).find_map(|found| match found {
            Found::Not(why) => Some(*why),
            Found::Object(_) => None,
        });
        Some(match (first, wrong) {
            (_, Some(why)) => Err(why),
            (Found::Object(members), None) if !differ => Ok(members),
            _ => Err(Why::Ambiguous),
        })
    }
}

/// True where every string in an object only says that something goes there, and there is one: `...`, or `<such words>`.
pub(super) fn is_form(members: &Map<String, Value>) -> bool {
    let (mut forms, mut others) = (0, 0);
    let mut open: Vec<&Value> = members.values().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if is_placeholder(text.trim()) => forms += 1,
            Value::String(_) => others += 1,
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    forms > 0 && others == 0
}

/// `<br>` is none: it could be an answer.
fn is_placeholder(text: &str) -> bool {
    let words = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    matches!(text, "..." | "…")
        || words.is_some_and(|words| words.contains([' ', '_']) && !words.contains(['<', '>', '=', '/', '"']))
}
