// SPDX-License-Identifier: Apache-2.0

use crate::report::fail;

#[derive(Clone, Copy, PartialEq)]
pub enum Capacity {
    Rendezvous,
    Bounded(usize),
    Unbounded,
}

impl Capacity {
    /// For channels whose capacity 0 is the rendezvous.
    pub fn bound(self) -> Option<usize> {
        match self {
            Capacity::Rendezvous => Some(0),
            Capacity::Bounded(capacity) => Some(capacity),
            Capacity::Unbounded => None,
        }
    }
}

pub struct Cell {
    pub scenario: String,
    pub implementation: String,
    pub mode: String,
    pub producers: usize,
    pub capacity: Capacity,
    pub payload_bytes: usize,
    pub count: usize,
    pub rate: f64,
}

impl Cell {
    pub fn parse(request: &str) -> Cell {
        let mut words = request.split_whitespace();
        let mut cell = Cell {
            scenario: words.next().unwrap_or_else(|| fail("an empty request")).to_string(),
            implementation: String::new(),
            mode: "single".to_string(),
            producers: 1,
            capacity: Capacity::Bounded(1024),
            payload_bytes: 8,
            count: 100_000,
            rate: 0.0,
        };
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or_else(|| fail(word));
            let number = || value.parse::<usize>().unwrap_or_else(|_| fail(word));
            match key {
                "implementation" => cell.implementation = value.to_string(),
                "mode" => cell.mode = value.to_string(),
                "producers" => cell.producers = number(),
                "capacity" => {
                    cell.capacity = match value {
                        "rendezvous" => Capacity::Rendezvous,
                        "0" => Capacity::Unbounded,
                        _ => Capacity::Bounded(number()),
                    }
                }
                "payload_bytes" => cell.payload_bytes = number(),
                "count" => cell.count = number(),
                "rate" => cell.rate = number() as f64,
                _ => {}
            }
        }
        cell
    }

    /// What one producer sends of the count; the remainder goes to the first ones.
    pub fn share(&self, producer: usize) -> u64 {
        (self.count / self.producers + usize::from(producer < self.count % self.producers)) as u64
    }
}
