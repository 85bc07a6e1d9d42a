//! Turns: what is stored is what is read, at every point of an answer.

use super::*;
use crate::domain::{
    Calculation, Classification, Complexity, Considered, Evidence, Failure, FailureKind, Gate, LabelKind, Milli, Origin, Point,
    Tier,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// A decision with something in each place.
pub(super) fn decision() -> Decision {
    let task = Classification {
        class: TaskClass::Mathematical,
        confidence: Milli(871),
        second: TaskClass::General,
        complexity: Complexity::of(9.0),
        evidence: vec![Evidence { what: "“né”".to_owned(), class: TaskClass::Mathematical, weight: Milli(-1250) }],
    };
    let considered = Considered {
        model: ModelId::new("a/b:c"),
        backend: BackendId::ollama(),
        location: Location::Local,
        score: Milli(1001),
        points: vec![Point { what: "in memory".into(), points: Milli(80) }],
        gate: Some(Gate::TooLarge),
    };
    let (chain, notes) = (vec![ModelId::new("a/b:c")], vec!["x is not installed".to_owned()]);
    Decision { task, tier: Tier::Deep, considered: vec![considered], chain, hosts: Vec::new(), notes, shown: None }
}

/// Ends that differ in every value that a column can take.
fn ends() -> Vec<Finish> {
    let failure =
        |kind| Failure::new(kind, "model x did not answer", "ask \"again\"").of(&BackendId::ollama(), &ModelId::new("x"));
    let base = |status| end("text", "thinking", status);
    let mut ends = vec![
        base(Status::Complete),
        base(Status::Cancelled),
        base(Status::Interrupted),
        base(Status::Partial(failure(FailureKind::TooLong))),
        Finish { signature: None, ..end("", "", Status::Failed(failure(FailureKind::NoCandidate))) },
        Finish { timing: Timing { total_ms: u64::MAX / 4, ..Timing::default() }, ..base(Status::Complete) },
        Finish { usage: Usage { prompt_tokens: None, answer_tokens: Some(u32::MAX) }, ..base(Status::Complete) },
        end("né\0狐\r\n\u{1b}[0m", "'); DROP TABLE messages; --", Status::Complete),
    ];
    let attempts = |kinds: &[FailureKind]| -> Vec<Attempt> {
        kinds.iter().map(|kind| Attempt { model: ModelId::new("a/né:1b"), failure: failure(*kind) }).collect()
    };
    ends.push(Finish { cut_by_length: true, ..base(Status::Complete) });
    ends.push(Finish { attempts: attempts(&[FailureKind::Busy, FailureKind::Broken]), ..base(Status::Complete) });
    let nothing = Finish { signature: None, ..end("", "", Status::Failed(failure(FailureKind::Stalled))) };
    ends.push(Finish { attempts: attempts(&[FailureKind::Empty]), ..nothing });
    for cost in [0, 42, i64::MAX as u64] {
        ends.push(Finish { cost: Some(Cost(cost)), ..base(Status::Complete) });
    }
    let [expression, claimed, exact] = ["17 * 23", "392", "391"].map(str::to_owned);
    let calculations = vec![Calculation { expression, claimed, exact, correct: false }];
    let label = |kind| Label { kind, text: "\"né\"\n".to_owned(), calculations: Vec::new() };
    let mut labels: Vec<_> = LabelKind::ALL.map(label).into();
    labels.push(Label { calculations, ..label(LabelKind::Maths) });
    ends.push(Finish { labels, ..base(Status::Cancelled) });
    ends.push(Finish { decision: Some(Box::new(decision())), ..base(Status::Complete) });
    for location in [Location::Network("box:11434".to_owned()), Location::External("ollama.com".to_owned())] {
        ends.push(Finish { signature: Some(Signature { location, ..signature("a/b:c") }), ..base(Status::Complete) });
    }
    for reason in [
        SelectionReason::Specialized { class: TaskClass::Mathematical },
        SelectionReason::UserOverride,
        SelectionReason::Complexity { level: Complexity::of(8.0) },
        SelectionReason::Warm,
        SelectionReason::Substitute { wanted: ModelId::new("mistral"), why: Some(Gate::NoVision) },
        SelectionReason::Guide { why: "no server".to_owned() },
    ] {
        ends.push(Finish { signature: Some(Signature { reason, ..signature("x") }), ..base(Status::Complete) });
    }
    for class in [
        TaskClass::QuickResponse,
        TaskClass::DeepThinking,
        TaskClass::CodeGeneration,
        TaskClass::Mathematical,
        TaskClass::Creative,
        TaskClass::ToolUse,
        TaskClass::Embedding,
    ] {
        ends.push(Finish { signature: Some(Signature { class, ..signature("x") }), ..base(Status::Complete) });
    }
    ends
}

#[tokio::test]
async fn every_end_is_read_as_it_was_written() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let mut prompt = Prompt::typed("look at ");
    for (origin, text) in [
        (Origin::Pasted, "a\tb\n"),
        (Origin::Stdin, "piped\0"),
        (Origin::File, "fn main() {}"),
        (Origin::Image, "/tmp/né \"x\".png"),
    ] {
        prompt.push(origin, text);
    }
    let first = NewTurn { prompt: prompt.clone(), ..ask(None, "", 5) };
    let mut wanted = Vec::new();
    let mut conversation = None;
    for (now_ms, end) in (5..).zip(ends()) {
        let begun = store.begin_turn(NewTurn { conversation, now_ms, ..first.clone() }).await.unwrap();
        store.append(begun.answer, "something".to_owned(), "else".to_owned()).await.unwrap();
        store.finish(begun.answer, end.clone()).await.unwrap();
        conversation = Some(begun.conversation.id);
        wanted.push(Message::question(begun.user, prompt.clone(), now_ms));
        let Finish { signature, text, thinking, usage, timing, status, cut_by_length, cost, labels, attempts, decision } = end;
        let (id, role, prompt) = (begun.answer, Role::Assistant, Prompt::default());
        let created_ms = now_ms;
        wanted.push(Message {
            id,
            role,
            prompt,
            text: text.into(),
            thinking: thinking.into(),
            signature,
            status,
            usage,
            timing,
            cut_by_length,
            cost,
            labels,
            attempts,
            decision,
            rating: None,
            created_ms,
            versions: Versions::default(),
            imported: false,
        });
    }
    store.close().await;

    let store = Store::open(path);
    let read = store.conversation(conversation.unwrap()).await.unwrap().unwrap();
    assert_eq!(*read.messages, wanted);
    assert_eq!((read.summary.title.as_str(), read.summary.messages), ("look at", wanted.len() as u32));
    let pieces = store.run(|db| Ok(db.conn.query_row("SELECT count(*) FROM pieces", [], |row| row.get::<_, i64>(0))?)).await;
    assert_eq!(pieces, Ok(0), "an answer that has ended has no pieces");
}

#[tokio::test]
async fn an_answer_is_there_while_it_comes() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let turn = NewTurn { model_override: fixed("phi3:mini", true), ..ask(None, "why?", 100) };
    let begun = store.begin_turn(turn).await.unwrap();
    assert_eq!(begun.conversation.model_override, fixed("phi3:mini", true));
    assert_eq!((begun.conversation.messages, begun.conversation.title.as_str()), (2, "why?"));
    let id = begun.conversation.id;
    assert_eq!(store.answers(id).await, [said("", Status::Streaming)]);

    store.sign(begun.answer, &signature("broken:1b")).await.unwrap();
    store.sign(begun.answer, &signature("llama3.1:8b")).await.unwrap();
    store.append(begun.answer, "Be".to_owned(), "hm".to_owned()).await.unwrap();
    store.append(begun.answer, "cause".to_owned(), "m".to_owned()).await.unwrap();
    let answer = store.messages(id).await.remove(1);
    assert_eq!((&*answer.text, &*answer.thinking, answer.status), ("Because", "hmm", Status::Streaming));
    assert_eq!(answer.signature, Some(signature("llama3.1:8b")));
}

#[tokio::test]
async fn only_an_answer_that_streams_can_be_written() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let begun = store.begin_turn(ask(None, "why?", 1)).await.unwrap();
    assert_eq!(
        store.finish(begun.answer, end("", "", Status::Streaming)).await,
        Err(StoreError::NotAnEnd(begun.answer)),
        "that is no end"
    );
    store.finish(begun.answer, end("so", "", Status::Complete)).await.unwrap();
    for id in [begun.user, begun.answer, MessageId(99)] {
        let refused = Err(StoreError::NotStreaming(id));
        assert_eq!(store.append(id, "x".to_owned(), String::new()).await, refused);
        assert_eq!(store.sign(id, &signature("x")).await, refused);
        assert_eq!(store.finish(id, end("other", "", Status::Cancelled)).await, refused);
    }
    assert_eq!(store.answers(begun.conversation.id).await, [said("so", Status::Complete)]);
    let missing = ConversationId(99);
    assert_eq!(store.begin_turn(ask(Some(missing), "x", 1)).await, Err(StoreError::NoSuchConversation(missing)));
    assert_eq!(store.set_model(missing, None).await, Err(StoreError::NoSuchConversation(missing)));
    assert_eq!(store.conversation(missing).await, Ok(None));
    assert_eq!(store.conversations(9).await.unwrap().len(), 1, "a turn that was refused left nothing");
}

#[tokio::test]
async fn conversations_are_listed_by_last_writing() {
    let (_folder, path) = place();
    let store = Store::open(path);
    assert_eq!((store.latest().await, store.conversations(9).await), (Ok(None), Ok(vec![])));
    let mut begun = Vec::new();
    for (text, now_ms) in [("one", 100), ("two", 200), ("three", 300)] {
        begun.push(store.begin_turn(ask(None, text, now_ms)).await.unwrap());
    }
    let ids: Vec<_> = begun.iter().map(|begun| begun.conversation.id).collect();
    let order = async || store.conversations(9).await.unwrap().iter().map(|summary| summary.title.clone()).collect::<Vec<_>>();
    assert_eq!(order().await, ["three", "two", "one"]);
    // Choosing a model is no writing; a clock that was set back makes nothing older.
    let chosen = store.set_model(ids[0], fixed("mistral", false)).await.unwrap();
    assert_eq!((chosen.model_override, chosen.updated_ms), (fixed("mistral:latest", false), 100));
    store.begin_turn(ask(Some(ids[2]), "again", 50)).await.unwrap();
    assert_eq!(order().await, ["three", "two", "one"]);
    store.begin_turn(ask(Some(ids[0]), "again", 310)).await.unwrap();
    assert_eq!(order().await, ["one", "three", "two"]);
    // An answer that ends is written then: 200 + 150 ms.
    let timing = Timing { total_ms: 150, ..Timing::default() };
    store.finish(begun[1].answer, Finish { timing, ..end("2", "", Status::Complete) }).await.unwrap();
    assert_eq!(order().await, ["two", "one", "three"]);
    assert_eq!(store.latest().await, Ok(Some(ids[1])));
    assert_eq!(store.conversations(1).await.unwrap()[0].updated_ms, 350);
    assert_eq!(store.set_model(ids[0], None).await.unwrap().model_override, None);
}

#[tokio::test]
async fn what_a_conversation_is_about_stays_with_it_and_goes_along_into_a_copy() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let domain = |text: &str| Some(Domain::parse(text).unwrap());
    let begun = store.begin_turn(NewTurn { domain: domain("math"), ..ask(None, "why?", 100) }).await.unwrap();
    let id = begun.conversation.id;
    assert_eq!(begun.conversation.domain, domain("math"));
    let said = store.set_domain(id, domain("math/fractions")).await.unwrap();
    assert_eq!((said.domain, said.updated_ms), (domain("math/fractions"), 100));
    assert_eq!(store.fork(id, None, 200).await.unwrap().summary.domain, domain("math/fractions"));
    let again = store.begin_turn(NewTurn { domain: domain("code"), ..ask(Some(id), "and?", 300) }).await.unwrap();
    assert_eq!(again.conversation.domain, domain("math/fractions"), "a question changes nothing of it");
    assert_eq!(store.set_domain(id, None).await.unwrap().domain, None);
    let missing = ConversationId(99);
    assert_eq!(store.set_domain(missing, None).await, Err(StoreError::NoSuchConversation(missing)));
}

#[test]
fn pieces_add_up_however_an_answer_ends() {
    let (_folder, path) = place();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (writer, reader) = (Store::open(path.clone()), Store::open(path));
    let piece = (".{0,8}", prop_oneof![Just(String::new()), "\\PC{0,8}"]);
    let mut runner = TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() });
    let result = runner.run(&(prop::collection::vec(piece, 0..12), any::<bool>()), |(pieces, ends)| {
        runtime.block_on(async {
            let begun = writer.begin_turn(ask(None, "go", 1)).await.unwrap();
            let (mut text, mut thinking) = (String::new(), String::new());
            for (more, thought) in pieces {
                text.push_str(&more);
                thinking.push_str(&thought);
                writer.append(begun.answer, more, thought).await.unwrap();
            }
            if ends {
                writer.finish(begun.answer, end(&text, &thinking, Status::Complete)).await.unwrap();
            }
            let expected = [(&writer, Status::Streaming), (&reader, Status::Interrupted)];
            for (store, unfinished) in expected {
                let answer = store.messages(begun.conversation.id).await.remove(1);
                let status = if ends { Status::Complete } else { unfinished };
                prop_assert_eq!((&*answer.text, &*answer.thinking, answer.status), (&*text, &*thinking, status));
            }
            Ok(())
        })
    });
    result.unwrap();
}
