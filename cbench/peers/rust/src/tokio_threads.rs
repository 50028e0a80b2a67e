// SPDX-License-Identifier: Apache-2.0

//! Tokio's channels between threads, by their blocking calls.

use crate::cell::Capacity;
use crate::channel::{Channel, ReceivingEnd, SendingEnd};
use crate::message::Message;
use crate::report::fail;
use tokio::sync::mpsc::{
    channel, unbounded_channel, Receiver, Sender, UnboundedReceiver, UnboundedSender,
};

pub struct Bounded;
pub struct Unbounded;

impl<const W: usize> Channel<W> for Bounded {
    type Sender = Sender<Message<W>>;
    type Receiver = Receiver<Message<W>>;

    fn open(capacity: Capacity) -> (Self::Sender, Self::Receiver) {
        match capacity {
            Capacity::Bounded(capacity) => channel(capacity),
            _ => fail("tokio::sync::mpsc::channel has a capacity above zero"),
        }
    }
}

impl<const W: usize> Channel<W> for Unbounded {
    type Sender = UnboundedSender<Message<W>>;
    type Receiver = UnboundedReceiver<Message<W>>;

    fn open(_: Capacity) -> (Self::Sender, Self::Receiver) {
        unbounded_channel()
    }
}

impl<const W: usize> SendingEnd<W> for Sender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        self.blocking_send(message).unwrap_or_else(|_| fail("the channel is closed"))
    }
}

impl<const W: usize> SendingEnd<W> for UnboundedSender<Message<W>> {
    #[inline(always)]
    fn send(&mut self, message: Message<W>) {
        UnboundedSender::send(self, message).unwrap_or_else(|_| fail("the channel is closed"))
    }
}

// recv_many came with Tokio 1.37; this is what its users wrote before.
macro_rules! receiving_end {
    ($receiver:ident) => {
        impl<const W: usize> ReceivingEnd<W> for $receiver<Message<W>> {
            #[inline(always)]
            fn receive(&mut self) -> Message<W> {
                self.blocking_recv().unwrap()
            }

            #[inline(always)]
            fn receive_some(&mut self, maximum: usize, mut take: impl FnMut(&Message<W>)) -> usize {
                take(&self.blocking_recv().unwrap());
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
    };
}
receiving_end!(Receiver);
receiving_end!(UnboundedReceiver);
