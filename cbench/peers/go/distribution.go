// SPDX-License-Identifier: Apache-2.0

package main

import "sort"

// distribution reports exact percentiles (nearest rank) of nanoseconds; sorts the samples.
func distribution(samples []uint64) []metric {
	sort.Slice(samples, func(a, b int) bool { return samples[a] < samples[b] })
	var metrics []metric
	for _, one := range []struct {
		name        string
		perHundredK int
	}{{"p10", 10000}, {"p25", 25000}, {"p50", 50000}, {"p75", 75000}, {"p90", 90000}, {"p99", 99000},
		{"p99.9", 99900}, {"p99.99", 99990}, {"max", 100000}} {
		rank := (len(samples)*one.perHundredK + 99999) / 100000
		metrics = append(metrics, metric{one.name, "ns", float64(samples[rank-1])})
	}
	return metrics
}
