// SPDX-License-Identifier: Apache-2.0

//! What the scenarios need of a channel. They are compiled once for each channel and message size.

use crate::cell::Capacity;
use crate::message::Message;
use crate::report::fail;

pub trait Channel<const W: usize> {
    type Sender: SendingEnd<W>;
    type Receiver: ReceivingEnd<W>;
    fn open(capacity: Capacity) -> (Self::Sender, Self::Receiver);
}

pub trait SendingEnd<const W: usize>: Clone + Send + 'static {
    /// Waits for room.
    fn send(&mut self, message: Message<W>);
}

pub trait ReceivingEnd<const W: usize>: 'static {
    /// Waits for a message.
    fn receive(&mut self) -> Message<W>;

    /// Waits for the first and takes up to `maximum` of those that are there; returns how many.
    fn receive_some(&mut self, _maximum: usize, _take: impl FnMut(&Message<W>)) -> usize {
        fail("there is no such mode")
    }
}
