//! The sentences and figures that the chat and the commands share: the hand-off, the fallback, the sign of an answer.
//!
//! What must stay true: pure; where a thing ran is said by a word and a symbol, never by colour alone.

pub mod bullet;
pub mod changes;
pub mod consent;
pub mod context;
mod health;
pub mod label;
pub mod learning;
pub mod ledger;
mod memory;
mod models;
pub mod names;
mod news;
pub mod playbook;
pub mod training;
pub mod why;

pub use health::{alert, health, quota, target, trouble};
pub use memory::{in_memory, memory, waits};
pub use models::{capabilities, columns, details, disk, prices, speed, strengths};
pub use names::Names;
pub use news::news;

use crate::sanitise::clean_line;
use conductor::domain::{
    Answer, BackendId, Candidate, Cost, Failure, FailureKind, Location, Message, ModelId, Os, Plan, SelectionReason, ServerState,
    Signature, Status, TaskClass, Timing, Usage,
};
use conductor::protocol::{Level, ModelsSnapshot};

/// Bytes as model lists give them, in powers of ten: `4.7 GB`, `815 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let value = bytes as f64 / *size as f64;
            if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
        }
        None => format!("{bytes} B"),
    }
}

/// A figure in groups of three: `12,345`.
pub fn grouped(figure: usize) -> String {
    let digits = figure.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Milliseconds: `0.4 s`, `12 s`, `3 min 5 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

/// How long ago something was, `now_ms` and `then_ms` both since 1970.
pub fn ago(now_ms: i64, then_ms: i64) -> String {
    let minutes = (now_ms - then_ms).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "yesterday".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// Tokens of a context window: `8k`, `512`.
pub fn context(tokens: u32) -> String {
    if tokens >= 1024 { format!("{}k", tokens / 1024) } else { tokens.to_string() }
}

/// Where something runs, by symbol and word: `● local`, `◆ network`.
pub fn place(location: &Location) -> String {
    format!("{} {}", location.symbol(), location.word())
}

/// The sign of the built-in guide.
pub const GUIDE: &str = "guide · built in · not a language model";

/// Said where a question asks for an action.
pub const NO_TOOLS: &str = "Segno runs no tools yet: what comes is text, and nothing is done";

/// So sure, in percent, must be that an action is asked for before it is said that none is done. Of labelled questions that are taken for
/// one, 85 of 100 are; from here on 97. “now something else” is told by its “now”, at 71 %.
const SURE_OF_ACTION: i32 = 80;

/// Whether a question asks for an action, for sure.
pub fn wants_action(plan: &Plan) -> bool {
    let task = &plan.decision.task;
    plan.class == TaskClass::ToolUse && task.class == TaskClass::ToolUse && task.confidence.percent() >= SURE_OF_ACTION
}

/// Said of an answer that stopped at a limit of length.
pub const CUT_BY_LENGTH: &str = "the answer stopped at the limit of length";
/// What to do about it.
pub const CUT_BY_LENGTH_HINT: &str = "ask it to go on, or raise ollama.num_predict";

/// On which of several servers something is: ` on desk`; nothing where there is one, or where it is with none of them.
pub fn on(backend: &BackendId, hosts: &[BackendId]) -> String {
    if hosts.contains(backend) { format!(" on {}", clean_line(backend.as_str())) } else { String::new() }
}

/// Who answered, and where; the symbol stands in the margin before it.
pub fn sign(signature: &Signature, names: &Names) -> String {
    if signature.is_guide() {
        return GUIDE.to_owned();
    }
    let mut text = format!("{}  {}", signature.location.word(), names.model_on(&signature.model, &signature.backend));
    if let Location::Network(host) | Location::External(host) = &signature.location {
        text.push_str(&format!(" at {}", clean_line(host)));
    }
    text.push_str(" · ");
    text.push_str(signature.class.word());
    text
}

/// How far an answer came, where it is not whole.
fn shortfall(status: &Status) -> Option<&'static str> {
    match status {
        Status::Complete => None,
        Status::Streaming => Some("still coming"),
        Status::Cancelled => Some("stopped by you"),
        Status::Partial(_) => Some("broke off"),
        Status::Failed(_) => Some("failed"),
        Status::Interrupted => Some("interrupted: Segno ended, or another window still writes it"),
    }
}

/// What helps where an answer broke off. What the failure says to do is kept where it is more than to ask again.
pub fn after_breaking_off(failure: &Failure) -> String {
    const AGAIN: &str = "`/retry` asks again, `/retry NAME` asks another model";
    match failure.kind {
        FailureKind::Broken | FailureKind::Unreachable | FailureKind::Busy => AGAIN.to_owned(),
        FailureKind::Stalled => format!("{AGAIN}; [timeouts] in the configuration says how long to wait"),
        _ if failure.hint.is_empty() => AGAIN.to_owned(),
        _ => format!("{}; {AGAIN}", failure.hint),
    }
}

/// What is told of an answer in figures.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// Tokens.
    pub usage: &'a Usage,
    /// Times.
    pub timing: &'a Timing,
    /// What it cost, where that is known.
    pub cost: Option<Cost>,
}

impl<'a> From<&'a Answer> for Figures<'a> {
    fn from(answer: &'a Answer) -> Self {
        Self { usage: &answer.usage, timing: &answer.timing, cost: answer.cost }
    }
}

impl<'a> From<&'a Message> for Figures<'a> {
    fn from(message: &'a Message) -> Self {
        Self { usage: &message.usage, timing: &message.timing, cost: message.cost }
    }
}

/// The line below an answer. Its figures hold together where the line is wrapped.
pub fn sign_line(signature: &Signature, status: &Status, figures: Figures<'_>, names: &Names) -> String {
    let mut text = sign(signature, names);
    if let Some(shortfall) = shortfall(status) {
        text.push_str(" · ");
        text.push_str(shortfall);
    }
    if signature.is_guide() {
        return text;
    }
    if let Some(speed) = figures.timing.tokens_per_second(figures.usage) {
        text.push_str(&format!(" · {speed:.1}\u{a0}tok/s"));
    }
    if figures.timing.total_ms > 0 {
        text.push_str(&format!(" · {}", duration(figures.timing.total_ms).replace(' ', "\u{a0}")));
    }
    if let Some(cost) = figures.cost {
        text.push_str(&format!(" · {cost}"));
    }
    text
}

/// The line below an answer where no margin shows the symbol.
pub fn sign_with_symbol(signature: &Signature, status: &Status, figures: Figures<'_>, names: &Names) -> String {
    let line = sign_line(signature, status, figures, names);
    if signature.is_guide() { line } else { format!("{} {line}", signature.location.symbol()) }
}

/// What kind of request a class is, where that is worth saying.
fn kind_of(class: TaskClass) -> Option<&'static str> {
    match class {
        TaskClass::QuickResponse => Some("quick question"),
        TaskClass::DeepThinking => Some("deep question"),
        TaskClass::CodeGeneration => Some("code question"),
        TaskClass::Mathematical => Some("math question"),
        TaskClass::Creative => Some("creative task"),
        TaskClass::ToolUse => Some("a task for tools"),
        TaskClass::Embedding | TaskClass::General => None,
    }
}

/// The line that says who is asked, and a hint; `None` where there is nothing special about it. That a model is not
/// installed is `news` once.
pub fn hand_off(plan: &Plan, news: bool, names: &Names) -> Option<(String, String)> {
    let first = plan.candidates.first()?;
    let to = format!("{}{}", names.model(&first.model), on(&first.backend, &plan.decision.hosts));
    match &plan.reason {
        SelectionReason::Specialized { class } => Some((format!("{}, asking {to}", kind_of(*class)?), String::new())),
        SelectionReason::Complexity { level } => {
            let missing = plan.decision.notes.iter().find(|note| note.ends_with("for something this hard"));
            let missing = missing.map(|note| format!(" ({note})")).unwrap_or_default();
            Some((format!("hard question ({level}), asking {to}{missing}"), String::new()))
        }
        SelectionReason::Warm => {
            let kind = kind_of(plan.class).map(|kind| format!("{kind}, ")).unwrap_or_default();
            Some((format!("{kind}asking {to}, which is in memory"), String::new()))
        }
        SelectionReason::Substitute { why: None, .. } if !news => {
            Some((format!("{}, asking {to}", kind_of(plan.class)?), String::new()))
        }
        SelectionReason::Substitute { wanted, why } => {
            let kind = kind_of(plan.class).map(|kind| format!("{kind}: ")).unwrap_or_default();
            let called = names.model(wanted);
            let (why, hint) = match why {
                Some(gate) => (format!("{called}: {}", gate.words()), String::new()),
                None => (format!("{called} is not installed"), format!("`/pull {wanted}` gets it")),
            };
            Some((format!("{kind}{why}, asking {to}"), hint))
        }
        SelectionReason::Guide { why } => Some((format!("{why}: the built-in guide answers"), String::new())),
        SelectionReason::Default | SelectionReason::UserOverride | SelectionReason::Fallback { .. } => None,
    }
}

/// What is said when another candidate takes over.
pub fn fallback(from: &Candidate, to: &Candidate, why: &Failure, names: &Names) -> String {
    let name = names.model(&from.model);
    let said = no_answer(&from.model, why, names);
    let why = match said.strip_prefix(&name) {
        _ if why.kind == FailureKind::Denied => why.what.clone(),
        Some(rest) => format!("{name}{}{rest}", names.on(&from.backend)),
        None => said,
    };
    format!("{why}; asking {}", names.model_on(&to.model, &to.backend))
}

/// That `model` did not answer, and why. The model is named once, and its server not at all: that is for the error that
/// ends a turn.
pub fn no_answer(model: &ModelId, why: &Failure, names: &Names) -> String {
    let name = names.model(model);
    let after_name = why.what.split_once(model.short()).map_or(why.what.as_str(), |(_, rest)| rest.trim_start());
    let reason = match after_name.strip_prefix("(status").and_then(|rest| rest.split_once(')')) {
        Some((_, rest)) => rest,
        None => after_name,
    };
    let reason = reason.trim_start_matches([':', ' ']);
    match reason.strip_prefix("did not answer") {
        Some(rest) => format!("{name} did not answer{rest}"),
        None => format!("{name} did not answer: {reason}"),
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
            format!("{address} is not on this machine but {}, and was not contacted", location.word())
        }
        ServerState::Up { address, version } => format!("Ollama {version} on {address}"),
    }
}

/// What to do about a server that is not there.
pub fn server_hint(state: &ServerState, os: Os) -> String {
    match state {
        ServerState::Unknown | ServerState::Up { .. } => String::new(),
        ServerState::Elsewhere { .. } => {
            "`/models` asks it, once you say yes; if it is your own, name its host in privacy.trusted_hosts".to_owned()
        }
        ServerState::Down { .. } => match os {
            Os::Macos | Os::Windows => "start the Ollama app, or get it from https://ollama.com/download".to_owned(),
            Os::Linux => "start it with `ollama serve`, or install it: curl -fsSL https://ollama.com/install.sh | sh".to_owned(),
            Os::Other => "start it with `ollama serve`, or get it from https://ollama.com/download".to_owned(),
        },
    }
}

/// A bar of `width` cells, filled for `done` of `total`; empty where the total is not known.
pub fn bar(done: u64, total: u64, width: usize) -> String {
    let filled = if total == 0 { 0 } else { (done.min(total) as u128 * width as u128 / total as u128) as usize };
    format!("▕{}{}▏", "█".repeat(filled), "░".repeat(width - filled))
}

/// The first columns of `text`, with `…` where something was cut.
pub fn fit(text: &str, columns: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() + 1 > columns {
            break;
        }
        used += grapheme.width();
        out.push_str(grapheme);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// `text` in lines of at most `columns`, broken at blanks; a word that is longer is broken where the line ends.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        let used = lines.last().map_or(0, |line| width(line));
        if used > 0 && used + width(bare) > columns {
            lines.push(String::new());
        }
        let mut rest = word;
        while width(rest.trim_end_matches(' ')) > columns {
            let part = fit_hard(rest, columns);
            lines.last_mut().into_iter().for_each(|line| line.push_str(part));
            lines.push(String::new());
            rest = &rest[part.len()..];
        }
        lines.last_mut().into_iter().for_each(|line| line.push_str(rest));
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The first columns of `text`; at least one letter.
fn fit_hard(text: &str, columns: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(at, grapheme)| {
        used += width(grapheme);
        used > columns && *at > 0
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// The model to begin with on this machine.
pub fn first_model(snapshot: &ModelsSnapshot) -> &str {
    snapshot.first_model.as_ref().map_or("llama3.1:8b", conductor::domain::ModelId::short)
}

/// A hint that names chat commands, in the words of the command line.
pub fn for_the_command_line(hint: &str) -> String {
    hint.replace("`/pull ", "`segno pull ")
        .replace("`/models`", "`segno models`")
        .replace("`/resume`", "`segno history list`")
        .replace("`/export FILE.json`", "`segno history export ID --format json`")
        .replace("`/model auto` lets", "without `-m` you let")
        .replace("begin anew with `/new`", "send less")
        .replace(
            "`/offline off` lets Segno ask you again, unless it was started with --offline",
            "leave --offline and SEGNO_OFFLINE away",
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{BackendId, ModelId};

    #[test]
    fn figures() {
        for (got, want) in [
            (bytes(0), "0 B"),
            (bytes(815_000_000), "815 MB"),
            (bytes(4_661_224_676), "4.7 GB"),
            (bytes(40_000_000_000), "40 GB"),
            (duration(420), "0.4 s"),
            (duration(12_900), "12 s"),
            (grouped(7), "7"),
            (grouped(123), "123"),
            (grouped(1_234_567), "1,234,567"),
            (duration(185_000), "3 min 5 s"),
            (ago(10_000, 0), "just now"),
            (ago(0, 10_000), "just now"),
            (ago(3_600_000 * 5, 0), "5 h ago"),
            (ago(86_400_000, 0), "yesterday"),
            (ago(86_400_000 * 9, 0), "9 days ago"),
            (context(8192), "8k"),
            (context(512), "512"),
            (bar(0, 0, 4), "▕░░░░▏"),
            (bar(62, 100, 10), "▕██████░░░░▏"),
            (bar(9, 3, 2), "▕██▏"),
            (fit("hello", 5), "hello"),
            (fit("hello", 4), "hel…"),
            (fit("狐狸狐狸", 4), "狐…"),
            (fit("x", 0), ""),
        ] {
            assert_eq!(got, want);
        }
    }

    #[test]
    fn where_there_are_several_servers_each_is_named() {
        let hosts = |list: &str| {
            let config = conductor::config::Config::default();
            let row = conductor::config::BackendSettings { id: BackendId::new("desk"), host: list.to_owned(), memory_mib: 0 };
            Names::of(&conductor::config::Config {
                backends: Some(row).filter(|_| !list.is_empty()).into_iter().collect(),
                ..config
            })
        };
        let candidate = |backend: &str| Candidate {
            model: ModelId::new("a:1"),
            backend: BackendId::new(backend),
            location: Location::Local,
            family: String::new(),
        };
        let why = Failure::new(FailureKind::Unreachable, "a:1 did not answer: connection refused", "");
        let said = fallback(&candidate("ollama"), &candidate("desk"), &why, &hosts("http://box:11434"));
        assert_eq!(said, "a:1 on ollama did not answer: connection refused; asking a:1 on desk");
        let signature = |backend: &str| Signature {
            model: ModelId::new("a:1"),
            family: String::new(),
            backend: BackendId::new(backend),
            location: if backend == "desk" { Location::Network("box".to_owned()) } else { Location::Local },
            class: TaskClass::General,
            reason: SelectionReason::Default,
        };
        for (backend, others, want) in [
            ("ollama", "http://box:11434", "local  a:1 on ollama · general"),
            ("desk", "http://box:11434", "network  a:1 on desk at box · general"),
            ("llama-server", "http://box:11434", "local  a:1 · general"),
            ("ollama", "", "local  a:1 · general"),
        ] {
            assert_eq!(sign(&signature(backend), &hosts(others)), want);
        }
    }

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
            assert_eq!(fallback(&candidate("a:1"), &candidate("b:2"), &why, &Names::default()), want);
        }
    }
}
