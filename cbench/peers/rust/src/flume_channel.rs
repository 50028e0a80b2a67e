// SPDX-License-Identifier: Apache-2.0

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use flume::{bounded, unbounded, Receiver, Sender};

pub struct Flume;

impl<const W: usize> Channel<W> for Flume {
    type Sender = Sender<Message<W>>;
    type Receiver = Receiver<Message<W>>;

    fn open(capacity: Capacity) -> (Self::Sender, Self::Receiver) {
        match capacity.bound() {
            Some(capacity) => bounded(capacity),
            None => unbounded(),
        }
    }
}

impl<const W: usize> SendingEnd<W> for Sender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        Sender::send(self, message).unwrap()
    }
}

impl<const W: usize> ReceivingEnd<W> for Receiver<Message<W>> {
    #[inline(always)]
    fn receive(&mut self) -> Message<W> {
        self.recv().unwrap()
    }

    /// Takes all that is there, in one exchange of the queue; there is no maximum to it.
    #[inline(always)]
    fn receive_some(&mut self, _maximum: usize, mut take: impl FnMut(&Message<W>)) -> usize {
        take(&self.recv().unwrap());
        1 + self.drain().inspect(take).count()
    }
}
