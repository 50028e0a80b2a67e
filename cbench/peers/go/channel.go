// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"sync"
	"time"
)

const batch = 64

func (c cell) channelCapacity() int {
	if c.capacity == rendezvous {
		return 0
	}
	return c.capacity
}

// gate holds the producers until all of them are there, so that starting goroutines is in no figure.
type gate struct {
	arrived sync.WaitGroup
	open    chan struct{}
}

func newGate(producers int) *gate {
	g := &gate{open: make(chan struct{})}
	g.arrived.Add(producers)
	return g
}

func (g *gate) pass() {
	g.arrived.Done()
	<-g.open
}

func (g *gate) start() time.Time {
	g.arrived.Wait()
	now := time.Now()
	close(g.open)
	return now
}

func throughput[M message](c cell) {
	var elapsed time.Duration
	switch c.mode {
	case "single":
		elapsed = single[M](c)
	case "batch":
		elapsed = slices[M](c)
	default:
		fail("there is no mode %s", c.mode)
	}
	answer(elapsed.Seconds(), metric{"throughput", "messages/s", float64(c.count) / elapsed.Seconds()})
}

func single[M message](c cell) time.Duration {
	messages := make(chan M, c.channelCapacity())
	g := newGate(c.producers)
	for producer := 0; producer < c.producers; producer++ {
		go func(word uint64, share int) {
			g.pass()
			for end := word + uint64(share); word != end; word++ {
				messages <- write[M](word)
			}
		}(firstWord(producer), c.share(producer))
	}
	received := newChecker(c.producers)
	start := g.start()
	for remaining := c.count; remaining > 0; remaining-- {
		message := <-messages
		check(received, &message)
	}
	elapsed := time.Since(start)
	received.finish(c)
	return elapsed
}

// slices: what Go programs do when single sends are too slow. The capacity counts messages; used slices come back
// through a pool.
func slices[M message](c cell) time.Duration {
	capacity := c.channelCapacity() / batch
	messages := make(chan *[]M, capacity)
	pool := sync.Pool{New: func() any {
		slice := make([]M, 0, batch)
		return &slice
	}}
	g := newGate(c.producers)
	for producer := 0; producer < c.producers; producer++ {
		go func(word uint64, share int) {
			g.pass()
			for end := word + uint64(share); word != end; {
				slice := pool.Get().(*[]M)
				*slice = (*slice)[:0]
				for ; word != end && len(*slice) < batch; word++ {
					*slice = append(*slice, write[M](word))
				}
				messages <- slice
			}
		}(firstWord(producer), c.share(producer))
	}
	received := newChecker(c.producers)
	start := g.start()
	for remaining := c.count; remaining > 0; {
		slice := <-messages
		for index := range *slice {
			check(received, &(*slice)[index])
		}
		remaining -= len(*slice)
		pool.Put(slice)
	}
	elapsed := time.Since(start)
	received.finish(c)
	return elapsed
}

// oneWayLatency: open loop, one producer; a message is the time at which it was to be sent.
func oneWayLatency(c cell) {
	messages := make(chan uint64, c.channelCapacity())
	g := newGate(1)
	samples := make([]uint64, c.count)
	base := time.Now()
	interval := 1e9 / float64(c.rate)
	go func() {
		g.pass()
		next := float64(time.Since(base)) + interval
		for index := 0; index < c.count; index++ {
			intended := uint64(next)
			for uint64(time.Since(base)) < intended {
			}
			messages <- intended
			next += interval
		}
	}()
	start := g.start()
	var previous uint64
	for index := range samples {
		intended := <-messages
		samples[index] = uint64(time.Since(base)) - intended
		if intended <= previous {
			fail("a message is not the successor of the one before")
		}
		previous = intended
	}
	answer(time.Since(start).Seconds(), distribution(samples)...)
}

// footprint: bytes of the heap that an idle channel keeps alive.
func footprint(c cell) {
	start := time.Now()
	channels := make([]chan uint64, c.count)
	before := heap()
	for index := range channels {
		channels[index] = make(chan uint64, c.channelCapacity())
	}
	bytes := float64(heap()-before) / float64(c.count)
	runtime.KeepAlive(channels)
	answer(time.Since(start).Seconds(), metric{"idle-channel", "bytes", bytes})
}

func heap() uint64 {
	var statistics runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&statistics)
	return statistics.HeapAlloc
}
