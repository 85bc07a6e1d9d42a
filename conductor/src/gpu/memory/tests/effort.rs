//! How far one goes for a model: nothing is loaded or waited for where that was not wanted.

use super::*;

/// As far as `effort` goes, which takes no time at all.
async fn at_once(manager: &GpuMemoryManager, demand: &Demand, effort: Effort) -> Result<Lease, AdmitError> {
    let begun = Instant::now();
    let admitted = admit(manager, &Demand { effort, ..demand.clone() }).await;
    assert_eq!(begun.elapsed(), Duration::ZERO, "{effort:?}");
    admitted
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_neither_loaded_nor_waited_for() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 700)]);
    let demand = user("a:1", 400);
    let none = || at_once(&manager, &demand, Effort::None);
    assert_eq!(none().await.unwrap_err(), AdmitError::NotThere, "absent");
    let loading = tokio::spawn({
        let (manager, demand) = (manager.clone(), demand.clone());
        async move { admit(&manager, &demand).await }
    });
    settle().await;
    assert_eq!(none().await.unwrap_err(), AdmitError::NotThere, "on its way");
    let lease = loading.await.unwrap().unwrap();
    assert!(none().await.unwrap().loaded().is_none(), "there, and in use");
    // Somebody else's wait for its room closes its door after a while.
    let waits = tokio::spawn({
        let manager = manager.clone();
        async move { admit(&manager, &user("b:1", 700)).await.is_ok() }
    });
    sleep(Duration::from_secs(30)).await;
    assert_eq!(none().await.unwrap_err(), AdmitError::NotThere, "closed");
    drop(lease);
    settle().await;
    assert_eq!(none().await.unwrap_err(), AdmitError::NotThere, "leaving");
    assert!(waits.await.unwrap());
    assert_eq!((server.count("load a:1"), manager.snapshot().waiting), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_there_with_another_window_is_not_there() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let held = Residency { size_bytes: 400 << 20, vram_bytes: 400 << 20, context: Some(4096), expires_ms: None };
    server.state.lock().unwrap().held.insert(ModelId::new("a:1"), 400);
    manager.observe(&HashMap::from([(ModelId::new("a:1"), held)]), Instant::now());
    let demand = user("a:1", 400);
    let any = Demand { num_ctx: 0, ..demand.clone() };
    // In use or not: the first request with another window would have the server load it anew.
    for in_use in [false, true] {
        let _lease = if in_use { at_once(&manager, &any, Effort::None).await.ok() } else { None };
        for effort in [Effort::None, Effort::Beside] {
            assert_eq!(at_once(&manager, &demand, effort).await.unwrap_err(), AdmitError::NotThere, "{effort:?}");
        }
    }
    assert_eq!(server.log(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_fits_beside_the_others_is_loaded_and_what_does_not_takes_nobodys_place() {
    let (server, manager) = place(1000, &[("mine:1", 400), ("fits:1", 500), ("large:1", 700)]);
    drop(admit(&manager, &user("mine:1", 400)).await.unwrap());
    let beside = |name, mib| Demand { effort: Effort::Beside, ..wants(name, mib, Priority::Background) };
    assert_eq!(admit(&manager, &beside("large:1", 700)).await.unwrap_err(), AdmitError::NotThere);
    let (first, second) = (beside("fits:1", 500), beside("fits:1", 500));
    let (first, second) = tokio::join!(admit(&manager, &first), admit(&manager, &second));
    assert!(first.unwrap().loaded().is_some() && second.unwrap().loaded().is_some());
    assert_eq!((names(&manager).join(" "), server.count("load fits:1")), ("fits:1 mine:1".to_owned(), 1));
    assert!(at_once(&manager, &beside("fits:1", 500), Effort::Beside).await.is_ok());
    // Of two that would fit alone only one comes.
    let (_, manager) = place(1000, &[("b:1", 600), ("c:1", 600)]);
    let (b, c) = (beside("b:1", 600), beside("c:1", 600));
    let (b, c) = tokio::join!(admit(&manager, &b), admit(&manager, &c));
    assert_eq!((b.is_ok(), c.unwrap_err()), (true, AdmitError::NotThere));
    assert_eq!(manager.snapshot().waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_load_for_nobody_in_a_hurry_that_finds_too_little_memory_has_nobody_leave() {
    let (server, manager) = place(1000, &[("mine:1", 400)]);
    drop(admit(&manager, &user("mine:1", 400)).await.unwrap());
    let fails = Some(BackendError::OutOfMemory("no".to_owned()));
    server.state.lock().unwrap().specs.insert(ModelId::new("b:1"), Spec { mib: 400, load: Duration::from_secs(1), fails });
    let demand = Demand { effort: Effort::Beside, ..wants("b:1", 400, Priority::Background) };
    assert!(matches!(admit(&manager, &demand).await, Err(AdmitError::Failed(BackendError::OutOfMemory(_)))));
    assert_eq!((names(&manager).join(" "), server.count("unload")), ("mine:1".to_owned(), 0));
}
