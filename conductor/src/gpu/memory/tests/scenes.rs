//! Several who want different things: who goes first, how long others wait, how often models change places.

use super::*;
use proptest::prelude::*;

#[tokio::test(start_paused = true)]
async fn the_background_takes_nothing_from_the_user() {
    let (server, manager) = place(1000, &[("mine:1", 700), ("learner:1", 700), ("small:1", 200)]);
    drop(admit(&manager, &user("mine:1", 700)).await.unwrap());
    let background = |name, mib| Demand { limit: Duration::from_secs(300), ..wants(name, mib, Priority::Background) };
    assert_eq!(
        admit(&manager, &background("learner:1", 700)).await.unwrap_err(),
        AdmitError::Crowded(Duration::from_secs(300)),
        "not even once it is old"
    );
    assert_eq!(server.count("unload"), 0);
    // What fits beside it may come, and leaves first when the user needs the room.
    drop(admit(&manager, &background("small:1", 200)).await.unwrap());
    sleep(Duration::from_secs(1)).await;
    drop(admit(&manager, &user("mine:1", 700)).await.unwrap());
    assert_eq!(names(&manager), ["mine:1", "small:1"]);
    server
        .state
        .lock()
        .unwrap()
        .specs
        .insert(ModelId::new("next:1"), Spec { mib: 250, load: Duration::from_secs(1), fails: None });
    drop(admit(&manager, &user("next:1", 250)).await.unwrap());
    assert_eq!(names(&manager), ["mine:1", "next:1"]);
}

#[tokio::test(start_paused = true)]
async fn the_background_that_waits_closes_nothing_to_the_user() {
    let (_, manager) = place(1000, &[("mine:1", 700), ("learner:1", 700)]);
    drop(admit(&manager, &user("mine:1", 700)).await.unwrap());
    let waits = tokio::spawn({
        let manager = manager.clone();
        async move { admit(&manager, &wants("learner:1", 700, Priority::Background)).await.is_ok() }
    });
    // More questions than may pass a waiter, and for longer than one has to be patient.
    for _ in 0..10 {
        sleep(Duration::from_secs(5)).await;
        assert!(admit(&manager, &user("mine:1", 700)).await.unwrap().loaded().is_none());
    }
    assert!(!waits.await.unwrap());
}

/// The user's model of so many MiB is idle, the background waited for more than that leaves until it is old, and the user asks
/// another of so many; gives how long that took.
async fn behind_the_old(mine: u64, learner: u64, next: u64) -> Duration {
    let (_, manager) = place(1000, &[("mine:1", mine), ("learner:1", learner), ("next:1", next)]);
    drop(admit(&manager, &user("mine:1", mine)).await.unwrap());
    let waits = tokio::spawn({
        let manager = manager.clone();
        let demand = Demand { limit: Duration::from_secs(600), ..wants("learner:1", learner, Priority::Background) };
        async move { admit(&manager, &demand).await.is_ok() }
    });
    sleep(Duration::from_secs(300)).await;
    let begun = Instant::now();
    let _lease = admit(&manager, &user("next:1", next)).await.unwrap();
    let took = begun.elapsed();
    assert!(!waits.is_finished(), "the room was made for the user");
    waits.abort();
    took
}

#[tokio::test(start_paused = true)]
async fn what_is_old_in_the_background_and_has_nobody_to_take_room_from_does_not_hold_up_the_user() {
    for (what, mine, learner, next) in [
        ("the user's model leaves for the next", 700, 700, 700),
        ("room that is free already", 400, 700, 300),
        ("the room of the user's model is more than the background wanted", 900, 250, 800),
    ] {
        let took = behind_the_old(mine, learner, next).await;
        assert!(took <= Duration::from_secs(2), "{what}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_user_goes_in_to_what_is_in_memory_although_the_background_waits_for_its_room() {
    let (_, manager) = place(1000, &[("first:1", 700), ("second:1", 700)]);
    let busy = admit(&manager, &wants("first:1", 700, Priority::Background)).await.unwrap();
    let waits = tokio::spawn({
        let manager = manager.clone();
        async move { admit(&manager, &wants("second:1", 700, Priority::Background)).await.is_ok() }
    });
    sleep(Duration::from_secs(100)).await;
    let begun = Instant::now();
    assert!(admit(&manager, &user("first:1", 700)).await.unwrap().loaded().is_none());
    assert_eq!(begun.elapsed(), Duration::ZERO);
    drop(busy);
    assert!(!waits.await.unwrap(), "it is the user's by now");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asked_for_throws_nobody_out() {
    let (server, manager) = place(1000, &[("mine:1", 400), ("ahead:1", 400)]);
    drop(admit(&manager, &user("mine:1", 400)).await.unwrap());
    let fails = Some(BackendError::OutOfMemory("no".to_owned()));
    let ahead = Spec { mib: 400, load: Duration::from_secs(1), fails };
    server.state.lock().unwrap().specs.insert(ModelId::new("ahead:1"), ahead);
    assert!(manager.preload(&wants("ahead:1", 400, Priority::Background)));
    sleep(Duration::from_secs(10)).await;
    assert_eq!((names(&manager).join(" "), server.count("unload")), ("mine:1".to_owned(), 0));
    // Nor is loaded what would leave again at once, because the memory is full then.
    let capacity = Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::Configured };
    let manager = GpuMemoryManager::new(Arc::new(Shared(server)), capacity, Policy { pressure: 90, ..POLICY });
    assert!(!manager.preload(&wants("ahead:1", 950, Priority::Background)));
}

#[tokio::test(start_paused = true)]
async fn one_that_left_by_itself_was_not_pushed_out() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 400)]);
    manager.resize(Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::MainMemory });
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    sleep(Duration::from_secs(900)).await;
    server.state.lock().unwrap().held.clear();
    drop(admit(&manager, &user("b:1", 400)).await.unwrap());
    assert_eq!((manager.snapshot().capacity_mib, manager.snapshot().lost), (1000, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_loaded_ahead_leaves_for_who_is_asked() {
    let (server, manager) = place(1000, &[("ahead:1", 400), ("b:1", 800)]);
    assert!(manager.preload(&wants("ahead:1", 400, Priority::Background)));
    assert!(!manager.preload(&wants("ahead:1", 400, Priority::Background)), "it is on its way");
    assert!(!manager.preload(&wants("b:1", 800, Priority::Background)), "it has no room beside it");
    settle().await;
    // Still on its way when the room is needed.
    drop(admit(&manager, &user("b:1", 800)).await.unwrap());
    assert_eq!((names(&manager), server.count("ahead:1 came")), (vec!["b:1".to_owned()], 0));
    // And where it is the one that is asked it is shared.
    manager.unload(&ModelId::new("b:1")).await.unwrap();
    assert!(manager.preload(&wants("ahead:1", 400, Priority::Background)));
    settle().await;
    drop(admit(&manager, &user("ahead:1", 400)).await.unwrap());
    assert_eq!(server.count("load ahead:1"), 2, "once before, and once for both");
}

/// Runs `orders` of (start, name, how long it is used) against two models of which only one fits; gives how often a model came
/// and the longest wait.
async fn interleaved(orders: &[(u64, &'static str, u64)]) -> (usize, Duration, Arc<Server>) {
    let (server, manager) = place(1000, &[("a:1", 700), ("b:1", 700)]);
    let tasks = orders.iter().map(|&(start, name, used)| {
        let manager = manager.clone();
        async move {
            sleep(Duration::from_millis(start)).await;
            let begun = Instant::now();
            let demand = Demand { limit: Duration::from_secs(600), ..user(name, 700) };
            let lease = admit(&manager, &demand).await.unwrap();
            let waited = begun.elapsed();
            sleep(Duration::from_millis(used)).await;
            drop(lease);
            waited
        }
    });
    let waits = futures_util::future::join_all(tasks).await;
    (server.count("load"), waits.into_iter().max().unwrap_or_default(), server)
}

#[tokio::test(start_paused = true)]
async fn two_that_do_not_fit_beside_each_other_change_places_seldom_and_nobody_starves() {
    // Forty questions, by turns to one and the other, one each half second, each answered in a second.
    let orders: Vec<_> = (0..40).map(|at| (at * 500, if at % 2 == 0 { "a:1" } else { "b:1" }, 1000)).collect();
    let (loads, longest, server) = interleaved(&orders).await;
    // One after the other in the order in which they come it would be forty.
    assert!(loads <= 16, "{loads} loads");
    assert!(longest <= Duration::from_secs(40), "{longest:?}");
    let state = server.state.lock().unwrap();
    assert!(state.most <= 1000, "{} MiB at once", state.most);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_questions_to_one_model_does_not_starve_the_other() {
    // Questions to `a` overlap, so that it is never idle; one to `b` comes in between.
    let mut orders: Vec<_> = (0..60).map(|at| (at * 500, "a:1", 1000)).collect();
    orders.push((5_000, "b:1", 1000));
    let (loads, longest, _) = interleaved(&orders).await;
    assert_eq!(loads, 3, "a, b, and a again");
    assert!(longest <= Duration::from_secs(8), "{longest:?}");
}

#[derive(Debug, Clone)]
enum Act {
    Ask {
        name: usize,
        user: bool,
        used_ms: u64,
    },
    /// Asks, and gives up after so long.
    GiveUp {
        name: usize,
        after_ms: u64,
    },
    Pass {
        ms: u64,
    },
    Resize {
        mib: u64,
    },
    Unload {
        name: usize,
    },
    Preload {
        name: usize,
    },
    Look,
}

fn act() -> impl Strategy<Value = Act> {
    let name = 0..4_usize;
    prop_oneof![
        4 => (name.clone(), any::<bool>(), 0..5_000_u64).prop_map(|(name, user, used_ms)| Act::Ask { name, user, used_ms }),
        2 => (name.clone(), 0..3_000_u64).prop_map(|(name, after_ms)| Act::GiveUp { name, after_ms }),
        3 => (0..3_000_u64).prop_map(|ms| Act::Pass { ms }),
        1 => (700..1_500_u64).prop_map(|mib| Act::Resize { mib }),
        1 => name.clone().prop_map(|name| Act::Unload { name }),
        1 => name.prop_map(|name| Act::Preload { name }),
        1 => Just(Act::Look),
    ]
}

const MODELS: [(&str, u64); 4] = [("a:1", 700), ("b:1", 400), ("c:1", 300), ("d:1", 650)];

async fn play(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let (server, manager) = place(1000, &MODELS);
    let all = |mib| Capacity { mib, most_mib: mib, source: CapacitySource::Configured };
    let mut tasks = tokio::task::JoinSet::new();
    for act in acts {
        match act {
            Act::Ask { name, user, used_ms } => {
                let (name, mib) = MODELS[name];
                let priority = if user { Priority::User } else { Priority::Background };
                let (manager, server) = (manager.clone(), server.clone());
                tasks.spawn(async move {
                    let Ok(lease) = admit(&manager, &wants(name, mib, priority)).await else { return true };
                    let there = |server: &Server| server.state.lock().unwrap().held.contains_key(&ModelId::new(name));
                    let first = there(&server);
                    sleep(Duration::from_millis(used_ms)).await;
                    let last = there(&server);
                    drop(lease);
                    first && last
                });
            }
            Act::GiveUp { name, after_ms } => {
                let (name, mib) = MODELS[name];
                let manager = manager.clone();
                tasks.spawn(async move {
                    let waited = tokio::time::timeout(Duration::from_millis(after_ms), admit(&manager, &user(name, mib))).await;
                    drop(waited);
                    true
                });
            }
            Act::Pass { ms } => sleep(Duration::from_millis(ms)).await,
            Act::Resize { mib } => manager.resize(all(mib)),
            Act::Unload { name } => {
                let (manager, name) = (manager.clone(), ModelId::new(MODELS[name].0));
                tasks.spawn(async move {
                    drop(manager.unload(&name).await);
                    true
                });
            }
            Act::Preload { name } => {
                let (name, mib) = MODELS[name];
                manager.preload(&wants(name, mib, Priority::Background));
            }
            Act::Look => {
                let asked = Instant::now();
                manager.observe(&Shared(server.clone()).resident().await.unwrap(), asked);
            }
        }
    }
    while let Some(kept) = tasks.join_next().await {
        prop_assert!(kept.unwrap(), "a model left while it was in use: {:?}", server.log());
    }
    sleep(Duration::from_secs(30)).await;
    let end = manager.snapshot();
    prop_assert_eq!((end.waiting, end.models.iter().map(|held| held.users).sum::<usize>()), (0, 0));
    let held: u64 = server.state.lock().unwrap().held.values().sum();
    prop_assert_eq!(end.used_mib, held, "what is counted is what is there: {:?}", server.log());
    // Whatever happened, who comes now is served.
    manager.resize(all(1000));
    prop_assert!(admit(&manager, &user("a:1", 700)).await.is_ok());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_nobody_loses_a_model_in_use_and_all_is_given_back(acts in prop::collection::vec(act(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(acts))?;
    }
}
