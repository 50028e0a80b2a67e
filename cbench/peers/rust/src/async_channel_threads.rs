// SPDX-License-Identifier: Apache-2.0

//! async-channel between threads, by its blocking calls. Between tasks: tasks.rs.

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use crate::report::fail;
use async_channel::{bounded, unbounded, Receiver, Sender};

pub struct AsyncChannel;

impl<const W: usize> Channel<W> for AsyncChannel {
    type Sender = Sender<Message<W>>;
    type Receiver = Receiver<Message<W>>;

    fn open(capacity: Capacity) -> (Self::Sender, Self::Receiver) {
        match capacity {
            Capacity::Bounded(capacity) => bounded(capacity),
            Capacity::Unbounded => unbounded(),
            Capacity::Rendezvous => fail("async_channel::bounded has a capacity above zero"),
        }
    }
}

impl<const W: usize> SendingEnd<W> for Sender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        self.send_blocking(message).unwrap_or_else(|_| fail("the channel is closed"))
    }
}

impl<const W: usize> ReceivingEnd<W> for Receiver<Message<W>> {
    #[inline(always)]
    fn receive(&mut self) -> Message<W> {
        self.recv_blocking().unwrap()
    }

    #[inline(always)]
    fn receive_some(&mut self, maximum: usize, mut take: impl FnMut(&Message<W>)) -> usize {
        take(&self.recv_blocking().unwrap());
        let mut count = 1;
        while count < maximum {
            match self.try_recv() {
                Ok(message) => take(&message),
                Err(_) => break,
            }
            count += 1;
        }
        count
    }
}
