//! Summaries: on which path they stand, and where they go with their conversation.

use super::*;
use crate::domain::{Doomed, Location, Summary, SummaryId};

pub(super) fn summary(last: MessageId, text: &str) -> Summary {
    Summary {
        id: SummaryId(0),
        last,
        text: text.to_owned(),
        model: ModelId::new("phi3:mini"),
        family: "phi3".to_owned(),
        backend: BackendId::ollama(),
        location: Location::Local,
        imported: false,
        external: true,
        created_ms: 7,
    }
}

/// A conversation of three exchanges; gives it and its answers.
async fn talk(store: &Store) -> (ConversationId, Vec<MessageId>) {
    let (mut id, mut answers) = (None, Vec::new());
    for n in 0..3 {
        let begun = store.begin_turn(ask(id, &format!("q{n}"), n)).await.unwrap();
        store.finish(begun.answer, end("a", "", Status::Complete)).await.unwrap();
        id = Some(begun.conversation.id);
        answers.push(begun.answer);
    }
    (id.unwrap(), answers)
}

impl Store {
    async fn summed(&self, id: ConversationId) -> Vec<(String, MessageId)> {
        let found = self.conversation(id).await.unwrap().unwrap();
        found.summaries.into_iter().map(|summary| (summary.text, summary.last)).collect()
    }
}

#[tokio::test]
async fn a_summary_stands_until_it_is_taken_back() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (id, answers) = talk(&store).await;
    let one = store.summarise(id, summary(answers[0], "first")).await.unwrap();
    let two = store.summarise(id, summary(answers[1], "second")).await.unwrap();
    let stored = store.conversation(id).await.unwrap().unwrap();
    assert_eq!(stored.summaries, [one.clone(), two.clone()]);
    assert_eq!(Summary::in_force(&stored.summaries, &stored.messages), Some((&two, 4)));
    store.take_back(two.id).await.unwrap();
    store.close().await;
    let store = Store::open(path);
    assert_eq!(store.conversation(id).await.unwrap().unwrap().summaries, [one]);
    let (other, _) = talk(&store).await;
    let wrong = store.summarise(other, summary(answers[0], "not of it")).await;
    assert_eq!(wrong, Err(StoreError::NoSuchMessage(answers[0])));
    assert_eq!(store.summed(other).await, []);
}

#[tokio::test]
async fn a_copy_has_the_summaries_of_its_path() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (id, answers) = talk(&store).await;
    for (at, text) in [(0, "first"), (1, "second"), (1, "taken back")] {
        let stored = store.summarise(id, summary(answers[at], text)).await.unwrap();
        if text == "taken back" {
            store.take_back(stored.id).await.unwrap();
        }
    }
    for (at, want) in [(None, vec!["first", "second"]), (Some(answers[0]), vec!["first"])] {
        let copy = store.fork(id, at, 20).await.unwrap();
        let words: Vec<_> = copy.summaries.iter().map(|summary| summary.text.as_str()).collect();
        assert_eq!(words, want);
        let covers = Summary::in_force(&copy.summaries, &copy.messages).map(|(_, covers)| covers);
        assert_eq!(covers, Some(want.len() * 2));
        assert!(copy.summaries.iter().all(|summary| summary.external && !answers.contains(&summary.last)));
    }
}

#[tokio::test]
async fn what_is_purged_leaves_no_summary_in_the_file() {
    const WORDS: &str = "the zebra wears pyjamas";
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (id, answers) = talk(&store).await;
    let stored = store.summarise(id, summary(answers[0], WORDS)).await.unwrap();
    store.summarise(id, summary(answers[1], WORDS)).await.unwrap();
    store.take_back(stored.id).await.unwrap();
    store.delete(id, 30).await.unwrap();
    assert_eq!(store.summed(id).await.len(), 1, "what is deleted can be restored");
    store.purge(Doomed::One(id), 9).await.unwrap();
    store.sweep(false).await.unwrap();
    let rows = store.run(|db| Ok(db.conn.query_row("SELECT count(*) FROM summaries", [], |row| row.get::<_, i64>(0))?)).await;
    assert_eq!(rows, Ok(0));
    store.close().await;
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(WORDS.len()).any(|window| window == WORDS.as_bytes()));
    }
}
