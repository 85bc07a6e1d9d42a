//! Playbooks, what changed them, and what waits to be learnt from.

use super::*;
use crate::domain::{
    Bullet, BulletId, Cause, Counts, Decision, Delta, DeltaSeq, LessonCounts, Playbook, PlaybookKey, Provenance, Rating, Shown,
    Stage, Step, Text,
};

fn key(text: &str) -> PlaybookKey {
    let mut parts = text.split('-');
    let (base, family) = (parts.next().unwrap(), parts.next().unwrap());
    PlaybookKey::new(base, family, parts.next()).unwrap()
}

fn bullet(number: u32, content: &str) -> Bullet {
    Bullet {
        id: BulletId(number),
        text: Text { section: "style".to_owned(), content: content.to_owned() },
        counts: Counts::default(),
        stage: Stage::Shadow,
        pinned: false,
        provenance: Provenance::User,
        created_ms: 1,
        updated_ms: 1,
    }
}

fn delta(steps: Vec<Step>) -> Delta {
    Delta { seq: DeltaSeq(0), at_ms: 5, cause: Cause::User, reasoning: "because".to_owned(), steps, rejects: Vec::new() }
}

/// A change that puts one bullet in.
fn insert(before: &Playbook, content: &str) -> Change {
    let bullet = bullet(before.next, content);
    let mut playbook = before.clone();
    playbook.next += 1;
    playbook.bullets.insert(bullet.id, bullet.clone());
    let deltas = vec![delta(vec![Step::Insert { bullet: Box::new(bullet) }])];
    Change { playbook, after: before.last, deltas }
}

#[tokio::test]
async fn a_playbook_is_as_its_last_change_left_it() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let name = key("math-qwen-fractions");
    assert_eq!(store.playbook(name.clone()).await, Ok(None));
    let first = insert(&Playbook::new(name.clone()), "one");
    let seqs = store.change_playbook(first.clone()).await.unwrap();
    let now = Playbook { last: seqs[0], ..first.playbook };
    let mut gone = now.clone();
    let taken = gone.bullets.remove(&BulletId(1)).unwrap();
    gone.off = true;
    let steps = vec![Step::Delete { bullet: Box::new(taken) }, Step::Switch { off: true }];
    let change = Change { playbook: gone.clone(), after: now.last, deltas: vec![delta(steps)] };
    let seqs = store.change_playbook(change).await.unwrap();
    store.close().await;

    let store = Store::open(path);
    let want = Playbook { last: seqs[0], ..gone };
    assert_eq!(store.playbook(name.clone()).await, Ok(Some(want.clone())));
    assert_eq!(store.playbooks().await, Ok(vec![want]));
    let deltas = store.deltas(name.clone(), None, None).await.unwrap();
    assert_eq!(deltas.iter().map(|delta| (delta.seq, delta.steps.len())).collect::<Vec<_>>(), [(seqs[0], 2), (now.last, 1)]);
    assert_eq!(store.deltas(name.clone(), Some(seqs[0]), Some(5)).await.unwrap(), deltas[1..]);
    assert_eq!(store.deltas(name, None, Some(1)).await.unwrap(), deltas[..1]);
}

#[tokio::test]
async fn what_another_process_changed_meanwhile_is_not_written_over() {
    let (_folder, path) = place();
    let (one, two) = (Store::open(path.clone()), Store::open(path));
    let name = key("code-llama");
    let seen = Playbook::new(name.clone());
    one.change_playbook(insert(&seen, "one")).await.unwrap();
    let late = two.change_playbook(insert(&seen, "two")).await;
    assert_eq!(late, Err(StoreError::Changed { playbook: "code-llama".to_owned() }));
    let now = two.playbook(name.clone()).await.unwrap().unwrap();
    two.change_playbook(insert(&now, "two")).await.unwrap();
    let both = one.playbook(name).await.unwrap().unwrap();
    let words: Vec<&str> = both.bullets.values().map(|bullet| bullet.text.content.as_str()).collect();
    assert_eq!(words, ["one", "two"]);
}

async fn answered(store: &Store, question: &str, shown: Option<Shown>) -> MessageId {
    let begun = store.begin_turn(ask(None, question, 1)).await.unwrap();
    let decision = Some(Box::new(Decision { shown, ..turns::decision() }));
    store.finish(begun.answer, Finish { decision, ..end("an answer", "", Status::Complete) }).await.unwrap();
    begun.answer
}

#[tokio::test]
async fn what_waits_to_be_learnt_from_outlives_the_process() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let shown = Shown { playbook: key("general-llama"), bullets: vec![BulletId(3)], trial: Vec::new(), cited: vec![BulletId(3)] };
    let (first, second) = (answered(&store, "one", Some(shown.clone())).await, answered(&store, "two", None).await);
    let bad = Rating::Bad { why: "too long".to_owned() };
    assert_eq!(store.rate(first, bad.clone(), 10).await, Ok(true));
    assert_eq!(store.rate(second, Rating::Good, 20).await, Ok(true));
    store.close().await;

    let store = Store::open(path);
    let lesson = store.next_lesson(100).await.unwrap().unwrap();
    assert_eq!((lesson.message, lesson.question.text().as_str(), lesson.answer.as_str()), (first, "one", "an answer"));
    assert_eq!((lesson.rating, lesson.shown, lesson.tries), (Some(bad), Some(shown), 0));
    store.lesson_waits(first, 1_000).await.unwrap();
    assert_eq!(store.next_lesson(100).await.unwrap().unwrap().message, second);
    store.lesson_ended(second, None).await.unwrap();
    assert_eq!(store.next_lesson(100).await, Ok(None));
    assert_eq!(store.next_lesson(1_000).await.unwrap().unwrap().tries, 1);
    store.lesson_ended(first, Some("nothing came".to_owned())).await.unwrap();
    assert_eq!(store.lesson_counts().await, Ok(LessonCounts { waiting: 0, done: 1, failed: 1 }));
}

#[tokio::test]
async fn a_sign_never_takes_the_place_of_a_word() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let answer = answered(&store, "one", None).await;
    let correct = Rating::Correct { text: "that".to_owned() };
    for (rating, news) in [
        (Rating::Again, true),
        (Rating::Again, false),
        (Rating::Edited, true),
        (Rating::Good, true),
        (Rating::Again, false),
        (Rating::Good, false),
        (correct.clone(), true),
    ] {
        assert_eq!(store.rate(answer, rating.clone(), 5).await, Ok(news), "{rating:?}");
    }
    assert_eq!(store.next_lesson(9).await.unwrap().unwrap().rating, Some(correct));
    assert_eq!(store.rate(MessageId(999), Rating::Good, 5).await, Ok(false), "nobody answered");
}

#[tokio::test]
async fn of_answers_that_could_not_be_read_the_last_are_kept() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let call = |raw: Option<String>| RoleCall {
        at_ms: 1,
        role: "reflector",
        model: "llama3.1:8b".to_owned(),
        template: "v2".to_owned(),
        source: "m1".to_owned(),
        prompt_tokens: Some(10),
        answer_tokens: None,
        total_ms: 5,
        verdict: "value".to_owned(),
        raw,
    };
    store.note_role(call(None)).await.unwrap();
    for n in 0..205 {
        store.note_role(call(Some(format!("broken {n}")))).await.unwrap();
    }
    let found = store
        .run(|db| {
            let failures: i64 = db.conn.query_row("SELECT count(*) FROM role_failures", [], |row| row.get(0))?;
            let first: String = db.conn.query_row("SELECT raw FROM role_failures ORDER BY id LIMIT 1", [], |row| row.get(0))?;
            let calls: i64 = db.conn.query_row("SELECT count(*) FROM role_calls", [], |row| row.get(0))?;
            Ok((failures, first, calls))
        })
        .await;
    assert_eq!(found, Ok((200, "broken 5".to_owned(), 206)));
}
