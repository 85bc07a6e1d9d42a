//! The first screen: what was found, and the one next step.
//!
//! What must stay true: pure; each state of the server has exactly one next step; the words are true for this operating
//! system and this machine's memory.

use crate::sanitise::clean_line;
use crate::transcript::Place;
use crate::words::{self, Names};
use conductor::domain::{BackendId, Model, Os, ServerState};
use conductor::protocol::ModelsSnapshot;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The name of the program.
    Title,
    /// What was found, after a symbol.
    Found(Mark),
    /// More of it.
    Detail,
    /// What to do next.
    Step,
    /// Beside the point.
    Aside,
    /// Further beside it: only where there is room.
    Extra,
    /// Nothing.
    Blank,
}

/// The symbol before what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Still looking, or nothing there.
    Nothing,
    /// A place.
    At(Place),
}

/// A line of the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it looks.
    pub kind: Kind,
    /// What it says.
    pub text: String,
}

/// So many models are named.
const SHOWN_NAMES: usize = 4;

/// The first screen; `roomy` where blank lines and asides have a place.
pub fn lines(snapshot: Option<&ModelsSnapshot>, roomy: bool, names: &Names) -> Vec<Line> {
    let line = |kind, text: String| Line { kind, text };
    let mut out = vec![line(Kind::Title, "Segno · each answer says who wrote it".to_owned()), line(Kind::Blank, String::new())];
    let Some(snapshot) = snapshot else {
        out.extend(checking());
        return trim(out, roomy);
    };
    match snapshot.best() {
        ServerState::Up { .. } if !snapshot.hosts.is_empty() => {
            out.extend(snapshot.states().map(|(host, state)| of_several(&host, state, snapshot)));
            out.extend(up(snapshot, names));
        }
        ServerState::Unknown => out.extend(checking()),
        ServerState::Down { address, why, watching } => out.extend(down(address, why, *watching, snapshot)),
        ServerState::Elsewhere { address, location } => {
            let place = Place::from(location);
            let text = format!("{}  {} is not this machine, so it was not asked anything", location.word(), clean_line(address));
            out.push(line(Kind::Found(Mark::At(place)), text));
            out.push(line(Kind::Blank, String::new()));
            out.push(line(
                Kind::Step,
                "set OLLAMA_HOST, or ollama.host in the configuration, to an Ollama on this machine".to_owned(),
            ));
            out.push(line(Kind::Extra, "until then the built-in guide answers".to_owned()));
        }
        ServerState::Up { address, version } => {
            let text = format!("local  Ollama {} at {}", clean_line(version), clean_line(address));
            out.push(line(Kind::Found(Mark::At(Place::Local)), text));
            out.extend(up(snapshot, names));
        }
    }
    trim(out, roomy)
}

/// One of several servers: where its models run says where it is.
fn of_several(host: &BackendId, state: &ServerState, snapshot: &ModelsSnapshot) -> Line {
    let place = snapshot.models.iter().find(|model| model.backend == *host).map(|model| Place::from(&model.location));
    let mark = place.filter(|_| matches!(state, ServerState::Up { .. })).map_or(Mark::Nothing, Mark::At);
    Line { kind: Kind::Found(mark), text: format!("{}  {}", clean_line(host.as_str()), clean_line(&words::server(state))) }
}

fn checking() -> Vec<Line> {
    vec![
        Line { kind: Kind::Found(Mark::Nothing), text: "looking for Ollama on this machine …".to_owned() },
        Line { kind: Kind::Blank, text: String::new() },
        Line { kind: Kind::Step, text: "you can type already".to_owned() },
    ]
}

fn down(address: &str, why: &str, watching: bool, snapshot: &ModelsSnapshot) -> Vec<Line> {
    let line = |kind, text: &str| Line { kind, text: text.to_owned() };
    let (start, install) = match snapshot.machine.os {
        Os::Linux => ("ollama serve", "curl -fsSL https://ollama.com/install.sh | sh"),
        Os::Macos => ("open -a Ollama", "https://ollama.com/download, or brew install ollama"),
        Os::Windows => ("Ollama in the Start menu", "winget install Ollama.Ollama"),
        Os::Other => ("ollama serve", "https://ollama.com/download"),
    };
    let looking = match watching {
        true => "I keep looking: no need to restart",
        false => "I stopped looking: any key looks again",
    };
    let mut out = vec![
        line(Kind::Found(Mark::Nothing), &format!("no Ollama at {}: {}", clean_line(address), clean_line(why))),
        line(Kind::Blank, ""),
        line(Kind::Step, &format!("start it: {start}")),
        line(Kind::Detail, &format!("not installed? {install}")),
        line(Kind::Aside, looking),
        line(Kind::Extra, "until then the built-in guide answers"),
    ];
    if let Some(gib) = snapshot.machine.memory_gib() {
        out.push(line(Kind::Extra, &format!("{gib} GiB of memory: {} will do well here", words::first_model(snapshot))));
    }
    out
}

fn up(snapshot: &ModelsSnapshot, called: &Names) -> Vec<Line> {
    let line = |kind, text: String| Line { kind, text };
    let memory = snapshot.machine.memory_gib().map(|gib| format!("{gib} GiB of memory"));
    let (here, away): (Vec<&Model>, Vec<&Model>) =
        snapshot.models.iter().filter(|model| model.capabilities.completion).partition(|model| model.location.is_local());
    let mut names: Vec<String> = here.iter().map(|model| called.model(&model.id)).collect();
    // What several servers have stands together.
    names.dedup();
    let mut out = Vec::new();
    if names.is_empty() {
        let memory = memory.map(|memory| format!(", {memory}")).unwrap_or_default();
        out.push(line(Kind::Detail, format!("no model yet{memory}")));
        out.push(line(Kind::Blank, String::new()));
        out.push(line(Kind::Step, format!("/pull {}", words::first_model(snapshot))));
        out.push(line(Kind::Aside, "has Ollama fetch a model that suits this machine".to_owned()));
        return out;
    }
    let count = if names.len() == 1 { "1 model".to_owned() } else { format!("{} models", names.len()) };
    let shown: Vec<&str> = names.iter().take(SHOWN_NAMES).map(String::as_str).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    out.push(line(Kind::Detail, format!("{count}: {}{more}", shown.join(", "))));
    if !away.is_empty() {
        let keyless = away.iter().filter(|model| model.obstacle.is_some()).count();
        let need = match keyless {
            0 => "",
            1 if away.len() == 1 => "; it needs a key first",
            n if n == away.len() => "; they need a key first",
            _ => "; some need a key first",
        };
        out.push(line(Kind::Extra, format!("{} more that would send your words off this machine{need}", away.len())));
    }
    if let Some(memory) = memory {
        out.push(line(Kind::Extra, memory));
    }
    out.push(line(Kind::Blank, String::new()));
    out.push(line(Kind::Step, "ask something".to_owned()));
    out.push(line(Kind::Aside, "/models shows the models, F1 the keys and commands".to_owned()));
    out
}

/// Leaves out what is not needed where room is short.
fn trim(mut lines: Vec<Line>, roomy: bool) -> Vec<Line> {
    if !roomy {
        lines.retain(|line| !matches!(line.kind, Kind::Title | Kind::Blank | Kind::Extra));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{Location, Machine, ModelId};

    fn step(server: ServerState, os: Os, gib: Option<u64>) -> String {
        let machine = Machine { os, memory_bytes: gib.map(|gib| gib << 30) };
        let first_model = gib.map(|gib| ModelId::new(if gib < 12 { "small:1b" } else { "large:8b" }));
        let snapshot = ModelsSnapshot {
            server,
            hosts: Vec::new(),
            models: Vec::new(),
            profiles: Vec::new(),
            machine,
            first_model,
            memory: None,
            health: Vec::new(),
            quotas: Vec::new(),
            at_ms: 0,
            pools: Vec::new(),
        };
        let lines = lines(Some(&snapshot), true, &Names::default());
        let steps: Vec<&Line> = lines.iter().filter(|line| line.kind == Kind::Step).collect();
        assert_eq!(steps.len(), 1, "one next step: {lines:?}");
        steps[0].text.clone()
    }

    #[test]
    fn the_next_step_suits_the_state_and_the_machine() {
        let up = || ServerState::Up { address: "127.0.0.1:11434".into(), version: "0.33.0".into() };
        let down = || ServerState::Down { address: "x".into(), why: "refused".into(), watching: true };
        let elsewhere = ServerState::Elsewhere { address: "box".into(), location: Location::Network("box".into()) };
        for (server, os, gib, want) in [
            (ServerState::Unknown, Os::Linux, None, "you can type already"),
            (down(), Os::Linux, Some(8), "start it: ollama serve"),
            (down(), Os::Macos, Some(8), "start it: open -a Ollama"),
            (down(), Os::Windows, Some(8), "start it: Ollama in the Start menu"),
            (elsewhere, Os::Linux, None, "set OLLAMA_HOST, or ollama.host in the configuration, to an Ollama on this machine"),
            (up(), Os::Linux, Some(32), "/pull large:8b"),
            (up(), Os::Linux, Some(8), "/pull small:1b"),
            (up(), Os::Linux, None, "/pull llama3.1:8b"),
        ] {
            assert_eq!(step(server, os, gib), want);
        }
    }
}
