// SPDX-License-Identifier: Apache-2.0

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use crate::report::fail;
use std::sync::mpsc::{channel, sync_channel, Receiver, Sender, SyncSender};

pub struct Std;
pub struct StdSync;

impl<const W: usize> Channel<W> for Std {
    type Sender = Sender<Message<W>>;
    type Receiver = Receiver<Message<W>>;

    fn open(_: Capacity) -> (Self::Sender, Self::Receiver) {
        channel()
    }
}

impl<const W: usize> Channel<W> for StdSync {
    type Sender = SyncSender<Message<W>>;
    type Receiver = Receiver<Message<W>>;

    fn open(capacity: Capacity) -> (Self::Sender, Self::Receiver) {
        sync_channel(capacity.bound().unwrap_or_else(|| fail("sync_channel is bounded")))
    }
}

impl<const W: usize> SendingEnd<W> for Sender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        Sender::send(self, message).unwrap()
    }
}

impl<const W: usize> SendingEnd<W> for SyncSender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        SyncSender::send(self, message).unwrap()
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
