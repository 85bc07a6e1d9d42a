//! Plans, as data.

use super::*;
use crate::domain::{Capabilities, LicenceClass};

fn model(name: &str, gigabytes: u64) -> Model {
    Model {
        id: ModelId::new(name),
        backend: BackendId::ollama(),
        location: Location::Local,
        family: String::new(),
        parameters: String::new(),
        quantization: String::new(),
        size_bytes: gigabytes << 30,
        trained_context: None,
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, ..Capabilities::default() },
        resident: None,
        licence: crate::domain::Licence::default(),
        prices: None,
        obstacle: None,
    }
}

fn embedder(name: &str) -> Model {
    Model { capabilities: Capabilities { embedding: true, ..Capabilities::default() }, ..model(name, 1) }
}

fn cloud(name: &str) -> Model {
    Model { location: Location::External("ollama.com".into()), ..model(name, 1) }
}

fn up() -> ServerState {
    ServerState::Up { address: "127.0.0.1:11434".into(), version: "0.33.0".into() }
}

fn down() -> ServerState {
    ServerState::Down { address: "127.0.0.1:11434".into(), why: "connection refused".into(), watching: true }
}

/// The plan as one line: `reason: first, second`.
fn planned(server: &ServerState, models: &[Model], class: TaskClass, choice: &Choice) -> String {
    let machine = Machine { os: crate::domain::Os::Linux, memory_bytes: Some(16 << 30) };
    let config = Config::default();
    let snapshot = Snapshot { config: &config, server, models, machine: &machine, offline: false, pictures: false };
    described(plan(snapshot, class, choice))
}

fn described(planned: Result<Plan, Failure>) -> String {
    match planned {
        Ok(plan) => {
            let reason = match plan.reason {
                SelectionReason::Specialized { class } => format!("specialized {}", class.word()),
                SelectionReason::Default => "default".to_owned(),
                SelectionReason::UserOverride => "override".to_owned(),
                SelectionReason::Substitute { wanted } => format!("instead of {wanted}"),
                SelectionReason::Fallback { .. } => "fallback".to_owned(),
                SelectionReason::Guide { why } => why,
            };
            let names: Vec<_> = plan.candidates.iter().map(|c| c.model.to_string()).collect();
            format!("{reason}: {}", names.join(", "))
        }
        Err(failure) => format!("{:?}: {}", failure.kind, failure.what),
    }
}

#[test]
fn without_a_choice_of_the_user() {
    use TaskClass::{CodeGeneration, Creative, General, Mathematical, QuickResponse};
    let llama = || model("llama3.1:8b", 5);
    let coder = || model("deepseek-coder:6.7b", 4);
    for (models, class, want) in [
        (vec![llama(), coder()], General, "default: llama3.1:8b"),
        (vec![llama(), coder()], CodeGeneration, "specialized code: deepseek-coder:6.7b, llama3.1:8b"),
        (vec![llama()], CodeGeneration, "instead of deepseek-coder:6.7b: llama3.1:8b"),
        (
            vec![llama(), model("qwen2.5-coder:7b", 4)],
            CodeGeneration,
            "instead of deepseek-coder:6.7b: qwen2.5-coder:7b, llama3.1:8b",
        ),
        (vec![llama(), model("big-coder:70b", 40)], CodeGeneration, "instead of deepseek-coder:6.7b: llama3.1:8b"),
        (vec![llama(), model("phi3:mini", 2)], QuickResponse, "specialized quick: phi3:mini, llama3.1:8b"),
        (vec![model("other:7b", 4)], General, "instead of llama3.1:8b: other:7b"),
        (
            vec![model("big:70b", 40), model("small:1b", 1), model("mid:8b", 5)],
            Creative,
            "instead of mistral:7b: mid:8b, small:1b, big:70b",
        ),
        (
            vec![model("mid:8b", 5), model("qwen2.5-coder:3b", 2)],
            CodeGeneration,
            "instead of deepseek-coder:6.7b: qwen2.5-coder:3b, mid:8b",
        ),
        (vec![model("mid:8b", 5), model("wizard-math:7b", 2)], Mathematical, "instead of qwen2-math:7b: wizard-math:7b, mid:8b"),
        (
            vec![embedder("nomic-embed-text"), cloud("gpt-oss:120b-cloud")],
            General,
            "the server on 127.0.0.1:11434 has no model on this machine yet: guide",
        ),
        (vec![], General, "the server on 127.0.0.1:11434 has no model on this machine yet: guide"),
    ] {
        assert_eq!(planned(&up(), &models, class, &Choice::Auto), want, "{models:?}");
    }
    assert_eq!(planned(&down(), &[llama()], General, &Choice::Auto), "no server on 127.0.0.1:11434 (connection refused): guide");
}

#[test]
fn with_a_choice_of_the_user() {
    let models = [model("llama3.1:8b", 5), model("mistral:7b", 4), embedder("nomic-embed-text"), cloud("gpt-oss:120b-cloud")];
    for (server, name, want) in [
        (up(), "mistral:7b", "override: mistral:7b, llama3.1:8b"),
        (up(), "mistral", "override: mistral:7b, llama3.1:8b"),
        (up(), "MISTRAL:7B", "override: mistral:7b, llama3.1:8b"),
        (up(), "gpt-oss:120b-cloud", "override: gpt-oss:120b-cloud, llama3.1:8b"),
        (up(), "guide", "override: guide"),
        (down(), "guide", "override: guide"),
        (up(), "nomic-embed-text", "Refused: nomic-embed-text makes embeddings and does not chat"),
        (up(), "qwen3:8b", "NotFound: qwen3:8b is not installed on 127.0.0.1:11434"),
        (down(), "mistral:7b", "Unreachable: mistral:7b cannot be asked: no server on 127.0.0.1:11434 (connection refused)"),
    ] {
        let choice = Choice::Model(ModelId::new(name));
        assert_eq!(planned(&server, &models, TaskClass::General, &choice), want, "{name}");
    }
}

#[test]
fn of_two_equal_stand_ins_the_more_open_one() {
    use LicenceClass::{Copyleft, Permissive, Restricted, Unknown};
    let licensed = |name: &str, gigabytes, class| Model {
        licence: crate::domain::Licence { class, name: String::new() },
        ..model(name, gigabytes)
    };
    for (models, want) in [
        ([licensed("a:8b", 5, Restricted), licensed("b:8b", 5, Permissive)], "b:8b, a:8b"),
        ([licensed("a:8b", 5, Copyleft), licensed("b:8b", 5, Permissive)], "b:8b, a:8b"),
        ([licensed("a:8b", 5, Unknown), licensed("b:8b", 5, Restricted)], "b:8b, a:8b"),
        ([licensed("a:8b", 5, Permissive), licensed("b:8b", 5, Permissive)], "a:8b, b:8b"),
        // Size says more.
        ([licensed("a:8b", 6, Unknown), licensed("b:8b", 5, Permissive)], "a:8b, b:8b"),
    ] {
        let want = format!("instead of llama3.1:8b: {want}");
        assert_eq!(planned(&up(), &models, TaskClass::General, &Choice::Auto), want, "{models:?}");
    }
}

#[test]
fn a_name_without_a_tag_must_mean_one_model() {
    let models = [model("qwen3:8b", 5), model("qwen3:4b", 3), model("mistral:latest", 4), model("mistral:7b", 4)];
    let found = |name: &str| resolve(&models, &ModelId::new(name)).map(|m| m.id.to_string());
    assert_eq!(found("qwen3"), None);
    assert_eq!(found("mistral"), Some("mistral".to_owned()));
    assert_eq!(found("qwen3:4b"), Some("qwen3:4b".to_owned()));
}

/// Models of somebody else are asked only where they are named and allowed; what is not on this machine, only while Segno is
/// not offline.
#[test]
fn elsewhere() {
    let external = |name: &str| Model { backend: BackendId::new("fake"), ..cloud(name) };
    let lan = |name: &str| Model { location: Location::Network("box".into()), ..model(name, 3) };
    let machine = Machine { os: crate::domain::Os::Linux, memory_bytes: Some(16 << 30) };
    let models = [model("mistral:7b", 4), lan("llama3.1:8b"), external("fake/big")];
    let server = up();
    for (general, allow, offline, want) in [
        ("llama3.1:8b", false, false, "default: llama3.1:8b"),
        ("llama3.1:8b", false, true, "instead of llama3.1:8b: mistral:7b"),
        ("fake/big", false, false, "instead of fake/big: mistral:7b, llama3.1:8b"),
        ("fake/big", true, false, "default: fake/big"),
        ("fake/big", true, true, "instead of fake/big: mistral:7b"),
    ] {
        let mut config = Config::default();
        config.defaults.general = ModelId::new(general);
        config.defaults.deep = ModelId::new(general);
        config.privacy.allow_external = allow;
        let snapshot =
            Snapshot { config: &config, server: &server, models: &models, machine: &machine, offline, pictures: false };
        let got = described(plan(snapshot, TaskClass::General, &Choice::Auto));
        assert_eq!(got, want, "{general} allow {allow} offline {offline}");
    }
}

#[test]
fn images_go_to_models_that_see() {
    let seeing =
        |name: &str| Model { capabilities: Capabilities { vision: true, ..model(name, 4).capabilities }, ..model(name, 4) };
    let machine = Machine { os: crate::domain::Os::Linux, memory_bytes: Some(16 << 30) };
    let (config, server) = (Config::default(), up());
    let auto = Choice::Auto;
    let named = |name: &str| Choice::Model(ModelId::new(name));
    for (models, choice, want) in [
        (vec![model("llama3.1:8b", 5), seeing("llava:7b")], &auto, "instead of llama3.1:8b: llava:7b"),
        (vec![model("llama3.1:8b", 5)], &auto, "NoCandidate: none of the models that are here sees images"),
        (vec![], &auto, "the server on 127.0.0.1:11434 has no model on this machine yet: guide"),
        (vec![model("llama3.1:8b", 5)], &named("llama3.1:8b"), "Refused: llama3.1:8b does not see images"),
        (vec![model("llama3.1:8b", 5), seeing("llava:7b")], &named("llava:7b"), "override: llava:7b"),
    ] {
        let snapshot =
            Snapshot { config: &config, server: &server, models: &models, machine: &machine, offline: false, pictures: true };
        assert_eq!(described(plan(snapshot, TaskClass::General, choice)), want, "{choice:?}");
    }
}

#[test]
fn what_stands_in_the_way_is_said() {
    let keyless =
        Model { obstacle: Some("no key: `segno keys set fake`".into()), backend: BackendId::new("fake"), ..cloud("fake/big") };
    let choice = Choice::Model(ModelId::new("fake/big"));
    assert_eq!(planned(&down(), &[keyless], TaskClass::General, &choice), "Refused: fake/big cannot be asked: no key");
}
