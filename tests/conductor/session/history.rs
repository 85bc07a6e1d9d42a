//! Versions, deleting and drafts, as a front end sees them.

use super::bench::Bench;
use super::{broken, say, usual};
use conductor::backend::scripted::Step::{Done, Hang};
use conductor::domain::{ConversationId, Doomed, ExportFormat, Message, MessageId, PastPrompt, Prompt, RequestId, Version};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, Query, Reply};
use conductor::store::{After, NewTurn, Store};

const MODEL: &str = "llama3.1:8b";

impl Bench {
    async fn conversation(&self, command: ConversationCommand) {
        self.command(Command::Conversation(command)).await;
    }

    /// The messages that are shown of the only conversation.
    async fn shown(&self) -> Vec<Message> {
        match self.query(Query::Conversation(ConversationId(1))).await {
            Reply::Conversation(Some(conversation)) => conversation.messages.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    async fn words(&self) -> Vec<String> {
        self.shown().await.iter().map(Message::content).collect()
    }

    /// What is stored of the turn `id`, and its last event.
    async fn whole(&mut self, id: RequestId) -> (Version, Version, bool) {
        let stored = self
            .next(|event| match event {
                Event::Conversation(ConversationEvent::Begun { id: of, question, answer, .. }) if of == id => {
                    Some((question, answer))
                }
                _ => None,
            })
            .await;
        let came = self
            .next(|event| match event {
                Event::Finished { id: of, .. } if of == id => Some(true),
                Event::Failed { id: of, .. } if of == id => Some(false),
                _ => None,
            })
            .await;
        (stored.0, stored.1, came)
    }

    /// What the last request told.
    fn told(&self) -> Vec<String> {
        let chats = self.server.sent().len();
        self.sent_messages(chats - 1)
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_and_an_edit_leave_what_was_there() {
    let plays = [
        (MODEL, vec![say("one"), Done]),
        (MODEL, vec![say("two"), Done]),
        (MODEL, vec![say("one again"), Done]),
        (MODEL, vec![say("edited"), Done]),
        (MODEL, vec![broken("out of memory")]),
    ];
    let mut bench = Bench::new(usual(), &plays);
    let id = bench.send(Prompt::typed("hello first"), Some(MODEL)).await;
    let (q1, a1, _) = bench.whole(id).await;
    assert!(q1.versions.is_empty() && a1.versions.is_empty());
    let id = bench.send(Prompt::typed("hello second"), Some(MODEL)).await;
    let (q2, ..) = bench.whole(id).await;
    assert_eq!(bench.words().await, ["hello first", "one", "hello second", "two"]);

    let (id, model) = (RequestId(70), Some(conductor::domain::ModelId::new(MODEL)));
    bench.conversation(ConversationCommand::Retry { id, model: model.clone(), at: Some(a1.id) }).await;
    let (question, answer, came) = bench.whole(id).await;
    assert_eq!((question.id, answer.versions.ids.len(), answer.versions.at, came), (q1.id, 2, 1, true));
    assert_eq!(bench.words().await, ["hello first", "one again"]);
    assert!(bench.told().iter().all(|line| !line.contains("second") && !line.ends_with(": one")), "{:?}", bench.told());

    bench.conversation(ConversationCommand::Show { at: q2.id }).await;
    assert_eq!(bench.opened().await.messages[1].versions.at, 0);
    let (id, prompt) = (RequestId(71), Prompt::typed("hello third"));
    bench.conversation(ConversationCommand::Edit { id, at: q2.id, prompt, model: model.clone() }).await;
    let (question, ..) = bench.whole(id).await;
    assert_eq!(question.versions.ids, [q2.id, question.id]);
    assert_eq!(bench.words().await, ["hello first", "one", "hello third", "edited"]);
    assert!(bench.told().iter().any(|line| line.ends_with(": one")), "{:?}", bench.told());

    // A locked model that fails: what was shown still is.
    let answer = bench.shown().await[3].id;
    bench.set_model(Some(MODEL)).await;
    bench.conversation(ConversationCommand::LockModel(true)).await;
    let id = RequestId(72);
    bench.conversation(ConversationCommand::Retry { id, model, at: None }).await;
    assert!(!bench.whole(id).await.2);
    bench.restart().await;
    assert_eq!(bench.words().await, ["hello first", "one", "hello third", "edited"]);
    assert_eq!(bench.shown().await[3].versions.ids[0], answer);

    for at in [MessageId(99), q2.id] {
        let id = RequestId(73);
        bench.conversation(ConversationCommand::Edit { id, at, prompt: Prompt::typed("x"), model: None }).await;
        let failed = bench.next(|event| matches!(event, Event::Failed { id: of, .. } if of == id).then_some(())).await;
        assert_eq!(failed, (), "{at:?} is not shown");
    }
    bench.end().await;
}

// The clock is not paused: it would jump to where the answer has stalled.
#[tokio::test]
async fn one_in_which_an_answer_comes_is_neither_changed_nor_deleted() {
    let mut bench = Bench::new(usual(), &[(MODEL, vec![say("one"), Done]), (MODEL, vec![say("two"), Hang])]);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    let (question, ..) = bench.whole(id).await;
    let busy = bench.send(Prompt::typed("more"), Some(MODEL)).await;
    bench.until(busy, "delta").await;
    let (id, at, prompt) = (RequestId(70), question.id, Prompt::typed("x"));
    bench.conversation(ConversationCommand::Edit { id, at, prompt, model: None }).await;
    bench.next(|event| matches!(event, Event::Failed { id: of, .. } if of == id).then_some(())).await;
    bench.conversation(ConversationCommand::Show { at }).await;
    assert_eq!(bench.notice().await, "an answer is coming in conversation 1");
    bench.conversation(ConversationCommand::Delete(ConversationId(1))).await;
    assert_eq!(bench.notice().await, "an answer is coming in conversation 1");
    bench.end().await;
}

// The clock is not paused: it would jump to where the answer has stalled.
#[tokio::test]
async fn a_copy_made_while_an_answer_comes_anew_is_of_what_is_shown() {
    let plays = [(MODEL, vec![say("one"), Done]), (MODEL, vec![say("two"), Done]), (MODEL, vec![say("again"), Hang])];
    let mut bench = Bench::new(usual(), &plays);
    for question in ["hello", "more"] {
        let id = bench.send(Prompt::typed(question), Some(MODEL)).await;
        bench.whole(id).await;
    }
    let id = RequestId(70);
    bench.conversation(ConversationCommand::Retry { id, model: None, at: None }).await;
    bench.until(id, "delta").await;
    bench.conversation(ConversationCommand::Fork { at: None }).await;
    let words: Vec<String> = bench.opened().await.messages.iter().map(Message::content).collect();
    assert_eq!(words, ["hello", "one", "more", "two"], "of what comes there is nothing yet");
    bench.end().await;
}

/// Another Segno purges what is open here.
#[tokio::test(start_paused = true)]
async fn a_question_in_a_purged_conversation_is_kept_in_a_new_one() {
    let mut bench = Bench::new(usual(), &[(MODEL, vec![say("one"), Done]), (MODEL, vec![say("two"), Done])]);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    bench.whole(id).await;
    let other = rusqlite::Connection::open(bench.database()).unwrap();
    other.execute_batch("PRAGMA foreign_keys = ON; DELETE FROM conversations;").unwrap();
    let id = bench.send(Prompt::typed("more"), Some(MODEL)).await;
    assert!(bench.whole(id).await.2);
    let Reply::Conversations(list) = bench.query(Query::Conversations { limit: 9, deleted: false }).await else {
        panic!("no list")
    };
    let stored: Vec<_> = list.iter().map(|summary| (summary.title.as_str(), summary.messages)).collect();
    assert_eq!(stored, [("more", 2)]);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_file_says_was_answered_is_not_rated() {
    let mut bench = Bench::new(usual(), &[(MODEL, vec![say("one"), Done])]);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    bench.whole(id).await;
    let export = Query::Export { conversation: Some(ConversationId(1)), format: ExportFormat::Json };
    let Reply::Text(text) = bench.query(export).await else { panic!("no file") };
    bench.conversation(ConversationCommand::Import { id: RequestId(90), text }).await;
    let imported = |event| match event {
        Event::Conversation(ConversationEvent::Imported { result, .. }) => result.ok()?.first().map(|summary| summary.id),
        _ => None,
    };
    let id = bench.next(imported).await;
    bench.conversation(ConversationCommand::Resume(id)).await;
    bench.opened().await;
    bench.command(Command::Rate { at: None, rating: conductor::domain::Rating::Good }).await;
    assert!(bench.notice().await.starts_with("this answer was read from a file"));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_open_conversation_is_deleted_and_restored() {
    let mut bench = Bench::new(usual(), &[(MODEL, vec![say("one"), Done])]);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    bench.whole(id).await;
    let one = ConversationId(1);
    let draft = |text: &str| ConversationCommand::Draft { conversation: Some(one), text: text.to_owned() };
    for text in ["a", "ab", "abc"] {
        bench.conversation(draft(text)).await;
    }
    bench.restart().await;
    assert_eq!(bench.query(Query::Draft(Some(one))).await, Reply::Draft(Some("abc".to_owned())));
    let past = PastPrompt { message: MessageId(1), words: "hello".to_owned(), lines: 1, attached: Vec::new() };
    assert_eq!(bench.query(Query::Prompts { limit: 9 }).await, Reply::Prompts(vec![past]));
    bench.conversation(ConversationCommand::Resume(one)).await;
    bench.opened().await;
    bench.conversation(ConversationCommand::Delete(one)).await;
    let is_new = |event: Event| matches!(event, Event::Conversation(ConversationEvent::New)).then_some(());
    bench.next(is_new).await;
    bench.conversation(ConversationCommand::Resume(one)).await;
    assert_eq!(bench.notice().await, "conversation 1 was deleted");
    let count = |reply| if let Reply::Conversations(list) = reply { list.len() } else { panic!("no list") };
    assert_eq!(count(bench.query(Query::Conversations { limit: 9, deleted: false }).await), 0);
    assert_eq!(count(bench.query(Query::Conversations { limit: 9, deleted: true }).await), 1);
    bench.conversation(ConversationCommand::Restore(one)).await;
    let restored = |event| match event {
        Event::Conversation(ConversationEvent::Restored(summary)) => Some(summary.id),
        _ => None,
    };
    assert_eq!(bench.next(restored).await, one);
    let id = RequestId(80);
    bench.conversation(ConversationCommand::Purge { id, which: Doomed::All }).await;
    let purged = |event| match event {
        Event::Conversation(ConversationEvent::Purged { result, .. }) => Some(result),
        _ => None,
    };
    assert_eq!(bench.next(purged).await, Ok(1));
    assert_eq!(bench.query(Query::Conversation(one)).await, Reply::Conversation(None));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_goes_at_the_start_and_is_said_and_what_was_just_imported_stays() {
    let mut bench = Bench::with(usual(), &[(MODEL, vec![say("one"), Done])], |config| config.history.keep_days = 90);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    bench.whole(id).await;
    let text =
        r#"{"segno_conversation":1,"title":"old","created_ms":5,"updated_ms":9,"shown":1,"messages":[{"message":QUESTION}]}"#;
    let question = Message::question(MessageId(1), Prompt::typed("ages ago"), 5);
    let text = text.replace("QUESTION", &serde_json::to_string(&question).unwrap());
    let id = RequestId(90);
    bench.conversation(ConversationCommand::Import { id, text }).await;
    let imported = |event| match event {
        Event::Conversation(ConversationEvent::Imported { result, .. }) => Some(result.map(|list| list.len())),
        _ => None,
    };
    assert_eq!(bench.next(imported).await, Ok(1));
    let long_ago = async |path| {
        let store = Store::open(path);
        let (prompt, after) = (Prompt::typed("long ago"), After::Shown);
        let turn = NewTurn { conversation: None, prompt, model_override: None, domain: None, after, now_ms: 5 };
        store.begin_turn(turn).await.unwrap();
        store.close().await;
    };
    long_ago(bench.database()).await;
    bench.restart().await;
    assert_eq!(bench.notice().await, "1 conversation older than 90 days was deleted");
    let Reply::Conversations(list) = bench.query(Query::Conversations { limit: 9, deleted: false }).await else { panic!() };
    let titles: Vec<_> = list.iter().map(|summary| summary.title.as_str()).collect();
    assert_eq!(titles, ["old", "hello"]);
    // Another process that reads keeps the bytes, which takes nothing from what was done.
    bench.quit().await;
    long_ago(bench.database()).await;
    let reader = rusqlite::Connection::open(bench.database()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM messages;").unwrap();
    bench.start();
    assert_eq!(bench.notice().await, "1 conversation older than 90 days was deleted");
    assert!(bench.notice().await.starts_with("what is purged is gone from every list, but another Segno reads"));
    bench.end().await;
}

/// Whoever reads a list of commands from a file has to know when one is done.
#[tokio::test(start_paused = true)]
async fn it_is_answered_when_all_is_said_that_was_asked_for() {
    let mut bench = Bench::new(usual(), &[(MODEL, vec![say("one"), Done])]);
    let id = bench.send(Prompt::typed("hello"), Some(MODEL)).await;
    bench.whole(id).await;
    let long = format!(r#"{{"version":1,"conversations":[{}]"#, "7,".repeat(1_000_000));
    let commands = [
        ConversationCommand::Import { id: RequestId(90), text: long },
        ConversationCommand::Rename { id: None, title: "another".to_owned() },
        ConversationCommand::Delete(ConversationId(1)),
        ConversationCommand::Restore(ConversationId(1)),
        ConversationCommand::Purge { id: RequestId(91), which: Doomed::All },
    ];
    let saying = |event: &Event| match event {
        Event::Conversation(ConversationEvent::Imported { .. }) => Some(0),
        Event::Conversation(ConversationEvent::Changed(_)) => Some(1),
        Event::Conversation(ConversationEvent::Deleted(_)) => Some(2),
        Event::Conversation(ConversationEvent::Restored(_)) => Some(3),
        Event::Conversation(ConversationEvent::Purged { .. }) => Some(4),
        _ => None,
    };
    for (nth, command) in commands.into_iter().enumerate() {
        bench.conversation(command).await;
        assert_eq!(bench.query(Query::Settled).await, Reply::Settled);
        let said = bench.there();
        assert!(said.iter().filter_map(saying).any(|of| of == nth), "{nth}: {said:?}");
    }
    bench.end().await;
}
