//! Vectors of texts, through the door.

use super::bench::{Bench, model};
use conductor::backend::Survey;
use conductor::config::Config;
use conductor::domain::{
    Basis, Capabilities, Failure, FailureKind, LedgerEvent, LedgerOutcome, Location, Model, ModelId, Purpose, RequestId,
    Residency,
};
use conductor::protocol::{Command, ConsentCommand, Event, ModelsCommand, Query, Reply, TEXTS_AT_ONCE};
use conductor::{Conductor, Limits, Setup};
use segno_tests::ollama::FakeOllama;
use std::sync::Arc;

fn embedder(name: &str) -> Model {
    let capabilities = Capabilities { embedding: true, ..Capabilities::default() };
    Model { capabilities, size_bytes: 500 << 20, ..model(name) }
}

fn in_memory(model: Model) -> Model {
    Model { resident: Some(Residency { size_bytes: 1, vram_bytes: 0, context: None, expires_ms: None }), ..model }
}

type Vectors = Result<Vec<Vec<f32>>, Failure>;

/// Who made the vectors of `texts`, and the vectors.
async fn embed(bench: &mut Bench, by: Option<&str>, texts: &[String]) -> (Option<String>, Vectors) {
    let (id, texts) = (RequestId(700), texts.to_vec());
    bench.command(Command::Models(ModelsCommand::Embed { id, model: by.map(ModelId::new), texts })).await;
    bench
        .pick(|event| match event {
            Event::Embedded { id: of, model, result } if of == id => Some((model.map(|m| m.short().to_owned()), result)),
            Event::ConsentNeeded(request) => panic!("nobody is asked: {request:?}"),
            _ => None,
        })
        .await
}

fn texts(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("text {n}")).collect()
}

/// The kind of failure, what it says and what it advises.
fn told(result: Vectors) -> (FailureKind, String) {
    let failure = result.unwrap_err();
    (failure.kind, format!("{} / {}", failure.what, failure.hint))
}

#[tokio::test]
async fn many_texts_are_several_requests_in_order() {
    let vectors = |from: usize, to: usize| (from..to).map(|n| vec![n as f32, 0.5]).collect::<Vec<_>>();
    let mut bench = Bench::new(vec![model("llama3.1:8b"), embedder("e:1")], &[]);
    for (from, to) in [(0, 64), (64, 128), (128, 130)] {
        // Clones share their script.
        drop(bench.server.clone().embeds("e:1", vectors(from, to)));
    }
    let (by, made) = embed(&mut bench, None, &texts(130)).await;
    assert_eq!((by.as_deref(), made), (Some("e:1"), Ok(vectors(0, 130))));
    let sent = bench.server.sent();
    let inputs = sent.iter().map(|(_, bytes)| serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["input"].clone());
    let inputs: Vec<Vec<String>> = inputs.map(|input| serde_json::from_value(input).unwrap()).collect();
    assert_eq!(inputs.iter().map(Vec::len).collect::<Vec<_>>(), [64, 64, 2]);
    assert_eq!(inputs.concat(), texts(130));
    bench.end().await;
}

#[tokio::test]
async fn who_makes_them() {
    let big = Model { size_bytes: 9 << 30, ..embedder("big:1") };
    let cloud = Model { location: Location::External("ollama.com".into()), size_bytes: 1, ..embedder("x:cloud") };
    let chats = model("llama3.1:8b");
    for (models, named, want) in [
        (vec![big.clone(), embedder("b:1"), embedder("a:1")], None, Some("a:1")),
        (vec![in_memory(big.clone()), embedder("a:1")], None, Some("big:1")),
        (vec![cloud.clone(), big.clone(), chats.clone()], None, Some("big:1")),
        (vec![big.clone(), embedder("a:1")], Some("big"), Some("big:1")),
        (vec![cloud.clone(), in_memory(chats.clone())], None, None),
    ] {
        let mut bench = Bench::new(models, &[]);
        for name in ["a:1", "b:1", "big:1"] {
            drop(bench.server.clone().embeds(name, vec![vec![1.0]]));
        }
        let (by, made) = embed(&mut bench, named, &texts(1)).await;
        assert_eq!((by.as_deref(), made.is_ok()), (want, want.is_some()), "{named:?} {made:?}");
        bench.end().await;
    }
}

#[tokio::test]
async fn what_cannot_be_is_said_with_what_to_do() {
    let usual = || vec![model("llama3.1:8b"), embedder("e:1")];
    for (models, named, count, kind, what) in [
        (
            vec![model("llama3.1:8b")],
            None,
            1,
            FailureKind::NoCandidate,
            "no model for embeddings on this machine / `/pull nomic-embed-text`",
        ),
        (usual(), Some("llama3.1:8b"), 1, FailureKind::Refused, "llama3.1:8b makes no embeddings / name another with `-m`"),
        (usual(), Some("none"), 1, FailureKind::NotFound, "none is not installed / `/pull none`"),
        (usual(), None, 0, FailureKind::Refused, "nothing to embed"),
        (usual(), None, TEXTS_AT_ONCE + 1, FailureKind::Refused, "too many texts"),
        (usual(), None, 1, FailureKind::Broken, "no script"),
    ] {
        let mut bench = Bench::new(models, &[]);
        let (got, words) = told(embed(&mut bench, named, &texts(count)).await.1);
        assert!(got == kind && words.contains(what), "{named:?}: {got:?} {words}");
        bench.end().await;
    }
    let mut bench = Bench::down(&[]);
    let (kind, words) = told(embed(&mut bench, None, &texts(1)).await.1);
    assert!(
        kind == FailureKind::Unreachable && words.contains("no server on scripted:0") && words.contains("ollama serve"),
        "{words}"
    );
    bench.end().await;
}

#[tokio::test]
async fn vectors_of_different_lengths_are_no_answer() {
    let mut bench = Bench::new(vec![embedder("e:1")], &[]);
    drop(bench.server.clone().embeds("e:1", vec![vec![1.0]; 64]).embeds("e:1", vec![vec![1.0, 2.0]]));
    let (kind, words) = told(embed(&mut bench, None, &texts(65)).await.1);
    assert!(kind == FailureKind::Broken && words.contains("1 numbers, and then of 2"), "{words}");
    bench.end().await;
}

/// A server on another host that makes vectors.
async fn elsewhere(change: impl FnOnce(&mut Config)) -> Bench {
    let bench = Bench::with_server_elsewhere(Vec::new(), change);
    let location = Location::Network("box".into());
    let lan = Model { location: location.clone(), ..embedder("e:1") };
    bench.server.set_survey(Ok(Survey {
        address: "box:1".into(),
        version: "0".into(),
        location,
        models: vec![lan],
        memory_known: true,
    }));
    drop(bench.server.clone().embeds("e:1", vec![vec![1.0]]));
    bench
}

async fn rows(bench: &Bench) -> Vec<LedgerEvent> {
    let Reply::Ledger(rows) = bench.query(Query::Ledger { before: None, limit: 50 }).await else { panic!() };
    rows.into_iter().rev().map(|row| row.event).collect()
}

#[tokio::test]
async fn another_host_gets_texts_only_where_it_is_trusted() {
    let mut bench = elsewhere(|_| {}).await;
    let (kind, words) = told(embed(&mut bench, Some("e:1"), &texts(1)).await.1);
    assert!(kind == FailureKind::NotSealed && words.contains("privacy.trusted_hosts"), "{kind:?} {words}");
    assert_eq!(bench.server.sent(), []);
    bench.end().await;

    let mut bench = elsewhere(|config| config.privacy.trusted_hosts = vec!["box".into()]).await;
    let (_, words) = told(embed(&mut bench, None, &texts(1)).await.1);
    assert!(words.contains("on this machine / ") && words.contains("`-m e:1` asks one that is network (box)"), "{words}");
    let (by, made) = embed(&mut bench, Some("e:1"), &texts(1)).await;
    assert_eq!((by.as_deref(), made), (Some("e:1"), Ok(vec![vec![1.0]])));
    let rows = rows(&bench).await;
    let [.., LedgerEvent::Intent(entry), LedgerEvent::Outcome { outcome, .. }] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((entry.purpose, entry.basis, *outcome), (Purpose::Embed, Basis::TrustedHost, LedgerOutcome::Answered));
    assert!(entry.target.ends_with("/api/embed"), "{}", entry.target);
    bench.command(Command::Consent(ConsentCommand::Offline(true))).await;
    let (kind, words) = told(embed(&mut bench, Some("e:1"), &texts(1)).await.1);
    assert!(kind == FailureKind::NotSealed, "{words}");
    assert_eq!(bench.server.sent().len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_runs_elsewhere_gets_none() {
    let cloud = Model { location: Location::External("ollama.com".into()), ..embedder("x:cloud") };
    for allowed in [false, true] {
        let mut bench = Bench::with_provider(Vec::new(), false, |config| config.privacy.allow_external = allowed);
        bench.set_up(vec![model("llama3.1:8b"), cloud.clone()]);
        let (kind, words) = told(embed(&mut bench, Some("x:cloud"), &texts(1)).await.1);
        assert!(matches!(kind, FailureKind::NotSealed | FailureKind::NotFound), "{words}");
        assert_eq!(bench.server.sent(), []);
        bench.end().await;
    }
    let mut bench = Bench::with_provider(Vec::new(), false, |_| {});
    let (kind, words) = told(embed(&mut bench, Some("fake/big"), &texts(1)).await.1);
    assert!(kind == FailureKind::Refused && words.starts_with("fake/big makes no embeddings"), "{words}");
    bench.end().await;
}

#[tokio::test]
async fn a_server_is_asked_for_what_it_has_now() {
    // Nothing there chats, so that the list is never fresh for a question.
    let fake = FakeOllama::builder().model("nomic-embed-text").start();
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.ollama.host = fake.host();
    let limits = Limits { loopback_only: true, ..Limits::default() };
    let setup = Setup::new(Arc::new(config), folder.path().join("segno.db"), limits).unwrap();
    let (conductor, mut events) = Conductor::start(setup);
    for n in 0..2 {
        let embed = ModelsCommand::Embed { id: RequestId(n), model: None, texts: texts(2) };
        assert!(conductor.send(Command::Models(embed)).await);
        let made = loop {
            if let Event::Embedded { id, result, .. } = events.recv().await.unwrap() {
                assert_eq!(id, RequestId(n));
                break result.unwrap();
            }
        };
        assert_eq!((made.len(), made[0].len()), (2, 384));
    }
    let sent = fake.requests_to("/api/embed");
    assert_eq!(sent[0].at("/input"), &serde_json::json!([]), "it is loaded first");
    assert_eq!((sent.len(), sent[1].at("/truncate"), sent[1].at("/input/1")), (3, &false.into(), &"text 1".into()));
    assert!(sent.iter().all(|request| request.at("/options").is_null()), "another window would load it anew");
    assert_eq!(fake.loads("nomic-embed-text"), 1);
    conductor.send(Command::Quit).await;
    while events.recv().await.is_some() {}
}
