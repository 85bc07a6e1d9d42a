//! Who comes into memory, who waits and who leaves, against a server that remembers what was done to it.

mod effort;
mod scenes;

use super::*;
use std::collections::BTreeMap;
use tokio::time::sleep;

/// What a server does with a model.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) mib: u64,
    /// How long a load takes.
    pub(super) load: Duration,
    pub(super) fails: Option<BackendError>,
}

/// A server whose memory is only remembered.
pub(super) struct Server {
    pub(super) state: Mutex<ServerState>,
    /// How long the memory of a model that leaves is still taken.
    pub(super) lingers: Duration,
}

#[derive(Default)]
pub(super) struct ServerState {
    pub(super) specs: BTreeMap<ModelId, Spec>,
    pub(super) held: BTreeMap<ModelId, u64>,
    /// All that was asked for, in order: `load a`, `unload a`, `a came`, `a left`.
    pub(super) log: Vec<String>,
    pub(super) most: u64,
}

impl Server {
    pub(super) fn log(&self) -> Vec<String> {
        self.state.lock().unwrap().log.clone()
    }

    pub(super) fn count(&self, what: &str) -> usize {
        self.log().iter().filter(|line| line.starts_with(what)).count()
    }

    fn note(&self, line: String) {
        self.state.lock().unwrap().log.push(line);
    }
}

/// The host of a test: shared with it.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Server>);

impl Host for Shared {
    fn load(&self, model: &ModelId, num_ctx: u32) -> BoxFuture<'static, Result<(), BackendError>> {
        let (server, model) = (self.0.clone(), model.clone());
        Box::pin(async move {
            server.note(format!("load {model}"));
            assert!(num_ctx == 0 || num_ctx == 8192);
            assert!(!model.as_str().starts_with("panics"), "as it is told to");
            let Some(spec) = server.state.lock().unwrap().specs.get(&model).cloned() else {
                return Err(BackendError::NotFound(format!("no {model}")));
            };
            sleep(spec.load).await;
            if let Some(error) = spec.fails {
                return Err(error);
            }
            let mut state = server.state.lock().unwrap();
            state.held.insert(model.clone(), spec.mib);
            state.log.push(format!("{model} came"));
            let all: u64 = state.held.values().sum();
            state.most = state.most.max(all);
            Ok(())
        })
    }

    fn unload(&self, model: &ModelId) -> BoxFuture<'static, Result<(), BackendError>> {
        let (server, model) = (self.0.clone(), model.clone());
        Box::pin(async move {
            server.note(format!("unload {model}"));
            tokio::spawn(async move {
                sleep(server.lingers).await;
                let mut state = server.state.lock().unwrap();
                state.held.remove(&model);
                state.log.push(format!("{model} left"));
            });
            Ok(())
        })
    }

    fn resident(&self) -> BoxFuture<'static, Result<HashMap<ModelId, Residency>, BackendError>> {
        let server = self.0.clone();
        Box::pin(async move {
            let state = server.state.lock().unwrap();
            let seen =
                |mib: u64| Residency { size_bytes: mib << 20, vram_bytes: mib << 20, context: Some(8192), expires_ms: None };
            Ok(state.held.iter().map(|(id, mib)| (id.clone(), seen(*mib))).collect())
        })
    }
}

pub(super) const POLICY: Policy =
    Policy { bypass: 2, patience: Duration::from_secs(20), ageing: Duration::from_secs(60), pressure: 100 };

/// A server with `models` (name and MiB, loaded in a second), and who shares its memory of `capacity`.
pub(super) fn place(capacity: u64, models: &[(&str, u64)]) -> (Arc<Server>, GpuMemoryManager) {
    let spec = |mib| Spec { mib, load: Duration::from_secs(1), fails: None };
    let specs = models.iter().map(|(name, mib)| (ModelId::new(name), spec(*mib))).collect();
    let state = Mutex::new(ServerState { specs, ..ServerState::default() });
    let server = Arc::new(Server { state, lingers: Duration::from_millis(600) });
    let capacity = Capacity { mib: capacity, most_mib: capacity, source: CapacitySource::Configured };
    let manager = GpuMemoryManager::new(Arc::new(Shared(server.clone())), capacity, POLICY);
    (server, manager)
}

pub(super) fn wants(name: &str, weight: u64, priority: Priority) -> Demand {
    Demand { model: ModelId::new(name), num_ctx: 8192, weight, priority, limit: Duration::from_secs(120), effort: Effort::Full }
}

pub(super) fn user(name: &str, weight: u64) -> Demand {
    wants(name, weight, Priority::User)
}

pub(super) async fn admit(manager: &GpuMemoryManager, demand: &Demand) -> Result<Lease, AdmitError> {
    manager.admit(demand, |_| {}).await
}

/// Lets all go on that can without time passing.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn names(manager: &GpuMemoryManager) -> Vec<String> {
    manager.snapshot().models.iter().map(|held| held.model.short().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_model_is_loaded_once_and_stays() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let first = admit(&manager, &user("a:1", 400)).await.unwrap();
    assert_eq!(first.loaded(), Some(Duration::from_secs(1)));
    let second = admit(&manager, &user("a:1", 400)).await.unwrap();
    assert_eq!((second.loaded(), manager.snapshot().used_mib, manager.snapshot().models[0].users), (None, 400, 2));
    drop((first, second));
    assert_eq!((manager.snapshot().used_mib, manager.snapshot().models[0].users), (400, 0));
    assert_eq!(server.log(), ["load a:1", "a:1 came"]);
}

#[tokio::test(start_paused = true)]
async fn who_wants_a_model_that_comes_shares_its_load() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let demand = user("a:1", 400);
    let leases = futures_util::future::join_all((0..5).map(|_| admit(&manager, &demand))).await;
    assert!(leases.iter().all(Result::is_ok));
    assert_eq!((server.count("load"), manager.snapshot().models[0].users), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_takes_nobody_along_and_the_last_ends_the_load() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let demand = user("a:1", 400);
    {
        let first = admit(&manager, &demand);
        let second = admit(&manager, &demand);
        tokio::pin!(second);
        tokio::select! {
            biased;
            _ = first => unreachable!("a load takes a second"),
            _ = &mut second => unreachable!("a load takes a second"),
            () = settle() => {}
        }
        assert!(second.await.is_ok(), "the first one has gone, the load goes on");
    }
    manager.unload(&demand.model).await.unwrap();
    {
        let alone = admit(&manager, &demand);
        tokio::select! {
            biased;
            _ = alone => unreachable!("a load takes a second"),
            () = settle() => {}
        }
    }
    sleep(Duration::from_secs(30)).await;
    assert_eq!((names(&manager), manager.snapshot().used_mib), (vec![], 0));
    assert_eq!(server.count("a:1 came"), 1, "the second load was given up");
}

#[tokio::test(start_paused = true)]
async fn the_longest_unused_leaves_and_the_next_comes_only_once_it_is_gone() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 400), ("c:1", 400)]);
    for name in ["a:1", "b:1"] {
        drop(admit(&manager, &user(name, 400)).await.unwrap());
        sleep(Duration::from_secs(1)).await;
    }
    let mut stages = Vec::new();
    let lease = manager.admit(&user("c:1", 400), |stage| stages.push(stage)).await.unwrap();
    assert!(lease.loaded().is_some());
    let a = ModelId::new("a:1");
    assert!(stages.contains(&Stage::MakingRoom { victims: vec![a] }) && stages.last() == Some(&Stage::Loading), "{stages:?}");
    assert_eq!(server.log()[4..], ["unload a:1", "a:1 left", "load c:1", "c:1 came"]);
    assert_eq!((names(&manager), manager.snapshot().swaps), (vec!["b:1".to_owned(), "c:1".to_owned()], 1));
    assert!(server.state.lock().unwrap().most <= 1000);
}

#[tokio::test(start_paused = true)]
async fn no_more_leave_than_have_to() {
    let (server, manager) = place(1000, &[("small:1", 100), ("large:1", 500), ("new:1", 600), ("other:1", 300)]);
    for (name, mib) in [("small:1", 100), ("large:1", 500), ("other:1", 300)] {
        drop(admit(&manager, &user(name, mib)).await.unwrap());
        sleep(Duration::from_secs(1)).await;
    }
    // 500 are missing: the small one, which was first, helps nobody once the large one leaves.
    drop(admit(&manager, &user("new:1", 600)).await.unwrap());
    assert_eq!((names(&manager).join(" "), server.count("unload")), ("new:1 other:1 small:1".to_owned(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_model_in_use_is_waited_for() {
    let (server, manager) = place(1000, &[("a:1", 700), ("b:1", 700)]);
    let busy = admit(&manager, &user("a:1", 700)).await.unwrap();
    let waiting = tokio::spawn({
        let manager = manager.clone();
        async move { admit(&manager, &user("b:1", 700)).await.map(|lease| lease.loaded()) }
    });
    sleep(Duration::from_secs(100)).await;
    assert_eq!((server.count("unload"), manager.snapshot().waiting), (0, 1));
    drop(busy);
    let loaded = waiting.await.unwrap().unwrap().unwrap();
    assert!((101..=103).contains(&loaded.as_secs()), "{loaded:?}");
    assert_eq!(server.log()[2..], ["unload a:1", "a:1 left", "load b:1", "b:1 came"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let (_, manager) = place(1000, &[("a:1", 700), ("b:1", 700)]);
    let _busy = admit(&manager, &user("a:1", 700)).await.unwrap();
    let begun = Instant::now();
    let error = admit(&manager, &user("b:1", 700)).await.unwrap_err();
    assert_eq!((error, begun.elapsed().as_secs()), (AdmitError::Crowded(Duration::from_secs(120)), 120));
    settle().await;
    assert_eq!(manager.snapshot().waiting, 0, "who gave up left no trace");
    let too_large = admit(&manager, &user("b:1", 1001)).await.unwrap_err();
    assert_eq!(too_large, AdmitError::TooLarge(TooLarge { weight: 1001, capacity: 1000 }));
    assert_eq!(too_large.to_string(), "it needs 1001 MiB of memory, and there are 1000 MiB");
}

#[tokio::test(start_paused = true)]
async fn loads_that_fail_are_told_to_all_and_leave_no_trace() {
    let cuda = || BackendError::OutOfMemory("cudaMalloc failed".to_owned());
    for (what, load, fails, want, loads) in [
        ("fails", 1, Some(BackendError::Broken("x".into())), AdmitError::Failed(BackendError::Broken("x".into())), 1),
        ("no memory, and nobody to leave", 1, Some(cuda()), AdmitError::Failed(cuda()), 1),
        ("too slow", 200, None, AdmitError::Late(Duration::from_secs(120)), 1),
    ] {
        let (server, manager) = place(1000, &[("a:1", 400)]);
        server.state.lock().unwrap().specs.insert(ModelId::new("a:1"), Spec { mib: 400, load: Duration::from_secs(load), fails });
        let demand = user("a:1", 400);
        let (first, second) = tokio::join!(admit(&manager, &demand), admit(&manager, &demand));
        assert_eq!((first.unwrap_err(), second.unwrap_err()), (want.clone(), want), "{what}");
        assert_eq!((server.count("load"), manager.snapshot().used_mib, names(&manager).len()), (loads, 0, 0), "{what}");
    }
    let (_, manager) = place(1000, &[]);
    let missing = admit(&manager, &user("a:1", 400)).await.unwrap_err();
    assert_eq!(missing, AdmitError::Failed(BackendError::NotFound("no a:1".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn out_of_memory_is_tried_once_more_without_the_idle() {
    let (server, manager) = place(1000, &[("idle:1", 300), ("b:1", 400)]);
    drop(admit(&manager, &user("idle:1", 300)).await.unwrap());
    let failing = Spec { mib: 400, load: Duration::from_secs(1), fails: Some(BackendError::OutOfMemory("no".to_owned())) };
    server.state.lock().unwrap().specs.insert(ModelId::new("b:1"), failing);
    let waiting = tokio::spawn({
        let manager = manager.clone();
        async move { admit(&manager, &user("b:1", 400)).await.is_ok() }
    });
    // It fails once; by the second time there is room.
    sleep(Duration::from_millis(1200)).await;
    server.state.lock().unwrap().specs.get_mut(&ModelId::new("b:1")).unwrap().fails = None;
    assert!(waiting.await.unwrap());
    assert_eq!((server.count("load b:1"), server.count("unload idle:1"), names(&manager).join(" ")), (2, 1, "b:1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_is_believed() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 700)]);
    // Somebody else has it loaded.
    server.state.lock().unwrap().held.insert(ModelId::new("other:1"), 500);
    let resident = Shared(server.clone()).resident().await.unwrap();
    manager.observe(&resident, Instant::now());
    assert_eq!((manager.snapshot().used_mib, names(&manager).join(" ")), (500, "other:1".to_owned()));
    // The estimate gives way to what was seen.
    let lease = admit(&manager, &user("a:1", 100)).await.unwrap();
    assert_eq!(manager.snapshot().used_mib, 900);
    // Time took the other out, and `a` is kept: it is in use, whatever the list says.
    manager.observe(&HashMap::new(), Instant::now() + Duration::from_secs(1));
    assert_eq!((manager.snapshot().used_mib, names(&manager).join(" ")), (400, "a:1".to_owned()));
    drop(lease);
    manager.observe(&HashMap::new(), Instant::now() + Duration::from_secs(1));
    assert_eq!((manager.snapshot().used_mib, names(&manager).len()), (0, 0));
    // One that takes more than was thought: the room is owed, and the next waits for it.
    let _large = admit(&manager, &user("b:1", 300)).await.unwrap();
    assert_eq!(manager.snapshot().used_mib, 700);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_said_before_something_changed_says_nothing_of_it() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 400)]);
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    let asked = Instant::now();
    let before = Shared(server.clone()).resident().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    manager.unload(&ModelId::new("a:1")).await.unwrap();
    drop(admit(&manager, &user("b:1", 400)).await.unwrap());
    manager.observe(&before, asked);
    assert_eq!((names(&manager).join(" "), manager.snapshot().used_mib), ("b:1".to_owned(), 400));
    // Somebody else loads the first one anew.
    sleep(Duration::from_secs(1)).await;
    manager.observe(&HashMap::from([(ModelId::new("a:1"), before[&ModelId::new("a:1")])]), Instant::now());
    assert_eq!(names(&manager).join(" "), "a:1");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_before_a_model_was_loaded_anew_says_nothing_of_it() {
    let (_, manager) = place(1000, &[("a:1", 400)]);
    let held =
        |context, mib: u64| Residency { size_bytes: mib << 20, vram_bytes: mib << 20, context: Some(context), expires_ms: None };
    let seen = |context, mib| HashMap::from([(ModelId::new("a:1"), held(context, mib))]);
    manager.observe(&seen(2048, 300), Instant::now());
    sleep(Duration::from_secs(1)).await;
    // A look begins, the model is loaded anew with our window, and only then the look ends.
    let asked = Instant::now();
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    manager.observe(&seen(2048, 300), asked);
    assert_eq!(manager.snapshot().used_mib, 400);
    assert!(admit(&manager, &user("a:1", 400)).await.unwrap().loaded().is_none());
    // What is asked after that counts.
    manager.observe(&seen(2048, 300), Instant::now());
    assert_eq!(manager.snapshot().used_mib, 300);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_panics_is_told_to_all_who_wait_for_it() {
    let (_, manager) = place(1000, &[("panics:1", 400)]);
    let demand = user("panics:1", 400);
    let (first, second) = tokio::join!(admit(&manager, &demand), admit(&manager, &demand));
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert!(matches!(error, AdmitError::Failed(BackendError::Broken(_))), "{error:?}");
    }
    assert_eq!((manager.snapshot().used_mib, names(&manager).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_not_there_after_a_look() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    sleep(Duration::from_secs(1)).await;
    server.state.lock().unwrap().held.clear();
    assert!(manager.is_ready(&ModelId::new("a:1")));
    manager.look().await;
    assert!(!manager.is_ready(&ModelId::new("a:1")));
}

#[tokio::test(start_paused = true)]
async fn another_window_has_the_model_come_anew() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let seen = Residency { size_bytes: 400 << 20, vram_bytes: 400 << 20, context: Some(4096), expires_ms: None };
    server.state.lock().unwrap().held.insert(ModelId::new("a:1"), 400);
    manager.observe(&HashMap::from([(ModelId::new("a:1"), seen)]), Instant::now());
    let any = Demand { num_ctx: 0, ..user("a:1", 400) };
    assert!(admit(&manager, &any).await.unwrap().loaded().is_none(), "whoever takes any window takes this one");
    let lease = admit(&manager, &user("a:1", 400)).await.unwrap();
    assert!(lease.loaded().is_some());
    assert_eq!(server.log(), ["unload a:1", "a:1 left", "load a:1", "a:1 came"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_another_window_than_it_was_asked_for_is_not_asked_over_and_over() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let seen = |context| {
        let held = Residency { size_bytes: 400 << 20, vram_bytes: 400 << 20, context: Some(context), expires_ms: None };
        HashMap::from([(ModelId::new("a:1"), held)])
    };
    // It was asked for 8192, and says 4096.
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    manager.inner.lock().loaded_with(&ModelId::new("a:1"), 4096);
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
        manager.observe(&seen(4096), Instant::now());
        assert!(admit(&manager, &user("a:1", 400)).await.unwrap().loaded().is_none());
    }
    assert_eq!(server.count("load"), 1);
    // Then somebody else has it loaded anew, and it leaves for ours.
    manager.observe(&seen(2048), Instant::now());
    assert!(admit(&manager, &user("a:1", 400)).await.unwrap().loaded().is_some());
    assert_eq!((server.count("load"), server.count("unload")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn one_with_another_window_that_does_not_leave_is_asked_all_the_same() {
    let (server, _) = place(1000, &[("a:1", 400)]);
    let state = std::mem::take(&mut *server.state.lock().unwrap());
    let server = Arc::new(Server { state: Mutex::new(state), lingers: Duration::from_secs(3600) });
    let capacity = Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::Configured };
    let manager = GpuMemoryManager::new(Arc::new(Shared(server.clone())), capacity, POLICY);
    server.state.lock().unwrap().held.insert(ModelId::new("a:1"), 400);
    let held = Residency { size_bytes: 400 << 20, vram_bytes: 400 << 20, context: Some(4096), expires_ms: None };
    manager.observe(&HashMap::from([(ModelId::new("a:1"), held)]), Instant::now());
    let begun = Instant::now();
    assert!(admit(&manager, &user("a:1", 400)).await.is_ok());
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_pushes_models_out_has_less_than_was_thought() {
    let (server, manager) = place(1000, &[("a:1", 400), ("b:1", 400)]);
    manager.resize(Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::MainMemory });
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    let pushes = {
        let server = server.clone();
        async move {
            sleep(Duration::from_millis(500)).await;
            server.state.lock().unwrap().held.remove(&ModelId::new("a:1"));
        }
    };
    let demand = user("b:1", 400);
    let (lease, ()) = tokio::join!(admit(&manager, &demand), pushes);
    drop(lease.unwrap());
    let found = manager.snapshot();
    assert_eq!(
        (found.capacity_mib, found.source, found.lost, names(&manager).join(" ")),
        (799, CapacitySource::Server, 1, "b:1".into())
    );
    // From now on one leaves before the other comes.
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    assert_eq!((manager.snapshot().lost, server.count("unload b:1")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn unloading_waits_until_it_is_so_and_takes_nothing_from_who_is_at_work() {
    let (server, manager) = place(1000, &[("a:1", 400)]);
    let a = ModelId::new("a:1");
    assert!(matches!(manager.unload(&a).await, Err(BackendError::NotFound(_))));
    let lease = admit(&manager, &user("a:1", 400)).await.unwrap();
    assert!(matches!(manager.unload(&a).await, Err(BackendError::Busy { .. })));
    drop(lease);
    let begun = Instant::now();
    assert_eq!(manager.unload(&a).await, Ok(()));
    assert!(begun.elapsed() >= Duration::from_millis(600) && server.log().last().unwrap() == "a:1 left");
    assert_eq!(manager.snapshot().used_mib, 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_stays_is_not_asked_to_leave_over_and_over() {
    let (server, manager) = place(1000, &[("a:1", 700), ("b:1", 700)]);
    let server = {
        drop(manager);
        let state = std::mem::take(&mut *server.state.lock().unwrap());
        Arc::new(Server { state: Mutex::new(state), lingers: Duration::from_secs(3600) })
    };
    let capacity = Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::Configured };
    let manager = GpuMemoryManager::new(Arc::new(Shared(server.clone())), capacity, POLICY);
    drop(admit(&manager, &user("a:1", 700)).await.unwrap());
    assert_eq!(admit(&manager, &user("b:1", 700)).await.unwrap_err(), AdmitError::Crowded(Duration::from_secs(120)));
    assert!((2..=9).contains(&server.count("unload")), "{:?}", server.log());
    assert!(matches!(manager.unload(&ModelId::new("a:1")).await, Err(BackendError::Stalled(_))));
}

#[tokio::test(start_paused = true)]
async fn what_fills_the_memory_for_nobody_leaves_early() {
    let (server, _) = place(1000, &[("a:1", 400), ("b:1", 400)]);
    let capacity = Capacity { mib: 1000, most_mib: 1000, source: CapacitySource::Configured };
    let manager = GpuMemoryManager::new(Arc::new(Shared(server.clone())), capacity, Policy { pressure: 60, ..POLICY });
    drop(admit(&manager, &user("a:1", 400)).await.unwrap());
    sleep(Duration::from_secs(1)).await;
    drop(admit(&manager, &user("b:1", 400)).await.unwrap());
    sleep(Duration::from_secs(5)).await;
    assert_eq!((names(&manager).join(" "), server.count("unload a:1")), ("b:1".to_owned(), 1), "what the user used last stays");
}
