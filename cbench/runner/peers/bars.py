# SPDX-License-Identifier: Apache-2.0
"""What the comparison has to show, from one run: ratios of medians, with the least and the greatest of the rounds."""

from bars import Bar
from matrix import PRODUCERS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME
from peers.comparison import BATCHES, CAPACITIES, EXACT, LATENCIES, mean


def many(producers):
    return f"{producers} producer{'s' * (producers > 1)}"


def bar(figure, ratio, comparison, bound):
    if not ratio:
        return Bar(figure, None, comparison, bound, "×")
    title = BY_NAME[ratio.peer].title
    return Bar(figure, ratio.median, comparison, bound, "×",
               (f"{title}; rounds {ratio.low:.2f} to {ratio.high:.2f}",))


def single_sends(comparison):
    ratios = []
    for producers in PRODUCERS:
        for capacity, words in CAPACITIES:
            ratio = comparison.against_best("tributary-sender", producers, capacity)
            ratios.append(ratio)
            yield bar(f"sender, single, {words}, {many(producers)}", ratio, ">=", 3)
    average = mean(ratios)
    yield Bar("sender, single: mean of these", average, ">=", 5, "×")


def batches(comparison):
    for producers in PRODUCERS:
        for capacity, words in CAPACITIES:
            ratio = comparison.against_best("tributary-sender", producers, capacity, "batch", BATCHES)
            yield bar(f"sender, batches, {words}, {many(producers)}", ratio, ">=", 2)


def shared(comparison):
    for producers in PRODUCERS[1:]:
        for capacity, words in CAPACITIES:
            ratio = comparison.against_best("tributary-shared", producers, capacity, order=EXACT)
            yield bar(f"shared sender, exact FIFO, {words}, {many(producers)}", ratio, ">=", 1.2)


def latencies(comparison):
    for scenario, metric, words in LATENCIES:
        yield bar(f"{words}, over the lowest", comparison.against_least("tributary-sender", scenario, metric),
                  "<=", 1)


def memory(comparison):
    def both(peer):
        return {BOUNDED, UNBOUNDED} <= set(peer.capacities)
    for capacity, words in CAPACITIES:
        yield bar(f"idle channel with a sender, {words}, over the lowest",
                  comparison.against_least("tributary-sender", "footprint", "idle-channel", capacity, both),
                  "<=", 1)
    yield bar("memory after a burst, over the lowest",
              comparison.against_least("tributary-sender", "footprint", "left-after-burst", UNBOUNDED, both),
              "<=", 1)


def judge(comparison):
    return [one for part in (single_sends, batches, shared, latencies, memory) for one in part(comparison)]
