//! What bullets came from, and what touched them.

use super::playbooks::{answered, bullet, delta, key};
use super::*;
use crate::domain::{
    Bullet, BulletId, BulletWhy, ChatOrigin, Counts, DeltaSeq, Origin, Playbook, Provenance, Rating, Stage, Step,
};

/// Stores a playbook with one bullet from `provenance` and one of the user's.
async fn learnt(store: &Store, provenance: Provenance) -> Playbook {
    let mut playbook = Playbook::new(key("math-qwen"));
    let bullets = [Bullet { provenance, ..bullet(1, "one") }, bullet(2, "two")];
    playbook.bullets = bullets.iter().map(|bullet| (bullet.id, bullet.clone())).collect();
    let steps = bullets.map(|bullet| Step::Insert { bullet: Box::new(bullet) }).to_vec();
    change(store, playbook, steps).await
}

async fn change(store: &Store, playbook: Playbook, steps: Vec<Step>) -> Playbook {
    let change = Change { playbook: playbook.clone(), after: playbook.last, deltas: vec![delta(steps)] };
    let seqs = store.change_playbook(change).await.unwrap();
    Playbook { last: seqs[0], ..playbook }
}

#[tokio::test]
async fn a_bullet_of_a_chat_is_told_with_its_question_and_what_was_said() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let answer = answered(&store, "what is 7/8 of 64?", None).await;
    let bad = Rating::bad("wrong");
    store.rate(answer, bad.clone(), 40).await.unwrap();
    learnt(&store, Provenance::Chat { message: answer }).await;
    let trace = store.bullet_trace(key("math-qwen"), BulletId(1)).await.unwrap().unwrap();
    let chat = trace.chat.unwrap();
    assert_eq!((chat.question.as_str(), chat.rating.clone(), chat.rated_ms), ("what is 7/8 of 64?", Some(bad), Some(40)));
    assert_eq!(chat.by.as_ref().map(|by| by.model.short()), Some("llama3.1:8b"));
    assert_eq!(store.chat_origins(vec![MessageId(99), answer]).await, Ok(vec![chat]));
    for (id, want) in [(2, Some(None)), (3, None)] {
        let trace = store.bullet_trace(key("math-qwen"), BulletId(id)).await.unwrap();
        assert_eq!(trace.map(|trace| trace.chat), want, "bullet {id}");
    }
    assert_eq!(store.bullet_trace(key("code-qwen"), BulletId(1)).await, Ok(None));
}

#[tokio::test]
async fn of_a_question_the_first_typed_words_are_told_and_no_pasted_ones() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let long = "é".repeat(ChatOrigin::WORDS + 1);
    for (typed, want) in
        [(" why? ", "why?".to_owned()), (&long, format!("{}…", "é".repeat(ChatOrigin::WORDS))), ("", String::new())]
    {
        let mut prompt = Prompt::default();
        prompt.push(Origin::Pasted, "secret");
        prompt.push(Origin::Typed, typed);
        let begun = store.begin_turn(NewTurn { prompt, ..ask(None, "", 5) }).await.unwrap();
        let origins = store.chat_origins(vec![begun.answer]).await.unwrap();
        let told: Vec<_> =
            origins.into_iter().map(|origin| (origin.question, origin.by, origin.rating, origin.asked_ms)).collect();
        assert_eq!(told, [(want, None, None, 5)]);
    }
}

#[tokio::test]
async fn only_what_touched_the_bullet_is_told_the_newest_first() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let mut playbook = learnt(&store, Provenance::User).await;
    let more = Counts { helpful: 1, ..Counts::NONE };
    for _ in 0..BulletWhy::DELTAS {
        for id in [BulletId(1), BulletId(2)] {
            playbook = change(&store, playbook, vec![Step::Count { id, more, less: Counts::NONE }]).await;
        }
    }
    let moved = Step::Move { id: BulletId(2), from: Stage::Shadow, to: Stage::Staging };
    playbook = change(&store, playbook, vec![Step::Switch { off: true }, moved]).await;
    let trace = store.bullet_trace(key("math-qwen"), BulletId(1)).await.unwrap().unwrap();
    assert_eq!(trace.deltas.len(), BulletWhy::DELTAS);
    assert_eq!(trace.deltas[0].seq, DeltaSeq(playbook.last.0 - 2));
    assert!(trace.deltas.is_sorted_by(|a, b| a.seq > b.seq));
    let trace = store.bullet_trace(key("math-qwen"), BulletId(2)).await.unwrap().unwrap();
    assert_eq!((trace.deltas[0].seq, trace.deltas[0].steps.len()), (playbook.last, 2));
    // All of them are read where all are asked for.
    for (id, more) in [(1, 1), (2, 2), (3, 0)] {
        let deltas = store.bullet_deltas(key("math-qwen"), BulletId(id)).await.unwrap();
        assert_eq!(deltas.len(), if more == 0 { 0 } else { BulletWhy::DELTAS + more }, "bullet {id}");
        assert!(deltas.is_sorted_by(|a, b| a.seq > b.seq));
    }
    assert_eq!(store.bullet_deltas(key("code-qwen"), BulletId(1)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_was_said_of_an_answer_is_read_with_it() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let answer = answered(&store, "one", None).await;
    store.rate(answer, Rating::Good, 9).await.unwrap();
    let conversation = store.conversation(ConversationId(1)).await.unwrap().unwrap();
    let ratings: Vec<_> = conversation.messages.iter().map(|message| message.rating.clone()).collect();
    assert_eq!(ratings, [None, Some(Rating::Good)]);
    let copy = store.fork(ConversationId(1), None, 10).await.unwrap();
    assert!(copy.messages.iter().all(|message| message.rating.is_none()), "a copy was not rated");
}
