//! A second opinion about what a prompt wants: of models that are in memory anyway, and of nobody else.

use super::bench::{Bench, model};
use super::say;
use conductor::backend::scripted::Step::{Done, Hang};
use conductor::config::SecondOpinion;
use conductor::domain::{Capabilities, Location, Model, Residency};
use conductor::protocol::{Command, ConversationCommand};

/// A prompt whose words leave open what is wanted.
const OPEN: &str = "third";

fn held(model: Model) -> Model {
    Model { resident: Some(Residency { size_bytes: 1, vram_bytes: 1, context: Some(8192), expires_ms: None }), ..model }
}

fn embedder() -> Model {
    held(Model { capabilities: Capabilities { embedding: true, ..Capabilities::default() }, ..model("nomic-embed-text") })
}

fn small() -> Model {
    held(model("phi3:3b"))
}

/// Vectors of the built-in examples: those of one class point one way, all others another.
fn examples(class: &str) -> Vec<Vec<f32>> {
    let of = |other: &str| if other == class { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
    // Six of each class, in the order of their words.
    let classes = ["code", "creative", "deep", "general", "math", "quick", "tools"];
    classes.iter().flat_map(|other| std::iter::repeat_n(of(other), 6)).collect()
}

fn bench(models: Vec<Model>, opinion: SecondOpinion, plays: &[(&str, &str)]) -> Bench {
    let plays: Vec<_> = plays.iter().map(|(model, text)| (*model, vec![say(text), Done])).collect();
    Bench::with(models, &plays, |config| config.ollama.second_opinion = opinion)
}

fn asked(bench: &Bench) -> Vec<String> {
    bench.server.sent().iter().map(|(model, _)| model.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_model_for_embeddings_in_memory_compares_with_examples() {
    let models = vec![model("llama3.1:8b"), model("mistral:7b"), embedder()];
    let mut bench =
        bench(models, SecondOpinion::Embedding, &[("llama3.1:8b", "one"), ("mistral:7b", "two"), ("mistral:7b", "three")]);
    drop(bench.server.clone().embeds("nomic-embed-text", examples("creative")));
    // The first time there are no examples yet: they are made once the answer is there.
    assert_eq!(bench.ask(OPEN).await[0], "planned general: llama3.1:8b");
    bench.settle().await;
    // In the same conversation it would be taken to go on.
    bench.command(Command::Conversation(ConversationCommand::New)).await;
    drop(bench.server.clone().embeds("nomic-embed-text", vec![vec![0.9, 0.1]]));
    assert_eq!(bench.ask(OPEN).await[0], "planned creative: mistral:7b, llama3.1:8b");
    // What is sure needs no other opinion.
    assert_eq!(bench.ask("write a poem about the sea in autumn").await[0], "planned creative: mistral:7b, llama3.1:8b");
    assert_eq!(asked(&bench), ["llama3.1:8b", "nomic-embed-text", "nomic-embed-text", "mistral:7b", "mistral:7b"]);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_small_model_in_memory_is_asked_where_the_user_allows_it() {
    let models = || vec![model("llama3.1:8b"), model("mistral:7b"), small()];
    let plays = [("phi3:3b", " Creative."), ("mistral:7b", "two")];
    let mut allowed = bench(models(), SecondOpinion::Model, &plays);
    assert_eq!(allowed.ask(OPEN).await[0], "planned creative: mistral:7b, llama3.1:8b");
    assert_eq!(asked(&allowed), ["phi3:3b", "mistral:7b"]);
    allowed.end().await;
    for opinion in [SecondOpinion::Embedding, SecondOpinion::Off] {
        let mut not = bench(models(), opinion, &[("llama3.1:8b", "one")]);
        assert_eq!(not.ask(OPEN).await[0], "planned general: llama3.1:8b");
        assert_eq!(asked(&not), ["llama3.1:8b"], "{opinion:?}");
        not.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_or_loaded_or_asked_elsewhere() {
    for (name, other) in [
        ("not in memory", Model { resident: None, ..small() }),
        (
            "with another window",
            Model { resident: Some(Residency { size_bytes: 1, vram_bytes: 1, context: Some(512), expires_ms: None }), ..small() },
        ),
        ("one that thinks", Model { capabilities: Capabilities { thinking: true, ..small().capabilities }, ..small() }),
        ("too large", held(model("big:70b"))),
        ("elsewhere", Model { location: Location::External("ollama.com".into()), ..small() }),
        ("on another host", Model { location: Location::Network("box".into()), ..small() }),
    ] {
        let mut bench = bench(vec![model("llama3.1:8b"), other], SecondOpinion::Model, &[("llama3.1:8b", "one")]);
        assert_eq!(bench.ask(OPEN).await[0], "planned general: llama3.1:8b", "{name}");
        assert_eq!(asked(&bench), ["llama3.1:8b"], "{name}");
        bench.end().await;
    }
    // One that says nothing costs no more than its time.
    let plays = [("phi3:3b", vec![Hang]), ("llama3.1:8b", vec![say("one"), Done])];
    let models = vec![model("llama3.1:8b"), small()];
    let mut bench = Bench::with(models, &plays, |config| config.ollama.second_opinion = SecondOpinion::Model);
    let begun = tokio::time::Instant::now();
    assert_eq!(bench.ask(OPEN).await[0], "planned general: llama3.1:8b");
    assert!(begun.elapsed().as_millis() < 1000, "{:?}", begun.elapsed());
    bench.end().await;
}
