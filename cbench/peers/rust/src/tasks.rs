// SPDX-License-Identifier: Apache-2.0

//! Channels between tasks of Tokio's multi-threaded runtime, with its defaults: a worker a processor. Tokio's own, and
//! those of futures and async-channel, which belong to no runtime.

use crate::cell::{Capacity, Cell};
use crate::message::{first_word, Checker, Message};
use crate::report::{fail, Report};
use crate::scenarios::{allocated, BURST};
use crate::wakes::{self, wake_all};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};
use std::thread;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::task::yield_now;

const RECEIVE_BYTES: usize = 8192;

/// As that of the threads: who waits at it yields, so that opening it costs no wake-ups, and the clock starts before it.
#[derive(Default)]
struct Gate {
    arrived: AtomicUsize,
    open: AtomicBool,
}

impl Gate {
    async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while !self.open.load(Ordering::Acquire) {
            yield_now().await;
        }
    }

    async fn open(&self, producers: usize) -> Instant {
        while self.arrived.load(Ordering::Acquire) < producers {
            yield_now().await;
        }
        let start = Instant::now();
        self.open.store(true, Ordering::Release);
        start
    }
}

pub fn run<const W: usize>(cell: &Cell) -> Report {
    let runtime = Runtime::new().expect("a runtime");
    match (cell.implementation.as_str(), cell.capacity) {
        (_, Capacity::Rendezvous) => fail("these channels have no rendezvous"),
        ("tokio-tasks", Capacity::Unbounded) => tokio_unbounded::run::<W>(&runtime, cell, 0),
        ("tokio-tasks", Capacity::Bounded(n)) => tokio_bounded::run::<W>(&runtime, cell, n),
        ("futures-mpsc", Capacity::Unbounded) => futures_unbounded::run::<W>(&runtime, cell, 0),
        // A sender of futures has a place of its own beside those of the buffer.
        ("futures-mpsc", Capacity::Bounded(n)) => {
            futures_bounded::run::<W>(&runtime, cell, n - cell.producers)
        }
        (_, Capacity::Unbounded) => async_channel_unbounded::run::<W>(&runtime, cell, 0),
        (_, Capacity::Bounded(n)) => async_channel_bounded::run::<W>(&runtime, cell, n),
    }
}

// The channels have no trait in common, and each library has two of them: the calls are expressions over the names that
// stand before them. `blocking` is the send of a thread, which wakes a task: a task that kept its worker for the pause
// would hinder the runtime.
macro_rules! tasks {
    ($module:ident,
     open($capacity:ident) $open:expr,
     send($sender:ident, $message:ident) $send:expr,
     blocking($caller:ident, $word:ident) $blocking:expr,
     receive($receiver:ident) $receive:expr,
     try_receive($again:ident) $try_receive:expr,) => {
        mod $module {
            use super::*;

            #[allow(unused_variables)]
            pub fn run<const W: usize>(runtime: &Runtime, cell: &Cell, $capacity: usize) -> Report {
                match cell.scenario.as_str() {
                    "throughput" => throughput::<W>(runtime, cell, $capacity),
                    "one-way-latency" => one_way(runtime, cell, $capacity),
                    "announced-wake" => wake(runtime, cell, $capacity),
                    "footprint" => footprint(runtime, cell, $capacity),
                    other => fail(&format!("there is no {} between tasks", other)),
                }
            }

            #[allow(unused_mut, unused_variables)]
            fn throughput<const W: usize>(
                runtime: &Runtime,
                cell: &Cell,
                $capacity: usize,
            ) -> Report {
                let (sender, mut $receiver) = $open;
                let gate = Arc::new(Gate::default());
                for producer in 0..cell.producers {
                    let (mut $sender, gate) = (sender.clone(), gate.clone());
                    let (first, share) = (first_word(producer), cell.share(producer));
                    runtime.spawn(async move {
                        gate.pass().await;
                        for word in first..first + share {
                            let $message = Message::<W>::new(word);
                            $send.unwrap_or_else(|_| fail("the channel is closed"));
                        }
                    });
                }
                let (count, producers, mode) = (cell.count, cell.producers, cell.mode.clone());
                let task = runtime.spawn(async move {
                    let mut checker = Checker::new(producers);
                    let mut remaining = count;
                    // recv_many came with Tokio 1.37; this is what its users wrote before.
                    let maximum = if mode == "single" { 1 } else { RECEIVE_BYTES / (8 * W) };
                    let start = gate.open(producers).await;
                    while remaining > 0 {
                        checker.check::<W>(&$receive.unwrap());
                        remaining -= 1;
                        for _ in 1..maximum {
                            let $again = &mut $receiver;
                            match $try_receive {
                                Some(message) => checker.check::<W>(&message),
                                None => break,
                            }
                            remaining -= 1;
                        }
                    }
                    (start.elapsed(), checker)
                });
                let (elapsed, checker) = runtime.block_on(task).unwrap();
                checker.finish(cell);
                Report::throughput(cell.count, elapsed)
            }

            #[allow(unused_mut, unused_variables)]
            fn one_way(runtime: &Runtime, cell: &Cell, $capacity: usize) -> Report {
                let (mut $caller, mut $receiver) = $open;
                let base = Instant::now();
                let (count, interval) = (cell.count, 1e9 / cell.rate);
                // A thread, as in the wake: a task that polls the clock between two sends keeps the receiver, which was woken
                // in favour of its own worker, from running until it suspends.
                let producer = thread::spawn(move || {
                    let mut next = base.elapsed().as_nanos() as f64 + interval;
                    for _ in 0..count {
                        let $word = next as u64;
                        while (base.elapsed().as_nanos() as u64) < $word {}
                        $blocking.unwrap_or_else(|_| fail("the channel is closed"));
                        next += interval;
                    }
                });
                let task = runtime.spawn(async move {
                    let mut samples = vec![u64::MAX; count];
                    let mut previous = 0;
                    for sample in samples.iter_mut() {
                        let intended: u64 = $receive.unwrap();
                        *sample = base.elapsed().as_nanos() as u64 - intended;
                        if intended <= previous {
                            fail("a message is not the successor of the one before");
                        }
                        previous = intended;
                    }
                    samples
                });
                let samples = runtime.block_on(task).unwrap();
                producer.join().unwrap();
                Report::distribution(samples, base.elapsed())
            }

            #[allow(unused_mut, unused_variables)]
            fn wake(runtime: &Runtime, cell: &Cell, $capacity: usize) -> Report {
                let (mut $caller, mut $receiver) = $open;
                let base = Instant::now();
                let announced = Arc::new(AtomicU64::new(0));
                let (seen, count) = (announced.clone(), cell.count);
                let producer = thread::spawn(move || {
                    wake_all(wakes::Receiver::Task, &seen, count as u64, base, |$word: u64| {
                        $blocking.unwrap_or_else(|_| fail("the channel is closed"))
                    })
                });
                let task = runtime.spawn(async move {
                    let mut samples = vec![u64::MAX; count];
                    for (index, sample) in samples.iter_mut().enumerate() {
                        announced.store(index as u64 + 1, Ordering::Release);
                        let sent: u64 = $receive.unwrap();
                        *sample = base.elapsed().as_nanos() as u64 - sent;
                    }
                    samples
                });
                let samples = runtime.block_on(task).unwrap();
                wakes::report(samples, &producer.join().unwrap(), base.elapsed())
            }

            /// As in scenarios.rs.
            #[allow(unused_mut, unused_variables)]
            fn footprint(runtime: &Runtime, cell: &Cell, $capacity: usize) -> Report {
                let start = Instant::now();
                let mut channels = Vec::with_capacity(cell.count);
                let before = allocated();
                for _ in 0..cell.count {
                    let (mut $caller, receiver) = $open;
                    channels.push(($caller, receiver));
                }
                let idle = (allocated() - before) / cell.count as f64;
                if let Some((mut $caller, _)) = channels.pop() {
                    // So that the compiler knows what the messages are.
                    let $word = 0u64;
                    let _ = $blocking;
                }
                drop(channels);
                let report = Report::new(start.elapsed()).with("idle-channel", "bytes", idle);
                if cell.capacity != Capacity::Unbounded {
                    return report;
                }

                let before = allocated();
                let (mut $caller, mut $receiver) = $open;
                let ((sent, all_sent), (finish, finished)) = (mpsc::channel(), mpsc::channel::<()>());
                let producer = thread::spawn(move || {
                    for $word in 0..BURST {
                        $blocking.unwrap_or_else(|_| fail("the channel is closed"));
                    }
                    sent.send(()).unwrap();
                    let _ = finished.recv();
                });
                all_sent.recv().unwrap();
                let burst = allocated() - before;
                let left = runtime.block_on(async {
                    for expected in 0..BURST {
                        let word: u64 = $receive.unwrap();
                        if word != expected {
                            fail(&format!("message {} arrived as {}", expected, word));
                        }
                    }
                    allocated() - before
                });
                drop(finish);
                producer.join().unwrap();
                report.with("burst", "bytes", burst).with("left-after-burst", "bytes", left)
            }
        }
    };
}

tasks! {
    tokio_bounded,
    open(capacity) tokio::sync::mpsc::channel(capacity),
    send(sender, message) sender.send(message).await,
    blocking(sender, message) sender.blocking_send(message),
    receive(receiver) receiver.recv().await,
    try_receive(receiver) receiver.try_recv().ok(),
}

tasks! {
    tokio_unbounded,
    open(capacity) tokio::sync::mpsc::unbounded_channel(),
    send(sender, message) sender.send(message),
    blocking(sender, message) sender.send(message),
    receive(receiver) receiver.recv().await,
    try_receive(receiver) receiver.try_recv().ok(),
}

tasks! {
    futures_bounded,
    open(capacity) futures::channel::mpsc::channel(capacity),
    send(sender, message) futures::SinkExt::send(&mut sender, message).await,
    blocking(sender, message) futures::executor::block_on(futures::SinkExt::send(&mut sender, message)),
    receive(receiver) futures::StreamExt::next(&mut receiver).await,
    try_receive(receiver) receiver.try_next().ok().flatten(),
}

tasks! {
    futures_unbounded,
    open(capacity) futures::channel::mpsc::unbounded(),
    send(sender, message) sender.unbounded_send(message),
    blocking(sender, message) sender.unbounded_send(message),
    receive(receiver) futures::StreamExt::next(&mut receiver).await,
    try_receive(receiver) receiver.try_next().ok().flatten(),
}

tasks! {
    async_channel_bounded,
    open(capacity) async_channel::bounded(capacity),
    send(sender, message) sender.send(message).await,
    blocking(sender, message) sender.send_blocking(message),
    receive(receiver) receiver.recv().await.ok(),
    try_receive(receiver) receiver.try_recv().ok(),
}

tasks! {
    async_channel_unbounded,
    open(capacity) async_channel::unbounded(),
    send(sender, message) sender.send(message).await,
    blocking(sender, message) sender.send_blocking(message),
    receive(receiver) receiver.recv().await.ok(),
    try_receive(receiver) receiver.try_recv().ok(),
}
