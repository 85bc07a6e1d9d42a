//! What a limit says to a request, and in words.

use crate::domain::{Subject, Target};
use std::time::Duration;

/// Whether a request may go now.
#[derive(Debug, PartialEq, Eq)]
pub enum Pass {
    /// It may, and is counted.
    Go(Taken),
    /// Not yet. Nothing was taken.
    Wait {
        /// For how long.
        after: Duration,
        /// What it waits for: the longest, where it is several.
        bound: Bound,
    },
    /// It is larger than all that is allowed in a minute: no wait helps. Nothing was taken.
    Never {
        /// What it is too large for.
        bound: Bound,
        /// How large it is.
        tokens: u32,
    },
}

/// What a request was let through on: given to [`super::Limits::settle`] when the real count is known, or to
/// [`super::Limits::give_back`] where nothing was sent. Dropped, it stays taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many tokens.
    pub(super) tokens: u32,
    /// Of which limits, and when each is full again with these taken, in nanoseconds since the program's start.
    pub(super) of: Vec<(Subject, u64)>,
    /// The same of the limits of requests.
    pub(super) requests: Vec<(Subject, u64)>,
}

/// What holds a request back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// So many requests a minute.
    Requests {
        /// Whose limit it is.
        subject: Subject,
        /// How many.
        most: u32,
    },
    /// So many tokens a minute.
    Tokens {
        /// Whose limit it is.
        subject: Subject,
        /// How many.
        most: u32,
    },
    /// The server asked for it.
    Asked {
        /// Who is not to be asked.
        target: Target,
    },
}

impl Pass {
    /// Why it may not go, in one sentence; `None` where it may: `openai allows 20 requests a minute; the next in 12 s`.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Go(_) => None,
            Self::Wait { after, bound } => Some(format!("{}; the next in {}", bound.words(), span(*after))),
            Self::Never { bound: Bound::Requests { subject, .. }, .. } => Some(format!("{subject} allows no requests at all")),
            Self::Never { bound, tokens } => Some(format!("{}, and this takes about {tokens}", bound.words())),
        }
    }
}

impl Bound {
    fn words(&self) -> String {
        match self {
            Self::Requests { subject, most } => format!("{subject} allows {most} request{} a minute", plural(*most)),
            Self::Tokens { subject, most } => format!("{subject} allows {most} token{} a minute", plural(*most)),
            Self::Asked { target } => format!("{target} asked to wait"),
        }
    }
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Whole seconds, or minutes where there are many: rounded up, so that nobody comes too early.
fn span(time: Duration) -> String {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1);
    if seconds <= 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendId, ModelId};

    #[test]
    fn a_refusal_is_one_sentence() {
        let openai = || Subject::Provider(BackendId::new("openai"));
        let wait = |after, bound| Pass::Wait { after: Duration::from_millis(after), bound };
        let asked = |target| Bound::Asked { target };
        let model = ModelId::new("qwen3:8b");
        for (pass, words) in [
            (Pass::Go(Taken { tokens: 1, of: Vec::new(), requests: Vec::new() }), None),
            (
                wait(11_001, Bound::Requests { subject: openai(), most: 20 }),
                Some("openai allows 20 requests a minute; the next in 12 s"),
            ),
            (
                wait(0, Bound::Requests { subject: Subject::Model(model.clone()), most: 1 }),
                Some("qwen3:8b allows 1 request a minute; the next in 1 s"),
            ),
            (
                wait(120_000, Bound::Tokens { subject: openai(), most: 30_000 }),
                Some("openai allows 30000 tokens a minute; the next in 120 s"),
            ),
            (wait(120_001, asked(Target::Backend(BackendId::new("openai")))), Some("openai asked to wait; the next in 3 min")),
            (wait(5_000, asked(Target::Model(BackendId::ollama(), model))), Some("qwen3:8b asked to wait; the next in 5 s")),
            (
                Pass::Never { bound: Bound::Tokens { subject: openai(), most: 30_000 }, tokens: 41_000 },
                Some("openai allows 30000 tokens a minute, and this takes about 41000"),
            ),
            (
                Pass::Never { bound: Bound::Requests { subject: openai(), most: 0 }, tokens: 1 },
                Some("openai allows no requests at all"),
            ),
        ] {
            assert_eq!(pass.words().as_deref(), words, "{pass:?}");
        }
    }
}
