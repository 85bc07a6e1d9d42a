//! Answers in several conversations at once: what goes on in one that was left, and who waits for whom.

use super::bench::{Bench, CODER, GENERAL, GIB, MATHS, last, sized};
use conductor::domain::{Conversation, ConversationId, RequestId, Role};
use conductor::protocol::{ConversationCommand, ConversationEvent, Event, Query, Reply};
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, Script};

/// Two models that fit beside each other, and a third that does not fit beside both.
fn server() -> FakeOllama {
    let builder = FakeOllama::builder().memory(12 * GIB);
    builder.model(sized(GENERAL, 4)).model(sized(CODER, 4)).model(sized(MATHS, 9)).start()
}

async fn begun(bench: &mut Bench, id: RequestId) -> ConversationId {
    bench
        .pick(|event| match event {
            Event::Conversation(ConversationEvent::Begun { id: of, summary, .. }) if *of == id => Some(summary.id),
            _ => None,
        })
        .await
}

async fn new(bench: &mut Bench) {
    bench.conversation(ConversationCommand::New).await;
    let is_new = |event: &Event| matches!(event, Event::Conversation(ConversationEvent::New)).then_some(());
    bench.pick(is_new).await;
}

async fn resumed(bench: &mut Bench, id: ConversationId) -> Conversation {
    bench.conversation(ConversationCommand::Resume(id)).await;
    bench.opened().await
}

fn words(conversation: &Conversation) -> Vec<String> {
    conversation.messages.iter().map(|m| if m.role == Role::User { m.prompt.text() } else { m.text.to_string() }).collect()
}

/// Begins an answer in a conversation, and leaves it for a new one.
async fn leave(bench: &mut Bench, model: &str, question: &str) -> (RequestId, ConversationId) {
    let id = bench.send(question, Some(model)).await;
    let conversation = begun(bench, id).await;
    new(bench).await;
    (id, conversation)
}

#[tokio::test]
async fn an_answer_goes_on_in_a_conversation_that_was_left() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let (first, left) = leave(&mut bench, GENERAL, "the first question").await;
    // Else it may be the later one to be sent.
    bench.fake.seen(|requests| requests.iter().any(|request| request.is("/api/chat"))).await;
    let lines = bench.ask_of(CODER, "the second question").await;
    assert_eq!(last(&lines), format!("finished by {CODER}: Hello from {CODER}."));
    assert_eq!(bench.told(), ["user: the second question"], "nothing of the other conversation goes along");
    gate.open();
    bench.until(first, "finished").await;
    assert_eq!(bench.notice("“").await, "“the first question” has its answer");
    let found = resumed(&mut bench, left).await;
    assert_eq!(words(&found), ["the first question", "one two"]);
    bench.ask_of(GENERAL, "and now?").await;
    assert_eq!(bench.told(), ["user: the first question", "assistant: one two", "user: and now?"]);
    bench.end().await;
}

#[tokio::test]
async fn a_conversation_can_be_come_back_to_while_its_answer_comes() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.ask_of(GENERAL, "earlier").await;
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let (first, left) = leave(&mut bench, GENERAL, "later").await;
    bench.ask_of(CODER, "the second question").await;
    let found = resumed(&mut bench, left).await;
    assert_eq!(words(&found), ["earlier", &format!("Hello from {GENERAL}.")], "what is coming is not among its messages");
    let refused = bench.ask_of(GENERAL, "too soon").await;
    assert_eq!(last(&refused), "failed Busy: an answer is still coming");
    gate.open();
    bench.until(first, "finished").await;
    bench.fake.set(GENERAL, Script::default());
    bench.ask_of(GENERAL, "and now?").await;
    let told = bench.told();
    assert_eq!(told[2..], ["user: later", "assistant: one two", "user: and now?"]);
    bench.end().await;
}

#[tokio::test]
async fn the_last_conversation_is_come_back_to_as_it_is_and_not_as_it_is_stored() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let (first, left) = leave(&mut bench, GENERAL, "the first question").await;
    bench.conversation(ConversationCommand::ResumeLast).await;
    let found = bench.opened().await;
    assert_eq!((found.summary.id, found.messages.len()), (left, 0));
    bench.cancel(first).await;
    assert_eq!(last(&bench.ended(first).await), "failed Cancelled: stopped before anything came");
    gate.open();
    bench.end().await;
}

#[tokio::test]
async fn each_is_stopped_by_itself_and_quitting_keeps_what_came_in_all() {
    let gates = [GENERAL, CODER].map(|name| (name, Gate::closed()));
    let mut bench = Bench::new(server());
    for (name, gate) in &gates {
        bench.fake.set(name, Script::tokens(["one ", "two"]).step_by_step(gate));
        gate.release(1);
    }
    let (first, left) = leave(&mut bench, GENERAL, "the first question").await;
    let second = bench.send("the second question", Some(CODER)).await;
    begun(&mut bench, second).await;
    // In whichever order they speak, and they may have by now.
    while [first, second].iter().any(|id| !bench.has_spoken(*id)) {
        bench.pick(|event| matches!(event, Event::Delta { .. }).then_some(())).await;
    }
    bench.cancel(second).await;
    assert_eq!(last(&bench.ended(second).await), format!("cancelled by {CODER}: one "));
    bench.restart().await;
    let found = resumed(&mut bench, left).await;
    assert_eq!(words(&found), ["the first question", "one "]);
    gates.iter().for_each(|(_, gate)| gate.open());
    bench.end().await;
}

#[tokio::test]
async fn what_was_answered_in_the_background_is_as_it_would_be_in_front() {
    let mut bench = Bench::new(server());
    for name in [GENERAL, CODER, MATHS] {
        bench.fake.set(name, Behaviour::Status(500, r#"{"error":"it broke"}"#.to_owned()));
    }
    let id = bench.send("the first question", None).await;
    begun(&mut bench, id).await;
    new(&mut bench).await;
    let lines = bench.ended(id).await;
    assert!(last(&lines).starts_with("failed Broken"), "{lines:?}");
    assert!(bench.notice("“the first question” has no answer").await.contains("it broke"));
    let Reply::Conversations(list) = bench.query(Query::Conversations { limit: 9, deleted: false }).await else {
        panic!("no list")
    };
    assert_eq!(list.iter().map(|c| c.title.as_str()).collect::<Vec<_>>(), ["the first question"]);
    bench.end().await;
}

#[tokio::test]
async fn conversations_wait_for_the_memory_in_the_order_in_which_they_came() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let (first, _) = leave(&mut bench, GENERAL, "the first question").await;
    // It does not fit beside one that answers.
    let second = bench.send("the second question", Some(MATHS)).await;
    bench.until(second, &format!("{MATHS} waits for memory held by {GENERAL}")).await;
    new(&mut bench).await;
    // One that fits goes by, and does not wait for the large one.
    let third = bench.send("the third question", Some(CODER)).await;
    assert!(last(&bench.ended(third).await).starts_with(&format!("finished by {CODER}")));
    gate.open();
    for id in [first, second] {
        bench.until(id, "finished").await;
    }
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn one_model_answers_in_two_conversations_and_is_loaded_once() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let (first, _) = leave(&mut bench, GENERAL, "the first question").await;
    let second = bench.send("the second question", Some(GENERAL)).await;
    begun(&mut bench, second).await;
    gate.open();
    let (mut one, mut two) = (false, false);
    while !(one && two) {
        let ended = bench.pick(|event| if let Event::Finished { id, .. } = event { Some(*id) } else { None }).await;
        (one, two) = (one || ended == first, two || ended == second);
    }
    assert_eq!(bench.fake.loads(GENERAL), 1);
    bench.end().await;
}

#[tokio::test]
async fn there_are_no_more_answers_at_once_than_there_is_room_for() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let mut ids = Vec::new();
    for n in 0..8 {
        ids.push(leave(&mut bench, GENERAL, &format!("question {n}")).await.0);
    }
    let refused = bench.ask_of(GENERAL, "one too many").await;
    assert_eq!(last(&refused), "failed Busy: 8 answers are coming already");
    bench.cancel(ids[0]).await;
    bench.until(ids[0], "failed Cancelled").await;
    let taken = bench.send("one more", Some(GENERAL)).await;
    begun(&mut bench, taken).await;
    gate.open();
    bench.end().await;
}

#[tokio::test]
async fn a_copy_is_made_without_what_is_coming_and_the_answer_goes_on() {
    let gate = Gate::closed();
    let mut bench = Bench::new(server());
    bench.ask_of(GENERAL, "earlier").await;
    bench.fake.set(GENERAL, Script::tokens(["one ", "two"]).step_by_step(&gate));
    let id = bench.send("later", Some(GENERAL)).await;
    begun(&mut bench, id).await;
    bench.conversation(ConversationCommand::Fork { at: None }).await;
    let copy = bench.opened().await;
    assert_eq!(words(&copy)[0], "earlier");
    assert_eq!(copy.messages.len(), 2);
    gate.open();
    bench.until(id, "finished").await;
    assert_eq!(bench.notice("“").await, "“earlier” has its answer");
    bench.end().await;
}
