# SPDX-License-Identifier: Apache-2.0
"""Ours beside each peer: how many times better, whatever is measured. Of the medians, with the least and the greatest of
single rounds, in which the machine did the same to both."""

from dataclasses import dataclass

from matrix import PRODUCERS, RENDEZVOUS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME
from peers.comparison import BATCHES, CAPACITIES, LATENCIES, OUR_NAMES, Ratio

TASKS = ("tributary-tasks", "tributary-tasks-shared")


@dataclass(frozen=True)
class Column:
    words: str
    pair: object  # (comparison, ours, peer) -> the lines of both


@dataclass(frozen=True)
class Kind:
    """What one picture or table is of."""
    words: str
    ours: tuple  # each has a picture and a table
    columns: tuple
    only: object = lambda peer: True


def better(ours, theirs):
    """Ours over theirs of throughput, theirs over ours of what is better the less it is; None where either has none of it."""
    if not ours or not theirs or min(ours["median"], theirs["median"]) <= 0:
        return None

    def times(own, other):
        return own / other if ours["metric"] == "throughput" else other / own
    rounds = [times(own, other) for own, other in zip(ours["values"], theirs["values"]) if min(own, other) > 0]
    whole = times(ours["median"], theirs["median"])
    return Ratio(theirs["impl"], whole, min(rounds, default=whole), max(rounds, default=whole), ours["median"],
                 theirs["median"])


def sends(producers, capacity, words=""):
    def pair(comparison, *names):
        return [comparison.line(name, producers=producers, capacity=capacity) for name in names]
    return Column(words or str(producers), pair)


def batches(producers, capacity, words=""):
    """Theirs: the better of their ways."""
    def pair(comparison, ours, peer):
        theirs = [comparison.line(peer, producers=producers, capacity=capacity, mode=mode) for mode in BATCHES]
        return (comparison.line(ours, producers=producers, capacity=capacity, mode="batch"),
                max(filter(None, theirs), key=lambda line: line["median"], default=None))
    return Column(words or str(producers), pair)


def percentile(scenario, metric, words):
    """Each has one capacity there, the least that it has."""
    def pair(comparison, *names):
        return [next((line for line in comparison.lines if (line["scenario"], line["metric"], line["impl"]) ==
                      (scenario, metric, name)), None) for name in names]
    return Column(words, pair)


def memory(words, metric, capacity):
    def pair(comparison, *names):
        return [comparison.footprint(name, metric, capacity) for name in names]
    return Column(words, pair)


def by_producers(column, capacity):
    return tuple(column(producers, capacity) for producers in PRODUCERS)


def narrow(column):
    return tuple(column(producers, capacity, f"{words}, {producers}") for capacity, words in CAPACITIES
                 for producers in (2, 8))


IN_C = ("tributary-sender", "tributary-shared")
PERCENTILES = tuple(percentile(*one) for one in LATENCIES)
KINDS = {
    "ratios-bounded": Kind("single sends, capacity 1024, by producers", IN_C, by_producers(sends, BOUNDED)),
    "ratios-unbounded": Kind("single sends, unbounded, by producers", IN_C, by_producers(sends, UNBOUNDED)),
    "ratios-batches-bounded": Kind("batches, capacity 1024, by producers", IN_C, by_producers(batches, BOUNDED)),
    "ratios-batches-unbounded": Kind("batches, unbounded, by producers", IN_C, by_producers(batches, UNBOUNDED)),
    "ratios-latency": Kind("latency", IN_C, PERCENTILES),
    "ratios-memory": Kind("memory", IN_C, (
        memory("idle, 1024", "idle-channel", BOUNDED), memory("idle, unbounded", "idle-channel", UNBOUNDED),
        memory("idle, 0 (ours: 1)", "idle-channel", RENDEZVOUS),
        memory("after a burst", "left-after-burst", UNBOUNDED))),
    "ratios-tasks-bounded": Kind("single sends between tasks, capacity 1024, by producers", TASKS,
                                 by_producers(sends, BOUNDED), lambda peer: peer.task),
    "ratios-tasks-unbounded": Kind("single sends between tasks, unbounded, by producers", TASKS,
                                   by_producers(sends, UNBOUNDED), lambda peer: peer.task),
    "ratios-tasks-latency": Kind("latency, to a task", TASKS, PERCENTILES, lambda peer: peer.task),
}

# The same with fewer columns, as Markdown has room for.
TABLES = (
    Kind("single sends, by producers", IN_C, narrow(sends)),
    Kind("batches, by producers", IN_C, narrow(batches)),
    KINDS["ratios-latency"],
    KINDS["ratios-memory"],
    Kind("single sends between tasks, by producers", TASKS, narrow(sends), lambda peer: peer.task),
    KINDS["ratios-tasks-latency"],
)


def rows(comparison, kind, ours):
    """[(peer's name, [Ratio or None of each column])] of the peers that have any; in the catalogue's order."""
    found = []
    for name, peer in BY_NAME.items():
        if name not in OUR_NAMES and kind.only(peer):
            ratios = [better(*column.pair(comparison, ours, name)) for column in kind.columns]
            if any(ratios):
                found.append((name, ratios))
    return found
