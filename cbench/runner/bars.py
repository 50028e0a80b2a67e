# SPDX-License-Identifier: Apache-2.0
"""The figures that the project holds itself to, computed from one run's medians."""

from dataclasses import dataclass
from typing import Optional

from matrix import BURST, ENQUEUE_RATE, IDLE_SENDERS, ONE_WAY_RATE, SEND_RATES, UNBOUNDED, Series

MILLION = 1e6


@dataclass
class Bar:
    figure: str
    value: Optional[float]  # None: not measured
    comparison: str         # ">" or ">=" or "<" or "<="
    bound: float
    unit: str = ""
    notes: tuple = ()

    @property
    def met(self):
        if self.value is None:
            return None
        return {">": self.value > self.bound, ">=": self.value >= self.bound,
                "<": self.value < self.bound, "<=": self.value <= self.bound}[self.comparison]


def ratio(over, under):
    return over / under if over is not None and under else None


def millions(value):
    return value / MILLION if value is not None else None


class Judge:
    def __init__(self, results):
        self.results = results

    def throughput(self, **series):
        return self.results.median("throughput", Series(**series), "throughput")

    def single(self, producers, capacity=16384, language="c", implementation="tributary-sender"):
        return self.throughput(language=language, implementation=implementation,
                               producers=producers, capacity=capacity)

    def wfcqueue(self, producers):
        return self.throughput(language="c", implementation="wfcqueue-malloc",
                               producers=producers, capacity=UNBOUNDED)

    def single_sends(self):
        for producers, bound in ((2, 400), (8, 300)):
            value = self.single(producers)
            yield Bar(f"single sends, {producers} producers", millions(value), ">", bound, "M/s")
            yield Bar(f"single sends, {producers} producers, over wfcqueue-malloc",
                      ratio(value, self.wfcqueue(producers)), ">=", 20, "×")

    def batches(self):
        for mode in ("batch", "in-place"):
            for producers in (2, 8):
                value = self.throughput(language="c", implementation="tributary-sender",
                                        producers=producers, mode=mode)
                yield Bar(f"{mode}, {producers} producers", millions(value), ">", 700, "M/s")

    def small_capacity(self):
        for producers in (1, 2, 4, 8):
            yield Bar(f"single sends, {producers} producer{'s' * (producers > 1)}, "
                      "capacity 1024 over 16384",
                      ratio(self.single(producers, 1024), self.single(producers)), ">=", 0.5, "×")

    def shared(self):
        for producers in (2, 8):
            for capacity in (1024, 16384, UNBOUNDED):
                value = self.single(producers, capacity, implementation="tributary-shared")
                yield Bar(f"shared sender, {producers} producers, "
                          f"capacity {capacity or 'unbounded'}, over wfcqueue-malloc",
                          ratio(value, self.wfcqueue(producers)), ">=", 4, "×")

    def swift(self):
        ratios = []
        for series in self.results.of("throughput"):
            if series.language != "swift" or not series.implementation.startswith("tributary"):
                continue
            in_c = Series(**{**vars(series), "language": "c"})
            one = ratio(self.results.median("throughput", series, "throughput"),
                        self.results.median("throughput", in_c, "throughput"))
            if one is not None:
                ratios.append((one, series))
        if not ratios:
            return [Bar("Swift over C, every throughput row", None, ">=", 0.9, "×")]
        least, series = min(ratios, key=lambda pair: pair[0])
        below = sum(one < 0.9 for one, _ in ratios)
        notes = (f"{below} of {len(ratios)} rows are below; the lowest one:",
                 f"{series.implementation}, {series.mode}, producers {series.producers}, "
                 f"capacity {series.capacity or 'unbounded'}, {series.payload_bytes} bytes")
        return [Bar("Swift over C, the lowest throughput row", least, ">=", 0.9, "×", notes)]

    def languages(self, scenario, **series):
        for language in ("c", "swift"):
            if any(one.language == language for one in self.results.of(scenario)):
                yield language, Series(language, "tributary-sender", **series)

    def calls(self):
        for producers in (2, 8):
            for rate in SEND_RATES:
                if rate == 0:
                    continue
                for language, series in self.languages("send-latency", producers=producers,
                                                       rate=rate):
                    yield Bar(f"send p99, {producers} producers at {rate / MILLION:g} M/s, "
                              f"{language}", self.results.median("send-latency", series, "p99"),
                              "<", 100, "ns")
        for language, series in self.languages("pair-latency"):
            yield Bar(f"pair p99, {language}", self.results.median("pair-latency", series, "p99"),
                      "<", 100, "ns")

    def crossings(self):
        floor = self.results.median("floor", Series("c", "cache-line", scenario="floor"), "hand-over")
        for language, series in self.languages("one-way-latency", rate=ONE_WAY_RATE):
            median = self.results.median("one-way-latency", series, "p50")
            yield Bar(f"one-way median over the floor, {language}", ratio(median, floor),
                      "<=", 2, "×")
        futex = self.results.median("wake-latency", Series("c", "bare-futex"), "p50")
        for language, series in self.languages("wake-latency"):
            median = self.results.median("wake-latency", series, "p50")
            yield Bar(f"wake median over a bare futex wake, {language}", ratio(median, futex),
                      "<=", 1.5, "×")

    def contention(self):
        for producers in (2, 8):
            for implementation in ("tributary-sender", "tributary-shared"):
                for metric, words, bound in (("retries", "failed attempts", 10),
                                             ("slow-paths", "sends off the fast path", 1)):
                    values = [self.results.median(
                        "contention", Series("c", implementation, producers=producers,
                                             capacity=capacity), metric)
                              for capacity in (1024, 16384)]
                    value = None if None in values else 100 * max(values)
                    yield Bar(f"{words}, {implementation}, {producers} producers", value, "<",
                              bound, "%")

    def memory(self):
        for implementation in ("tributary-sender", "tributary-shared"):
            series = Series("c", implementation, capacity=UNBOUNDED)
            for metric, words, bound in (
                    ("idle-channel", "an idle channel", 1024),
                    ("idle-sender", "an idle sender", 1024),
                    ("left-after-burst", f"left after {BURST // 1_000_000} M messages", 65536)):
                yield Bar(f"{words}, {implementation}",
                          self.results.median("memory", series, metric), "<", bound, "bytes")

    def asynchronous(self):
        def value(implementation, producers, language="swift", mode="single"):
            return self.results.median(
                "async-throughput", Series(language, implementation, producers=producers,
                                           capacity=1024, mode=mode), "throughput")
        for producers in (2, 8):
            tasks = value("tributary-sender", producers)
            for name, bound in (("AsyncStream", 50), ("MPSC-AsyncChannel", 20),
                                ("AsyncChannel", 100)):
                yield Bar(f"for await, {producers} sending tasks, over {name}",
                          ratio(tasks, value(name, producers)), ">=", bound, "×")
            yield Bar(f"batches between tasks, {producers} producers, over C batches",
                      ratio(value("tributary-sender", producers, mode="batch"),
                            value("tributary-sender", producers, "c", "batch")), ">=", 0.5, "×")
            yield Bar(f"{producers} threads send, a task receives, over a thread",
                      ratio(value("tributary-threads", producers),
                            value("tributary-blocking", producers)), ">=", 0.7, "×")
        wakes = [self.results.median("async-wake", Series("swift", name), "p50")
                 for name in ("tributary-sender", "AsyncStream")]
        yield Bar("wake of a suspended receiver over AsyncStream's, median", ratio(*wakes), "<=", 1,
                  "×")
        for name in ("tributary-sender", "tributary-shared"):
            yield Bar(f"allocations a message, tasks, {name}", self.results.median(
                "async-allocations", Series("swift", name, producers=2, capacity=1024),
                "allocations"), "<=", 0)

    def actors(self):
        def value(scenario, implementation, producers=1, metric="throughput"):
            scenario_of = scenario if implementation == "mailbox" else ""
            return self.results.median(
                scenario, Series("swift", implementation, producers=producers, scenario=scenario_of),
                metric)
        for producers in (2, 8, 64):
            default = value("actors-fan-in", "default-executor", producers)
            for name in ("mailbox-executor", "serial-mailbox"):
                yield Bar(f"{producers} tasks await an actor's method, {name} over default",
                          ratio(value("actors-fan-in", name, producers), default), ">=", 1, "×")
            if producers != 64:
                yield Bar(f"Mailbox.tell, {producers} tasks, over awaiting a default actor's method",
                          ratio(value("actors-tell", "mailbox", producers), default), ">=", 10, "×")
        for scenario, words in (("actors-ping-pong", "ping-pong between two actors"),
                                ("actors-ring", "token around a ring of 10,000 actors")):
            for name in ("mailbox-executor", "serial-mailbox"):
                yield Bar(f"{words}, {name} over default",
                          ratio(value(scenario, name), value(scenario, "default-executor")),
                          ">=", 1, "×")
        yield Bar("tasks started and finished, work-stealing over default",
                  ratio(value("actors-spawn", "work-stealing"),
                        value("actors-spawn", "default-executor")), ">=", 1, "×")
        yield Bar("enqueue to a busy mailbox, p99", self.results.median(
            "actors-enqueue", Series("swift", "mailbox-executor", rate=ENQUEUE_RATE), "p99"),
            "<", 100, "ns")
        idle = [value("actors-idle", name, metric="processor-time")
                for name in ("serial-mailbox", "mailbox-executor", "default-executor")]
        yield Bar("processor time of idle executors, over the default ones",
                  None if None in idle else 100 * (max(idle[:2]) - idle[2]), "<=", 0.2, "%")

    def idle_senders(self):
        for language, _ in self.languages("idle-senders"):
            costs = [self.results.median(
                "idle-senders", Series(language, "tributary-sender", producers=2,
                                       idle_senders=idle), "cost")
                     for idle in (IDLE_SENDERS, 0)]
            quotient = ratio(*costs)
            value = None if quotient is None else 100 * (quotient - 1)
            yield Bar(f"slower by {IDLE_SENDERS:,} idle senders, {language}", value, "<", 5, "%")


def judge(results):
    """Every bar, measured or not."""
    judge = Judge(results)
    return [bar for part in (judge.single_sends, judge.batches, judge.small_capacity, judge.shared,
                             judge.swift, judge.calls, judge.crossings, judge.contention,
                             judge.memory, judge.idle_senders, judge.asynchronous,
                             judge.actors)
            for bar in part()]
