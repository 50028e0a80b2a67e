// SPDX-License-Identifier: Apache-2.0

//! The messages of cbench/support/message.h: word 0 has the producer in its upper 16 bits and the sequence number in
//! the lower 48, the other words are derived from it.

use crate::cell::Cell;
use crate::report::fail;

const SEQUENCE_BITS: u32 = 48;
const DERIVATION: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Copy)]
pub struct Message<const W: usize>(pub [u64; W]);

impl<const W: usize> Message<W> {
    #[inline(always)]
    pub fn new(word: u64) -> Message<W> {
        let mut words = [0; W];
        for (index, one) in words.iter_mut().enumerate() {
            *one = word.wrapping_add((index as u64).wrapping_mul(DERIVATION));
        }
        Message(words)
    }
}

pub fn first_word(producer: usize) -> u64 {
    (producer as u64) << SEQUENCE_BITS
}

/// Ends the program on loss, duplication, reordering within a producer and torn messages.
pub struct Checker {
    /// The next word of the producer that is being received from.
    current: u64,
    expected: Vec<u64>,
}

impl Checker {
    pub fn new(producers: usize) -> Checker {
        Checker { current: first_word(0), expected: (0..producers).map(first_word).collect() }
    }

    #[inline(always)]
    pub fn check<const W: usize>(&mut self, message: &Message<W>) {
        if message.0[0] != self.current {
            self.change(message.0[0]);
        }
        let right = Message::<W>::new(self.current);
        let mut difference = 0;
        for index in 1..W {
            difference |= message.0[index] ^ right.0[index];
        }
        if difference != 0 {
            fail(&format!("message {:#x} is torn", self.current));
        }
        self.current += 1;
    }

    #[cold]
    #[inline(never)]
    fn change(&mut self, word: u64) {
        self.expected[(self.current >> SEQUENCE_BITS) as usize] = self.current;
        if self.expected.get((word >> SEQUENCE_BITS) as usize) != Some(&word) {
            fail(&format!(
                "received {:#x} where {:#x} was next: lost, repeated, reordered or torn",
                word, self.current
            ));
        }
        self.current = word;
    }

    pub fn finish(mut self, cell: &Cell) {
        self.expected[(self.current >> SEQUENCE_BITS) as usize] = self.current;
        for (producer, word) in self.expected.iter().enumerate() {
            if *word != first_word(producer) + cell.share(producer) {
                fail(&format!("producer {}: the next one received would be {:#x}", producer, word));
            }
        }
    }
}
