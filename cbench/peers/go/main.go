// SPDX-License-Identifier: Apache-2.0

// Go channels under the work of cbench: reads cells, one a line on standard input or one an argument, and answers
// each with one line of JSON. docs/benchmarks.md has the protocol.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	unbounded  = 0
	rendezvous = -1
)

type cell struct {
	scenario     string
	mode         string
	producers    int
	capacity     int
	payloadBytes int
	count        int
	rate         int
}

func parse(request string) cell {
	words := strings.Fields(request)
	if len(words) == 0 {
		fail("an empty request")
	}
	parsed := cell{scenario: words[0], mode: "single", producers: 1, capacity: 1024, payloadBytes: 8, count: 100000}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "mode":
			parsed.mode = value
		case "producers":
			parsed.producers = number(value)
		case "capacity":
			if value == "rendezvous" {
				parsed.capacity = rendezvous
			} else {
				parsed.capacity = number(value)
			}
		case "payload_bytes":
			parsed.payloadBytes = number(value)
		case "count":
			parsed.count = number(value)
		case "rate":
			parsed.rate = number(value)
		}
	}
	return parsed
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		fail("%s is not a number", text)
	}
	return value
}

// share is what one producer sends of the count; the remainder goes to the first ones.
func (c cell) share(producer int) int {
	share := c.count / c.producers
	if producer < c.count%c.producers {
		share++
	}
	return share
}

type metric struct {
	name, unit string
	value      float64
}

func answer(seconds float64, metrics ...metric) {
	parts := make([]string, 0, len(metrics))
	for _, one := range metrics {
		parts = append(parts, fmt.Sprintf(`{"metric": "%s", "unit": "%s", "value": %g}`, one.name, one.unit, one.value))
	}
	fmt.Printf("{\"metrics\": [%s], \"seconds\": %.9f}\n", strings.Join(parts, ", "), seconds)
}

func fail(format string, arguments ...any) {
	fmt.Printf("{\"error\": %q}\n", fmt.Sprintf(format, arguments...))
	os.Exit(1)
}

func run(request string) {
	c := parse(request)
	if c.capacity == unbounded {
		fail("Go channels are bounded")
	}
	switch {
	case c.scenario == "throughput" && c.payloadBytes == 8:
		throughput[small](c)
	case c.scenario == "throughput" && c.payloadBytes == 64:
		throughput[medium](c)
	case c.scenario == "throughput" && c.payloadBytes == 256:
		throughput[large](c)
	case c.scenario == "one-way-latency":
		oneWayLatency(c)
	case c.scenario == "announced-wake":
		announcedWake(c)
	case c.scenario == "footprint":
		footprint(c)
	default:
		fail("there is no %s", c.scenario)
	}
}

func main() {
	if len(os.Args) > 1 {
		for _, request := range os.Args[1:] {
			run(request)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		run(lines.Text())
	}
}
