//! One model on several servers: considered once, and asked on one after the other.

use super::*;
use crate::config::BackendSettings;
use crate::domain::Candidate;

/// A model on a server: `desk` or `loft` in front of its words, or nothing for the first.
fn on(words: &str) -> Model {
    match words.split_once(": ") {
        Some((host, words)) => Model { backend: BackendId::new(host), ..model(words) },
        None => model(words),
    }
}

fn named_on(candidate: &Candidate) -> String {
    match candidate.backend.as_str() {
        BackendId::OLLAMA => candidate.model.to_string(),
        host => format!("{} on {host}", candidate.model),
    }
}

/// Who is asked, one after the other, and how many models were considered.
fn planned(rows: &[&str], requests: [u32; 3], change: impl FnOnce(&mut Ask)) -> (String, usize, Vec<String>) {
    let rows: Vec<Model> = rows.iter().map(|words| on(words)).collect();
    let mut ask = ask(General, 3);
    change(&mut ask);
    let mut config = load(&Layers::default()).unwrap().config;
    let row = |id: &str| BackendSettings { id: BackendId::new(id), host: String::new(), memory_mib: 0 };
    config.backends = vec![row("desk"), row("loft")];
    let state = |id: &str| HostState { id: BackendId::new(id), state: up(), memory: None };
    let ids = ["ollama", "desk", "loft"].map(BackendId::new);
    let loads: Vec<HostLoad> = ids.into_iter().zip(requests).map(|(id, requests)| HostLoad { id, requests }).collect();
    let snapshot = Snapshot {
        config: &config,
        server: &ask.server,
        others: &[state("desk"), state("loft")],
        loads: &loads,
        models: &rows,
        machine: &Machine { os: Os::Linux, memory_bytes: Some(64 << 30) },
        offline: ask.offline,
        pictures: ask.pictures,
        tokens: ask.tokens,
        last: None,
        measured: &ask.measured,
        fitness: &ask.fitness,
        refused: &ask.refused,
    };
    let task = Classification {
        class: ask.class,
        confidence: Milli::of(ask.confidence),
        second: General,
        complexity: Complexity::of(ask.level),
        evidence: Vec::new(),
    };
    let plan = DefaultModelSelector.select(snapshot, task, &ask.choice).unwrap();
    let pairs: Vec<_> = plan.candidates.iter().map(|c| (&c.model, &c.backend)).collect();
    let explained: Vec<_> = plan.decision.chain.iter().zip(&plan.decision.hosts).collect();
    assert_eq!(pairs, explained);
    assert!(pairs.iter().enumerate().all(|(at, pair)| !pairs[..at].contains(pair)), "{pairs:?}");
    let line = plan.candidates.iter().map(named_on).collect::<Vec<_>>().join(", ");
    (line, plan.decision.considered.len(), plan.decision.notes)
}

const LLAMA: &str = "llama3.1:8b 5";
const DESK: &str = "desk: llama3.1:8b 5";
const LOFT: &str = "loft: llama3.1:8b 5";

/// Who is asked, and that so many models were considered.
fn check_on(what: &str, rows: &[&str], requests: [u32; 3], change: impl FnOnce(&mut Ask), (want, considered): (&str, usize)) {
    let (line, count, notes) = planned(rows, requests, change);
    assert_eq!((line.as_str(), count), (want, considered), "{what}: {notes:?}");
}

#[test]
fn the_same_model_follows_on_the_next_server() {
    let far = ["desk: llama3.1:8b 5 lan", "loft: llama3.1:8b 5 lan"];
    for (what, rows, requests, want) in [
        ("one", &[DESK][..], [0, 0, 0], "llama3.1:8b on desk"),
        ("in order", &[LOFT, LLAMA, DESK], [0, 0, 0], "llama3.1:8b, llama3.1:8b on desk, llama3.1:8b on loft"),
        ("by what there is to do", &[LLAMA, DESK], [1, 0, 0], "llama3.1:8b on desk, llama3.1:8b"),
        ("the network does not stand in", &[LLAMA, far[0]], [9, 0, 0], "llama3.1:8b"),
        ("two of the network", &far, [0, 3, 1], "llama3.1:8b on loft, llama3.1:8b on desk"),
    ] {
        check_on(what, rows, requests, |_| {}, (want, 1));
    }
    let creative = |ask: &mut Ask| ask.class = Creative;
    let want = "mistral:7b on desk, llama3.1:8b, llama3.1:8b on desk";
    check_on("others come after all of its servers", &[LLAMA, DESK, "desk: mistral:7b 4"], [0, 0, 0], creative, (want, 2));
    let by_user = |ask: &mut Ask| ask.choice = named("mistral:7b", true);
    let rows = [LLAMA, DESK, "mistral:7b 4", "desk: mistral:7b 4"];
    check_on("named by the user", &rows, [0, 0, 0], by_user, ("mistral:7b, mistral:7b on desk", 2));
}

#[test]
fn a_server_that_may_not_be_asked_is_passed_over() {
    let rests = |ask: &mut Ask| {
        let rests = Fitness { rests: true, failed_percent: 100 };
        let hosts = ["ollama", "desk"].map(BackendId::new);
        ask.fitness = hosts.into_iter().map(|host| ((host, ModelId::new("llama3.1:8b")), rests)).collect();
    };
    check_on("those that rest", &[LLAMA, DESK, LOFT], [0, 0, 9], rests, ("llama3.1:8b on loft", 1));
    let never = |ask: &mut Ask| ask.refused = vec![(BackendId::new("desk"), Location::Network("box".into()))];
    let far = ["desk: llama3.1:8b 5 lan", "loft: llama3.1:8b 5 lan"];
    check_on("one to which nothing goes", &far, [0, 0, 9], never, ("llama3.1:8b on loft", 1));
    let long = |ask: &mut Ask| ask.tokens = 4000;
    check_on("one whose window is too small", &["llama3.1:8b 5 small-window", DESK], [0, 9, 0], long, ("llama3.1:8b on desk", 1));
}

#[test]
fn it_is_said_why_it_is_asked_there() {
    let (_, _, notes) = planned(&["llama3.1:8b 5", "desk: llama3.1:8b 5"], [2, 1, 0], |_| {});
    assert_eq!(notes, ["llama3.1:8b is asked on desk: there is less to do (1, and 2 on ollama)"]);
    let (_, _, notes) = planned(&["llama3.1:8b 5"], [2, 1, 0], |_| {});
    assert!(notes.is_empty(), "{notes:?}");
}
