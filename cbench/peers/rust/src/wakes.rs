// SPDX-License-Identifier: Apache-2.0

//! Wake-ups, and which of them found the receiver asleep: cbench/scenarios/announced_wake.h says why that is looked at.

use crate::report::{fail, Report};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_micros(200);
const LIMIT: Duration = Duration::from_millis(5);
/// After that many in vain the receiver is taken to be one that polls, and not waited for any more.
const PATIENCE: u64 = 10;

/// Who is looked at: a thread, or, for a receiver that is a task, all threads but the looking one.
#[derive(Clone, Copy)]
pub enum Receiver {
    Thread(i32),
    Task,
}

impl Receiver {
    pub fn this_thread() -> Receiver {
        Receiver::Thread(this_thread())
    }

    fn is_asleep(self) -> bool {
        match self {
            Receiver::Thread(thread) => is_asleep(thread),
            Receiver::Task => {
                let own = this_thread();
                fs::read_dir("/proc/self/task")
                    .unwrap_or_else(|_| fail("the threads could not be listed"))
                    .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
                    .all(|thread: i32| thread == own || is_asleep(thread))
            }
        }
    }
}

fn this_thread() -> i32 {
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

fn is_asleep(thread: i32) -> bool {
    let state = fs::read_to_string(format!("/proc/self/task/{}/stat", thread))
        .unwrap_or_else(|_| fail("the state of a thread could not be read"));
    // The state follows the name, which is in brackets and may contain any character.
    state.rsplit(')').next().map_or(false, |rest| rest.starts_with(" S"))
}

/// The sending thread: returns which of the wake-ups found the receiver asleep.
pub fn wake_all(
    receiver: Receiver,
    announced: &AtomicU64,
    count: u64,
    base: Instant,
    mut send: impl FnMut(u64),
) -> Vec<bool> {
    let mut asleep = Vec::with_capacity(count as usize);
    let mut found = false;
    for index in 1..=count {
        while announced.load(Ordering::Acquire) != index {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        while start.elapsed() < PAUSE {}
        let limit = if index > PATIENCE && !found { PAUSE } else { LIMIT };
        let mut sleeps = receiver.is_asleep();
        while !sleeps && start.elapsed() < limit {
            sleeps = receiver.is_asleep();
        }
        found |= sleeps;
        asleep.push(sleeps);
        send(base.elapsed().as_nanos() as u64);
    }
    asleep
}

/// The share that was asleep, and the distribution of those if they are at least half.
pub fn report(samples: Vec<u64>, asleep: &[bool], elapsed: Duration) -> Report {
    let total = samples.len();
    let kept: Vec<u64> =
        samples.into_iter().zip(asleep).filter(|(_, asleep)| **asleep).map(|(one, _)| one).collect();
    let share = kept.len() as f64 / total as f64;
    let report = if kept.len() * 2 >= total {
        Report::distribution(kept, elapsed)
    } else {
        Report::new(elapsed)
    };
    report.with("asleep", "per wake", share)
}
