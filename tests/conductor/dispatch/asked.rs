//! Who is asked, what they are told, and what is kept of it.

use super::bench::{Bench, CODE, CODER, EMBEDDER, GENERAL, GIB, MATHS, SUM, TALK, last, sized};
use conductor::domain::{ModelId, Role, Status};
use conductor::protocol::{ConversationCommand, ConversationEvent, Event, ModelsCommand};
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, ModelSpec, Script};

fn server() -> FakeOllama {
    let models = [GENERAL, CODER, MATHS].map(|name| sized(name, 3));
    models.into_iter().fold(FakeOllama::builder().memory(12 * GIB), |server, model| server.model(model)).start()
}

#[tokio::test]
async fn each_kind_of_question_goes_to_its_model() {
    let mut bench = Bench::new(server());
    for (question, class, model) in [(CODE, "code", CODER), (SUM, "math", MATHS), (TALK, "general", GENERAL)] {
        let lines = bench.ask(question).await;
        assert!(lines[0].starts_with(&format!("planned {class}: {model}")), "{lines:?}");
        assert_eq!(last(&lines), format!("finished by {model}: Hello from {model}."), "{question}");
    }
    let asked: Vec<String> = [CODER, MATHS, GENERAL].iter().flat_map(|m| [format!("load {m}"), format!("chat {m}")]).collect();
    assert_eq!(bench.asked(), asked);
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn vectors_are_made_while_another_model_answers() {
    let gate = Gate::closed();
    let talks = sized(GENERAL, 4).script(Script::tokens(["a", "b"]).step_by_step(&gate));
    let fake = FakeOllama::builder().memory(12 * GIB).model(talks).model(ModelSpec::new(EMBEDDER).size(GIB)).start();
    let mut bench = Bench::new(fake);
    let question = bench.send(TALK, None).await;
    gate.release(1);
    bench.fake.seen(|requests| requests.iter().any(|r| r.is("/api/chat") && r.lines == 1)).await;
    let vectors = bench.send_embed(EMBEDDER, "a text").await;
    assert_eq!(bench.until(vectors, "embedded").await, "embedded 1");
    assert_eq!(bench.fake.busy(), [GENERAL], "it is still answering");
    gate.open();
    assert_eq!(last(&bench.ended(question).await), format!("finished by {GENERAL}: ab"));
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn a_question_is_told_with_those_before_it() {
    let script = Script::says("Fine.").then_says("Better.").then_says("Best.");
    let mut bench = Bench::new(FakeOllama::builder().model_with(GENERAL, script).start());
    bench.ask("how are you?").await;
    bench.ask("and the family?").await;
    assert_eq!(bench.told(), ["user: how are you?", "assistant: Fine.", "user: and the family?"]);
    // What is asked anew is told without the answer that came, and that is not told afterwards.
    bench.retry(None).await;
    assert_eq!(bench.told(), ["user: how are you?", "assistant: Fine.", "user: and the family?"]);
    bench.ask("and the dog?").await;
    let both = ["user: how are you?", "assistant: Fine.", "user: and the family?", "assistant: Best.", "user: and the dog?"];
    assert_eq!(bench.told(), both);
    bench.end().await;
}

#[tokio::test]
async fn a_fixed_model_is_asked_whatever_the_question_and_a_locked_one_has_nobody_to_stand_in() {
    let mut bench = Bench::new(server());
    bench.ask(TALK).await;
    bench.conversation(ConversationCommand::SetModel(Some(ModelId::new(MATHS)))).await;
    let in_force = |event: &Event| match event {
        Event::Conversation(ConversationEvent::ModelInForce(model)) => Some(model.clone()),
        _ => None,
    };
    assert!(bench.pick(in_force).await.is_some_and(|fixed| fixed.model == ModelId::new(MATHS) && !fixed.locked));
    assert_eq!(last(&bench.ask(CODE).await), format!("finished by {MATHS}: Hello from {MATHS}."));
    // It fails: the chain of the question's kind stands behind it, until it is locked.
    bench.fake.set(MATHS, Behaviour::Status(500, "it broke".to_owned()));
    let lines = bench.ask(CODE).await;
    assert!(lines[1].starts_with(&format!("fallback {MATHS} -> {CODER}: Broken")), "{lines:?}");
    assert_eq!(last(&lines), format!("finished by {CODER} after {MATHS}: Hello from {CODER}."));
    bench.conversation(ConversationCommand::LockModel(true)).await;
    assert!(bench.pick(in_force).await.is_some_and(|fixed| fixed.locked));
    let lines = bench.ask(CODE).await;
    assert!(lines.len() == 2 && lines[1].starts_with("failed Broken: ") && lines[1].contains(MATHS), "{lines:?}");
    bench.end().await;
}

#[tokio::test]
async fn what_came_before_an_answer_broke_off_is_kept_and_another_model_answers() {
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["half", " of", " it", "!"]).behaving(Behaviour::ResetMidStream));
    let lines = bench.ask(TALK).await;
    assert!(
        last(&lines).starts_with("partial (Broken: ") && last(&lines).ends_with(&format!("by {GENERAL}: half of")),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| !line.starts_with("fallback")), "nobody else took over: {lines:?}");
    assert_eq!(last(&bench.retry(Some(MATHS)).await), format!("finished by {MATHS}: Hello from {MATHS}."));
    bench.restart().await;
    bench.conversation(ConversationCommand::ResumeLast).await;
    let conversation = bench.opened().await;
    let answers = conversation.messages.iter().filter(|message| message.role == Role::Assistant);
    let answers: Vec<(&str, bool)> = answers.map(|m| (&*m.text, m.status == Status::Complete)).collect();
    assert_eq!(answers, [(&*format!("Hello from {MATHS}."), true)]);
    let versions = &conversation.messages[1].versions;
    assert_eq!((versions.ids.len(), versions.at), (2, 1), "what had come is another version");
    bench.conversation(ConversationCommand::Show { at: versions.ids[0] }).await;
    let first = bench.opened().await.messages[1].clone();
    assert!(&*first.text == "half of" && matches!(first.status, Status::Partial(_)), "{:?}", first.status);
    bench.end().await;
}

#[tokio::test]
async fn a_server_that_went_down_is_asked_again_once_it_is_back() {
    let mut bench = Bench::new(server());
    bench.ask(TALK).await;
    bench.fake.stop();
    let lines = bench.ask(TALK).await;
    assert!(last(&lines).starts_with("failed Unreachable: "), "{lines:?}");
    assert_eq!(lines.len(), 2, "there is nobody else on it: {lines:?}");
    bench.fake.start_again();
    bench.models(ModelsCommand::Refresh).await;
    bench.pick(|event| matches!(event, Event::Models(snapshot) if !snapshot.models.is_empty()).then_some(())).await;
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert_eq!(bench.fake.loads(GENERAL), 2, "what was in memory is gone, and that was seen");
    bench.end().await;
}
