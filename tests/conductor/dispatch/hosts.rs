//! Several servers of models: who of them is asked, who stands in, and what one does not tell of another.

use super::bench::{Bench, CODE, CODER, EMBEDDER, GENERAL, GIB, MATHS, SUM, TALK, requests_of, sized};
use conductor::backend::scripted::{Scripted, Step};
use conductor::backend::{Backend, Survey};
use conductor::config::{BackendSettings, Config};
use conductor::domain::{
    BackendId, Candidate, Capabilities, Condition, ConsentRequest, Licence, Location, Model, ModelId, Purpose, RequestId, Scope,
    ServerState, Target,
};
use conductor::protocol::{Command, ConsentCommand, ConversationCommand, Event, ModelsCommand, ModelsSnapshot};
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, ModelSpec, Script};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn server(models: &[&str]) -> FakeOllama {
    models.iter().fold(FakeOllama::builder().memory(12 * GIB), |server, name| server.model(sized(name, 3))).start()
}

/// With servers beside the first, called `desk` and `loft`.
fn bench(fake: FakeOllama, others: &[&FakeOllama]) -> Bench {
    let rows: Vec<BackendSettings> = ["desk", "loft"].into_iter().zip(others).map(|(id, other)| row(id, other)).collect();
    Bench::with(fake, |config| config.backends = rows)
}

fn row(id: &str, fake: &FakeOllama) -> BackendSettings {
    BackendSettings { id: BackendId::new(id), host: fake.host(), memory_mib: 12 << 10 }
}

fn named(candidate: &Candidate) -> String {
    format!("{} on {}", candidate.model, candidate.backend)
}

/// What came of a question.
#[derive(Debug, PartialEq)]
struct Came {
    planned: Vec<String>,
    fallbacks: Vec<String>,
    end: String,
}

/// Follows question `id` to its end.
async fn followed(bench: &mut Bench, id: RequestId) -> Came {
    let mut came = Came { planned: Vec::new(), fallbacks: Vec::new(), end: String::new() };
    let follow = |event: &Event| match event {
        Event::Planned { plan, .. } => {
            came.planned = plan.candidates.iter().map(named).collect();
            let pairs = plan.decision.chain.iter().zip(&plan.decision.hosts).map(|(model, host)| format!("{model} on {host}"));
            assert_eq!(pairs.collect::<Vec<_>>(), came.planned, "what is explained is what is done");
            None
        }
        Event::Fallback { from, to, why, .. } => {
            came.fallbacks.push(format!("{} -> {}: {:?}", named(from), named(to), why.kind));
            None
        }
        Event::Finished { id: of, answer, .. } if *of == id => {
            Some(format!("{} on {}: {}", answer.signature.model, answer.signature.backend, answer.text))
        }
        Event::Failed { id: of, failure, .. } if *of == id => Some(format!("failed: {failure}")),
        _ => None,
    };
    came.end = bench.pick(follow).await;
    came
}

async fn ask(bench: &mut Bench, question: &str, model: Option<&str>) -> Came {
    let id = bench.send(question, model).await;
    followed(bench, id).await
}

fn answered(model: &str, host: &str) -> String {
    format!("{model} on {host}: Hello from {model}.")
}

/// Waits until what is known is as wanted.
async fn known(bench: &mut Bench, wanted: impl Fn(&ModelsSnapshot) -> bool) -> ModelsSnapshot {
    let now = bench.snapshot().await;
    if wanted(&now) {
        return now;
    }
    let is_wanted = |event: &Event| match event {
        Event::Models(snapshot) if wanted(snapshot) => Some(snapshot.clone()),
        _ => None,
    };
    bench.pick(is_wanted).await
}

fn is_up(snapshot: &ModelsSnapshot, at: usize) -> bool {
    matches!(snapshot.hosts[at].state, ServerState::Up { .. })
}

#[tokio::test]
async fn a_model_of_another_server_is_found_and_asked() {
    let desk = server(&[MATHS]);
    let mut bench = bench(server(&[GENERAL]), &[&desk]);
    let came = ask(&mut bench, SUM, None).await;
    assert_eq!(came.planned, [format!("{MATHS} on desk"), format!("{GENERAL} on ollama")]);
    assert_eq!((came.fallbacks, came.end), (vec![], answered(MATHS, "desk")));
    assert_eq!(ask(&mut bench, TALK, Some(MATHS)).await.end, answered(MATHS, "desk"));
    assert!(requests_of(&desk).contains(&format!("chat {MATHS}")) && !bench.asked().iter().any(|r| r.contains(MATHS)));
    // What no server has is said of all.
    let came = ask(&mut bench, TALK, Some("nobody:1b")).await;
    assert!(came.end.contains(" is not installed on ") && came.end.contains(&format!(" or http://{}", desk.host())), "{came:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_several_have_is_asked_where_there_is_less_to_do() {
    let gate = Gate::closed();
    let embedder = ModelSpec::new(EMBEDDER).size(GIB / 2).script(Script::default().slow_first_token(&gate));
    let fake = FakeOllama::builder().memory(12 * GIB).model(sized(GENERAL, 3)).model(sized(CODER, 3)).model(embedder).start();
    let desk = server(&[GENERAL, CODER]);
    let mut bench = bench(fake, &[&desk]);
    // Nobody has anything to do: the first of the configuration.
    assert_eq!(ask(&mut bench, CODE, None).await.end, answered(CODER, "ollama"));
    let vectors = bench.send_embed(EMBEDDER, "a text").await;
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/embed"))).await;
    let came = ask(&mut bench, TALK, None).await;
    assert_eq!(came.planned[..2], [format!("{GENERAL} on desk"), format!("{GENERAL} on ollama")]);
    assert_eq!(came.end, answered(GENERAL, "desk"));
    gate.open();
    bench.until(vectors, "embedded").await;
    // Where it is in memory it is asked again.
    bench.look().await;
    assert_eq!(ask(&mut bench, TALK, None).await.end, answered(GENERAL, "desk"));
    assert_eq!((bench.fake.loads(GENERAL), desk.loads(GENERAL), desk.loads(CODER)), (0, 1, 0));
    bench.end().await;
}

#[tokio::test]
async fn questions_of_one_moment_go_to_different_servers() {
    let gate = Gate::closed();
    let gated = || sized(GENERAL, 3).script(Script::says("there").slow_first_token(&gate));
    let server = |model| FakeOllama::builder().memory(12 * GIB).model(model).start();
    let desk = server(gated());
    let mut bench = bench(server(gated()), &[&desk]);
    bench.snapshot().await;
    let first = bench.send(TALK, None).await;
    bench.conversation(ConversationCommand::New).await;
    let second = bench.send(TALK, None).await;
    for (id, host) in [(first, "ollama"), (second, "desk")] {
        let planned = |event: &Event| match event {
            Event::Planned { id: of, plan } if *of == id => plan.candidates.first().map(named),
            _ => None,
        };
        assert_eq!(bench.pick(planned).await, format!("{GENERAL} on {host}"));
    }
    gate.open();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let finished = |event: &Event| match event {
            Event::Finished { answer, .. } => Some(answer.signature.backend.to_string()),
            _ => None,
        };
        answers.push(bench.pick(finished).await);
    }
    answers.sort();
    assert_eq!(answers, ["desk", "ollama"]);
    bench.end().await;
}

#[tokio::test]
async fn where_one_dies_the_same_model_answers_on_the_next_and_that_is_said() {
    let desk = server(&[GENERAL]);
    let mut bench = bench(server(&[GENERAL, MATHS]), &[&desk]);
    bench.load(GENERAL).await;
    bench.fake.stop();
    // A fallback of the same model, before anything else that is down, too.
    let came = ask(&mut bench, TALK, None).await;
    assert_eq!(came.planned[..2], [format!("{GENERAL} on ollama"), format!("{GENERAL} on desk")]);
    assert_eq!(came.fallbacks, [format!("{GENERAL} on ollama -> {GENERAL} on desk: Unreachable")]);
    assert_eq!(came.end, answered(GENERAL, "desk"));
    // By now it is known, and the other is asked first.
    let snapshot = known(&mut bench, |known| matches!(known.server, ServerState::Down { .. })).await;
    assert!(is_up(&snapshot, 0) && snapshot.models.iter().all(|model| model.backend.as_str() == "desk"), "{snapshot:?}");
    let came = ask(&mut bench, TALK, None).await;
    assert_eq!((came.planned, came.fallbacks), (vec![format!("{GENERAL} on desk")], vec![]));
    bench.fake.start_again();
    let snapshot = bench.look().await;
    assert!(matches!(snapshot.server, ServerState::Up { .. }) && snapshot.models.len() == 3, "{snapshot:?}");
    bench.end().await;
}

#[tokio::test]
async fn who_lets_nobody_stand_in_still_has_the_model_on_all_servers() {
    let desk = server(&[GENERAL, CODER]);
    let mut bench = bench(server(&[GENERAL, CODER]), &[&desk]);
    bench.load(CODER).await;
    bench.conversation(ConversationCommand::SetModel(Some(ModelId::new(CODER)))).await;
    bench.conversation(ConversationCommand::LockModel(true)).await;
    bench.fake.set(CODER, Behaviour::Missing);
    let came = ask(&mut bench, TALK, None).await;
    assert_eq!(came.fallbacks, [format!("{CODER} on ollama -> {CODER} on desk: NotFound")]);
    assert_eq!(came.end, answered(CODER, "desk"));
    desk.set(CODER, Behaviour::Missing);
    let came = ask(&mut bench, TALK, None).await;
    assert!(came.end.starts_with("failed: none of the 2 ") && came.end.contains(" on desk: "), "{came:?}");
    assert!(came.planned.iter().all(|candidate| candidate.starts_with(CODER)), "{came:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_server_that_hangs_keeps_nobody_waiting() {
    let desk = server(&[MATHS]);
    desk.stop();
    let mut bench = bench(server(&[GENERAL]), &[&desk]);
    let snapshot = known(&mut bench, |known| matches!(known.server, ServerState::Up { .. })).await;
    assert!(matches!(snapshot.hosts[0].state, ServerState::Down { watching: true, .. }), "{snapshot:?}");
    for path in ["/api/version", "/api/tags", "/api/ps"] {
        desk.set_route(path, Some(Behaviour::Hang));
    }
    desk.start_again();
    let begun = Instant::now();
    let snapshot = bench.look().await;
    assert_eq!(ask(&mut bench, TALK, None).await.end, answered(GENERAL, "ollama"));
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert!(!is_up(&snapshot, 0) && snapshot.models.len() == 1, "{snapshot:?}");
    // Another look does not ask it again while it is asked.
    bench.look().await;
    assert_eq!(desk.requests_to("/api/tags").len(), 1);
    desk.stop();
    for path in ["/api/version", "/api/tags", "/api/ps"] {
        desk.set_route(path, None);
    }
    desk.start_again();
    bench.models(ModelsCommand::Refresh).await;
    let snapshot = known(&mut bench, |known| is_up(known, 0)).await;
    assert_eq!(snapshot.models.len(), 2);
    bench.end().await;
}

#[tokio::test]
async fn each_server_has_a_health_of_its_own() {
    let desk = server(&[GENERAL]);
    let mut bench = bench(server(&[GENERAL]), &[&desk]);
    bench.load(GENERAL).await;
    bench.fake.set(GENERAL, Behaviour::Status(500, r#"{"error":"it broke"}"#.to_owned()));
    for _ in 0..3 {
        let came = ask(&mut bench, TALK, None).await;
        assert_eq!(came.fallbacks, [format!("{GENERAL} on ollama -> {GENERAL} on desk: Broken")]);
        assert_eq!(came.end, answered(GENERAL, "desk"));
        bench.look().await;
    }
    let health = bench.snapshot().await.health;
    let of = |backend: &str| {
        let target = Target::Model(BackendId::new(backend), ModelId::new(GENERAL));
        health.iter().find(|row| row.target == target).map(|row| row.condition)
    };
    assert!(matches!(of("ollama"), Some(Condition::Resting { .. })), "{health:?}");
    assert!(matches!(of("desk"), None | Some(Condition::Healthy)), "{health:?}");
    let came = ask(&mut bench, TALK, None).await;
    assert_eq!((came.planned[0].clone(), came.fallbacks), (format!("{GENERAL} on desk"), vec![]));
    bench.end().await;
}

#[tokio::test]
async fn each_server_has_a_memory_of_its_own() {
    let desk = server(&[CODER, MATHS]);
    let mut bench = bench(server(&[GENERAL, CODER]), &[&desk]);
    let there = |snapshot: &ModelsSnapshot, host: &str| -> Vec<String> {
        let memory = snapshot.memory_of(&BackendId::new(host)).expect("it is managed");
        assert_eq!(memory.capacity_mib, 12 << 10);
        memory.models.iter().map(|held| held.model.to_string()).collect()
    };
    for (model, host) in [(GENERAL, "ollama"), (MATHS, "desk")] {
        let said = bench.load(model).await;
        let want = format!("notice {model} is in memory on {host} (");
        assert!(said.last().is_some_and(|line| line.starts_with(&want)), "{said:?}");
    }
    let snapshot = bench.snapshot().await;
    assert_eq!((there(&snapshot, "ollama"), there(&snapshot, "desk")), (vec![GENERAL.to_owned()], vec![MATHS.to_owned()]));
    // One that both have leaves where it is.
    bench.fake.set(CODER, Behaviour::Missing);
    assert_eq!(ask(&mut bench, CODE, None).await.end, answered(CODER, "desk"));
    bench.fake.remove(CODER);
    bench.fake.add(sized(CODER, 3));
    bench.look().await;
    assert_eq!(bench.unload(CODER).await, [format!("notice {CODER} has left the memory on desk")]);
    assert_eq!(there(&bench.snapshot().await, "desk"), [MATHS]);
    for fake in [&bench.fake, &desk] {
        fake.assert_never_evicted();
    }
    bench.end().await;
}

/// A server on another host, with a model.
fn elsewhere(id: &str, host: &str, model: &str) -> Arc<dyn Backend> {
    let location = Location::Network(host.to_owned());
    let model = Model {
        id: ModelId::new(model),
        backend: BackendId::new(id),
        location: location.clone(),
        family: "x".to_owned(),
        parameters: "8B".to_owned(),
        quantization: String::new(),
        size_bytes: 1,
        trained_context: None,
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, ..Capabilities::default() },
        resident: None,
        licence: Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
    };
    let scripted = Scripted::new(Vec::new()).named(id).plays(model.id.as_str(), vec![Step::Text("far".into()), Step::Done]);
    let (address, version) = (format!("{host}:1"), "0".to_owned());
    scripted.set_survey(Ok(Survey { address, version, location, models: vec![model], memory_known: true }));
    Arc::new(scripted)
}

async fn wants(bench: &mut Bench, id: RequestId) -> ConsentRequest {
    let wanted = |event: &Event| match event {
        Event::ConsentNeeded(request) if request.id == id => Some((**request).clone()),
        _ => None,
    };
    bench.pick(wanted).await
}

/// With servers on two other hosts, of which one has the general model, too.
fn far(change: impl FnOnce(&mut Config)) -> Bench {
    let others = vec![elsewhere("desk", "box", MATHS), elsewhere("loft", "attic", GENERAL)];
    let row = |id: &str| BackendSettings { id: BackendId::new(id), host: "127.0.0.1:9".to_owned(), memory_mib: 0 };
    Bench::with_others(server(&[GENERAL]), others, |config| {
        config.backends = vec![row("desk"), row("loft")];
        change(config);
    })
}

#[tokio::test]
async fn servers_elsewhere_are_asked_about_one_by_one() {
    let mut bench = far(|_| {});
    let snapshot = bench.snapshot().await;
    assert!(snapshot.hosts.iter().all(|host| matches!(host.state, ServerState::Elsewhere { .. })), "{snapshot:?}");
    assert_eq!(snapshot.models.len(), 1);
    bench.models(ModelsCommand::Refresh).await;
    let request = wants(&mut bench, RequestId(0)).await;
    assert_eq!((request.purpose, request.host()), (Purpose::ModelList, "box"));
    let digest = request.whole.digest;
    bench.command(Command::Consent(ConsentCommand::Grant { id: RequestId(0), digest, scope: Scope::Once })).await;
    let request = wants(&mut bench, RequestId(0)).await;
    assert_eq!((request.purpose, request.host()), (Purpose::ModelList, "attic"));
    bench.command(Command::Consent(ConsentCommand::Deny { id: RequestId(0), never: false })).await;
    bench.notice("you said no: nothing was sent to").await;
    let snapshot = known(&mut bench, |known| is_up(known, 0)).await;
    assert!(matches!(snapshot.hosts[1].state, ServerState::Elsewhere { .. }), "{snapshot:?}");
    let names: Vec<String> = snapshot.models.iter().map(|model| format!("{} on {}", model.id, model.backend)).collect();
    assert_eq!(names, [format!("{GENERAL} on ollama"), format!("{MATHS} on desk")]);
    bench.end().await;
}

#[tokio::test]
async fn no_work_leaves_the_machine_to_be_shared() {
    let mut bench = far(|config| config.privacy.trusted_hosts = vec!["box".into(), "attic".into()]);
    let snapshot = known(&mut bench, |known| is_up(known, 0) && is_up(known, 1)).await;
    assert_eq!(snapshot.models.len(), 3, "{snapshot:?}");
    assert!(snapshot.hosts.iter().all(|host| host.memory.is_none()), "their memory is their own affair");
    bench.load(GENERAL).await;
    bench.fake.set(GENERAL, Behaviour::Missing);
    // The same model in the network is no stand-in for the one here.
    let came = ask(&mut bench, TALK, Some(GENERAL)).await;
    assert!(came.planned.iter().all(|candidate| candidate != &format!("{GENERAL} on loft")), "{came:?}");
    assert!(came.end.starts_with("failed: "), "{came:?}");
    // What is only there is asked there.
    assert_eq!(ask(&mut bench, TALK, Some(MATHS)).await.end, format!("{MATHS} on desk: far"));
    bench.end().await;
}
