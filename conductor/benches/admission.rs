//! What admission to memory costs: a permit that is free, and long lines of those who wait.
#![expect(clippy::expect_used, reason = "a benchmark: a failure here is a failed run")]

use conductor::gpu::semaphore::{Acquire, Fairness, Permit, Priority, WeightedSemaphore};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

const FAIRNESS: Fairness = Fairness { bypass: 4, ageing: Duration::from_secs(60) };

fn poll(acquire: &mut Acquire, waker: &Waker) -> Option<Permit> {
    match Pin::new(acquire).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(permit) => permit.ok(),
        Poll::Pending => None,
    }
}

/// Takes down who was woken.
struct Bell {
    at: usize,
    woken: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.woken.lock().expect("nobody panics").push_back(self.at);
    }
}

/// Those who wait behind one that holds everything.
struct Line {
    held: Permit,
    waiters: Vec<Acquire>,
    woken: Arc<Mutex<VecDeque<usize>>>,
}

fn line(count: u64, weight: impl Fn(u64) -> u64) -> Line {
    let semaphore = WeightedSemaphore::new(100, FAIRNESS);
    let (held, woken) = (semaphore.take(100), Arc::new(Mutex::new(VecDeque::new())));
    let waiters = (0..count).zip(0..).map(|(figure, at)| {
        let mut acquire = semaphore.acquire(weight(figure), Priority::User);
        let waker = Waker::from(Arc::new(Bell { at, woken: Arc::clone(&woken) }));
        assert!(poll(&mut acquire, &waker).is_none());
        acquire
    });
    let waiters = waiters.collect();
    Line { held, waiters, woken }
}

/// Frees everything; whoever is woken takes its permit and gives it back, until nobody waits.
fn drain(line: Line) -> usize {
    let Line { held, mut waiters, woken } = line;
    drop(held);
    let mut served = 0;
    while let Some(at) = { woken.lock().expect("nobody panics").pop_front() } {
        drop(poll(&mut waiters[at], Waker::noop()));
        served += 1;
    }
    assert_eq!(served, waiters.len());
    served
}

fn bench(c: &mut Criterion) {
    let semaphore = WeightedSemaphore::new(100, FAIRNESS);
    c.bench_function("a permit that is free, taken and given back", |b| {
        b.iter(|| black_box(poll(&mut semaphore.acquire(black_box(7), Priority::User), Waker::noop())));
    });
    let mut group = c.benchmark_group("a line of those who wait, drained");
    group.sample_size(10);
    for count in [1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::new("equal weights", count), &count, |b, &count| {
            b.iter_batched(|| line(count, |_| 100), drain, BatchSize::PerIteration);
        });
        group.bench_with_input(BenchmarkId::new("mixed weights", count), &count, |b, &count| {
            b.iter_batched(|| line(count, |at| 1 + at * 37 % 100), drain, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
