// SPDX-License-Identifier: Apache-2.0

//! N threads send, the program's first thread receives.

use crate::cell::{Capacity, Cell};
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::{first_word, Checker, Message};
use crate::report::{fail, Report};
use crate::wakes::{self, wake_all};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

const RECEIVE_BYTES: usize = 8192;

/// Producers poll at it, so that opening it costs no wake-ups.
#[derive(Default)]
struct Gate {
    arrived: AtomicUsize,
    open: AtomicBool,
}

impl Gate {
    fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while !self.open.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }

    fn open(&self, producers: usize) -> Instant {
        while self.arrived.load(Ordering::Acquire) < producers {
            thread::yield_now();
        }
        let start = Instant::now();
        self.open.store(true, Ordering::Release);
        start
    }
}

pub fn run<const W: usize, C: Channel<W>>(cell: &Cell) -> Report {
    match cell.scenario.as_str() {
        "throughput" => throughput::<W, C>(cell),
        "one-way-latency" => one_way_latency::<W, C>(cell),
        "announced-wake" => announced_wake::<W, C>(cell),
        "footprint" => footprint::<W, C>(cell),
        other => fail(&format!("there is no {}", other)),
    }
}

fn throughput<const W: usize, C: Channel<W>>(cell: &Cell) -> Report {
    let (sender, mut receiver) = C::open(cell.capacity);
    let gate = Arc::new(Gate::default());
    let producers: Vec<_> = (0..cell.producers)
        .map(|producer| {
            let (mut sender, gate) = (sender.clone(), gate.clone());
            let (first, share) = (first_word(producer), cell.share(producer));
            thread::spawn(move || {
                gate.pass();
                for word in first..first + share {
                    sender.send(Message::new(word));
                }
            })
        })
        .collect();
    let mut checker = Checker::new(cell.producers);
    let start = gate.open(cell.producers);
    let mut remaining = cell.count;
    match cell.mode.as_str() {
        "single" => {
            while remaining > 0 {
                checker.check(&receiver.receive());
                remaining -= 1;
            }
        }
        "batch-receive" => {
            let maximum = RECEIVE_BYTES / (8 * W);
            while remaining > 0 {
                remaining -= receiver.receive_some(maximum, |message| checker.check(message));
            }
        }
        other => fail(&format!("there is no mode {}", other)),
    }
    let elapsed = start.elapsed();
    checker.finish(cell);
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    Report::throughput(cell.count, elapsed)
}

/// Open loop: a message is the time at which it was to be sent; a producer that is late sends at once.
fn one_way_latency<const W: usize, C: Channel<W>>(cell: &Cell) -> Report {
    let (mut sender, mut receiver) = C::open(cell.capacity);
    let gate = Arc::new(Gate::default());
    let mut samples = vec![u64::MAX; cell.count];
    let base = Instant::now();
    let (passed, count, interval) = (gate.clone(), cell.count, 1e9 / cell.rate);
    let producer = thread::spawn(move || {
        passed.pass();
        let mut next = base.elapsed().as_nanos() as f64 + interval;
        for _ in 0..count {
            let intended = next as u64;
            while (base.elapsed().as_nanos() as u64) < intended {}
            sender.send(Message::new(intended));
            next += interval;
        }
    });
    let start = gate.open(1);
    let mut previous = 0;
    for sample in samples.iter_mut() {
        let intended = receiver.receive().0[0];
        *sample = base.elapsed().as_nanos() as u64 - intended;
        if intended <= previous {
            fail("a message is not the successor of the one before");
        }
        previous = intended;
    }
    let elapsed = start.elapsed();
    producer.join().unwrap();
    Report::distribution(samples, elapsed)
}

/// The receiver says that it is about to wait; some time after that it is woken by a message.
fn announced_wake<const W: usize, C: Channel<W>>(cell: &Cell) -> Report {
    let (mut sender, mut receiver) = C::open(cell.capacity);
    let announced = Arc::new(AtomicU64::new(0));
    let base = Instant::now();
    let (seen, count) = (announced.clone(), cell.count as u64);
    let waiting = wakes::Receiver::this_thread();
    let producer = thread::spawn(move || {
        wake_all(waiting, &seen, count, base, |word| sender.send(Message::new(word)))
    });
    let mut samples = vec![u64::MAX; cell.count];
    for (index, sample) in samples.iter_mut().enumerate() {
        announced.store(index as u64 + 1, Ordering::Release);
        let sent = receiver.receive().0[0];
        *sample = base.elapsed().as_nanos() as u64 - sent;
    }
    wakes::report(samples, &producer.join().unwrap(), base.elapsed())
}

/// Bytes that the C library's allocator has given out, Rust's default allocator being that one.
pub fn allocated() -> f64 {
    let information = unsafe { libc::mallinfo2() };
    (information.uordblks + information.hblkhd) as f64
}

pub const BURST: u64 = 1_000_000;

fn footprint<const W: usize, C: Channel<W>>(cell: &Cell) -> Report {
    let start = Instant::now();
    let mut channels = Vec::with_capacity(cell.count);
    let before = allocated();
    for _ in 0..cell.count {
        channels.push(C::open(cell.capacity));
    }
    let idle = (allocated() - before) / cell.count as f64;
    drop(channels);
    let report = Report::new(start.elapsed()).with("idle-channel", "bytes", idle);
    if cell.capacity != Capacity::Unbounded {
        return report;
    }

    // The sending thread still lives when the last figure is taken, with whatever it keeps.
    let before = allocated();
    let (mut sender, mut receiver) = C::open(cell.capacity);
    let barrier = Arc::new(Barrier::new(2));
    let sent = barrier.clone();
    let producer = thread::spawn(move || {
        for word in 0..BURST {
            sender.send(Message::new(word));
        }
        sent.wait();
        sent.wait();
    });
    barrier.wait();
    let burst = allocated() - before;
    let mut checker = Checker::new(1);
    for _ in 0..BURST {
        checker.check(&receiver.receive());
    }
    let left = allocated() - before;
    barrier.wait();
    producer.join().unwrap();
    report.with("burst", "bytes", burst).with("left-after-burst", "bytes", left)
}
