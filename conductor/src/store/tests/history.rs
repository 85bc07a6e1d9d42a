//! Versions, the search, and what is deleted.

use super::*;
use crate::domain::{Doomed, Hit, Origin, Rating, Span, Versions};

/// Asks and answers; gives the conversation, the question and the answer.
async fn say(store: &Store, turn: NewTurn, answer: &str) -> (ConversationId, MessageId, MessageId) {
    let begun = store.begin_turn(turn).await.unwrap();
    store.finish(begun.answer, end(answer, "", Status::Complete)).await.unwrap();
    (begun.conversation.id, begun.user, begun.answer)
}

fn then(conversation: ConversationId, text: &str, after: After) -> NewTurn {
    NewTurn { after, ..ask(Some(conversation), text, 9) }
}

impl Store {
    /// What is shown of a conversation, message by message, and which version of how many.
    async fn shown(&self, id: ConversationId) -> Vec<String> {
        let line = |message: Message| match (message.content(), message.versions) {
            (words, Versions { ids, .. }) if ids.is_empty() => words,
            (words, Versions { ids, at }) => format!("{words} {}/{}", at + 1, ids.len()),
        };
        self.messages(id).await.into_iter().map(line).collect()
    }

    async fn found(&self, text: &str) -> Vec<Hit> {
        self.search(text.to_owned(), 50, None).await.unwrap()
    }
}

#[tokio::test]
async fn each_version_is_kept_and_can_be_gone_back_to() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (id, q1, a1) = say(&store, ask(None, "one", 1), "first").await;
    let (_, q2, _) = say(&store, then(id, "two", After::Shown), "second").await;
    let (_, again, a2) = say(&store, then(id, "one", After::Again(q1)), "another first").await;
    assert_eq!(again, q1, "nothing was asked");
    assert_eq!(store.shown(id).await, ["one", "another first 2/2"]);
    let (_, edited, _) = say(&store, then(id, "two, please", After::Beside(q2)), "second, please").await;
    assert_eq!(store.shown(id).await, ["one", "first 1/2", "two, please 2/2", "second, please"]);
    assert_eq!(store.conversation(id).await.unwrap().unwrap().summary.messages, 4);
    for (at, shown) in [
        (q2, vec!["one", "first 1/2", "two 1/2", "second"]),
        (a2, vec!["one", "another first 2/2"]),
        (a1, vec!["one", "first 1/2", "two, please 2/2", "second, please"]),
        (edited, vec!["one", "first 1/2", "two, please 2/2", "second, please"]),
    ] {
        let conversation = store.show(at).await.unwrap();
        assert_eq!(store.shown(id).await, shown, "{at:?}");
        assert_eq!(*conversation.messages, store.messages(id).await);
    }
    // The first question, too, can be another one.
    say(&store, then(id, "zero", After::Beside(q1)), "none").await;
    assert_eq!(store.shown(id).await, ["zero 2/2", "none"]);
    let copy = store.fork(id, Some(q2), 20).await.unwrap();
    assert_eq!(store.shown(copy.summary.id).await, ["one", "first", "two"]);
    let tree = store.tree(id).await.unwrap().unwrap();
    assert_eq!(tree.nodes.len(), 9, "nothing is lost");
}

#[tokio::test]
async fn a_turn_has_to_have_its_place_in_the_conversation() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (id, question, answer) = say(&store, ask(None, "one", 1), "first").await;
    let (_, elsewhere, _) = say(&store, ask(None, "other", 1), "else").await;
    for after in [
        After::Message(elsewhere),
        After::Beside(answer),
        After::Again(answer),
        After::Again(elsewhere),
        After::Message(MessageId(99)),
    ] {
        let refused = store.begin_turn(then(id, "x", after)).await;
        assert!(matches!(refused, Err(StoreError::NoSuchMessage(_))), "{after:?}: {refused:?}");
    }
    for after in [After::Message(answer), After::Beside(question), After::Again(question)] {
        let refused = store.begin_turn(NewTurn { after, ..ask(None, "x", 9) }).await;
        assert!(matches!(refused, Err(StoreError::NoSuchMessage(_))), "in a new one, {after:?}: {refused:?}");
    }
    assert_eq!(store.conversations(9).await.unwrap().len(), 2, "and none was made");
    assert_eq!(store.show(MessageId(99)).await, Err(StoreError::NoSuchMessage(MessageId(99))));
    let begun = store.begin_turn(then(id, "one", After::Again(question))).await.unwrap();
    assert_eq!(begun.answer_versions, Versions { ids: vec![answer, begun.answer], at: 1 });
    assert_eq!(store.show(answer).await, Err(StoreError::Answering(id)));
    assert_eq!(store.delete(id, 5).await, Err(StoreError::Answering(id)));
    assert_eq!(store.purge(Doomed::All, 9).await.unwrap().gone, 1, "the other alone");
}

#[tokio::test]
async fn whatever_is_typed_is_found_and_is_no_query() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (_, question, _) =
        say(&store, ask(None, "Why does fooBar call snake_case_name?", 1), "Weil Straße; 吾輩は猫である").await;
    say(&store, ask(None, "\"quoted\" AND (NEAR) * col:umn -not 'x'", 2), "50% _ \\ done").await;
    for (needle, count) in [
        ("foobar", 1),
        ("oBa", 1),
        ("case_na", 1),
        ("WHY snake", 1),
        ("why missing", 0),
        ("猫", 1),
        ("は猫で", 1),
        ("straße", 1),
        ("\"quoted\"", 1),
        ("AND", 1),
        ("(NEAR) *", 1),
        ("col:umn -not", 1),
        ("'x'", 1),
        ("%", 1),
        ("_", 2),
        ("\\", 1),
        ("\"", 1),
        ("x\0y", 0),
        ("", 0),
        ("  \n", 0),
    ] {
        assert_eq!(store.found(needle).await.len(), count, "{needle:?}");
    }
    let [hit] = &store.found("SNAKE why").await[..] else { panic!("one") };
    let marked: Vec<&str> = hit.marks.iter().map(|mark| &hit.excerpt[mark.clone()]).collect();
    assert_eq!((hit.message, hit.archived, marked), (question, false, vec!["Why", "snake"]));
    let long = format!("{}needle{}", "ä ".repeat(500), " ö".repeat(500));
    let (id, ..) = say(&store, ask(None, "far", 3), &long).await;
    let [hit] = &store.found("needle").await[..] else { panic!("one") };
    assert!(hit.excerpt.starts_with('…') && hit.excerpt.ends_with('…') && hit.excerpt.chars().count() < 200);
    assert_eq!(&hit.excerpt[hit.marks[0].clone()], "needle");
    assert_eq!(store.search("e".to_owned(), 1, None).await.unwrap().len(), 1);
    let older = store.search("e".to_owned(), 9, Some(hit.message)).await.unwrap();
    assert!(older.iter().all(|other| other.message < hit.message) && !older.is_empty());

    // What is coming is found, also where its process was killed; what is not shown says so; what is deleted is not found.
    let begun = store.begin_turn(then(id, "more", After::Shown)).await.unwrap();
    store.say(begun.answer, "half a sen").await;
    store.say(begun.answer, "tence").await;
    assert_eq!(store.found("sentence").await.len(), 1);
    drop(store);
    let store = Store::open(path);
    assert_eq!(store.found("sentence").await.len(), 1);
    let first = store.found("needle").await[0].message;
    store.show(first).await.unwrap();
    let question = store.messages(id).await[0].id;
    say(&store, then(id, "far", After::Again(question)), "another").await;
    assert!(store.found("needle").await[0].archived && !store.found("another").await[0].archived);
    store.delete(id, 7).await.unwrap();
    assert!(store.found("needle").await.is_empty());
    store.restore(id).await.unwrap();
    assert_eq!(store.found("needle").await.len(), 1);
}

/// All bytes of the database and of the files beside it.
fn bytes(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.is_file()).flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test]
async fn what_is_purged_is_in_the_file_no_more() {
    const MARKER: &str = "zanzibarquagga";
    let (folder, path) = place();
    let store = Store::open(path.clone());
    let mut gone = Vec::new();
    for n in 0..20 {
        let question = format!("{MARKER} question {n} {}", "padding ".repeat(50));
        let begun = store.begin_turn(ask(None, &question, n)).await.unwrap();
        store.say(begun.answer, &format!("{MARKER} piece ")).await;
        store
            .finish(begun.answer, end(&format!("{MARKER} answer {}", "x".repeat(5000)), MARKER, Status::Complete))
            .await
            .unwrap();
        store.rate(begun.answer, Rating::Good, 5).await.unwrap();
        gone.push(begun.conversation.id);
    }
    let call = RoleCall {
        at_ms: 1,
        role: "reflector",
        model: "llama3.1:8b".to_owned(),
        template: "v2".to_owned(),
        source: "m1".to_owned(),
        prompt_tokens: None,
        answer_tokens: None,
        total_ms: 5,
        verdict: "invalid".to_owned(),
        raw: Some(format!("no JSON, but {MARKER}")),
    };
    store.note_role(call).await.unwrap();
    let (kept, ..) = say(&store, ask(None, "kept words", 900), "and kept").await;
    store.keep_draft(Some(gone[0]), MARKER.to_owned(), 5).await.unwrap();
    assert_eq!(store.deleted(9).await.unwrap().len(), 0);
    store.delete(gone[0], 10).await.unwrap();
    assert_eq!(store.deleted(9).await.unwrap()[0].deleted_ms, Some(10));
    assert_eq!(store.conversations(99).await.unwrap().len(), 20);
    assert_eq!(store.doomed(Doomed::Deleted(9)).await.unwrap().len(), 0);
    assert_eq!(store.purge(Doomed::Deleted(10), 5).await.unwrap(), Purged { gone: 1, more: false });
    assert_eq!(store.purge(Doomed::OlderThan(500), 5).await.unwrap(), Purged { gone: 5, more: true });
    assert!(holds(&bytes(folder.path()), MARKER));
    while store.purge(Doomed::OlderThan(500), 5).await.unwrap().more {}
    store.sweep(false).await.unwrap();
    let left = bytes(folder.path());
    assert!(!holds(&left, MARKER) && !holds(&left, "zan\u{0}") && holds(&left, "kept words"));
    let counts = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM lessons) + (SELECT count(*) FROM feedback)
        + (SELECT count(*) FROM drafts) + (SELECT count(*) FROM role_failures)";
    let count = store.run(move |db| Ok(db.conn.query_row(counts, [], |row| row.get::<_, i64>(0))?)).await;
    assert_eq!(count, Ok(2));
    assert_eq!(store.found("words").await[0].conversation.id, kept);
    let check = "INSERT INTO search (search) VALUES ('integrity-check')";
    store.run(move |db| Ok(db.conn.execute(check, []).map(|_| ())?)).await.unwrap();
}

#[tokio::test]
async fn a_draft_is_kept_for_each_conversation_and_one_for_the_next() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (id, ..) = say(&store, ask(None, "one", 1), "first").await;
    for (of, text) in [(None, "a"), (None, "b"), (Some(id), "c"), (Some(ConversationId(77)), "of none")] {
        store.keep_draft(of, text.to_owned(), 1).await.unwrap();
    }
    store.close().await;
    let store = Store::open(path);
    assert_eq!(store.draft(None).await, Ok(Some("b".to_owned())));
    assert_eq!(store.draft(Some(id)).await, Ok(Some("c".to_owned())));
    assert_eq!(store.draft(Some(ConversationId(77))).await, Ok(None));
    store.keep_draft(None, String::new(), 2).await.unwrap();
    assert_eq!(store.draft(None).await, Ok(None));
}

#[tokio::test]
async fn windows_that_are_open_at_once_have_drafts_of_their_own() {
    let (_folder, path) = place();
    let open = || Store::open(path.clone());
    let draft = async |store: &Store, of| store.draft(of).await.unwrap();
    let keep = async |store: &Store, of, text: &str, at| store.keep_draft(of, text.to_owned(), at).await.unwrap();
    let (a, b) = (open(), open());
    let (id, ..) = say(&a, ask(None, "one", 1), "first").await;
    for of in [None, Some(id)] {
        assert_eq!((draft(&a, of).await, draft(&b, of).await), (None, None));
        keep(&a, of, "of a", 2).await;
        assert_eq!(draft(&b, of).await, None, "it is being written elsewhere");
        keep(&b, of, "of b", 3).await;
        assert_eq!(draft(&a, of).await.as_deref(), Some("of a"));
    }
    // What the second left is that of whoever opens next, and of nobody else.
    b.close().await;
    let (c, d) = (open(), open());
    for of in [None, Some(id)] {
        assert_eq!(draft(&c, of).await.as_deref(), Some("of b"));
        assert_eq!(draft(&d, of).await, None);
    }
    // Of several that are left it is the newest; one that has written there has no other's.
    keep(&d, None, "of d", 9).await;
    keep(&d, Some(id), "of d", 9).await;
    c.close().await;
    d.close().await;
    assert_eq!(draft(&a, None).await.as_deref(), Some("of a"));
    keep(&a, None, "", 10).await;
    keep(&a, Some(id), "", 10).await;
    assert_eq!((draft(&a, None).await, draft(&a, Some(id)).await.as_deref()), (None, None));
    a.close().await;
    let e = open();
    assert_eq!(draft(&e, None).await.as_deref(), Some("of d"));
    // The newest counts also where an older one was left under the number that the next window has.
    keep(&e, Some(id), "older", 11).await;
    let f = open();
    keep(&f, Some(id), "newer", 12).await;
    e.close().await;
    f.close().await;
    let g = open();
    assert_eq!(draft(&g, Some(id)).await.as_deref(), Some("newer"));
    keep(&g, Some(id), "", 13).await;
    assert_eq!(draft(&g, Some(id)).await, None, "cleared is cleared, here");
    g.close().await;
    assert_eq!(draft(&open(), Some(id)).await.as_deref(), Some("older"), "and nothing is lost");
}

#[tokio::test]
async fn what_was_asked_before_comes_newest_first_and_once() {
    let (_folder, path) = place();
    let store = Store::open(path);
    for text in ["one", "two", "one", "  ", "three"] {
        say(&store, ask(None, text, 1), "x").await;
    }
    let (hidden, ..) = say(&store, ask(None, "hidden", 1), "x").await;
    store.delete(hidden, 2).await.unwrap();
    let found = async |limit, bytes| {
        let list = store.prompts(limit, bytes).await.unwrap();
        list.into_iter().map(|past| [&[past.words], past.attached.as_slice()].concat().join("|")).collect::<Vec<_>>()
    };
    assert_eq!(found(9, 1000).await, ["three", "one", "two"]);
    assert_eq!(found(2, 1000).await, ["three", "one"]);
    assert_eq!(found(9, 8).await, ["three", "one"]);
    let mut prompt = Prompt::typed("why? ");
    prompt.push(Origin::Pasted, "log ".repeat(600));
    prompt.attach(Span::file("notes.txt", "not words of the question"));
    let (.., question, _) = say(&store, NewTurn { prompt, ..ask(None, "", 3) }, "x").await;
    let mut other = Prompt::typed("why? ");
    other.push(Origin::Pasted, format!("{}and another end", "log ".repeat(600)));
    say(&store, NewTurn { prompt: other, ..ask(None, "", 3) }, "x").await;
    let begins = format!("why? {}", "log ".repeat(500));
    assert_eq!(found(2, 9000).await, [begins.clone(), format!("{begins}|notes.txt")]);
    assert_eq!(store.prompts(2, 9000).await.unwrap()[1].message, question, "by which it is had whole");
}

#[tokio::test]
async fn a_question_brings_a_deleted_conversation_back() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (id, ..) = say(&store, ask(None, "one", 1), "first").await;
    store.delete(id, 3).await.unwrap();
    assert_eq!(store.latest().await, Ok(None));
    say(&store, then(id, "two", After::Shown), "second").await;
    assert_eq!(store.latest().await, Ok(Some(id)));
    assert_eq!(store.delete(ConversationId(9), 3).await, Err(StoreError::NoSuchConversation(ConversationId(9))));
}

#[tokio::test]
async fn a_version_that_is_not_shown_is_read_and_who_answered_last_is_known() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (id, question, first) = say(&store, ask(None, "one", 1), "first").await;
    let (_, _, second) = say(&store, then(id, "one", After::Again(question)), "another first").await;
    let read = store.message(first).await.unwrap();
    assert_eq!((&*read.text, read.versions), ("first", Versions { ids: vec![first, second], at: 0 }));
    assert!(store.message(MessageId(99)).await.is_err());
    let by = store.message(second).await.unwrap().signature.map(|by| by.model);
    assert!(by.is_some());
    assert_eq!(store.conversations(5).await.unwrap()[0].answered_by, by);
}

#[tokio::test]
async fn that_another_process_keeps_what_is_purged_in_the_file_is_said() {
    const MARKER: &str = "zanzibarquagga";
    let (folder, path) = place();
    let (store, _thread) = start(&path, Duration::from_millis(20));
    say(&store, ask(None, MARKER, 1), "gone").await;
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let read: i64 = reader.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!((read, store.purge(Doomed::All, 9).await.unwrap().gone), (2, 1));
    assert_eq!(store.sweep(false).await, Err(StoreError::Unswept));
    assert!(store.conversations(9).await.unwrap().is_empty() && holds(&bytes(folder.path()), MARKER));
    drop(reader);
    assert_eq!(store.sweep(false).await, Ok(()));
    assert!(!holds(&bytes(folder.path()), MARKER));
}

#[tokio::test]
async fn what_is_read_whole_says_once_what_stands_in_one_place() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let question = Message::question(MessageId(0), Prompt::typed("one"), 1);
    let mut nodes = vec![Imported { parent: None, message: question.clone() }];
    let answer = Message { role: Role::Assistant, prompt: Prompt::default(), ..question };
    nodes.extend((0..50).map(|_| Imported { parent: Some(0), message: answer.clone() }));
    let id = store.import(vec![of_a_file(nodes)]).await.unwrap()[0];
    let tree = store.tree(id).await.unwrap().unwrap();
    assert!(tree.nodes.iter().all(|node| node.message.versions.is_empty()));
    let last = tree.shown.messages[1].clone();
    assert_eq!((last.versions.ids.len(), last.versions.at), (50, 49));
    assert_eq!(store.message(last.id).await, Ok(last));
}

#[tokio::test]
async fn the_search_reads_no_more_messages_than_it_has_to() {
    let (_folder, path) = place();
    let store = Store::open(path);
    for indexed in [true, false] {
        let values: &[&'static str] = if indexed { &["99", "\"abc\""] } else { &["99"] };
        let plan = store.run(move |db| {
            let mut statement = db.conn.prepare(&format!("EXPLAIN QUERY PLAN {}", search::statement(indexed)))?;
            let lines = statement.query_map(rusqlite::params_from_iter(values), |row| row.get("detail"))?;
            Ok(lines.collect::<rusqlite::Result<Vec<String>>>()?)
        });
        let plan = plan.await.unwrap();
        let has = |part: &str| plan.iter().any(|line| line.contains(part));
        assert!(!has("SCAN m") && !has("SCAN c") && !has("SCAN p ") && !has("SCAN pieces"), "{plan:#?}");
        // Without the index the newest are read until there are enough; what has pieces is looked up in any case.
        let through = plan.iter().filter(|line| line.contains("SEARCH m ") && line.contains("(rowid<?)")).count();
        assert_eq!(through, usize::from(!indexed), "{plan:#?}");
        assert!(has("SEARCH pieces"), "{plan:#?}");
        assert!(!has("TEMP B-TREE FOR ORDER BY"), "the newest are read first, and no more than are wanted: {plan:#?}");
        assert_eq!(has("SCAN search VIRTUAL TABLE"), indexed, "{plan:#?}");
    }
}

#[tokio::test]
async fn a_tree_that_names_a_place_that_is_none_is_not_stored_nor_what_came_with_it() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let question = Message::question(MessageId(0), Prompt::typed("one"), 1);
    let node = |parent| Imported { parent, message: question.clone() };
    let good = of_a_file(vec![node(None)]);
    for bad in [
        of_a_file(vec![node(Some(0))]),
        of_a_file(vec![node(Some(1)), node(None)]),
        NewTree { leaf: 1, ..good.clone() },
        NewTree { summaries: vec![(1, summaries::summary(MessageId(0), "of none"))], ..good.clone() },
    ] {
        let refused = store.import(vec![good.clone(), bad]).await;
        assert!(matches!(refused, Err(StoreError::NoSuchMessage(_))), "{refused:?}");
    }
    assert_eq!(store.conversations(9).await, Ok(Vec::new()));
}

/// How a model was chosen is as long as a short answer, and asked of the newest alone.
#[tokio::test]
async fn the_newest_answer_tells_how_its_model_was_chosen() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let mut of = None;
    for chosen in [vec![false, true], vec![false, false, false, true]] {
        let begun = store.begin_turn(ask(of, "why?", 1)).await.unwrap();
        let decision = Some(Box::new(turns::decision()));
        store.finish(begun.answer, Finish { decision, ..end("so", "", Status::Complete) }).await.unwrap();
        of = Some(begun.conversation.id);
        let messages = store.messages(begun.conversation.id).await;
        let told: Vec<bool> = messages.iter().map(|message| message.decision.is_some()).collect();
        assert_eq!(told, chosen);
        assert!(store.message(begun.answer).await.unwrap().decision.is_some(), "asked for by itself it does");
    }
    let tree = store.tree(of.unwrap()).await.unwrap().unwrap();
    assert_eq!(tree.nodes.iter().filter(|node| node.message.decision.is_some()).count(), 2, "a file has them all");
}
