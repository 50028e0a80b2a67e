# SPDX-License-Identifier: Apache-2.0
"""Runs the groups within a time budget: a warm-up of each series, which sizes its runs, then
rounds in which every series of the group has one run."""

import time

SHORTEST_RUN = 0.005
LONGEST_RUN = 0.25
# What is set aside of the budget: runs differ in length.
RESERVE = 0.04


class Schedule:
    def __init__(self, workers, results, seconds, rounds):
        self.workers = workers
        self.results = results
        self.rounds = rounds
        self.end = time.monotonic() + seconds * (1 - RESERVE)
        self.rates = {}  # operations a second seen before, by scenario, implementation and mode

    def run(self, groups, progress):
        weights = [self._weight(group) for group in groups]
        fixed = [group.fixed_seconds * len(group.series) * self.rounds for group in groups]
        for index, group in enumerate(groups):
            progress(group, sum(weights[:index]) / sum(weights))
            # Whatever was slower or faster than planned is spread over what is left.
            left = self.end - time.monotonic() - sum(fixed[index:])
            unit = max(left, 0) / (sum(weights[index:]) or 1)
            self._run_group(group, min(max(unit * group.weight, SHORTEST_RUN), LONGEST_RUN))
        progress(None, 1.0)

    def _weight(self, group):
        """Run lengths that the group takes, its warm-ups included."""
        if group.fixed_seconds:
            return 0.0
        return group.weight * len(group.series) * (self.rounds + 0.5)

    def _run_group(self, group, target):
        counts = self._counts(group, target)
        for number in range(self.rounds):
            # Every other round backwards, so that nobody always runs after the same other.
            order = group.series if number % 2 == 0 else list(reversed(group.series))
            for series in order:
                answer = self._ask(group, series, counts[series.implementation])
                self.results.add(series.scenario or group.scenario, series, answer["metrics"])

    def _counts(self, group, target):
        """Operations in one run of each implementation: the same for C and Swift."""
        if group.count:
            return {series.implementation: group.count for series in group.series}
        rates = {}
        for series in group.series:
            key = (group.scenario, series.implementation, series.mode, series.payload_bytes)
            guess = int(self.rates.get(key, 0) * target / 2) or group.guess
            guess = self._within(group, series, guess)
            answer = self._ask(group, series, guess)
            self.rates[key] = guess / max(answer["seconds"], 1e-6)
            rates.setdefault(series.implementation, []).append(self.rates[key])
        return {series.implementation:
                self._within(group, series,
                             sum(rates[series.implementation]) * target
                             / len(rates[series.implementation]))
                for series in group.series}

    @staticmethod
    def _within(group, series, count):
        return int(min(max(count, group.least, series.producers), group.most))

    def _ask(self, group, series, count):
        scenario = series.scenario or group.scenario
        return self.workers[series.language].run(series.request(scenario, count))
