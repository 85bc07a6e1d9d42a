//! What dispatch remembers over runs.

use super::*;
use crate::domain::{BackendId, Condition, HealthMemory, HealthRow, Spent, Target, Try};

fn row(target: Target, condition: Condition) -> HealthRow {
    HealthRow {
        target,
        condition,
        success_percent: Some(50),
        tries: 2,
        consecutive_failures: 1,
        last_success_ms: Some(4),
        last_failure: None,
        last_failure_ms: Some(5),
        alert: true,
        memory: HealthMemory { window: vec![Try(4, true), Try(5, false)], rests: 3, failing_since_ms: Some(5), alerted: true },
    }
}

#[tokio::test]
async fn health_outlives_a_run_and_what_is_gone_is_forgotten() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let backend = Target::Backend(BackendId::ollama());
    let model = Target::Model(BackendId::ollama(), ModelId::new("m:1"));
    let [first, second] =
        [row(backend.clone(), Condition::Healthy), row(model.clone(), Condition::Resting { until_ms: 99, failures: 3 })];
    store.keep_health(vec![first.clone(), second.clone()], Vec::new()).await.unwrap();
    let later = row(model.clone(), Condition::Trying);
    store.keep_health(vec![later.clone()], Vec::new()).await.unwrap();
    store.close().await;
    let store = Store::open(path);
    assert_eq!(store.remembered(Day(0)).await.unwrap().health, [first.clone(), later]);
    store.keep_health(Vec::new(), vec![model]).await.unwrap();
    assert_eq!(store.remembered(Day(0)).await.unwrap().health, [first]);
    store.run(|db| Ok(db.conn.execute("UPDATE health SET row = '{\"x\":1}'", [])?)).await.unwrap();
    assert_eq!(store.remembered(Day(0)).await.unwrap().health, []);
}

#[tokio::test]
async fn what_is_spent_adds_up_by_day_and_provider() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let spent = |tokens, money| Spent { tokens, money: Cost(money) };
    let (one, two) = (BackendId::new("openai"), BackendId::new("groq"));
    for (provider, day, add, sum) in [
        (&one, 5, spent(10, 100), spent(10, 100)),
        (&one, 5, spent(1, 0), spent(11, 100)),
        (&two, 5, spent(7, 0), spent(7, 0)),
        (&one, 6, spent(0, 3), spent(0, 3)),
        (&two, 5, spent(u64::MAX, 0), spent(i64::MAX as u64, 0)),
    ] {
        let is_most = add.tokens == u64::MAX;
        let got = store.spend(provider.clone(), Day(day), add).await;
        // What no number holds is refused, and what was there stays.
        if is_most {
            assert!(got.is_err());
        } else {
            assert_eq!(got, Ok(sum));
        }
    }
    let today = store.remembered(Day(5)).await.unwrap().spent;
    assert_eq!((today.len(), today[&one], today[&two]), (2, spent(11, 100), spent(7, 0)));
    assert!(store.remembered(Day(7)).await.unwrap().spent.is_empty());
    assert_eq!((Day::of(0), Day::of(86_399_999), Day::of(86_400_000), Day::of(-1)), (Day(0), Day(0), Day(1), Day(-1)));
}

#[tokio::test]
async fn the_last_size_that_was_seen_counts() {
    let (_folder, path) = place();
    let store = Store::open(path);
    let model = ModelId::new("m:1");
    for (window, bytes) in [(8192, 6), (8192, 7), (4096, 5)] {
        store.keep_size(model.clone(), window, bytes).await.unwrap();
    }
    let sizes = store.remembered(Day(0)).await.unwrap().sizes;
    assert_eq!((sizes.len(), sizes[&(model.clone(), 8192)], sizes[&(model, 4096)]), (2, 7, 5));
}
