// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"

	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	wakePause = 200 * time.Microsecond
	wakeLimit = 5 * time.Millisecond
	// After that many in vain the receiver is taken to be one that polls, and not waited for any more.
	wakePatience = 10
)

// announcedWake: the receiver says that it is about to wait; the sender waits until the kernel has every other thread of the
// process asleep, since nobody can see a goroutine asleep, and sends. Only what found them asleep is a sample.
func announcedWake(c cell) {
	messages := make(chan uint64, c.channelCapacity())
	samples := make([]uint64, c.count)
	asleep := make([]bool, c.count)
	base := time.Now()
	var announced atomic.Int64
	go func() {

		found := false
		for index := range asleep {
			for announced.Load() != int64(index+1) {
			}
			start := time.Now()
			limit := wakeLimit
			if index >= wakePatience && !found {
				limit = 0
			}
			for time.Since(start) < wakePause {
			}
			for {
				asleep[index] = othersAreAsleep(syscall.Gettid())
				if asleep[index] || time.Since(start) >= limit {
					break
				}
			}
			found = found || asleep[index]
			messages <- uint64(time.Since(base))
		}
	}()
	for index := range samples {
		announced.Store(int64(index + 1))
		sent := <-messages
		samples[index] = uint64(time.Since(base)) - sent
	}
	elapsed := time.Since(base).Seconds()
	var kept []uint64
	for index, sample := range samples {
		if asleep[index] {
			kept = append(kept, sample)
		}
	}
	metrics := []metric{{"asleep", "per wake", float64(len(kept)) / float64(len(samples))}}
	if 2*len(kept) >= len(samples) {
		metrics = append(metrics, distribution(kept)...)
	}
	answer(elapsed, metrics...)
}

// othersAreAsleep: of all threads but the calling one.
func othersAreAsleep(own int) bool {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		fail("the threads could not be listed: %v", err)
	}
	for _, thread := range threads {
		if thread.Name() == strconv.Itoa(own) {
			continue
		}
		text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/stat")
		if err != nil {
			fail("the state of a thread could not be read: %v", err)
		}
		// The state follows the name, which is in brackets and may contain any character.
		if !bytes.HasPrefix(text[bytes.LastIndexByte(text, ')')+1:], []byte(" S")) {
			return false
		}
	}
	return true
}
