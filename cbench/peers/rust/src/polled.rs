// SPDX-License-Identifier: Apache-2.0

//! Queues without waits: crossbeam's and concurrent-queue. Who finds nothing, or no room, backs off as crossbeam's users
//! do: some spins, then the processor is given up.

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use crate::report::fail;
use concurrent_queue::ConcurrentQueue;
use crossbeam_queue::{ArrayQueue, SegQueue};
use crossbeam_utils::Backoff;
use std::sync::Arc;

pub trait Polled<M>: Send + Sync + 'static {
    fn open(capacity: Capacity) -> Self;
    /// False if there is no room.
    fn try_push(&self, message: M) -> bool;
    fn try_pop(&self) -> Option<M>;
}

impl<M: Copy + Send + 'static> Polled<M> for ArrayQueue<M> {
    fn open(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Bounded(capacity) => ArrayQueue::new(capacity),
            _ => fail("ArrayQueue has a capacity above zero"),
        }
    }

    #[inline(always)]
    fn try_push(&self, message: M) -> bool {
        self.push(message).is_ok()
    }

    #[inline(always)]
    fn try_pop(&self) -> Option<M> {
        self.pop()
    }
}

impl<M: Copy + Send + 'static> Polled<M> for SegQueue<M> {
    fn open(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Unbounded => SegQueue::new(),
            _ => fail("SegQueue is unbounded"),
        }
    }

    #[inline(always)]
    fn try_push(&self, message: M) -> bool {
        self.push(message);
        true
    }

    #[inline(always)]
    fn try_pop(&self) -> Option<M> {
        self.pop()
    }
}

impl<M: Copy + Send + 'static> Polled<M> for ConcurrentQueue<M> {
    fn open(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Unbounded => ConcurrentQueue::unbounded(),
            Capacity::Bounded(capacity) => ConcurrentQueue::bounded(capacity),
            Capacity::Rendezvous => fail("ConcurrentQueue has no rendezvous"),
        }
    }

    #[inline(always)]
    fn try_push(&self, message: M) -> bool {
        self.push(message).is_ok()
    }

    #[inline(always)]
    fn try_pop(&self) -> Option<M> {
        self.pop().ok()
    }
}

pub struct Shared<Q>(Arc<Q>);

impl<Q> Clone for Shared<Q> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<Q, const W: usize> Channel<W> for Shared<Q>
where
    Q: Polled<Message<W>>,
{
    type Sender = Shared<Q>;
    type Receiver = Shared<Q>;

    fn open(capacity: Capacity) -> (Self, Self) {
        let queue = Shared(Arc::new(Q::open(capacity)));
        (queue.clone(), queue)
    }
}

impl<Q, const W: usize> SendingEnd<W> for Shared<Q>
where
    Q: Polled<Message<W>>,
{
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        let backoff = Backoff::new();
        while !self.0.try_push(message) {
            backoff.snooze();
        }
    }
}

impl<Q, const W: usize> ReceivingEnd<W> for Shared<Q>
where
    Q: Polled<Message<W>>,
{
    #[inline(always)]
    fn receive(&mut self) -> Message<W> {
        let backoff = Backoff::new();
        loop {
            if let Some(message) = self.0.try_pop() {
                return message;
            }
            backoff.snooze();
        }
    }
}
