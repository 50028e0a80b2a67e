// SPDX-License-Identifier: Apache-2.0

package main

// The messages of cbench/support/message.h: word 0 has the producer in its upper 16 bits and the sequence number in
// the lower 48, the other words are derived from it.
type (
	small   [1]uint64
	medium  [8]uint64
	large   [32]uint64
	message interface{ small | medium | large }
)

const (
	sequenceBits = 48
	derivation   = 0x9e3779b97f4a7c15
)

func firstWord(producer int) uint64 { return uint64(producer) << sequenceBits }

func write[M message](word uint64) (written M) {
	for index := 0; index < len(written); index++ {
		written[index] = word + uint64(index)*derivation
	}
	return
}

// checker ends the program on loss, duplication, reordering within a producer and torn messages.
type checker struct {
	current  uint64 // the next word of the producer that is being received from
	expected []uint64
}

func newChecker(producers int) *checker {
	expected := make([]uint64, producers)
	for producer := range expected {
		expected[producer] = firstWord(producer)
	}
	return &checker{expected[0], expected}
}

func check[M message](c *checker, received *M) {
	if (*received)[0] != c.current {
		c.change((*received)[0])
	}
	for index := 1; index < len(*received); index++ {
		if (*received)[index] != c.current+uint64(index)*derivation {
			fail("message %#x is torn", c.current)
		}
	}
	c.current++
}

//go:noinline
func (c *checker) change(word uint64) {
	c.expected[c.current>>sequenceBits] = c.current
	producer := word >> sequenceBits
	if producer >= uint64(len(c.expected)) || c.expected[producer] != word {
		fail("received %#x where %#x was next: lost, repeated, reordered or torn", word, c.current)
	}
	c.current = word
}

func (c *checker) finish(asked cell) {
	c.expected[c.current>>sequenceBits] = c.current
	for producer, word := range c.expected {
		if word != firstWord(producer)+uint64(asked.share(producer)) {
			fail("producer %d: %d messages sent, the next one received would be %#x", producer, asked.share(producer), word)
		}
	}
}
