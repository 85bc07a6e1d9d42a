//! Playbooks, what changed them, and what waits to be learnt from.

use super::*;
use crate::domain::{
    Bullet, BulletId, Cause, Counts, Decision, Delta, DeltaSeq, DomainConfig, LessonCounts, Playbook, PlaybookKey, Provenance,
    Rating, Shown, Stage, Step, Text,
};

pub(super) fn key(text: &str) -> PlaybookKey {
    let mut parts = text.split('-');
    let (base, family) = (parts.next().unwrap(), parts.next().unwrap());
    PlaybookKey::new(base, family, parts.next()).unwrap()
}

pub(super) fn bullet(number: u32, content: &str) -> Bullet {
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

pub(super) fn delta(steps: Vec<Step>) -> Delta {
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

#[tokio::test]
async fn what_is_noted_of_a_playbook_and_how_switches_stand_outlive_the_process() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (there, new) = (key("code-llama"), key("math-qwen-fractions"));
    store.change_playbook(insert(&Playbook::new(there.clone()), "one")).await.unwrap();
    assert_eq!(store.facts(there.clone()).await, Ok(DomainConfig::new(there.clone())));
    assert_eq!(store.facts(new.clone()).await, Ok(DomainConfig::new(new.clone())));
    let facts = |key: &PlaybookKey| DomainConfig { model: Some("qwen".to_owned()), ..DomainConfig::new(key.clone()) };
    store.set_facts(facts(&there)).await.unwrap();
    store.set_facts(facts(&new)).await.unwrap();
    assert_eq!(store.switch("learn").await, Ok(None));
    store.set_switch("learn", "on").await.unwrap();
    store.set_switch("learn", "off").await.unwrap();
    store.close().await;

    let store = Store::open(path);
    assert_eq!(store.switch("learn").await, Ok(Some("off".to_owned())));
    assert_eq!(store.facts(there.clone()).await, Ok(facts(&there)));
    assert_eq!(store.facts(new.clone()).await, Ok(facts(&new)));
    assert_eq!(store.playbook(there).await.unwrap().unwrap().bullets.len(), 1, "facts leave the bullets as they are");
    let empty = store.playbook(new.clone()).await.unwrap().unwrap();
    store.change_playbook(insert(&empty, "one")).await.unwrap();
    assert_eq!(store.facts(new.clone()).await, Ok(facts(&new)), "and bullets the facts");
}

pub(super) async fn answered(store: &Store, question: &str, shown: Option<Shown>) -> MessageId {
    let begun = store.begin_turn(ask(None, question, 1)).await.unwrap();
    let decision = Some(Box::new(Decision { shown, ..turns::decision() }));
    store.finish(begun.answer, Finish { decision, ..end("an answer", "", Status::Complete) }).await.unwrap();
    begun.answer
}

#[tokio::test]
async fn what_waits_to_be_learnt_from_outlives_the_process() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let shown = Shown { bullets: vec![BulletId(3)], cited: vec![BulletId(3)], ..Shown::nothing(key("general-llama")) };
    let wider = Shown { held_back: vec![BulletId(3)], ..Shown::nothing(key("general-llama")) };
    let shown = Shown { playbook: key("general-llama-short"), wider: Some(Box::new(wider)), ..shown };
    let (first, second) = (answered(&store, "one", Some(shown.clone())).await, answered(&store, "two", None).await);
    let bad = Rating::bad("too long");
    assert_eq!(store.rate(first, bad.clone(), 10).await, Ok(true));
    assert_eq!(store.rate(second, Rating::Good, 20).await, Ok(true));
    let of_first = store.conversations(9).await.unwrap().into_iter().find(|summary| summary.title == "one").unwrap().id;
    let domain = Domain::parse("general/short").unwrap();
    store.set_domain(of_first, Some(domain.clone())).await.unwrap();
    store.close().await;

    let store = Store::open(path);
    let lesson = store.claim_lesson(100, 100).await.unwrap().unwrap();
    assert_eq!((lesson.message, lesson.question.text().as_str(), lesson.answer.as_str()), (first, "one", "an answer"));
    assert_eq!((lesson.rating, lesson.shown, lesson.tries), (Some(bad), Some(shown), 0));
    assert_eq!(lesson.domain, Some(domain), "it is learnt into the playbook that such questions get");
    store.lesson_waits((first, 100), 1_000).await.unwrap();
    assert_eq!(store.claim_lesson(100, 100).await.unwrap().unwrap().message, second);
    store.lesson_ended((second, 100), None).await.unwrap();
    assert_eq!(store.claim_lesson(100, 100).await, Ok(None));
    assert_eq!(store.claim_lesson(1_000, 0).await.unwrap().unwrap().tries, 1);
    store.lesson_ended((first, 0), Some("nothing came".to_owned())).await.unwrap();
    assert_eq!(store.lesson_counts().await, Ok(LessonCounts { waiting: 0, done: 1, failed: 1, next_ms: None }));
}

#[tokio::test]
async fn a_sign_never_takes_the_place_of_a_word() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let answer = answered(&store, "one", None).await;
    let correct = Rating::correct("that");
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
    assert_eq!(store.claim_lesson(9, 9).await.unwrap().unwrap().rating, Some(correct));
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

#[tokio::test]
async fn one_who_learns_has_an_answer_to_itself_until_it_gives_it_back() {
    let (_folder, path) = place();
    let (store, other) = (Store::open(path.clone()), Store::open(path));
    let answer = answered(&store, "one", None).await;
    store.rate(answer, Rating::Good, 10).await.unwrap();
    assert_eq!(store.claim_lesson(100, 500).await.unwrap().unwrap().claim(), (answer, 500));
    assert_eq!(other.claim_lesson(200, 600).await, Ok(None), "it is taken");
    other.free_lesson((answer, 499)).await.unwrap();
    assert_eq!(other.claim_lesson(200, 600).await, Ok(None), "and given back by nobody else");
    assert_eq!(other.lesson_counts().await.unwrap().next_ms, Some(500));
    store.free_lesson((answer, 500)).await.unwrap();
    assert_eq!(other.claim_lesson(200, 600).await.unwrap().unwrap().message, answer);
    assert!(store.claim_lesson(700, 900).await.unwrap().is_some(), "whoever took it is thought to be gone");
}

#[tokio::test]
async fn rated_answers_are_counted_by_whether_a_bullet_on_trial_was_in_their_prompt() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let shown = |trial: &[u32], held_back: &[u32]| Shown {
        playbook: key("general-llama"),
        bullets: trial.iter().copied().map(BulletId).collect(),
        trial: trial.iter().copied().map(BulletId).collect(),
        cited: Vec::new(),
        held_back: held_back.iter().copied().map(BulletId).collect(),
        wider: None,
    };
    let bad = || Rating::bad("");
    let answers = [
        (shown(&[1], &[2]), Some(Rating::Good)),
        (shown(&[1, 2], &[]), Some(bad())),
        (shown(&[], &[1, 2]), Some(Rating::correct("that"))),
        // Two mere signs are one answer; what nobody rated is none.
        (shown(&[1], &[]), Some(Rating::Again)),
        (shown(&[1], &[]), Some(Rating::Edited)),
        (shown(&[1], &[2]), None),
        (Shown { playbook: key("math-llama"), ..shown(&[1], &[2]) }, Some(bad())),
    ];
    for (at, (shown, rating)) in answers.into_iter().enumerate() {
        let message = answered(&store, &format!("question {at}"), Some(shown)).await;
        if let Some(rating) = rating {
            store.rate(message, rating, 5).await.unwrap();
        }
    }
    let arms = store.arms(key("general-llama")).await.unwrap();
    let of = |id: u32| arms.get(&BulletId(id)).map(|l| (l.shown_right, l.shown_wrong, l.absent_right, l.absent_wrong));
    assert_eq!((of(1), of(2), of(3)), (Some((1, 2, 0, 1)), Some((0, 1, 1, 1)), None));
}

#[tokio::test]
async fn embeddings_are_those_of_their_words_and_their_model() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let (one, other) = (ModelId::new("a"), ModelId::new("b"));
    let made = vec![("check the sign".to_owned(), vec![0.5, -1.0, 3.25]), ("empty".to_owned(), Vec::new())];
    store.keep_embeddings(one.clone(), made.clone()).await.unwrap();
    store.keep_embeddings(one.clone(), made[..1].to_vec()).await.unwrap();
    let texts = vec!["check the sign".to_owned(), "Check the sign".to_owned(), "empty".to_owned()];
    assert_eq!(store.embeddings(one, texts.clone()).await.unwrap(), made[..1]);
    assert_eq!(store.embeddings(other, texts).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_said_while_an_answer_is_learnt_from_waits_for_the_next_time() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let answer = answered(&store, "one", None).await;
    store.rate(answer, Rating::Good, 10).await.unwrap();
    let claim = store.claim_lesson(100, 500).await.unwrap().unwrap().claim();
    store.rate(answer, Rating::bad("on second thoughts"), 110).await.unwrap();
    store.lesson_ended(claim, None).await.unwrap();
    let next = store.claim_lesson(120, 600).await.unwrap().unwrap();
    assert_eq!((next.rating, next.tries), (Some(Rating::bad("on second thoughts")), 0));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_or_ends_whoever_learns_from_it_holds_up_no_other() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (broken, fatal) = (answered(&store, "one", None).await, answered(&store, "two", None).await);
    let good = answered(&store, "three", None).await;
    for (at, message) in (10..).zip([broken, fatal, good]) {
        store.rate(message, Rating::Good, at).await.unwrap();
    }
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("UPDATE feedback SET rating = '{\"rating\":\"odd\"}' WHERE message_id = ?1", [broken.0]).unwrap();
    // It is claimed again and again, and nobody ever says what became of it.
    for n in 0..8 {
        assert_eq!(store.claim_lesson(100 + n, 100 + n).await.unwrap().unwrap().message, fatal);
    }
    assert_eq!(store.claim_lesson(200, 200).await.unwrap().unwrap().message, good);
    let counts = store.lesson_counts().await.unwrap();
    assert_eq!((counts.failed, counts.waiting), (2, 1));
}

#[tokio::test]
async fn with_a_database_a_family_playbooks_move_there_whole_and_the_rest_stays() {
    let (folder, path) = place();
    let (math, code) = (key("math-qwen"), key("code-llama"));
    let store = Store::open(path.clone());
    let answer = answered(&store, "why?", None).await;
    let mut first = insert(&Playbook::new(math.clone()), "one");
    let id = BulletId(1);
    first.playbook.bullets.get_mut(&id).unwrap().provenance = Provenance::Chat { message: answer };
    store.change_playbook(first).await.unwrap();
    store.set_facts(DomainConfig { problems: 9, ..DomainConfig::new(math.clone()) }).await.unwrap();
    store.change_playbook(insert(&Playbook::new(code.clone()), "other")).await.unwrap();
    let before = (store.playbooks().await.unwrap(), store.deltas(math.clone(), None, None).await.unwrap());
    store.close().await;

    let store = Store::open_by_family(path.clone());
    assert_eq!(store.playbooks().await.unwrap(), before.0, "what is not moved yet is read where it is");
    assert!(!folder.path().join("playbooks").exists(), "reading makes no file");
    let now = store.playbook(math.clone()).await.unwrap().unwrap();
    store.change_playbook(insert(&now, "two")).await.unwrap();
    let stale = store.change_playbook(insert(&now, "three")).await;
    assert!(matches!(stale, Err(StoreError::Changed { .. })), "{stale:?}");
    let deltas = store.deltas(math.clone(), None, None).await.unwrap();
    assert_eq!(deltas[1..], before.1, "the history came along, under its numbers");
    assert!(deltas[0].seq.0 > 1_000_000);
    assert_eq!(store.facts(math.clone()).await.unwrap().problems, 9);
    let trace = store.bullet_trace(math.clone(), id).await.unwrap().unwrap();
    assert_eq!(trace.chat.map(|chat| chat.question).as_deref(), Some("why?"), "answers are found though they are elsewhere");
    store.close().await;

    let files = |name: &str| folder.path().join("playbooks").join(name).exists();
    assert!(files("qwen.db") && !files("llama.db"));
    let store = Store::open_by_family(path.clone());
    let all = store.playbooks().await.unwrap();
    let told: Vec<_> = all.iter().map(|book| (book.key.clone(), book.bullets.len())).collect();
    assert_eq!(told, [(code.clone(), 1), (math.clone(), 2)]);
    store.close().await;
    let main = Store::open(path);
    assert_eq!(main.playbook(math).await, Ok(None), "it has moved, and was not copied");
    assert!(main.playbook(code).await.unwrap().is_some());
}

#[tokio::test]
async fn an_answer_to_a_question_from_a_file_is_not_learnt_from() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let question = Message::question(MessageId(0), Prompt::typed("a stranger's words"), 1);
    let id = store.import(vec![of_a_file(vec![Imported { parent: None, message: question }])]).await.unwrap()[0];
    let question = store.messages(id).await[0].id;
    let turn = NewTurn { after: After::Again(question), ..ask(Some(id), "", 2) };
    let answer = store.begin_turn(turn).await.unwrap().answer;
    store.finish(answer, end("our words", "", Status::Complete)).await.unwrap();
    assert_eq!(store.rate(answer, Rating::Good, 3).await, Ok(true), "what the user said is kept");
    store.queue_lesson(answer, 4).await.unwrap();
    assert_eq!(store.lesson_counts().await, Ok(LessonCounts::default()));
    // One that an earlier Segno had wait.
    let sql = "INSERT INTO lessons (message_id, queued_ms) VALUES (?1, 5)";
    store.run(move |db| Ok(db.conn.execute(sql, [answer.0])?)).await.unwrap();
    assert_eq!(store.claim_lesson(10, 20).await, Ok(None));
    assert_eq!(store.lesson_counts().await.unwrap().failed, 1);
}
