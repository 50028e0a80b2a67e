// SPDX-License-Identifier: Apache-2.0

//! Tokio's channels between tasks of its multi-threaded runtime, with its defaults: a worker a processor.

use crate::cell::{Capacity, Cell};
use crate::message::{first_word, Checker, Message};
use crate::report::{fail, Report};
use crate::scenarios::wake_all;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, Barrier};

const RECEIVE_BYTES: usize = 8192;

pub fn run<const W: usize>(cell: &Cell) -> Report {
    let runtime = Runtime::new().expect("a runtime");
    match (cell.scenario.as_str(), cell.capacity) {
        ("throughput", Capacity::Bounded(capacity)) => bounded::<W>(&runtime, cell, capacity),
        ("throughput", Capacity::Unbounded) => unbounded::<W>(&runtime, cell),
        ("one-way-latency", Capacity::Bounded(capacity)) => one_way(&runtime, cell, capacity),
        ("announced-wake", Capacity::Bounded(capacity)) => wake(&runtime, cell, capacity),
        (other, _) => fail(&format!("there is no {} of tokio-tasks with this capacity", other)),
    }
}

// The two channels have the same methods and no trait in common.
macro_rules! receive_all {
    ($runtime:expr, $cell:expr, $receiver:expr, $barrier:expr, $w:expr) => {{
        let (count, producers, mode) = ($cell.count, $cell.producers, $cell.mode.clone());
        let (mut receiver, barrier) = ($receiver, $barrier);
        let task = $runtime.spawn(async move {
            let mut checker = Checker::new(producers);
            let mut remaining = count;
            barrier.wait().await;
            let start = Instant::now();
            if mode == "single" {
                while remaining > 0 {
                    checker.check::<$w>(&receiver.recv().await.unwrap());
                    remaining -= 1;
                }
            } else {
                // recv_many came with Tokio 1.37; this is what its users wrote before.
                let maximum = RECEIVE_BYTES / (8 * $w);
                while remaining > 0 {
                    checker.check::<$w>(&receiver.recv().await.unwrap());
                    remaining -= 1;
                    for _ in 1..maximum {
                        match receiver.try_recv() {
                            Ok(message) => checker.check::<$w>(&message),
                            Err(_) => break,
                        }
                        remaining -= 1;
                    }
                }
            }
            (start.elapsed(), checker)
        });
        let (elapsed, checker) = $runtime.block_on(task).unwrap();
        checker.finish($cell);
        Report::throughput($cell.count, elapsed)
    }};
}

fn bounded<const W: usize>(runtime: &Runtime, cell: &Cell, capacity: usize) -> Report {
    let (sender, receiver) = mpsc::channel::<Message<W>>(capacity);
    let barrier = Arc::new(Barrier::new(cell.producers + 1));
    for producer in 0..cell.producers {
        let (sender, barrier) = (sender.clone(), barrier.clone());
        let (first, share) = (first_word(producer), cell.share(producer));
        runtime.spawn(async move {
            barrier.wait().await;
            for word in first..first + share {
                if sender.send(Message::new(word)).await.is_err() {
                    fail("the channel is closed");
                }
            }
        });
    }
    receive_all!(runtime, cell, receiver, barrier, W)
}

fn unbounded<const W: usize>(runtime: &Runtime, cell: &Cell) -> Report {
    let (sender, receiver) = mpsc::unbounded_channel::<Message<W>>();
    let barrier = Arc::new(Barrier::new(cell.producers + 1));
    for producer in 0..cell.producers {
        let (sender, barrier) = (sender.clone(), barrier.clone());
        let (first, share) = (first_word(producer), cell.share(producer));
        runtime.spawn(async move {
            barrier.wait().await;
            for word in first..first + share {
                if sender.send(Message::new(word)).is_err() {
                    fail("the channel is closed");
                }
            }
        });
    }
    receive_all!(runtime, cell, receiver, barrier, W)
}

fn one_way(runtime: &Runtime, cell: &Cell, capacity: usize) -> Report {
    let (sender, mut receiver) = mpsc::channel::<u64>(capacity);
    let base = Instant::now();
    let (count, interval) = (cell.count, 1e9 / cell.rate);
    runtime.spawn(async move {
        let mut next = base.elapsed().as_nanos() as f64 + interval;
        for _ in 0..count {
            let intended = next as u64;
            while (base.elapsed().as_nanos() as u64) < intended {}
            if sender.send(intended).await.is_err() {
                fail("the channel is closed");
            }
            next += interval;
        }
    });
    let task = runtime.spawn(async move {
        let mut samples = vec![u64::MAX; count];
        let mut previous = 0;
        for sample in samples.iter_mut() {
            let intended = receiver.recv().await.unwrap();
            *sample = base.elapsed().as_nanos() as u64 - intended;
            if intended <= previous {
                fail("a message is not the successor of the one before");
            }
            previous = intended;
        }
        samples
    });
    let samples = runtime.block_on(task).unwrap();
    Report::distribution(samples, base.elapsed())
}

/// A thread wakes a task: a task that kept its worker for the pause would hinder the runtime.
fn wake(runtime: &Runtime, cell: &Cell, capacity: usize) -> Report {
    let (sender, mut receiver) = mpsc::channel::<u64>(capacity);
    let base = Instant::now();
    let announced = Arc::new(AtomicU64::new(0));
    let (seen, count) = (announced.clone(), cell.count);
    let producer = std::thread::spawn(move || {
        wake_all(&seen, count as u64, base, |word| sender.blocking_send(word).unwrap());
    });
    let task = runtime.spawn(async move {
        let mut samples = vec![u64::MAX; count];
        for (index, sample) in samples.iter_mut().enumerate() {
            announced.store(index as u64 + 1, Ordering::Release);
            let sent = receiver.recv().await.unwrap();
            *sample = base.elapsed().as_nanos() as u64 - sent;
        }
        samples
    });
    let samples = runtime.block_on(task).unwrap();
    producer.join().unwrap();
    Report::distribution(samples, base.elapsed())
}
