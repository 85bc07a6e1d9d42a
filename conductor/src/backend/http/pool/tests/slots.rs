//! Slots: how many, in which order, and who leaves the queue.

use super::*;
use tokio::task::JoinHandle;

const TWO: Limits = Limits { work: 2, list: 1, detail: 1, max_age: Duration::from_secs(600), max_idle: Duration::from_secs(60) };

/// Goes on when `what` is so.
async fn until(what: impl Fn() -> bool) {
    let turns = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(4), turns).await.unwrap();
}

/// Requests that came through so far, in their order.
type Through = Arc<Mutex<Vec<&'static str>>>;

/// A request for work in a task of its own, which is in the queue when this returns.
async fn queued(server: &Server, pool: &Pool, client: &Client, line: &'static str, through: &Through) -> JoinHandle<()> {
    let (address, pool, client, through) = (server.address, pool.clone(), client.clone(), Arc::clone(through));
    let (waiting, waits) = (pool.state().waiting, pool.clone());
    let task = tokio::spawn(async move {
        let response = begin(address, &pool, &client, line, Lane::Work).await.unwrap();
        through.lock().unwrap().push(line);
        rest(response).await.unwrap();
    });
    until(|| waits.state().waiting == waiting + 1).await;
    task
}

#[tokio::test]
async fn requests_beyond_the_bound_wait_in_their_order() {
    let server = Server::start(|_, _| Does::Pauses).await;
    let (pool, client) = server.client(TWO);
    let mut held = Vec::new();
    for line in ["POST /1", "POST /2"] {
        held.push(begin(server.address, &pool, &client, line, Lane::Work).await.unwrap());
    }
    let through = Through::default();
    let mut tasks = Vec::new();
    for line in ["POST /3", "POST /4", "POST /5"] {
        tasks.push(queued(&server, &pool, &client, line, &through).await);
    }
    let state = pool.state();
    assert_eq!((state.limit, state.in_use, state.waiting, state.waited, state.requests), (2, 2, 3, 3, 2));
    assert_eq!(server.asked().len(), 2);
    // Who comes now does not overtake.
    for want in [&["POST /3"][..], &["POST /3", "POST /4"]] {
        drop(held.pop());
        until(|| through.lock().unwrap().len() == want.len()).await;
        assert_eq!(*through.lock().unwrap(), want);
        assert_eq!(pool.state().in_use, 2);
    }
    server.go_on.add_permits(5);
    for task in tasks {
        task.await.unwrap();
    }
    let state = pool.state();
    assert_eq!((state.in_use, state.waiting, state.waited, state.requests, state.failed), (0, 0, 3, 5, 0));
    assert_eq!(*through.lock().unwrap(), ["POST /3", "POST /4", "POST /5"]);
}

#[tokio::test]
async fn a_request_that_is_dropped_while_it_waits_leaves_the_queue() {
    let server = Server::start(|_, _| Does::Pauses).await;
    let (pool, client) = server.client(Limits { work: 1, ..TWO });
    let held = begin(server.address, &pool, &client, "POST /1", Lane::Work).await.unwrap();
    let through = Through::default();
    let first = queued(&server, &pool, &client, "POST /2", &through).await;
    let second = queued(&server, &pool, &client, "POST /3", &through).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!((pool.state().waiting, pool.state().waited, pool.state().requests), (1, 2, 1));
    drop(held);
    until(|| !through.lock().unwrap().is_empty()).await;
    server.go_on.add_permits(2);
    second.await.unwrap();
    let asked: Vec<_> = server.asked().into_iter().map(|(_, line)| line).collect();
    assert_eq!(asked, ["POST /1", "POST /3"]);
    assert_eq!((pool.state().waiting, pool.state().in_use, pool.state().requests), (0, 0, 2));
}

#[tokio::test]
async fn a_slot_that_comes_when_nobody_wants_it_any_longer_is_not_lost() {
    let pool = Pool::new(BackendId::ollama(), Limits { work: 1, ..TWO });
    let held = pool.slot(Lane::Work).await;
    let (waits, taken) = (pool.clone(), Arc::new(Mutex::new(false)));
    let mark = Arc::clone(&taken);
    let waiting = tokio::spawn(async move {
        let _slot = waits.slot(Lane::Work).await;
        *mark.lock().unwrap() = true;
    });
    until(|| pool.state().waiting == 1).await;
    // It is given the slot, and ended before it is told.
    drop(held);
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled() && !*taken.lock().unwrap());
    let _slot = tokio::time::timeout(Duration::from_secs(4), pool.slot(Lane::Work)).await.unwrap();
    assert_eq!((pool.state().waiting, pool.state().waited), (0, 1));
}

#[tokio::test]
async fn lists_and_details_come_while_work_takes_all_its_slots() {
    let server = Server::start(|_, line| if line.starts_with("POST") { Does::Pauses } else { Does::Answers(KEPT) }).await;
    let (pool, client) = server.client(TWO);
    let mut held = Vec::new();
    for line in ["POST /1", "POST /2"] {
        held.push(begin(server.address, &pool, &client, line, Lane::Work).await.unwrap());
    }
    for lane in [Lane::List, Lane::Detail, Lane::List] {
        let response = begin(server.address, &pool, &client, "GET /", lane).await.unwrap();
        assert_eq!(rest(response).await.unwrap(), "ok", "{lane:?}");
    }
    assert_eq!((pool.state().waited, pool.state().in_use), (0, 2));
}

#[tokio::test]
async fn a_bound_of_nought_is_one() {
    let pool = Pool::new(BackendId::ollama(), Limits { work: 0, ..TWO });
    let _slot = tokio::time::timeout(Duration::from_secs(4), pool.slot(Lane::Work)).await.unwrap();
    assert_eq!(pool.state().limit, 1);
}
