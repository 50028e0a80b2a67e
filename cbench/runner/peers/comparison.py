# SPDX-License-Identifier: Apache-2.0
"""Ours against the peers, from the lines of a results file: what the bars, the table and the report are made of."""

import statistics
from dataclasses import dataclass

from matrix import RENDEZVOUS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME, EXACT, OURS

SUITE = "peers"
WAKE = "announced-wake"
BATCHES = ("batch", "batch-receive")
CAPACITIES = ((BOUNDED, "1024"), (UNBOUNDED, "unbounded"))
LATENCIES = (("one-way-latency", "p50", "one-way p50"), ("one-way-latency", "p99", "one-way p99"), (WAKE, "p50", "wake p50"))
# What a footprint has, as tables show it.
FOOTPRINTS = (("idle-channel", BOUNDED, "idle, 1024"), ("idle-channel", UNBOUNDED, "idle, unbounded"),
              ("idle-channel", RENDEZVOUS, "idle, 0 (ours: 1)"), ("burst", UNBOUNDED, "in a burst"),
              ("left-after-burst", UNBOUNDED, "left after it"))
OUR_NAMES = tuple(peer.name for peer in OURS)


@dataclass(frozen=True)
class Ratio:
    """Ours over the peer's (for latencies and memory too: then less is better)."""
    peer: str
    median: float
    low: float   # of the rounds
    high: float
    ours: float
    theirs: float


class Comparison:
    def __init__(self, lines):
        lines = [line for line in lines if line.get("suite") == SUITE]
        self.environment = next((line["environment"] for line in lines if "environment" in line), {})
        self.command = self.environment.get("command") or "make bench-peers"
        self.failures = [line for line in lines if "failure" in line]
        measured = [line for line in lines if "metric" in line]
        # Who was found awake more often than asleep has no wake-up, whatever was taken in single runs.
        self.polls = {line["impl"]: line["median"] for line in measured
                      if line["scenario"] == WAKE and line["metric"] == "asleep" and line["median"] < 0.5}
        self.lines = [line for line in measured if not (line["scenario"] == WAKE and line["impl"] in self.polls and
                                                        line["metric"] != "asleep")]
        self.index = {self._key(line): line for line in self.lines}

    def origin(self, name):
        """Of what a channel is a part, if it is one, in a list."""
        of = BY_NAME[name].version
        known = self.environment.get("versions", {}).get(of, "unknown").split(" (")[0]
        return [f"of {of} {known.removeprefix(of).strip()}"] if of else []

    def notes(self, name):
        """What belongs beside a channel's name: who never sleeps need not be woken; and of what it is a part."""
        return ["polls"] * (name in self.polls) + self.origin(name)

    @staticmethod
    def _key(line):
        return (line["scenario"], line["impl"], line["producers"], line["capacity"], line["payload_bytes"],
                line["mode"], line["metric"])

    def line(self, name, scenario="throughput", metric="throughput", producers=1, capacity=1024,
             payload_bytes=8, mode="single"):
        return self.index.get((scenario, name, producers, capacity, payload_bytes, mode, metric))

    @staticmethod
    def room(name, capacity):
        """Ours has no capacity 0: beside those that have, it is measured with 1."""
        return 1 if capacity == RENDEZVOUS and name in OUR_NAMES else capacity

    def footprint(self, name, metric, capacity):
        return self.line(name, "footprint", metric, capacity=self.room(name, capacity))

    def footprints(self, name):
        return [self.footprint(name, metric, capacity) for metric, capacity, _ in FOOTPRINTS]

    def names(self, scenario, **cell):
        """Who was measured, ours first and the peers in the catalogue's order."""
        present = {line["impl"] for line in self.lines
                   if line["scenario"] == scenario and all(line[key] == value for key, value in cell.items())}
        return [name for name in BY_NAME if name in present]

    def without(self):
        """(peer, scenario, reason) of what was not asked of those that were measured."""
        asked = {line["impl"] for line in (*self.lines, *self.failures)}
        return [(peer, scenario, reason) for name, peer in BY_NAME.items() if name in asked and name not in OUR_NAMES
                for scenario, reason in peer.without]

    @staticmethod
    def ratio(ours, theirs):
        """Of the medians; the least and the greatest are of single rounds, in which the machine did the same to both."""
        if not ours or not theirs or not theirs["median"]:
            return None
        rounds = [one / other for one, other in zip(ours["values"], theirs["values"]) if other] or [0]
        return Ratio(theirs["impl"], ours["median"] / theirs["median"], min(rounds), max(rounds),
                     ours["median"], theirs["median"])

    def throughputs(self, producers, capacity, modes=("single",), payload_bytes=8, order=None):
        """The peers' lines of a cell. One without a bound is in the unbounded cells only: figures of different groups,
        minutes apart on a virtual machine, are no pair."""
        for name, peer in BY_NAME.items():
            if name in OUR_NAMES or (order and peer.order != order):
                continue
            for mode in modes:
                found = self.line(name, producers=producers, capacity=capacity, payload_bytes=payload_bytes,
                                  mode=mode)
                if found:
                    yield found

    def against_best(self, name, producers, capacity, mode="single", modes=("single",), order=None):
        """Ours over the peer that has the most."""
        theirs = max(self.throughputs(producers, capacity, modes, order=order),
                     key=lambda line: line["median"], default=None)
        return self.ratio(self.line(name, producers=producers, capacity=capacity, mode=mode), theirs)

    def against_least(self, name, scenario, metric, capacity=None, only=lambda peer: True):
        """Ours over the peer that has the least of it."""
        candidates = [line for line in self.lines
                      if line["scenario"] == scenario and line["metric"] == metric and
                      line["impl"] in BY_NAME and line["impl"] not in OUR_NAMES and
                      (capacity is None or line["capacity"] == capacity) and only(BY_NAME[line["impl"]])]
        ours = next((line for line in self.lines if line["scenario"] == scenario and
                     line["metric"] == metric and line["impl"] == name and
                     (capacity is None or line["capacity"] == capacity)), None)
        return self.ratio(ours, min(candidates, key=lambda line: line["median"], default=None))


def mean(ratios):
    found = [ratio.median for ratio in ratios if ratio]
    return statistics.fmean(found) if found else None


def failure_line(scenario, series, reason):
    """Without the name and the request, which a worker's error begins with: the line's other fields have them."""
    if reason.startswith(f"{series.implementation}: "):
        reason = reason.split(": ", 2)[-1]
    return {"suite": SUITE, "scenario": scenario, "impl": series.implementation, "language": series.language,
            "producers": series.producers, "capacity": series.capacity, "payload_bytes": series.payload_bytes,
            "mode": series.mode, "failure": reason}


__all__ = ["BATCHES", "CAPACITIES", "Comparison", "Ratio", "EXACT", "FOOTPRINTS", "LATENCIES", "OUR_NAMES", "SUITE", "WAKE",
           "failure_line", "mean"]
