//! What was measured of models: averages that follow, and counts that add up.

use super::*;
use crate::domain::{ClassRecord, Milli};

fn measure(ms: Option<u64>, speed: Option<i32>, rating: Option<bool>) -> Measure {
    let model = ModelId::new("m:1");
    Measure {
        model,
        class: TaskClass::CodeGeneration,
        answered: rating.is_none(),
        first_token_ms: ms,
        tokens_per_second: speed.map(Milli),
        late: ms.map(|ms| ms > 150),
        rating,
    }
}

#[tokio::test]
async fn averages_follow_and_counts_add_up() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    assert!(store.measurements().await.unwrap().is_empty());
    for (step, ms, speed) in [
        (measure(None, None, None), None, None),
        (measure(Some(100), Some(50_000), None), Some(100), Some(50_000)),
        (measure(Some(200), None, None), Some(120), Some(50_000)),
        (measure(None, Some(0), None), Some(120), Some(40_000)),
        (measure(None, None, Some(true)), Some(120), Some(40_000)),
        (measure(None, None, Some(false)), Some(120), Some(40_000)),
    ] {
        store.measure(step.clone()).await.unwrap();
        let all = store.measurements().await.unwrap();
        let got = &all[&ModelId::new("m:1")];
        assert_eq!((got.first_token_ms, got.tokens_per_second), (ms, speed.map(Milli)), "{step:?}");
    }
    store.close().await;
    let all = Store::open(path).measurements().await.unwrap();
    assert_eq!((all[&ModelId::new("m:1")].timed, all[&ModelId::new("m:1")].late), (2, 1));
    let record = all[&ModelId::new("m:1")].of(TaskClass::CodeGeneration);
    assert_eq!(record, ClassRecord { answers: 4, good: 1, bad: 1, ..ClassRecord::default() });
    assert_eq!(all[&ModelId::new("m:1")].of(TaskClass::Creative), ClassRecord::default());
}
