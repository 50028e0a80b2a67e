// SPDX-License-Identifier: Apache-2.0

//! Rust's channels under the work of cbench: reads cells, one a line on standard input or one an argument, and answers
//! each with one line of JSON. docs/benchmarks.md has the protocol. Written for the compiler of Debian 12 (1.63).

mod async_channel_threads;
mod cell;
mod channel;
mod crossbeam;
mod flume_channel;
mod message;
mod polled;
mod report;
mod scenarios;
mod std_channel;
mod tasks;
mod tokio_threads;
mod wakes;

use cell::Cell;
use concurrent_queue::ConcurrentQueue;
use crossbeam_queue::{ArrayQueue, SegQueue};
use message::Message;
use polled::Shared;
use report::{fail, Report};

fn of_size<const W: usize>(cell: &Cell) -> Report {
    match cell.implementation.as_str() {
        "crossbeam" => scenarios::run::<W, crossbeam::Crossbeam>(cell),
        "std-mpsc" => scenarios::run::<W, std_channel::Std>(cell),
        "std-mpsc-sync" => scenarios::run::<W, std_channel::StdSync>(cell),
        "flume" => scenarios::run::<W, flume_channel::Flume>(cell),
        "tokio-threads" => scenarios::run::<W, tokio_threads::Bounded>(cell),
        "tokio-threads-unbounded" => scenarios::run::<W, tokio_threads::Unbounded>(cell),
        "async-channel-threads" => scenarios::run::<W, async_channel_threads::AsyncChannel>(cell),
        "array-queue" => scenarios::run::<W, Shared<ArrayQueue<Message<W>>>>(cell),
        "seg-queue" => scenarios::run::<W, Shared<SegQueue<Message<W>>>>(cell),
        "concurrent-queue" => scenarios::run::<W, Shared<ConcurrentQueue<Message<W>>>>(cell),
        "tokio-tasks" | "futures-mpsc" | "async-channel-tasks" => tasks::run::<W>(cell),
        other => fail(&format!("there is no implementation {}", other)),
    }
}

fn run(request: &str) {
    let mut cell = Cell::parse(request);
    // Two types each, of one name for the user.
    if cell.implementation == "std-mpsc" && cell.capacity != cell::Capacity::Unbounded {
        cell.implementation = "std-mpsc-sync".to_string();
    }
    if cell.implementation == "tokio-threads" && cell.capacity == cell::Capacity::Unbounded {
        cell.implementation = "tokio-threads-unbounded".to_string();
    }
    let report = match cell.payload_bytes {
        8 => of_size::<1>(&cell),
        64 => of_size::<8>(&cell),
        256 => of_size::<32>(&cell),
        other => fail(&format!("there is no payload of {} bytes", other)),
    };
    report.write();
}

fn main() {
    let requests: Vec<String> = std::env::args().skip(1).collect();
    if requests.is_empty() {
        for line in std::io::stdin().lines() {
            run(&line.expect("standard input"));
        }
    } else {
        requests.iter().for_each(|request| run(request));
    }
}
