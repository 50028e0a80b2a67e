# SPDX-License-Identifier: Apache-2.0
"""Runs the groups within a time budget: a warm-up of each series, which sizes its runs, then
rounds in which every series of the group has one run."""

import time

from worker import WorkerError

SHORTEST_RUN = 0.005
LONGEST_RUN = 0.25
# What is set aside of the budget: runs differ in length.
RESERVE = 0.04


class Schedule:
    def __init__(self, worker_of, results, seconds, rounds, failed=None):
        """worker_of(series) is who is asked. failed(scenario, series, error) is told of who gave no answer and has no
        more runs in its group; without it the first such failure ends the benchmark."""
        self.worker_of = worker_of
        self.failed = failed
        self.results = results
        self.rounds = rounds
        self.end = time.monotonic() + seconds * (1 - RESERVE)

    def run(self, groups, progress):
        start = time.monotonic()
        weights = [self._weight(group) for group in groups]
        fixed = [group.fixed_seconds * len(group.series) * self._rounds(group) for group in groups]
        for index, group in enumerate(groups):
            progress(group, 1 - max(self.end - time.monotonic(), 0) / (self.end - start))
            # Whatever was slower or faster than planned is spread over what is left.
            left = self.end - time.monotonic() - sum(fixed[index:])
            unit = max(left, 0) / (sum(weights[index:]) or 1)
            self._run_group(group, min(max(unit * group.weight, SHORTEST_RUN), LONGEST_RUN))
        progress(None, 1.0)

    def _rounds(self, group):
        return min(group.rounds or self.rounds, self.rounds)

    def _weight(self, group):
        """Run lengths that the group takes, its warm-ups included."""
        if group.fixed_seconds:
            return 0.0
        return group.weight * len(group.series) * (self._rounds(group) + 0.5)

    def _run_group(self, group, target):
        counts = self._counts(group, target)
        for number in range(self._rounds(group)):
            # Every other round backwards, so that nobody always runs after the same other.
            order = group.series if number % 2 == 0 else list(reversed(group.series))
            for series in order:
                answer = self._ask(group, series, counts.get(series.implementation))
                if answer:
                    self.results.add(series.scenario or group.scenario, series, answer["metrics"])

    def _counts(self, group, target):
        """Operations in one run of each implementation: the same for C and Swift."""
        if group.count:
            return {series.implementation: group.count for series in group.series}
        rates = {}
        for series in list(group.series):
            rate = self._rate(group, series, target)
            if rate:
                rates.setdefault(series.implementation, []).append(rate)
        return {series.implementation:
                self._within(group, series,
                             sum(rates[series.implementation]) * target
                             / len(rates[series.implementation]))
                for series in group.series}

    def _rate(self, group, series, target):
        """Operations a second, from a first guess that grows until it is of some length: a queue that is fast with
        one producer may stand nearly still with eight. None if there was no answer."""
        guess = self._within(group, series, group.guess)
        while True:
            answer = self._ask(group, series, guess)
            if not answer:
                return None
            seconds = max(answer["seconds"], 1e-6)
            larger = self._within(group, series, guess * min(target / 2 / seconds, 10))
            if seconds > target / 6 or larger <= guess * 2:
                return guess / seconds
            guess = larger

    @staticmethod
    def _within(group, series, count):
        return int(min(max(count, group.least, series.producers), group.most))

    def _ask(self, group, series, count):
        """None if there was no answer."""
        scenario = series.scenario or group.scenario
        try:
            return self.worker_of(series).run(series.request(scenario, count))
        except WorkerError as error:
            if not self.failed:
                raise
            self.failed(scenario, series, error)
            group.series = [other for other in group.series if other is not series]
            return None
