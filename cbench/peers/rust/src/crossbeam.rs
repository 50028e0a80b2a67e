// SPDX-License-Identifier: Apache-2.0

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use crossbeam_channel::{bounded, unbounded, Receiver, Sender};

pub struct Crossbeam;

impl<const W: usize> Channel<W> for Crossbeam {
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

    #[inline(always)]
    fn receive_some(&mut self, maximum: usize, mut take: impl FnMut(&Message<W>)) -> usize {
        take(&self.recv().unwrap());
        1 + self.try_iter().take(maximum - 1).inspect(take).count()
    }
}
