//! Plans, as data: the models that are there, what is asked for, and who is asked first, next, and why.

mod elsewhere;
mod hosts;
mod measured;
mod unwell;

use super::*;
use crate::config::{Layers, load};
use crate::domain::{Capabilities, ClassRecord, Complexity, Licence, LicenceClass, Measured, Os, Residency};
use TaskClass::{
    CodeGeneration as Code, Creative, DeepThinking as Deep, General, Mathematical as Math, QuickResponse as Quick, ToolUse,
};

/// A model by words: a name, its gigabytes, and what is special about it.
fn model(words: &str) -> Model {
    let mut words = words.split(' ');
    let id = ModelId::new(words.next().unwrap());
    let gigabytes: u64 = words.next().unwrap_or("5").parse().unwrap();
    let mut model = Model {
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
        licence: Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
        id,
    };
    for word in words {
        match word {
            "tools" => model.capabilities.tools = true,
            "vision" => model.capabilities.vision = true,
            "thinking" => model.capabilities.thinking = true,
            "embeds" => model.capabilities = Capabilities { embedding: true, ..Capabilities::default() },
            "warm" => model.resident = Some(Residency { size_bytes: 1, vram_bytes: 1, context: Some(8192), expires_ms: None }),
            "lukewarm" => {
                model.resident = Some(Residency { size_bytes: 1, vram_bytes: 1, context: Some(4096), expires_ms: None })
            }
            "lan" => model.location = Location::Network("box".into()),
            "cloud" => model.location = Location::External("ollama.com".into()),
            "provider" => {
                model.location = Location::External("api.fake".into());
                model.backend = BackendId::new("fake");
            }
            "keyless" => model.obstacle = Some("no key: `segno keys set fake`".into()),
            "permissive" => model.licence.class = LicenceClass::Permissive,
            "restricted" => model.licence.class = LicenceClass::Restricted,
            "copyleft" => model.licence.class = LicenceClass::Copyleft,
            "small-window" => model.num_ctx = 512,
            other => panic!("{other}"),
        }
    }
    model
}

fn up() -> ServerState {
    ServerState::Up { address: "127.0.0.1:11434".into(), version: "0.33.0".into() }
}

fn down() -> ServerState {
    ServerState::Down { address: "127.0.0.1:11434".into(), why: "connection refused".into(), watching: true }
}

/// What is asked, and how.
#[derive(Clone)]
struct Ask {
    class: TaskClass,
    level: f32,
    confidence: f32,
    choice: Choice,
    /// Settings, as `--set` takes them.
    set: &'static [&'static str],
    offline: bool,
    pictures: bool,
    tokens: u32,
    last: Option<&'static str>,
    measured: Measurements,
    fitness: FitnessOf,
    refused: Vec<(BackendId, Location)>,
    server: ServerState,
}

fn ask(class: TaskClass, level: u8) -> Ask {
    Ask {
        class,
        level: f32::from(level),
        confidence: 0.9,
        choice: Choice::Auto,
        set: &[],
        offline: false,
        pictures: false,
        tokens: 20,
        last: None,
        measured: Measurements::new(),
        fitness: HashMap::new(),
        refused: Vec::new(),
        server: up(),
    }
}

fn named(name: &str, locked: bool) -> Choice {
    Choice::Model { id: ModelId::new(name), locked }
}

fn plan(models: &[Model], ask: &Ask) -> Result<Plan, Failure> {
    let flags = ask.set.iter().map(|set| set.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).unwrap()).collect();
    let config = load(&Layers { flags, ..Layers::default() }).unwrap().config;
    let machine = Machine { os: Os::Linux, memory_bytes: Some(64 << 30) };
    let last = ask.last.map(ModelId::new);
    let snapshot = Snapshot {
        config: &config,
        server: &ask.server,
        others: &[],
        loads: &[],
        models,
        machine: &machine,
        offline: ask.offline,
        pictures: ask.pictures,
        tokens: ask.tokens,
        last: last.as_ref(),
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
    DefaultModelSelector.select(snapshot, task, &ask.choice)
}

/// The plan as one line: `Reason: first, second`.
fn described(planned: &Result<Plan, Failure>) -> String {
    match planned {
        Ok(plan) => {
            let names: Vec<_> = plan.candidates.iter().map(|c| c.model.to_string()).collect();
            format!("{}: {}", plan.reason, names.join(", "))
        }
        Err(failure) => format!("{:?}: {}", failure.kind, failure.what),
    }
}

fn check(name: &str, models: &[&str], ask: &Ask, want: &str) {
    let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
    let planned = plan(&models, ask);
    assert_eq!(described(&planned), want, "{name}");
    // The order of the list says nothing.
    let backwards: Vec<Model> = models.into_iter().rev().collect();
    assert_eq!(plan(&backwards, ask), planned, "{name}, the list backwards");
    let Ok(planned) = planned else { return };
    let mut seen = Vec::new();
    for candidate in &planned.candidates {
        assert!(!seen.contains(&&candidate.model), "{name}: {} twice", candidate.model);
        seen.push(&candidate.model);
    }
}

const ALL_DEFAULTS: [&str; 5] =
    ["llama3.1:8b 5 tools", "deepseek-coder:6.7b 4", "qwen2-math:7b 4", "phi3:mini 2", "mistral:7b 4 tools"];

#[test]
fn each_class_finds_the_model_that_is_configured_for_it() {
    for (class, want) in [
        (General, "Default: llama3.1:8b"),
        (Code, "Specialized(CodeGeneration): deepseek-coder:6.7b, llama3.1:8b"),
        (Math, "Specialized(Mathematical): qwen2-math:7b, llama3.1:8b"),
        (Creative, "Specialized(Creative): mistral:7b, llama3.1:8b"),
        (Quick, "Specialized(QuickResponse): phi3:mini, llama3.1:8b"),
        (Deep, "Specialized(DeepThinking): llama3.1:8b"),
        (ToolUse, "Default: llama3.1:8b"),
        (TaskClass::Embedding, "Default: llama3.1:8b"),
    ] {
        for level in [1, 4, 5, 7] {
            let models: Vec<Model> = ALL_DEFAULTS.map(model).into();
            let got = described(&plan(&models, &ask(class, level)));
            assert_eq!(got, want, "{} {level}", class.name());
        }
    }
}

#[test]
fn what_is_not_installed_is_replaced_by_the_best_that_is() {
    for (name, models, class, want) in [
        ("by the only one", &["llama3.1:8b 5"][..], Code, "Substitute(deepseek-coder:6.7b): llama3.1:8b"),
        (
            "by one made for it",
            &["llama3.1:8b 5", "qwen2.5-coder:7b 4"],
            Code,
            "Substitute(deepseek-coder:6.7b): qwen2.5-coder:7b, llama3.1:8b",
        ),
        (
            "by a small one made for it",
            &["llama3.1:8b 5", "qwen2.5-coder:3b 2"],
            Code,
            "Substitute(deepseek-coder:6.7b): qwen2.5-coder:3b, llama3.1:8b",
        ),
        (
            "not by one that does not fit",
            &["llama3.1:8b 5", "big-coder:70b 60"],
            Code,
            "Substitute(deepseek-coder:6.7b): llama3.1:8b",
        ),
        ("by a mathematician", &["mid:8b 5", "wizard-math:7b 2"], Math, "Substitute(qwen2-math:7b): wizard-math:7b, mid:8b"),
        ("by anybody", &["other:7b 4"], General, "Substitute(llama3.1:8b): other:7b"),
        ("not by a coder", &["some-coder:7b 4", "other:7b 4"], General, "Substitute(llama3.1:8b): other:7b, some-coder:7b"),
        (
            "by what thinks",
            &["other:7b 4", "deepseek-r1:8b 5 thinking"],
            Deep,
            "Substitute(llama3.1:8b): deepseek-r1:8b, other:7b",
        ),
        ("by the quickest", &["mid:8b 5", "tiny:1b 1"], Quick, "Substitute(phi3:mini): tiny:1b, mid:8b"),
        ("by who calls tools", &["deaf:8b 5", "handy:8b 5 tools"], ToolUse, "Substitute(llama3.1:8b): handy:8b, deaf:8b"),
        ("by gemma for tales", &["plain:8b 5", "gemma2:9b 5"], Creative, "Substitute(mistral:7b): gemma2:9b, plain:8b"),
        (
            "the smallest of those too large",
            &["vast:70b 60", "huge:405b 240"],
            General,
            "Substitute(llama3.1:8b): vast:70b, huge:405b",
        ),
        ("three at most", &["a:7b 4", "b:7b 4", "c:7b 4", "d:7b 4"], General, "Substitute(llama3.1:8b): a:7b, b:7b, c:7b"),
        ("nobody but an embedder", &["nomic-embed-text 1 embeds"], General, "Guide: guide"),
        ("nobody but a cloud", &["gpt-oss:120b-cloud 1 cloud"], General, "Guide: guide"),
        ("nobody", &[], General, "Guide: guide"),
    ] {
        check(name, models, &ask(class, 3), want);
    }
}

#[test]
fn hard_questions_find_the_deepest() {
    let models = ["llama3.1:8b 5", "deepseek-coder:6.7b 4", "qwen2.5:32b 20", "llama3.3:70b 42"];
    let set = &["defaults.deep=llama3.3:70b"][..];
    for (name, class, level, set, want) in [
        ("easy stays small", General, 3, &[][..], "Default: llama3.1:8b"),
        ("the general one is the user's own word", General, 6, &[], "Default: llama3.1:8b"),
        ("hard goes to the largest", General, 9, &[], "Complexity(9): llama3.3:70b"),
        ("hard goes to the slot deep", General, 8, set, "Complexity(8): llama3.3:70b"),
        ("hard code, too", Code, 9, set, "Complexity(9): llama3.3:70b"),
        ("ordinary code does not", Code, 7, set, "Specialized(CodeGeneration): deepseek-coder:6.7b"),
        ("a threshold", General, 6, &["routing.medium_up_to=5"], "Complexity(6): llama3.3:70b"),
        ("another threshold", General, 9, &["routing.medium_up_to=9"], "Default: llama3.1:8b"),
        ("depth itself", Deep, 5, set, "Specialized(DeepThinking): llama3.3:70b"),
    ] {
        let asked = Ask { set, ..ask(class, level) };
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        let got = described(&plan(&models, &asked));
        assert!(got.starts_with(want), "{name}: {got}");
    }
}

#[test]
fn tiers_choose_among_models_that_nobody_named() {
    let models = ["small:7b 4", "middle:14b 9", "large:70b 42"];
    for (level, want) in
        [(1, "small:7b"), (4, "small:7b"), (5, "middle:14b"), (7, "middle:14b"), (8, "large:70b"), (10, "large:70b")]
    {
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        let got = plan(&models, &ask(General, level)).unwrap();
        assert_eq!(got.candidates[0].model.short(), want, "{level}");
    }
}

#[test]
fn the_user_is_obeyed() {
    let models = [
        "llama3.1:8b 5",
        "mistral:7b 4",
        "nomic-embed-text 1 embeds",
        "gpt-oss:120b-cloud 1 cloud",
        "fake/big 0 provider keyless",
    ];
    for (name, server, choice, want) in [
        ("a model", up(), named("mistral:7b", false), "UserOverride: mistral:7b, llama3.1:8b"),
        ("locked", up(), named("mistral:7b", true), "UserOverride: mistral:7b"),
        ("without its tag", up(), named("mistral", false), "UserOverride: mistral:7b, llama3.1:8b"),
        ("in capitals", up(), named("MISTRAL:7B", false), "UserOverride: mistral:7b, llama3.1:8b"),
        ("a cloud", up(), named("gpt-oss:120b-cloud", false), "UserOverride: gpt-oss:120b-cloud, llama3.1:8b"),
        ("a cloud, locked", up(), named("gpt-oss:120b-cloud", true), "UserOverride: gpt-oss:120b-cloud"),
        ("the guide", up(), named("guide", false), "UserOverride: guide"),
        ("the guide, without a server", down(), named("guide", true), "UserOverride: guide"),
        ("an embedder", up(), named("nomic-embed-text", false), "Refused: nomic-embed-text makes embeddings and does not chat"),
        ("one that is not there", up(), named("qwen3:8b", true), "NotFound: qwen3:8b is not installed on 127.0.0.1:11434"),
        ("one without a key", up(), named("fake/big", false), "Refused: fake/big cannot be asked: no key"),
        (
            "without a server",
            down(),
            named("mistral:7b", false),
            "Unreachable: mistral:7b cannot be asked: no server on 127.0.0.1:11434 (connection refused)",
        ),
    ] {
        check(name, &models, &Ask { choice, server, ..ask(General, 3) }, want);
    }
}

#[test]
fn without_a_server_the_guide_answers() {
    let planned = plan(&[model("llama3.1:8b 5")], &Ask { server: down(), ..ask(General, 3) }).unwrap();
    let SelectionReason::Guide { why } = planned.reason else { panic!("{:?}", planned.reason) };
    assert_eq!(why, "no server on 127.0.0.1:11434 (connection refused)");
    assert_eq!(planned.decision.considered[0].gate, Some(Gate::Unreachable));
}

#[test]
fn images_go_to_models_that_see() {
    let seeing = Ask { pictures: true, ..ask(General, 3) };
    for (name, models, asked, want) in [
        ("who sees", &["llama3.1:8b 5", "llava:7b 4 vision"][..], seeing.clone(), "Substitute(llama3.1:8b): llava:7b"),
        ("nobody sees", &["llama3.1:8b 5"], seeing.clone(), "NoCandidate: none of the models that are here sees images"),
        ("nobody is there", &[], seeing.clone(), "Guide: guide"),
        (
            "the user's is blind",
            &["llama3.1:8b 5"],
            Ask { choice: named("llama3.1:8b", false), ..seeing.clone() },
            "Refused: llama3.1:8b does not see images",
        ),
        (
            "the user's sees",
            &["llama3.1:8b 5", "llava:7b 4 vision"],
            Ask { choice: named("llava:7b", false), ..seeing },
            "UserOverride: llava:7b",
        ),
    ] {
        check(name, models, &asked, want);
    }
}

#[test]
fn a_prompt_that_does_not_fit_goes_where_it_does() {
    for (name, models, tokens, want) in [
        ("it fits", &["llama3.1:8b 5 small-window", "wide:8b 5"][..], 100, "Default: llama3.1:8b"),
        ("it fits the other", &["llama3.1:8b 5 small-window", "wide:8b 5"], 900, "Substitute(llama3.1:8b): wide:8b, llama3.1:8b"),
        ("it fits none: the server has the last word", &["llama3.1:8b 5 small-window"], 900, "Default: llama3.1:8b"),
        (
            "it fits none: the widest is the likeliest",
            &["a:8b 5 small-window", "b:8b 5"],
            9000,
            "Substitute(llama3.1:8b): b:8b, a:8b",
        ),
    ] {
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        let got = described(&plan(&models, &Ask { tokens, ..ask(General, 3) }));
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn chains_may_name_models_and_slots() {
    for (set, want) in [
        (&["fallbacks.code=[]"][..], "deepseek-coder:6.7b"),
        (&["fallbacks.code=math,mistral:7b,math"], "deepseek-coder:6.7b, qwen2-math:7b, mistral:7b"),
        (&["fallbacks.code=nosuch:1b,creative"], "deepseek-coder:6.7b, mistral:7b"),
    ] {
        let models: Vec<Model> = ALL_DEFAULTS.map(model).into();
        let planned = plan(&models, &Ask { set, ..ask(Code, 3) }).unwrap();
        let names: Vec<_> = planned.candidates.iter().map(|c| c.model.to_string()).collect();
        assert_eq!(names.join(", "), want, "{set:?}");
    }
}

#[test]
fn a_name_without_a_tag_must_mean_one_model() {
    let models: Vec<Model> = ["qwen3:8b 5", "qwen3:4b 3", "mistral:latest 4", "mistral:7b 4"].map(model).into();
    let found = |name: &str| resolve(&Config::default(), &models, &ModelId::new(name)).map(|m| m.id.to_string());
    assert_eq!(found("qwen3"), None);
    assert_eq!(found("mistral"), Some("mistral".to_owned()));
    assert_eq!(found("qwen3:4b"), Some("qwen3:4b".to_owned()));
}
