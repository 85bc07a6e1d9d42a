//! Who is asked, through the conductor: the kind of a question, overrides, what is kept of a choice and of a model.

use super::bench::{Bench, model};
use super::{fixed, say};
use conductor::backend::BackendError;
use conductor::backend::scripted::Step::{Done, Fail};
use conductor::domain::{Model, ModelId, Plan, Prompt, Residency, SelectionReason, TaskClass};
use conductor::protocol::{Command, ConsentCommand, ConversationCommand, ConversationEvent, Event, Query, Reply};

const CODE: &str = "write a python function that merges two sorted lists";
const HARD: &str = "Prove that every finite group of odd order is solvable.";

fn several() -> Vec<Model> {
    ["llama3.1:8b", "deepseek-coder:6.7b", "qwen2-math:7b", "phi3:mini", "mistral:7b"].map(model).into()
}

async fn route(bench: &Bench, question: &str) -> Plan {
    // The list first: before it is there nobody can be asked.
    let Reply::Models(_) = bench.query(Query::Models).await else { panic!("no models") };
    match bench.query(Query::Route { prompt: Prompt::typed(question), model: None }).await {
        Reply::Route(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_kind_goes_to_its_model() {
    let bench = Bench::new(several(), &[]);
    for (question, want) in [
        (CODE, "deepseek-coder:6.7b"),
        ("solve 3x + 5 = 20", "qwen2-math:7b"),
        ("write a poem about the sea in autumn", "mistral:7b"),
        ("What is the capital of Australia?", "phi3:mini"),
        ("give me some tips for a picnic with small children", "llama3.1:8b"),
    ] {
        let plan = route(&bench, question).await;
        assert_eq!(plan.candidates[0].model.short(), want, "{question}: {:?}", plan.decision);
    }
    assert!(bench.server.sent().is_empty(), "to route is not to ask");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_question_that_goes_on_stays_where_it_is() {
    let coder = "deepseek-coder:6.7b";
    let plays = [
        (coder, vec![say("def f(): ..."), Done]),
        (coder, vec![say("fn f() {}"), Done]),
        ("mistral:7b", vec![say("Waves"), Done]),
    ];
    let mut bench = Bench::new(several(), &plays);
    bench.ask(CODE).await;
    assert_eq!(bench.ask("and in rust?").await[0], "planned code: deepseek-coder:6.7b, llama3.1:8b");
    assert_eq!(bench.ask("actually, write a poem about the sea instead").await[0], "planned creative: mistral:7b, llama3.1:8b");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_locked_model_has_nobody_to_stand_in() {
    let broken = || vec![Fail(BackendError::Broken("out of memory".into()))];
    let plays = [("mistral:7b", broken()), ("llama3.1:8b", vec![say("hi"), Done]), ("mistral:7b", broken())];
    let mut bench = Bench::new(several(), &plays);
    bench.set_model(Some("mistral:7b")).await;
    let events = bench.ask("give me some tips for a picnic").await;
    assert_eq!(
        events.last().map(String::as_str),
        Some("finished complete by llama3.1:8b (local) after mistral:7b: hi"),
        "{events:?}"
    );
    assert_eq!(bench.lock(true).await, Some(("mistral:7b".to_owned(), true)));
    let events = bench.ask("give me some tips for a picnic").await;
    assert_eq!(events, ["planned general: mistral:7b", "failed Broken: out of memory"]);
    // It comes back with the conversation, and is taken away by another choice.
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    let locked = bench.opened().await.summary.model_override;
    assert_eq!(locked.map(|fixed| (fixed.model.to_string(), fixed.locked)), Some(("mistral:7b".to_owned(), true)));
    assert_eq!(bench.lock(false).await, Some(("mistral:7b".to_owned(), false)));
    bench.lock(true).await;
    assert_eq!(bench.set_model(None).await, None);
    assert_eq!(bench.lock(true).await, None, "there is nothing to lock");
    assert_eq!(bench.errors().last().map(|notice| notice.what.as_str()), Some("no model is fixed: Segno chooses"));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_chosen_by_its_display_name() {
    let plays = [("mistral:7b", vec![say("hi"), Done]), ("deepseek-coder:6.7b", vec![say("ho"), Done])];
    let here = several().into_iter().filter(|model| model.id.short() != "phi3:mini").collect();
    let mut bench = Bench::with(here, &plays, |config| {
        let rows = [("mistral:7b", "Poet"), ("deepseek-coder:6.7b", "llama3.1"), ("phi3:mini", "Absent")];
        for (id, name) in rows {
            config.models.iter_mut().find(|row| row.id == ModelId::new(id)).unwrap().display_name = name.to_owned();
        }
    });
    assert_eq!(bench.set_model(Some("POET")).await.as_deref(), Some("mistral:7b"));
    // A name that is typed whole goes before a part of an id, and an id before a name.
    assert_eq!(bench.set_model(Some("llama3.1")).await.as_deref(), Some("deepseek-coder:6.7b"));
    assert_eq!(bench.set_model(Some("llama3.1:8b")).await.as_deref(), Some("llama3.1:8b"));
    assert_eq!(bench.set_model(Some("absent")).await.as_deref(), Some("llama3.1:8b"), "what is not here changes nothing");
    let refused = bench.errors().last().unwrap();
    assert_eq!(refused.what, "phi3:mini is not installed");
    assert!(refused.hint.contains("`/pull phi3:mini`"), "{refused:?}");
    let id = bench.send(Prompt::typed("hello there"), Some("poet")).await;
    let events = bench.until(id, "finished").await;
    assert!(events.last().unwrap().starts_with("finished complete by mistral:7b"), "{events:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_is_named_and_nothing_is_asked_in_its_place() {
    let mut bench = Bench::new(several(), &[("mistral:7b", vec![say("hi"), Done])]);
    bench.set_model(Some("mistral:7b")).await;
    bench.ask("hello there").await;
    bench.restart().await;
    bench.set_up(vec![model("llama3.1:8b")]);
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.opened().await.summary.model_override, fixed("mistral:7b"));
    let events = bench.ask("hello again").await;
    assert_eq!(events.last().map(String::as_str), Some("failed NotFound: mistral:7b is not installed on scripted:0"));
    assert_eq!(bench.server.sent().len(), 1);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn how_a_model_was_chosen_is_kept_with_its_answer() {
    let mut bench = Bench::new(several(), &[("deepseek-coder:6.7b", vec![say("fn"), Done])]);
    let id = bench.send_ask(CODE).await;
    let answer =
        bench.pick(|event| if let Event::Finished { id: of, answer, .. } = event { (of == id).then_some(answer) } else { None });
    let decision = answer.await.decision.expect("a decision");
    assert_eq!((decision.task.class, decision.considered.len()), (TaskClass::CodeGeneration, 5));
    assert_eq!(decision.chain.iter().map(ModelId::short).collect::<Vec<_>>(), ["deepseek-coder:6.7b", "llama3.1:8b"]);
    assert!(!decision.task.evidence.is_empty());
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.opened().await.messages[1].decision, Some(decision));
    bench.end().await;
}

/// The user's choice of a model goes with a conversation, however that is called or copied.
#[tokio::test(start_paused = true)]
async fn an_override_outlives_a_new_title_and_a_copy() {
    let mut bench = Bench::new(several(), &[("mistral:7b", vec![say("one"), Done]), ("mistral:7b", vec![say("two"), Done])]);
    bench.command(Command::Conversation(ConversationCommand::Fork { at: None })).await;
    assert_eq!(bench.notice().await, "there is nothing to copy yet");
    bench.set_model(Some("mistral:7b")).await;
    bench.lock(true).await;
    bench.ask("hello there").await;
    bench.command(Command::Conversation(ConversationCommand::Rename { id: None, title: "tea".to_owned() })).await;
    bench.command(Command::Conversation(ConversationCommand::Fork { at: None })).await;
    let copy = bench.opened().await;
    assert_eq!((copy.summary.title.as_str(), copy.messages.len()), ("tea (copy)", 2));
    assert!(copy.messages[1].decision.is_some() && &*copy.messages[1].text == "one");
    let locked = copy.summary.model_override.clone();
    assert_eq!(locked.map(|fixed| (fixed.model.to_string(), fixed.locked)), Some(("mistral:7b".to_owned(), true)));
    assert_eq!(bench.ask("and more").await[0], "planned general: mistral:7b");
    // The copy grows alone.
    let Reply::Conversations(list) = bench.query(Query::Conversations { limit: 9, deleted: false }).await else {
        panic!("no list")
    };
    let sizes: Vec<_> = list.iter().map(|summary| (summary.title.as_str(), summary.messages)).collect();
    assert_eq!(sizes, [("tea (copy)", 4), ("tea", 2)]);
    bench.end().await;
}

/// What an answer shows of its model is there for the next choice, also of the next run.
#[tokio::test(start_paused = true)]
async fn models_are_measured() {
    let held = Some(Residency { size_bytes: 1, vram_bytes: 1, context: Some(8192), expires_ms: None });
    let warm = Model { resident: held, ..model("llama3.1:8b") };
    let mut bench = Bench::new(vec![warm], &[("llama3.1:8b", vec![say("hi"), Done])]);
    bench.ask("give me some tips for a picnic").await;
    bench.restart().await;
    let Reply::Models(snapshot) = bench.query(Query::Models).await else { panic!("no models") };
    let measured = &snapshot.profiles[0].measured;
    assert_eq!(measured.of(TaskClass::General).answers, 1);
    // Three tokens in a tenth of a second; the first at once.
    assert_eq!(measured.tokens_per_second.map(|speed| speed.0), Some(30_000));
    assert_eq!(measured.first_token_ms, Some(0));
    bench.end().await;
}

/// What is hard goes to the model elsewhere that is configured for it, once the user says yes; after a no the deepest here answers.
#[tokio::test]
async fn after_a_no_what_is_hard_is_answered_here() {
    let mut bench = Bench::with_provider(vec![vec![say("far"), Done]], false, |config| {
        config.defaults.deep = ModelId::new("fake/big");
    });
    let plan = route(&bench, HARD).await;
    assert!(matches!(plan.reason, SelectionReason::Complexity { .. }), "{plan:?}");
    let id = bench.send_ask(HARD).await;
    let request = bench.pick(|event| if let Event::ConsentNeeded(request) = event { Some(request) } else { None }).await;
    assert_eq!(request.model, ModelId::new("fake/big"));
    bench.command(Command::Consent(ConsentCommand::Deny { id: request.id, never: false })).await;
    let lines = bench.until(id, "finished").await;
    assert_eq!(
        lines.last().map(String::as_str),
        Some("finished complete by llama3.1:8b (local) after fake/big: local"),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.starts_with("fallback")), "{lines:?}");
    assert!(bench.provider.sent().is_empty());
    bench.end().await;
}

impl Bench {
    /// Locks the fixed model or unlocks it, and gives what is in force then.
    async fn lock(&mut self, locked: bool) -> Option<(String, bool)> {
        self.command(Command::Conversation(ConversationCommand::LockModel(locked))).await;
        self.next(|event| match event {
            Event::Conversation(ConversationEvent::ModelInForce(fixed)) => Some(fixed.map(|f| (f.model.to_string(), f.locked))),
            _ => None,
        })
        .await
    }
}
