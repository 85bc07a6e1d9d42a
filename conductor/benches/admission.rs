//! What admission to memory costs: a permit that is free, and long lines of those who wait.

use conductor::gpu::semaphore::{Acquire, Fairness, Permit, Priority, WeightedSemaphore};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const FAIRNESS: Fairness = Fairness { bypass: 4, ageing: Duration::from_secs(60) };

fn poll(acquire: &mut Acquire) -> Option<Permit> {
    match Pin::new(acquire).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(permit) => permit.ok(),
        Poll::Pending => None,
    }
}

/// A line of `count` who wait behind one that holds everything.
fn line(count: u64, weight: impl Fn(u64) -> u64) -> (Permit, Vec<Acquire>) {
    let semaphore = WeightedSemaphore::new(100, FAIRNESS);
    let held = semaphore.take(100);
    let waiters = (0..count).map(|at| {
        let mut acquire = semaphore.acquire(weight(at), Priority::User);
        assert!(poll(&mut acquire).is_none());
        acquire
    });
    let waiters = waiters.collect();
    (held, waiters)
}

/// Frees everything, and takes and gives back one permit after the other until nobody waits.
fn drain((held, waiters): (Permit, Vec<Acquire>)) {
    drop(held);
    let mut waiters = std::collections::VecDeque::from(waiters);
    // Those before may be passed a few times: who does not go on yet is asked again after the others near it.
    while let Some(mut acquire) = waiters.pop_front() {
        if poll(&mut acquire).is_none() {
            let behind = waiters.len().min(8);
            waiters.insert(behind, acquire);
        }
    }
}

fn bench(c: &mut Criterion) {
    let semaphore = WeightedSemaphore::new(100, FAIRNESS);
    c.bench_function("a permit that is free, taken and given back", |b| {
        b.iter(|| black_box(poll(&mut semaphore.acquire(black_box(7), Priority::User))));
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
