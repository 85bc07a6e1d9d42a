//! The sentences that the chat and the commands share: the hand-off, the fallback, the sign of an answer.
//!
//! What must stay true: whether an answer was local is said in words, not by a symbol or a colour alone.

use conductor::domain::{
    BackendId, Candidate, Capabilities, Failure, Location, Machine, Os, Plan, SelectionReason, ServerState, Signature, Status,
    TaskClass, Timing, Usage,
};
use conductor::protocol::Level;

/// What is said before a model is asked; `None` where there is nothing special about it.
pub fn hand_off(plan: &Plan) -> Option<String> {
    let first = plan.candidates.first()?;
    let question = match plan.class {
        TaskClass::General => String::new(),
        class => format!("{} question, ", class.word()),
    };
    match &plan.reason {
        SelectionReason::Default | SelectionReason::UserOverride | SelectionReason::Fallback { .. } => None,
        SelectionReason::Specialized { .. } => Some(format!("{question}asking {}", first.model)),
        SelectionReason::Substitute { wanted } => {
            Some(format!("{question}asking {}: {wanted} is not installed (`/pull {wanted}` gets it)", first.model))
        }
        SelectionReason::Guide { why } => Some(format!("{why}: the built-in guide answers")),
    }
}

/// What is said when another candidate takes over. The model is named once, and its server not at all: that is for the
/// error that ends a turn.
pub fn fallback(from: &Candidate, to: &Candidate, why: &Failure) -> String {
    let name = from.model.to_string();
    let after_name = why.what.split_once(&name).map_or(why.what.as_str(), |(_, rest)| rest.trim_start());
    let reason = match after_name.strip_prefix("(status").and_then(|rest| rest.split_once(')')) {
        Some((_, rest)) => rest,
        None => after_name,
    };
    let reason = reason.trim_start_matches([':', ' ']);
    match reason.strip_prefix("did not answer") {
        Some(rest) => format!("{name} did not answer{rest}; asking {}", to.model),
        None => format!("{name} did not answer: {reason}; asking {}", to.model),
    }
}

/// The sign of a location and a model: `● local  qwen2.5-coder:7b`.
pub fn location_and_model(location: &Location, model: &str) -> String {
    format!("{} {location}  {model}", location.symbol())
}

/// The sign under an answer.
pub fn sign(signature: &Signature, usage: &Usage, timing: &Timing, status: &Status) -> String {
    let mut sign = if signature.is_guide() {
        "guide · built in · not a language model".to_owned()
    } else {
        format!("{} · {}", location_and_model(&signature.location, signature.model.short()), signature.class.word())
    };
    if signature.backend != BackendId::guide() {
        if let Some(speed) = timing.tokens_per_second(usage) {
            sign.push_str(&format!(" · {speed:.0} tok/s"));
        }
        if timing.total_ms > 0 {
            sign.push_str(&format!(" · {}", duration(timing.total_ms)));
        }
    }
    match status {
        Status::Complete | Status::Streaming => {}
        Status::Cancelled => sign.push_str(" · stopped by you"),
        Status::Partial(_) => sign.push_str(" · broke off"),
        Status::Failed(_) => sign.push_str(" · failed"),
        Status::Interrupted => sign.push_str(" · interrupted: Segno ended while it came"),
    }
    sign
}

/// `0.4 s`, `12 s`, `3 min 20 s`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..10_000 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        10_000..120_000 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// `4.7 GB`, `380 MB`: decimal units, as model sizes are published.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// The word before a notice.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Info => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// What is known of a server, in one sentence.
pub fn server(state: &ServerState) -> String {
    match state {
        ServerState::Unknown => "looking for a model server".to_owned(),
        ServerState::Down { address, why, .. } => format!("no model server answers on {address}: {why}"),
        ServerState::Elsewhere { address, location } => {
            format!("{address} is not this machine ({location}), and this version of Segno talks to this machine only")
        }
        ServerState::Up { address, version } => format!("Ollama {version} on {address}"),
    }
}

/// What to do about a server that is not there.
pub fn server_hint(state: &ServerState, os: Os) -> String {
    match state {
        ServerState::Unknown | ServerState::Up { .. } => String::new(),
        ServerState::Elsewhere { .. } => "set ollama.host (or OLLAMA_HOST) to an address of this machine".to_owned(),
        ServerState::Down { .. } => match os {
            Os::Macos | Os::Windows => "start the Ollama app, or get it from https://ollama.com/download".to_owned(),
            Os::Linux => "start it with `ollama serve`, or install it: curl -fsSL https://ollama.com/install.sh | sh".to_owned(),
            Os::Other => "start it with `ollama serve`, or get it from https://ollama.com/download".to_owned(),
        },
    }
}

/// What a model can do besides writing text, in words.
pub fn capabilities(capabilities: &Capabilities) -> Vec<String> {
    let Capabilities { completion, tools, thinking, vision, embedding } = *capabilities;
    let all = [(tools, "tools"), (thinking, "thinks"), (vision, "sees images"), (embedding && !completion, "embeds only")];
    all.into_iter().filter(|(can, _)| *can).map(|(_, word)| word.to_owned()).collect()
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// The largest of the usual models that leaves room on a machine with this much memory.
pub fn suited_model(machine: &Machine) -> &'static str {
    match machine.memory_gib() {
        Some(0..=5) => "llama3.2:1b",
        Some(6..=11) => "llama3.2:3b",
        _ => "llama3.1:8b",
    }
}

/// A hint that names chat commands, in the words of the command line.
pub fn for_the_command_line(hint: &str) -> String {
    hint.replace("`/pull ", "`segno pull ").replace("`/models`", "`segno models`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{FailureKind, ModelId};

    #[test]
    fn a_fallback_names_each_thing_once() {
        let candidate = |name: &str| Candidate {
            model: ModelId::new(name),
            backend: BackendId::ollama(),
            location: Location::Local,
            family: String::new(),
        };
        for (what, want) in [
            ("a:1 did not answer in 120 s", "a:1 did not answer in 120 s; asking b:2"),
            ("a:1 answered nothing", "a:1 did not answer: answered nothing; asking b:2"),
            (
                "ollama at http://h:1 failed with model a:1 (status 500): out of memory",
                "a:1 did not answer: out of memory; asking b:2",
            ),
            ("ollama at http://h:1 failed with model a:1: reset", "a:1 did not answer: reset; asking b:2"),
            (
                "ollama at http://h:1 has no model a:1: model 'a:1' not found",
                "a:1 did not answer: model 'a:1' not found; asking b:2",
            ),
            ("the connection ended", "a:1 did not answer: the connection ended; asking b:2"),
        ] {
            let why = Failure::new(FailureKind::Broken, what, "");
            assert_eq!(fallback(&candidate("a:1"), &candidate("b:2"), &why), want);
        }
    }
}
